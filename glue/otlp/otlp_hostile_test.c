/* SPDX-License-Identifier: MIT */
/*
 * otlp_hostile_test.c - proves that no collector, however broken, holds a sink
 * longer than it may take, raises a signal or loses what could be sent again;
 * and what becomes of a sink across a fork.
 */
#define _GNU_SOURCE /* strcasestr */
#include "direct.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#define SHORT (300 * DCTX_MS)

static dctx_status export_until(int64_t until)
{
	const dctx_told_span told = told_plain();

	return direct.ops->export_spans(direct.user, &told, 1, until);
}

/* Whatever it is, the batch stays the sink's, and the next one is taken once
 * the collector is well again. */
static void holds_up(enum behaviour how, bool to_the_end)
{
	struct stand_in s;
	dctx_otlp_stats stats;
	dctx_sink *sink;
	int64_t began;

	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	stand_in_is(&s, how);
	began = dctx_now();
	assert_int_equal(export_until(dctx_deadline_in(SHORT)), DCTX_BUSY);
	assert_true(dctx_now() - began < 20 * DCTX_S);
	if (to_the_end)
		assert_true(dctx_now() - began >= SHORT / 2);
	stats = direct_stats(sink);
	assert_int_equal(stats.retried, 1);
	assert_int_equal(stats.code, 0);
	assert_string_not_equal(stats.last, "");
	stand_in_is(&s, ANSWERS);
	assert_int_equal(direct_export(1), DCTX_OK);
	assert_int_equal(direct_stats(sink).accepted, 1);
	direct_end();
	stand_in_end(&s);
}

static void one_that_says_nothing_is_left_in_time(void **state)
{
	(void)state;
	holds_up(SAYS_NOTHING, true);
}

static void one_that_hangs_up_is_asked_again(void **state)
{
	(void)state;
	holds_up(HANGS_UP, false);
	holds_up(HANGS_UP_AT_ONCE, false);
}

/* Half of a head is no answer, however steadily it comes. */
static void one_that_drips_is_left_in_time(void **state)
{
	(void)state;
	holds_up(DRIPS, true);
}

static void one_that_is_down_is_asked_again(void **state)
{
	struct stand_in s;
	dctx_sink *sink;

	(void)state;
	stand_in_bind(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	assert_int_equal(direct_export(1), DCTX_BUSY);
	assert_int_equal(direct_stats(sink).retried, 1);
	stand_in_listen(&s);
	assert_int_equal(direct_export(1), DCTX_OK);
	direct_end();
	stand_in_end(&s);
}

/* Too long to be asked for. */
static void a_name_that_is_none_is_for_later(void **state)
{
	dctx_otlp_options options = {.struct_size = DCTX_OTLP_OPTIONS_SIZE};
	char url[128], name[65];
	dctx_sink *sink;

	(void)state;
	memset(name, 'a', 64);
	name[64] = '\0';
	(void)snprintf(url, sizeof url, "http://%s.invalid/", name);
	options.endpoint = url;
	sink = direct_begin(&options);
	assert_int_equal(direct_export(1), DCTX_BUSY);
	assert_string_not_equal(direct_stats(sink).last, "");
	direct_end();
}

static void what_is_no_http_is_for_later(void **state)
{
	static const char *const garbage[] = {
		"SSH-2.0-OpenSSH_9.2\r\n", "\r\n\r\n", "HTTP/9.9 200\r\n\r\n",
		"HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 100 Go on\r\n\r\n"};
	struct stand_in s;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = SHORT});
	for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
		stand_in_answers(&s, garbage[i]);
		assert_int_equal(direct_export(1), DCTX_BUSY);
	}
	assert_int_equal(direct_stats(sink).code, 0);
	direct_end();
	stand_in_end(&s);
}

/* A code came: it decides. Of what follows a bound is taken, and the system's
 * buffers. */
static void a_flood_is_cut(void **state)
{
	const uint64_t most = UINT64_C(64) << 20;
	struct stand_in s;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	stand_in_is(&s, FLOODS_BODY);
	assert_int_equal(direct_export(1), DCTX_OK);
	stand_in_await_ended(&s, 1);
	stand_in_is(&s, FLOODS_HEAD);
	assert_int_equal(direct_export(1), DCTX_OK);
	stand_in_await_ended(&s, 2);
	assert_int_equal(direct_stats(sink).garbled, 2);
	assert_int_equal(direct_stats(sink).accepted, 2);
	assert_true(s.flooded < most);
	direct_end();
	stand_in_end(&s);
}

static void without_time_nobody_is_asked(void **state)
{
	struct stand_in s;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	assert_int_equal(export_until(dctx_now()), DCTX_BUSY);
	assert_int_equal(export_until(0), DCTX_BUSY);
	assert_int_equal(direct_stats(sink).requests, 0);
	assert_int_equal(stand_in_count(&s), 0);
	assert_int_equal(export_until(DCTX_NO_DEADLINE), DCTX_OK);
	direct_end();
	stand_in_end(&s);
}

static void a_request_takes_no_longer_than_its_timeout(void **state)
{
	struct stand_in s;
	int64_t began;

	(void)state;
	stand_in_begin(&s);
	(void)direct_to(&s, (dctx_otlp_options){.timeout = SHORT});
	stand_in_is(&s, SAYS_NOTHING);
	began = dctx_now();
	assert_int_equal(direct_export(1), DCTX_BUSY);
	assert_true(dctx_now() - began >= SHORT / 2);
	assert_true(dctx_now() - began < 25 * DCTX_S);
	direct_end();
	stand_in_end(&s);
}

/* Less than libcurl counts in is too little for an answer, not for a try. */
static void the_shortest_timeout_is_one(void **state)
{
	struct stand_in s;
	dctx_sink *sink;

	(void)state;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 1});
	(void)direct_export(1);
	assert_int_equal(direct_stats(sink).requests, 1);
	direct_end();
	stand_in_end(&s);
}

static void what_nobody_samples_is_not_sent(void **state)
{
	dctx_told_span told = told_plain();
	struct stand_in s;
	dctx_sink *sink;

	(void)state;
	told.trace.flags = 0;
	stand_in_begin(&s);
	sink = direct_to(&s, (dctx_otlp_options){.timeout = 0});
	assert_int_equal(direct.ops->export_spans(direct.user, &told, 1,
						  DCTX_NO_DEADLINE),
			 DCTX_OK);
	assert_int_equal(direct_stats(sink).unsampled, 1);
	assert_int_equal(direct_stats(sink).requests, 0);
	direct_end();
	stand_in_end(&s);
}

static void a_sink_that_is_refused_leaves_nothing(void **state)
{
	const size_t blocks = dctxt_heap_blocks();
	dctx_sink *sink = NULL;

	(void)state;
	direct.refuse = DCTX_LIMIT;
	assert_int_equal(dctx_otlp_new(NULL, &sink), DCTX_LIMIT);
	direct.refuse = DCTX_OK;
	assert_null(sink);
	assert_int_equal(dctxt_heap_blocks(), blocks);
}

struct forked {
	struct stand_in *s;
	dctx_sink *sink;
};

/* The parent's connection is not the child's, which opens its own. */
static void be_a_child(void *arg)
{
	const struct forked *forked = arg;
	dctx_otlp_stats stats = {.struct_size = sizeof stats};

	DCTXT_EXPECT(direct_export(1) == DCTX_OK);
	DCTXT_EXPECT(dctx_otlp_stats_read(forked->sink, &stats) == DCTX_OK);
	DCTXT_EXPECT(stats.accepted == 2);
	direct_end();
}

static void a_child_has_a_connection_of_its_own(void **state)
{
	struct forked forked;
	struct stand_in s;
	pid_t pid;
	int status;

	(void)state;
	stand_in_begin(&s);
	forked = (struct forked){
		&s, direct_to(&s, (dctx_otlp_options){.timeout = 0})};
	assert_int_equal(direct_export(1), DCTX_OK);
	assert_int_equal(stand_in_await(&s, 1)->call, 0);
	assert_true(dctxt_in_child(be_a_child, &forked));
	assert_int_equal(stand_in_await(&s, 2)->call, 1);
	assert_int_equal(direct_export(1), DCTX_OK);
	assert_int_equal(stand_in_await(&s, 3)->call, 0);
	/* A child that tells nothing holds no connection open, either. */
	pid = fork();
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	assert_true(pid > 0);
	direct_end();
	stand_in_await_ended(&s, 2);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	stand_in_end(&s);
}

static void signals_are_as_they_were(void **state)
{
	sigset_t before, after;
	struct stand_in s;

	(void)state;
	stand_in_begin(&s);
	stand_in_is(&s, HANGS_UP_AT_ONCE);
	(void)direct_to(&s, (dctx_otlp_options){.timeout = 0});
	(void)pthread_sigmask(SIG_SETMASK, NULL, &before);
	for (int i = 0; i < 5; i++)
		(void)direct_export(16);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&before, SIGPIPE),
			 sigismember(&after, SIGPIPE));
	direct_end();
	stand_in_end(&s);
}

static void counts_are_of_sinks_that_send(void **state)
{
	dctx_otlp_stats stats = {.struct_size = sizeof stats};
	dctx_sink *sink = direct_begin(NULL);

	(void)state;
	assert_int_equal(dctx_otlp_stats_read(NULL, &stats), DCTX_INVALID);
	assert_int_equal(dctx_otlp_stats_read(sink, NULL), DCTX_INVALID);
	assert_int_equal(dctx_otlp_stats_read((dctx_sink *)&stats, &stats),
			 DCTX_INVALID);
	stats.struct_size--;
	assert_int_equal(dctx_otlp_stats_read(sink, &stats), DCTX_INVALID);
	stats.struct_size++;
	assert_int_equal(dctx_otlp_stats_read(sink, &stats), DCTX_OK);
	assert_int_equal(stats.struct_size, sizeof stats);
	direct_end();
	assert_int_equal(dctx_otlp_stats_read(sink, &stats), DCTX_INVALID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(one_that_says_nothing_is_left_in_time),
		DCTXT_TEST(one_that_hangs_up_is_asked_again),
		DCTXT_TEST(one_that_drips_is_left_in_time),
		DCTXT_TEST(one_that_is_down_is_asked_again),
		DCTXT_TEST(a_name_that_is_none_is_for_later),
		DCTXT_TEST(what_is_no_http_is_for_later),
		DCTXT_TEST(a_flood_is_cut),
		DCTXT_TEST(without_time_nobody_is_asked),
		DCTXT_TEST(a_request_takes_no_longer_than_its_timeout),
		DCTXT_TEST(the_shortest_timeout_is_one),
		DCTXT_TEST(what_nobody_samples_is_not_sent),
		DCTXT_TEST(a_sink_that_is_refused_leaves_nothing),
		DCTXT_TEST(a_child_has_a_connection_of_its_own),
		DCTXT_TEST(signals_are_as_they_were),
		DCTXT_TEST(counts_are_of_sinks_that_send),
	};

	alone_in_the_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
