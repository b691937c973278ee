/* SPDX-License-Identifier: MIT */
/*
 * What a job carries besides its context: the thread-locals of others
 * (dctx/accessor.h). The seam where accessors come in; until then nothing is
 * carried.
 *
 * In the order of a job: `begin` on the thread that submits, before the
 * snapshot is captured; `open` and `close` around the call, on the thread that
 * runs it, inside its context; `end`, once, wherever the job ends, run or not.
 */
#ifndef DCTXI_CARRY_H
#define DCTXI_CARRY_H

#include <dctx/executor.h>

struct dctxi_carry {
	dctx_locals *locals;
	dctx_locals_guard guard;
};

/* Captures what `options` (NULL: the default) ask for, and makes of `call` what
 * is to be run instead (wrap). On an error nothing was captured. */
static inline dctx_status dctxi_carry_begin(struct dctxi_carry *carry,
					    const dctx_submit_options *options,
					    dctx_call *call)
{
	(void)options;
	(void)call;
	carry->locals = NULL;
	return DCTX_OK;
}

/* Sets it on this thread: all of it, or nothing. */
static inline dctx_status dctxi_carry_open(struct dctxi_carry *carry)
{
	(void)carry;
	return DCTX_OK;
}

static inline void dctxi_carry_close(struct dctxi_carry *carry)
{
	(void)carry;
}

/* Gives back what was captured, and the call with `drop`, if it has one. */
static inline void dctxi_carry_end(struct dctxi_carry *carry, dctx_call *call)
{
	(void)carry;
	if (call->drop != NULL)
		call->drop(call->arg);
	call->drop = NULL;
}

#endif
