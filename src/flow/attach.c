/* SPDX-License-Identifier: MIT */
/*
 * Attach: a captured context in place of what is visible. A level is a frame
 * that remembers the store's first words; bringing the snapshot here is one
 * swap of the directory, whatever its size.
 */
#include "data/fail.h"
#include "flow/here.h"
#include "flow/log.h"
#include "flow/undo.h"
#include "plat/local.h"
#include "plat/poison.h"

static void level_push(struct dctx_store *store, char *end,
		       struct dctx_snapshot *base, bool borrowed, uint32_t bits)
{
	struct dctxi_level *level = (void *)store->top;

	dctxi_unpoison(level, sizeof *level);
	level->frame.prev = store->frame;
	level->frame.id = dctxi_id_next();
	level->frame.end = end;
	level->frame.cached = NULL;
	level->frame.records = NULL;
	level->frame.depth = 1;
	level->frame.bits = bits;
	level->base = base;
	level->below = store->root->level;
	level->dir = store->dir;
	level->cell = store->cell;
	level->deadline = store->deadline;
	level->borrowed = borrowed;
	store->root->level = level;
	store->top = (char *)(level + 1);
	store->frame = &level->frame;
	store->cell = base->cell;
	store->deadline = base->deadline;
	__atomic_store_n(&store->dir, base->dir, __ATOMIC_RELEASE);
}

static dctx_status attach(struct dctx_store *store, dctx_snapshot *snapshot,
			  bool borrowed, dctx_guard *out)
{
	uint32_t bits = DCTXI_FRAME_LEVEL;
	dctx_status status;
	bool moved;
	char *end;

	if (snapshot == NULL)
		snapshot = &dctxi_snapshot_none;
	if (store == NULL || store->root == NULL) {
		status = dctxi_here(&store);
		if (status != DCTX_OK)
			return status;
	}
	end = store->end;
	if (store->end - store->top < DCTXI_ROOM_ASKED) {
		status = dctxi_log_reserve(store, DCTXI_ROOM_ASKED, &moved);
		if (status != DCTX_OK)
			return status;
		if (moved)
			bits |= DCTXI_FRAME_FIRST;
	}
	if (!borrowed)
		dctx_snapshot_ref(snapshot);
	level_push(store, end, snapshot, borrowed, bits);
	*out = (dctx_guard){store, store->frame->id};
	return DCTX_OK;
}

dctx_status dctx_store_attach(dctx_store *store, dctx_snapshot *snapshot,
			      dctx_guard *out)
{
	dctx_status status = DCTX_INVALID;

	if (out != NULL)
		status = attach(store, snapshot, false, out);
	return status == DCTX_OK ? status : dctxi_fail(status, "attach");
}

dctx_status dctx_store_attach_borrowed(dctx_store *store,
				       dctx_snapshot *snapshot, dctx_guard *out)
{
	dctx_status status = DCTX_INVALID;

	if (out != NULL)
		status = attach(store, snapshot, true, out);
	return status == DCTX_OK ? status : dctxi_fail(status, "attach");
}

dctx_guard dctx_attach_here(dctx_snapshot *snapshot)
{
	struct dctx_store *store = dctx_abi1_current;
	dctx_guard guard = {store, 0};
	dctx_status status = attach(store, snapshot, false, &guard);

	if (status != DCTX_OK)
		dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status, "attach");
	return guard;
}

/* The frame that stands on the root, NULL when none does. */
static struct dctx_frame *lowest(struct dctx_store *store)
{
	struct dctx_frame *frame = store->frame;

	if (frame == &store->root->frame)
		return NULL;
	while (frame->prev != &store->root->frame)
		frame = frame->prev;
	return frame;
}

/* Restore is an attach under everything, whose guard nobody has. Room for it
 * is made first, so that an error leaves the store as it was: what is left
 * gives its room back, and the chunk after the first one stays. */
dctx_status dctx_store_restore(dctx_store *store, dctx_snapshot *snapshot)
{
	dctx_status status = dctxi_here(&store);
	struct dctx_frame *frame;
	dctx_guard nobodys;

	if (status != DCTX_OK)
		return dctxi_fail(status, "restore");
	frame = lowest(store);
	if (frame != NULL)
		status = dctxi_log_keep(store, frame, DCTXI_ROOM_ASKED);
	if (status != DCTX_OK)
		return dctxi_fail(status, "restore");
	dctx_snapshot_ref(snapshot);
	if (frame != NULL)
		dctxi_leave_through(store, frame);
	status = attach(store, snapshot, false, &nobodys);
	dctx_snapshot_unref(snapshot);
	return status;
}
