/* SPDX-License-Identifier: MIT */
/* The executor that is the caller. It is never shut down, and its jobs that are
 * kept are the process's. */
#include "work/executor.h"

static dctx_status execute(void *user, dctx_runnable *item)
{
	(void)user;
	dctxi_count(&dctxi_inline.counts.submitted, 1);
	dctxi_item_run_inline(item);
	return DCTX_OK;
}

static const dctx_executor_ops inline_ops = {
	.struct_size = sizeof inline_ops,
	.name = "inline",
	.execute = execute,
};

struct dctx_executor dctxi_inline = {
	.ops = &inline_ops,
	.name = "inline",
	.refs = 1,
	.users = 1,
	.keeps = true,
	.at_once = 1,
};

dctx_executor *dctx_executor_inline(void)
{
	return &dctxi_inline;
}
