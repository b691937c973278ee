/* SPDX-License-Identifier: MIT */
#include "wire/scratch.h"

#include "data/limit.h"
#include "plat/heap.h"

#include <dctx/codec.h>

struct dctxi_room_block {
	struct dctxi_room_block *next;
	size_t size;
	_Alignas(16) char memory[];
};

/* Objects go one by one, each off the list before its destroy can jump; and
 * last the memory that their values may point into. */
static void empty(struct dctxi_scratch *scratch)
{
	dctx_snapshot *snapshot = scratch->snapshot;

	if (scratch->making != NULL)
		dctxi_scratch_unmake(scratch);
	while (scratch->whole != NULL)
		dctxi_scratch_drop(scratch, scratch->whole);
	scratch->snapshot = NULL;
	dctx_snapshot_unref(snapshot);
	dctxi_raw_free(scratch->raw);
	scratch->raw = NULL;
	while (scratch->rooms != NULL) {
		struct dctxi_room_block *room = scratch->rooms;

		scratch->rooms = room->next;
		/* Part of a secret, perhaps. */
		dctxi_wipe(room->memory, room->size - sizeof *room);
		dctxi_free(room, room->size);
	}
}

/* What a rewind or the thread's end calls: on the list again meanwhile, since a
 * destroy may jump once more. */
static void end_late(struct dctxi_keep *keep)
{
	(void)dctxi_keep(keep);
	dctxi_scratch_end((struct dctxi_scratch *)(void *)keep);
}

bool dctxi_scratch_begin(struct dctxi_scratch **scratch)
{
	struct dctxi_scratch *fresh;

	if (*scratch != NULL)
		return true;
	fresh = dctxi_alloc(sizeof *fresh);
	if (fresh == NULL)
		return false;
	*fresh = (struct dctxi_scratch){.keep = {.end = end_late}};
	if (!dctxi_keep(&fresh->keep)) {
		dctxi_free(fresh, sizeof *fresh);
		return false;
	}
	*scratch = fresh;
	return true;
}

/* A destroy that jumps out leaves the rest to a rewind or the thread's end. */
void dctxi_scratch_end(struct dctxi_scratch *scratch)
{
	if (scratch == NULL)
		return;
	empty(scratch);
	dctxi_let_go(&scratch->keep.next);
	dctxi_free(scratch, sizeof *scratch);
}

void *dctxi_scratch_room(struct dctxi_scratch **scratch, size_t size)
{
	struct dctxi_room_block *room = NULL;

	if (size > SIZE_MAX - sizeof *room || !dctxi_scratch_begin(scratch))
		return NULL;
	room = dctxi_alloc(sizeof *room + size);
	if (room == NULL)
		return NULL;
	room->size = sizeof *room + size;
	room->next = (*scratch)->rooms;
	(*scratch)->rooms = room;
	return room->memory;
}

struct dctxi_object *dctxi_scratch_make(struct dctxi_scratch *scratch,
					const dctx_type *type)
{
	scratch->making = dctxi_object_room(type);
	return scratch->making;
}

void dctxi_scratch_made(struct dctxi_scratch *scratch)
{
	struct dctxi_object *object = scratch->making;

	scratch->making = NULL;
	dctxi_scratch_take(scratch, object);
}

void dctxi_scratch_unmake(struct dctxi_scratch *scratch)
{
	struct dctxi_object *object = scratch->making;

	scratch->making = NULL;
	dctxi_object_discard(object);
}

void dctxi_scratch_take(struct dctxi_scratch *scratch,
			struct dctxi_object *object)
{
	object->held = scratch->whole;
	scratch->whole = object;
}

void dctxi_scratch_drop(struct dctxi_scratch *scratch,
			struct dctxi_object *object)
{
	struct dctxi_object *above = scratch->whole;

	if (above == object) {
		scratch->whole = object->held;
	} else {
		while (above->held != object)
			above = above->held;
		above->held = object->held;
	}
	dctxi_object_unref(object->data);
}

void dctxi_scratch_give(struct dctxi_scratch *scratch)
{
	scratch->whole = NULL;
}

void *dctx_read_room(dctx_reader *r, size_t size)
{
	struct dctxi_scratch *scratch = r->room;
	size_t most = dctxi_limit(DCTX_LIMIT_MESSAGE_BYTES);
	void *memory;

	if (r->status != DCTX_OK || size == 0)
		return NULL;
	if (scratch == NULL) {
		r->status = DCTX_INVALID;
		return NULL;
	}
	if (most != 0 && (size > most || scratch->given > most - size)) {
		r->status = DCTX_LIMIT;
		return NULL;
	}
	memory = dctxi_scratch_room(&scratch, size);
	if (memory == NULL)
		r->status = DCTX_NOMEM;
	else
		scratch->given += size;
	return memory;
}
