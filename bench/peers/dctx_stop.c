/* SPDX-License-Identifier: MIT */
/* dctx_stop.c - our own side of what ends work. */
#include "peer.h"

#include <dctx/dctx.h>

#include <poll.h>
#include <stdlib.h>

static dctx_source *parent;

static void must(dctx_status status)
{
	peer_must(status == DCTX_OK, dctx_strerror(status));
}

static dctx_source *below(dctx_source *above, int64_t deadline)
{
	dctx_source *source;

	must(dctx_source_new(above, deadline, &source));
	return source;
}

static void under(int depth)
{
	dctx_source *probe = below(NULL, DCTX_NO_DEADLINE);

	must(dctx_cancel(probe, "probe"));
	peer_must(dctx_source_done(probe) == DCTX_CANCELED, "a hit");
	while (depth-- > 0)
		parent = below(parent, DCTX_NO_DEADLINE);
	must(dctx_add_source(parent));
	peer_must(dctx_done() == DCTX_OK, "a miss");
}

static void one(void)
{
	under(1);
}

static void deep(void)
{
	under(PEER_DEPTH);
}

static void deadline(void)
{
	one();
	must(dctx_set_timeout(3600 * DCTX_S));
}

static void siblings(void)
{
	one();
	for (int i = 0; i < PEER_SIBLINGS; i++)
		(void)below(parent, DCTX_NO_DEADLINE);
}

static void make_child(void)
{
	dctx_source_unref(below(parent, DCTX_NO_DEADLINE));
}

static void two_make(void)
{
	one();
	peer_contend(make_child);
}

static void called(void *count, dctx_status status)
{
	*(long *)count += status == DCTX_CANCELED;
}

static void wait_and_not(void)
{
	dctx_waiter *waiter;
	long count;

	must(dctx_on_done(called, &count, &waiter));
	must(dctx_waiter_remove(waiter));
}

/* The other thread waits for something that has nothing to do with ours. */
static void wait_elsewhere(void)
{
	static __thread dctx_source *own;

	if (own == NULL) {
		own = below(NULL, DCTX_NO_DEADLINE);
		must(dctx_add_source(own));
	}
	wait_and_not();
}

static void two_wait(void)
{
	one();
	peer_contend(wait_elsewhere);
}

static void done(uint64_t turns)
{
	while (turns--)
		consume((uint64_t)dctx_done());
}

static void source(uint64_t turns)
{
	while (turns--)
		dctx_source_unref(below(NULL, DCTX_NO_DEADLINE));
}

static void child(uint64_t turns)
{
	while (turns--)
		make_child();
}

static void child_deadline(uint64_t turns)
{
	while (turns--)
		dctx_source_unref(
			below(parent, dctx_deadline_in(3600 * DCTX_S)));
}

static void waiter(uint64_t turns)
{
	while (turns--)
		wait_and_not();
}

static double cancel_round(dctx_source **children, int n)
{
	dctx_source *above = below(NULL, DCTX_NO_DEADLINE);
	double start, ns;

	for (int i = 0; i < n; i++)
		children[i] = below(above, DCTX_NO_DEADLINE);
	start = now_ns();
	must(dctx_cancel(above, "all"));
	for (int i = 0; i < n; i++)
		peer_must(dctx_source_done(children[i]) == DCTX_CANCELED,
			  "cancelled");
	ns = now_ns() - start;
	for (int i = 0; i < n; i++)
		dctx_source_unref(children[i]);
	dctx_source_unref(above);
	return ns / n;
}

static double cancel_many(int n)
{
	dctx_source **children = calloc((size_t)n, sizeof *children);
	double ns[PEER_ROUNDS];

	peer_must(children != NULL, "memory");
	for (int i = 0; i < PEER_ROUNDS; i++)
		ns[i] = cancel_round(children, n);
	free(children);
	return median(ns, PEER_ROUNDS);
}

static double cancel_1000(void)
{
	return cancel_many(PEER_SIBLINGS);
}

static double cancel_100000(void)
{
	return cancel_many(PEER_MANY);
}

static dctx_source *stop[WAKES];

static double wakes(const struct wake_way *way)
{
	for (int i = 0; i < WAKES; i++)
		stop[i] = below(NULL, DCTX_NO_DEADLINE);
	return peer_wake(way);
}

static void cancel_stop(int number)
{
	must(dctx_cancel(stop[number], "wake"));
}

static void wait_stop(int number)
{
	DCTX_SCOPE("sleeps");
	must(dctx_add_source(stop[number]));
	peer_must(dctx_wait(DCTX_NO_DEADLINE) == DCTX_CANCELED, "woken");
}

static void poll_stop(int number)
{
	struct pollfd polled = {.events = POLLIN};
	dctx_waiter *waits;

	DCTX_SCOPE("polls");
	must(dctx_add_source(stop[number]));
	must(dctx_on_done_fd(&polled.fd, &waits));
	peer_must(poll(&polled, 1, -1) == 1, "woken");
	(void)dctx_waiter_remove(waits);
}

static double wake(void)
{
	static const struct wake_way way = {wait_stop, cancel_stop};

	return wakes(&way);
}

static double wake_fd(void)
{
	static const struct wake_way way = {poll_stop, cancel_stop};

	return wakes(&way);
}

const struct peer_op peer_stop_ops[] = {
	{"done", "dctx_done", one, done, NULL},
	{"done_deep", "dctx_done", deep, done, NULL},
	{"done_deadline", "dctx_done", deadline, done, NULL},
	{"source", "dctx_source_new; unref", one, source, NULL},
	{"child", "dctx_source_new(parent); unref", one, child, NULL},
	{"child_siblings", "dctx_source_new(parent); unref", siblings, child,
	 NULL},
	{"child_2_threads", "dctx_source_new(parent); unref", two_make, child,
	 NULL},
	{"child_deadline", "dctx_source_new(parent, dctx_deadline_in); unref",
	 one, child_deadline, NULL},
	{"waiter", "dctx_on_done; dctx_waiter_remove", one, waiter, NULL},
	{"waiter_2_threads", "dctx_on_done; dctx_waiter_remove", two_wait,
	 waiter, NULL},
	{0},
};

const struct peer_figure peer_stop_figures[] = {
	{"cancel_1000", "dctx_cancel, dctx_source_done", cancel_1000},
	{"cancel_100000", "dctx_cancel, dctx_source_done", cancel_100000},
	{"wake", "dctx_cancel, dctx_wait", wake},
	{"wake_fd", "dctx_cancel, dctx_on_done_fd, poll", wake_fd},
	{0},
};
