/* SPDX-License-Identifier: MIT */
/* Attach, for who knows more of what will be done in it. */
#ifndef DCTXI_ATTACH_H
#define DCTXI_ATTACH_H

#include "flow/store.h"

/* As dctx_store_attach, with `room` for the sets to come, at least
 * DCTXI_ROOM_ASKED: those that do not spread over two chunks go the straight
 * way. */
dctx_status dctxi_attach_room(struct dctx_store *store,
			      struct dctx_snapshot *snapshot, size_t room,
			      dctx_guard *out);

/* As dctx_store_attach, but on success it takes over the caller's reference,
 * for what runs below to be left, or lost, with it. */
dctx_status dctxi_attach_taking(struct dctx_store *store,
				struct dctx_snapshot *snapshot,
				dctx_guard *out);

/* As dctx_store_attach_borrowed, but what ends it is this cell, and this
 * deadline: lent as well, until it is left. */
dctx_status dctxi_attach_under(struct dctx_store *store,
			       struct dctx_snapshot *snapshot,
			       struct dctxi_cell *cell, int64_t deadline,
			       dctx_guard *out);

/* Makes the innermost attach as good as a new one, if nothing was left in it:
 * no value, scope, capture or failure; it has another id then. False: it is to
 * be left, and entered anew. */
bool dctxi_attach_renew(dctx_guard *guard);

#endif
