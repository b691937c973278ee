/* SPDX-License-Identifier: MIT */
/*
 * What goes along with a job besides its context: the thread-locals of others
 * (dctx/accessor.h). The seam where accessors come in; until then there is
 * nothing.
 *
 * In the order of a job: `begin` on the thread that submits, before the
 * snapshot is captured; `run` on the thread that runs it, inside its context;
 * `end` wherever the job ends, run or not. Where the thread ends inside `run`,
 * `end` comes all the same, from the same thread.
 */
#ifndef DCTXI_ALONG_H
#define DCTXI_ALONG_H

#include <dctx/executor.h>

struct dctxi_along {
	dctx_locals *locals;
};

/* Captures what `options` (NULL: the default) ask for; `call` is what will be
 * run. On an error nothing was captured. */
static inline dctx_status dctxi_along_begin(struct dctxi_along *along,
					    const dctx_submit_options *options,
					    const dctx_call *call)
{
	(void)options;
	(void)call;
	along->locals = NULL;
	return DCTX_OK;
}

/* Sets all of it, calls and restores. On an error the call has not run, and
 * *out_result is not written. */
static inline dctx_status dctxi_along_run(struct dctxi_along *along,
					  const dctx_call *call,
					  void **out_result)
{
	(void)along;
	*out_result = call->run(call->arg);
	return DCTX_OK;
}

/* Gives back what was captured. Again is fine. */
static inline void dctxi_along_end(struct dctxi_along *along)
{
	along->locals = NULL;
}

#endif
