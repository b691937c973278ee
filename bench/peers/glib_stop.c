/* SPDX-License-Identifier: MIT */
/*
 * glib_stop.c - GLib's GCancellable, which stands alone: what is below another
 * is one that a function, connected to the other, cancels.
 */
#include "peer.h"

#include <gio/gio.h>

#include <poll.h>
#include <stdlib.h>

static GCancellable *parent;

static void one(void)
{
	GCancellable *probe = g_cancellable_new();

	g_cancellable_cancel(probe);
	peer_must(g_cancellable_is_cancelled(probe), "a hit");
	g_object_unref(probe);
	parent = g_cancellable_new();
	peer_must(!g_cancellable_is_cancelled(parent), "a miss");
}

static void cancel_child(GCancellable *above, gpointer child)
{
	(void)above;
	g_cancellable_cancel(child);
}

static gulong connect_child(GCancellable *above, GCancellable *child)
{
	return g_cancellable_connect(above, G_CALLBACK(cancel_child), child,
				     NULL);
}

static void siblings(void)
{
	one();
	for (int i = 0; i < PEER_SIBLINGS; i++)
		connect_child(parent, g_cancellable_new());
}

static void make_child(void)
{
	GCancellable *child = g_cancellable_new();
	gulong id = connect_child(parent, child);

	g_cancellable_disconnect(parent, id);
	g_object_unref(child);
}

static void two_make(void)
{
	one();
	peer_contend(make_child);
}

static void called(GCancellable *cancellable, gpointer unused)
{
	(void)cancellable;
	(void)unused;
}

static void wait_on(GCancellable *cancellable)
{
	gulong id = g_cancellable_connect(cancellable, G_CALLBACK(called), NULL,
					  NULL);

	g_cancellable_disconnect(cancellable, id);
}

/* The other thread waits for something that has nothing to do with ours. */
static void wait_elsewhere(void)
{
	static __thread GCancellable *own;

	if (own == NULL)
		own = g_cancellable_new();
	wait_on(own);
}

static void two_wait(void)
{
	one();
	peer_contend(wait_elsewhere);
}

static void done(uint64_t turns)
{
	while (turns--)
		consume((uint64_t)g_cancellable_is_cancelled(parent));
}

static void source(uint64_t turns)
{
	while (turns--)
		g_object_unref(g_cancellable_new());
}

static void child(uint64_t turns)
{
	while (turns--)
		make_child();
}

static void waiter(uint64_t turns)
{
	while (turns--)
		wait_on(parent);
}

static double cancel_round(GCancellable **children, int n)
{
	GCancellable *above = g_cancellable_new();
	double start, ns;

	for (int i = 0; i < n; i++) {
		children[i] = g_cancellable_new();
		connect_child(above, children[i]);
	}
	start = now_ns();
	g_cancellable_cancel(above);
	for (int i = 0; i < n; i++)
		peer_must(g_cancellable_is_cancelled(children[i]), "cancelled");
	ns = now_ns() - start;
	for (int i = 0; i < n; i++)
		g_object_unref(children[i]);
	g_object_unref(above);
	return ns / n;
}

static double cancel_many(int n)
{
	GCancellable **children = calloc((size_t)n, sizeof *children);
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

static GCancellable *stop[WAKES];

static double wakes(const struct wake_way *way)
{
	for (int i = 0; i < WAKES; i++)
		stop[i] = g_cancellable_new();
	return peer_wake(way);
}

static void cancel_stop(int number)
{
	g_cancellable_cancel(stop[number]);
}

static void poll_stop(int number)
{
	struct pollfd polled = {.events = POLLIN};

	polled.fd = g_cancellable_get_fd(stop[number]);
	peer_must(poll(&polled, 1, -1) == 1, "woken");
	g_cancellable_release_fd(stop[number]);
}

static double wake_fd(void)
{
	static const struct wake_way way = {poll_stop, cancel_stop};

	return wakes(&way);
}

const struct peer_op peer_stop_ops[] = {
	{"done", "g_cancellable_is_cancelled", one, done, NULL},
	{"source", "g_cancellable_new; unref", one, source, NULL},
	{"child", "g_cancellable_new, _connect; _disconnect, unref", one, child,
	 NULL},
	{"child_siblings", "g_cancellable_new, _connect; _disconnect, unref",
	 siblings, child, NULL},
	{"child_2_threads", "g_cancellable_new, _connect; _disconnect, unref",
	 two_make, child, NULL},
	{"waiter", "g_cancellable_connect; _disconnect", one, waiter, NULL},
	{"waiter_2_threads", "g_cancellable_connect; _disconnect", two_wait,
	 waiter, NULL},
	{0},
};

const struct peer_figure peer_stop_figures[] = {
	{"cancel_1000", "g_cancellable_cancel, _is_cancelled", cancel_1000},
	{"cancel_100000", "g_cancellable_cancel, _is_cancelled", cancel_100000},
	{"wake_fd", "g_cancellable_cancel, _get_fd, poll", wake_fd},
	{0},
};
