/* SPDX-License-Identifier: MIT */
/* How far a context reaches: the words that say what ends it. */
#ifndef DCTXI_REACH_H
#define DCTXI_REACH_H

#include "flow/store.h"

/*
 * Puts another cell and another deadline in force from the innermost scope on;
 * leaving it brings back the ones from before. Takes over a reference of `cell`
 * (NULL: nothing that could be cancelled) on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store; DCTX_DEAD_SCOPE; DCTX_LIMIT;
 * DCTX_NOMEM. The failure is not yet told.
 */
dctx_status dctxi_reach_set(struct dctx_store *store, struct dctxi_cell *cell,
			    int64_t deadline);

/* The same with the cell that is in force. */
dctx_status dctxi_reach_nearer(struct dctx_store *store, int64_t deadline);

#endif
