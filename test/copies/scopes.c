/* SPDX-License-Identifier: MIT */
/* scopes.c - a plug-in that has no keys; its value is how many scopes are
 * open. */
#include "answers.h"

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

extern const struct plugin plugin;
__attribute__((visibility("default"))) const struct plugin plugin = {
	"", get, set, works, current, second_copies, told,
};
