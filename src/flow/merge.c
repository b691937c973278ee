/* SPDX-License-Identifier: MIT */
/*
 * Merge: all that a captured context holds, set in the innermost scope. First
 * everything that can fail: room in the log, the level's own pages, the
 * objects' bytes counted. Then the sets, key by key.
 */
#include "data/fail.h"
#include "flow/here.h"
#include "flow/level.h"
#include "flow/log.h"
#include "flow/set.h"

/* What a value or a removal takes of the log. */
static size_t room_for(const struct dctx_box *box, bool root)
{
	bool counted = box != NULL && box->kind & DCTXI_BOX_COUNTED;
	size_t size = sizeof(struct dctxi_record);

	/* A root's boxes stand alone, and nothing undoes a removal there. */
	if (root && !counted)
		size = box != NULL ? sizeof *box : 0;
	if (box != NULL && box->kind & DCTXI_BOX_BYTES)
		size += dctxi_inline_size(box->len);
	return size;
}

/* Room in the log for all of it; *out_objects is what its objects weigh. */
static dctx_status make_room(struct dctx_store *store,
			     const struct dctx_dir *dir, size_t *out_objects)
{
	bool root = dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT);
	size_t room = 0, objects = 0;

	for (uint32_t i = 0; i < dctxi_dir_end(dir); i++) {
		uintptr_t word = *dctxi_dir_slot(dir, i);
		const struct dctx_box *box = dctxi_box(word);

		if (word == 0)
			continue;
		room += room_for(box, root);
		if (box != NULL && box->kind & DCTXI_BOX_COUNTED)
			objects += dctxi_object_size(
				dctxi_object_of(box->value.p));
	}
	*out_objects = objects;
	return dctxi_place_room(store, room);
}

static dctx_status own_pages(struct dctx_store *store,
			     const struct dctx_dir *dir)
{
	dctx_status status = DCTX_OK;

	for (uint32_t i = 0; i < dir->pages && status == DCTX_OK; i++)
		if (dir->page[i] != dctxi_page_empty.slot)
			status = dctxi_level_own(store, i);
	return status;
}

static dctx_status prepare(struct dctx_store *store, const struct dctx_dir *dir)
{
	size_t objects;
	dctx_status status = make_room(store, dir, &objects);

	if (status == DCTX_OK)
		status = own_pages(store, dir);
	return status == DCTX_OK ? dctxi_log_charge(store, objects) : status;
}

static void set_all(struct dctx_store *store, const struct dctx_dir *dir)
{
	struct dctxi_place place = {store, store->frame, NULL};

	for (uint32_t i = 0; i < dctxi_dir_end(dir); i++) {
		uintptr_t word = *dctxi_dir_slot(dir, i);

		if (word == 0)
			continue;
		place.slot = dctxi_dir_slot(store->dir, i);
		if (word & 1)
			dctxi_place_copy(&place, dctxi_entry_at(i)->key->kind,
					 dctxi_box(word));
		else
			dctxi_place_remove(&place);
	}
	dctxi_place_changed(&place);
}

static void hide_all(struct dctx_store *store, const struct dctx_dir *dir)
{
	for (uint32_t i = 0; i < dctxi_dir_end(dir); i++)
		if (*dctxi_dir_slot(dir, i) != 0)
			dctxi_key_hide(store, dctxi_entry_at(i)->key);
}

dctx_status dctx_store_merge(dctx_store *store, dctx_snapshot *snapshot)
{
	dctx_status status = dctxi_here(&store);

	if (snapshot == NULL)
		snapshot = &dctxi_snapshot_none;
	if (status == DCTX_OK)
		status = prepare(store, snapshot->dir);
	if (status == DCTX_OK) {
		set_all(store, snapshot->dir);
		return DCTX_OK;
	}
	if (store != NULL && store->root != NULL)
		hide_all(store, snapshot->dir);
	return dctxi_here_failed(store, DCTX_EV_DROPPED_WRITE, status,
				 "merge");
}

dctx_status dctx_store_clear(dctx_store *store)
{
	return dctx_store_restore(store, NULL);
}
