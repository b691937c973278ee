/* SPDX-License-Identifier: MIT */
/*
 * Captures of accessors.
 *
 * Theory. A capture never changes once it is made, so any number of threads
 * may set what it has at once; it is counted. Its item holds a use of its
 * accessor, so the functions that free a value are those of the accessor that
 * captured it, whatever was removed or replaced meanwhile. The user's functions
 * run with nothing held, and may capture and change lists themselves. While
 * they do, the thread is not cancelled, so that a capture is whole or gone.
 */
#include "work/locals.h"

#include "data/fail.h"
#include "plat/heap.h"
#include "plat/uncancelled.h"

static size_t size_of(size_t n)
{
	return sizeof(dctx_locals) + n * sizeof(struct dctxi_captured);
}

/* What is captured by a list that has nothing. */
static dctx_locals nothing;

dctx_locals *dctx_locals_ref(dctx_locals *locals)
{
	if (locals != NULL && locals != &nothing)
		__atomic_fetch_add(&locals->refs, 1, __ATOMIC_RELAXED);
	return locals;
}

/* In reverse order; also of one that is not whole. */
static void end(dctx_locals *locals)
{
	const int cancel = dctxi_uncancelled();

	while (locals->n > 0) {
		struct dctxi_captured *item = &locals->item[--locals->n];
		const dctx_accessor *is = &item->accessor->is;

		if (item->call.drop != NULL)
			item->call.drop(item->call.arg);
		if (item->value != NULL && is->free != NULL)
			is->free(is->user, item->value);
		dctxi_accessor_unuse(item->accessor);
	}
	dctxi_free(locals, size_of(locals->room));
	dctxi_uncancelled_end(cancel);
}

dctx_locals *dctx_locals_unref(dctx_locals *locals)
{
	if (locals != NULL && locals != &nothing &&
	    __atomic_sub_fetch(&locals->refs, 1, __ATOMIC_ACQ_REL) == 0)
		end(locals);
	return NULL;
}

dctx_status dctxi_accessor_failed(dctx_status status,
				  const struct dctxi_accessor *accessor)
{
	const dctx_error *last = dctx_last_error();
	const int system = status == DCTX_SYSTEM && last->status == DCTX_SYSTEM
				   ? last->system
				   : 0;
	dctx_error error;

	(void)dctxi_fail(status, accessor->is.name);
	error = *dctx_last_error();
	error.system = system;
	return error.status == status ? dctxi_fail_with(&error) : status;
}

/* The rest of a work is the library's and goes with the capture. */
static void drop_inside(void *captured)
{
	(void)captured;
}

/* Fills an item, which is the capture's on success only. */
static dctx_status capture_one(struct dctxi_captured *item)
{
	const dctx_accessor *is = &item->accessor->is;
	const dctx_call inside = {dctxi_locals_inside, drop_inside, item};
	dctx_status status;

	if (is->wrap == NULL)
		status = is->capture(is->user, &item->value);
	else if (item->of->call.run == NULL)
		status = DCTX_UNSUPPORTED;
	else
		status = is->wrap(is->user, &inside, &item->call);
	if (status == DCTX_OK && is->wrap != NULL && item->call.run == NULL)
		status = DCTX_INVALID;
	return status == DCTX_OK
		       ? status
		       : dctxi_accessor_failed(status, item->accessor);
}

/* Takes over the uses of the accessors, on failure too. */
static dctx_status capture_all(const struct dctxi_capture *by,
			       dctx_locals *locals,
			       struct dctxi_accessor **accessor, size_t n)
{
	dctx_status status = DCTX_OK;
	size_t i;

	for (i = 0; i < n && status == DCTX_OK; i++) {
		struct dctxi_captured *item = &locals->item[locals->n];
		const bool passes = dctxi_passes(by->filter, accessor[i]);

		*item = (struct dctxi_captured){.accessor = accessor[i],
						.of = locals};
		if (passes)
			status = capture_one(item);
		if (status == DCTX_OK && (passes || !by->only))
			locals->n++;
		else
			dctxi_accessor_unuse(accessor[i]);
	}
	for (; i < n; i++)
		dctxi_accessor_unuse(accessor[i]);
	return status;
}

static dctx_status capture(const struct dctxi_capture *by,
			   struct dctxi_accessor **accessor, size_t n,
			   dctx_locals **out)
{
	dctx_locals *locals = dctxi_alloc(size_of(n));
	dctx_status status;

	if (locals == NULL) {
		while (n > 0)
			dctxi_accessor_unuse(accessor[--n]);
		return dctxi_fail(DCTX_NOMEM, "accessors");
	}
	*locals =
		(dctx_locals){.refs = 1, .room = (uint32_t)n, .call = by->call};
	status = capture_all(by, locals, accessor, n);
	if (status == DCTX_OK)
		*out = locals;
	else
		end(locals);
	return status;
}

dctx_status dctxi_locals_capture(const struct dctxi_capture *by,
				 dctx_locals **out)
{
	struct dctxi_accessor *accessor[DCTX_ACCESSORS_MAX];
	const int cancel = dctxi_uncancelled();
	size_t n;
	dctx_status status = dctxi_accessors_take(by->list, accessor, &n);

	if (status == DCTX_OK)
		status = capture(by, accessor, n, out);
	dctxi_uncancelled_end(cancel);
	return status;
}

dctx_status dctx_locals_capture(dctx_accessors *list,
				const dctx_accessor_filter *filter,
				dctx_locals **out)
{
	const struct dctxi_capture by = {.list = list, .filter = filter};

	if (list == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "accessors");
	if (!dctxi_accessors_empty(list))
		return dctxi_locals_capture(&by, out);
	*out = &nothing;
	return DCTX_OK;
}
