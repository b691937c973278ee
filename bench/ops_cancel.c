/* SPDX-License-Identifier: MIT */
/* ops_cancel.c - ask, make children, cancel, wait. */
#include "bench.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

extern uintptr_t dctx_abi1_epoch;

static dctx_source *parent;

static dctx_source *below(dctx_source *above, int64_t deadline)
{
	dctx_source *source;

	must(dctx_source_new(above, deadline, &source));
	return source;
}

/* The thread's root goes under `depth` sources, one below the other. */
static void under(long depth)
{
	for (long i = 0; i < depth; i++)
		parent = below(parent, DCTX_NO_DEADLINE);
	must(dctx_add_source(parent));
}

static void done_setup(void)
{
	under(param("depth"));
}

static void deadline_setup(void)
{
	done_setup();
	must(dctx_set_timeout(3600 * DCTX_S));
}

static void done(uint64_t turns)
{
	while (turns--)
		consume((uint64_t)dctx_done());
}

/* As after a cancel of something else. */
static void move_epoch(uint64_t turns)
{
	while (turns--) {
		__atomic_fetch_add(&dctx_abi1_epoch, 1, __ATOMIC_SEQ_CST);
		BARRIER();
	}
}

static void done_first(uint64_t turns)
{
	while (turns--) {
		__atomic_fetch_add(&dctx_abi1_epoch, 1, __ATOMIC_SEQ_CST);
		consume((uint64_t)dctx_done());
	}
}

/* Some 10,000 cancels a second, of what nobody else knows. */
static void *cancel_on(void *unused)
{
	pin(1);
	for (;;) {
		dctx_source *source = below(NULL, DCTX_NO_DEADLINE);

		must(dctx_cancel(source, "unrelated"));
		dctx_source_unref(source);
		usleep(50);
	}
	return unused;
}

static void cancels_setup(void)
{
	pthread_t id;

	done_setup();
	pin(0);
	must_be(pthread_create(&id, NULL, cancel_on, NULL) == 0, "a thread");
}

static void child_setup(void)
{
	long siblings = param("siblings");

	under(1);
	for (long i = 0; i < siblings; i++)
		(void)below(parent, DCTX_NO_DEADLINE);
}

static void child(uint64_t turns)
{
	while (turns--)
		dctx_source_unref(below(parent, DCTX_NO_DEADLINE));
}

/* Of a fixed deadline: a relative one costs a look at the clock besides. */
static void child_deadline(uint64_t turns)
{
	int64_t deadline = dctx_deadline_in(3600 * DCTX_S);

	while (turns--)
		dctx_source_unref(below(parent, deadline));
}

/* Cancels what has so many children, and asks each; in percent of 2 us and
 * three times what it cost to ask them before. */
static double cancel_children(void)
{
	long n = param("children");
	dctx_source **children = calloc((size_t)n, sizeof *children);
	double percent[REPEATS];

	must_be(children != NULL, "memory");
	for (int rep = 0; rep < REPEATS; rep++) {
		dctx_source *source = below(NULL, DCTX_NO_DEADLINE);
		double start, before, after;

		for (long i = 0; i < n; i++)
			children[i] = below(source, DCTX_NO_DEADLINE);
		for (long i = 0; i < n; i++)
			must(dctx_source_done(children[i]));
		start = now_ns();
		for (long i = 0; i < n; i++)
			must(dctx_source_done(children[i]));
		before = now_ns() - start;
		start = now_ns();
		must(dctx_cancel(source, "all"));
		for (long i = 0; i < n; i++)
			must_be(dctx_source_done(children[i]) == DCTX_CANCELED,
				"cancelled");
		after = now_ns() - start;
		percent[rep] = 100 * after / (2000 + 3 * before);
		for (long i = 0; i < n; i++)
			dctx_source_unref(children[i]);
		dctx_source_unref(source);
	}
	free(children);
	return median(percent, REPEATS);
}

static void called(void *count, dctx_status status)
{
	*(long *)count += status == DCTX_CANCELED;
}

/* The same where somebody waits on each: nanoseconds of the cancel. */
static double cancel_waited(void)
{
	long n = param("waiters"), count = 0;
	dctx_waiter **waiters = calloc((size_t)n, sizeof(dctx_waiter *));
	double ns[REPEATS];

	must_be(waiters != NULL, "memory");
	for (int rep = 0; rep < REPEATS; rep++) {
		dctx_source *source = below(NULL, DCTX_NO_DEADLINE);
		double start;

		DCTX_SCOPE("waited");
		must(dctx_add_source(source));
		for (long i = 0; i < n; i++)
			must(dctx_on_done(called, &count, &waiters[i]));
		start = now_ns();
		must(dctx_cancel(source, "all"));
		ns[rep] = now_ns() - start;
		for (long i = 0; i < n; i++)
			dctx_waiter_remove(waiters[i]);
		dctx_source_unref(source);
	}
	must_be(count == n * REPEATS, "called");
	free(waiters);
	return median(ns, REPEATS);
}

#define WAKES 301

static struct {
	dctx_source *source[WAKES];
	int turn; /* whose context the sleeper is in */
	double ran[WAKES];
} sleeper;

static void *sleep_on(void *unused)
{
	pin(1);
	for (int i = 0; i < WAKES; i++) {
		DCTX_SCOPE("sleeper");
		must(dctx_add_source(sleeper.source[i]));
		__atomic_store_n(&sleeper.turn, i + 1, __ATOMIC_RELEASE);
		must_be(dctx_wait(DCTX_NO_DEADLINE) == DCTX_CANCELED, "woken");
		sleeper.ran[i] = now_ns();
	}
	return unused;
}

static double wake_up(void)
{
	double start[WAKES];
	pthread_t id;

	pin(0);
	for (int i = 0; i < WAKES; i++)
		sleeper.source[i] = below(NULL, DCTX_NO_DEADLINE);
	must_be(pthread_create(&id, NULL, sleep_on, NULL) == 0, "a thread");
	for (int i = 0; i < WAKES; i++) {
		while (__atomic_load_n(&sleeper.turn, __ATOMIC_ACQUIRE) <= i)
			continue;
		for (double until = now_ns() + 100000; now_ns() < until;)
			continue;
		start[i] = now_ns();
		must(dctx_cancel(sleeper.source[i], "wake"));
	}
	pthread_join(id, NULL);
	for (int i = 0; i < WAKES; i++)
		start[i] = sleeper.ran[i] - start[i];
	return median(start, WAKES);
}

static void nothing(void)
{
}

const struct op cancel_ops[] = {
	{"done",
	 "depth=1,32",
	 {{[F] = 0.6}, 0},
	 0,
	 24,
	 done_setup,
	 done,
	 NULL,
	 NULL},
	{"done_deadline",
	 "depth=1,32",
	 {{[C] = 1, [F] = 2.5}, 0},
	 0,
	 ANY,
	 deadline_setup,
	 done,
	 NULL,
	 NULL},
	{"done_under_cancels",
	 "depth=1,32",
	 {{[F] = 0.6}, 0},
	 ANY,
	 ANY,
	 cancels_setup,
	 done,
	 NULL,
	 NULL},
	{"done_first",
	 "depth=1,32",
	 {{[F] = 3}, 0},
	 0,
	 ANY,
	 done_setup,
	 done_first,
	 move_epoch,
	 NULL},
	{"child",
	 "siblings=1,1000000",
	 {{[A] = 3, [M] = 1}, 0},
	 1,
	 ANY,
	 child_setup,
	 child,
	 NULL,
	 NULL},
	{"child_deadline",
	 "siblings=1,1000000",
	 {{[A] = 4, [M] = 1}, 0},
	 1,
	 ANY,
	 child_setup,
	 child_deadline,
	 NULL,
	 NULL},
	{"cancel_children",
	 "children=1,1000,100000 unit=percent",
	 {{0}, 100},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 cancel_children},
	{"cancel_waited",
	 "waiters=1,1000,100000",
	 {{0}, 0},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 cancel_waited},
	{"wake", "", {{[W] = 1.2}, 0}, ANY, ANY, nothing, NULL, NULL, wake_up},
	{0},
};
