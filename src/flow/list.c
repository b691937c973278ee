/* SPDX-License-Identifier: MIT */
#include "data/list.h"

#include "flow/set.h"

/* Whether a slot's word is the innermost scope's doing. A value and a
 * removal lie in the scope's part of the log; but a root removes by a word of
 * its own. While dead scopes stand on it, the innermost of them has hidden what
 * bears its number. */
static bool done_here(const void *arg, uintptr_t word)
{
	const struct dctxi_place *place = arg;
	uint32_t dead = dctxi_frame_dead(place->frame);
	const struct dctx_box *box = (const void *)(word & ~(uintptr_t)1);

	if (word == DCTXI_REMOVED_AT_ROOT)
		return dead == 0 &&
		       dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT);
	if (!dctxi_place_has(place, box))
		return false;
	return dead == 0 || (box->kind & DCTXI_BOX_DEAD && box->len == dead);
}

size_t dctx_store_list(const dctx_store *store, unsigned what, dctx_item *items,
		       size_t max)
{
	struct dctxi_place place;

	if (store == NULL || (items == NULL && max > 0))
		return 0;
	if (!(what & DCTX_LIST_SCOPE))
		return dctxi_list(store->dir, dctxi_list_visible, &what, items,
				  max);
	if (store->root == NULL)
		return 0;
	place = (struct dctxi_place){(dctx_store *)(uintptr_t)store,
				     store->frame, NULL};
	return dctxi_list(store->dir, done_here, &place, items, max);
}
