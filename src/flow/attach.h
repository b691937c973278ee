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

/* Makes the innermost attach as good as a new one, if nothing was left in it:
 * no value, scope, capture or failure; it has another id then. False: it is to
 * be left, and entered anew. */
bool dctxi_attach_renew(dctx_guard *guard);

#endif
