/* SPDX-License-Identifier: MIT */
/*
 * lttng_test.c - proves that spans are events of LTTng's and that any event has
 * the request's fields, as babeltrace2 reads them from a session of a daemon's
 * that is started for it (glue/lttng/session). Programs that are recorded are
 * this one again, which is told by its argument what to play.
 *
 * Not under: valgrind - LTTng's threads are started for each of many processes.
 */
#define _GNU_SOURCE /* memmem */
#include "plays.h"
#include "recorded.h"

static void spans_are_events(void **state)
{
	char outer[64], inner[64], parent[64], trace[64], of[64];

	(void)state;
	record("-e 'dctx:*' --", "spans");
	assert_int_equal(count(" dctx:span_open:"), 2);
	assert_int_equal(count(" dctx:span_enter:"), 2);
	assert_int_equal(count(" dctx:span_leave:"), 2);
	assert_int_equal(count(" dctx:span_close:"), 2);
	assert_int_equal(count("\n"), 8 + 2 + 5);
	text_in("name = \"outer\"", "span_id", outer);
	text_in("name = \"inner\"", "span_id", inner);
	text_in("name = \"outer\"", "trace_id", trace);
	text_in("name = \"inner\"", "trace_id", of);
	text_in("name = \"inner\"", "parent_id", parent);
	assert_string_equal(parent, outer);
	assert_string_equal(trace, of);
	assert_int_equal(strlen(trace), 32);
	assert_string_not_equal(inner, outer);
	assert_said("name = \"outer\"", "parent_id = \"0000000000000000\"");
	assert_said("name = \"outer\"", "level = 3");
	assert_said("name = \"outer\"", "plays.h\"");
	assert_said("name = \"read\"", "fields = \"bytes=7 of=a file\"");
	assert_said("name = \"read\"", inner);
	assert_said("name = \"bare\"", "fields = \"\"");
}

static void fields_have_their_types(void **state)
{
	(void)state;
	if (heard == NULL)
		skip();
	assert_said("dctx:field_text", "name = \"path\", value = \"/srv\"");
	assert_said("dctx:field_int", "name = \"delta\", value = -5");
	assert_said("dctx:field_float", "name = \"part\", value = 0.5");
	assert_said("name = \"size\"", "value = 5");
	assert_said("name = \"size\"", "dctx:field_uint");
	assert_said("name = \"later\"", "value = 1");
	assert_int_equal(count("name = \"later\""), 1);
}

static void any_event_has_the_requests_fields(void **state)
{
	(void)state;
	record("-e 'mine:*' -t '$app.dctx:request_id' "
	       "-t '$app.dctx:tenant' -t '$app.dctx:neg' -t '$app.dctx:yes' "
	       "-t '$app.dctx:half' -t '$app.dctx:raw' -t '$app.dctx:token' "
	       "-t '$app.dctx:trace_id' -t '$app.dctx:span_id' "
	       "-t '$app.dctx:nobody' --",
	       "values");
	assert_int_equal(count("\n"), 4);
	assert_said("within", "_request_id = { \"r-1\" }");
	assert_said("within", "_tenant = { 7 }");
	assert_said("within", "_neg = { -8 }");
	assert_said("within", "_yes = { 1 }");
	assert_said("within", "_half = { 0.5 }");
	assert_said("within", "_raw = { \"01ab\" }");
	assert_said("within",
		    "_trace_id = { \"abcd0000000000000000000000000000");
	assert_said("within", "_span_id = { \"ef00000000000000\" }");
	assert_said("within", "_nobody = { { } }");
}

static void a_secret_is_none_of_its_business(void **state)
{
	(void)state;
	if (heard == NULL)
		skip();
	assert_said("within", "_token = { \"<secret>\" }");
	assert_int_equal(count("hunter2"), 0);
}

static void each_thread_has_its_own(void **state)
{
	(void)state;
	if (heard == NULL)
		skip();
	assert_said("before", "_request_id = { { } }");
	assert_said("on a thread", "_request_id = { \"other\" }");
	assert_said("on a thread", "_tenant = { { } }");
}

static void after_an_unmount_there_is_no_value(void **state)
{
	(void)state;
	if (heard == NULL)
		skip();
	assert_said("after", "_request_id = { { } }");
	assert_said("after", "_trace_id = { { } }");
}

static void sessions_filter_by_it(void **state)
{
	(void)state;
	record("-f '$app.dctx:tenant > 5 && $app.dctx:request_id == \"odd\" && "
	       "$app.dctx:raw == \"01ab\"' -e 'mine:*' --",
	       "filter");
	assert_int_equal(count("\n"), 2);
	assert_int_equal(count("number 7"), 1);
	assert_int_equal(count("number 9"), 1);
}

static void what_is_mapped_meanwhile_spoils_nothing(void **state)
{
	(void)state;
	record("-e 'mine:*' -t '$app.dctx:v' "
	       "-t '$app.dctx:tenant' -t '$app.dctx:v2' --",
	       "hostile");
	/* Those that LTTng had no room for are lost as a whole. */
	assert_true(count("turn") > 100);
	assert_true(count("handler") > 0);
	assert_int_equal(count("\n"),
			 count("turn") + count("handler") + count("\"end\""));
	assert_int_equal(count("hunter2"), 0);
}

static void assert_many(const char *event, const char *format)
{
	char what[64], text[32];

	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), format, i);
		snprintf(what, sizeof(what), "_many%02d = { \"%s\" }", i, text);
		assert_said(event, what);
	}
}

static void an_event_may_have_any_number_of_them(void **state)
{
	char options[1024] = "-e 'mine:*'";
	size_t at = strlen(options);

	(void)state;
	for (int i = 0; i < 20; i++)
		at += (size_t)snprintf(options + at, sizeof(options) - at,
				       " -t '$app.dctx:many%02d'", i);
	snprintf(options + at, sizeof(options) - at, " --");
	record(options, "many");
	assert_int_equal(count("\n"), 2);
	assert_many("\"first\"", "v%02d");
	assert_many("\"second\"", "longer v%02d");
}

static void an_event_that_is_lost_spoils_no_other(void **state)
{
	(void)state;
	record("-c 4096 -e 'mine:*' -t '$app.dctx:request_id' "
	       "-t '$app.dctx:tenant' --",
	       "lost");
	assert_int_equal(count("\"kept\""), 40);
	assert_int_equal(count("xxxx"), 0);
	assert_int_equal(count("_request_id = { \"what is there now\" }"), 40);
	assert_int_equal(count("_tenant = { 7 }"), 40);
}

static void a_child_is_followed_with_lttngs_library(void **state)
{
	(void)state;
#if defined(DCTXT_ASAN) || defined(DCTXT_TSAN)
	skip(); /* Their runtimes want to be loaded first. */
#endif
	record("-e '*' -t '$app.dctx:request_id' -- env "
	       "LD_PRELOAD=liblttng-ust-fork.so",
	       "fork");
	assert_said("in the child", "\"child\"");
	assert_said("name = \"below\"", "\"parent\"");
	assert_said("in the parent", "\"parent\"");
}

static void without_it_a_child_comes_to_no_harm(void **state)
{
	(void)state;
	record("-e 'mine:*' -t '$app.dctx:request_id' --", "fork");
	assert_said("in the parent", "\"parent\"");
}

static void no_session_is_needed(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		play_spans();
	play_values();
}

static void it_is_mounted_once(void **state)
{
	(void)state;
	assert_int_equal(dctx_lttng_mount(0), DCTX_INVALID);
	assert_int_equal(dctx_lttng_mount(4), DCTX_INVALID);
	assert_int_equal(dctx_lttng_unmount(), DCTX_STALE);
	assert_int_equal(dctx_lttng_mount(DCTX_LTTNG_SPANS), DCTX_OK);
	assert_int_equal(dctx_lttng_mount(DCTX_LTTNG_CONTEXT), DCTX_CONFLICT);
	assert_int_equal(dctx_lttng_unmount(), DCTX_OK);
	assert_int_equal(dctx_lttng_unmount(), DCTX_STALE);
}

static void without_memory_nothing_is_mounted(void **state)
{
	dctx_status status;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	/* Layers that were mounted together once take no memory again. */
	dctxt_heap_fail(1, true);
	status = dctx_lttng_mount(MOUNT_ALL);
	(void)dctxt_heap_relent();
	if (status == DCTX_OK)
		assert_int_equal(dctx_lttng_unmount(), DCTX_OK);
	else
		assert_true(status == DCTX_CONFLICT || status == DCTX_NOMEM);
	assert_int_equal(dctx_lttng_unmount(), DCTX_STALE);
	assert_int_equal(dctx_lttng_mount(MOUNT_ALL), DCTX_OK);
	assert_int_equal(dctx_lttng_unmount(), DCTX_OK);
}

static int end(void **state)
{
	(void)state;
	free(heard);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(without_memory_nothing_is_mounted),
		DCTXT_TEST(it_is_mounted_once),
		DCTXT_TEST(no_session_is_needed),
		DCTXT_TEST(spans_are_events),
		DCTXT_TEST(fields_have_their_types),
		DCTXT_TEST(any_event_has_the_requests_fields),
		DCTXT_TEST(a_secret_is_none_of_its_business),
		DCTXT_TEST(each_thread_has_its_own),
		DCTXT_TEST(after_an_unmount_there_is_no_value),
		DCTXT_TEST(sessions_filter_by_it),
		DCTXT_TEST(what_is_mapped_meanwhile_spoils_nothing),
		DCTXT_TEST(an_event_may_have_any_number_of_them),
		DCTXT_TEST(an_event_that_is_lost_spoils_no_other),
		DCTXT_TEST(a_child_is_followed_with_lttngs_library),
		DCTXT_TEST(without_it_a_child_comes_to_no_harm),
	};

	if (argc > 1)
		return play(argv[1]) ? 0 : 2;
	return cmocka_run_group_tests(tests, NULL, end);
}
