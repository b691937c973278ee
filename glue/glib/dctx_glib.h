/* SPDX-License-Identifier: MIT */
/*
 * dctx_glib.h - GLib's GThreadPool as an executor: jobs and slices on threads
 * that GLib starts, shares between its pools and lets go when idle.
 *
 *     dctx_executor *executor;
 *
 *     status = dctx_glib_executor_new(NULL, &executor);
 *     status = dctx_submit(executor, resize, image, NULL, &job);
 */
#ifndef DCTX_GLIB_H
#define DCTX_GLIB_H

#include <dctx/executor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A GThreadPool, and what waits for it; struct_size is
 * DCTX_GLIB_OPTIONS_SIZE. Since: 0.1. */
typedef struct dctx_glib_options {
	size_t struct_size;
	const char *name; /* 15 bytes of it, for metrics; NULL: "glib" */
	unsigned threads; /* at most; 0: as many as there are processors. Not
			     more than INT_MAX. */
	/* How many wait at most besides as many as there are `threads`; one
	 * more is refused with DCTX_BUSY. 0: 64. */
	unsigned queue;
	/* All threads are started at once and are this pool's alone; else they
	 * are started when needed and shared with other pools. */
	bool exclusive;
	/* The one with the earliest deadline first, those of one deadline in
	 * order; else all in order. A submit walks past those that are
	 * earlier. */
	bool by_deadline;
} dctx_glib_options;
#define DCTX_GLIB_OPTIONS_SIZE sizeof(dctx_glib_options)

/*
 * Makes an executor of a new GThreadPool. `options` may be NULL.
 *
 * All that dctx/executor.h says holds: a job that waits for one that has not
 * begun runs it itself, one that is cancelled leaves the queue at once, and a
 * shutdown that is not graceful drops what waits, each with a status. Taking
 * one out walks through what waits. The pool is freed (g_thread_pool_free)
 * after the last reference and the last job; it waits for nobody. A job must
 * not end its thread, which GLib would count for ever. What others leave in the
 * context of shared threads is not seen by jobs, nor taken away.
 *
 * In a fork's child, which GLib does not serve, it takes nothing: dctx_submit
 * returns DCTX_STALE. What waited in the parent is completed there with
 * DCTX_CANCELED by the first submit, shutdown or dctx_job_wait for it.
 *
 * Owns: the caller gets a reference, for dctx_executor_unref. *out is written
 * only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out, a smaller struct_size and too
 * many threads; DCTX_NOMEM; DCTX_SYSTEM when the threads of an exclusive one
 * cannot be had. Of the executor, dctx_submit returns DCTX_BUSY when the queue
 * is full, DCTX_STALE after a shutdown, and DCTX_SYSTEM when there is no thread
 * and none can be had.
 * Threads: any. Blocks: never. Allocates; where GLib has no memory it ends the
 * process. Since: 0.1.
 * Source: GLib 2.x, Thread Pools.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_glib_executor_new(const dctx_glib_options *options, dctx_executor **out);

#ifdef __cplusplus
}
#endif
#endif
