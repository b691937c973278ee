/* SPDX-License-Identifier: MIT */
/*
 * mutex_test.c - proves that dctx_mutex excludes, wakes whoever waits at once,
 * lets go those who are over, and loses no wake-up when they go.
 */
#include "stand.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS 6
#define ROUNDS 3000

static dctx_mutex mutex = DCTX_MUTEX_INIT;
static unsigned long counted; /* under the mutex */

static void a_free_mutex_is_locked_and_unlocked(void **state)
{
	dctx_mutex own = DCTX_MUTEX_INIT;

	(void)state;
	errno = 4711;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dctx_mutex_lock(&own), 0);
		assert_int_equal(dctx_mutex_trylock(&own), EBUSY);
		dctx_mutex_unlock(&own);
		assert_int_equal(dctx_mutex_trylock(&own), 0);
		dctx_mutex_unlock(&own);
	}
	assert_int_equal(errno, 4711);
}

static void *count(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		DCTXT_EXPECT(dctx_mutex_lock(&mutex) == 0);
		counted++;
		dctx_mutex_unlock(&mutex);
	}
	return arg;
}

static void one_at_a_time_has_it(void **state)
{
	int items[THREADS];

	(void)state;
	counted = 0;
	dctxt_together(THREADS, count, items, sizeof items[0]);
	assert_int_equal(counted, THREADS * ROUNDS);
}

struct waiter {
	dctx_source *source;
	unsigned seed;
	unsigned long had;
};

/* Under a source that another thread cancels now and then. */
static void *count_or_give_up(void *arg)
{
	struct waiter *w = arg;

	for (int i = 0; i < ROUNDS / 10; i++) {
		int64_t patience = (rand_r(&w->seed) % 60 - 5) * DCTX_US;
		int error;
		DCTX_SCOPE("round");

		DCTXT_EXPECT(dctx_add_source(w->source) == DCTX_OK);
		DCTXT_EXPECT(dctx_set_timeout(patience) == DCTX_OK);
		error = dctx_mutex_lock(&mutex);
		if (error != 0) {
			DCTXT_EXPECT(error == ETIMEDOUT || error == ECANCELED);
			continue;
		}
		counted++;
		w->had++;
		if (i % 8 == 0)
			usleep(20);
		dctx_mutex_unlock(&mutex);
	}
	return NULL;
}

/* If one that gives up took a wake-up with it, those who wait for as long as it
 * takes would wait for ever. */
static void those_who_give_up_leave_the_turn_to_others(void **state)
{
	struct waiter waiters[THREADS];
	unsigned long had = 0;
	pthread_t patient[2];
	dctx_source *source;

	(void)state;
	counted = 0;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	for (int i = 0; i < THREADS; i++)
		waiters[i] = (struct waiter){source, (unsigned)i, 0};
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&patient[i], NULL, count, NULL),
				 0);
	dctxt_together(THREADS, count_or_give_up, waiters, sizeof waiters[0]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(patient[i], NULL), 0);
	for (int i = 0; i < THREADS; i++)
		had += waiters[i].had;
	assert_int_equal(counted, had + 2 * ROUNDS);
	assert_int_equal(dctx_mutex_trylock(&mutex), 0);
	dctx_mutex_unlock(&mutex);
	dctx_source_unref(source);
}

static void *wait_to_be_cancelled(void *arg)
{
	struct waiter *w = arg;
	DCTX_SCOPE("waiter");

	DCTXT_EXPECT(dctx_add_source(w->source) == DCTX_OK);
	DCTXT_EXPECT(dctx_mutex_lock(&mutex) == ECANCELED);
	return NULL;
}

static void all_who_wait_are_woken_by_a_cancel(void **state)
{
	struct waiter waiters[THREADS];
	struct dctxt_later later;
	dctx_source *source;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source), 0);
	for (int i = 0; i < THREADS; i++)
		waiters[i] = (struct waiter){source, 0, 0};
	assert_int_equal(dctx_mutex_lock(&mutex), 0);
	dctxt_later(&later, 50, dctxt_cancel, source);
	dctxt_together(THREADS, wait_to_be_cancelled, waiters,
		       sizeof waiters[0]);
	dctxt_join(&later);
	dctx_mutex_unlock(&mutex);
	assert_int_equal(mutex.state, 0);
	assert_null(mutex.first);
	assert_null(mutex.last);
	dctx_source_unref(source);
}

struct shared {
	dctx_mutex mutex;
	int users;
};

static void *use(void *arg)
{
	struct shared *s = *(struct shared **)arg;
	int left;

	DCTXT_EXPECT(dctx_mutex_lock(&s->mutex) == 0);
	left = --s->users;
	dctx_mutex_unlock(&s->mutex);
	if (left == 0)
		free(s);
	return NULL;
}

/* The last to have it frees it; those before are through with it. */
static void it_may_be_freed_by_who_had_it_last(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		struct shared *s = calloc(1, sizeof *s), *both[3] = {s, s, s};

		assert_non_null(s);
		s->users = 3;
		dctxt_together(3, use, both, sizeof both[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_free_mutex_is_locked_and_unlocked),
		DCTXT_TEST(one_at_a_time_has_it),
		DCTXT_TEST(those_who_give_up_leave_the_turn_to_others),
		DCTXT_TEST(all_who_wait_are_woken_by_a_cancel),
		DCTXT_TEST(it_may_be_freed_by_who_had_it_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
