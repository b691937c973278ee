/* SPDX-License-Identifier: MIT */
/*
 * Builders. A builder is a store that no thread enters, over its parent; what
 * freezes it is a capture. Its log begins with it, so that there is a scope to
 * keep the first failure, which freeze asks for.
 */
#include "data/fail.h"
#include "flow/log.h"
#include "plat/heap.h"

#include <dctx/builder.h>

struct dctx_builder {
	struct dctx_store store;
};

dctx_status dctx_builder_child(dctx_snapshot *parent, dctx_builder **out)
{
	dctx_builder *builder;
	dctx_store *store;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "builder");
	builder = dctxi_alloc(sizeof *builder);
	if (builder == NULL)
		return dctxi_fail(DCTX_NOMEM, "builder");
	(void)!dctx_task_init(&builder->store, sizeof builder->store, parent,
			      &store);
	if (dctxi_log_begin(store) != DCTX_OK) {
		(void)dctx_builder_free(builder);
		return dctxi_fail(DCTX_NOMEM, "builder");
	}
	*out = builder;
	return DCTX_OK;
}

dctx_status dctx_builder_background(dctx_builder **out)
{
	return dctx_builder_child(NULL, out);
}

dctx_store *dctx_builder_store(dctx_builder *builder)
{
	return builder != NULL ? &builder->store : NULL;
}

/* A name opens a scope; a failure before it must stay the innermost one's. */
dctx_status dctx_builder_name(dctx_builder *builder, const char *name)
{
	dctx_status status;
	dctx_guard guard;

	if (builder == NULL || name == NULL)
		return dctxi_fail(DCTX_INVALID, "builder");
	status = dctx_store_status(&builder->store);
	if (status != DCTX_OK)
		return dctxi_fail(status, name);
	return dctx_store_try_enter(&builder->store, name, &guard);
}

dctx_status dctx_builder_freeze(dctx_builder *builder, dctx_snapshot **out)
{
	dctx_snapshot *snapshot;
	dctx_status status;

	if (builder == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "freeze");
	status = dctx_store_status(&builder->store);
	if (status != DCTX_OK)
		return dctxi_fail(status, "freeze");
	status = dctx_store_capture(&builder->store, &snapshot);
	if (status != DCTX_OK)
		return status;
	*out = snapshot;
	(void)dctx_builder_free(builder);
	return DCTX_OK;
}

dctx_builder *dctx_builder_free(dctx_builder *builder)
{
	if (builder == NULL)
		return NULL;
	dctx_task_done(&builder->store);
	dctxi_free(builder, sizeof *builder);
	return NULL;
}
