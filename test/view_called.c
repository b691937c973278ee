/* SPDX-License-Identifier: MIT */
/* view_called.c - a view through the calls that the library exports. */
#define DCTX_TLS_DYNAMIC
#define VIEW_STORE dctxt_view_store_called
#define VIEW_SNAPSHOT dctxt_view_snapshot_called
#include "view_read.h"
