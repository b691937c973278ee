/* SPDX-License-Identifier: MIT */
/* A key whose name the program has with another type. */
#include "plugin.h"

DCTX_KEY_STR(plugin_clash, "program.num", DCTX_LOCAL);
