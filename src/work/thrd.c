/* SPDX-License-Identifier: MIT */
#include "data/fail.h"
#include "work/carry.h"

#include <dctx/thrd.h>

/* The function of a thread whose work carries more than its context. */
static void *call_thrd(void *locals)
{
	const dctx_locals *of = locals;

	return (void *)(intptr_t)of->thrd(of->arg);
}

static int carry_main(const dctx_work *taken)
{
	void *result = NULL;
	dctx_status status =
		dctxi_carry_run(taken->locals, taken->snapshot, &result);

	if (status == DCTX_OK)
		return (int)(intptr_t)result;
	dctxi_call_failed(status);
	return thrd_nomem;
}

static dctx_status carry(dctx_work *work)
{
	dctx_status status =
		dctxi_carry(work, NULL, (dctx_call){.run = call_thrd});

	if (status == DCTX_OK && work->locals != NULL) {
		work->locals->thrd = work->fn.thrd;
		work->locals->arg = work->arg;
		work->locals->call.arg = work->locals;
	}
	return status;
}

static int thrd_main(void *work)
{
	dctx_work taken = dctxi_work_take(work);
	struct dctxi_call call;
	dctx_status status;
	int result = thrd_nomem;

	if (taken.locals != NULL)
		return carry_main(&taken);
	status = dctxi_call_take(&call, taken.snapshot);
	if (status != DCTX_OK) {
		dctxi_call_failed(status);
		return result;
	}
	result = taken.fn.thrd(taken.arg);
	dctxi_call_end(&call);
	return result;
}

dctx_status dctx_store_thrd_start(dctx_store *store, thrd_t *out,
				  int (*fn)(void *), void *arg)
{
	dctx_work *work;
	thrd_t thread;
	dctx_status status;
	int refused;

	if (out == NULL || fn == NULL)
		return dctxi_fail(DCTX_INVALID, "thread");
	status = dctxi_work_new(store, arg, &work);
	if (status != DCTX_OK)
		return status;
	work->fn.thrd = fn;
	status = carry(work);
	if (status != DCTX_OK)
		return status;
	refused = thrd_create(&thread, thrd_main, work);
	if (refused != thrd_success) {
		dctx_work_discard(work);
		if (refused == thrd_nomem)
			return dctxi_fail(DCTX_NOMEM, "thread");
		return dctxi_fail_system(0);
	}
	*out = thread;
	return DCTX_OK;
}
