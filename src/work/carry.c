/* SPDX-License-Identifier: MIT */
/*
 * Work with options. Accessors set in their order around the call; one by wrap
 * is called in its place and calls what is inside: the accessors after it, and
 * at last the call. What is inside tells the record of what is around it
 * (work/opened.h) what became of it, since a wrap only hands on a pointer.
 */
#include "work/carry.h"

#include "data/fail.h"
#include "work/gather.h"
#include "work/opened.h"

#include <dctx/builder.h>
#include <dctx/deadline.h>

static const dctx_submit_options plain = {.struct_size = sizeof plain};

bool dctxi_carry_fits(const dctx_submit_options *how)
{
	return how == NULL || (how->struct_size >= sizeof *how &&
			       (how->flags & ~DCTX_SUBMIT_FORK) == 0 &&
			       (unsigned)how->carry <= DCTX_EXACT_LOCALS);
}

/* What is kept is another snapshot then, with a name and a deadline. */
static dctx_status narrow(const dctx_submit_options *how,
			  dctx_snapshot **snapshot)
{
	dctx_builder *builder;
	dctx_snapshot *fresh;
	dctx_status status = dctx_builder_child(*snapshot, &builder);

	if (status != DCTX_OK)
		return status;
	if (how->name != NULL)
		status = dctx_builder_name(builder, how->name);
	if (status == DCTX_OK && how->deadline != 0)
		status = dctx_store_set_deadline(dctx_builder_store(builder),
						 how->deadline);
	if (status == DCTX_OK)
		status = dctx_builder_freeze(builder, &fresh);
	if (status != DCTX_OK) {
		(void)dctx_builder_free(builder);
		return status;
	}
	(void)dctx_snapshot_unref(*snapshot);
	*snapshot = fresh;
	return DCTX_OK;
}

/* Without a fork, which is the work's. */
static dctx_status capture(const dctx_submit_options *how, dctx_call call,
			   bool always, dctx_locals **out)
{
	const struct dctxi_capture by = {
		.list = how->accessors != NULL ? how->accessors
					       : &dctxi_accessors_default,
		.filter = how->filter,
		.only = true,
		.call = call};
	dctx_status status;

	if (!always && dctxi_accessors_empty(by.list))
		return DCTX_OK;
	status = dctxi_locals_capture(&by, out);
	if (status == DCTX_OK)
		(*out)->carry = how->carry;
	return status;
}

dctx_status dctxi_carry_capture(const dctx_submit_options *options,
				dctx_call call, dctx_locals **out)
{
	*out = NULL;
	return capture(options != NULL ? options : &plain, call, false, out);
}

static dctx_status load(const dctx_submit_options *how, dctx_call call,
			dctx_work *work)
{
	const bool fork = (how->flags & DCTX_SUBMIT_FORK) != 0;
	const dctx_status status = capture(how, call, fork, &work->locals);

	if (work->locals != NULL)
		work->locals->fork = fork;
	return status;
}

dctx_status dctxi_carry(dctx_work *work, const dctx_submit_options *options,
			dctx_call call)
{
	const dctx_submit_options *how = options != NULL ? options : &plain;
	dctx_status status = DCTX_OK;

	if (!dctxi_carry_fits(how))
		status = dctxi_fail(DCTX_INVALID, "options");
	if (status == DCTX_OK && (how->name != NULL || how->deadline != 0))
		status = narrow(how, &work->snapshot);
	if (status == DCTX_OK)
		status = load(how, call, work);
	if (status != DCTX_OK)
		(void)dctx_work_discard(work);
	return status;
}

/* Those from `first` on and the call, or else the next wrap. */
static dctx_status run_from(dctx_locals *locals, uint32_t first,
			    dctx_store *task, void **out_result)
{
	struct dctxi_opening opening = {locals,	       first, first,
					locals->carry, NULL,  task};
	bool wrapped;
	dctx_call call = locals->call;
	dctx_status status;
	uint64_t id;

	while (opening.end < locals->n &&
	       locals->item[opening.end].call.run == NULL)
		opening.end++;
	wrapped = opening.end < locals->n;
	if (wrapped)
		call = locals->item[opening.end].call;
	status = dctxi_open(&opening, &id);
	if (status != DCTX_OK)
		return status;
	*out_result = call.run(call.arg);
	/* The capture may be gone. */
	if (wrapped)
		status = dctxi_opened_outcome(id);
	dctxi_close(id);
	return status;
}

void *dctxi_locals_inside(void *captured)
{
	struct dctxi_captured *item = captured;
	dctx_locals *locals = item->of;
	const uint64_t around = dctxi_opened_before(item);
	void *result = NULL;
	const dctx_status status =
		run_from(dctx_locals_ref(locals),
			 (uint32_t)(item - locals->item) + 1, NULL, &result);

	dctxi_opened_note(around, status);
	if (around == 0 && status != DCTX_OK)
		dctxi_call_failed(status);
	return result;
}

dctx_status dctxi_carry_here(dctx_locals *locals, void **out_result)
{
	void *result = NULL;
	const dctx_status status = run_from(locals, 0, NULL, &result);

	if (status == DCTX_OK)
		*out_result = result;
	return status;
}

/* Under a store of its own. */
static dctx_status run_forked(dctx_locals *locals, dctx_snapshot *snapshot,
			      void **out_result)
{
	dctx_store *task = NULL;
	dctx_status status = dctx_task_new(snapshot, &task);

	(void)dctx_snapshot_unref(snapshot);
	if (status == DCTX_OK && !dctxi_gather_idle())
		status = dctx_store_gather_begin(task);
	if (status == DCTX_OK)
		return run_from(locals, 0, task, out_result);
	(void)dctx_task_free(task);
	(void)dctx_locals_unref(locals);
	return status;
}

static dctx_status run_attached(dctx_locals *locals, dctx_snapshot *snapshot,
				void **out_result)
{
	struct dctxi_call call;
	dctx_status status = dctxi_call_take(&call, snapshot);

	if (status != DCTX_OK) {
		(void)dctx_locals_unref(locals);
		return status;
	}
	status = run_from(locals, 0, NULL, out_result);
	dctxi_call_end(&call);
	return status;
}

dctx_status dctxi_carry_run(dctx_locals *locals, dctx_snapshot *snapshot,
			    void **out_result)
{
	void *result = NULL;
	dctx_status status;

	status = locals->fork ? run_forked(locals, snapshot, &result)
			      : run_attached(locals, snapshot, &result);
	if (status == DCTX_OK && out_result != NULL)
		*out_result = result;
	return status;
}
