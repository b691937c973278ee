/* SPDX-License-Identifier: MIT */
#include "flow/set.h"

#include "data/fail.h"
#include "data/registry.h"
#include "flow/here.h"
#include "flow/level.h"
#include "flow/log.h"
#include "plat/poison.h"

/* Everything but the key: that the store may be written to, with room for what
 * is set and, in a scope, for hiding closed keys later. */
dctx_status dctxi_place_room(struct dctx_store *store, size_t room)
{
	struct dctx_frame *frame = store->frame;
	dctx_status status;
	bool moved;

	if (dctxi_frame_dead(frame) > 0)
		return DCTX_DEAD_SCOPE;
	if (!dctxi_frame_is(frame, DCTXI_FRAME_ROOT))
		room += DCTXI_ROOM_KEPT;
	status = dctxi_log_reserve(store, room, &moved);
	if (moved)
		frame->bits |= DCTXI_FRAME_SPREAD;
	return status;
}

static dctx_status check_key(dctx_key *key, uint32_t kind)
{
	if (key->kind != kind)
		return dctxi_fail_kinds(key->name, key->kind, kind);
	return dctxi_key_ready(key);
}

dctx_status dctxi_place_find(struct dctx_store *store, dctx_key *key,
			     uint32_t kind, size_t room,
			     struct dctxi_place *out)
{
	dctx_status status;

	if (key == NULL)
		return DCTX_INVALID;
	status = check_key(key, kind);
	if (status == DCTX_OK)
		status = dctxi_here(&store);
	if (status == DCTX_OK)
		status = dctxi_place_room(store, room);
	if (status == DCTX_OK)
		status = dctxi_level_own(store, key->page);
	if (status != DCTX_OK)
		return status;
	out->store = store;
	out->frame = store->frame;
	out->slot = &store->dir->page[key->page][key->slot];
	return DCTX_OK;
}

/* Above the frame means: in its own chunk, or in one that the frame alone went
 * on to. */
bool dctxi_place_has(const struct dctxi_place *place, const void *at)
{
	const struct dctx_store *store = place->store;
	uintptr_t from = (uintptr_t)place->frame, where = (uintptr_t)at;
	const struct dctxi_chunk *chunk = store->root->chunk;

	if (!dctxi_frame_is(place->frame, DCTXI_FRAME_SPREAD))
		return where - from < (uintptr_t)store->top - from;
	for (; from < (uintptr_t)chunk || from >= (uintptr_t)chunk->limit;
	     chunk = chunk->prev)
		if (where > (uintptr_t)chunk && where < (uintptr_t)chunk->limit)
			return true;
	return where > from && where < (uintptr_t)chunk->limit;
}

struct dctxi_record *dctxi_place_record(const struct dctxi_place *place)
{
	const struct dctx_box *box = dctxi_box(*place->slot);

	if (box == NULL || !dctxi_place_has(place, box))
		return NULL;
	/* A root's uncounted boxes stand alone. */
	if (box->kind & DCTXI_BOX_ROOT && !(box->kind & DCTXI_BOX_COUNTED))
		return NULL;
	return dctxi_record_of(box);
}

uintptr_t dctxi_place_older(const struct dctxi_place *place)
{
	uintptr_t word = *place->slot, older;
	struct dctxi_record *record;

	/* At a root nothing is undone, and not every box has a record. */
	if (dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT) ||
	    !dctxi_place_has(place, (const void *)word))
		return word;
	record = dctxi_record_of((const void *)(word & ~(uintptr_t)1));
	/* One that hides by a directory is of no slot. */
	if (record->slot != place->slot)
		return word;
	older = record->older;
	record->slot = &record->older;
	return older;
}

struct dctxi_record *dctxi_place_push(const struct dctxi_place *place,
				      size_t inline_bytes)
{
	size_t size = sizeof(struct dctxi_record) +
		      ((inline_bytes + 7) & ~(size_t)7);
	struct dctxi_record *record = (void *)place->store->top;

	dctxi_unpoison(record, size);
	record->next = place->frame->records;
	record->slot = place->slot;
	record->older = dctxi_place_older(place);
	/* What a root set is never undone; it goes with the whole page. */
	if (dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT))
		record->slot = &record->older;
	place->frame->records = record;
	place->store->top += size;
	return record;
}

void dctxi_place_show(const struct dctxi_place *place,
		      struct dctxi_record *record, uintptr_t tag)
{
	dctxi_publish(place->slot, (uintptr_t)&record->box | tag);
}

void dctxi_place_changed(const struct dctxi_place *place)
{
	struct dctx_snapshot *cached = place->frame->cached;

	place->store->root->changes++;
	place->frame->cached = NULL;
	dctx_snapshot_unref(cached);
}

dctx_status dctxi_object_for(dctx_key *key, const void *value,
			     struct dctxi_object **out)
{
	dctx_status status;

	if (key == NULL || value == NULL)
		return DCTX_INVALID;
	if (key->kind != DCTX_KIND_TYPE)
		return dctxi_fail_kinds(key->name, key->kind, DCTX_KIND_TYPE);
	status = dctxi_key_ready(key);
	if (status != DCTX_OK)
		return status;
	status = dctxi_object_copy(key->type, value, out);
	if (status != DCTX_OK)
		return dctxi_fail(status, key->name);
	dctxi_object_of_key(*out, key);
	return DCTX_OK;
}

dctx_status dctxi_place_charge(const struct dctxi_place *place,
			       struct dctxi_object *object)
{
	if (object == NULL)
		return DCTX_NOMEM;
	return dctxi_log_charge(place->store, dctxi_object_size(object));
}

dctx_status dctxi_place_object(struct dctx_store *store, dctx_key *key,
			       uint32_t kind, struct dctxi_object *object,
			       struct dctxi_place *out)
{
	dctx_status status = dctxi_place_find(
		store, key, kind, sizeof(struct dctxi_record), out);

	if (status == DCTX_OK)
		status = dctxi_place_charge(out, object);
	return status;
}
