/* SPDX-License-Identifier: MIT */
/* Taking frames off a store: first all of it, then the user's destroy. */
#ifndef DCTXI_UNDO_H
#define DCTXI_UNDO_H

#include "flow/level.h"

/* Puts a frame's older words back, the newest record first: of a frame whose
 * bits say that it has plain records only. */
static inline void dctxi_undo_records(struct dctx_frame *frame)
{
	for (struct dctxi_record *r = frame->records; r != NULL; r = r->next)
		dctxi_publish(r->slot, r->older);
}

/* Undoes one record of the innermost frame, also one that hides by another
 * directory, and the records of a scope that is the innermost. */
void dctxi_undo_one(struct dctx_store *store, const struct dctxi_record *r);
void dctxi_undo(struct dctx_store *store, const struct dctx_frame *frame);

/* Ends a level's own directory: one store shows another in its place, and
 * nothing in between. */
void dctxi_undo_level(struct dctx_store *store, const struct dctx_frame *frame,
		      struct dctx_dir *shown);

/* Brings back what an attach hid. Returns the snapshot whose reference the
 * level had, NULL when it was borrowed. No user code runs. */
static inline struct dctx_snapshot *
dctxi_unlink_level(struct dctx_store *store, struct dctxi_level *level)
{
	struct dctx_dir *own = store->dir;

	/* One store brings all values back: for a signal handler too. */
	__atomic_store_n(&store->dir, level->dir, __ATOMIC_RELEASE);
	store->cell = level->cell;
	store->deadline = level->deadline;
	store->root->level = level->below;
	if (own->token == (uintptr_t)level)
		dctxi_level_free_dir(own, (uintptr_t)level);
	return level->borrowed ? NULL : level->base;
}

/* Leaves every frame down to `target`, that one too; the target is no root.
 * Runs the user's code when the store is whole again. */
void dctxi_leave_through(struct dctx_store *store, struct dctx_frame *target);

/* Leaves the dead scopes above the n-th on the innermost frame. */
void dctxi_dead_back(struct dctx_store *store, uint32_t n);

/* Queues frames that were taken off, linked by `prev`, to be destroyed. */
void dctxi_pend(struct dctx_root *root, struct dctx_frame *list);

/* The frame that a guard's id means, or NULL. The root's is nobody's. */
struct dctx_frame *dctxi_frame_find(const struct dctx_store *store,
				    uint64_t id);

/* The frame that stands on the root; NULL when none does. */
struct dctx_frame *dctxi_frame_lowest(const struct dctx_store *store);

/* A dead scope has no frame: its guard's id is this bit and how many there
 * are. */
#define DCTXI_DEAD_ID (UINT64_C(1) << 63)

/* Ends a store's contents: every frame, the root's values, the base. What
 * remains is an untouched store over the empty context. */
void dctxi_store_end(struct dctx_store *store);

#endif
