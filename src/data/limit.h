/* SPDX-License-Identifier: MIT */
/* The process-wide limits, as the layers read them. */
#ifndef DCTXI_LIMIT_H
#define DCTXI_LIMIT_H

#include <dctx/diag.h>

#define DCTXI_LIMITS 7

extern size_t dctxi_limits[DCTXI_LIMITS];

/* The limit's number as it is: 0 where that means unlimited. */
static inline size_t dctxi_limit(dctx_limit limit)
{
	return __atomic_load_n(&dctxi_limits[limit], __ATOMIC_RELAXED);
}

/* Whether `n` is past a limit for which 0 means unlimited. */
static inline bool dctxi_past(dctx_limit limit, size_t n)
{
	size_t max = dctxi_limit(limit);

	return max != 0 && n > max;
}

#endif
