/* SPDX-License-Identifier: MIT */
/*
 * dctx/executor.h - whoever runs work: a pool, a thread each, an event loop's
 * queue, the caller.
 *
 *     dctx_executor *pool;
 *     dctx_job *job;
 *
 *     if (dctx_pool_new(&(dctx_pool_options){DCTX_POOL_SIZE, .threads = 8,
 *                                            .queue = 256}, &pool) == DCTX_OK &&
 *         dctx_submit(pool, resize, image, NULL, &job) == DCTX_OK) {
 *             ...
 *             dctx_job_wait(job, dctx_deadline_in(2 * DCTX_S));
 *     }
 *
 * A job runs under the context that was current where it was submitted, with
 * what the accessors captured there (dctx/accessor.h); between two jobs a
 * worker has an empty context, which is checked and counted. Whatever becomes
 * of a job - done, refused, dropped from a queue, cut off by a shutdown - it
 * completes once, with a status, and whoever waits is told.
 */
#ifndef DCTX_EXECUTOR_H
#define DCTX_EXECUTOR_H

#include <dctx/accessor.h>
#include <dctx/waiter.h>
#include <dctx/work.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whoever runs work, counted. Since: 0.1. */
typedef struct dctx_executor dctx_executor;

/* Something that runs or is dropped, once. Since: 0.1. */
typedef struct dctx_item dctx_item;

/*
 * What an executor of the user's does. It gets `user`. For every item that
 * `execute` took, exactly one of dctx_item_run and dctx_item_drop is called, on
 * any thread, during `execute` or later.
 * Since: 0.1.
 */
typedef struct dctx_executor_ops {
	size_t struct_size;
	const char *name;
	/* Takes an item. On another status it has not, and whoever submitted
	 * gets that status: DCTX_BUSY for a queue that is full, DCTX_STALE for
	 * one that takes nothing any more. */
	dctx_status (*execute)(void *user, dctx_item *item);
	/* Gives an item back that it has not begun with, true: whoever asks
	 * runs or drops it then. Asked from any thread, for one that it has, or
	 * had: false. NULL: it never does; so a job that waits for another of
	 * the same executor does not help it. */
	bool (*take)(void *user, dctx_item *item);
	/* Takes nothing any more, runs what it took (graceful), or drops what
	 * does not run yet with DCTX_CANCELED. Returns before that is over.
	 * NULL: nothing to do. */
	void (*shutdown)(void *user, bool graceful);
	/* After the last reference and the last item. NULL: nothing to do. */
	void (*free)(void *user);
} dctx_executor_ops;

/* Runs an item on this thread, or completes it unrun with a status that is not
 * DCTX_OK. Once each; the item is gone then. Threads: any. Since: 0.1. */
DCTX_API void dctx_item_run(dctx_item *item);
DCTX_API void dctx_item_drop(dctx_item *item, dctx_status status);

/* The executor's own word of an item, to queue it without memory: a link, an
 * index. NULL at first. Threads: whoever holds the item. Since: 0.1. */
DCTX_API void **dctx_item_word(dctx_item *item);

/* When an item should be over, its context's deadline; DCTX_NO_DEADLINE.
 * Threads: whoever holds the item. Since: 0.1. */
DCTX_API int64_t dctx_item_deadline(const dctx_item *item);

/*
 * Makes an executor of a table. `ops` must stay.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_NOMEM.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_executor_new(const dctx_executor_ops *ops, void *user,
		  dctx_executor **out);

DCTX_API dctx_executor *dctx_executor_ref(dctx_executor *executor);
DCTX_API dctx_executor *dctx_executor_unref(dctx_executor *executor);

/* Runs on the thread that submits, before submitting returns. Borrowed, for
 * ever. Since: 0.1. */
DCTX_API dctx_executor *dctx_executor_inline(void);

/* What a full executor does with one more. Since: 0.1. */
typedef enum dctx_when_full {
	DCTX_FULL_REJECTS = 0, /* DCTX_BUSY, at once */
	DCTX_FULL_BLOCKS,      /* until there is room, the context is over, or
				  the executor is shut down */
	DCTX_FULL_CALLER_RUNS, /* on the thread that submits */
	DCTX_FULL_DROPS_OLDEST /* which completes with DCTX_BUSY */
} dctx_when_full;

/* A pool, or a thread a job. 0 for what stands in brackets. Since: 0.1. */
typedef struct dctx_pool_options {
	size_t struct_size;
	const char *name;	     /* of the threads and metrics ["pool"] */
	unsigned threads;	     /* at most [as many as processors] */
	unsigned queue;		     /* items that wait [64]; a thread a job has none */
	dctx_when_full when_full;
	const pthread_attr_t *attr;  /* of the threads, read now [default] */
} dctx_pool_options;
#define DCTX_POOL_SIZE sizeof(dctx_pool_options)

/*
 * Make a pool, whose threads begin with the first jobs and stay; or an executor
 * that starts a thread for each job and has no queue.
 *
 * In a fork's child they have no threads and begin new ones; what was queued
 * in the parent is the parent's.
 * Owns: the caller gets a reference; the last one shuts down gracefully and
 * does not wait. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out; DCTX_NOMEM.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_pool_new(const dctx_pool_options *options, dctx_executor **out);
DCTX_API DCTX_MUST_USE dctx_status
dctx_thread_each_new(const dctx_pool_options *options, dctx_executor **out);

/*
 * Shuts down: takes nothing any more; gracefully runs what was taken, or else
 * completes what waits with DCTX_CANCELED and cancels what runs. Waits until
 * nothing runs any more, or `until`.
 * Returns: DCTX_OK when nothing runs; DCTX_DEADLINE_EXCEEDED and DCTX_CANCELED
 * as dctx_wait; DCTX_BUSY from a job of its own. Threads: any, any number of
 * times. Blocks: so long. Since: 0.1.
 */
DCTX_API dctx_status dctx_executor_shutdown(dctx_executor *executor,
					    bool graceful, int64_t until);

/* A call that was submitted, counted; it completes once. Since: 0.1. */
typedef struct dctx_job dctx_job;

/* How to submit. 0 and NULL: the default; struct_size is DCTX_SUBMIT_SIZE.
 * Since: 0.1. */
typedef struct dctx_submit_options {
	size_t struct_size;
	unsigned flags;
	dctx_accessors *accessors; /* NULL: dctx_accessors_default() */
	const dctx_accessor_filter *filter;
	dctx_carry carry;
	int64_t deadline;	   /* 0: the context's own; never later */
	const char *name;	   /* a scope around it; must stay */
} dctx_submit_options;
#define DCTX_SUBMIT_SIZE sizeof(dctx_submit_options)

/* The job has a store of its own, forked here: what it sets in its outermost
 * scope stays until it ends, and dctx_update works on it. Else a snapshot. */
#define DCTX_SUBMIT_FORK 1u

/*
 * Submits a call under the current context. *out may be NULL: nobody waits.
 * Owns: the caller gets a reference to the job. *out is written on success
 * only; on an error the call has not run and never will.
 * Returns: DCTX_OK; DCTX_CANCELED and DCTX_DEADLINE_EXCEEDED when the context
 * is over; DCTX_BUSY and DCTX_STALE by the executor; DCTX_INVALID for a NULL;
 * DCTX_NOMEM; DCTX_SYSTEM when no thread can be had; what an accessor returned.
 * Threads: any. Blocks: with DCTX_FULL_BLOCKS. Allocates: warm, not.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_submit(
	dctx_executor *executor, void *(*fn)(void *), void *arg,
	const dctx_submit_options *options, dctx_job **out);

DCTX_API dctx_job *dctx_job_ref(dctx_job *job);
DCTX_API dctx_job *dctx_job_unref(dctx_job *job);

/*
 * Waits until a job completed, the current context is over, or `until`. A job
 * of the same pool that is still queued may be run by who waits, so that jobs
 * that wait for jobs do not stop a pool.
 * Returns: DCTX_OK when it completed; else as dctx_wait.
 * Threads: any. Blocks: so long. Allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_job_wait(dctx_job *job, int64_t until);

/*
 * What became of a job: DCTX_OK, and what the call returned in *out_result (may
 * be NULL); why it did not run; DCTX_BUSY when it has not completed.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_job_status(const dctx_job *job, void **out_result);

/*
 * Cancels a job's context. One that has not begun completes with DCTX_CANCELED
 * at once; one that runs is told as dctx_cancel tells.
 * Returns: DCTX_OK; DCTX_STALE when it completed or was cancelled before.
 * Threads: any. Blocks: never. Allocates: as dctx_cancel. Since: 0.1.
 */
DCTX_API dctx_status dctx_job_cancel(dctx_job *job, const char *why);

/* What an executor has done and does. Times in nanoseconds; bucket i of a
 * histogram counts those below 2^(i+10), the last one all others. Since: 0.1. */
typedef struct dctx_executor_stats {
	size_t struct_size;
	uint64_t submitted, completed, rejected, dropped, cancelled, timed_out;
	uint64_t caller_ran, partial, unclean; /* unclean: a worker whose context
						  was not empty between jobs */
	uint64_t running, queued;	       /* now */
	uint64_t queue_ns[24], run_ns[24];
} dctx_executor_stats;

/* Reads them; each is right, all together nearly of one moment. `out` has its
 * struct_size set. Returns: DCTX_OK; DCTX_INVALID. Threads: any. Blocks,
 * allocates: never. Since: 0.1. */
DCTX_API dctx_status dctx_executor_stats_read(const dctx_executor *executor,
					      dctx_executor_stats *out);

/* Writes those of all executors in Prometheus' text format, no NUL, to `buf`,
 * and its length to *out_len. Returns: DCTX_OK; DCTX_INVALID; DCTX_TOO_SMALL,
 * *out_len is then what would do now. Threads: any. Blocks: while one is made
 * or freed. Allocates: never. Since: 0.1.
 * Source: Prometheus, Exposition formats, text-based format 0.0.4. */
DCTX_API dctx_status dctx_executors_prometheus(char *buf, size_t size,
					       size_t *out_len);

#ifdef __cplusplus
}
#endif
#endif
