/* SPDX-License-Identifier: MIT */
/* ops_child.c - making what a parent's end ends, and waiting for that. */
#include "pair.h"

static dctx_source *parent;

static dctx_source *below(dctx_source *above, int64_t deadline)
{
	dctx_source *source;

	must(dctx_source_new(above, deadline, &source));
	return source;
}

static void child_setup(void)
{
	parent = below(NULL, DCTX_NO_DEADLINE);
	must(dctx_add_source(parent));
}

static void siblings_setup(void)
{
	child_setup();
	for (long i = param("siblings"); i > 0; i--)
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

static void called(void *unused, dctx_status status)
{
	(void)unused;
	(void)status;
}

static void wait_and_not(uint64_t turns)
{
	dctx_waiter *waiter;

	while (turns--) {
		must(dctx_on_done(called, NULL, &waiter));
		must(dctx_waiter_remove(waiter));
	}
}

/* What two threads do at once, on parents of their own and on one. */

static void *source_alone(void)
{
	return below(NULL, DCTX_NO_DEADLINE);
}

static void *context_alone(void)
{
	dctx_source *source = source_alone();
	dctx_snapshot *snapshot;
	DCTX_SCOPE("parent");

	must(dctx_add_source(source));
	must(dctx_capture(&snapshot));
	return snapshot;
}

static void children(void *above, uint64_t turns)
{
	while (turns--)
		dctx_source_unref(below(above, DCTX_NO_DEADLINE));
}

/* A source of the thread's own stands in between. */
static void grandchildren(void *above, uint64_t turns)
{
	dctx_source *own = below(above, DCTX_NO_DEADLINE);

	children(own, turns);
	dctx_source_unref(own);
}

/* A context below it that has a deadline, and holds no reference. */
static void borrowers(void *context, uint64_t turns)
{
	int64_t deadline = dctx_deadline_in(3600 * DCTX_S);
	dctx_guard guard;

	while (turns--) {
		must(dctx_attach_borrowed(context, &guard));
		must(dctx_set_deadline(deadline));
		dctx_leave(guard);
	}
}

static void waiters(void *source, uint64_t turns)
{
	DCTX_SCOPE("waits");
	must(dctx_add_source(source));
	wait_and_not(turns);
}

/* In contexts below it, each with a source of its own. */
static void waiters_below(void *source, uint64_t turns)
{
	dctx_source *own = below(source, DCTX_NO_DEADLINE);

	waiters(own, turns);
	dctx_source_unref(own);
}

static void nothing(void)
{
}

static double child_counted(void)
{
	struct lap laps[] = {LAP_SHARED(pair_add), LAP_SHARED(children)};

	pair_run(source_alone, laps, 2);
	beside.floors[B] = median(laps[0].ns, REPEATS);
	return median(laps[1].ns, REPEATS);
}

static double percent_of_own(void *(*make)(void),
			     void (*loop)(void *object, uint64_t turns))
{
	struct lap laps[] = {LAP_OWN(loop), LAP_SHARED(loop)};

	pair_run(make, laps, 2);
	return pair_percent(&laps[1], &laps[0]);
}

static double child_borrowed(void)
{
	return percent_of_own(context_alone, borrowers);
}

static double child_between(void)
{
	return percent_of_own(source_alone, grandchildren);
}

static double waiter_parent(void)
{
	return percent_of_own(source_alone, waiters);
}

static double waiter_below(void)
{
	return percent_of_own(source_alone, waiters_below);
}

/* Siblings on a core are slower than one alone whatever they do. */
static double waiter_than_one(void)
{
	struct lap hot[] = {LAP_ALONE(waiters), LAP_SHARED(waiters)};
	struct lap own[] = {LAP_ALONE(waiters), LAP_OWN(waiters)};
	struct lap *laps = param_is("on", "own") ? own : hot;

	pair_run(source_alone, laps, 2);
	return pair_percent(&laps[1], &laps[0]);
}

const struct op child_ops[] = {
	{"child",
	 "",
	 {{[A] = 3, [M] = 1}, 0},
	 1,
	 ANY,
	 child_setup,
	 child,
	 NULL,
	 NULL},
	{"child_siblings",
	 "siblings=1,1000000",
	 {{[A] = 3, [M] = 1}, 0},
	 1,
	 ANY,
	 siblings_setup,
	 child,
	 NULL,
	 NULL},
	{"child_deadline",
	 "siblings=1,1000000",
	 {{[A] = 4, [M] = 1}, 0},
	 1,
	 ANY,
	 siblings_setup,
	 child_deadline,
	 NULL,
	 NULL},
	{"child_2_threads",
	 "mode=counted",
	 {{[B] = 4}, 0},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 child_counted},
	{"child_2_threads",
	 "mode=borrowed unit=percent",
	 {{0}, 30},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 child_borrowed},
	{"child_2_threads",
	 "mode=between unit=percent",
	 {{0}, 30},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 child_between},
	{"waiter", "", {{0}, 0}, 0, ANY, child_setup, wait_and_not, NULL, NULL},
	{"waiter_2_threads",
	 "on=parent than=own unit=percent",
	 {{0}, 30},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 waiter_parent},
	{"waiter_2_threads",
	 "on=below than=own unit=percent",
	 {{0}, 30},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 waiter_below},
	{"waiter_2_threads",
	 "on=parent,own than=one unit=percent",
	 {{0}, 0},
	 ANY,
	 ANY,
	 nothing,
	 NULL,
	 NULL,
	 waiter_than_one},
	{0},
};
