/* SPDX-License-Identifier: MIT */
#include "flow/log.h"

#include "data/fail.h"
#include "plat/heap.h"
#include "plat/local.h"
#include "plat/poison.h"

#include <string.h>

/* A task's first chunk has room for four scalars; the next ones double. */
#define FIRST_ROOM (4 * sizeof(struct dctx_box))
#define CHUNK_LEAST 1024u
#define CHUNK_MOST 65536u

static char *chunk_start(struct dctxi_chunk *chunk)
{
	return (char *)(chunk + 1);
}

static size_t chunk_size(const struct dctxi_chunk *chunk)
{
	return (size_t)(chunk->limit - (const char *)chunk);
}

void dctxi_log_lay(struct dctx_store *store, void *memory, size_t size,
		   struct dctx_snapshot *base)
{
	struct dctxi_chunk *chunk = memory;
	struct dctx_root *root = (void *)chunk_start(chunk);

	*chunk = (struct dctxi_chunk){.limit = (char *)memory + size};
	*root = (struct dctx_root){
		.frame = {.id = dctxi_id_next(),
			  .end = chunk->limit,
			  .depth = 1,
			  .bits = DCTXI_FRAME_ROOT},
		.base = base,
		.chunk = chunk,
		.bytes = size,
	};
	store->top = (char *)(root + 1);
	store->end = chunk->limit;
	store->frame = &root->frame;
	store->root = root;
}

dctx_status dctxi_log_begin(struct dctx_store *store)
{
	size_t size = sizeof(struct dctxi_chunk) + sizeof(struct dctx_root) +
		      FIRST_ROOM;
	struct dctx_snapshot *base = &dctxi_snapshot_none;
	void *memory = dctxi_alloc(size);

	if (memory == NULL)
		return DCTX_NOMEM;
	if (store->dir != &dctxi_dir_empty)
		base = (void *)((char *)store->dir -
				offsetof(struct dctx_snapshot, own));
	dctxi_log_lay(store, memory, size, base);
	return DCTX_OK;
}

static void chunk_free(struct dctx_store *store, struct dctxi_chunk *chunk)
{
	store->root->bytes -= chunk_size(chunk);
	dctxi_free(chunk, chunk_size(chunk));
}

/* Forgets the chunks after `chunk`, newest last. */
static void free_after(struct dctx_store *store, struct dctxi_chunk *chunk)
{
	struct dctxi_chunk *next = chunk->next;

	chunk->next = NULL;
	while (next != NULL) {
		struct dctxi_chunk *after = next->next;

		chunk_free(store, next);
		next = after;
	}
}

static dctx_status chunk_add(struct dctx_store *store, size_t room)
{
	struct dctxi_chunk *last = store->root->chunk, *chunk;
	size_t size = chunk_size(last) * 2;

	if (size < CHUNK_LEAST)
		size = CHUNK_LEAST;
	if (size > CHUNK_MOST)
		size = CHUNK_MOST;
	if (size < room + sizeof *chunk)
		size = (room + sizeof *chunk + 63) & ~(size_t)63;
	if (dctxi_past(DCTX_LIMIT_STORE_BYTES, store->root->bytes + size))
		return dctxi_fail_limit(
			"store bytes", store->root->bytes + size,
			dctxi_limit(DCTX_LIMIT_STORE_BYTES));
	chunk = dctxi_alloc(size);
	if (chunk == NULL)
		return DCTX_NOMEM;
	*chunk = (struct dctxi_chunk){.prev = last,
				      .limit = (char *)chunk + size};
	last->next = chunk;
	store->root->bytes += size;
	return DCTX_OK;
}

dctx_status dctxi_log_reserve(struct dctx_store *store, size_t size,
			      bool *out_moved)
{
	struct dctxi_chunk *chunk = store->root->chunk, *next = chunk->next;
	dctx_status status;

	*out_moved = false;
	if (store->end - store->top >= (ptrdiff_t)size)
		return DCTX_OK;
	if (next == NULL || next->limit - chunk_start(next) < (ptrdiff_t)size) {
		free_after(store, chunk);
		status = chunk_add(store, size);
		if (status != DCTX_OK)
			return status;
		next = chunk->next;
	}
	chunk->top = store->top;
	chunk->end = store->end;
	store->root->chunk = next;
	store->top = chunk_start(next);
	store->end = next->limit;
	*out_moved = true;
	return DCTX_OK;
}

dctx_status dctxi_log_keep(struct dctx_store *store,
			   const struct dctx_frame *frame, size_t size)
{
	struct dctxi_chunk *chunk = dctxi_log_chunk(store, frame);
	char *top = dctxi_frame_start(frame);

	if (dctxi_frame_is(frame, DCTXI_FRAME_FIRST)) {
		chunk = chunk->prev;
		top = chunk->top;
	}
	if (chunk->next != NULL || frame->end - top >= (ptrdiff_t)size)
		return DCTX_OK;
	return chunk_add(store, size);
}

struct dctxi_chunk *dctxi_log_chunk(const struct dctx_store *store,
				    const void *at)
{
	struct dctxi_chunk *chunk = store->root->chunk;

	while ((const char *)at < (const char *)chunk ||
	       (const char *)at >= chunk->limit)
		chunk = chunk->prev;
	return chunk;
}

const char **dctxi_frame_name(const struct dctx_store *store,
			      const struct dctx_frame *frame)
{
	char *end = frame->end;

	if (dctxi_frame_is(frame, DCTXI_FRAME_FIRST))
		end = dctxi_log_chunk(store, frame)->limit;
	return (const char **)(void *)end - 1;
}

char *dctxi_frame_start(const struct dctx_frame *frame)
{
	if (dctxi_frame_is(frame, DCTXI_FRAME_GAP))
		return ((char *const *)(const void *)frame)[-1];
	return (char *)(uintptr_t)frame;
}

void dctxi_log_lend(struct dctx_store *store, struct dctx_frame *frame)
{
	struct dctxi_chunk *now = store->root->chunk;
	struct dctxi_chunk *chunk = dctxi_log_chunk(store, frame);

	if (dctxi_frame_is(frame, DCTXI_FRAME_FIRST))
		chunk = chunk->prev;
	chunk->end = frame->end;
	for (struct dctxi_chunk *c = now; c != chunk; c = c->prev)
		c->end = c->limit;
	store->end = now->end;
	if (now != chunk)
		store->frame->bits |= DCTXI_FRAME_SPREAD;
	frame->id = (uintptr_t)store->top;
	frame->depth = DCTXI_DEPTH_BACK;
	*dctxi_lent(store->root) = (char *)frame;
}

/* The innermost frame's records all stand in the current chunk. */
static void unspread(struct dctx_store *store)
{
	struct dctx_frame *frame = store->frame;

	if (dctxi_frame_is(frame, DCTXI_FRAME_SPREAD) &&
	    dctxi_log_chunk(store, frame) == store->root->chunk)
		frame->bits &= ~DCTXI_FRAME_SPREAD;
}

void dctxi_log_back(struct dctx_store *store, const struct dctx_frame *frame)
{
	struct dctxi_chunk *chunk = dctxi_log_chunk(store, frame);
	char *top = dctxi_frame_start(frame);

	/* Read before its memory may go. */
	store->end = frame->end;
	if (dctxi_frame_is(frame, DCTXI_FRAME_FIRST)) {
		chunk = chunk->prev;
		top = chunk->top;
	}
	if (chunk != store->root->chunk) {
		store->root->chunk = chunk;
		if (chunk->next->next != NULL)
			free_after(store, chunk->next);
	}
	store->top = top;
	unspread(store);
	dctxi_poison(top, (size_t)(store->end - top));
}

void dctxi_log_restart(struct dctx_store *store)
{
	struct dctxi_chunk *first = store->root->chunk;

	while (first->prev != NULL)
		first = first->prev;
	if (first->next != NULL)
		free_after(store, first->next);
	store->root->chunk = first;
	store->root->frame.bits &= ~DCTXI_FRAME_SPREAD;
	store->top = (char *)(store->root + 1);
	store->end = first->limit;
	dctxi_poison(store->top, (size_t)(store->end - store->top));
}

void dctxi_chunk_remove(struct dctx_store *store, struct dctxi_chunk *chunk)
{
	chunk->prev->next = chunk->next;
	chunk->next->prev = chunk->prev;
	chunk_free(store, chunk);
}

void dctxi_log_free(struct dctx_store *store, bool keep_first)
{
	struct dctxi_chunk *first = store->root->chunk;

	while (first->prev != NULL)
		first = first->prev;
	free_after(store, first);
	if (!keep_first)
		dctxi_free(first, chunk_size(first));
}

dctx_status dctxi_log_charge(struct dctx_store *store, size_t bytes)
{
	size_t sum = store->root->bytes + bytes;

	if (dctxi_past(DCTX_LIMIT_STORE_BYTES, sum))
		return dctxi_fail_limit("store bytes", sum,
					dctxi_limit(DCTX_LIMIT_STORE_BYTES));
	store->root->bytes = sum;
	return DCTX_OK;
}

void dctxi_log_discharge(struct dctx_store *store, const void *data)
{
	store->root->bytes -= dctxi_object_size(dctxi_object_of(data));
}

static void object_drop(struct dctx_store *store, const void *data)
{
	dctxi_log_discharge(store, data);
	dctxi_object_unref(data);
}

/* Does one thing that may run the user's code, after it has been taken off the
 * frame, so that whatever happens in there it is not done twice. Returns false
 * when the frame has nothing left. */
static bool drain_step(struct dctx_store *store, struct dctx_frame *frame)
{
	struct dctx_snapshot *cached = frame->cached;
	struct dctxi_record *record = frame->records;

	if (cached != NULL) {
		frame->cached = NULL;
		dctx_snapshot_unref(cached);
		return true;
	}
	if (record != NULL && dctxi_frame_is(frame, DCTXI_FRAME_COUNTED)) {
		frame->records = record->next;
		if (record->box.kind & DCTXI_BOX_COUNTED)
			object_drop(store, record->box.value.p);
		else if (record->box.kind & DCTXI_BOX_CELL)
			dctxi_cell_drop((void *)(uintptr_t)record->box.value.p);
		return true;
	}
	if (dctxi_frame_is(frame, DCTXI_FRAME_LEVEL)) {
		frame->bits &= ~DCTXI_FRAME_LEVEL;
		if (!dctxi_level_of(frame)->borrowed)
			dctx_snapshot_unref(dctxi_level_of(frame)->base);
		return true;
	}
	return false;
}

/* What a frame that was left is for at its end: room. */
static void finish(struct dctx_store *store, const struct dctx_frame *frame)
{
	if (frame->id != (uintptr_t)store->top)
		return;
	*dctxi_lent(store->root) = NULL;
	if (frame->depth == DCTXI_DEPTH_BACK)
		dctxi_log_back(store, frame);
	else if (frame->depth == DCTXI_DEPTH_ANEW &&
		 store->frame == &store->root->frame)
		dctxi_log_restart(store);
}

void dctxi_log_drain(struct dctx_store *store)
{
	struct dctx_root *root = store->root;

	dctxi_snapshot_finish();
	while (root->pending != NULL) {
		struct dctx_frame *frame = root->pending;

		if (!drain_step(store, frame) && root->pending == frame) {
			root->pending = frame->prev;
			finish(store, frame);
		}
	}
}
