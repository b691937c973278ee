/* SPDX-License-Identifier: MIT */
/* A key that its constructor registers, for the first time among threads. */
#include "plugin.h"

DCTX_KEY_BYTES(plugin_late, "plugin.late", DCTX_WIRE);
