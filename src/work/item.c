/* SPDX-License-Identifier: MIT */
/*
 * Items: given to an executor, run or dropped by it.
 *
 * Which items this thread runs is a list of records on its stack, the innermost
 * first; nobody else reads it.
 */
#include "work/item.h"

#include "data/fail.h"
#include "plat/clock.h"
#include "plat/local.h"
#include "plat/probe.h"
#include "work/executor.h"

static __thread struct dctxi_running *here;

void dctxi_running_add(struct dctx_executor *executor,
		       struct dctxi_running *running)
{
	running->prev = NULL;
	running->next = executor->running;
	if (running->next != NULL)
		running->next->prev = running;
	executor->running = running;
}

static void running_remove(struct dctxi_running *running)
{
	if (running->next != NULL)
		running->next->prev = running->prev;
	if (running->prev != NULL)
		running->prev->next = running->next;
	else
		running->executor->running = running->next;
}

bool dctxi_item_is_here(const dctx_executor *executor,
			const dctx_runnable *item)
{
	for (const struct dctxi_running *r = here; r != NULL; r = r->outer)
		if ((executor == NULL || r->executor == executor) &&
		    (item == NULL || r->item == item))
			return true;
	return false;
}

uint32_t dctxi_items_here(const dctx_executor *executor)
{
	uint32_t n = 0;

	for (const struct dctxi_running *r = here; r != NULL; r = r->outer)
		n += r->executor == executor && !r->over;
	return n;
}

void dctxi_executor_look_for_end(struct dctx_executor *executor)
{
	if (executor->inflight == 0 && executor->threads == 0)
		dctxi_sleepers_wake(&executor->ends);
}

static void not_in_flight(struct dctx_executor *executor)
{
	dctxi_mutex_lock(&executor->lock);
	executor->inflight--;
	dctxi_executor_look_for_end(executor);
	dctxi_mutex_unlock(&executor->lock);
}

void dctxi_item_gone(struct dctx_runnable *item)
{
	not_in_flight(item->executor);
	item->ops->release(item);
}

/* Whether it may come in; it is in flight then. */
static bool let_in(struct dctx_executor *executor)
{
	bool in;

	dctxi_mutex_lock(&executor->lock);
	in = !executor->shut;
	executor->inflight += in;
	dctxi_mutex_unlock(&executor->lock);
	return in;
}

/* Of an executor that does not keep the count itself. */
static dctx_status let_in_and_execute(dctx_executor *executor,
				      dctx_runnable *item)
{
	dctx_status status;

	if (!let_in(executor))
		return DCTX_STALE;
	dctxi_count(&executor->counts.submitted, 1);
	status = executor->ops->execute(executor->user, item);
	if (status != DCTX_OK) {
		dctxi_count(&executor->counts.submitted, -1);
		not_in_flight(executor);
	}
	return status;
}

dctx_status dctxi_execute(dctx_executor *executor, dctx_runnable *item)
{
	dctx_status status;

	dctxi_executor_settle(executor);
	item->word = NULL;
	item->executor = executor;
	item->submitted = dctxi_clock();
	item->next = item->prev = NULL;
	item->queued = false;
	/* The item may be gone after this. */
	status = executor->keeps ? executor->ops->execute(executor->user, item)
				 : let_in_and_execute(executor, item);
	if (status == DCTX_OK)
		return DCTX_OK;
	dctxi_count(&executor->counts.rejected, 1);
	return dctxi_fail(status, executor->name);
}

bool dctxi_item_take(dctx_runnable *item)
{
	dctx_executor *executor = item->executor;

	dctxi_executor_settle(executor);
	return executor->ops->take != NULL &&
	       executor->ops->take(executor->user, item);
}

void dctxi_running_begin(struct dctxi_running *running, dctx_runnable *item)
{
	*running = (struct dctxi_running){.item = item,
					  .executor = item->executor};
	dctxi_running_add(item->executor, running);
}

void dctxi_running_end(struct dctxi_running *running)
{
	here = running->outer;
	running_remove(running);
	running->executor->inflight--;
}

static void run(struct dctxi_running *running, int64_t now,
		void (*lost)(void *))
{
	dctx_runnable *item = running->item;

	running->began = now;
	running->held = dctxi_held();
	dctxi_count_begun(running->executor, now - item->submitted);
	running->outer = here;
	here = running;
	DCTXI_PROBE3(run_begin, running->executor->name, item,
		     now - item->submitted);
	pthread_cleanup_push(lost, running);
	item->ops->run(item);
	pthread_cleanup_pop(0);
	DCTXI_PROBE2(run_end, running->executor->name, item);
}

/* What accessors set is restored before the item is over, not when the thread's
 * locals end: nobody waits for that. */
static void lost(void *arg)
{
	struct dctxi_running *running = arg;

	dctxi_give_up(running->held);
	running->item->ops->lost(running->item);
}

void dctxi_item_run(struct dctxi_running *running)
{
	run(running, dctxi_clock(), lost);
}

static void end(struct dctxi_running *running)
{
	dctx_executor *executor = running->executor;

	dctxi_mutex_lock(&executor->lock);
	dctxi_running_end(running);
	dctxi_executor_look_for_end(executor);
	dctxi_mutex_unlock(&executor->lock);
	running->item->ops->release(running->item);
}

static void lost_and_end(void *running)
{
	lost(running);
	end(running);
}

void dctx_runnable_run(dctx_runnable *item)
{
	struct dctxi_running running;

	dctxi_mutex_lock(&item->executor->lock);
	dctxi_running_begin(&running, item);
	dctxi_mutex_unlock(&item->executor->lock);
	run(&running, dctxi_clock(), lost_and_end);
	end(&running);
}

static void end_inline(struct dctxi_running *running)
{
	here = running->outer;
	running->item->ops->release(running->item);
}

static void lost_inline(void *running)
{
	lost(running);
	end_inline(running);
}

void dctxi_item_run_inline(dctx_runnable *item)
{
	struct dctxi_running running = {.item = item,
					.executor = item->executor};

	/* It did not wait. */
	run(&running, item->submitted, lost_inline);
	end_inline(&running);
}

void dctxi_item_over(dctx_runnable *item, dctx_status status)
{
	dctx_executor *executor = item->executor;

	here->over = true;
	if (status == DCTX_OK)
		dctxi_count_completed(executor, dctxi_clock() - here->began);
	else
		dctxi_count_end(executor, status);
}

void dctx_runnable_drop(dctx_runnable *item, dctx_status status)
{
	dctx_executor *executor = item->executor;

	if (status == DCTX_OK)
		status = DCTX_CANCELED;
	if (status == DCTX_BUSY)
		status = DCTX_DROPPED;
	dctxi_count(&executor->counts.unrun, 1);
	dctxi_count_end(executor, status);
	item->ops->drop(item, status);
	dctxi_item_gone(item);
}

void **dctx_runnable_word(dctx_runnable *item)
{
	return &item->word;
}

int64_t dctx_runnable_deadline(const dctx_runnable *item)
{
	return item->deadline;
}
