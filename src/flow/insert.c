/* SPDX-License-Identifier: MIT */
#include "flow/insert.h"

#include "flow/level.h"
#include "flow/log.h"
#include "flow/set.h"
#include "plat/local.h"
#include "plat/poison.h"

/* So many records of a scope are looked at for an insert to be used again. */
#define LOOK_AT 256

static struct dctxi_insert *insert_of(struct dctxi_record *record)
{
	return (struct dctxi_insert *)(void *)record;
}

static bool is_root(const struct dctx_frame *frame)
{
	return dctxi_frame_is(frame, DCTXI_FRAME_ROOT);
}

struct dctxi_insert *dctxi_insert_next(struct dctxi_insert_walk *walk)
{
	for (;;) {
		struct dctxi_record *record = walk->record;

		if (record == NULL && is_root(walk->frame))
			return NULL;
		if (record == NULL) {
			walk->frame = walk->frame->prev;
			walk->record = walk->frame->records;
			continue;
		}
		walk->record = record->next;
		if (record->box.kind & DCTXI_BOX_INSERT)
			return insert_of(record);
	}
}

/* Whether a slot's word is the box of a record: of what is newer than an insert
 * only what a root set without one is not. */
static bool has_record(uintptr_t word)
{
	const struct dctx_box *box = dctxi_box(word);

	if (word == 0 || word == DCTXI_REMOVED || word == DCTXI_REMOVED_AT_ROOT)
		return false;
	return box == NULL || !(box->kind & DCTXI_BOX_ROOT) ||
	       box->kind & DCTXI_BOX_COUNTED;
}

/* Takes a record out of its key's chain of versions, unless what the scope set
 * later has taken over from it. */
static void unlink_version(struct dctxi_record *record, uintptr_t *slot)
{
	uintptr_t me = (uintptr_t)&record->box, *at = slot;

	if (record->slot != slot)
		return;
	record->slot = &record->older;
	while ((*at & ~(uintptr_t)1) != me) {
		if (!has_record(*at))
			return;
		at = &dctxi_record_of((const void *)(*at & ~(uintptr_t)1))
			      ->older;
	}
	dctxi_publish(at, record->older);
}

/* The word that shows a slot's newest version in a frame, or would. */
static uintptr_t *link_place(const struct dctx_store *store,
			     const struct dctx_frame *frame, uintptr_t *slot)
{
	struct dctx_frame *f = store->frame;
	uintptr_t *at = slot;

	for (; f != frame; f = f->prev)
		for (struct dctxi_record *r = f->records; r != NULL;
		     r = r->next)
			if (r->slot == slot)
				at = &r->older;
	return at;
}

/* Puts a record into the chain, as the newest of its frame. */
static void link_version(const struct dctx_store *store,
			 const struct dctx_frame *frame,
			 struct dctxi_record *record, uintptr_t *slot)
{
	uintptr_t *at = link_place(store, frame, slot);

	record->older = *at;
	record->slot = slot;
	dctxi_publish(at, (uintptr_t)&record->box | 1);
}

static void list_remove(struct dctx_frame *frame,
			const struct dctxi_insert *insert)
{
	struct dctxi_record **at = &frame->records;

	while (*at != &insert->bytes)
		at = &(*at)->next;
	*at = insert->object.next;
}

static void list_push(struct dctx_frame *frame, struct dctxi_insert *insert)
{
	insert->object.next = frame->records;
	insert->bytes.next = &insert->object;
	frame->records = &insert->bytes;
}

/* Gives the log's top back, if that is a free insert of the innermost frame. */
static bool pop_one(struct dctx_store *store)
{
	struct dctx_frame *frame = store->frame;
	struct dctxi_record **at = &frame->records, *r;

	for (int i = 0; (r = *at) != NULL && i < LOOK_AT; i++, at = &r->next) {
		struct dctxi_insert *insert = insert_of(r->next);

		if (insert == NULL || r != &insert->bytes ||
		    (char *)(insert + 1) != store->top)
			continue;
		if (!(insert->object.box.kind & DCTXI_BOX_FREE))
			return false;
		*at = insert->object.next;
		store->top = (char *)insert;
		dctxi_poison(insert, sizeof *insert);
		return true;
	}
	return false;
}

static void set_free(struct dctx_store *store, struct dctxi_insert *insert)
{
	dctxi_log_discharge(store, dctxi_insert_data(insert));
	insert->object.box.kind = DCTXI_BOX_INSERT | DCTXI_BOX_FREE;
	insert->object.box.value.u = 0;
	while (pop_one(store))
		;
}

/* A free insert of the innermost frame, taken off its list. */
static struct dctxi_insert *spare_take(struct dctx_frame *frame)
{
	struct dctxi_record *r = frame->records;

	if (!dctxi_frame_is(frame, DCTXI_FRAME_COUNTED))
		return NULL;
	for (int i = 0; r != NULL && i < LOOK_AT; i++, r = r->next)
		if (r->box.kind & DCTXI_BOX_FREE) {
			list_remove(frame, insert_of(r));
			return insert_of(r);
		}
	return NULL;
}

static struct dctxi_insert *room_take(struct dctx_store *store)
{
	struct dctxi_insert *insert = (void *)store->top;

	dctxi_unpoison(insert, sizeof *insert);
	store->top += sizeof *insert;
	return insert;
}

static void fill(struct dctxi_insert *insert,
		 const struct dctxi_insert_what *what, uint32_t root)
{
	insert->object.box.value.u = 0;
	insert->object.box.value.p = what->object->data;
	insert->object.box.len = what->object->len;
	insert->object.box.kind = DCTXI_BOX_COUNTED | DCTXI_BOX_INSERT | root;
	insert->bytes.box.value.u = 0;
	insert->bytes.box.value.p = what->bytes.data;
	insert->bytes.box.len = (uint32_t)what->bytes.len;
	/* Not of a root: it has a record, where a root's have none. */
	insert->bytes.box.kind = DCTXI_BOX_BYTES;
}

/* Everything that can fail. */
static dctx_status prepare(struct dctx_store *store,
			   const struct dctxi_insert_what *what,
			   struct dctxi_place *out)
{
	dctx_status status = dctxi_key_reserve(what->object_key);

	if (status == DCTX_OK)
		status = dctxi_key_reserve(what->bytes_key);
	if (status == DCTX_OK)
		status = dctxi_place_find(store, what->bytes_key,
					  what->bytes_key->kind,
					  sizeof(struct dctxi_insert), out);
	if (status == DCTX_OK)
		status = dctxi_level_own(out->store, what->object_key->page);
	if (status == DCTX_OK)
		status = dctxi_place_charge(out, what->object);
	return status;
}

static uintptr_t *slot_of(const struct dctx_store *store, const dctx_key *key)
{
	return &store->dir->page[key->page][key->slot];
}

dctx_status dctxi_insert_put(struct dctx_store *store,
			     const struct dctxi_insert_what *what)
{
	struct dctxi_insert *insert;
	struct dctxi_place place;
	dctx_status status = prepare(store, what, &place);

	if (status != DCTX_OK)
		return status;
	insert = spare_take(place.frame);
	if (insert == NULL)
		insert = room_take(place.store);
	dctxi_object_ref(what->object->data);
	fill(insert, what, is_root(place.frame) ? DCTXI_BOX_ROOT : 0);
	insert->id = dctxi_id_next();
	insert->slot[0] = slot_of(place.store, what->object_key);
	insert->slot[1] = slot_of(place.store, what->bytes_key);
	list_push(place.frame, insert);
	place.frame->bits |= DCTXI_FRAME_COUNTED;
	link_version(place.store, place.frame, &insert->bytes, insert->slot[1]);
	link_version(place.store, place.frame, &insert->object,
		     insert->slot[0]);
	dctxi_place_changed(&place);
	return DCTX_OK;
}

bool dctxi_insert_uncache(struct dctx_store *store,
			  const struct dctx_frame *frame)
{
	for (struct dctx_frame *f = store->frame;; f = f->prev) {
		struct dctx_snapshot *cached = f->cached;

		if (cached != NULL) {
			f->cached = NULL;
			dctxi_snapshot_drop(cached);
			return true;
		}
		if (f == frame)
			return false;
	}
}

bool dctxi_insert_take(struct dctx_store *store, struct dctx_frame *frame,
		       struct dctxi_insert *insert, bool park)
{
	store->root->changes++;
	insert->shown = *insert->slot[1] == ((uintptr_t)&insert->bytes.box | 1);
	unlink_version(&insert->object, insert->slot[0]);
	unlink_version(&insert->bytes, insert->slot[1]);
	if (park &&
	    (frame != store->frame || (char *)(insert + 1) != store->top)) {
		insert->object.box.kind |= DCTXI_BOX_PARKED;
		insert->top = store->frame->id;
		return true;
	}
	set_free(store, insert);
	return false;
}

/* Whether a slot would show a value that is put into a frame: nothing newer is
 * above it, nor an attach. */
static bool would_show(const struct dctx_store *store,
		       const struct dctx_frame *frame, uintptr_t *slot)
{
	for (struct dctx_frame *f = store->frame; f != frame; f = f->prev)
		if (dctxi_frame_is(f, DCTXI_FRAME_LEVEL))
			return false;
	return link_place(store, frame, slot) == slot;
}

bool dctxi_insert_fits(const struct dctx_store *store,
		       const struct dctx_frame *frame,
		       const struct dctxi_insert *insert)
{
	return insert->top == store->frame->id &&
	       would_show(store, frame, insert->slot[0]) &&
	       (!insert->shown || would_show(store, frame, insert->slot[1]));
}

void dctxi_insert_resume(struct dctx_store *store, struct dctx_frame *frame,
			 struct dctxi_insert *insert)
{
	store->root->changes++;
	list_remove(frame, insert);
	list_push(frame, insert);
	insert->object.box.kind &= ~DCTXI_BOX_PARKED;
	insert->id = dctxi_id_next();
	link_version(store, frame, &insert->bytes, insert->slot[1]);
	link_version(store, frame, &insert->object, insert->slot[0]);
}

static struct dctxi_insert *find_since(const struct dctx_store *store,
				       uint64_t since)
{
	struct dctxi_insert_walk walk = dctxi_insert_walk(store);
	struct dctxi_insert *insert = dctxi_insert_next(&walk);

	while (insert != NULL && walk.frame == store->frame &&
	       (!dctxi_insert_in_force(insert) || insert->id < since))
		insert = dctxi_insert_next(&walk);
	return walk.frame == store->frame ? insert : NULL;
}

void dctxi_insert_rewind(struct dctx_store *store, uint64_t since)
{
	struct dctx_frame *frame = store->frame;
	struct dctxi_insert *insert;

	while (store->frame == frame &&
	       (insert = find_since(store, since)) != NULL) {
		const void *data = dctxi_insert_data(insert);

		if (dctxi_insert_uncache(store, frame))
			continue;
		(void)dctxi_insert_take(store, frame, insert, false);
		dctxi_object_unref(data);
	}
}

void dctxi_insert_free(struct dctx_store *store, struct dctx_frame *frame,
		       struct dctxi_insert *insert)
{
	(void)frame;
	set_free(store, insert);
}
