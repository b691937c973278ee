/* SPDX-License-Identifier: MIT */
/* Attach with room for what is known to be set at once. */
#ifndef DCTXI_ATTACH_H
#define DCTXI_ATTACH_H

#include "flow/store.h"

/* As dctx_store_attach, with `room` for the sets to come, at least
 * DCTXI_ROOM_ASKED: those that do not spread over two chunks go the straight
 * way. */
dctx_status dctxi_attach_room(struct dctx_store *store,
			      struct dctx_snapshot *snapshot, size_t room,
			      dctx_guard *out);

#endif
