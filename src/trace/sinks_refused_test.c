/* SPDX-License-Identifier: MIT */
/*
 * sinks_refused_test.c - proves that a sink makes do with what the system and
 * its own table refuse: threads, memory, calls that do not come back.
 */
#include "plat/wiped.h"
#include "trace/probe.h"

#include <stdio.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_call_that_ends_its_thread_loses_its_batch_only(void **state)
{
	dctx_sink *sink = new_sink(0, 1, 1);

	(void)state;
	for (uint32_t i = 1; i <= 5; i++) {
		set(&probe.ends_thread, 1);
		tell_some(1);
		while (stats_of(sink).refused != i)
			sched_yield();
		tell_some(1);
		await(&probe.exported, i);
	}
	assert_null(dctx_sink_end(sink));
	assert_int_equal(seen(&probe.frees), 1);
}

static bool is_free(struct dctx_sink *sink)
{
	bool is;

	dctxi_sinks_lock();
	is = sink->state == DCTXI_SINK_FREE;
	dctxi_sinks_unlock();
	return is;
}

static void a_call_that_does_not_come_back_is_left_alone(void **state)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .patience = DCTX_MS,
				     .linger = 1};
	dctx_sink *sink;

	(void)state;
	memset(&probe, 0, sizeof probe);
	set(&probe.gate, 1);
	assert_int_equal(dctx_sink_new(&ops, NULL, &options, &sink), DCTX_OK);
	tell_some(1);
	await(&probe.inside, 1);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(seen(&probe.frees), 0);
	assert_false(dctxi_sinks_any());
	set(&probe.gate, 0);
	await(&probe.frees, 1);
	/* Its place may be used again at once. */
	while (!is_free(&dctxi_sink_table[0]))
		sched_yield();
}

static void without_a_thread_who_flushes_exports(void **state)
{
	dctx_sink *sink = new_sink(0, 10, 1);

	(void)state;
	refuse_from(0);
	tell_some(25);
	refuse_from(-1);
	assert_int_equal(stats_of(sink).waiting, 25);
	/* Once, and again after each batch. */
	assert_true(stats_of(sink).no_thread >= 2);
	refuse_from(0);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	refuse_from(-1);
	assert_int_equal(seen(&probe.exported), 25);
	/* And then there is one. */
	tell_some(1);
	await(&probe.exported, 26);
	assert_null(dctx_sink_end(sink));
}

static void telling_takes_no_memory(void **state)
{
	dctx_sink *sink = new_sink(0, 0, 1);

	(void)state;
	tell_some(1);
	await(&probe.exported, 1);
	refuse_from(0);
	tell_some(100);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	refuse_from(-1);
	assert_int_equal(seen(&probe.exported), 101);
	assert_null(dctx_sink_end(sink));
}

static void without_memory_there_is_no_sink_and_nothing_leaks(void **state)
{
	dctx_sink *sink = NULL;
	dctx_status status = DCTX_NOMEM;
	int failed = 0;

	(void)state;
	for (long n = 0; status != DCTX_OK && n < 20; n++) {
		refuse_from(n);
		status = dctx_sink_new(&ops, NULL, NULL, &sink);
		refuse_from(-1);
		failed += status != DCTX_OK;
		assert_true(status == DCTX_OK || status == DCTX_NOMEM ||
			    status == DCTX_SYSTEM);
		assert_int_equal(dctxi_sinks_any(), status == DCTX_OK);
	}
	assert_true(failed >= 2);
	assert_int_equal(status, DCTX_OK);
	assert_null(dctx_sink_end(sink));
}

static void there_are_so_many_sinks_and_no_more(void **state)
{
	dctx_sink *sink[DCTX_SINKS + 1];

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < DCTX_SINKS; i++)
			assert_int_equal(
				dctx_sink_new(&ops, NULL, NULL, &sink[i]),
				DCTX_OK);
		assert_int_equal(dctx_sink_new(&ops, NULL, NULL, &sink[16]),
				 DCTX_LIMIT);
		tell_some(1);
		for (int i = 0; i < DCTX_SINKS; i++) {
			assert_int_equal(dctx_sink_flush(sink[i], soon()),
					 DCTX_OK);
			assert_int_equal(stats_of(sink[i]).exported, 1);
			assert_null(dctx_sink_end(sink[i]));
		}
	}
}

static void what_is_no_sink_is_refused(void **state)
{
	dctx_sink_ops none = ops;
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE};
	dctx_sink *sink = NULL;

	(void)state;
	assert_int_equal(dctx_sink_new(NULL, NULL, NULL, &sink), DCTX_INVALID);
	assert_int_equal(dctx_sink_new(&ops, NULL, NULL, NULL), DCTX_INVALID);
	none.export_spans = NULL;
	assert_int_equal(dctx_sink_new(&none, NULL, NULL, &sink), DCTX_INVALID);
	none = ops;
	none.name = NULL;
	assert_int_equal(dctx_sink_new(&none, NULL, NULL, &sink), DCTX_INVALID);
	none = ops;
	none.struct_size--;
	assert_int_equal(dctx_sink_new(&none, NULL, NULL, &sink), DCTX_INVALID);
	options.linger = -1;
	assert_int_equal(dctx_sink_new(&ops, NULL, &options, &sink),
			 DCTX_INVALID);
	options.linger = 0;
	options.patience = -1;
	assert_int_equal(dctx_sink_new(&ops, NULL, &options, &sink),
			 DCTX_INVALID);
	options.patience = 0;
	options.most = (dctx_level)(DCTX_LEVEL_TRACE + 1);
	assert_int_equal(dctx_sink_new(&ops, NULL, &options, &sink),
			 DCTX_INVALID);
	assert_int_equal(dctx_sink_flush(NULL, 0), DCTX_INVALID);
	assert_null(dctx_sink_end(NULL));
	assert_null(sink);
}

/* What an export of a process that exits says. */
static int out[2];

static dctx_status say_how_many(void *user, const dctx_told_span *spans,
				size_t n, int64_t until)
{
	char count = (char)n;

	(void)user;
	(void)spans;
	(void)until;
	return write(out[1], &count, 1) == 1 ? DCTX_OK : DCTX_SYSTEM;
}

static void exit_without_a_thread(void)
{
	static const dctx_sink_ops says = {
		.struct_size = DCTX_SINK_OPS_SIZE,
		.name = "says",
		.export_spans = say_how_many,
	};
	dctx_sink *sink;

	if (dctx_sink_new(&says, NULL, NULL, &sink) != DCTX_OK)
		abort();
	refuse_from(0);
	tell_some(9);
	exit(0);
}

static void without_a_thread_the_exit_exports(void **state)
{
	char count = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(out), 0);
	(void)fflush(NULL);
	child = fork();
	if (child == 0)
		exit_without_a_thread();
	assert_true(child > 0);
	assert_int_equal(read(out[0], &count, 1), 1);
	assert_int_equal(count, 9);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(close(out[0]), 0);
	assert_int_equal(close(out[1]), 0);
}

static void a_child_past_the_c_library_tells_nothing(void **state)
{
	dctx_sink *sink = new_sink(0, 0, 3600 * DCTX_S);
	uint64_t taken;
	int status;
	pid_t child;

	(void)state;
	if (!dctxi_system_wipes()) {
		assert_null(dctx_sink_end(sink));
		skip();
	}
	tell_some(3);
	(void)fflush(NULL);
	child = dctxi_fork_by_the_system();
	if (child == 0) {
		taken = dctxi_sink_counted(&sink->entered);
		tell_some(5);
		taken = dctxi_sink_counted(&sink->entered) - taken;
		/* Nor would it write its parent's when it exits. */
		dctxi_sinks_flush();
		_exit(taken == 0 && seen(&probe.exported) == 0 ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(seen(&probe.exported), 3);
	assert_null(dctx_sink_end(sink));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_call_that_ends_its_thread_loses_its_batch_only),
		cmocka_unit_test(a_call_that_does_not_come_back_is_left_alone),
		cmocka_unit_test(without_a_thread_who_flushes_exports),
		cmocka_unit_test(telling_takes_no_memory),
		cmocka_unit_test(
			without_memory_there_is_no_sink_and_nothing_leaks),
		cmocka_unit_test(there_are_so_many_sinks_and_no_more),
		cmocka_unit_test(what_is_no_sink_is_refused),
		cmocka_unit_test(without_a_thread_the_exit_exports),
		cmocka_unit_test(a_child_past_the_c_library_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
