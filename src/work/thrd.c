/* SPDX-License-Identifier: MIT */
#include "data/fail.h"
#include "work/work.h"

#include <dctx/thrd.h>

static int thrd_main(void *work)
{
	dctx_work taken = dctxi_work_take(work);
	struct dctxi_call call;
	dctx_status status = dctxi_call_begin(&call, taken.snapshot);
	int result = thrd_nomem;

	dctx_snapshot_unref(taken.snapshot);
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
