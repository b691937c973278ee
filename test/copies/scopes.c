/* SPDX-License-Identifier: MIT */
/* scopes.c - a plug-in that has no keys; its value is how many scopes are
 * open. */
#include "plugin.h"

#include <dctx/dctx.h>

#include <string.h>

static const char *place;

static uint64_t get(void)
{
	return dctx_depth() - 1;
}

static void set(uint64_t value)
{
	if (dctx_restore(NULL) != DCTX_OK)
		return;
	while (dctx_depth() - 1 < value)
		dctx_enter("plug-in");
}

static bool works(void)
{
	uint64_t before = get();
	char chain[32];

	DCTX_SCOPE_UNNAMED;
	DCTX_SNAPSHOT(snapshot);
	DCTX_ATTACH(dctx_snapshot_empty());
	DCTX_SCOPE("alone");
	dctx_chain_text("/", chain, sizeof(chain));
	return strcmp(chain, "alone") == 0 && snapshot != NULL &&
	       before + 1 == dctx_snapshot_chain(snapshot, NULL, 0) + 1;
}

static const void *current(void)
{
	return dctx_current();
}

static uint64_t second_copies(void)
{
	return dctx_counter(DCTX_EV_SECOND_COPY);
}

static void hear(void *user, dctx_event event, dctx_status status,
		 const char *what)
{
	(void)user;
	(void)status;
	if (event == DCTX_EV_SECOND_COPY)
		place = what;
}

static const char *told(void)
{
	static const dctx_hook hook = {hear, NULL};

	place = NULL;
	dctx_hook_set(&hook);
	dctx_hook_set(NULL);
	return place;
}

extern const struct plugin plugin;
__attribute__((visibility("default"))) const struct plugin plugin = {
	"", get, set, works, current, second_copies, told,
};
