/* SPDX-License-Identifier: MIT */
/* A key that no constructor registers. */
#include "plugin.h"

extern dctx_key_u64 plugin_bare;
dctx_key_u64 plugin_bare = DCTX_KEY_INIT_U64("plugin.bare", DCTX_LOCAL);
