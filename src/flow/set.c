/* SPDX-License-Identifier: MIT */
/* Setting and removing. A scalar in a warm scope takes the straight way. */
#include "flow/set.h"

#include "data/fail.h"
#include "flow/here.h"
#include "flow/level.h"
#include "plat/poison.h"

#include <dctx/value.h>

#include <string.h>

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* A scalar of 64 bits cannot be overwritten in one piece on 32-bit machines,
 * and a signal handler must see it whole. */
static inline bool one_piece(uint32_t kind)
{
	if (sizeof(uintptr_t) >= sizeof(uint64_t))
		return true;
	return kind != DCTX_KIND_I64 && kind != DCTX_KIND_U64 &&
	       kind != DCTX_KIND_F64;
}

static inline void overwrite(const struct dctx_box *box, uint64_t bits)
{
	uint64_t *value = (uint64_t *)(uintptr_t)&box->value.u;

	__atomic_store_n(value, bits, __ATOMIC_RELAXED);
}

/* A root's scalar or short bytes: a box alone, since nothing undoes it. */
static struct dctx_box *root_box(const struct dctxi_place *place, size_t bytes)
{
	struct dctx_box *box = (void *)place->store->top;
	size_t size = sizeof *box + ((bytes + 7) & ~(size_t)7);

	dctxi_unpoison(box, size);
	place->store->top += size;
	box->kind = DCTXI_BOX_ROOT;
	return box;
}

/* Takes the scope's capture off it: what follows is a change, and without it
 * the straight way is open. The caller drops it when the store is whole. */
static inline struct dctx_snapshot *uncache(struct dctx_store *store)
{
	struct dctx_snapshot *cached = NULL;

	if (store != NULL && store->frame->cached != NULL) {
		cached = store->frame->cached;
		store->frame->cached = NULL;
	}
	return cached;
}

/* Whether all that keeps a set off the straight way is that the level does not
 * own the page yet: its first set after an attach. */
static inline bool lacks_page(const struct dctx_store *store,
			      const dctx_key *key, uint32_t kind)
{
	if (store == NULL || store->root == NULL || key == NULL ||
	    key->scalar != kind || key->page == 0)
		return false;
	if ((store->frame->bits & DCTXI_SET_SLOW) != 0 ||
	    (size_t)(store->end - store->top) <
		    sizeof(struct dctxi_record) + DCTXI_ROOM_KEPT)
		return false;
	return key->page >= store->dir->pages ||
	       store->dir->page[key->page][-1] != dctxi_level_token(store);
}

/* A scalar, where room was made. */
static void set_bits_at(const struct dctxi_place *place, uint32_t kind,
			uint64_t bits)
{
	struct dctxi_record *record = dctxi_place_record(place);
	const struct dctx_box *old = dctxi_box(*place->slot);
	struct dctx_box *box;

	if (record != NULL && one_piece(kind)) {
		overwrite(&record->box, bits);
	} else if (dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT)) {
		if (old != NULL && old->kind & DCTXI_BOX_ROOT &&
		    one_piece(kind)) {
			overwrite(old, bits);
		} else {
			box = root_box(place, 0);
			box->value.u = bits;
			box->len = 0;
			dctxi_publish(place->slot, (uintptr_t)box | 1);
		}
	} else {
		record = dctxi_place_push(place, 0);
		record->box.value.u = bits;
		record->box.len = 0;
		record->box.kind = 0;
		dctxi_place_show(place, record, 1);
	}
}

static __attribute__((noinline)) dctx_status
set_bits_slow(struct dctx_store *store, dctx_key *key, uint32_t kind,
	      uint64_t bits)
{
	struct dctx_snapshot *cached = uncache(store);
	struct dctxi_place place;
	dctx_status status = DCTX_INVALID;
	size_t room = sizeof(struct dctxi_record);

	if (cached != NULL) {
		status = dctx_store_set_bits(store, key, kind, bits);
		dctxi_snapshot_drop(cached);
		return status;
	}
	if (lacks_page(store, key, kind) &&
	    dctxi_level_own(store, key->page) == DCTX_OK)
		return dctx_store_set_bits(store, key, kind, bits);
	/* A root keeps no record, and a task's first chunk is small. */
	if (store != NULL && dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT))
		room = sizeof(struct dctx_box);
	if (kind >= DCTX_KIND_BOOL && kind <= DCTX_KIND_F64)
		status = dctxi_place_find(store, key, kind, room, &place);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	set_bits_at(&place, kind, bits);
	dctxi_place_changed(&place);
	return DCTX_OK;
}

/* The straight way to a place: a registered key on a page of the level's own,
 * in a scope that nothing is the matter with, with room in its chunk. */
static inline bool place_quick(struct dctx_store *store, const dctx_key *key,
			       size_t room, struct dctxi_place *out)
{
	uint32_t page = __atomic_load_n(&key->page, __ATOMIC_ACQUIRE);
	const struct dctx_dir *dir = store->dir;
	struct dctx_frame *frame = store->frame;
	uintptr_t *slots;

	if (UNLIKELY(page >= dir->pages))
		return false;
	slots = dir->page[page];
	if (UNLIKELY(slots[-1] != dir->token || frame->cached != NULL ||
		     (frame->bits & DCTXI_SET_SLOW) != 0 ||
		     (size_t)(store->end - store->top) <
			     room + DCTXI_ROOM_KEPT))
		return false;
	out->store = store;
	out->frame = frame;
	out->slot = &slots[key->slot];
	return true;
}

/* The record of a quick place: its box is to be filled. */
static inline struct dctxi_record *
record_push(const struct dctxi_place *place, uintptr_t older, size_t size)
{
	struct dctxi_record *record = (void *)place->store->top;

	dctxi_unpoison(record, size);
	record->next = place->frame->records;
	record->slot = place->slot;
	record->older = older;
	place->frame->records = record;
	place->store->top = (char *)record + size;
	return record;
}

dctx_status dctx_store_set_bits(dctx_store *store, dctx_key *key, uint32_t kind,
				uint64_t bits)
{
	struct dctxi_place place;
	struct dctxi_record *record;
	uintptr_t word, frame;

	if (UNLIKELY(store == NULL || key == NULL || key->scalar != kind ||
		     !place_quick(store, key, sizeof *record, &place)))
		return set_bits_slow(store, key, kind, bits);
	word = *place.slot;
	frame = (uintptr_t)place.frame;
	if (word != 0 && word - frame < (uintptr_t)store->top - frame) {
		if (!(word & 1) || !one_piece(kind))
			return set_bits_slow(store, key, kind, bits);
		overwrite(dctx_abi_box(word), bits);
		store->root->changes++;
		return DCTX_OK;
	}
	record = record_push(&place, word, sizeof *record);
	record->box.value.u = bits;
	record->box.len = 0;
	record->box.kind = 0;
	dctxi_publish(place.slot, (uintptr_t)&record->box | 1);
	return DCTX_OK;
}

/* Fills a box with bytes right behind it, and shows it. */
static inline void box_fill(const struct dctxi_place *place,
			    struct dctx_box *box, dctx_bytes bytes,
			    uint32_t kind)
{
	char *copy = (char *)(box + 1);

	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	copy[bytes.len] = '\0';
	box->value.u = 0;
	box->value.p = copy;
	box->len = (uint32_t)bytes.len;
	box->kind = DCTXI_BOX_BYTES | kind;
	dctxi_publish(place->slot, (uintptr_t)box | 1);
}

static void set_inline(const struct dctxi_place *place, dctx_bytes bytes)
{
	size_t size = dctxi_inline_size(bytes.len);
	struct dctxi_record *record;

	if (dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT)) {
		box_fill(place, root_box(place, size), bytes, DCTXI_BOX_ROOT);
		return;
	}
	record = dctxi_place_push(place, size);
	box_fill(place, &record->box, bytes, 0);
}

/* An object of which the store takes over one reference. */
static void set_object(const struct dctxi_place *place,
		       struct dctxi_object *object)
{
	struct dctxi_record *record = dctxi_place_push(place, 0);

	record->box.value.u = 0;
	record->box.value.p = object->data;
	record->box.len = object->len;
	record->box.kind = DCTXI_BOX_COUNTED;
	if (dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT))
		record->box.kind |= DCTXI_BOX_ROOT;
	place->frame->bits |= DCTXI_FRAME_COUNTED;
	dctxi_place_show(place, record, 1);
}

static dctx_status set_bytes(struct dctx_store *store, dctx_key *key,
			     uint32_t kind, dctx_bytes bytes);

static __attribute__((noinline)) dctx_status
set_bytes_slow(struct dctx_store *store, dctx_key *key, uint32_t kind,
	       dctx_bytes bytes)
{
	bool large = key != NULL && dctxi_is_large(key, bytes.len);
	size_t size = large ? 0 : dctxi_inline_size(bytes.len);
	struct dctx_snapshot *cached = uncache(store);
	struct dctxi_object *object = NULL;
	struct dctxi_place place;
	dctx_status status = DCTX_INVALID;

	if (cached != NULL) {
		status = set_bytes(store, key, kind, bytes);
		dctxi_snapshot_drop(cached);
		return status;
	}
	if (bytes.len < UINT32_MAX && (bytes.data != NULL || bytes.len == 0))
		status = dctxi_place_find(store, key, kind,
					  sizeof(struct dctxi_record) + size,
					  &place);
	if (status == DCTX_OK && large) {
		object = dctxi_object_bytes(kind, bytes.data,
					    (uint32_t)bytes.len);
		dctxi_object_of_key(object, key);
		status = dctxi_place_charge(&place, object);
	}
	if (status != DCTX_OK) {
		if (object != NULL)
			dctxi_object_unref(object->data);
		return dctxi_set_failed(store, key, status);
	}
	if (large)
		set_object(&place, object);
	else
		set_inline(&place, bytes);
	dctxi_place_changed(&place);
	return DCTX_OK;
}

static dctx_status set_bytes(struct dctx_store *store, dctx_key *key,
			     uint32_t kind, dctx_bytes bytes)
{
	size_t size =
		sizeof(struct dctxi_record) + dctxi_inline_size(bytes.len);
	struct dctxi_place place;
	uintptr_t word, frame;

	if (UNLIKELY(store == NULL || key == NULL || bytes.data == NULL ||
		     dctxi_is_large(key, bytes.len) || key->kind != kind ||
		     !place_quick(store, key, size, &place)))
		return set_bytes_slow(store, key, kind, bytes);
	word = *place.slot;
	frame = (uintptr_t)place.frame;
	if (UNLIKELY(word != 0 &&
		     word - frame < (uintptr_t)store->top - frame))
		return set_bytes_slow(store, key, kind, bytes);
	box_fill(&place, &record_push(&place, word, size)->box, bytes, 0);
	return DCTX_OK;
}

dctx_status dctx_store_set_str(dctx_store *store, dctx_key *key,
			       const char *text)
{
	if (UNLIKELY(text == NULL))
		return dctxi_set_failed(store, key, DCTX_INVALID);
	return set_bytes(store, key, DCTX_KIND_STR,
			 (dctx_bytes){text, strlen(text)});
}

dctx_status dctx_store_set_bytes(dctx_store *store, dctx_key *key,
				 dctx_bytes bytes)
{
	return set_bytes(store, key, DCTX_KIND_BYTES, bytes);
}

dctx_status dctxi_set_bytes(struct dctx_store *store, dctx_key *key,
			    uint32_t kind, dctx_bytes bytes)
{
	return set_bytes(store, key, kind, bytes);
}

dctx_status dctxi_set_object(struct dctx_store *store, dctx_key *key,
			     struct dctxi_object *object)
{
	struct dctxi_place place;
	dctx_status status =
		dctxi_place_object(store, key, object->kind, object, &place);

	dctxi_object_of_key(object, key);
	if (status != DCTX_OK)
		return status;
	set_object(&place, object);
	dctxi_place_changed(&place);
	return DCTX_OK;
}

dctx_status dctx_store_set_type(dctx_store *store, dctx_key *key,
				const void *value)
{
	struct dctxi_object *object = NULL;
	dctx_status status = dctxi_object_for(key, value, &object);

	if (status == DCTX_OK)
		status = dctxi_set_object(store, key, object);
	if (status == DCTX_OK)
		return DCTX_OK;
	if (object != NULL)
		dctxi_object_unref(object->data);
	return dctxi_set_failed(store, key, status);
}

void dctxi_place_copy(const struct dctxi_place *place, uint32_t kind,
		      const struct dctx_box *box)
{
	if (box->kind & DCTXI_BOX_COUNTED) {
		dctxi_object_ref(box->value.p);
		set_object(place, dctxi_object_of(box->value.p));
	} else if (box->kind & DCTXI_BOX_BYTES) {
		set_inline(place, (dctx_bytes){box->value.p, box->len});
	} else {
		set_bits_at(place, kind, box->value.u);
	}
}

void dctxi_place_remove(const struct dctxi_place *place)
{
	struct dctxi_record *record;

	if (dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT)) {
		dctxi_publish(place->slot, DCTXI_REMOVED_AT_ROOT);
		return;
	}
	record = dctxi_place_push(place, 0);
	record->box.kind = 0;
	dctxi_place_show(place, record, 0);
}

dctx_status dctx_store_unset_key(dctx_store *store, dctx_key *key)
{
	struct dctxi_place place;
	dctx_status status = DCTX_INVALID;

	if (key != NULL)
		status = dctxi_place_find(store, key, key->kind,
					  sizeof(struct dctxi_record), &place);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	dctxi_place_remove(&place);
	dctxi_place_changed(&place);
	return DCTX_OK;
}
