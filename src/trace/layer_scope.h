/* SPDX-License-Identifier: MIT */
/*
 * A span's scope in a store, for our two layers.
 *
 * Theory. Which scope is a span's is written in the store itself: a mark, the
 * span's address, is the first thing set in it, under a key of the library's
 * own. So it belongs to the flow, goes where the task goes, and is gone with
 * the scope, in whichever way that ends; nothing is kept a thread, and nothing
 * is left over. The address is only compared. A snapshot shows marks, too, but
 * only a store's log has scopes.
 *
 * A scope that is not the innermost any more goes in one of two ways: with all
 * that stands above it, counted as a leave out of order is, where that was left
 * open in it; else alone, by its id.
 */
#ifndef DCTXI_LAYER_SCOPE_H
#define DCTXI_LAYER_SCOPE_H

#include "flow/store.h"

#include <dctx/layer.h>
#include <dctx/scope.h>

/* Enters a scope of the span's name, marked as its own.
 * Returns: its guard; of id 0 when there is none, which is counted. */
dctx_guard dctxi_layer_enter(dctx_store *store, const dctx_span *span);

/* The newest scope of a span in a store; NULL: none. */
struct dctx_frame *dctxi_layer_find(const dctx_store *store,
				    const dctx_span *span);

/* Whether another span, or its scope, stands above a frame. */
bool dctxi_layer_covered(const dctx_store *store,
			 const struct dctx_frame *frame);

/* Takes a span's scope out of a store that is here; with `alone` without what
 * stands above it. Returns whether anything stood there and stays. */
bool dctxi_layer_out(dctx_store *store, struct dctx_frame *frame, bool alone);

#endif
