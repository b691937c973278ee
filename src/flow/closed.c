/* SPDX-License-Identifier: MIT */
/*
 * A write that failed. A closed key must then read as absent: a stale tenant
 * is worse than none. Room for that was kept when the scope was entered: for a
 * record that removes the key; where no page of the level's own is to be had,
 * for a directory in the log that lacks it; and for a record that shows
 * nothing at all. All of them are undone when the scope is left.
 */
#include "flow/set.h"

#include "data/fail.h"
#include "flow/here.h"
#include "flow/level.h"

#include <string.h>

/* Whether there is something to hide: a value, or another scope's hiding that
 * may go before this one's. */
static bool must_hide(struct dctx_store *store, const dctx_key *key)
{
	struct dctxi_place place = {store, store->frame, NULL};
	uintptr_t word = dctx_abi_word(store->dir, key->page, key->slot);

	if (word & 1)
		return true;
	return word != 0 && !dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT) &&
	       !dctxi_place_has(&place, (const void *)word);
}

/* A record in the innermost frame, also below a dead scope. */
static struct dctxi_record *push(struct dctx_store *store, uintptr_t *slot,
				 uintptr_t older, size_t extra)
{
	struct dctxi_place place = {store, store->frame, &older};
	struct dctxi_record *record = dctxi_place_push(&place, extra);

	record->slot = slot;
	record->older = older;
	record->box.value.u = 0;
	record->box.len = dctxi_frame_dead(store->frame);
	record->box.kind = record->box.len > 0 ? DCTXI_BOX_DEAD : 0;
	return record;
}

static size_t room(const struct dctx_store *store)
{
	return (size_t)(store->end - store->top);
}

/* Shows another directory until the scope is left. */
static struct dctxi_record *push_dir(struct dctx_store *store, size_t extra)
{
	struct dctxi_record *record =
		push(store, (uintptr_t *)(void *)&store->dir,
		     (uintptr_t)store->dir, extra);

	record->box.kind |= DCTXI_BOX_DIR;
	store->frame->bits |= DCTXI_FRAME_COUNTED;
	return record;
}

static void hide_all(struct dctx_store *store)
{
	struct dctx_dir *own = store->dir;
	bool undone = room(store) >= sizeof(struct dctxi_record);

	if (undone)
		(void)push_dir(store, 0);
	__atomic_store_n(&store->dir, &dctxi_dir_empty, __ATOMIC_RELEASE);
	/* Only a root can be that full: it shows nothing for good. */
	if (!undone && dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT))
		dctxi_level_free_dir(own, dctxi_level_token(store));
}

/* A directory and a page in the log, for want of memory elsewhere: the same but
 * for one key. Nobody writes to either. */
static void hide_in_log(struct dctx_store *store, const dctx_key *key)
{
	const struct dctx_dir *old = store->dir;
	size_t size = dctxi_dir_size(old->pages);
	struct dctxi_record *record =
		push_dir(store, size + sizeof(struct dctxi_page));
	struct dctx_dir *dir = (void *)(record + 1);
	struct dctxi_page *page = (void *)((char *)dir + size);

	memcpy(dir, old, size);
	dir->own = 0;
	dir->token = DCTXI_TOKEN_DIR;
	memcpy(page->slot, old->page[key->page], sizeof page->slot);
	page->token = DCTXI_TOKEN_PAGE;
	page->slot[key->slot] = (uintptr_t)&record->box;
	dir->page[key->page] = page->slot;
	__atomic_store_n(&store->dir, dir, __ATOMIC_RELEASE);
}

static void hide_without_page(struct dctx_store *store, const dctx_key *key)
{
	size_t size = sizeof(struct dctxi_record) +
		      dctxi_dir_size(store->dir->pages) +
		      sizeof(struct dctxi_page);

	if (room(store) >= size + sizeof(struct dctxi_record))
		hide_in_log(store, key);
	else
		hide_all(store);
}

/* Returns the word that hides. What is hidden in a dead scope comes back when
 * that one is left. */
static uintptr_t hide_by_record(struct dctx_store *store, uintptr_t *slot)
{
	struct dctxi_place place = {store, store->frame, slot};
	uintptr_t older = *slot;

	if (dctxi_frame_dead(store->frame) == 0)
		older = dctxi_place_older(&place);
	return (uintptr_t)&push(store, slot, older, 0)->box;
}

static void hide(struct dctx_store *store, const dctx_key *key)
{
	bool root = dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT) &&
		    dctxi_frame_dead(store->frame) == 0;
	uintptr_t *slot;

	/* The last record of the kept room is hide_all's. */
	if (!root && room(store) < 2 * sizeof(struct dctxi_record)) {
		hide_all(store);
	} else if (dctxi_level_own(store, key->page) != DCTX_OK) {
		hide_without_page(store, key);
	} else {
		slot = &store->dir->page[key->page][key->slot];
		dctxi_publish(slot, root ? DCTXI_REMOVED_AT_ROOT
					 : hide_by_record(store, slot));
	}
}

void dctxi_key_hide(struct dctx_store *store, const dctx_key *key)
{
	struct dctxi_place place = {store, store->frame, NULL};

	if (!(key->policy & DCTX_CLOSED) || !must_hide(store, key))
		return;
	hide(store, key);
	dctxi_place_changed(&place);
}

dctx_status dctxi_set_failed(struct dctx_store *store, dctx_key *key,
			     dctx_status status)
{
	const char *name = key != NULL ? key->name : NULL;

	if (store == &dctxi_cold && dctxi_here(&store) != DCTX_OK)
		store = NULL;
	if (store != NULL && store->root != NULL && key != NULL)
		dctxi_key_hide(store, key);
	return dctxi_here_failed(store, DCTX_EV_DROPPED_WRITE, status, name);
}
