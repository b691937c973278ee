/* SPDX-License-Identifier: MIT */
/* Scatters whose slices come from a splitter, or are pieces of a range. */
#include "data/fail.h"
#include "plat/heap.h"
#include "work/scatter.h"

struct split {
	const dctx_splitter *by;
	dctx_status (*fn)(void *arg, void **out_result);
	void **arg;
	size_t n;
};

static dctx_status split_slice(void *user, size_t i, void **out_result)
{
	struct split *split = user;

	return split->fn(split->arg[i], out_result);
}

static void drop(const dctx_splitter *by, void *arg)
{
	if (by->drop != NULL)
		by->drop(by->user, arg);
}

/* Asks for all arguments, which wait where the results will be. Returns:
 * DCTX_OK after the last; DCTX_TOO_SMALL; what the splitter did. */
static dctx_status ask(struct split *split, dctx_slice *slice, size_t room)
{
	dctx_status status;
	void *arg;

	for (;; split->n++) {
		arg = NULL;
		status = split->by->next(split->by->user, split->n, &arg);
		if (status != DCTX_OK)
			return status == DCTX_STALE ? DCTX_OK : status;
		if (split->n == room) {
			drop(split->by, arg);
			return dctxi_fail_limit("slices", room + 1, room);
		}
		slice[split->n] = (dctx_slice){.result = arg};
	}
}

/* None of them runs: their arguments go. */
static dctx_status give_up(struct split *split, dctx_slice *slice,
			   dctx_status status)
{
	void *arg;

	for (size_t i = 0; i < split->n; i++) {
		arg = slice[i].result;
		slice[i] = (dctx_slice){.status = status};
		drop(split->by, arg);
	}
	return status;
}

static void drop_all(void *arg)
{
	struct split *split = arg;

	for (size_t i = 0; i < split->n; i++)
		drop(split->by, split->arg[i]);
	dctxi_free(split->arg, split->n * sizeof *split->arg);
}

/* The merge comes when the arguments are gone, so it is not the call's. */
static dctx_status split_run(struct split *split,
			     struct dctxi_scatter_call *call)
{
	dctx_scatter_options options = {.struct_size = DCTX_SCATTER_SIZE};
	dctx_status status;

	if (call->options != NULL)
		options = *call->options;
	options.merge = NULL;
	split->arg = dctxi_alloc(split->n * sizeof *split->arg);
	if (split->arg == NULL)
		return give_up(split, call->slice,
			       dctxi_fail(DCTX_NOMEM, "scatter"));
	for (size_t i = 0; i < split->n; i++)
		split->arg[i] = call->slice[i].result;
	pthread_cleanup_push(drop_all, split);
	call->n = split->n;
	status = dctxi_scatter_check(call->options, split->n);
	call->options = &options;
	if (status == DCTX_OK)
		status = dctxi_scatter_call(call);
	else
		for (size_t i = 0; i < split->n; i++)
			call->slice[i] = (dctx_slice){.status = status};
	pthread_cleanup_pop(1);
	return status;
}

dctx_status dctx_scatter_split(const dctx_splitter *splitter,
			       dctx_status (*fn)(void *arg, void **out_result),
			       const dctx_scatter_options *options,
			       dctx_slice *slice, size_t room, size_t *out_n)
{
	struct split split = {.by = splitter, .fn = fn};
	struct dctxi_scatter_call call = {.fn = split_slice,
					  .user = &split,
					  .options = options,
					  .slice = slice};
	dctx_status status;

	if (splitter == NULL || splitter->next == NULL || fn == NULL ||
	    (slice == NULL && room > 0) || out_n == NULL ||
	    dctxi_scatter_check(options, SIZE_MAX) != DCTX_OK)
		return dctxi_fail(DCTX_INVALID, "scatter");
	call.told_user = splitter->user;
	call.until = dctxi_scatter_until(options);
	status = ask(&split, slice, room);
	*out_n = split.n;
	if (status != DCTX_OK)
		return give_up(&split, slice, status);
	if (split.n == 0)
		return DCTX_OK;
	status = split_run(&split, &call);
	if (status == DCTX_OK && options != NULL && options->merge != NULL)
		status = options->merge(splitter->user, slice, split.n);
	return status;
}

struct range {
	uint64_t from, to, step;
	dctx_status (*fn)(void *user, uint64_t from, uint64_t to);
	void *user;
};

static dctx_status range_slice(void *user, size_t i, void **out_result)
{
	const struct range *range = user;
	uint64_t from = range->from + i * range->step;
	uint64_t left = range->to - from;

	(void)out_result;
	return range->fn(range->user, from,
			 from + (left < range->step ? left : range->step));
}

dctx_status dctx_scatter_range(uint64_t from, uint64_t to, uint64_t step,
			       dctx_status (*fn)(void *user, uint64_t from,
						 uint64_t to),
			       void *user, const dctx_scatter_options *options,
			       size_t *out_failed)
{
	struct range range = {from, to, step, fn, user};
	struct dctxi_scatter_call call = {.fn = range_slice,
					  .user = &range,
					  .told_user = user,
					  .options = options};
	uint64_t n;
	dctx_status status;

	if (fn == NULL || to < from || step == 0)
		return dctxi_fail(DCTX_INVALID, "scatter");
	n = (to - from) / step + ((to - from) % step != 0);
	if (n > SIZE_MAX / 2 ||
	    dctxi_scatter_check(options, (size_t)n) != DCTX_OK ||
	    (options != NULL && options->merge != NULL))
		return dctxi_fail(DCTX_INVALID, "scatter");
	call.n = (size_t)n;
	call.until = dctxi_scatter_until(options);
	status = dctxi_scatter_call(&call);
	if (out_failed != NULL)
		*out_failed = call.failed;
	return status;
}
