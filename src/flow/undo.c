/* SPDX-License-Identifier: MIT */
#include "flow/undo.h"

#include "flow/level.h"
#include "flow/log.h"

void dctxi_undo(struct dctx_store *store, struct dctx_frame *frame)
{
	for (struct dctxi_record *r = frame->records; r != NULL; r = r->next)
		dctxi_undo_one(store, r);
}

/* Takes the innermost frame off; no user code runs. Returns whether it left
 * something to destroy. */
static bool unlink_frame(struct dctx_store *store)
{
	struct dctx_frame *frame = store->frame;

	dctxi_undo(store, frame);
	if (dctxi_frame_is(frame, DCTXI_FRAME_LEVEL))
		(void)dctxi_unlink_level(store, dctxi_level_of(frame));
	store->frame = frame->prev;
	return frame->cached != NULL ||
	       dctxi_frame_is(frame, DCTXI_FRAME_LEVEL | DCTXI_FRAME_COUNTED);
}

void dctxi_pend(struct dctx_root *root, struct dctx_frame *list)
{
	struct dctx_frame **at = &root->pending;

	while (*at != NULL)
		at = &(*at)->prev;
	*at = list;
}

struct dctx_frame *dctxi_frame_find(const struct dctx_store *store, uint64_t id)
{
	struct dctx_frame *frame = store->frame;

	while (!dctxi_frame_is(frame, DCTXI_FRAME_ROOT) && frame->id != id)
		frame = frame->prev;
	return dctxi_frame_is(frame, DCTXI_FRAME_ROOT) ? NULL : frame;
}

struct dctx_frame *dctxi_frame_lowest(const struct dctx_store *store)
{
	struct dctx_frame *root = &store->root->frame, *frame = store->frame;

	if (frame == root)
		return NULL;
	while (frame->prev != root)
		frame = frame->prev;
	return frame;
}

/* In case destroy does not come back, the store is whole by then: whoever works
 * on the frame below drains first, and gives the log back. */
static void destroy(struct dctx_store *store, struct dctx_frame *target,
		    struct dctx_frame *list)
{
	struct dctx_frame *below = store->frame;
	char **lent = dctxi_lent(store->root), *outer = *lent;
	char *top = store->top;
	bool still;

	dctxi_log_lend(store, target);
	dctxi_frame_set_pending(below, true);
	dctxi_pend(store->root, list);
	dctxi_log_drain(store);
	still = *lent == (char *)target;
	*lent = outer;
	if (store->frame != below)
		return;
	dctxi_frame_set_pending(below, false);
	/* It was finished while something stood on top that has gone since. */
	if (still && store->top == top)
		dctxi_log_back(store, target);
}

void dctxi_leave_through(struct dctx_store *store, struct dctx_frame *target)
{
	struct dctx_frame *below = target->prev, *list = NULL, **tail = &list;
	bool any = store->root->pending != NULL;

	while (store->frame != below) {
		struct dctx_frame *frame = store->frame;
		bool left = unlink_frame(store);

		any = any || left;
		if (!left && frame != target)
			continue;
		*tail = frame;
		tail = &frame->prev;
		*tail = NULL;
	}
	if (any)
		destroy(store, target, list);
	else
		dctxi_log_back(store, target);
}

/* Whether the root's values are being destroyed, by an end that destroy did not
 * come back to. */
static bool root_pends(const struct dctx_root *root)
{
	const struct dctx_frame *frame = root->pending;

	while (frame != NULL && frame != &root->frame)
		frame = frame->prev;
	return frame != NULL;
}

/* The root's own values, as a frame to be destroyed. */
static void unlink_root(struct dctx_store *store)
{
	struct dctx_root *root = store->root;
	struct dctx_dir *own;

	dctxi_undo(store, &root->frame);
	own = store->dir;
	__atomic_store_n(&store->dir, &dctxi_dir_empty, __ATOMIC_RELEASE);
	store->cell = NULL;
	store->deadline = DCTXI_NO_DEADLINE;
	dctxi_level_free_dir(own, (uintptr_t)root);
	root->frame.bits |= DCTXI_FRAME_COUNTED;
	root->frame.prev = NULL;
	dctxi_pend(root, &root->frame);
}

/* May be called again when destroy did not come back: it goes on then. */
void dctxi_store_end(struct dctx_store *store)
{
	struct dctx_root *root = store->root;
	struct dctx_snapshot *base = dctxi_level_base(store);

	if (root == NULL) {
		store->dir = &dctxi_dir_empty;
		dctx_snapshot_unref(base);
		return;
	}
	/* A dead root refuses what destroy functions may try to set or enter.
	 * An attach is let in everywhere; there is an end to that, as there is
	 * with thread-specific data (PTHREAD_DESTRUCTOR_ITERATIONS). */
	dctxi_frame_set_dead(&root->frame, 1);
	for (int i = 0; i < 4 && store->frame != &root->frame; i++)
		dctxi_leave_through(store, dctxi_frame_lowest(store));
	if (!root_pends(root))
		unlink_root(store);
	dctxi_log_drain(store);
	base = root->base;
	root->base = &dctxi_snapshot_none;
	dctxi_snapshot_drop(base);
}
