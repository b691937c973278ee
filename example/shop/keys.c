/* SPDX-License-Identifier: MIT */
/* keys.c - what a request of the shop carries; every process links this. */
#include "shop.h"

DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE | DCTX_LOG | DCTX_CLOSED);
