/* SPDX-License-Identifier: MIT */
/* Setting and removing. A scalar in a warm scope takes the straight way. */
#include "flow/set.h"

#include "data/fail.h"
#include "flow/here.h"
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

static __attribute__((noinline)) dctx_status
set_bits_slow(struct dctx_store *store, dctx_key *key, uint32_t kind,
	      uint64_t bits)
{
	struct dctxi_place place;
	struct dctxi_record *record;
	const struct dctx_box *old;
	struct dctx_box *box;
	dctx_status status = dctxi_place_find(
		store, key, kind, sizeof(struct dctxi_record), &place);

	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	record = dctxi_place_record(&place);
	old = dctx_abi_box(*place.slot);
	if (record != NULL && one_piece(kind)) {
		overwrite(&record->box, bits);
	} else if (dctxi_frame_is(place.frame, DCTXI_FRAME_ROOT)) {
		if (old != NULL && old->kind & DCTXI_BOX_ROOT &&
		    one_piece(kind)) {
			overwrite(old, bits);
		} else {
			box = root_box(&place, 0);
			box->value.u = bits;
			box->len = 0;
			dctxi_publish(place.slot, (uintptr_t)box | 1);
		}
	} else {
		record = dctxi_place_push(&place, 0);
		record->box.value.u = bits;
		record->box.len = 0;
		record->box.kind = 0;
		dctxi_place_show(&place, record, 1);
	}
	dctxi_place_changed(&place);
	return DCTX_OK;
}

dctx_status dctx_store_set_bits(dctx_store *store, dctx_key *key, uint32_t kind,
				uint64_t bits)
{
	struct dctxi_record *record;
	struct dctx_frame *frame;
	uintptr_t *page, *slot, word;
	uint32_t index;

	if (UNLIKELY(store == NULL || key == NULL || kind < DCTX_KIND_BOOL ||
		     kind > DCTX_KIND_F64))
		return dctxi_set_failed(store, key, DCTX_INVALID);
	index = __atomic_load_n(&key->index, __ATOMIC_RELAXED);
	frame = store->frame;
	if (UNLIKELY(index == 0 || index >= store->dir->limit ||
		     key->kind != kind || frame->cached != NULL ||
		     (frame->bits & DCTXI_SET_SLOW) != 0))
		return set_bits_slow(store, key, kind, bits);
	page = store->dir->page[index / DCTXI_PAGE_SLOTS];
	if (UNLIKELY(page[-1] != store->dir->token))
		return set_bits_slow(store, key, kind, bits);
	slot = &page[index % DCTXI_PAGE_SLOTS];
	word = *slot;
	if (word & 1 && one_piece(kind) &&
	    word - (uintptr_t)frame <
		    (uintptr_t)store->top - (uintptr_t)frame) {
		overwrite(dctx_abi_box(word), bits);
		return DCTX_OK;
	}
	record = (void *)store->top;
	if (UNLIKELY(store->end - store->top <
		     (ptrdiff_t)(sizeof *record + DCTXI_ROOM_KEPT)))
		return set_bits_slow(store, key, kind, bits);
	dctxi_unpoison(record, sizeof *record);
	record->next = frame->records;
	record->slot = slot;
	record->older = word;
	record->box.value.u = bits;
	record->box.len = 0;
	record->box.kind = 0;
	frame->records = record;
	store->top = (char *)(record + 1);
	dctxi_publish(slot, (uintptr_t)&record->box | 1);
	return DCTX_OK;
}

/* Bytes in the log, right behind their box. */
static void set_inline(const struct dctxi_place *place, const void *data,
		       uint32_t len)
{
	struct dctxi_record *record = NULL;
	struct dctx_box *box;
	char *copy;

	if (dctxi_frame_is(place->frame, DCTXI_FRAME_ROOT)) {
		box = root_box(place, (size_t)len + 1);
	} else {
		record = dctxi_place_push(place, (size_t)len + 1);
		box = &record->box;
		box->kind = 0;
	}
	copy = (char *)(box + 1);
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	box->value.u = 0;
	box->value.p = copy;
	box->len = len;
	box->kind |= DCTXI_BOX_BYTES;
	dctxi_publish(place->slot, (uintptr_t)box | 1);
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
			     uint32_t kind, dctx_bytes bytes)
{
	bool large = bytes.len >= DCTXI_INLINE_MAX;
	struct dctxi_object *object = NULL;
	struct dctxi_place place;
	dctx_status status;

	if (bytes.len >= UINT32_MAX || (bytes.data == NULL && bytes.len > 0))
		return dctxi_set_failed(store, key, DCTX_INVALID);
	status = dctxi_place_find(
		store, key, kind,
		sizeof(struct dctxi_record) + (large ? 0 : bytes.len + 8),
		&place);
	if (status == DCTX_OK && large) {
		object = dctxi_object_bytes(bytes.data, (uint32_t)bytes.len);
		if (object == NULL)
			status = DCTX_NOMEM;
	}
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	if (large)
		set_object(&place, object);
	else
		set_inline(&place, bytes.data, (uint32_t)bytes.len);
	dctxi_place_changed(&place);
	return DCTX_OK;
}

dctx_status dctx_store_set_str(dctx_store *store, dctx_key *key,
			       const char *text)
{
	if (text == NULL)
		return dctxi_set_failed(store, key, DCTX_INVALID);
	return set_bytes(store, key, DCTX_KIND_STR,
			 (dctx_bytes){text, strlen(text)});
}

dctx_status dctx_store_set_bytes(dctx_store *store, dctx_key *key,
				 dctx_bytes bytes)
{
	return set_bytes(store, key, DCTX_KIND_BYTES, bytes);
}

dctx_status dctx_store_set_type(dctx_store *store, dctx_key *key,
				const void *value)
{
	struct dctxi_object *object = NULL;
	struct dctxi_place place;
	dctx_status status = dctxi_object_for(key, value, &object);

	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	status = dctxi_place_find(store, key, DCTX_KIND_TYPE,
				  sizeof(struct dctxi_record), &place);
	if (status != DCTX_OK) {
		dctxi_object_unref(object->data);
		return dctxi_set_failed(store, key, status);
	}
	set_object(&place, object);
	dctxi_place_changed(&place);
	return DCTX_OK;
}

dctx_status dctx_store_unset_key(dctx_store *store, dctx_key *key)
{
	struct dctxi_place place;
	struct dctxi_record *record;
	dctx_status status = DCTX_INVALID;

	if (key != NULL)
		status = dctxi_place_find(store, key, key->kind,
					  sizeof(struct dctxi_record), &place);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	if (dctxi_frame_is(place.frame, DCTXI_FRAME_ROOT)) {
		dctxi_publish(place.slot, DCTXI_REMOVED);
	} else {
		record = dctxi_place_push(&place, 0);
		record->box.kind = 0;
		dctxi_place_show(&place, record, 0);
	}
	dctxi_place_changed(&place);
	return DCTX_OK;
}
