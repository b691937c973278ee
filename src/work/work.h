/* SPDX-License-Identifier: MIT */
/* What a work is, for those who run it. */
#ifndef DCTXI_WORK_H
#define DCTXI_WORK_H

#include <dctx/work.h>

struct dctx_work {
	union {
		void *(*plain)(void *);
		int (*thrd)(void *); /* of a C11 thread */
	} fn;
	void *arg;
	dctx_snapshot *snapshot;
	dctx_locals *locals; /* NULL: nothing but the context */
};

/* Wraps what the store sees with a function to be filled in.
 * Returns: DCTX_OK; DCTX_INVALID; DCTX_NOMEM. */
dctx_status dctxi_work_new(dctx_store *store, void *arg, dctx_work **out);

/* Takes a work apart: its memory goes, its reference is the caller's. */
dctx_work dctxi_work_take(dctx_work *work);

/* The context a function runs under, from begin to end. */
struct dctxi_call {
	dctx_store *host;
	dctx_guard guard;
};

/* Attaches a snapshot to the current store, and begins a share there of what is
 * gathered. Returns: as dctx_store_attach, dctx_store_gather_begin. */
dctx_status dctxi_call_begin(struct dctxi_call *call, dctx_snapshot *snapshot);

/* The same, which takes over a reference, whatever it returns. */
dctx_status dctxi_call_take(struct dctxi_call *call, dctx_snapshot *snapshot);

/* Leaves all that the function left open, tasks too. */
void dctxi_call_end(const struct dctxi_call *call);

/* A thread that cannot attach must not run its function in no context: it ends,
 * and that is counted. */
void dctxi_call_failed(dctx_status status);

#endif
