/* SPDX-License-Identifier: MIT */
/*
 * Replace: what the scope set before is freed at once. Two records take turns:
 * the one that shows, and a spare whose slot is itself, so that undoing it does
 * nothing. The one that shows has the word from before the scope as its older
 * one; what ordinary sets of the scope left in between undoes nothing, either,
 * since the spare may stand below them.
 */
#include "flow/set.h"

#include "flow/here.h"
#include "flow/log.h"

#include <dctx/value.h>

#include <string.h>

/* The spare that an earlier replace of this slot left, or NULL. */
static struct dctxi_record *spare_find(const struct dctxi_place *place)
{
	struct dctxi_record *r = place->frame->records;

	while (r != NULL && !(r->box.kind & DCTXI_BOX_SPARE &&
			      r->box.value.u == (uintptr_t)place->slot))
		r = r->next;
	return r;
}

static void make_spare(const struct dctxi_place *place,
		       struct dctxi_record *record)
{
	record->slot = &record->older;
	record->box.kind = DCTXI_BOX_SPARE;
	record->box.value.u = (uintptr_t)place->slot;
}

/* Shows an object in place of what the scope set before. Destroys that when
 * the store is whole. */
static void show(const struct dctxi_place *place, struct dctxi_object *object)
{
	struct dctxi_record *old = dctxi_place_record(place);
	struct dctxi_record *record = old != NULL ? spare_find(place) : NULL;
	bool root = dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT);
	const void *gone = NULL;

	if (record == NULL)
		record = dctxi_place_push(place, 0);
	if (old != NULL && !root)
		record->older = old->older;
	record->slot = root ? &record->older : place->slot;
	record->box.value.u = 0;
	record->box.value.p = object->data;
	record->box.len = object->len;
	record->box.kind = DCTXI_BOX_COUNTED | (root ? DCTXI_BOX_ROOT : 0);
	place->frame->bits |= DCTXI_FRAME_COUNTED;
	dctxi_place_show(place, record, 1);
	if (old != NULL) {
		if (old->box.kind & DCTXI_BOX_COUNTED)
			gone = old->box.value.p;
		make_spare(place, old);
	}
	dctxi_place_changed(place);
	if (gone != NULL) {
		dctxi_log_discharge(place->store, gone);
		dctxi_object_unref(gone);
	}
}

dctx_status dctxi_replace_object(struct dctx_store *store, dctx_key *key,
				 struct dctxi_object *object)
{
	struct dctxi_place place;
	dctx_status status =
		dctxi_place_object(store, key, object->kind, object, &place);

	if (status == DCTX_OK)
		show(&place, object);
	return status;
}

/* Takes over the object's reference. */
static dctx_status replace(struct dctx_store *store, dctx_key *key,
			   struct dctxi_object *object)
{
	dctx_status status;

	dctxi_object_of_key(object, key);
	status = dctxi_replace_object(store, key, object);
	if (status == DCTX_OK)
		return DCTX_OK;
	dctxi_object_unref(object->data);
	return dctxi_set_failed(store, key, status);
}

static dctx_status replace_bytes(struct dctx_store *store, dctx_key *key,
				 uint32_t kind, dctx_bytes bytes)
{
	struct dctxi_object *object;
	dctx_status status = DCTX_INVALID;

	if (key != NULL && bytes.len < UINT32_MAX &&
	    (bytes.data != NULL || bytes.len == 0))
		status = dctxi_here(&store);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	object = dctxi_object_bytes(kind, bytes.data, (uint32_t)bytes.len);
	if (object == NULL)
		return dctxi_set_failed(store, key, DCTX_NOMEM);
	return replace(store, key, object);
}

dctx_status dctx_store_replace_str(dctx_store *store, dctx_key *key,
				   const char *text)
{
	if (text == NULL)
		return dctxi_set_failed(store, key, DCTX_INVALID);
	return replace_bytes(store, key, DCTX_KIND_STR,
			     (dctx_bytes){text, strlen(text)});
}

dctx_status dctx_store_replace_bytes(dctx_store *store, dctx_key *key,
				     dctx_bytes bytes)
{
	return replace_bytes(store, key, DCTX_KIND_BYTES, bytes);
}

dctx_status dctx_store_replace_type(dctx_store *store, dctx_key *key,
				    const void *value)
{
	struct dctxi_object *object;
	dctx_status status = dctxi_here(&store);

	if (status == DCTX_OK)
		status = dctxi_object_for(key, value, &object);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	return replace(store, key, object);
}
