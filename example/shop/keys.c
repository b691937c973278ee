/* SPDX-License-Identifier: MIT */
/* keys.c - what a request of the shop carries, and what comes back from where
 * it went; every process links this. */
#include "shop.h"

DCTX_KEY_STR(k_request_id, "request_id", DCTX_WIRE | DCTX_LOG);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE | DCTX_LOG | DCTX_CLOSED);

DCTX_KEY_U64(k_cost, "cost", DCTX_WIRE);
DCTX_KEY_GATHER(k_cost, &dctx_gather_sum);
DCTX_KEY_STR(k_warnings, "warnings", DCTX_WIRE);
DCTX_KEY_GATHER(k_warnings, &dctx_gather_union);
