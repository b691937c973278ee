/* SPDX-License-Identifier: MIT */
/*
 * Which values a store shows, as three words: equal words, equal values. So
 * whoever made something of the values - a line's fields - can tell that it
 * still holds, without looking at them.
 *
 * The words need no store of their own to keep up: a scope has an id that is
 * never given again, and what is set in it pushes a record, so the newest
 * record's address tells how far it is. What changes a value without a new
 * record (a number that the same scope set before, anything at a root, retire,
 * restore, a replace, an insert that goes or comes again, what a dead scope
 * hid) is counted by the root. Where a level has set nothing yet, it shows a
 * snapshot's values, and the snapshot's id is enough: whoever attaches the same
 * one, on whatever thread and in whatever scope, is in the same state.
 */
#ifndef DCTXI_STATE_H
#define DCTXI_STATE_H

#include "flow/store.h"

struct dctxi_state {
	uint64_t id;
	const void *record;
	uint64_t changes;
};

static inline bool dctxi_state_same(const struct dctxi_state *a,
				    const struct dctxi_state *b)
{
	return a->id == b->id && a->record == b->record &&
	       a->changes == b->changes;
}

/* What the store shows, by the outermost scope that shows the same, as far as
 * that can be had in a few steps: scopes without values of their own do not
 * matter. */
struct dctxi_state dctxi_state_of(const struct dctx_store *store);

/* The same of a store that has changed nothing. */
static inline struct dctxi_state
dctxi_state_untouched(const struct dctx_store *store)
{
	const struct dctx_snapshot *base =
		(const void *)((const char *)store->dir -
			       offsetof(struct dctx_snapshot, own));
	uint64_t id = 0;

	if (store->dir != &dctxi_dir_empty) {
		base = base->base != NULL ? base->base : base;
		/* Relaxed: as dctxi_snapshot_id. */
		id = __atomic_load_n(&base->id, __ATOMIC_RELAXED);
	}
	/* Nobody has asked for its number yet. */
	if (id == 0)
		return dctxi_state_of(store);
	return (struct dctxi_state){id, NULL, 0};
}

/* The same by the innermost scope: a few loads. */
static inline struct dctxi_state
dctxi_state_here(const struct dctx_store *store)
{
	const struct dctx_frame *frame = store->frame;

	if (store->root == NULL)
		return dctxi_state_untouched(store);
	return (struct dctxi_state){frame->id, frame->records,
				    store->root->changes};
}

#endif
