/* SPDX-License-Identifier: MIT */
/*
 * glib.c - GLib has no context of values; what it has are thread-locals of a
 * program's own (GPrivate) and two stacks a thread: of main contexts and of
 * cancellables.
 */
#include "peer.h"

#include <glib.h>
#include <gio/gio.h>

static GPrivate value[PEER_KEYS];
static GPrivate absent;
static GMainContext *loop_context;
static GCancellable *cancellable;

static void one_value(void)
{
	g_private_set(&value[0], GINT_TO_POINTER(1));
	peer_must(g_private_get(&value[0]) == GINT_TO_POINTER(1), "a hit");
	peer_must(g_private_get(&absent) == NULL, "a miss");
}

static void values(void)
{
	one_value();
	for (int i = 1; i < PEER_KEYS; i++)
		g_private_set(&value[i], GINT_TO_POINTER(1));
}

static void contexts(void)
{
	loop_context = g_main_context_new();
	cancellable = g_cancellable_new();
}

static void inside(void)
{
	contexts();
	g_main_context_push_thread_default(loop_context);
}

static void get_hit(uint64_t turns)
{
	uintptr_t sum = 0;

	while (turns--)
		sum += (uintptr_t)g_private_get(&value[0]);
	consume(sum);
}

static void get_miss(uint64_t turns)
{
	uintptr_t sum = 0;

	while (turns--)
		sum += (uintptr_t)g_private_get(&absent);
	consume(sum);
}

static void scope_set(uint64_t turns)
{
	while (turns--) {
		gpointer before = g_private_get(&value[0]);

		g_private_set(&value[0], GINT_TO_POINTER(2));
		BARRIER();
		g_private_set(&value[0], before);
	}
}

static void capture(uint64_t turns)
{
	while (turns--)
		g_main_context_unref(g_main_context_ref_thread_default());
}

static void attach(uint64_t turns)
{
	while (turns--) {
		g_main_context_push_thread_default(loop_context);
		g_main_context_pop_thread_default(loop_context);
	}
}

static void task_step(uint64_t turns)
{
	while (turns--) {
		g_cancellable_push_current(cancellable);
		g_cancellable_pop_current(cancellable);
	}
}

const char *peer_version(void)
{
	return g_strdup_printf("%u.%u.%u", glib_major_version,
			       glib_minor_version, glib_micro_version);
}

const struct peer_op peer_ops[] = {
	{"get_1", "g_private_get", one_value, get_hit, NULL},
	{"get_8", "g_private_get", values, get_hit, NULL},
	{"miss_deep", "g_private_get", values, get_miss, NULL},
	{"scope_set", "g_private_get, _set; _set", values, scope_set, NULL},
	{"capture", "g_main_context_ref_thread_default; unref", inside, capture,
	 NULL},
	{"attach", "g_main_context_push_thread_default; pop", contexts, attach,
	 NULL},
	{"task", "g_cancellable_push_current; pop", contexts, task_step, NULL},
	{0},
};
