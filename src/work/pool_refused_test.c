/* SPDX-License-Identifier: MIT */
/*
 * pool_refused_test.c - proves that a pool makes do with the threads it gets,
 * and says so when it gets none.
 */
#include "plat/heap.h"
#include "work/pool.h"

#include <dctx/dctx.h>

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int ran;

static void *count_up(void *arg)
{
	__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
	return arg;
}

/* Blocks of memory are there: only a thread is asked for. */
static dctx_executor *warm_pool(bool each)
{
	dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
				     .threads = 2};
	dctx_executor *pool;

	if (each)
		assert_int_equal(dctx_thread_each_new(&options, &pool),
				 DCTX_OK);
	else
		assert_int_equal(dctx_pool_new(&options, &pool), DCTX_OK);
	return pool;
}

/* Refuses the n-th request from now on, and all after it. */
static dctx_status submit_refused(dctx_executor *pool, long n)
{
	dctx_job *job = NULL;
	dctx_status status;

	dctxi_refusal.once = false;
	__atomic_store_n(&dctxi_refusal.countdown, n, __ATOMIC_RELAXED);
	status = dctx_submit(pool, count_up, NULL, NULL, &job);
	__atomic_store_n(&dctxi_refusal.countdown, -1, __ATOMIC_RELAXED);
	if (status == DCTX_OK) {
		assert_int_equal(dctx_job_wait(job, DCTX_NO_DEADLINE), DCTX_OK);
		dctx_job_unref(job);
	} else {
		assert_null(job);
	}
	return status;
}

static void refuses_without_a_thread(bool each)
{
	dctx_executor *pool = warm_pool(each);
	dctx_status status = DCTX_NOMEM;
	int failed = 0, before = ran;

	for (long n = 0; n < 20 && status != DCTX_OK; n++) {
		status = submit_refused(pool, n);
		failed += status != DCTX_OK;
		assert_true(status == DCTX_OK || status == DCTX_NOMEM ||
			    status == DCTX_SYSTEM);
	}
	assert_true(failed > 0);
	assert_int_equal(status, DCTX_OK);
	assert_int_equal(ran, before + 1);
	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	dctx_executor_unref(pool);
}

static void a_pool_without_a_thread_refuses(void **state)
{
	(void)state;
	refuses_without_a_thread(false);
}

static void a_thread_each_that_is_refused_refuses(void **state)
{
	(void)state;
	refuses_without_a_thread(true);
}

static int standing;

static void *stand(void *arg)
{
	const int *open = arg;

	__atomic_store_n(&standing, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(open, __ATOMIC_ACQUIRE))
		sched_yield();
	return arg;
}

/* Keeps a job for the next submit, which then asks for no memory: one that the
 * executor's table refuses before a thread is asked for. */
static dctx_status refuse_all(void *user, dctx_runnable *item)
{
	(void)user;
	(void)item;
	return DCTX_BUSY;
}

static void keep_a_spare(dctx_executor *pool)
{
	const dctx_executor_ops *own = pool->ops;
	dctx_executor_ops refusing = *own;

	refusing.execute = refuse_all;
	pool->ops = &refusing;
	assert_int_equal(dctx_submit(pool, count_up, NULL, NULL, NULL),
			 DCTX_BUSY);
	pool->ops = own;
	assert_int_equal(pool->spares, 1);
}

static void a_pool_that_has_a_thread_goes_on(void **state)
{
	dctx_executor *pool = warm_pool(false);
	dctx_job *holder, *job;
	int open = 0;

	(void)state;
	ran = 0;
	assert_int_equal(dctx_submit(pool, stand, &open, NULL, &holder),
			 DCTX_OK);
	while (!__atomic_load_n(&standing, __ATOMIC_ACQUIRE))
		sched_yield();
	keep_a_spare(pool);
	dctxi_refusal.once = false;
	__atomic_store_n(&dctxi_refusal.asked, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&dctxi_refusal.countdown, 0, __ATOMIC_RELAXED);
	assert_int_equal(dctx_submit(pool, count_up, NULL, NULL, &job),
			 DCTX_OK);
	__atomic_store_n(&dctxi_refusal.countdown, -1, __ATOMIC_RELAXED);
	/* A thread was asked for, refused, and done without. */
	assert_int_equal(dctxi_refusal.asked, 1);
	assert_int_equal(pool->threads, 1);
	assert_int_equal(dctx_job_status(job, NULL), DCTX_BUSY);
	__atomic_store_n(&open, 1, __ATOMIC_RELEASE);
	assert_int_equal(dctx_job_wait(job, DCTX_NO_DEADLINE), DCTX_OK);
	assert_int_equal(ran, 1);
	dctx_job_unref(holder);
	dctx_job_unref(job);
	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	dctx_executor_unref(pool);
}

/* From here on no thread is to be had. */
static void *end_the_last_thread(void *arg)
{
	(void)stand(arg);
	__atomic_store_n(&dctxi_refusal.countdown, 0, __ATOMIC_RELAXED);
	pthread_exit(arg);
}

static void what_waits_for_a_thread_that_cannot_be_had_is_dropped(void **state)
{
	dctx_pool_options options = {.struct_size = DCTX_POOL_SIZE,
				     .threads = 1};
	dctx_executor *pool;
	dctx_job *last, *waits;
	int open = 0;

	(void)state;
	ran = 0;
	dctxi_refusal.once = false;
	assert_int_equal(dctx_pool_new(&options, &pool), DCTX_OK);
	assert_int_equal(
		dctx_submit(pool, end_the_last_thread, &open, NULL, &last),
		DCTX_OK);
	assert_int_equal(dctx_submit(pool, count_up, NULL, NULL, &waits),
			 DCTX_OK);
	__atomic_store_n(&open, 1, __ATOMIC_RELEASE);
	assert_int_equal(dctx_job_wait(waits, DCTX_NO_DEADLINE), DCTX_OK);
	assert_int_equal(dctx_executor_shutdown(pool, true, DCTX_NO_DEADLINE),
			 DCTX_OK);
	__atomic_store_n(&dctxi_refusal.countdown, -1, __ATOMIC_RELAXED);
	assert_int_equal(dctx_job_status(last, NULL), DCTX_CANCELED);
	assert_int_equal(dctx_job_status(waits, NULL), DCTX_SYSTEM);
	assert_int_equal(ran, 0);
	dctx_job_unref(last);
	dctx_job_unref(waits);
	dctx_executor_unref(pool);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_without_a_thread_refuses),
		cmocka_unit_test(a_thread_each_that_is_refused_refuses),
		cmocka_unit_test(a_pool_that_has_a_thread_goes_on),
		cmocka_unit_test(
			what_waits_for_a_thread_that_cannot_be_had_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
