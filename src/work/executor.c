/* SPDX-License-Identifier: MIT */
#include "work/executor.h"

#include "data/fail.h"
#include "plat/fork.h"
#include "plat/heap.h"
#include "work/metrics.h"

void dctxi_executor_begin(struct dctx_executor *executor,
			  const dctx_executor_ops *ops, void *user,
			  const char *name)
{
	executor->ops = ops;
	executor->user = user;
	executor->name = name;
	executor->refs = 1;
	executor->users = 1;
	executor->born = dctxi_fork_count();
	dctxi_executors_add(executor);
	dctxi_metrics_show();
}

void dctxi_executor_hold(struct dctx_executor *executor)
{
	/* Relaxed: the caller already has a reference. */
	__atomic_fetch_add(&executor->refs, 1, __ATOMIC_RELAXED);
}

void dctxi_executor_drop(struct dctx_executor *executor)
{
	/* Release what this thread did; acquire what others did. */
	if (__atomic_fetch_sub(&executor->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	dctxi_executors_remove(executor);
	executor->ops->free(executor->user);
}

/* An executor of a user's table. */
struct tabled {
	struct dctx_executor executor;
	const dctx_executor_ops *ops;
	void *user;
};

static dctx_status tabled_execute(void *user, dctx_runnable *item)
{
	struct tabled *tabled = user;

	return tabled->ops->execute(tabled->user, item);
}

static bool tabled_take(void *user, dctx_runnable *item)
{
	struct tabled *tabled = user;

	return tabled->ops->take != NULL &&
	       tabled->ops->take(tabled->user, item);
}

static void tabled_shutdown(void *user, bool graceful)
{
	struct tabled *tabled = user;

	if (tabled->ops->shutdown != NULL)
		tabled->ops->shutdown(tabled->user, graceful);
}

static void tabled_free(void *user)
{
	struct tabled *tabled = user;
	const dctx_executor_ops *ops = tabled->ops;
	void *theirs = tabled->user;

	dctxi_free(tabled, sizeof *tabled);
	if (ops->free != NULL)
		ops->free(theirs);
}

static const dctx_executor_ops tabled_ops = {
	.struct_size = sizeof tabled_ops,
	.name = "executor",
	.execute = tabled_execute,
	.take = tabled_take,
	.shutdown = tabled_shutdown,
	.free = tabled_free,
};

dctx_status dctx_executor_new(const dctx_executor_ops *ops, void *user,
			      dctx_executor **out)
{
	struct tabled *tabled;

	if (ops == NULL || out == NULL || ops->execute == NULL ||
	    ops->struct_size < sizeof *ops)
		return dctxi_fail(DCTX_INVALID, "executor");
	tabled = dctxi_alloc(sizeof *tabled);
	if (tabled == NULL)
		return dctxi_fail(DCTX_NOMEM, "executor");
	*tabled = (struct tabled){.ops = ops, .user = user};
	tabled->executor.at_once = ops->at_once;
	dctxi_executor_begin(&tabled->executor, &tabled_ops, tabled,
			     ops->name != NULL ? ops->name : "executor");
	*out = &tabled->executor;
	return DCTX_OK;
}

/* The static one is not counted. */
dctx_executor *dctx_executor_ref(dctx_executor *executor)
{
	if (executor != NULL && executor != &dctxi_inline)
		__atomic_fetch_add(&executor->users, 1, __ATOMIC_RELAXED);
	return executor;
}

dctx_executor *dctx_executor_unref(dctx_executor *executor)
{
	if (executor == NULL || executor == &dctxi_inline ||
	    __atomic_fetch_sub(&executor->users, 1, __ATOMIC_ACQ_REL) != 1)
		return NULL;
	dctxi_executor_settle(executor);
	dctxi_executor_stop(executor, true);
	dctxi_executor_drop(executor);
	return NULL;
}

/* One that runs and was not told of this shutdown yet, held; NULL: none. */
static struct dctx_runnable *next_to_cancel(struct dctx_executor *executor,
					    uint32_t shutdown)
{
	struct dctx_runnable *item = NULL;

	dctxi_mutex_lock(&executor->lock);
	for (struct dctxi_running *r = executor->running; r != NULL;
	     r = r->next)
		if (r->told < shutdown) {
			r->told = shutdown;
			item = r->item;
			item->ops->hold(item);
			break;
		}
	dctxi_mutex_unlock(&executor->lock);
	return item;
}

void dctxi_executor_stop(struct dctx_executor *executor, bool graceful)
{
	struct dctx_runnable *item;
	uint32_t shutdown;
	bool first;

	dctxi_mutex_lock(&executor->lock);
	first = !executor->shut;
	__atomic_store_n(&executor->shut, true, __ATOMIC_RELAXED);
	shutdown = executor->shutdowns += !graceful;
	dctxi_mutex_unlock(&executor->lock);
	if ((first || !graceful) && executor->ops->shutdown != NULL)
		executor->ops->shutdown(executor->user, graceful);
	dctxi_jobs_give_back(executor);
	while (!graceful &&
	       (item = next_to_cancel(executor, shutdown)) != NULL) {
		item->ops->cancel(item);
		item->ops->release(item);
	}
}

static bool has_ended(void *arg)
{
	const struct dctx_executor *executor = arg;

	return executor->inflight == 0 && executor->threads == 0;
}

dctx_status dctx_executor_shutdown(dctx_executor *executor, bool graceful,
				   int64_t until)
{
	struct dctxi_sleep sleep = {.holds = has_ended, .arg = executor};
	dctx_status status;

	if (executor == NULL || executor == &dctxi_inline)
		return dctxi_fail(DCTX_INVALID, "shutdown");
	sleep.lock = &executor->lock;
	sleep.list = &executor->ends;
	sleep.until = until;
	dctxi_executor_settle(executor);
	/* What is cancelled may drop the caller's reference. */
	dctxi_executor_hold(executor);
	dctxi_executor_stop(executor, graceful);
	if (dctxi_item_is_here(executor, NULL)) {
		status = dctxi_fail(DCTX_BUSY, "shutdown");
	} else {
		dctxi_mutex_lock(&executor->lock);
		status = dctxi_sleep_until(&sleep);
		dctxi_mutex_unlock(&executor->lock);
	}
	dctxi_executor_drop(executor);
	return status;
}
