/* SPDX-License-Identifier: MIT */
#include "data/limit.h"

size_t dctxi_limits[DCTXI_LIMITS] = {
	[DCTX_LIMIT_DEPTH] = 1024,
	[DCTX_LIMIT_CHAIN] = 64,
	[DCTX_LIMIT_STORE_BYTES] = 16u << 20,
	[DCTX_LIMIT_MESSAGE_BYTES] = 1u << 20,
	[DCTX_LIMIT_ENTRIES] = 1024,
	[DCTX_LIMIT_KEY_BYTES] = 255,
	[DCTX_LIMIT_NAME_BYTES] = 255,
};

/* The least and the greatest value of each. */
static const struct {
	size_t least, most;
} ranges[DCTXI_LIMITS] = {
	[DCTX_LIMIT_DEPTH] = {1, 1000000},
	[DCTX_LIMIT_CHAIN] = {0, SIZE_MAX},
	[DCTX_LIMIT_STORE_BYTES] = {0, SIZE_MAX},
	[DCTX_LIMIT_MESSAGE_BYTES] = {0, SIZE_MAX},
	[DCTX_LIMIT_ENTRIES] = {0, SIZE_MAX},
	[DCTX_LIMIT_KEY_BYTES] = {1, 255},
	[DCTX_LIMIT_NAME_BYTES] = {0, SIZE_MAX},
};

dctx_status dctx_limit_set(dctx_limit limit, size_t value)
{
	if ((unsigned)limit >= DCTXI_LIMITS || value < ranges[limit].least ||
	    value > ranges[limit].most)
		return DCTX_INVALID;
	__atomic_store_n(&dctxi_limits[limit], value, __ATOMIC_RELAXED);
	return DCTX_OK;
}

size_t dctx_limit_get(dctx_limit limit)
{
	return (unsigned)limit < DCTXI_LIMITS ? dctxi_limit(limit) : 0;
}
