/* SPDX-License-Identifier: MIT */
/*
 * Up to which level somebody wants spans.
 *
 * Theory. Wants are counted by level under a lock; what comes of them and of
 * the limit is one word, dctx_abi1_span_level, which everybody reads relaxed:
 * who reads the older word opens a span that nobody is told of, or none.
 * fork(2) in the middle would leave the lock held in the child, so it is the
 * process's one lock (plat/lock.h).
 */
#ifndef DCTXI_LEVEL_OF_SPANS_H
#define DCTXI_LEVEL_OF_SPANS_H

#include <dctx/span.h>

/* A layer or a sink wants spans up to `most`, and does not any more. */
void dctxi_level_add(dctx_level most);
void dctxi_level_drop(dctx_level most);

/* The level up to which there are spans now. */
static inline int dctxi_level_now(void)
{
	return __atomic_load_n(&dctx_abi1_span_level, __ATOMIC_RELAXED);
}

#endif
