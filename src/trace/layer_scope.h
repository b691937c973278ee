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
 * A scope that is not the innermost any more goes in one of two ways. Where
 * what stands above it was left open in it, all of that goes along, counted as
 * a leave out of order is. Where a scope or an insert of another span stands
 * there, it goes alone, by its id.
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

/* Takes a span's scope out of a store that is here; with `alone` in any case
 * without what stands above it. Returns whether it went alone. */
bool dctxi_layer_out(dctx_store *store, struct dctx_frame *frame, bool alone);

#endif
