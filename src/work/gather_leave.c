/* SPDX-License-Identifier: MIT */
/*
 * Leaving a scope without its share. What was taken hangs on a scratch, since
 * what is destroyed by the leave, and merges, may jump away.
 */
#include "data/fail.h"
#include "flow/here.h"
#include "flow/undo.h"
#include "work/gather.h"

#include <dctx/snapshot.h>

/* The guard's frame, when it is of the innermost level, the level's own, too;
 * else NULL. */
static struct dctx_frame *frame_of(const dctx_guard *guard)
{
	struct dctx_store *store = guard->store;
	struct dctx_frame *frame, *last, *found;

	if (store == NULL || !dctxi_is_here(store) || store->root == NULL)
		return NULL;
	found = dctxi_frame_find(store, guard->id);
	last = store->root->level != NULL ? &store->root->level->frame : NULL;
	frame = store->frame;
	while (frame != found && frame != last && frame != NULL)
		frame = frame->prev;
	return frame == found ? found : NULL;
}

/* Whether there may be something to carry. */
static bool has_changed(const struct dctx_store *store,
			const struct dctx_frame *frame)
{
	return frame != NULL &&
	       (store->frame != frame || frame->records != NULL);
}

static dctx_status carry(dctx_guard guard, bool joins, dctx_snapshot *gave)
{
	dctx_leave(guard);
	if (joins)
		return dctx_store_gather_join(guard.store, &gave, 1);
	return dctx_store_merge(guard.store, gave);
}

void dctx_gather_leave(dctx_guard guard)
{
	struct dctx_frame *frame =
		dctxi_gather_idle() ? NULL : frame_of(&guard);
	struct dctxi_scratch *scratch = NULL;
	dctx_snapshot *gave = NULL;
	dctx_status status = DCTX_OK;
	bool joins;

	if (has_changed(guard.store, frame))
		status = dctx_store_gather_take(guard.store, &gave);
	if (status == DCTX_OK && gave != NULL &&
	    !dctxi_scratch_begin(&scratch)) {
		dctx_snapshot_unref(gave);
		status = DCTX_NOMEM;
	}
	if (status != DCTX_OK || gave == NULL) {
		dctx_leave(guard);
		if (status != DCTX_OK)
			dctxi_here_failed(guard.store, DCTX_EV_DROPPED_WRITE,
					  status, "gather");
		return;
	}
	scratch->snapshot = gave;
	joins = dctxi_frame_is(frame, DCTXI_FRAME_LEVEL);
	(void)carry(guard, joins, gave);
	dctxi_scratch_end(scratch);
}
