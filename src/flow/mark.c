/* SPDX-License-Identifier: MIT */
/*
 * Marks. A mark is the innermost scope's id, so that it is compared and never
 * followed, like a guard; an id that what is inserted since is above; the
 * number of dead scopes on it; and how far this thread was into the user's
 * code.
 */
#include "data/fail.h"
#include "flow/here.h"
#include "flow/insert.h"
#include "flow/log.h"
#include "flow/undo.h"
#include "plat/local.h"

#include <dctx/mark.h>

dctx_mark dctx_store_mark(dctx_store *store)
{
	const struct dctxi_local *local = dctxi_local_now;
	dctx_mark mark = {.store = store};

	if (store == NULL)
		return mark;
	mark.id = store->frame->id;
	/* What is inserted later has a higher one: a jump stays on its
	 * thread. */
	mark.since = dctxi_id_next();
	mark.dead = dctxi_frame_dead(store->frame);
	if (local != NULL) {
		mark.held = local->held;
		mark.in_hook = local->in_hook;
	}
	return mark;
}

dctx_mark dctx_mark_here(void)
{
	return dctx_store_mark(dctx_current());
}

/* The marked frame; NULL when it is gone. A root is marked by 0 before it has
 * an id, and is never gone. */
static struct dctx_frame *marked(const struct dctx_store *store,
				 const dctx_mark *mark)
{
	struct dctx_frame *frame = NULL;

	if (store->root == NULL)
		return store->frame;
	if (mark->id == 0 || mark->id == store->root->frame.id)
		frame = &store->root->frame;
	else
		frame = dctxi_frame_find(store, mark->id);
	if (frame != NULL && dctxi_frame_dead(frame) < mark->dead)
		return NULL;
	return frame;
}

/* What a jump left of calls under way. What these had made is destroyed, so the
 * marked scope may be gone after it. */
static void give_up(const dctx_mark *mark)
{
	if (dctxi_local_now == NULL)
		return;
	dctxi_local_now->in_hook = mark->in_hook != 0;
	dctxi_give_up(mark->held);
}

/* Leaves all that stands on a frame, and goes on with what is to be
 * destroyed. */
static void leave_above(struct dctx_store *store, struct dctx_frame *target)
{
	struct dctx_frame *frame = store->frame;

	if (frame == target) {
		(void)dctxi_here(&store);
		return;
	}
	while (frame->prev != target)
		frame = frame->prev;
	dctxi_leave_through(store, frame);
}

static dctx_status rewind_to(struct dctx_store *store, const dctx_mark *mark)
{
	struct dctx_frame *frame = marked(store, mark);

	if (store->root == NULL)
		return DCTX_OK;
	if (frame != NULL)
		leave_above(store, frame);
	if (frame != NULL && store->frame == frame)
		dctxi_insert_rewind(store, mark->since);
	if (frame == NULL || store->frame != frame ||
	    marked(store, mark) != frame)
		return dctxi_fail(DCTX_BUSY, "rewind");
	dctxi_dead_back(store, mark->dead);
	return DCTX_OK;
}

dctx_status dctx_rewind(dctx_mark mark)
{
	struct dctx_store *store = mark.store;
	dctx_status status;

	if (store == NULL)
		return dctxi_fail(DCTX_INVALID, "rewind");
	/* Marked without memory for the thread's store. */
	if (store == &dctxi_cold)
		store = dctx_thread();
	if (!dctxi_is_here(store) || marked(store, &mark) == NULL) {
		dctxi_fail(DCTX_STALE, "rewind");
		dctxi_event(DCTX_EV_STALE_GUARD, DCTX_STALE, "rewind");
		return DCTX_STALE;
	}
	dctxi_task_leave_above(store);
	give_up(&mark);
	status = rewind_to(store, &mark);
	dctxi_snapshot_finish();
	return status;
}
