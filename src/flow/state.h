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
 * restore, a replace, what a dead scope hid) is counted by the root. Where a
 * level has set nothing yet, it shows a snapshot's values, and the snapshot's
 * id is enough: whoever attaches the same one, on whatever thread and in
 * whatever scope, is in the same state.
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

/* The store's innermost scope as it is now: a few loads. Of a store that has
 * changed nothing there is none yet: its id is 0, and says nothing. */
static inline struct dctxi_state
dctxi_state_here(const struct dctx_store *store)
{
	const struct dctx_frame *frame = store->frame;

	if (store->root == NULL)
		return (struct dctxi_state){0, NULL, 0};
	return (struct dctxi_state){frame->id, frame->records,
				    store->root->changes};
}

/* What the store shows, by the outermost scope that shows the same, as far as
 * that can be had in a few steps: scopes without values of their own do not
 * matter. Never of id 0. */
struct dctxi_state dctxi_state_of(const struct dctx_store *store);

#endif
