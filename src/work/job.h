/* SPDX-License-Identifier: MIT */
/*
 * A job: an item with a call, its context and its handle.
 *
 * Theory. Whoever moves `state` from WAITS to CLAIMED completes the job: the
 * thread that runs it, or drops it, or a canceller. It alone writes `result`
 * and `status`, and then sets DONE with release; readers acquire it. WAITED is
 * set under the executor's lock by who sleeps in `sleepers`, so that a job
 * nobody waits for completes without the lock.
 *
 * References: the handle's and the item's. The context (snapshot or forked
 * store, what goes along) belongs to whoever claimed the job, who gives it
 * back before the job is done; the source stays, since a canceller may use it
 * as long as there is a handle. So does what it gave of gathered keys, until
 * the first who waits exchanges it for NULL and joins it.
 *
 * A job that nobody refers to any more is kept by its executor, with its cell
 * if nobody else holds that, and its own reference of the executor, for the
 * next submit: so that a warm executor allocates nothing, whoever ends its
 * jobs. At most DCTXI_SPARES of them; none after a shutdown.
 */
#ifndef DCTXI_JOB_H
#define DCTXI_JOB_H

#include "data/cell.h"
#include "work/along.h"
#include "work/executor.h"
#include "work/work.h"

#define DCTXI_SPARES 256

enum { DCTXI_JOB_WAITS, DCTXI_JOB_CLAIMED, DCTXI_JOB_DONE };
#define DCTXI_JOB_STATE 3u
#define DCTXI_JOB_WAITED 4u

struct dctx_job {
	struct dctx_runnable item; /* first */
	uint32_t refs;
	uint32_t state;
	struct dctxi_sleepers sleepers;
	dctx_call call;
	void *result;
	dctx_status status;
	dctx_snapshot *snapshot;
	dctx_store *fork; /* or this, with DCTX_SUBMIT_FORK */
	struct dctxi_cell *cell;
	const char *name;
	uint32_t born; /* dctxi_fork_count then */
	dctx_snapshot *gathered; /* until somebody has joined it */
	struct dctxi_along along;
	struct dctxi_call here; /* while it runs under its snapshot */
	struct dctx_job *next;	/* of those that are kept */
};

extern const struct dctxi_item_ops dctxi_job_ops;

/* Claims a job; false: somebody else has. */
bool dctxi_job_claim(struct dctx_job *job);

/* Gives back what it runs under and has along. */
void dctxi_job_strip(struct dctx_job *job);

/* The end of a claimed job. */
void dctxi_job_complete(struct dctx_job *job, dctx_status status);

static inline struct dctx_job *dctxi_job_of(struct dctx_runnable *item)
{
	return (struct dctx_job *)(void *)item;
}

#endif
