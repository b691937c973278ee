/* SPDX-License-Identifier: MIT */
/*
 * lock_test.c - proves that the stand-ins for the C library's locks keep what
 * those promise, and that no signal to a condition is lost between two slices.
 */
#include "below.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_below, end_below)

static pthread_mutex_t mutex;

static void make_mutex(int type, int robust, int protocol)
{
	pthread_mutexattr_t attr;

	assert_int_equal(pthread_mutexattr_init(&attr), 0);
	assert_int_equal(pthread_mutexattr_settype(&attr, type), 0);
	assert_int_equal(pthread_mutexattr_setrobust(&attr, robust), 0);
	assert_int_equal(pthread_mutexattr_setprotocol(&attr, protocol), 0);
	assert_int_equal(pthread_mutex_init(&mutex, &attr), 0);
	assert_int_equal(pthread_mutexattr_destroy(&attr), 0);
}

static void each_type_of_mutex_stays_what_it_is(void **state)
{
	(void)state;
	make_mutex(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED,
		   PTHREAD_PRIO_NONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(dctx_pthread_mutex_lock(&mutex), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_mutex_unlock(&mutex), 0);
	assert_int_equal(pthread_mutex_destroy(&mutex), 0);
	make_mutex(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED,
		   PTHREAD_PRIO_NONE);
	assert_int_equal(dctx_pthread_mutex_lock(&mutex), 0);
	assert_int_equal(dctx_pthread_mutex_lock(&mutex), EDEADLK);
	assert_int_equal(pthread_mutex_unlock(&mutex), 0);
	assert_int_equal(pthread_mutex_destroy(&mutex), 0);
}

static void *lock_and_die(void *arg)
{
	DCTXT_EXPECT(pthread_mutex_lock(&mutex) == 0);
	return arg;
}

/* TSan takes a mutex that came with EOWNERDEAD for one that is not locked; qemu
 * lets robust lists be, so that the owner's end is never told. */
static void a_dead_owner_is_told(void **state)
{
	(void)state;
#if defined(DCTXT_TSAN) || defined(DCTXT_QEMU)
	skip();
#endif
	make_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST,
		   PTHREAD_PRIO_NONE);
	(void)dctxt_on_thread(lock_and_die, NULL);
	assert_int_equal(dctx_pthread_mutex_lock(&mutex), EOWNERDEAD);
	assert_int_equal(pthread_mutex_consistent(&mutex), 0);
	assert_int_equal(pthread_mutex_unlock(&mutex), 0);
	assert_int_equal(pthread_mutex_destroy(&mutex), 0);
}

static void *lock_for_a_while(void *arg)
{
	struct dctxt_baton *baton = arg;

	DCTXT_EXPECT(pthread_mutex_lock(&mutex) == 0);
	dctxt_baton_pass(baton, 1);
	usleep(30000);
	DCTXT_EXPECT(pthread_mutex_unlock(&mutex) == 0);
	return NULL;
}

/* The kernel below qemu writes the owner into such a mutex, in its own byte
 * order. */
static void a_mutex_that_passes_priority_on_is_waited_for(void **state)
{
	struct dctxt_baton baton = DCTXT_BATON_INIT;
	pthread_t holder;

	(void)state;
#if defined(DCTXT_QEMU) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	skip();
#endif
	make_mutex(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED,
		   PTHREAD_PRIO_INHERIT);
	assert_int_equal(
		pthread_create(&holder, NULL, lock_for_a_while, &baton), 0);
	dctxt_baton_wait(&baton, 1);
	assert_int_equal(dctx_pthread_mutex_lock(&mutex), 0);
	assert_int_equal(pthread_join(holder, NULL), 0);
	assert_int_equal(pthread_mutex_unlock(&mutex), 0);
	assert_int_equal(pthread_mutex_destroy(&mutex), 0);
}

/* Locked by nobody else: the thread waits for itself, until it is over. */
static void a_deadlock_ends_with_the_context(void **state)
{
	struct dctxt_later later;

	(void)state;
	assert_int_equal(pthread_mutex_init(&mutex, NULL), 0);
	assert_int_equal(dctx_pthread_mutex_lock(&mutex), 0);
	dctxt_later(&later, 20, dctxt_cancel, source);
	assert_int_equal(dctx_pthread_mutex_lock(&mutex), ECANCELED);
	dctxt_join(&later);
	assert_int_equal(pthread_mutex_unlock(&mutex), 0);
	assert_int_equal(pthread_mutex_destroy(&mutex), 0);
}

static void a_semaphore_counts_down_once_a_wait(void **state)
{
	sem_t semaphore;
	int value;

	(void)state;
	assert_int_equal(sem_init(&semaphore, 0, 3), 0);
	errno = 4711;
	assert_int_equal(dctx_sem_wait(&semaphore), 0);
	assert_int_equal(dctx_sem_wait(&semaphore), 0);
	assert_int_equal(errno, 4711);
	assert_int_equal(sem_getvalue(&semaphore, &value), 0);
	assert_int_equal(value, 1);
	dctxt_cancel(source);
	assert_int_equal(dctx_sem_wait(&semaphore), -1);
	assert_int_equal(errno, ECANCELED);
	assert_int_equal(sem_getvalue(&semaphore, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(sem_destroy(&semaphore), 0);
}

static pthread_cond_t condition;
static bool shown;

static void *wait_until_shown(void *arg)
{
	clockid_t clock = *(clockid_t *)arg;
	int error = 0;
	DCTX_SCOPE("waiter");

	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	pthread_mutex_lock(&mutex);
	while (!shown && error == 0)
		error = clock == CLOCK_REALTIME
				? dctx_pthread_cond_wait(&condition, &mutex)
				: dctx_pthread_cond_wait_clock(&condition,
							       &mutex, clock);
	DCTXT_EXPECT(error == 0);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

/* The window: the predicate is shown in the last moment of a slice, and the
 * signal comes when the slice is over. A wait that went on by itself would
 * never see it. */
static void a_signal_between_two_slices_is_not_lost(void **state)
{
	clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};

	(void)state;
	for (int i = 0; i < 40; i++) {
		pthread_condattr_t attr;
		pthread_t waiter;

		shown = false;
		assert_int_equal(pthread_condattr_init(&attr), 0);
		assert_int_equal(
			pthread_condattr_setclock(&attr, clocks[i & 1]), 0);
		assert_int_equal(pthread_cond_init(&condition, &attr), 0);
		assert_int_equal(pthread_mutex_init(&mutex, NULL), 0);
		assert_int_equal(pthread_create(&waiter, NULL, wait_until_shown,
						&clocks[i & 1]),
				 0);
		usleep((useconds_t)(i * 300));
		pthread_mutex_lock(&mutex);
		shown = true;
		/* Any slice that was on ends while this is held. */
		usleep(11000);
		pthread_mutex_unlock(&mutex);
		/* It wakes in between; this signal finds nobody. */
		assert_int_equal(pthread_join(waiter, NULL), 0);
		pthread_cond_signal(&condition);
		assert_int_equal(pthread_cond_destroy(&condition), 0);
		assert_int_equal(pthread_mutex_destroy(&mutex), 0);
		assert_int_equal(pthread_condattr_destroy(&attr), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_type_of_mutex_stays_what_it_is),
		TEST(a_dead_owner_is_told),
		TEST(a_mutex_that_passes_priority_on_is_waited_for),
		TEST(a_deadlock_ends_with_the_context),
		TEST(a_semaphore_counts_down_once_a_wait),
		TEST(a_signal_between_two_slices_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
