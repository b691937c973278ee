/* SPDX-License-Identifier: MIT */
/*
 * ops_threads.c - one snapshot attached by two threads at once, in percent of
 * what a snapshot each costs them; and a thread's first use.
 */
#include "pair.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS 301

static void *captured(void)
{
	dctx_snapshot *snapshot;

	set_nums(8);
	must(dctx_capture(&snapshot));
	return snapshot;
}

static void attaches(void *snapshot, uint64_t turns)
{
	dctx_guard guard;

	while (turns--) {
		must(dctx_attach(snapshot, &guard));
		dctx_leave(guard);
	}
}

static void borrows(void *snapshot, uint64_t turns)
{
	dctx_guard guard;

	while (turns--) {
		must(dctx_attach_borrowed(snapshot, &guard));
		dctx_leave(guard);
	}
}

static void two_setup(void)
{
	register_nums(64);
}

static double two_threads(void)
{
	struct lap counted[] = {LAP_OWN(attaches), LAP_SHARED(attaches)};
	struct lap borrowed[] = {LAP_OWN(borrows), LAP_SHARED(borrows)};
	struct lap *laps = param_is("mode", "borrowed") ? borrowed : counted;

	pair_run(captured, laps, 2);
	return pair_percent(&laps[1], &laps[0]);
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
