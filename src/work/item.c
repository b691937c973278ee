/* SPDX-License-Identifier: MIT */
/* A stand-in for the executors until they are there: a table, and no more. */
#include "work/item.h"

#include "data/fail.h"
#include "plat/heap.h"

struct dctx_executor {
	uint32_t refs;
	const dctx_executor_ops *ops;
	void *user;
};

dctx_status dctx_executor_new(const dctx_executor_ops *ops, void *user,
			      dctx_executor **out)
{
	dctx_executor *executor;

	if (ops == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "executor");
	executor = dctxi_alloc(sizeof *executor);
	if (executor == NULL)
		return dctxi_fail(DCTX_NOMEM, "executor");
	*executor = (dctx_executor){1, ops, user};
	*out = executor;
	return DCTX_OK;
}

dctx_executor *dctx_executor_unref(dctx_executor *executor)
{
	if (executor == NULL ||
	    __atomic_fetch_sub(&executor->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return NULL;
	if (executor->ops->free != NULL)
		executor->ops->free(executor->user);
	dctxi_free(executor, sizeof *executor);
	return NULL;
}

dctx_status dctxi_execute(dctx_executor *executor, dctx_item *item)
{
	item->executor = executor;
	return executor->ops->execute(executor->user, item);
}

void dctx_item_run(dctx_item *item)
{
	item->ops->run(item);
}

void dctx_item_drop(dctx_item *item, dctx_status status)
{
	item->ops->drop(item, status);
}

void **dctx_item_word(dctx_item *item)
{
	return &item->word;
}

int64_t dctx_item_deadline(const dctx_item *item)
{
	return item->deadline;
}
