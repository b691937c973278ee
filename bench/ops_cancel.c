/* SPDX-License-Identifier: MIT */
/* ops_cancel.c - cancelling what many are below, and waking who sleeps. */
#include "bench.h"
#include "wake.h"

#include <stdio.h>
#include <stdlib.h>

/* So often, where that takes no time; REPEATS times the most. */
#define ROUNDS 99

static dctx_source *below(dctx_source *above)
{
	dctx_source *source;

	must(dctx_source_new(above, DCTX_NO_DEADLINE, &source));
	return source;
}

static int rounds_of(long n)
{
	return n > 1000 ? REPEATS : ROUNDS;
}

static void *array_of(long n)
{
	void *array = calloc((size_t)n, sizeof(void *));

	must_be(array != NULL, "memory");
	return array;
}

static double ask_all(dctx_source **children, long n, dctx_status answer)
{
	double start = now_ns();

	for (long i = 0; i < n; i++)
		must_be(dctx_source_done(children[i]) == answer, "the answer");
	return now_ns() - start;
}

/* One round; *out_before is what it takes to ask them all before. */
static double cancel_round(dctx_source **children, long n, double *out_before)
{
	dctx_source *source = below(NULL);
	double start, after;

	for (long i = 0; i < n; i++)
		children[i] = below(source);
	(void)ask_all(children, n, DCTX_OK);
	*out_before = ask_all(children, n, DCTX_OK);
	start = now_ns();
	must(dctx_cancel(source, "all"));
	(void)ask_all(children, n, DCTX_CANCELED);
	after = now_ns() - start;
	for (long i = 0; i < n; i++)
		dctx_source_unref(children[i]);
	dctx_source_unref(source);
	return after;
}

/* Cancels what has so many children, and asks each. */
static double cancel_asked(void)
{
	long n = param("children");
	dctx_source **children = array_of(n);
	double before[ROUNDS], after[ROUNDS];

	for (int i = 0; i < rounds_of(n); i++)
		after[i] = cancel_round(children, n, &before[i]);
	free(children);
	beside.limit = 2000 + 3 * median(before, rounds_of(n));
	snprintf(beside.formula, sizeof(beside.formula), "2 us + %ld asks",
		 3 * n);
	return median(after, rounds_of(n));
}

static void called(void *count, dctx_status status)
{
	*(long *)count += status == DCTX_CANCELED;
}

static double waited_round(dctx_source **children, dctx_waiter **waiters,
			   long n, long *count)
{
	dctx_source *source = below(NULL);
	double start, ns;

	for (long i = 0; i < n; i++) {
		DCTX_SCOPE("waits");
		children[i] = below(source);
		must(dctx_add_source(children[i]));
		must(dctx_on_done(called, count, &waiters[i]));
	}
	start = now_ns();
	must(dctx_cancel(source, "all"));
	ns = now_ns() - start;
	for (long i = 0; i < n; i++) {
		(void)dctx_waiter_remove(waiters[i]);
		dctx_source_unref(children[i]);
	}
	dctx_source_unref(source);
	return ns;
}

/* The same where a function waits for each: until all of them were called. */
static double cancel_waited(void)
{
	long n = param("children"), count = 0;
	dctx_source **children = array_of(n);
	dctx_waiter **waiters = array_of(n);
	double ns[ROUNDS];

	for (int i = 0; i < rounds_of(n); i++)
		ns[i] = waited_round(children, waiters, n, &count);
	must_be(count == n * rounds_of(n), "called");
	free(children);
	free(waiters);
	return median(ns, rounds_of(n));
}

static dctx_source *stop[WAKES];

static void sleep_below(int number)
{
	DCTX_SCOPE("sleeper");
	must(dctx_add_source(stop[number]));
	must_be(dctx_wait(DCTX_NO_DEADLINE) == DCTX_CANCELED, "woken");
}

static void wake_by_cancel(int number)
{
	must(dctx_cancel(stop[number], "wake"));
}

static double wake_up(void)
{
	static const struct wake_way ours = {sleep_below, wake_by_cancel};
	const struct wake_way *ways[] = {&wake_bare, &ours};
	double ns[2];

	for (int i = 0; i < WAKES; i++)
		stop[i] = below(NULL);
	must_be(wake_times(ways, 2, ns), "a thread");
	beside.floors[W] = ns[0];
	return ns[1];
}

static void nothing(void)
{
}

#define CANCEL(name, children, waited, measure)                                \
	{                                                                      \
		(name), "children=" children " waited=" waited, {{0}, 0}, ANY, \
			ANY, nothing, NULL, NULL, (measure)                    \
	}

const struct op cancel_ops[] = {
	CANCEL("cancel_1", "1", "no", cancel_asked),
	CANCEL("cancel_1", "1", "yes", cancel_waited),
	CANCEL("cancel_1000", "1000", "no", cancel_asked),
	CANCEL("cancel_1000", "1000", "yes", cancel_waited),
	CANCEL("cancel_100000", "100000", "no", cancel_asked),
	CANCEL("cancel_100000", "100000", "yes", cancel_waited),
	{"wake", "", {{[W] = 1.2}, 0}, ANY, ANY, nothing, NULL, NULL, wake_up},
	{0},
};
