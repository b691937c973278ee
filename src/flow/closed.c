/* SPDX-License-Identifier: MIT */
/*
 * A write that failed. A closed key must then read as absent: a stale tenant
 * is worse than none. The room for that was kept when the scope was entered;
 * where even a page of the level's own is not to be had, the scope shows
 * nothing at all until it is left.
 */
#include "flow/set.h"

#include "data/fail.h"
#include "flow/here.h"
#include "flow/level.h"
#include "plat/poison.h"

/* Whether the key shows something in the store. */
static bool shows(const struct dctx_store *store, const dctx_key *key)
{
	return dctx_abi_word(store->dir, key->page, key->slot) & 1;
}

static struct dctxi_record *push(struct dctx_store *store, uintptr_t *slot)
{
	struct dctxi_place place = {store, store->frame, slot};
	struct dctxi_record *record = dctxi_place_push(&place, 0);

	record->box.value.u = 0;
	record->box.len = dctxi_frame_dead(store->frame);
	record->box.kind = record->box.len > 0 ? DCTXI_BOX_DEAD : 0;
	return record;
}

/* Nothing of the level shows any more: at the root for good, in a scope until
 * it is left. */
static void hide_all(struct dctx_store *store)
{
	uintptr_t *dir = (uintptr_t *)(void *)&store->dir;
	struct dctx_dir *own = store->dir;
	struct dctxi_record *record;

	if (dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT)) {
		__atomic_store_n(&store->dir, &dctxi_dir_empty,
				 __ATOMIC_RELEASE);
		dctxi_level_free_dir(own, dctxi_level_token(store));
		return;
	}
	record = push(store, dir);
	record->slot = dir;
	record->older = (uintptr_t)own;
	__atomic_store_n(&store->dir, &dctxi_dir_hidden, __ATOMIC_RELEASE);
}

/* The last record of the kept room is hide_all's. */
static bool has_room(const struct dctx_store *store)
{
	return store->end - store->top >=
	       (ptrdiff_t)(2 * sizeof(struct dctxi_record));
}

static void hide(struct dctx_store *store, const dctx_key *key)
{
	bool root = dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT);
	struct dctxi_record *record;
	uintptr_t *slot;

	if ((!root && !has_room(store)) ||
	    dctxi_level_own(store, key->page) != DCTX_OK) {
		hide_all(store);
		return;
	}
	slot = &store->dir->page[key->page][key->slot];
	if (root) {
		dctxi_publish(slot, DCTXI_REMOVED);
		return;
	}
	record = push(store, slot);
	dctxi_publish(slot, (uintptr_t)&record->box);
}

dctx_status dctxi_set_failed(struct dctx_store *store, dctx_key *key,
			     dctx_status status)
{
	const char *name = key != NULL ? key->name : NULL;
	struct dctxi_place place;

	if (store == &dctxi_cold && dctxi_here(&store) != DCTX_OK)
		store = NULL;
	if (store != NULL && store->root != NULL && key != NULL &&
	    key->policy & DCTX_CLOSED && shows(store, key)) {
		place = (struct dctxi_place){store, store->frame, NULL};
		hide(store, key);
		dctxi_place_changed(&place);
	}
	return dctxi_here_failed(store, DCTX_EV_DROPPED_WRITE, status, name);
}
