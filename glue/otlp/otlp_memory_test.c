/* SPDX-License-Identifier: MIT */
/*
 * otlp_memory_test.c - proves that a collector that is broken takes no memory,
 * and that where there is none a batch is counted and a sink not made.
 */
#define _GNU_SOURCE /* strcasestr */
#include "direct.h"

#include <signal.h>
#include <sys/wait.h>

static void heap_stays(int times)
{
	size_t before = 0;

	for (int i = 0; i < times; i++) {
		if (i == 3)
			before = dctxt_heap_bytes();
		(void)direct_export(1);
	}
	/* The stand-in keeps what it gets: under 1 KiB a message. */
	assert_true(dctxt_heap_bytes() < before + 32768);
}

static void failures_take_no_memory(void **state)
{
	static const enum behaviour all[] = {HANGS_UP, FLOODS_BODY, FLOODS_HEAD,
					     HANGS_UP_AT_ONCE};

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct stand_in s;

		stand_in_begin(&s);
		(void)direct_to(&s, (dctx_otlp_options){.timeout = 0});
		stand_in_is(&s, all[i]);
		heap_stays(12);
		direct_end();
		stand_in_end(&s);
	}
}

/* A stand-in in a process of its own, whose memory does not fail with ours. */
static pid_t begin_apart(struct stand_in *s)
{
	pid_t pid;

	stand_in_bind(s);
	assert_int_equal(listen(s->listener, 16), 0);
	pid = fork();
	if (pid == 0) {
		(void)serve_calls(s);
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void end_apart(struct stand_in *s, pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(s->listener);
}

/* Each allocation fails once: a batch is then taken, for later, or dropped and
 * counted. */
static void without_memory_a_batch_is_counted(void **state)
{
	struct stand_in s;
	dctx_otlp_stats stats;
	dctx_sink *sink;
	dctx_status status;
	long failing = 0, asked;
	uint64_t dropped = 0;
	pid_t pid;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	pid = begin_apart(&s);
	sink = direct_to(&s, (dctx_otlp_options){.compression = "gzip"});
	do {
		dctxt_heap_fail(++failing, false);
		status = direct_export(1);
		asked = dctxt_heap_relent();
		assert_true(status == DCTX_OK || status == DCTX_BUSY ||
			    status == DCTX_NOMEM);
		dropped += status == DCTX_NOMEM;
	} while (asked >= failing && failing < 500);
	stats = direct_stats(sink);
	assert_true(dropped > 0);
	assert_int_equal(stats.nomem, dropped);
	assert_true(stats.accepted > 0);
	assert_int_equal(direct_export(1), DCTX_OK);
	direct_end();
	end_apart(&s, pid);
}

static void without_memory_there_is_no_sink(void **state)
{
	const dctx_otlp_options options = {.struct_size =
						   DCTX_OTLP_OPTIONS_SIZE,
					   .headers = "a=b",
					   .resource = "c=d",
					   .service = "shop"};
	size_t blocks = dctxt_heap_blocks();
	dctx_sink *sink = NULL;
	dctx_status status;
	long failing = 0;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	do {
		dctxt_heap_fail(++failing, false);
		status = dctx_otlp_new(&options, &sink);
		(void)dctxt_heap_relent();
		if (status != DCTX_OK) {
			assert_int_equal(status, DCTX_NOMEM);
			assert_null(sink);
			assert_int_equal(dctxt_heap_blocks(), blocks);
		}
	} while (status != DCTX_OK);
	assert_true(failing > 3);
	direct_end();
	assert_int_equal(dctxt_heap_blocks(), blocks);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(failures_take_no_memory),
		DCTXT_TEST(without_memory_a_batch_is_counted),
		DCTXT_TEST(without_memory_there_is_no_sink),
	};

	alone_in_the_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
