/* SPDX-License-Identifier: MIT */
/*
 * dctx/step.h - a guarded step: asks whether the work is still wanted before
 * each step of a state machine (a future, a stream, a sink).
 *
 *     dctx_step poll = {read_some, connection, NULL};
 *
 *     while ((result = dctx_step_run(&poll)) == AGAIN)
 *             wait_for_more();
 */
#ifndef DCTX_STEP_H
#define DCTX_STEP_H

#include <dctx/done.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A step of the user's, and the context that it is guarded by: the current one
 * when `context` is NULL. What `fn` returns goes through untouched; it says
 * "not wanted" by what `refused` makes of the status, or by -ECANCELED and
 * -ETIMEDOUT where that is NULL.
 * Since: 0.1.
 */
typedef struct dctx_step {
	intptr_t (*fn)(void *arg, void *item);
	void *arg;
	dctx_snapshot *context; /* borrowed as long as it is used */
	intptr_t (*refused)(void *arg, void *item, dctx_status status);
} dctx_step;

/*
 * Runs one step, unless the context is over: then the step's function is not
 * called, and an item that it was to take stays the caller's.
 * Returns: what `fn` or `refused` returned. Threads: one at a time a step.
 * Blocks, allocates: as those do. Since: 0.1.
 */
DCTX_API intptr_t dctx_step_run(const dctx_step *step, void *item);

#ifdef __cplusplus
}
#endif
#endif
