/* SPDX-License-Identifier: MIT */
/* Metadata, of a key that is not its own. */
#include "plugin.h"

static const dctx_meta meta = {PLUGIN_META};

__attribute__((constructor)) static void note(void)
{
	static const char text[] = "kept";
	const dctx_key *key = dctx_registry_find(NULL, "program.num");

	dctx_meta_set_at_load((dctx_key *)(uintptr_t)key, &meta, text);
}
