/* SPDX-License-Identifier: MIT */
/*
 * Work: a function, its argument and the snapshot it runs under.
 *
 * Theory. A work is moved, never shared: whoever holds it runs or discards it.
 * Before the user's function runs, everything is taken out of the work and its
 * memory is given back; the attach owns the snapshot's reference, so a thread
 * that ends inside the function (pthread_exit, cancellation) loses nothing: the
 * end of the thread leaves its scopes.
 */
#include "data/fail.h"
#include "plat/heap.h"

#include <dctx/work.h>

struct dctx_work {
	void *(*fn)(void *);
	void *arg;
	dctx_snapshot *snapshot;
};

dctx_status dctx_store_wrap(dctx_store *store, void *(*fn)(void *), void *arg,
			    dctx_work **out)
{
	dctx_snapshot *snapshot;
	dctx_work *work;
	dctx_status status;

	if (fn == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "wrap");
	status = dctx_store_capture(store, &snapshot);
	if (status != DCTX_OK)
		return status;
	work = dctxi_alloc(sizeof *work);
	if (work == NULL) {
		dctx_snapshot_unref(snapshot);
		return dctxi_fail(DCTX_NOMEM, "wrap");
	}
	*work = (dctx_work){fn, arg, snapshot};
	*out = work;
	return DCTX_OK;
}

dctx_status dctx_work_run(dctx_work *work, void **out_result)
{
	dctx_store *host = dctx_current();
	dctx_guard guard;
	dctx_status status;
	dctx_work taken;
	void *result;

	if (work == NULL)
		return dctxi_fail(DCTX_INVALID, "work");
	taken = *work;
	dctxi_free(work, sizeof *work);
	status = dctx_store_attach(host, taken.snapshot, &guard);
	dctx_snapshot_unref(taken.snapshot);
	if (status != DCTX_OK)
		return status;
	result = taken.fn(taken.arg);
	while (dctx_task_try() != NULL && dctx_task_try() != host)
		dctx_task_leave(dctx_task_try());
	dctx_leave(guard);
	if (out_result != NULL)
		*out_result = result;
	return DCTX_OK;
}

dctx_work *dctx_work_discard(dctx_work *work)
{
	dctx_snapshot *snapshot;

	if (work == NULL)
		return NULL;
	snapshot = work->snapshot;
	dctxi_free(work, sizeof *work);
	/* Last: this may run destroy functions, which may not come back. */
	(void)dctx_snapshot_unref(snapshot);
	return NULL;
}

/* A thread that cannot attach for want of memory must not run the function in
 * no context: it ends with NULL, and its failure is counted. */
static void *thread_main(void *arg)
{
	void *result = NULL;

	if (dctx_work_run(arg, &result) != DCTX_OK)
		dctxi_event(DCTX_EV_FAILED_ENTER, DCTX_NOMEM, "thread");
	return result;
}

dctx_status dctx_store_thread_start(dctx_store *store, pthread_t *out,
				    const pthread_attr_t *attr,
				    void *(*fn)(void *), void *arg)
{
	dctx_work *work;
	pthread_t thread;
	dctx_status status;
	int error;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "thread");
	status = dctx_store_wrap(store, fn, arg, &work);
	if (status != DCTX_OK)
		return status;
	error = dctxi_thread_create(&thread, attr, thread_main, work);
	if (error != 0) {
		dctx_work_discard(work);
		return dctxi_fail_system(error);
	}
	*out = thread;
	return DCTX_OK;
}
