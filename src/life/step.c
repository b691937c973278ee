/* SPDX-License-Identifier: MIT */
#include <dctx/step.h>

#include <errno.h>

intptr_t dctx_step_run(const dctx_step *step, void *item)
{
	dctx_status status = step->context != NULL
				     ? dctx_snapshot_done(step->context)
				     : dctx_done();

	if (status == DCTX_OK)
		return step->fn(step->arg, item);
	if (step->refused != NULL)
		return step->refused(step->arg, item, status);
	return status == DCTX_DEADLINE_EXCEEDED ? -ETIMEDOUT : -ECANCELED;
}
