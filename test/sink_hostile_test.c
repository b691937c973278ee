/* SPDX-License-Identifier: MIT */
/*
 * sink_hostile_test.c - proves that whatever a sink does, who closes a span
 * goes on, memory has its bound, and each span is in one of the counts.
 */
#define _GNU_SOURCE /* pipe2 */
#include "sinks.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static dctx_sink *small_sink(size_t batch)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .bytes = 16384,
				     .batch = batch,
				     .linger = 1,
				     .patience = 20 * DCTX_MS};

	return probe_new(&options);
}

static void wait_for(atomic_uint *word, unsigned value)
{
	while (atomic_load(word) != value)
		nap();
}

static int pipe_of[2];

static void read_the_pipe(void)
{
	char byte;

	DCTXT_EXPECT(read(pipe_of[0], &byte, 1) == 1);
}

/* Were a close to wait for the export, nobody would write to the pipe. */
static void spans_go_on_while_an_export_blocks(void **state)
{
	dctx_sink *sink = small_sink(1);
	dctx_sink_stats stats;

	(void)state;
	assert_int_equal(pipe2(pipe_of, O_CLOEXEC), 0);
	probe.acts = read_the_pipe;
	work(1);
	wait_for(&probe.calls, 1);
	work(10000);
	stats = stats_of(sink);
	assert_int_equal(stats.taken, 10001);
	assert_int_equal(stats.exported, 0);
	assert_true(stats.full > 9900);
	assert_true(stats.waiting > 1);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), stats.full);
	probe.acts = (void (*)(void))0;
	assert_int_equal(write(pipe_of[1], "x", 1), 1);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).exported, stats.waiting);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(close(pipe_of[0]), 0);
	assert_int_equal(close(pipe_of[1]), 0);
}

static void an_export_past_its_patience_holds_up_a_flush_only(void **state)
{
	dctx_sink *sink = small_sink(1);

	(void)state;
	atomic_store(&probe.closed, true);
	work(1);
	wait_for(&probe.inside, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(dctx_sink_flush(sink,
						 dctx_deadline_in(DCTX_MS)),
				 DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_sink_flush(sink, 0), DCTX_DEADLINE_EXCEEDED);
	work(1);
	atomic_store(&probe.closed, false);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).exported, 2);
	assert_null(dctx_sink_end(sink));
}

static void an_export_that_does_not_come_back_is_survived(void **state)
{
	dctx_sink *sink = small_sink(1);

	(void)state;
	atomic_store(&probe.closed, true);
	work(1);
	wait_for(&probe.inside, 1);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(atomic_load(&probe.frees), 0);
	assert_false(DCTX_SPAN_WANTED(DCTX_LEVEL_ERROR));
	atomic_store(&probe.closed, false);
	wait_for(&probe.frees, 1);
}

static void a_sink_that_is_always_busy_keeps_its_bound(void **state)
{
	dctx_sink *sink = small_sink(4);
	dctx_sink_stats stats;

	(void)state;
	atomic_store(&probe.says, DCTX_BUSY);
	work(5000);
	stats = stats_of(sink);
	assert_int_equal(stats.taken, 5000);
	assert_int_equal(stats.full + stats.waiting, 5000);
	assert_true(stats.waiting < 16384 / 300);
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(50 * DCTX_MS)),
			 DCTX_DEADLINE_EXCEEDED);
	assert_true(stats_of(sink).busy >= 1);
	assert_int_equal(stats_of(sink).exported, 0);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(atomic_load(&probe.exported), 0);
}

static void what_a_sink_refuses_is_counted(void **state)
{
	static const dctx_status says[] = {DCTX_SYSTEM, DCTX_NOMEM,
					   (dctx_status)12345};
	dctx_sink *sink = small_sink(4);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		atomic_store(&probe.says, (int)says[i]);
		work(2);
		assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
		assert_int_equal(stats_of(sink).refused, 2 * (i + 1));
	}
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), 6);
	assert_null(dctx_sink_end(sink));
}

static void a_sink_that_opens_spans_is_not_told_of_them(void **state)
{
	dctx_sink *sink = small_sink(1);

	(void)state;
	atomic_store(&probe.opens, 5);
	work(10);
	for (int i = 0; i < 5; i++)
		assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).taken, 10);
	assert_null(dctx_sink_end(sink));
}

static dctx_sink *own;
static atomic_int own_status;

static void use_dctx(void)
{
	char text[256];

	atomic_store(&own_status, dctx_sink_flush(own, DCTX_NO_DEADLINE));
	DCTXT_EXPECT(dctx_sink_end(own) == NULL);
	(void)dctx_dump(DCTX_DUMP_TEXT, 0, text, sizeof(text));
	(void)dctx_enter("left open");
}

static void a_sink_may_call_dctx_back(void **state)
{
	(void)state;
	own = small_sink(1);
	probe.acts = use_dctx;
	for (int i = 0; i < 3; i++) {
		work(1);
		assert_int_equal(dctx_sink_flush(own, soon()), DCTX_OK);
		assert_int_equal(atomic_load(&own_status), DCTX_BUSY);
	}
	assert_int_equal(stats_of(own).exported, 3);
	assert_null(dctx_sink_end(own));
	assert_int_equal(atomic_load(&probe.frees), 1);
}

static void leave_the_thread(void)
{
	pthread_exit(NULL);
}

static void a_sink_that_ends_its_thread_gets_another(void **state)
{
	dctx_sink *sink = small_sink(1);

	(void)state;
	probe.acts = leave_the_thread;
	for (unsigned i = 1; i <= 3; i++) {
		work(1);
		while (stats_of(sink).refused < i)
			nap();
	}
	probe.acts = (void (*)(void))0;
	work(1);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).exported, 1);
	assert_null(dctx_sink_end(sink));
}

static void a_large_span_meets_the_bound_too(void **state)
{
	static char large[60000];
	dctx_sink *sink = small_sink(1);

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	for (int i = 0; i < 10; i++) {
		DCTX_SPAN(span, "large", {"value", DCTX_ANY(large)});
		assert_non_null(span);
	}
	work(1);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).full, 10);
	assert_int_equal(stats_of(sink).exported, 1);
	assert_null(dctx_sink_end(sink));
}

static void close_one(void *user, dctx_event event, dctx_status status,
		      const char *what)
{
	(void)user;
	(void)event;
	(void)status;
	(void)what;
	work(1);
}

/* Told of a span that was dropped, it closes another, which is dropped. */
static void a_hook_that_opens_spans_meets_no_end_less_loop(void **state)
{
	static const dctx_hook hook = {close_one, NULL};
	dctx_sink *sink = small_sink(4);

	(void)state;
	atomic_store(&probe.says, DCTX_BUSY);
	dctx_hook_set(&hook);
	work(1000);
	dctx_hook_set(NULL);
	assert_true(stats_of(sink).taken > 1000 &&
		    stats_of(sink).taken <= 2000);
	assert_null(dctx_sink_end(sink));
}

static unsigned shows, deepest;

/* As of a program whose every function is traced. */
static size_t show_traced(const void *object, char *buf, size_t size)
{
	static unsigned depth;
	const struct dctxt_thing *thing = object;

	shows++;
	if (++depth > deepest)
		deepest = depth;
	if (depth < 100) {
		dctx_type type = dctxt_thing_type;

		type.format = show_traced;
		{
			DCTX_SPAN(span, "show",
				  {"thing", DCTX_ANY_OBJECT(&type, thing)});
		}
	}
	depth--;
	return (size_t)snprintf(buf, size, "thing %d", thing->id);
}

static void a_format_that_opens_spans_of_its_object_has_an_end(void **state)
{
	dctx_sink *sink = small_sink(1);
	struct dctxt_thing thing = {.id = 7};
	dctx_type type = dctxt_thing_type;

	(void)state;
	shows = deepest = 0;
	type.format = show_traced;
	{
		DCTX_SPAN(span, "work",
			  {"thing", DCTX_ANY_OBJECT(&type, &thing)});
	}
	assert_int_equal(deepest, 1);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_null(dctx_sink_end(sink));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(spans_go_on_while_an_export_blocks),
		DCTXT_TEST(an_export_past_its_patience_holds_up_a_flush_only),
		DCTXT_TEST(an_export_that_does_not_come_back_is_survived),
		DCTXT_TEST(a_sink_that_is_always_busy_keeps_its_bound),
		DCTXT_TEST(what_a_sink_refuses_is_counted),
		DCTXT_TEST(a_sink_that_opens_spans_is_not_told_of_them),
		DCTXT_TEST(a_sink_may_call_dctx_back),
		DCTXT_TEST(a_sink_that_ends_its_thread_gets_another),
		DCTXT_TEST(a_large_span_meets_the_bound_too),
		DCTXT_TEST(a_hook_that_opens_spans_meets_no_end_less_loop),
		DCTXT_TEST(
			a_format_that_opens_spans_of_its_object_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
