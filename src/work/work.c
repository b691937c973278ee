/* SPDX-License-Identifier: MIT */
/*
 * Work: a function, its argument and the snapshot it runs under.
 *
 * Theory. A work never changes. Whoever holds it runs or discards it once;
 * calls only read it, before the user's function runs, and the attach has a
 * reference of its own, as has what opens a capture of accessors: so any number
 * of threads may call it at once, and it may be discarded while functions run.
 * A run takes everything out of the work and gives its memory back first. So a
 * function that never returns (longjmp, pthread_exit, cancellation) loses
 * nothing: a rewind or the end of the thread leaves its scopes.
 */
#include "work/work.h"

#include "data/fail.h"
#include "flow/attach.h"
#include "flow/here.h"
#include "plat/heap.h"
#include "work/carry.h"
#include "work/gather.h"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

static inline dctx_status work_new(dctx_store *store, void *(*fn)(void *),
				   void *arg, dctx_work **out)
{
	dctx_snapshot *snapshot;
	dctx_work *work;
	dctx_status status = dctx_store_capture(store, &snapshot);

	if (status != DCTX_OK)
		return status;
	work = dctxi_alloc(sizeof *work);
	if (work == NULL) {
		dctx_snapshot_unref(snapshot);
		return dctxi_fail(DCTX_NOMEM, "wrap");
	}
	*work = (dctx_work){.fn.plain = fn, .arg = arg, .snapshot = snapshot};
	*out = work;
	return DCTX_OK;
}

dctx_status dctxi_work_new(dctx_store *store, void *arg, dctx_work **out)
{
	return work_new(store, NULL, arg, out);
}

dctx_work dctxi_work_take(dctx_work *work)
{
	dctx_work taken = *work;

	dctxi_free(work, sizeof *work);
	return taken;
}

static inline dctx_status share_begin(const struct dctxi_call *call)
{
	dctx_status status;

	if (dctxi_gather_idle())
		return DCTX_OK;
	status = dctx_store_gather_begin(call->host);
	if (status != DCTX_OK)
		dctx_leave(call->guard);
	return status;
}

dctx_status dctxi_call_begin(struct dctxi_call *call, dctx_snapshot *snapshot)
{
	dctx_status status;

	call->host = dctx_current();
	status = dctx_store_attach(call->host, snapshot, &call->guard);
	return status == DCTX_OK ? share_begin(call) : status;
}

dctx_status dctxi_call_take(struct dctxi_call *call, dctx_snapshot *snapshot)
{
	dctx_status status;

	call->host = dctx_current();
	status = dctxi_attach_taking(call->host, snapshot, &call->guard);
	if (status == DCTX_OK)
		return share_begin(call);
	(void)dctx_snapshot_unref(snapshot);
	return status;
}

void dctxi_call_end(const struct dctxi_call *call)
{
	if (dctxi_is_here(call->host))
		dctxi_task_leave_above(call->host);
	dctx_leave(call->guard);
}

void dctxi_call_failed(dctx_status status)
{
	dctxi_event(DCTX_EV_FAILED_ENTER, status, "thread");
}

dctx_status dctx_store_wrap(dctx_store *store, void *(*fn)(void *), void *arg,
			    dctx_work **out)
{
	if (fn == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "wrap");
	if (UNLIKELY(!dctxi_accessors_empty(&dctxi_accessors_default)))
		return dctx_store_wrap_with(store, fn, arg, NULL, out);
	return work_new(store, fn, arg, out);
}

dctx_status dctx_store_wrap_with(dctx_store *store, void *(*fn)(void *),
				 void *arg, const dctx_submit_options *options,
				 dctx_work **out)
{
	dctx_work *work = NULL;
	dctx_status status;

	if (fn == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "wrap");
	status = work_new(store, fn, arg, &work);
	if (status != DCTX_OK)
		return status;
	status = dctxi_carry(work, options, (dctx_call){.run = fn, .arg = arg});
	if (status == DCTX_OK)
		*out = work;
	return status;
}

/* Everything of the work is read before the function may discard it. */
dctx_status dctx_work_call(dctx_work *work, void **out_result)
{
	struct dctxi_call call;
	dctx_status status;
	void *result;

	if (work == NULL)
		return dctxi_fail(DCTX_INVALID, "work");
	if (UNLIKELY(work->locals != NULL))
		return dctxi_carry_run(dctx_locals_ref(work->locals),
				       dctx_snapshot_ref(work->snapshot),
				       out_result);
	status = dctxi_call_begin(&call, work->snapshot);
	if (status != DCTX_OK)
		return status;
	result = work->fn.plain(work->arg);
	dctxi_call_end(&call);
	if (out_result != NULL)
		*out_result = result;
	return DCTX_OK;
}

dctx_status dctx_work_run(dctx_work *work, void **out_result)
{
	struct dctxi_call call;
	dctx_status status;
	dctx_work taken;
	void *result;

	if (work == NULL)
		return dctxi_fail(DCTX_INVALID, "work");
	taken = dctxi_work_take(work);
	if (UNLIKELY(taken.locals != NULL))
		return dctxi_carry_run(taken.locals, taken.snapshot,
				       out_result);
	status = dctxi_call_take(&call, taken.snapshot);
	if (status != DCTX_OK)
		return status;
	result = taken.fn.plain(taken.arg);
	dctxi_call_end(&call);
	if (out_result != NULL)
		*out_result = result;
	return DCTX_OK;
}

dctx_work *dctx_work_discard(dctx_work *work)
{
	dctx_work taken;

	if (work == NULL)
		return NULL;
	taken = dctxi_work_take(work);
	(void)dctx_locals_unref(taken.locals);
	/* Last: this may run destroy functions, which may not come back. */
	(void)dctx_snapshot_unref(taken.snapshot);
	return NULL;
}

static void *thread_main(void *work)
{
	void *result = NULL;
	dctx_status status = dctx_work_run(work, &result);

	if (status != DCTX_OK)
		dctxi_call_failed(status);
	return result;
}

/* Takes the work. */
static dctx_status thread_start(const pthread_attr_t *attr, dctx_work *work,
				pthread_t *out)
{
	pthread_t thread;
	int error = dctxi_thread_create(&thread, attr, thread_main, work);

	if (error != 0) {
		dctx_work_discard(work);
		return dctxi_fail_system(error);
	}
	*out = thread;
	return DCTX_OK;
}

dctx_status dctx_store_thread_start(dctx_store *store, pthread_t *out,
				    const pthread_attr_t *attr,
				    void *(*fn)(void *), void *arg)
{
	dctx_work *work;
	dctx_status status;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "thread");
	status = dctx_store_wrap(store, fn, arg, &work);
	return status == DCTX_OK ? thread_start(attr, work, out) : status;
}

dctx_status dctx_store_thread_start_with(dctx_store *store, pthread_t *out,
					 void *(*fn)(void *), void *arg,
					 const dctx_submit_options *options)
{
	const pthread_attr_t *attr = NULL;
	dctx_work *work;
	dctx_status status;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "thread");
	status = dctx_store_wrap_with(store, fn, arg, options, &work);
	if (status != DCTX_OK)
		return status;
	if (options != NULL)
		attr = options->attr;
	return thread_start(attr, work, out);
}
