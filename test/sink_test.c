/* SPDX-License-Identifier: MIT */
/*
 * sink_test.c - proves that spans that are closed come to a sink, once each, as
 * they were, and that a dump says what became of them.
 */
#include "sinks.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void spans_come_to_a_sink_after_their_close(void **state)
{
	dctx_sink *sink = probe_new(NULL);

	(void)state;
	work(1000);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(atomic_load(&probe.exported), 1000);
	assert_string_equal(probe.last, "work");
	assert_false(pthread_equal(probe.thread, pthread_self()));
	assert_int_equal(stats_of(sink).exported, 1000);
	assert_int_equal(atomic_load(&probe.flushes), 1);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(atomic_load(&probe.frees), 1);
}

static void a_sink_has_no_thread_before_its_first_span(void **state)
{
	dctx_sink *sink = probe_new(NULL);

	(void)state;
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(atomic_load(&probe.calls), 0);
	assert_int_equal(atomic_load(&probe.flushes), 1);
	assert_null(dctx_sink_end(sink));
}

static void without_a_sink_nobody_wants_a_span(void **state)
{
	dctx_sink *sink;

	(void)state;
	assert_false(DCTX_SPAN_WANTED(DCTX_LEVEL_ERROR));
	sink = probe_new(NULL);
	assert_true(DCTX_SPAN_WANTED(DCTX_LEVEL_TRACE));
	assert_null(dctx_sink_end(sink));
	assert_false(DCTX_SPAN_WANTED(DCTX_LEVEL_ERROR));
}

static void *work_much(void *unused)
{
	(void)unused;
	work(5000);
	return NULL;
}

static void of_four_threads_each_span_is_counted_once(void **state)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .bytes = 1 << 16};
	dctx_sink *sink = probe_new(&options);
	dctx_sink_stats stats;

	(void)state;
	dctxt_together(4, work_much, NULL, 0);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	stats = stats_of(sink);
	assert_int_equal(stats.taken, 20000);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.exported, atomic_load(&probe.exported));
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), stats.full);
	assert_null(dctx_sink_end(sink));
}

static void two_sinks_get_the_same(void **state)
{
	dctx_sink *a = probe_new(NULL), *b = probe_new(NULL);

	(void)state;
	work(7);
	assert_int_equal(dctx_sink_flush(a, soon()), DCTX_OK);
	assert_int_equal(dctx_sink_flush(b, soon()), DCTX_OK);
	assert_int_equal(stats_of(a).exported, 7);
	assert_int_equal(stats_of(b).exported, 7);
	assert_null(dctx_sink_end(a));
	assert_null(dctx_sink_end(b));
}

static void a_dump_has_the_sinks(void **state)
{
	dctx_sink *sink = probe_new(NULL);
	char text[65536];
	json_t *dump, *all, *one;
	size_t i, found = 0;

	(void)state;
	work(3);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_true(dctx_dump(DCTX_DUMP_JSON, 0, text, sizeof(text)) <
		    sizeof(text));
	dump = json_loads(text, 0, NULL);
	all = json_object_get(json_object_get(dump, "sinks"), "all");
	json_array_foreach(all, i, one) {
		assert_string_equal(
			json_string_value(json_object_get(one, "name")),
			"probe");
		assert_int_equal(json_integer_value(json_object_get(
					 one, "exported")),
				 3);
		found++;
	}
	assert_int_equal(found, 1);
	json_decref(dump);
	assert_null(dctx_sink_end(sink));
}

static size_t show_thing(const void *object, char *buf, size_t size)
{
	const struct dctxt_thing *thing = object;

	return (size_t)snprintf(buf, size, "thing %d", thing->id);
}

/* What is told of a span's object, of a file; freed by the caller. */
static json_t *field_in_file(const dctx_any *value)
{
	char path[] = "/tmp/dctx-sink-XXXXXX", line[4096];
	int fd = mkstemp(path);
	dctx_sink *sink = NULL;
	json_t *object = NULL;
	FILE *in;

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(dctx_sink_chrome(path, NULL, &sink), DCTX_OK);
	{
		DCTX_SPAN(span, "work", {"value", *value});
		assert_non_null(span);
	}
	assert_null(dctx_sink_end(sink));
	in = fopen(path, "r");
	while (fgets(line, sizeof(line), in) != NULL)
		if (strstr(line, "\"X\"") != NULL) {
			line[strlen(line) - 2] = '\0';
			object = json_loads(line, 0, NULL);
		}
	assert_int_equal(fclose(in), 0);
	assert_int_equal(unlink(path), 0);
	assert_non_null(object);
	return object;
}

static const char *value_of(json_t *line)
{
	return json_string_value(json_object_get(
		json_object_get(json_object_get(line, "args"), "fields"),
		"value"));
}

static void an_object_is_told_as_its_type_shows_it(void **state)
{
	dctx_type type = dctxt_thing_type;
	struct dctxt_thing thing = {.id = 7};
	json_t *line;

	(void)state;
	type.format = show_thing;
	line = field_in_file(&DCTX_ANY_OBJECT(&type, &thing));
	assert_string_equal(value_of(line), "thing 7");
	json_decref(line);
	type.format = NULL;
	line = field_in_file(&DCTX_ANY_OBJECT(&type, &thing));
	assert_string_equal(value_of(line), type.name);
	json_decref(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(spans_come_to_a_sink_after_their_close),
		DCTXT_TEST(a_sink_has_no_thread_before_its_first_span),
		DCTXT_TEST(without_a_sink_nobody_wants_a_span),
		DCTXT_TEST(of_four_threads_each_span_is_counted_once),
		DCTXT_TEST(two_sinks_get_the_same),
		DCTXT_TEST(a_dump_has_the_sinks),
		DCTXT_TEST(an_object_is_told_as_its_type_shows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
