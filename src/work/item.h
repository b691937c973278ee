/* SPDX-License-Identifier: MIT */
/*
 * item.h - what an executor holds: a job, a slice. Whoever makes one puts it
 * at the front of its own struct, so that an item takes no memory of its own.
 *
 * Theory. An item that was given to an executor is whose turn it is: the
 * executor's while it waits, then the thread's that runs or drops it. Its maker
 * keeps a reference for it, and one of the executor, from dctxi_execute to
 * `release`; on an error of dctxi_execute it gives them back itself.
 */
#ifndef DCTXI_ITEM_H
#define DCTXI_ITEM_H

#include <dctx/executor.h>

struct dctxi_item_ops {
	/*
	 * Runs it, or finds that it needs not run any more. Calls
	 * dctxi_item_over when the user's function is over, and then tells
	 * who waits.
	 */
	void (*run)(dctx_runnable *item);
	/* Completes it unrun, with a status that is not DCTX_OK. */
	void (*drop)(dctx_runnable *item, dctx_status status);
	/* The thread ends inside `run`, by pthread_exit or pthread_cancel:
	 * does what `run` has not done yet. */
	void (*lost)(dctx_runnable *item);
	/* In a fork's child: it ran on a thread of the parent's. Completes it
	 * with DCTX_CANCELED; what it runs on is not this thread's to end. */
	void (*orphan)(dctx_runnable *item);
	/* Cancels what runs. Any thread, while it is held. */
	void (*cancel)(dctx_runnable *item);
	/* Takes one more reference on what the item lies in and on the
	 * executor, and gives one back: their memory may be gone then. */
	void (*hold)(dctx_runnable *item);
	void (*release)(dctx_runnable *item);
	/* Where it would have to wait, to push another out or to run on the
	 * thread that submits, it is refused with DCTX_BUSY instead: a slice's,
	 * whose caller may be what the room waits for, and helps itself. */
	bool at_once;
};

struct dctx_runnable {
	const struct dctxi_item_ops *ops;
	void *word;		 /* the executor's */
	int64_t deadline;	 /* DCTX_NO_DEADLINE: none */
	int64_t submitted;	 /* on dctx_now's clock, for the metrics */
	dctx_executor *executor; /* borrowed */
	struct dctx_runnable *next, *prev; /* a pool's queue, under its lock */
	bool queued;
};

/* Gives an item to an executor, which counts it. On another status than
 * DCTX_OK the item is still the caller's. Fills in all fields but `ops` and
 * `deadline`. */
dctx_status dctxi_execute(dctx_executor *executor, dctx_runnable *item);

/* Takes an item back that its executor has not begun with; the caller, who
 * holds a reference, then runs or drops it. False: it has begun, or the
 * executor cannot. */
bool dctxi_item_take(dctx_runnable *item);

/* What became of an item that runs, for the counters: whether its function was
 * called and came back, or else why not. Once, before who waits is told. */
void dctxi_item_over(dctx_runnable *item, dctx_status status);

/* Whether this thread runs an item, at whatever depth; NULL: any of that
 * executor. */
bool dctxi_item_is_here(const dctx_executor *executor,
			const dctx_runnable *item);

#endif
