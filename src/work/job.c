/* SPDX-License-Identifier: MIT */
#include "work/job.h"

#include "data/fail.h"
#include "data/snapshot.h"
#include "life/source.h"
#include "plat/fork.h"
#include "plat/heap.h"
#include "work/gather.h"

static struct dctx_job *spare_take(dctx_executor *executor)
{
	struct dctx_job *job;

	dctxi_mutex_lock(&executor->spare_lock);
	job = executor->spare;
	if (job != NULL) {
		executor->spare = job->next;
		executor->spares--;
	}
	dctxi_mutex_unlock(&executor->spare_lock);
	return job;
}

static bool spare_keep(dctx_executor *executor, struct dctx_job *job)
{
	bool kept;

	dctxi_mutex_lock(&executor->spare_lock);
	/* Relaxed: whoever shuts down gives back what is kept after that. */
	kept = executor->spares < DCTXI_SPARES &&
	       !__atomic_load_n(&executor->shut, __ATOMIC_RELAXED);
	if (kept) {
		job->next = executor->spare;
		executor->spare = job;
		executor->spares++;
	}
	dctxi_mutex_unlock(&executor->spare_lock);
	return kept;
}

static void job_free(struct dctx_job *job)
{
	dctxi_cell_drop(job->cell);
	dctxi_free(job, sizeof *job);
}

/* Those that are kept hold the executor, too: it has been shut down before it
 * goes. */
void dctxi_jobs_give_back(struct dctx_executor *executor)
{
	struct dctx_job *job = spare_take(executor);

	for (; job != NULL; job = spare_take(executor)) {
		job_free(job);
		dctxi_executor_drop(executor);
	}
}

/* A job with nothing but a cell, perhaps. Holds the executor. */
static struct dctx_job *job_new(dctx_executor *executor)
{
	struct dctx_job *job = spare_take(executor);
	struct dctxi_cell *cell = NULL;

	if (job != NULL) {
		cell = job->cell;
	} else {
		job = dctxi_alloc(sizeof *job);
		if (job == NULL)
			return NULL;
		dctxi_executor_hold(executor);
	}
	*job = (struct dctx_job){
		.item = {.ops = &dctxi_job_ops, .executor = executor}};
	job->cell = cell;
	job->born = dctxi_fork_count();
	return job;
}

/* The last reference of an item may be that of its executor. */
static void job_end(struct dctx_job *job)
{
	dctx_executor *executor = job->item.executor;

	(void)dctx_snapshot_unref(job->gathered);
	if (job->cell != NULL && dctxi_cell_unused(job->cell)) {
		dctxi_cell_renew(job->cell, NULL, DCTX_NO_DEADLINE);
	} else {
		dctxi_cell_drop(job->cell);
		job->cell = NULL;
	}
	if (spare_keep(executor, job))
		return;
	job_free(job);
	dctxi_executor_drop(executor);
}

dctx_job *dctx_job_ref(dctx_job *job)
{
	/* Relaxed: the caller already has a reference. */
	if (job != NULL)
		__atomic_fetch_add(&job->refs, 1, __ATOMIC_RELAXED);
	return job;
}

dctx_job *dctx_job_unref(dctx_job *job)
{
	/* Release what this thread read; acquire what others did. */
	if (job != NULL &&
	    __atomic_fetch_sub(&job->refs, 1, __ATOMIC_ACQ_REL) == 1)
		job_end(job);
	return NULL;
}

/* What can be cancelled of this job alone: below what it was submitted under,
 * no later than that. */
static dctx_status cell_make(struct dctx_job *job, const dctx_store *store,
			     int64_t deadline)
{
	struct dctxi_cell *above = dctxi_cell_of(store->cell);

	if (store->deadline < deadline)
		deadline = store->deadline;
	job->item.deadline = deadline;
	if (job->cell != NULL) {
		dctxi_cell_renew(job->cell, above, deadline);
		return DCTX_OK;
	}
	job->cell = dctxi_cell_new(DCTXI_CELL_SOURCE, above, deadline);
	return job->cell != NULL ? DCTX_OK : DCTX_NOMEM;
}

static dctx_source *source_of(struct dctx_job *job)
{
	return (dctx_source *)(void *)job->cell;
}

/* Forked: the store begins under the job's source. */
static dctx_status fork_make(struct dctx_job *job, dctx_store *store)
{
	dctx_status status = dctx_store_fork(store, &job->fork);

	if (status != DCTX_OK)
		return status;
	status = dctx_store_add_source(job->fork, source_of(job));
	if (status == DCTX_OK)
		status = dctx_store_set_deadline(job->fork, job->item.deadline);
	return status;
}

static dctx_status fill(struct dctx_job *job, const dctx_submit_options *o)
{
	dctx_store *store = dctx_current();
	int64_t deadline = DCTX_NO_DEADLINE;
	dctx_status status;

	if (o != NULL && o->deadline != 0)
		deadline = o->deadline;
	status = dctxi_along_begin(&job->along, o, &job->call);
	if (status != DCTX_OK)
		return status;
	job->name = o != NULL ? o->name : NULL;
	status = cell_make(job, store, deadline);
	if (status != DCTX_OK)
		return dctxi_fail(status, "submit");
	if (o != NULL && o->flags & DCTX_SUBMIT_FORK)
		return fork_make(job, store);
	return dctx_store_capture(store, &job->snapshot);
}

static dctx_status submit(dctx_executor *executor, struct dctx_job *job,
			  const dctx_submit_options *options, dctx_job **out)
{
	dctx_status status = fill(job, options);

	job->refs = out != NULL ? 2 : 1;
	if (status == DCTX_OK)
		status = dctxi_execute(executor, &job->item);
	if (status == DCTX_OK) {
		if (out != NULL)
			*out = job;
		return DCTX_OK;
	}
	dctxi_job_strip(job);
	job_end(job);
	return status;
}

dctx_status dctx_submit(dctx_executor *executor, void *(*fn)(void *), void *arg,
			const dctx_submit_options *options, dctx_job **out)
{
	struct dctx_job *job;
	dctx_status status;

	if (executor == NULL || fn == NULL || !dctxi_carry_fits(options) ||
	    (options != NULL && options->deadline < 0))
		return dctxi_fail(DCTX_INVALID, "submit");
	status = dctx_done();
	if (status != DCTX_OK)
		return dctxi_fail(status, "submit");
	job = job_new(executor);
	if (job == NULL)
		return dctxi_fail(DCTX_NOMEM, "submit");
	job->call = (dctx_call){.run = fn, .arg = arg};
	return submit(executor, job, options, out);
}

/* Acquire what the job did. */
static bool is_done(void *arg)
{
	const struct dctx_job *job = arg;

	return (__atomic_load_n(&job->state, __ATOMIC_ACQUIRE) &
		DCTXI_JOB_STATE) == DCTXI_JOB_DONE;
}

/* Under the lock of the executor. */
static bool is_done_or_waited(void *arg)
{
	struct dctx_job *job = arg;

	/* Acquire what the job did; release the place in the list. */
	return (__atomic_fetch_or(&job->state, DCTXI_JOB_WAITED,
				  __ATOMIC_ACQ_REL) &
		DCTXI_JOB_STATE) == DCTXI_JOB_DONE;
}

/* Joins what a job gave, if nobody has. A merge may jump away. */
static void join(struct dctx_job *job)
{
	struct dctxi_scratch *scratch = NULL;
	dctx_snapshot *gave = NULL;

	/* Who saw that it is done has acquired it. */
	if (__atomic_load_n(&job->gathered, __ATOMIC_RELAXED) != NULL)
		gave = __atomic_exchange_n(&job->gathered, NULL,
					   __ATOMIC_RELAXED);
	if (gave == NULL)
		return;
	if (!dctxi_scratch_begin(&scratch)) {
		(void)dctx_snapshot_unref(gave);
		dctxi_event(DCTX_EV_DROPPED_WRITE, DCTX_NOMEM, "gather");
		return;
	}
	scratch->snapshot = gave;
	(void)dctx_store_gather_join(dctx_current(), &gave, 1);
	dctxi_scratch_end(scratch);
}

/* Whether a job was left in the queue of a user's table by the parent of this
 * fork's child: it is over then, since who waits here is who might run it. Of
 * our own pools that is known (dctxi_executor_settle). */
static bool was_left(struct dctx_job *job)
{
	if (job->born == dctxi_fork_count() || !dctxi_job_claim(job))
		return false;
	dctxi_job_strip(job);
	dctxi_job_complete(job, DCTX_CANCELED);
	return true;
}

/* Returns: as dctx_job_wait. */
static dctx_status wait_for(struct dctx_job *job, int64_t until)
{
	struct dctxi_sleep sleep = {.holds = is_done_or_waited, .arg = job};
	dctx_status status;

	if (is_done(job))
		return DCTX_OK;
	if (dctxi_item_is_here(NULL, &job->item))
		return dctxi_fail(DCTX_BUSY, "wait");
	/* The thread that this one takes from its pool does the job. */
	if (dctxi_item_is_here(job->item.executor, NULL) &&
	    dctx_done() == DCTX_OK && dctxi_item_take(&job->item)) {
		dctxi_count(&job->item.executor->counts.caller_ran, 1);
		dctx_runnable_run(&job->item);
		return DCTX_OK;
	}
	if (was_left(job))
		return DCTX_OK;
	sleep.lock = &job->item.executor->lock;
	sleep.list = &job->sleepers;
	sleep.until = until;
	dctxi_mutex_lock(sleep.lock);
	status = dctxi_sleep_until(&sleep);
	dctxi_mutex_unlock(sleep.lock);
	return status;
}

dctx_status dctx_job_wait(dctx_job *job, int64_t until)
{
	dctx_status status;

	if (job == NULL)
		return dctxi_fail(DCTX_INVALID, "wait");
	dctxi_executor_settle(job->item.executor);
	status = wait_for(job, until);
	if (status == DCTX_OK)
		join(job);
	return status;
}

dctx_status dctx_job_status(const dctx_job *job, void **out_result)
{
	if (job == NULL)
		return dctxi_fail(DCTX_INVALID, "job");
	if (!is_done((void *)(uintptr_t)job))
		return DCTX_BUSY;
	if (job->status == DCTX_OK && out_result != NULL)
		*out_result = job->result;
	return job->status;
}

dctx_status dctx_job_cancel(dctx_job *job, const char *why)
{
	dctx_status status;

	if (job == NULL)
		return dctxi_fail(DCTX_INVALID, "job");
	dctxi_executor_settle(job->item.executor);
	if (is_done(job))
		return DCTX_STALE;
	status = dctx_source_cancel_at(source_of(job), why, NULL, 0);
	if (status != DCTX_OK)
		return status;
	if (dctxi_item_take(&job->item)) {
		dctx_runnable_drop(&job->item, DCTX_CANCELED);
	} else if (dctxi_job_claim(job)) {
		dctxi_job_strip(job);
		dctxi_job_complete(job, DCTX_CANCELED);
	}
	return DCTX_OK;
}
