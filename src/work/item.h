/* SPDX-License-Identifier: MIT */
/*
 * item.h - what an executor holds: a job, a slice. Whoever makes one puts it
 * at the front of its own struct, so that an item takes no memory of its own.
 */
#ifndef DCTXI_ITEM_H
#define DCTXI_ITEM_H

#include <dctx/executor.h>

/* What becomes of it; each is called once, one of the two, and the item may be
 * gone when it returns. */
struct dctxi_item_ops {
	void (*run)(dctx_item *item);
	void (*drop)(dctx_item *item, dctx_status status);
};

struct dctx_item {
	const struct dctxi_item_ops *ops;
	void *word;		 /* the executor's */
	int64_t deadline;	 /* DCTX_NO_DEADLINE: none */
	int64_t submitted;	 /* on dctx_now's clock, for the metrics */
	dctx_executor *executor; /* borrowed */
	/* Where it would have to wait, to push another out or to run on the
	 * thread that submits, it is refused with DCTX_BUSY instead: a slice,
	 * whose caller may be what the executor's room waits for. */
	bool at_once;
};

/* Gives an item to an executor, which counts it. On another status than
 * DCTX_OK the item is still the caller's. */
dctx_status dctxi_execute(dctx_executor *executor, dctx_item *item);

#endif
