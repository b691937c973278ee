/* SPDX-License-Identifier: MIT */
/*
 * The sync layer: a scope that is entered and left with the span. In a task
 * what is still open in it is taken to be held over a yield, and stays; a
 * thread does not yield, so there it was forgotten, and goes. Leaving a span
 * under others is counted by the leave; leaving one under scopes, here.
 */
#include "data/fail.h"
#include "trace/layer_fields.h"
#include "trace/layer_mode.h"
#include "trace/layer_scope.h"

#include <dctx/store.h>

static bool is_ours(struct dctxi_layered *layered, const dctx_span *span)
{
	return layered != NULL &&
	       dctxi_layered_mode(layered, span) == DCTXI_MODE_SYNC;
}

static void on_enter(void *user, dctx_span *span)
{
	struct dctxi_layered *layered = dctxi_layered(span);
	unsigned flags = 0;
	dctx_guard guard;

	(void)user;
	if (!is_ours(layered, span))
		return;
	guard = dctxi_layer_enter(dctx_current(), span);
	if (guard.id == 0)
		return;
	(void)dctx_span_layer(span, dctx_layer_sync(), &flags);
	if (flags & DCTX_LAYER_INFO)
		dctxi_layer_info_in(guard.store, span);
	/* A field whose extract did not come back is one of them. */
	__atomic_store_n(&layered->taking, 0, __ATOMIC_RELAXED);
	dctxi_layer_fields_in(guard.store, span);
	dctxi_layer_fields_out(guard.store, span);
}

static void on_leave(void *user, dctx_span *span)
{
	struct dctx_store *store = dctx_current();
	struct dctx_frame *frame;
	bool is_covered;

	(void)user;
	if (!is_ours(dctxi_layered(span), span))
		return;
	frame = dctxi_layer_find(store, span);
	if (frame == NULL)
		return;
	is_covered = dctxi_layer_covered(store, frame);
	if (dctxi_layer_out(store, frame,
			    is_covered || dctx_task_try() != NULL) &&
	    !is_covered)
		dctxi_event(DCTX_EV_UNBALANCED_SPAN, DCTX_OK,
			    dctx_span_site_of(span)->name);
}

/* A record in the span, on its flow, is taken in at once; any other by the next
 * enter, which takes in all. */
static void on_record(void *user, dctx_span *span, const char *name,
		      const dctx_any *value)
{
	struct dctx_store *store = dctx_current();
	struct dctxi_layered *layered;

	(void)user;
	(void)value;
	if (dctx_span_current() != span)
		return;
	layered = dctxi_layered(span);
	if (!is_ours(layered, span) || dctxi_layer_find(store, span) == NULL)
		return;
	/* An extract that records into its own field is not asked again. */
	if (__atomic_exchange_n(&layered->taking, 1, __ATOMIC_RELAXED) != 0)
		return;
	dctxi_layer_field_in(store, span, name);
	__atomic_store_n(&layered->taking, 0, __ATOMIC_RELAXED);
}

const dctx_layer *dctx_layer_sync(void)
{
	static const dctx_layer layer = {
		.struct_size = sizeof layer,
		.name = "dctx.sync",
		.on_record = on_record,
		.on_enter = on_enter,
		.on_leave = on_leave,
	};

	return &layer;
}
