/* SPDX-License-Identifier: MIT */
/*
 * Spans that are over, for those to come.
 *
 * Theory. Each thread keeps a few, in its block (plat/local.h), which nobody
 * else touches. A thread that ends more than it opens gives a batch of them to
 * the depot, and one that opens more takes from there: so what one thread opens
 * and another closes needs no malloc, either. The depot is a list of batches;
 * who takes takes all of it by one exchange and puts back what is too much, so
 * no address is compared with an older one. Release and acquire: what stands in
 * the blocks. A fork's child finds it whole, since each step is one word.
 */
#ifndef DCTXI_SPAN_POOL_H
#define DCTXI_SPAN_POOL_H

#include "trace/span.h"

/* Gives a block whose arena was begun once; all else is as it was left. NULL
 * without memory. */
dctx_span *dctxi_span_take(void);

/* Gives one back, reset. */
void dctxi_span_give(dctx_span *span);

#endif
