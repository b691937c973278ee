/* SPDX-License-Identifier: MIT */
/* What an executor does with a job: runs it under its context, or drops it. */
#include "data/fail.h"
#include "flow/attach.h"
#include "flow/here.h"
#include "plat/futex.h"
#include "work/gather.h"
#include "work/job.h"

bool dctxi_job_claim(struct dctx_job *job)
{
	uint32_t state = __atomic_load_n(&job->state, __ATOMIC_RELAXED);

	while ((state & DCTXI_JOB_STATE) == DCTXI_JOB_WAITS)
		/* Acquire what the one who submits wrote. */
		if (__atomic_compare_exchange_n(
			    &job->state, &state, state | DCTXI_JOB_CLAIMED,
			    false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

void dctxi_job_strip(struct dctx_job *job)
{
	dctx_snapshot *snapshot = job->snapshot;
	dctx_store *fork = job->fork;

	job->snapshot = NULL;
	job->fork = NULL;
	dctxi_along_end(&job->along);
	(void)dctx_task_free(fork);
	(void)dctx_snapshot_unref(snapshot);
}

void dctxi_job_complete(struct dctx_job *job, dctx_status status)
{
	dctx_executor *executor = job->item.executor;
	uint32_t before, *word;

	job->status = status;
	/* Release the result; acquire the list of who waits. */
	before = __atomic_exchange_n(&job->state, DCTXI_JOB_DONE,
				     __ATOMIC_ACQ_REL);
	if (!(before & DCTXI_JOB_WAITED))
		return;
	dctxi_mutex_lock(&executor->lock);
	word = dctxi_sleepers_call(&job->sleepers);
	dctxi_mutex_unlock(&executor->lock);
	if (word != NULL)
		dctxi_futex_wake(word, 1);
}

/* Brings the job's context here, without the share of who submitted. On an
 * error nothing is to be ended. */
static dctx_status context_begin(struct dctx_job *job)
{
	dctx_status status;

	if (job->fork != NULL) {
		status = dctx_store_gather_begin(job->fork);
		if (status == DCTX_OK)
			dctx_task_enter(job->fork);
		return status;
	}
	job->here.host = dctx_current();
	status = dctxi_attach_under(job->here.host, job->snapshot, job->cell,
				    job->item.deadline, &job->here.guard);
	if (status != DCTX_OK || dctxi_gather_idle())
		return status;
	status = dctx_store_gather_begin(job->here.host);
	if (status != DCTX_OK)
		dctx_leave(job->here.guard);
	return status;
}

static void context_end(struct dctx_job *job)
{
	if (job->fork == NULL) {
		dctxi_call_end(&job->here);
	} else if (dctxi_is_here(job->fork)) {
		dctxi_task_leave_above(job->fork);
		dctx_task_leave(job->fork);
	}
}

/* For who waits, if somebody may. Without memory a share is lost, and that is
 * counted. */
static void share_take(struct dctx_job *job)
{
	dctx_status status;

	/* Relaxed: who has no reference gets none. */
	if (__atomic_load_n(&job->refs, __ATOMIC_RELAXED) == 1)
		return;
	status = dctx_store_gather_take(
		job->fork != NULL ? job->fork : job->here.host, &job->gathered);
	if (status != DCTX_OK)
		dctxi_event(DCTX_EV_DROPPED_WRITE, status, "gather");
}

/* A name that cannot be entered is counted, and no more. */
static dctx_status call(struct dctx_job *job)
{
	dctx_status status = context_begin(job);

	if (status != DCTX_OK)
		return status;
	status = dctx_done();
	if (status == DCTX_OK) {
		if (job->name != NULL)
			(void)dctx_enter(job->name);
		status = dctxi_along_run(&job->along, &job->call, &job->result);
		if (status == DCTX_OK)
			share_take(job);
	}
	context_end(job);
	return status;
}

static void run(struct dctx_runnable *item)
{
	struct dctx_job *job = dctxi_job_of(item);
	dctx_status status;

	/* One that was cancelled while it waited is completed already. */
	if (!dctxi_job_claim(job)) {
		dctxi_item_over(item, DCTX_CANCELED);
		return;
	}
	status = call(job);
	dctxi_item_over(item, status);
	dctxi_job_strip(job);
	dctxi_job_complete(job, status);
}

static void drop(struct dctx_runnable *item, dctx_status status)
{
	struct dctx_job *job = dctxi_job_of(item);

	if (!dctxi_job_claim(job))
		return;
	dctxi_job_strip(job);
	dctxi_job_complete(job, status);
}

static bool is_done(const struct dctx_job *job)
{
	return (__atomic_load_n(&job->state, __ATOMIC_ACQUIRE) &
		DCTXI_JOB_STATE) == DCTXI_JOB_DONE;
}

/* What the thread's end leaves open is left here, as long as the job's
 * snapshot is there. */
static void lost(struct dctx_runnable *item)
{
	struct dctx_job *job = dctxi_job_of(item);

	if (is_done(job))
		return;
	if (job->snapshot != NULL || job->fork != NULL) {
		context_end(job);
		dctxi_item_over(item, DCTX_CANCELED);
	}
	dctxi_job_strip(job);
	dctxi_job_complete(job, DCTX_CANCELED);
}

/* The context is attached on a thread that is not here: the references are that
 * thread's, and stay. */
static void orphan(struct dctx_runnable *item)
{
	struct dctx_job *job = dctxi_job_of(item);

	if (is_done(job))
		return;
	job->snapshot = NULL;
	job->fork = NULL;
	dctxi_job_complete(job, DCTX_CANCELED);
}

static void cancel(struct dctx_runnable *item)
{
	(void)dctx_job_cancel(dctxi_job_of(item), "shutdown");
}

static void hold(struct dctx_runnable *item)
{
	(void)dctx_job_ref(dctxi_job_of(item));
}

static void release(struct dctx_runnable *item)
{
	(void)dctx_job_unref(dctxi_job_of(item));
}

const struct dctxi_item_ops dctxi_job_ops = {
	.run = run,
	.drop = drop,
	.lost = lost,
	.orphan = orphan,
	.cancel = cancel,
	.hold = hold,
	.release = release,
};
