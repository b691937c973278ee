/* SPDX-License-Identifier: MIT */
/*
 * dctx_uv.h - libuv's thread pool as an executor: the threads that libuv has
 * for files and names run jobs and slices, too, instead of a second pool beside
 * them.
 *
 *     dctx_executor *executor;
 *
 *     status = dctx_uv_executor_new(NULL, &executor);
 *     status = dctx_submit(executor, resize, image, NULL, &job);
 *
 * libuv's pool is the process's, not a loop's, but uv_queue_work wants a loop,
 * on that loop's thread. So it gets one that only this library has, under a
 * lock, and that nobody runs: any thread submits, a job's own included, and
 * what was submitted begins whether a loop of the program's runs, is being
 * closed, waits for the job or is not there at all. The other side of this is
 * that a job keeps no loop running: a program that has nothing else to do waits
 * by dctx_job_wait or dctx_executor_shutdown. A job that wants to go on on a
 * loop says so by uv_async_send.
 *
 * Requests are made one by one: before a thread runs the next job, whoever else
 * has queued work with libuv gets his turn.
 */
#ifndef DCTX_UV_H
#define DCTX_UV_H

#include <dctx/executor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How much of libuv's pool, and what waits for it; struct_size is
 * DCTX_UV_OPTIONS_SIZE. Since: 0.1. */
typedef struct dctx_uv_options {
	size_t struct_size;
	const char *name; /* 15 bytes of it, for metrics; NULL: "libuv" */
	/* So many of libuv's threads at most, the others stay for the files and
	 * names of the program; 0: all, as many as UV_THREADPOOL_SIZE says, or
	 * 4. */
	unsigned threads;
	/* How many wait at most besides as many as there are `threads`; one
	 * more is refused with DCTX_BUSY. 0: 64. */
	unsigned queue;
	/* The one with the earliest deadline first, those of one deadline in
	 * order; else all in order. A submit walks past those that are
	 * earlier. */
	bool by_deadline;
} dctx_uv_options;
#define DCTX_UV_OPTIONS_SIZE sizeof(dctx_uv_options)

/*
 * Makes an executor of libuv's pool. `options` may be NULL.
 *
 * The first one in a process makes the loop, which stays: a few descriptors. A
 * request takes memory when there are more than ever before, and keeps it. The
 * first submit has libuv start its threads. Where the system refuses these, or
 * there is no memory for the loop's tables, libuv ends the process.
 *
 * All that dctx/executor.h says holds: a job that waits for one that has not
 * begun runs it itself, one that is cancelled leaves the queue at once, and a
 * shutdown that is not graceful drops what waits. Taking one out walks through
 * what waits. A job must not end its thread, which libuv does not replace. Work
 * that is queued with libuv itself must not wait for a job, which may need the
 * thread that waits; it may scatter. What others leave in the context of
 * libuv's threads is not seen by jobs, nor taken away.
 *
 * In a fork's child libuv's pool begins anew, and so does the executor: what
 * waited in the parent is completed there with DCTX_CANCELED by the first
 * submit, shutdown or dctx_job_wait for it.
 *
 * Owns: the caller gets a reference, for dctx_executor_unref. *out is written
 * only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out and a smaller struct_size;
 * DCTX_NOMEM; DCTX_SYSTEM when the loop cannot be had, most often for want of
 * descriptors. Of the executor, dctx_submit returns DCTX_BUSY when the queue is
 * full, DCTX_STALE after a shutdown, and DCTX_NOMEM.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 * Source: libuv 1.x, uv_queue_work, Thread pool work scheduling.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_uv_executor_new(const dctx_uv_options *options, dctx_executor **out);

#ifdef __cplusplus
}
#endif
#endif
