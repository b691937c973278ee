/* SPDX-License-Identifier: MIT */
/*
 * sink_exit_test.c - proves that a process that ends by exit flushes its sinks,
 * within their patience, and does not wait for one that hangs.
 */
#include "sinks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the sinks of a process that ended exported. */
static int out[2];

static dctx_status say_how_many(void *user, const dctx_told_span *spans,
				size_t n, int64_t until)
{
	char byte = 'x';

	(void)user;
	(void)spans;
	(void)until;
	for (size_t i = 0; i < n; i++)
		if (write(out[1], &byte, 1) != 1)
			abort();
	return DCTX_OK;
}

static const dctx_sink_ops counts = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "counts",
	.export_spans = say_how_many,
};

static dctx_status hang(void *user, const dctx_told_span *spans, size_t n,
			int64_t until)
{
	(void)user;
	(void)spans;
	(void)n;
	(void)until;
	while (pause() == -1)
		continue;
	return DCTX_OK;
}

static const dctx_sink_ops hangs = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "hangs",
	.export_spans = hang,
};

static dctx_status leave(void *user, const dctx_told_span *spans, size_t n,
			 int64_t until)
{
	(void)user;
	(void)spans;
	(void)n;
	(void)until;
	exit(7);
}

static const dctx_sink_ops leaves = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "leaves",
	.export_spans = leave,
};

static dctx_sink *sink_of(const dctx_sink_ops *ops, int64_t linger)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .linger = linger,
				     .patience = 100 * DCTX_MS};
	dctx_sink *sink = NULL;

	if (dctx_sink_new(ops, NULL, &options, &sink) != DCTX_OK)
		abort();
	return sink;
}

/* Runs a function in a process of its own, which then exits. Gives its exit
 * status; *spans is how many were exported. */
static int exit_of(void (*fn)(void), unsigned *spans)
{
	char byte;
	int status;
	pid_t child;

	assert_int_equal(pipe(out), 0);
	(void)fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(out[0]);
		fn();
		exit(0);
	}
	assert_int_equal(close(out[1]), 0);
	*spans = 0;
	while (read(out[0], &byte, 1) == 1)
		++*spans;
	assert_int_equal(close(out[0]), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void work_and_return(void)
{
	(void)sink_of(&counts, 3600 * DCTX_S);
	work(10);
}

static void what_is_told_before_an_exit_comes_out(void **state)
{
	unsigned spans;

	(void)state;
	assert_int_equal(exit_of(work_and_return, &spans), 0);
	assert_int_equal(spans, 10);
}

static void work_more(void)
{
	work(5);
}

static void work_at_exit(void)
{
	(void)sink_of(&counts, 3600 * DCTX_S);
	(void)atexit(work_more);
	work(1);
}

static void spans_of_exit_functions_that_came_later_do_too(void **state)
{
	unsigned spans;

	(void)state;
	assert_int_equal(exit_of(work_at_exit, &spans), 0);
	assert_int_equal(spans, 6);
}

static void work_beside_one_that_hangs(void)
{
	(void)sink_of(&hangs, 1);
	(void)sink_of(&counts, 3600 * DCTX_S);
	work(10);
}

static void an_exit_does_not_wait_for_one_that_hangs(void **state)
{
	unsigned spans;

	(void)state;
	assert_int_equal(exit_of(work_beside_one_that_hangs, &spans), 0);
	assert_int_equal(spans, 10);
}

static void leave_in_an_export(void)
{
	(void)sink_of(&counts, 3600 * DCTX_S);
	work(9);
	/* Told after the other one. */
	(void)sink_of(&leaves, 1);
	work(1);
	for (;;)
		pause();
}

static void a_call_may_exit(void **state)
{
	unsigned spans;

	(void)state;
	assert_int_equal(exit_of(leave_in_an_export, &spans), 7);
	assert_int_equal(spans, 10);
}

static void end_and_return(void)
{
	dctx_sink *sink = sink_of(&counts, 3600 * DCTX_S);

	work(3);
	(void)dctx_sink_end(sink);
	{
		DCTX_SPAN(late, "late");
		if (late != NULL)
			abort();
	}
}

static void a_sink_that_was_ended_is_left_alone(void **state)
{
	unsigned spans;

	(void)state;
	assert_int_equal(exit_of(end_and_return, &spans), 0);
	assert_int_equal(spans, 3);
}

static dctx_sink *other;

static dctx_status end_the_other(void *user, int64_t until)
{
	(void)user;
	(void)until;
	other = dctx_sink_end(other);
	return DCTX_OK;
}

static const dctx_sink_ops ends = {
	.struct_size = DCTX_SINK_OPS_SIZE,
	.name = "ends",
	.export_spans = say_how_many,
	.flush = end_the_other,
};

/* It has told nothing yet, so it is flushed on the thread that exits. */
static void exit_with_one_that_ends_another(void)
{
	(void)alarm(20);
	(void)sink_of(&ends, 3600 * DCTX_S);
	other = sink_of(&counts, 3600 * DCTX_S);
}

static void a_sink_may_end_another_at_the_exit(void **state)
{
	unsigned spans;

	(void)state;
	assert_int_equal(exit_of(exit_with_one_that_ends_another, &spans), 0);
	assert_int_equal(spans, 0);
}

static void make_many(void)
{
	for (int i = 0; i < 200; i++)
		(void)dctx_sink_end(sink_of(&counts, 1));
	(void)sink_of(&counts, 3600 * DCTX_S);
	work(4);
}

static void the_last_of_many_sinks_is_flushed_too(void **state)
{
	unsigned spans;

	(void)state;
	assert_int_equal(exit_of(make_many, &spans), 0);
	assert_int_equal(spans, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_is_told_before_an_exit_comes_out),
		DCTXT_TEST(spans_of_exit_functions_that_came_later_do_too),
		DCTXT_TEST(an_exit_does_not_wait_for_one_that_hangs),
		DCTXT_TEST(a_call_may_exit),
		DCTXT_TEST(a_sink_that_was_ended_is_left_alone),
		DCTXT_TEST(a_sink_may_end_another_at_the_exit),
		DCTXT_TEST(the_last_of_many_sinks_is_flushed_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
