/* SPDX-License-Identifier: MIT */
/* plugin.c - a plug-in that uses dctx; how it is linked decides whose. */
#include "answers.h"

#define OWN_KEY "own key of " PLUGIN

DCTX_KEY_U64(k_shared, "shared", DCTX_LOCAL);
DCTX_KEY_STR(k_own, OWN_KEY, DCTX_WIRE);

static uint64_t get(void)
{
	return dctx_get(k_shared, 0);
}

static void set(uint64_t value)
{
	dctx_set(k_shared, value);
}

/* The scope is this function's, the copy of the library whoever's. */
static bool set_and_capture(dctx_snapshot **out)
{
	dctx_guard scope = dctx_enter("plug-in");
	bool held;

	dctx_set(k_own, PLUGIN);
	held = dctx_capture(out) == DCTX_OK &&
	       strcmp(dctx_get(k_own, ""), PLUGIN) == 0;
	dctx_leave(scope);
	return held && !dctx_has(k_own);
}

static bool works(void)
{
	unsigned char message[256];
	dctx_snapshot *snapshot, *back;
	dctx_store *task;
	size_t len;
	bool held;

	if (!set_and_capture(&snapshot) ||
	    dctx_task_new(snapshot, &task) != DCTX_OK)
		return false;
	dctx_task_enter(task);
	held = strcmp(dctx_get(k_own, ""), PLUGIN) == 0 &&
	       dctx_set(k_own, "changed") == DCTX_OK;
	dctx_task_leave(task);
	dctx_task_free(task);
	if (dctx_snapshot_encode(snapshot, message, sizeof(message), &len) !=
		    DCTX_OK ||
	    dctx_decode(message, len, &back) != DCTX_OK)
		return false;
	held &= strcmp(dctx_snapshot_get(back, k_own, ""), PLUGIN) == 0;
	dctx_snapshot_unref(snapshot);
	dctx_snapshot_unref(back);
	return held;
}

extern const struct plugin plugin;
__attribute__((visibility("default"))) const struct plugin plugin = {
	OWN_KEY, get, set, works, current, second_copies, told,
};
