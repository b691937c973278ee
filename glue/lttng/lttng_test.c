/* SPDX-License-Identifier: MIT */
/*
 * lttng_test.c - proves that spans are events of LTTng's and that any event has
 * the request's fields, as babeltrace2 reads them from a session of a daemon's
 * that is started for it (glue/lttng/session). Programs that are recorded are
 * this one again, which is told by its argument what to play.
 *
 * Not under: valgrind - LTTng's threads are started for each of many processes.
 */
#define _GNU_SOURCE
#include "dctx_lttng.h"

#include "kit.h"

#include <dctx/field.h>

#include <lttng/tracef.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

DCTX_KEY_STR(k_rid, "request-id", DCTX_LOG);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_STR(k_text, "text", 0);
DCTX_KEY_U32(k_tenant, "tenant", DCTX_LOG);
DCTX_KEY_I64(k_neg, "neg", DCTX_LOG);
DCTX_KEY_BOOL(k_yes, "yes", DCTX_LOG);
DCTX_KEY_F64(k_half, "half", DCTX_LOG);
DCTX_KEY_BYTES(k_raw, "raw", DCTX_LOG);

#define MOUNT_ALL (DCTX_LTTNG_SPANS | DCTX_LTTNG_CONTEXT)

/* What a program says where cmocka is not. */
#define MUST(x)                                                                \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				#x);                                           \
			exit(1);                                               \
		}                                                              \
	} while (0)

/* --- what is recorded --- */

static void play_spans(void)
{
	const dctx_span_field fields[] = {{"bytes", DCTX_ANY(7)},
					  {"of", DCTX_ANY("a file")}};

	MUST(dctx_lttng_mount(MOUNT_ALL) == DCTX_OK);
	{
		DCTX_SPAN(outer, "outer", {"path", DCTX_ANY("/srv")},
			  {"size", DCTX_ANY(5u)}, {"delta", DCTX_ANY(-5)},
			  {"part", DCTX_ANY(0.5)}, {"later", DCTX_EMPTY});
		DCTX_SPAN(inner, "inner");

		dctx_span_event(inner, "read", fields, 2);
		dctx_span_event(inner, "bare", NULL, 0);
		dctx_span_record(outer, "later", &DCTX_ANY(true));
	}
	MUST(dctx_lttng_unmount() == DCTX_OK);
	{
		DCTX_SPAN(after, "after");
		MUST(after == NULL);
	}
}

static void *play_thread(void *arg)
{
	DCTX_SCOPE("thread");

	dctx_set(k_rid, "other");
	lttng_ust_tracef("on a thread");
	return arg;
}

static void play_values(void)
{
	dctx_trace trace = {.trace_id = {0xab, 0xcd}, .span_id = {0xef}};
	pthread_t thread;
	DCTX_SCOPE("values");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
	lttng_ust_tracef("before");
	dctx_set(k_rid, "r-1");
	dctx_set(k_tenant, 7);
	dctx_set(k_neg, -8);
	dctx_set(k_yes, true);
	dctx_set(k_half, 0.5);
	dctx_set(k_raw, ((dctx_bytes){"\x01\xab", 2}));
	dctx_set(k_token, "hunter2");
	dctx_trace_set(&trace);
	lttng_ust_tracef("within");
	MUST(pthread_create(&thread, NULL, play_thread, NULL) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	MUST(dctx_lttng_unmount() == DCTX_OK);
	lttng_ust_tracef("after");
}

static void play_filter(void)
{
	DCTX_SCOPE("filter");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
	for (uint32_t i = 0; i < 10; i++) {
		dctx_set(k_tenant, i);
		dctx_set(k_raw, ((dctx_bytes){"\x01\xab", 2}));
		dctx_set(k_rid, i % 2 ? "odd" : "even");
		lttng_ust_tracef("number %u", i);
	}
}

/* A value under one name that is a text, a number or nothing, of any length, as
 * another thread maps it, hit by a handler in between. */
static volatile bool over;

static void *map(void *arg)
{
	const dctx_field v = {.struct_size = DCTX_FIELD_SIZE,
			      .flags = DCTX_FIELD_LOG,
			      .name = "v"};

	while (!over) {
		MUST(dctx_field_set(&k_text.key, &v) == DCTX_OK);
		MUST(dctx_field_set(&k_text.key, NULL) == DCTX_OK);
		MUST(dctx_field_set(&k_tenant.key, &v) == DCTX_OK);
		MUST(dctx_field_set(&k_tenant.key, NULL) == DCTX_OK);
		MUST(dctx_field_set(&k_token.key, &v) == DCTX_OK);
		MUST(dctx_field_set(&k_token.key, NULL) == DCTX_OK);
	}
	return arg;
}

static void hit(int signo)
{
	(void)signo;
	lttng_ust_tracef("handler");
}

static void play_hostile(void)
{
	const struct itimerval often = {{0, 500}, {0, 500}},
			       never = {{0, 0}, {0, 0}};
	char text[2000];
	pthread_t thread;
	DCTX_SCOPE("hostile");

	MUST(dctx_lttng_mount(DCTX_LTTNG_CONTEXT) == DCTX_OK);
	MUST(pthread_create(&thread, NULL, map, NULL) == 0);
	MUST(signal(SIGALRM, hit) != SIG_ERR);
	MUST(setitimer(ITIMER_REAL, &often, NULL) == 0);
	dctx_set(k_tenant, 7);
	dctx_set(k_token, "hunter2");
	for (size_t i = 0; i < 3000; i++) {
		memset(text, 'x', sizeof(text));
		text[i % sizeof(text)] = '\0';
		dctx_replace(k_text, text);
		lttng_ust_tracef("turn %zu", i);
	}
	MUST(setitimer(ITIMER_REAL, &never, NULL) == 0);
	over = true;
	MUST(pthread_join(thread, NULL) == 0);
	lttng_ust_tracef("end");
}

static void play_fork(void)
{
	int status;
	pid_t child;
	DCTX_SCOPE("fork");

	MUST(dctx_lttng_mount(MOUNT_ALL) == DCTX_OK);
	dctx_set(k_rid, "parent");
	child = fork();
	MUST(child >= 0);
	if (child == 0) {
		DCTX_SPAN_BEGIN(span, "below");
		dctx_set(k_rid, "child");
		lttng_ust_tracef("in the child");
		DCTX_SPAN_END(span);
		MUST(dctx_lttng_mount(MOUNT_ALL) == DCTX_CONFLICT);
		MUST(dctx_lttng_unmount() == DCTX_OK);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0) == child);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	lttng_ust_tracef("in the parent");
}

static const struct {
	const char *name;
	void (*play)(void);
} plays[] = {
	{"spans", play_spans},	 {"values", play_values},
	{"filter", play_filter}, {"hostile", play_hostile},
	{"fork", play_fork},
};

/* --- what is read --- */

static char *heard; /* all lines */

/* What a command writes; gives its exit status. */
static int read_all(const char *command)
{
	FILE *from = popen(command, "r");
	size_t size = 0, n = 1;
	int status;

	assert_non_null(from);
	free(heard);
	heard = NULL;
	while (n > 0) {
		heard = realloc(heard, size + 65537);
		assert_non_null(heard);
		n = fread(heard + size, 1, 65536, from);
		size += n;
	}
	heard[size] = '\0';
	status = pclose(from);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void record(const char *options, const char *play)
{
	char command[2048], me[1024];
	ssize_t n = readlink("/proc/self/exe", me, sizeof(me) - 1);
	int status;

	assert_true(n > 0);
	me[n] = '\0';
	snprintf(command, sizeof(command), "glue/lttng/session %s '%s' %s",
		 options, me, play);
	status = read_all(command);
	if (status == 77) {
		free(heard);
		heard = NULL;
		skip();
	}
	assert_int_equal(status, 0);
}

/* The line of an event, as a text of its own, and how many there are. */
static unsigned count(const char *what)
{
	unsigned n = 0;

	for (const char *at = heard; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static const char *line_with(const char *what)
{
	static char line[8192];
	const char *at = strstr(heard, what), *end;

	if (at == NULL)
		fail_msg("no \"%s\" in:\n%.4000s", what, heard);
	while (at > heard && at[-1] != '\n')
		at--;
	end = strchr(at, '\n');
	assert_non_null(end);
	assert_true((size_t)(end - at) < sizeof(line));
	memcpy(line, at, (size_t)(end - at));
	line[end - at] = '\0';
	return line;
}

static void assert_said(const char *event, const char *what)
{
	const char *line = line_with(event);

	if (strstr(line, what) == NULL)
		fail_msg("no \"%s\" in: %s", what, line);
}

/* The text after `key = "` in an event. */
static void text_in(const char *event, const char *key, char out[64])
{
	char what[64];
	const char *at;

	snprintf(what, sizeof(what), "%s = \"", key);
	at = strstr(line_with(event), what);
	assert_non_null(at);
	at += strlen(what);
	snprintf(out, 64, "%.*s", (int)strcspn(at, "\""), at);
}

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
	assert_said("name = \"outer\"", "lttng_test.c\"");
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
	record("-e 'lttng_ust_tracef:*' -t '$app.dctx:request_id' "
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
	       "$app.dctx:raw == \"01ab\"' -e 'lttng_ust_tracef:*' --",
	       "filter");
	assert_int_equal(count("\n"), 2);
	assert_int_equal(count("number 7"), 1);
	assert_int_equal(count("number 9"), 1);
}

static void what_is_mapped_meanwhile_spoils_nothing(void **state)
{
	(void)state;
	record("-e 'lttng_ust_tracef:*' -t '$app.dctx:v' "
	       "-t '$app.dctx:tenant' -t '$app.dctx:v2' --",
	       "hostile");
	assert_int_equal(count("turn "), 3000);
	assert_int_equal(count("handler") > 0, 1);
	assert_int_equal(count("\n"), count("turn ") + count("handler") + 1);
	assert_int_equal(count("hunter2"), 0);
}

static void a_child_is_followed_with_lttngs_library(void **state)
{
	(void)state;
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
	record("-e 'lttng_ust_tracef:*' -t '$app.dctx:request_id' --", "fork");
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
		DCTXT_TEST(a_child_is_followed_with_lttngs_library),
		DCTXT_TEST(without_it_a_child_comes_to_no_harm),
	};

	for (size_t i = 0; argc > 1 && i < sizeof(plays) / sizeof(*plays); i++)
		if (strcmp(plays[i].name, argv[1]) == 0) {
			plays[i].play();
			return 0;
		}
	return cmocka_run_group_tests(tests, NULL, end);
}
