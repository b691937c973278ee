/* SPDX-License-Identifier: MIT */
/*
 * An executor from inside.
 *
 * Theory. One lock an executor: for its list of running items, for who waits
 * for its jobs, its room and its end, and for a pool's queue and threads. It is
 * held for a few instructions, and no user's code runs under it. The jobs it
 * keeps for the next submit have a lock of their own, which workers do not wait
 * for.
 *
 * `refs` holds the memory: all references of users together have one, each
 * thread, and whoever makes items as long as it has any here. The last one
 * calls ops->free. `users` are the users' own; the last one shuts down.
 *
 * An item is in flight from before `execute` until it has been run or dropped
 * and is in no list any more. Shutting down waits until none is in flight and
 * no thread is left. What runs is a list of records on the stacks of the
 * threads that run it, so that an immediate shutdown can cancel all of it,
 * whoever's table the executor is. The inline executor, which nobody shuts down
 * or has a handle of before its job is over, has neither.
 *
 * fork(2): the handlers take the lock of the list of executors and those of
 * each executor, so a child finds them whole. It finds out at its first call
 * (dctxi_executor_settle) that it is a child: then items that wait are dropped,
 * those that run on threads of the parent's are completed with DCTX_CANCELED,
 * and there are no threads. What the forking thread itself runs goes on.
 *
 * Counters are atomic and relaxed: each is right, all together nearly.
 */
#ifndef DCTXI_EXECUTOR_H
#define DCTXI_EXECUTOR_H

#include "work/item.h"
#include "work/sleeper.h"

#define DCTXI_BUCKETS 24
#define DCTXI_SHARES 4

/* How long items waited, of each that began; and how long they ran, of each
 * that completed. */
struct dctxi_times {
	uint64_t queue_ns[DCTXI_BUCKETS], run_ns[DCTXI_BUCKETS];
	uint64_t queue_sum, run_sum;
};

/*
 * What dctx_executor_stats says, all atomic. What can be told from the rest is
 * not counted: as many have begun as there are times that items waited, as many
 * have completed as there are times that they ran; so many wait, and run, as
 * are between. Threads have the times in shares, so that two workers seldom
 * write to one line.
 */
struct dctxi_counts {
	uint64_t submitted, rejected, dropped, cancelled, timed_out;
	uint64_t unrun; /* of the last three, those that never began */
	uint64_t caller_ran, scatters, partial, slices, missing, unclean;
	struct dctxi_times times[DCTXI_SHARES];
};

struct dctxi_running {
	struct dctx_runnable *item;
	struct dctx_executor *executor;
	struct dctxi_running *next, *prev; /* the executor's */
	struct dctxi_running *outer;	   /* this thread's */
	int64_t began;
	void *held; /* what hung on this thread then (plat/local.h) */
	uint32_t told; /* by which shutdown */
	bool over;     /* it was counted so */
};

struct dctx_job;

struct dctx_executor {
	const dctx_executor_ops *ops;
	void *user;
	const char *name;
	uint64_t id; /* of the process's executors; the inline one is 0 */
	uint32_t refs, users;
	struct dctx_executor *next, *prev; /* of all; under their lock */
	struct dctxi_mutex lock;
	/* Under the lock: */
	uint32_t born;	    /* dctxi_fork_count; atomic */
	uint32_t shutdowns; /* immediate ones */
	uint32_t threads;
	uint64_t inflight;
	struct dctxi_running *running;
	struct dctxi_sleepers ends; /* who waits for the end */
	bool shut;		    /* atomic: read without the lock, too */
	unsigned at_once;	    /* as in its table; set once */
	bool keeps; /* its `execute` counts what is submitted and in flight, and
		       asks `shut`; set once */
	struct dctx_runnable *orphaned; /* in a child: ran in the parent */
	/* What a pool does in a fork's child, under the lock: gives what it
	 * had queued, a list by `next`, and forgets its threads, whose number
	 * it returns. NULL: nothing. */
	uint32_t (*forked)(struct dctx_executor *executor,
			   struct dctx_runnable **out_queued);
	struct dctxi_mutex spare_lock; /* nothing else is locked under it */
	struct dctx_job *spare;
	uint32_t spares;
	struct dctxi_counts counts;
};

/* The first one, which is always there. */
extern struct dctx_executor dctxi_inline;

/* Fills in a new executor and puts it on the list of all. */
void dctxi_executor_begin(struct dctx_executor *executor,
			  const dctx_executor_ops *ops, void *user,
			  const char *name);

void dctxi_executor_hold(struct dctx_executor *executor);
void dctxi_executor_drop(struct dctx_executor *executor);

/* Under the lock. */
void dctxi_running_add(struct dctx_executor *executor,
		       struct dctxi_running *running);

/*
 * In three steps what dctx_runnable_run does in one. Under the lock: the item
 * is on the list of what runs. Not under it: it runs. Under it, on the thread
 * that ran it: it is off the list and not in flight any more; what is left to
 * do is to look for the end, if no thread of the executor's is here, and to
 * give the item back.
 */
void dctxi_running_begin(struct dctxi_running *running,
			 struct dctx_runnable *item);
void dctxi_item_run(struct dctxi_running *running);
void dctxi_running_end(struct dctxi_running *running);

/* The same of the inline executor's, which has no such list. */
void dctxi_item_run_inline(struct dctx_runnable *item);

/* How many of an executor's items this thread runs, one inside another, that
 * were not counted as over. */
uint32_t dctxi_items_here(const struct dctx_executor *executor);

/* An item that was taken is over, and is not on the list of what runs: it is
 * not in flight any more, and is given back. */
void dctxi_item_gone(struct dctx_runnable *item);

/* In a fork's child, at its first call: see above. */
void dctxi_executor_settle(struct dctx_executor *executor);

/* The list of all: under its lock, which fork takes, too. */
void dctxi_executors_lock(void);
void dctxi_executors_unlock(void);
void dctxi_executors_add(struct dctx_executor *executor);
void dctxi_executors_remove(struct dctx_executor *executor);

/* Calls the table's shutdown, once graceful and once not. */
void dctxi_executor_stop(struct dctx_executor *executor, bool graceful);

/* Frees the jobs that are kept. */
void dctxi_jobs_give_back(struct dctx_executor *executor);

/* Under the lock: an item or a thread less. */
void dctxi_executor_look_for_end(struct dctx_executor *executor);

static inline void dctxi_count(uint64_t *counter, int64_t n)
{
	__atomic_fetch_add(counter, (uint64_t)n, __ATOMIC_RELAXED);
}

/* Counts an item that begins after so long, and one that completed. */
void dctxi_count_begun(struct dctx_executor *executor, int64_t ns);
void dctxi_count_completed(struct dctx_executor *executor, int64_t ns);

/* Counts one that ended otherwise, by a status that is not DCTX_OK. */
void dctxi_count_end(struct dctx_executor *executor, dctx_status status);

/* How many run, nearly. */
uint64_t dctxi_count_running(const struct dctx_executor *executor);

/* All shares together. */
void dctxi_times_sum(const struct dctx_executor *executor,
		     struct dctxi_times *out);

#endif
