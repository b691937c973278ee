/* SPDX-License-Identifier: MIT */
/* gathers.h - gathered keys of every kind, in the order in which they stand. */
#ifndef DCTXT_GATHERS_H
#define DCTXT_GATHERS_H

#include "kit.h"

#include <stdio.h>

DCTX_KEY_U64(k_cost, "cost", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_I8(k_small, "small", DCTX_WIRE);
DCTX_KEY_I64(k_large, "large", DCTX_WIRE);
DCTX_KEY_U16(k_short, "short", DCTX_WIRE);
DCTX_KEY_F32(k_float, "float", DCTX_WIRE);
DCTX_KEY_STR(k_warnings, "warnings", DCTX_WIRE);
DCTX_KEY_STR(k_error, "error", DCTX_WIRE);
DCTX_KEY_BOOL(k_degraded, "degraded", DCTX_WIRE);
DCTX_KEY_I32(k_least, "least", DCTX_LOCAL);
DCTX_KEY_F64(k_most, "most", DCTX_LOCAL);
DCTX_KEY_U8(k_flags, "flags", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);
DCTX_KEY_U32(k_plain, "plain", DCTX_WIRE); /* not gathered */

DCTX_KEY_GATHER(k_cost, &dctx_gather_sum);
DCTX_KEY_GATHER(k_small, &dctx_gather_sum);
DCTX_KEY_GATHER(k_large, &dctx_gather_sum);
DCTX_KEY_GATHER(k_short, &dctx_gather_sum);
DCTX_KEY_GATHER(k_float, &dctx_gather_sum);
DCTX_KEY_GATHER(k_warnings, &dctx_gather_union);
DCTX_KEY_GATHER(k_error, &dctx_gather_first);
DCTX_KEY_GATHER(k_degraded, &dctx_gather_or);
DCTX_KEY_GATHER(k_least, &dctx_gather_min);
DCTX_KEY_GATHER(k_most, &dctx_gather_max);
DCTX_KEY_GATHER(k_flags, &dctx_gather_or);
DCTX_KEY_GATHER(k_thing, &dctx_gather_first);

#endif
