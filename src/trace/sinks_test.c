/* SPDX-License-Identifier: MIT */
/*
 * sinks_test.c - proves that what a sink is told comes out once, in batches,
 * or is counted as lost.
 */
#include "trace/probe.h"

#include <poll.h>

static void what_is_told_comes_out_after_a_flush(void **state)
{
	dctx_sink *sink = new_sink(0, 0, 3600 * DCTX_S);

	(void)state;
	assert_true(dctxi_sinks_any());
	tell_some(100);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(seen(&probe.exported), 100);
	assert_int_equal(seen(&probe.flushes), 1);
	assert_int_equal(stats_of(sink).exported, 100);
	assert_true(probe.patience > 0 && probe.patience <= 5 * DCTX_S);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(seen(&probe.frees), 1);
	assert_false(dctxi_sinks_any());
	tell_some(1);
	assert_int_equal(seen(&probe.exported), 100);
}

static void a_full_batch_goes_out_before_its_linger(void **state)
{
	dctx_sink *sink = new_sink(0, 10, 3600 * DCTX_S);

	(void)state;
	for (uint32_t i = 1; i <= 20; i++) {
		tell_some(10);
		await(&probe.exported, 10 * i);
	}
	assert_true(seen(&probe.calls) >= 20);
	assert_null(dctx_sink_end(sink));
}

static void a_lone_span_goes_out_after_its_linger(void **state)
{
	dctx_sink *sink = new_sink(0, 0, 20 * DCTX_MS);

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		int64_t before = dctx_now();

		tell_some(1);
		await(&probe.exported, i);
		assert_true(dctx_now() - before >= 20 * DCTX_MS);
	}
	assert_null(dctx_sink_end(sink));
}

static void half_a_ring_goes_out_before_its_linger(void **state)
{
	dctx_sink *sink = new_sink(65536, 60000, 3600 * DCTX_S);

	(void)state;
	/* Half of it, whatever a pointer takes; not all. */
	for (uint32_t told = 0; seen(&probe.exported) == 0; told++) {
		if (stats_of(sink).waiting < 150)
			tell_some(1);
		else
			sched_yield();
		assert_true(told < UINT32_MAX);
	}
	assert_int_equal(stats_of(sink).full, 0);
	assert_null(dctx_sink_end(sink));
}

static void past_its_bound_spans_are_dropped_and_counted(void **state)
{
	uint64_t counted = dctx_counter(DCTX_EV_DROPPED_SPAN);
	dctx_sink *sink = new_sink(4096, 1, 1);
	dctx_sink_stats stats;

	(void)state;
	set(&probe.gate, 1);
	tell_some(1);
	await(&probe.inside, 1);
	tell_some(1000);
	stats = stats_of(sink);
	assert_int_equal(stats.taken, 1001);
	assert_in_range(stats.waiting, 2, 4096 / sizeof(dctx_told_span));
	assert_int_equal(stats.full, 1001 - stats.waiting);
	assert_int_equal(dctx_counter(DCTX_EV_DROPPED_SPAN) - counted,
			 stats.full);
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(DCTX_MS)),
			 DCTX_DEADLINE_EXCEEDED);
	set(&probe.gate, 0);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).exported, stats.waiting);
	assert_int_equal(stats_of(sink).waiting, 0);
	assert_null(dctx_sink_end(sink));
}

static void a_span_larger_than_half_the_ring_is_dropped(void **state)
{
	dctx_sink *sink = new_sink(4096, 0, 0);
	dctx_told_span told = made(1, 2, 3);
	char large[4096];

	(void)state;
	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	told.values = large;
	dctxi_sinks_tell(&told);
	assert_int_equal(stats_of(sink).full, 1);
	tell_some(1);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).exported, 1);
	assert_null(dctx_sink_end(sink));
}

static void a_busy_sink_is_offered_the_same_again(void **state)
{
	dctx_sink *sink = new_sink(0, 4, 1);
	uint32_t calls;

	(void)state;
	probe.says = DCTX_BUSY;
	tell_some(4);
	/* At once by a flush, and after 100 and 200 ms. */
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(350 * DCTX_MS)),
			 DCTX_DEADLINE_EXCEEDED);
	calls = seen(&probe.calls);
	assert_true(calls >= 2);
	assert_true(calls <= 12);
	assert_int_equal(stats_of(sink).busy, calls);
	assert_int_equal(stats_of(sink).waiting, 4);
	__atomic_store_n(&probe.says, DCTX_OK, __ATOMIC_RELEASE);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).exported, 4);
	assert_int_equal(seen(&probe.exported), 4);
	assert_null(dctx_sink_end(sink));
}

static void a_sink_that_is_busy_for_ever_is_ended_all_the_same(void **state)
{
	uint64_t counted = dctx_counter(DCTX_EV_DROPPED_SPAN);
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .patience = 50 * DCTX_MS,
				     .linger = 1};
	dctx_sink *sink;

	(void)state;
	memset(&probe, 0, sizeof probe);
	probe.says = DCTX_BUSY;
	assert_int_equal(dctx_sink_new(&ops, NULL, &options, &sink), DCTX_OK);
	tell_some(3);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(seen(&probe.frees), 1);
	assert_int_equal(dctx_counter(DCTX_EV_DROPPED_SPAN) - counted, 3);
}

static void a_refused_batch_is_dropped_and_counted(void **state)
{
	uint64_t counted = dctx_counter(DCTX_EV_DROPPED_SPAN);
	dctx_sink *sink = new_sink(0, 0, 3600 * DCTX_S);

	(void)state;
	__atomic_store_n(&probe.says, DCTX_SYSTEM, __ATOMIC_RELEASE);
	tell_some(7);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_int_equal(stats_of(sink).refused, 7);
	assert_int_equal(stats_of(sink).exported, 0);
	assert_int_equal(dctx_counter(DCTX_EV_DROPPED_SPAN) - counted, 7);
	assert_null(dctx_sink_end(sink));
}

static void spans_of_an_export_are_told_nobody(void **state)
{
	dctx_sink *sink = new_sink(0, 0, 1), *other = NULL;

	(void)state;
	probe.tells = 3;
	assert_int_equal(dctx_sink_new(&ops, NULL, NULL, &other), DCTX_OK);
	tell_some(5);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
		assert_int_equal(dctx_sink_flush(other, soon()), DCTX_OK);
	}
	assert_int_equal(stats_of(sink).taken, 5);
	assert_int_equal(stats_of(other).taken, 5);
	assert_null(dctx_sink_end(sink));
	assert_null(dctx_sink_end(other));
}

static void a_sink_gets_spans_up_to_its_level(void **state)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .most = DCTX_LEVEL_WARN};
	dctx_sink *sink;

	(void)state;
	assert_int_equal(dctx_sink_new(&ops, NULL, &options, &sink), DCTX_OK);
	assert_int_equal(dctx_abi1_span_level, DCTX_LEVEL_WARN);
	tell_some(1);
	assert_int_equal(stats_of(sink).taken, 0);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(dctx_abi1_span_level, DCTX_LEVEL_NONE);
}

#define TELLERS 4
#define EACH 20000

static void *tell_all(void *unused)
{
	(void)unused;
	tell_some(EACH);
	return NULL;
}

static void of_four_threads_nothing_is_lost_uncounted(void **state)
{
	dctx_sink *sink = new_sink(65536, 0, 1);
	pthread_t thread[TELLERS];
	dctx_sink_stats stats;

	(void)state;
	for (int i = 0; i < TELLERS; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, tell_all, NULL), 0);
	for (int i = 0; i < 100; i++)
		(void)stats_of(sink);
	for (int i = 0; i < TELLERS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	stats = stats_of(sink);
	assert_int_equal(stats.taken, TELLERS * EACH);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.exported, seen(&probe.exported));
	assert_null(dctx_sink_end(sink));
}

static uint32_t over;

static void *tell_on(void *unused)
{
	(void)unused;
	while (!seen(&over))
		tell_some(1);
	return NULL;
}

static void a_sink_is_ended_while_others_tell(void **state)
{
	pthread_t thread[2];

	(void)state;
	set(&over, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&thread[i], NULL, tell_on, NULL), 0);
	for (int i = 0; i < 100; i++) {
		dctx_sink *sink = new_sink(4096, 4, 1);

		assert_null(dctx_sink_end(sink));
		assert_int_equal(seen(&probe.frees), 1);
	}
	set(&over, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

/* As of a thread that looked while another sink was here, and lost its
 * processor: it is in and out again while this one is made. */
static void who_only_looks_in_is_not_counted(void **state)
{
	dctx_sink *sink;

	(void)state;
	__atomic_fetch_add(&dctxi_sink_table[0].entered, 1, __ATOMIC_SEQ_CST);
	sink = new_sink(0, 0, 0);
	assert_ptr_equal(sink, &dctxi_sink_table[0]);
	__atomic_fetch_sub(&sink->entered, 1, __ATOMIC_SEQ_CST);
	assert_int_equal(stats_of(sink).taken, 0);
	tell_some(3);
	assert_int_equal(stats_of(sink).taken, 3);
	assert_int_equal(dctx_sink_flush(sink, soon()), DCTX_OK);
	assert_null(dctx_sink_end(sink));
}

static void *end_it(void *sink)
{
	return dctx_sink_end(sink);
}

/* A dump reads the name in the user's table under the lock. */
static void a_sink_is_not_freed_under_a_dump(void **state)
{
	struct dctx_sink *sink = new_sink(0, 0, 0);
	pthread_t thread;

	(void)state;
	dctxi_sinks_lock();
	assert_int_equal(pthread_create(&thread, NULL, end_it, sink), 0);
	await(&sink->open, 0);
	(void)poll(NULL, 0, 100);
	assert_int_equal(seen(&probe.frees), 0);
	dctxi_sinks_unlock();
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(seen(&probe.frees), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_comes_out_after_a_flush),
		cmocka_unit_test(a_full_batch_goes_out_before_its_linger),
		cmocka_unit_test(a_lone_span_goes_out_after_its_linger),
		cmocka_unit_test(half_a_ring_goes_out_before_its_linger),
		cmocka_unit_test(past_its_bound_spans_are_dropped_and_counted),
		cmocka_unit_test(a_span_larger_than_half_the_ring_is_dropped),
		cmocka_unit_test(a_busy_sink_is_offered_the_same_again),
		cmocka_unit_test(
			a_sink_that_is_busy_for_ever_is_ended_all_the_same),
		cmocka_unit_test(a_refused_batch_is_dropped_and_counted),
		cmocka_unit_test(spans_of_an_export_are_told_nobody),
		cmocka_unit_test(a_sink_gets_spans_up_to_its_level),
		cmocka_unit_test(of_four_threads_nothing_is_lost_uncounted),
		cmocka_unit_test(a_sink_is_ended_while_others_tell),
		cmocka_unit_test(who_only_looks_in_is_not_counted),
		cmocka_unit_test(a_sink_is_not_freed_under_a_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
