/* SPDX-License-Identifier: MIT */
/*
 * mutex_last_test.c - proves that who lets go of a lock does not touch it any
 * more.
 */
#include "plat/mutex.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define TURNS 20000

/* What two threads have, and who is last frees, as a count under a lock says
 * it. */
struct shared {
	struct dctxi_mutex lock;
	int owners;
};

static void let_go(struct shared *shared)
{
	int left;

	dctxi_mutex_lock(&shared->lock);
	left = --shared->owners;
	dctxi_mutex_unlock(&shared->lock);
	if (left == 0)
		free(shared);
}

struct pair {
	struct shared *shared[TURNS];
	pthread_barrier_t begin;
};

static void *let_all_go(void *arg)
{
	struct pair *pair = arg;

	pthread_barrier_wait(&pair->begin);
	for (int i = 0; i < TURNS; i++)
		let_go(pair->shared[i]);
	return NULL;
}

static void who_has_the_lock_last_may_free_it(void **state)
{
	struct pair *pair = calloc(1, sizeof *pair);
	pthread_t other;

	(void)state;
	assert_non_null(pair);
	for (int i = 0; i < TURNS; i++) {
		pair->shared[i] = calloc(1, sizeof *pair->shared[i]);
		assert_non_null(pair->shared[i]);
		pair->shared[i]->owners = 2;
	}
	assert_int_equal(pthread_barrier_init(&pair->begin, NULL, 2), 0);
	assert_int_equal(pthread_create(&other, NULL, let_all_go, pair), 0);
	let_all_go(pair);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(pthread_barrier_destroy(&pair->begin), 0);
	free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_the_lock_last_may_free_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
