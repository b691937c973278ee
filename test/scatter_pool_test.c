/* SPDX-License-Identifier: MIT */
/*
 * scatter_pool_test.c - proves that scatters go on on our own executors,
 * whatever those do when they are full, are shut down, or have no thread.
 */
#include "kit.h"

#include <unistd.h>

enum { MANY = 8 };

static dctx_executor *pool;
static dctx_slice slice[MANY];
static atomic_int ran;

static void pool_begin(unsigned threads, unsigned queue,
		       dctx_when_full when_full, const pthread_attr_t *attr)
{
	const dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
					   .threads = threads,
					   .queue = queue,
					   .when_full = when_full,
					   .attr = attr};

	ran = 0;
	assert_int_equal(dctx_pool_new(&options, &pool), DCTX_OK);
}

static void pool_end(void)
{
	dctx_executor_stats stats = {.struct_size = sizeof(stats)};

	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	assert_int_equal(dctx_executor_stats_read(pool, &stats), DCTX_OK);
	assert_int_equal(stats.running, 0);
	assert_int_equal(stats.queued, 0);
	assert_int_equal(stats.unclean, 0);
	pool = dctx_executor_unref(pool);
}

static dctx_status nest(void *user, size_t i, void **out_result)
{
	size_t depth = (size_t)(uintptr_t)user;
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = pool};
	dctx_slice inner[4];

	(void)i;
	(void)out_result;
	ran++;
	if (depth == 0)
		return DCTX_OK;
	return dctx_scatter(4, nest, (void *)(uintptr_t)(depth - 1), &options,
			    inner);
}

static dctx_status scatter(dctx_slice_fn fn, size_t n)
{
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = pool};

	return dctx_scatter(n, fn, (void *)3, &options, slice);
}

static dctx_status fail_at_2(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)out_result;
	return i == 2 ? DCTX_CODEC : DCTX_OK;
}

static void slices_are_counted_one_by_one(void **state)
{
	dctx_executor_stats stats = {.struct_size = sizeof(stats)};
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT,
					.timeout = -1};

	(void)state;
	pool_begin(2, 1, DCTX_FULL_REJECTS, NULL);
	options.executor = pool;
	/* Over before it began. */
	assert_int_equal(dctx_scatter(3, fail_at_2, NULL, &options, slice),
			 DCTX_OK);
	options.timeout = 0;
	assert_int_equal(dctx_scatter(4, fail_at_2, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(dctx_scatter(2, fail_at_2, NULL, &options, slice),
			 DCTX_OK);
	assert_int_equal(dctx_executor_stats_read(pool, &stats), DCTX_OK);
	assert_int_equal(stats.scatters, 3);
	assert_int_equal(stats.partial, 2);
	assert_int_equal(stats.slices, 3 + 2);
	assert_int_equal(stats.missing, 3 + 1);
	pool_end();
}

static void nested_scatters_go_on_on_a_full_pool(void **state)
{
	static const dctx_when_full full[] = {
		DCTX_FULL_REJECTS, DCTX_FULL_BLOCKS, DCTX_FULL_CALLER_RUNS,
		DCTX_FULL_DROPS_OLDEST};

	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		for (unsigned threads = 1; threads < 4; threads++) {
			pool_begin(threads, 1, full[k], NULL);
			assert_int_equal(scatter(nest, 4), DCTX_OK);
			assert_int_equal(ran, 4 + 16 + 64 + 256);
			pool_end();
		}
	}
}

static void *scatter_in_job(void *arg)
{
	dctx_slice inner[4];
	const dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					      .executor = pool};

	DCTXT_EXPECT(dctx_scatter(4, nest, NULL, &options, inner) == DCTX_OK);
	return arg;
}

static void jobs_that_all_scatter_do_not_stop_their_pool(void **state)
{
	dctx_job *job[MANY];

	(void)state;
	pool_begin(2, 64, DCTX_FULL_BLOCKS, NULL);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(
			dctx_submit(pool, scatter_in_job, NULL, NULL, &job[i]),
			DCTX_OK);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(dctx_job_wait(job[i], DCTX_NO_DEADLINE),
				 DCTX_OK);
		dctx_job_unref(job[i]);
	}
	assert_int_equal(ran, 4 * MANY);
	pool_end();
}

static void a_thread_that_cannot_be_had_is_a_system_error(void **state)
{
	pthread_attr_t attr;

	(void)state;
	assert_int_equal(pthread_attr_init(&attr), 0);
	if (pthread_attr_setstacksize(&attr, SIZE_MAX / 4 * 3) != 0)
		assert_int_equal(pthread_attr_setstacksize(&attr, SIZE_MAX / 4),
				 0);
	pool_begin(2, 4, DCTX_FULL_REJECTS, &attr);
	assert_int_equal(scatter(nest, MANY), DCTX_SYSTEM);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(slice[i].status, DCTX_SYSTEM);
		assert_false(slice[i].ran);
	}
	assert_int_equal(ran, 0);
	pool_end();
	pthread_attr_destroy(&attr);
}

static void a_pool_that_was_shut_down_is_stale(void **state)
{
	(void)state;
	pool_begin(2, 4, DCTX_FULL_BLOCKS, NULL);
	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	assert_int_equal(scatter(nest, MANY), DCTX_STALE);
	assert_int_equal(slice[0].status, DCTX_STALE);
	assert_int_equal(ran, 0);
	pool_end();
}

static dctx_status wait_for_end(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)i;
	(void)out_result;
	ran++;
	return dctx_wait(DCTX_NO_DEADLINE);
}

static void *shut_down(void *arg)
{
	while (ran == 0)
		usleep(1000);
	DCTXT_EXPECT(dctx_executor_shutdown(pool, false, DCTX_NO_DEADLINE) ==
		     DCTX_OK);
	return arg;
}

static void an_immediate_shutdown_cancels_what_runs(void **state)
{
	pthread_t thread;

	(void)state;
	pool_begin(2, 64, DCTX_FULL_BLOCKS, NULL);
	assert_int_equal(pthread_create(&thread, NULL, shut_down, NULL), 0);
	assert_int_equal(scatter(wait_for_end, MANY), DCTX_CANCELED);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(slice[i].status, DCTX_CANCELED);
	pthread_join(thread, NULL);
	pool_end();
}

static void *stand(void *arg)
{
	atomic_int *standing = arg;

	*standing = 1;
	while (*standing == 1)
		usleep(1000);
	return arg;
}

/* A job that has the pool's only thread until `standing` is set to 2, and
 * another that has its queue. */
static void occupy(dctx_job *job[2], atomic_int *standing)
{
	*standing = 0;
	assert_int_equal(dctx_submit(pool, stand, standing, NULL, &job[0]),
			 DCTX_OK);
	while (*standing == 0)
		usleep(1000);
	assert_int_equal(dctx_submit(pool, scatter_in_job, NULL, NULL, &job[1]),
			 DCTX_OK);
}

/* Lets them go on, and they succeed. */
static void release(dctx_job *job[2], atomic_int *standing)
{
	*standing = 2;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_job_wait(job[i], DCTX_NO_DEADLINE),
				 DCTX_OK);
		assert_int_equal(dctx_job_status(job[i], NULL), DCTX_OK);
		dctx_job_unref(job[i]);
	}
}

/* A fault of the Java failover's: what the caller runs is outside of any
 * timeout. */
static void slices_that_the_caller_runs_have_the_deadline_too(void **state)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE,
					.policy = DCTX_COLLECT,
					.timeout = 200 * DCTX_MS};
	atomic_int standing;
	dctx_job *job[2];
	int64_t began;

	(void)state;
	pool_begin(1, 1, DCTX_FULL_CALLER_RUNS, NULL);
	options.executor = pool;
	occupy(job, &standing);
	began = dctx_now();
	assert_int_equal(
		dctx_scatter(MANY, wait_for_end, NULL, &options, slice),
		DCTX_OK);
	assert_true(dctx_now() - began >= options.timeout);
	/* The first takes all of the time, if it began in time. */
	assert_in_range(ran, 0, 1);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(slice[i].status, DCTX_DEADLINE_EXCEEDED);
	release(job, &standing);
	pool_end();
}

static dctx_status count_here(void *user, size_t i, void **out_result)
{
	(void)i;
	(void)out_result;
	ran += pthread_equal(pthread_self(), *(pthread_t *)user) != 0;
	return DCTX_OK;
}

/* Neither does it wait for room, nor for what it would run in the place of. */
static void a_full_pool_leaves_slices_to_the_caller(void **state)
{
	static const dctx_when_full full[] = {
		DCTX_FULL_REJECTS, DCTX_FULL_BLOCKS, DCTX_FULL_CALLER_RUNS,
		DCTX_FULL_DROPS_OLDEST};
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	pthread_t self = pthread_self();

	(void)state;
	for (int k = 0; k < 4; k++) {
		dctx_executor_stats stats = {.struct_size = sizeof(stats)};
		atomic_int standing;
		dctx_job *job[2];

		pool_begin(1, 1, full[k], NULL);
		options.executor = pool;
		occupy(job, &standing);
		assert_int_equal(
			dctx_scatter(MANY, count_here, &self, &options, slice),
			DCTX_OK);
		assert_int_equal(ran, MANY);
		assert_int_equal(dctx_executor_stats_read(pool, &stats),
				 DCTX_OK);
		assert_int_equal(stats.caller_ran, 0);
		release(job, &standing);
		pool_end();
	}
}

static dctx_status shut_down_at_0(void *user, size_t i, void **out_result)
{
	(void)user;
	(void)out_result;
	ran++;
	if (i == 0)
		(void)dctx_executor_shutdown(pool, true, 0);
	return DCTX_OK;
}

static void a_graceful_shutdown_lets_a_scatter_end(void **state)
{
	(void)state;
	for (unsigned threads = 1; threads < 4; threads++) {
		pool_begin(threads, 64, DCTX_FULL_REJECTS, NULL);
		assert_int_equal(scatter(shut_down_at_0, MANY), DCTX_OK);
		assert_int_equal(ran, MANY);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(slice[i].status, DCTX_OK);
		assert_int_equal(scatter(shut_down_at_0, MANY), DCTX_STALE);
		assert_int_equal(ran, MANY);
		pool_end();
	}
}

static void a_thread_a_slice_runs_all_at_once(void **state)
{
	const dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
					   .threads = MANY};

	(void)state;
	ran = 0;
	assert_int_equal(dctx_thread_each_new(&options, &pool), DCTX_OK);
	assert_int_equal(scatter(nest, 4), DCTX_OK);
	assert_int_equal(ran, 4 + 16 + 64 + 256);
	pool_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(slices_are_counted_one_by_one),
		DCTXT_TEST(nested_scatters_go_on_on_a_full_pool),
		DCTXT_TEST(jobs_that_all_scatter_do_not_stop_their_pool),
		DCTXT_TEST(a_thread_that_cannot_be_had_is_a_system_error),
		DCTXT_TEST(a_pool_that_was_shut_down_is_stale),
		DCTXT_TEST(an_immediate_shutdown_cancels_what_runs),
		DCTXT_TEST(slices_that_the_caller_runs_have_the_deadline_too),
		DCTXT_TEST(a_full_pool_leaves_slices_to_the_caller),
		DCTXT_TEST(a_graceful_shutdown_lets_a_scatter_end),
		DCTXT_TEST(a_thread_a_slice_runs_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
