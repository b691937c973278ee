/* SPDX-License-Identifier: MIT */
/*
 * local_test.c - proves that a system that refuses memory, a pthread key or a
 * thread costs no more than the call: a thread without its block reads as
 * empty, refuses the rest, and is whole as soon as the system relents.
 */
#include "plat/local.h"

#include "plat/heap.h"

#include <dctx/dctx.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

/* Refuses the n-th request from now on, or that and all after it. */
static void refuse(long n, bool once)
{
	__atomic_store_n(&dctxi_refusal.asked, 0, __ATOMIC_RELAXED);
	dctxi_refusal.once = once;
	__atomic_store_n(&dctxi_refusal.countdown, n, __ATOMIC_RELAXED);
}

static long relent(void)
{
	__atomic_store_n(&dctxi_refusal.countdown, -1, __ATOMIC_RELAXED);
	return __atomic_load_n(&dctxi_refusal.asked, __ATOMIC_RELAXED);
}

static void all_is_refused(dctx_status expected)
{
	dctx_guard guard = {NULL, 7};

	assert_int_equal(dctx_get(k_num, 5), 5);
	assert_int_equal(dctx_set(k_num, 1), expected);
	assert_int_equal(dctx_try_enter("tried", &guard), expected);
	assert_int_equal(guard.id, 7);
	assert_int_equal(dctx_enter("scope").id, 0);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_id(), 0);
}

static void all_is_well(void)
{
	assert_int_equal(dctx_set(k_num, 1), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 5), 1);
	assert_int_not_equal(dctx_id(), 0);
	assert_int_equal(dctx_unset(k_num), DCTX_OK);
}

/* Must be the first test: the key is made once a process. */
static void without_a_pthread_key_a_thread_reads_as_empty(void **state)
{
	(void)state;
	assert_null(dctxi_local_now);
	refuse(0, false);
	all_is_refused(DCTX_NOMEM);
	assert_true(relent() > 0);
	assert_null(dctxi_local_now);
	refuse(0, true);
	assert_int_equal(dctx_set(k_num, 1), DCTX_NOMEM);
	(void)relent();
	all_is_well();
}

/* The block is one request, to hang it on the thread's key another. */
static void *play_on_a_thread(void *arg)
{
	for (long n = 0; n < 2; n++) {
		refuse(n, false);
		all_is_refused(DCTX_NOMEM);
		assert_true(relent() > n);
		assert_null(dctxi_local_now);
	}
	all_is_well();
	return arg;
}

static void without_a_block_a_thread_reads_as_empty(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(
		pthread_create(&thread, NULL, play_on_a_thread, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *add(void *arg)
{
	++*(int *)arg;
	return arg;
}

/* Every request of a start fails in turn; the last of them is the thread's. */
static void a_refused_thread_is_a_system_error_and_runs_nothing(void **state)
{
	pthread_t thread, untouched;
	dctx_status status = DCTX_OK;
	int ran = 0, refused = 0;
	long requests;

	(void)state;
	DCTX_SCOPE("of the starter");
	assert_int_equal(dctx_set(k_num, 3), DCTX_OK);
	memset(&thread, 0x5a, sizeof(thread));
	untouched = thread;
	for (requests = 0;; requests++) {
		refuse(requests, true);
		status = dctx_thread_start(&thread, NULL, add, &ran);
		(void)relent();
		if (status == DCTX_OK)
			break;
		refused += status == DCTX_SYSTEM;
		assert_true(status == DCTX_SYSTEM || status == DCTX_NOMEM);
		if (status == DCTX_SYSTEM)
			assert_int_equal(dctx_last_error()->system, EAGAIN);
		assert_memory_equal(&thread, &untouched, sizeof(thread));
		assert_int_equal(ran, 0);
		assert_int_equal(dctx_get(k_num, 0), 3);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(ran, 1);
	assert_int_equal(refused, 1);
	assert_true(requests > 0);
}

static void a_refusal_leaves_errno_as_it_was(void **state)
{
	void *block;

	(void)state;
	errno = ERANGE;
	refuse(0, true);
	block = dctxi_raw_alloc(64);
	(void)relent();
	assert_null(block);
	assert_int_equal(errno, ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			without_a_pthread_key_a_thread_reads_as_empty),
		cmocka_unit_test(without_a_block_a_thread_reads_as_empty),
		cmocka_unit_test(
			a_refused_thread_is_a_system_error_and_runs_nothing),
		cmocka_unit_test(a_refusal_leaves_errno_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
