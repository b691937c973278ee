/* SPDX-License-Identifier: MIT */
/*
 * ops_threads.c - two threads at once, and a thread's first use.
 *
 * Two threads that attach one snapshot are compared with the same two on a
 * snapshot each, since siblings share a core: the figure is what sharing costs
 * in percent.
 */
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define ATTACHES 200000
#define THREADS 301

static struct pair {
	/* [0] is the one that is shared. */
	dctx_snapshot *snapshot[2];
	bool borrowed;
	int arrived;
	double ns[2][REPEATS][2];
} pair;

/* Both threads of the pair go on at the same moment. */
static void meet(int times)
{
	__atomic_add_fetch(&pair.arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&pair.arrived, __ATOMIC_ACQUIRE) < 2 * times)
		sched_yield();
}

static double attaches(dctx_snapshot *snapshot)
{
	double start = now_ns();
	dctx_guard guard;

	for (int i = 0; i < ATTACHES; i++) {
		if (pair.borrowed)
			must(dctx_attach_borrowed(snapshot, &guard));
		else
			must(dctx_attach(snapshot, &guard));
		dctx_leave(guard);
	}
	return now_ns() - start;
}

static void *one_of_two(void *arg)
{
	int who = *(int *)arg;
	int met = 0;

	pin(who);
	set_nums(8);
	must(dctx_capture(&pair.snapshot[who]));
	meet(++met);
	for (int rep = 0; rep < REPEATS; rep++) {
		for (int shared = 0; shared < 2; shared++) {
			meet(++met);
			pair.ns[who][rep][shared] =
				attaches(pair.snapshot[shared ? 0 : who]);
		}
	}
	meet(++met);
	return NULL;
}

static void two_setup(void)
{
	register_nums(64);
	pair.borrowed = param_is("mode", "borrowed");
}

static double two_threads(void)
{
	double percent[REPEATS];
	pthread_t id[2];
	int who[2] = {0, 1};

	for (int i = 0; i < 2; i++)
		must_be(pthread_create(&id[i], NULL, one_of_two, &who[i]) == 0,
			"a thread");
	for (int i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
	for (int rep = 0; rep < REPEATS; rep++) {
		double own = pair.ns[0][rep][0] + pair.ns[1][rep][0];
		double shared = pair.ns[0][rep][1] + pair.ns[1][rep][1];

		percent[rep] = 100 * (shared / own - 1);
	}
	return median(percent, REPEATS);
}

/* The allocator has a first use of a thread too; whether it is over by then is
 * the row's own. */
static void *first_use(void *out_ns)
{
	double start;

	if (param_is("heap", "used"))
		free(malloc(64));
	now_ns();
	start = now_ns();
	{
		DCTX_SCOPE("first");
		dctx_set(num[0], 1);
	}
	*(double *)out_ns = now_ns() - start;
	return NULL;
}

static void first_setup(void)
{
	DCTX_SCOPE("the process's first");
	register_nums(64);
	dctx_set(num[0], 1);
}

static double thread_first_use(void)
{
	double ns[THREADS];
	pthread_t id;

	for (int i = 0; i < THREADS; i++) {
		must_be(pthread_create(&id, NULL, first_use, &ns[i]) == 0,
			"a thread");
		pthread_join(id, NULL);
	}
	return median(ns, THREADS);
}

const struct op thread_ops[] = {
	{"attach_2_threads", "mode=counted unit=percent", {{0}, 0}, ANY, ANY,
	 two_setup, NULL, NULL, two_threads},
	{"attach_2_threads", "mode=borrowed unit=percent", {{0}, 30}, ANY, ANY,
	 two_setup, NULL, NULL, two_threads},
	{"thread_first_use", "heap=used", {{0}, 1000}, ANY, ANY, first_setup,
	 NULL, NULL, thread_first_use},
	{"thread_first_use", "heap=unused", {{0}, 0}, ANY, ANY, first_setup,
	 NULL, NULL, thread_first_use},
	{0},
};
