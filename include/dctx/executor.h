/* SPDX-License-Identifier: MIT */
/*
 * dctx/executor.h - whoever runs work: a pool, a thread each, an event loop's
 * queue, the caller.
 *
 *     dctx_executor *pool;
 *     dctx_job *job;
 *
 *     if (dctx_pool_new(NULL, &pool) == DCTX_OK &&
 *         dctx_submit(pool, resize, image, NULL, &job) == DCTX_OK) {
 *             ...
 *             dctx_job_wait(job, dctx_deadline_in(2 * DCTX_S));
 *             status = dctx_job_status(job, &result);
 *             dctx_job_unref(job);
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

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whoever runs work, counted. Since: 0.1. */
typedef struct dctx_executor dctx_executor;

/* What an executor is given: it runs or is dropped, once. Since: 0.1. */
typedef struct dctx_runnable dctx_runnable;

/*
 * What an executor of the user's does. Its functions get `user`. For each
 * runnable that `execute` took, exactly one of dctx_runnable_run and
 * dctx_runnable_drop is called, on any thread, during `execute` or later.
 * Since: 0.1.
 */
typedef struct dctx_executor_ops {
	size_t struct_size;
	const char *name; /* for dumps and metrics; NULL: "executor" */
	/* Takes one. On another status it has not, and whoever submitted gets
	 * that status: DCTX_BUSY for a queue that is full, DCTX_STALE for one
	 * that takes nothing any more. */
	dctx_status (*execute)(void *user, dctx_runnable *runnable);
	/* Gives one back that it has not begun with, true: whoever asks runs or
	 * drops it then. Asked on any thread, for one that it has or had: of
	 * those it had it knows the address at most. NULL: never; a job that
	 * waits for another of the same executor does not help it then, and one
	 * that is cancelled stays in the queue, and does nothing when it is
	 * run. */
	bool (*take)(void *user, dctx_runnable *runnable);
	/* Takes nothing any more, runs what it took (graceful), or drops what
	 * it has not begun with, with DCTX_CANCELED. Does not wait for that.
	 * Once gracefully, and once or more at once. NULL: nothing to do. */
	void (*shutdown)(void *user, bool graceful);
	/* After the last reference, the last runnable and the last job that
	 * somebody holds. NULL: nothing to do. */
	void (*free)(void *user);
	/* So many it runs at once, at most: a scatter gives it no more runners
	 * than can run. 0: not known. */
	unsigned at_once;
} dctx_executor_ops;

/*
 * Run one on this thread, or complete it unrun, with a status that is not
 * DCTX_OK (which counts as DCTX_CANCELED) or DCTX_BUSY (as DCTX_DROPPED). It
 * is gone then.
 * Threads: any. Blocks, allocates: as what it runs does; dropping never, but
 * for destroy functions of what its context held. Since: 0.1.
 */
DCTX_API void dctx_runnable_run(dctx_runnable *runnable);
DCTX_API void dctx_runnable_drop(dctx_runnable *runnable, dctx_status status);

/*
 * Gives the executor's own word of a runnable, to queue it without memory: a
 * link, an index. NULL at first.
 * Returns: never NULL. Threads: whoever has the runnable. Blocks, allocates:
 * never. Since: 0.1.
 */
DCTX_API void **dctx_runnable_word(dctx_runnable *runnable);

/*
 * Tells when a runnable should be over: the deadline of its context.
 * Returns: a point on dctx_now's clock, or DCTX_NO_DEADLINE. Threads: whoever
 * has the runnable. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API int64_t dctx_runnable_deadline(const dctx_runnable *runnable);

/*
 * Makes an executor of a table.
 * Keeps: `ops` and its name, which must stay until ops->free.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, a table without execute or of a
 * smaller struct_size; DCTX_NOMEM.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_executor_new(const dctx_executor_ops *ops, void *user,
		  dctx_executor **out);

/*
 * Take and give back a reference. NULL is fine. The last one shuts down
 * gracefully and does not wait.
 * Returns: `executor`; NULL. Threads: any. Blocks, allocates: never.
 * Since: 0.1.
 */
DCTX_API dctx_executor *dctx_executor_ref(dctx_executor *executor);
DCTX_API dctx_executor *dctx_executor_unref(dctx_executor *executor);

/*
 * Gives the executor that runs on the thread that submits, before submitting
 * returns.
 * Owns: borrowed, for ever. Returns: never NULL. Threads: any. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API dctx_executor *dctx_executor_inline(void);

/* What a full pool does with one more. Since: 0.1. */
typedef enum dctx_when_full {
	DCTX_FULL_REJECTS = 0, /* DCTX_BUSY, at once */
	/* Waits until there is room, the submitter's context is over or the
	 * pool is shut down. A job of the same pool does not wait, but runs
	 * it. */
	DCTX_FULL_BLOCKS,
	DCTX_FULL_CALLER_RUNS, /* on the thread that submits */
	/* Of those that wait; it completes with DCTX_DROPPED. Where none waits,
	 * as with a thread a job: DCTX_BUSY. */
	DCTX_FULL_DROPS_OLDEST
} dctx_when_full;

/* A pool, or a thread a job; struct_size is DCTX_POOL_SIZE. Since: 0.1. */
typedef struct dctx_pool_options {
	size_t struct_size;
	const char *name; /* 15 bytes of it, for threads and metrics; NULL:
			     "pool" */
	unsigned threads; /* at most; 0: as many as there are processors */
	unsigned queue;	  /* how many wait at most; 0: 64. A thread a job has
			     no queue. */
	dctx_when_full when_full;
	/* Of the threads, read in the call: stack size, guard size, scheduling,
	 * scope. NULL: the default. */
	const pthread_attr_t *attr;
} dctx_pool_options;
#define DCTX_POOL_SIZE sizeof(dctx_pool_options)

/*
 * Make a pool, whose threads begin with the first jobs and stay; or an executor
 * that starts a thread for each job and has no queue. The threads are detached,
 * have all signals blocked, and an empty context between two jobs: one that has
 * not is counted (DCTX_EV_UNCLEAN_WORKER) and emptied. A job that ends its
 * thread (pthread_exit, pthread_cancel) completes with DCTX_CANCELED, and
 * another thread takes its place; none may leave by longjmp.
 *
 * In a fork's child they have no threads and begin new ones. What was queued or
 * ran in the parent, but for the job that forked, completes in the child with
 * DCTX_CANCELED at the first call on the executor or one of its jobs.
 *
 * `options` may be NULL.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out, a smaller struct_size and a
 * when_full that is none; DCTX_NOMEM; DCTX_SYSTEM when the loader cannot keep
 * the library for the threads.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_pool_new(const dctx_pool_options *options, dctx_executor **out);
DCTX_API DCTX_MUST_USE dctx_status
dctx_thread_each_new(const dctx_pool_options *options, dctx_executor **out);

/*
 * Shuts down: takes nothing any more; gracefully runs what was taken, or else
 * completes what waits with DCTX_CANCELED and cancels what runs. Waits until
 * nothing runs any more and no thread is left, or `until`, a point on
 * dctx_now's clock. A graceful one may be followed by one that is not.
 * Returns: DCTX_OK when nothing runs; DCTX_DEADLINE_EXCEEDED at `until`;
 * DCTX_CANCELED and DCTX_DEADLINE_EXCEEDED when the current context is over;
 * DCTX_BUSY, without waiting, from a job of its own; DCTX_INVALID for NULL and
 * dctx_executor_inline; DCTX_NOMEM. But for DCTX_INVALID it takes nothing any
 * more, and goes on without who waited. Threads: any, any number of times.
 * Blocks: so long. Allocates: when it waits below a cancel source. Since: 0.1.
 */
DCTX_API dctx_status dctx_executor_shutdown(dctx_executor *executor,
					    bool graceful, int64_t until);

/* A call that was submitted, counted; it completes once. Since: 0.1. */
typedef struct dctx_job dctx_job;

/*
 * Submits a call under the current context. *out may be NULL: nobody waits.
 * Owns: the caller gets a reference to the job. *out is written on success
 * only, perhaps after the call has run; on an error the call has not run and
 * never will.
 * Returns: DCTX_OK; DCTX_CANCELED and DCTX_DEADLINE_EXCEEDED when the context
 * is over; DCTX_BUSY and DCTX_STALE by the executor; DCTX_INVALID for a NULL,
 * options of a smaller struct_size, unknown flags, a carry that is none or a
 * negative deadline; DCTX_NOMEM; DCTX_SYSTEM when no thread can be had; what an
 * accessor returned. Threads: any. Blocks: with DCTX_FULL_BLOCKS. Allocates:
 * warm, and under a context that was captured before, not. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_submit(
	dctx_executor *executor, void *(*fn)(void *), void *arg,
	const dctx_submit_options *options, dctx_job **out);

/*
 * Take and give back a reference. NULL is fine. A job runs also when nobody has
 * one.
 * Returns: `job`; NULL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_job *dctx_job_ref(dctx_job *job);
DCTX_API dctx_job *dctx_job_unref(dctx_job *job);

/*
 * Waits until a job completed, the current context is over, or `until`, a point
 * on dctx_now's clock. Called in a job of the same executor, it runs the other
 * one itself where that has not begun, also past `until`: so that jobs that
 * wait for jobs do not stop a pool. In a fork's child, a job that waits in a
 * user's table since before the fork is completed with DCTX_CANCELED. The
 * first wait that finds a job completed joins what it gave of gathered keys
 * (dctx/gather.h) in the current context's innermost scope.
 * Returns: DCTX_OK when it completed, whatever became of it;
 * DCTX_DEADLINE_EXCEEDED at `until`; DCTX_CANCELED and DCTX_DEADLINE_EXCEEDED
 * when the current context is over; DCTX_BUSY from the job itself; DCTX_INVALID
 * for NULL; DCTX_NOMEM. A value that could not be joined is counted, and no
 * more. Threads: any. Blocks: so long, and as merges do. Allocates: when it
 * sleeps below a cancel source, unless a warm thread has some left; as a join.
 * Since: 0.1.
 */
DCTX_API dctx_status dctx_job_wait(dctx_job *job, int64_t until);

/*
 * Tells what became of a job. When its call came back, *out_result (may be
 * NULL) gets what it returned; it is written only then.
 * Returns: DCTX_OK: its call came back, whatever it was told meanwhile;
 * DCTX_BUSY: it has not completed; DCTX_DROPPED: it made room for a newer one;
 * DCTX_CANCELED and DCTX_DEADLINE_EXCEEDED: its context was over before it
 * began, or it was shut down, or its thread ended; what else it was dropped
 * with, but DCTX_BUSY is DCTX_DROPPED then; DCTX_LIMIT, DCTX_NOMEM and what an
 * accessor returned: its context could not be brought to the worker;
 * DCTX_INVALID for NULL. This is not noted in dctx_last_error, but for
 * DCTX_INVALID. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_job_status(const dctx_job *job, void **out_result);

/*
 * Cancels a job's context. One that has not begun completes with DCTX_CANCELED
 * before this returns; one that runs is told as dctx_cancel tells. `why` (NULL:
 * "canceled") is copied.
 * Returns: DCTX_OK; DCTX_STALE when it completed or was cancelled before;
 * DCTX_INVALID for NULL. Threads: any. Blocks: in callbacks and destroy
 * functions only. Allocates: the reason. Since: 0.1.
 */
DCTX_API dctx_status dctx_job_cancel(dctx_job *job, const char *why);

/*
 * What an executor has done and does. Of what was submitted (and not rejected)
 * each is in the end one of completed, dropped, cancelled and timed_out, the
 * last two only where its call did not come back. Times are in nanoseconds:
 * bucket i of a histogram counts those below 2^(i+10), the last one all others.
 * Since: 0.1.
 */
typedef struct dctx_executor_stats {
	size_t struct_size;
	uint64_t submitted, completed, rejected, dropped, cancelled, timed_out;
	uint64_t caller_ran; /* by who submitted, or waited */
	uint64_t scatters;   /* that are over; a runner is an item of theirs */
	uint64_t partial;    /* those of them with some slices missing */
	uint64_t slices;     /* that succeeded, on whatever thread */
	uint64_t missing;    /* that did not */
	uint64_t unclean;    /* DCTX_EV_UNCLEAN_WORKER */
	uint64_t running, queued; /* now */
	uint64_t queue_ns[24], run_ns[24];
} dctx_executor_stats;

/*
 * Reads them; each is right, all together nearly of one moment. `out` has its
 * struct_size set.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or a smaller struct_size. Threads:
 * any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_executor_stats_read(const dctx_executor *executor,
					      dctx_executor_stats *out);

/*
 * Writes those of all executors in Prometheus' text format, no NUL, to `buf`,
 * and its length to *out_len. Each has its name and a number as labels. `buf`
 * may be NULL when `size` is 0. dctx_dump shows them, too, from when the first
 * was made.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_TOO_SMALL: what fits is
 * written, and *out_len is what would do now. Threads: any. Blocks: while one
 * is made or freed. Allocates: never. Since: 0.1.
 * Source: Prometheus, Exposition formats, text-based format 0.0.4.
 */
DCTX_API dctx_status dctx_executors_prometheus(char *buf, size_t size,
					       size_t *out_len);

#ifdef __cplusplus
}
#endif
#endif
