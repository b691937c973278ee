/* SPDX-License-Identifier: MIT */
/*
 * Capture: what a store shows, as a snapshot. Nothing changed: the same object
 * again. Else one block, whose size is counted first, and one walk over the
 * pages that somebody wrote.
 */
#include "data/fail.h"
#include "flow/chain.h"
#include "flow/here.h"
#include "flow/level.h"
#include "plat/heap.h"

#include <string.h>

/* What a snapshot of a directory takes. */
struct measure {
	uint32_t last;
	size_t pages, boxes, bytes;
};

static inline void measure_page(const uintptr_t *slot, struct measure *m)
{
	size_t boxes = 0, bytes = 0;

#pragma GCC unroll 8
	for (uint32_t j = 0; j < DCTXI_PAGE_SLOTS; j++) {
		if (!(slot[j] & 1))
			continue;
		boxes++;
		if (dctx_abi_box(slot[j])->kind & DCTXI_BOX_BYTES)
			bytes += dctxi_inline_size(dctx_abi_box(slot[j])->len);
	}
	m->boxes += boxes;
	m->bytes += bytes;
}

static struct measure measure_dir(const struct dctx_dir *dir)
{
	struct measure m = {0, 0, 0, 0};

	for (uint32_t i = 0; i < dir->pages; i++) {
		if (dir->page[i] == dctxi_page_empty.slot)
			continue;
		m.pages++;
		m.last = i * DCTXI_PAGE_SLOTS + DCTXI_PAGE_SLOTS - 1;
		measure_page(dir->page[i], &m);
	}
	return m;
}

/* Short texts are a few words, for which a call of memcpy costs more than the
 * copy. Both sides have room for whole words. */
static inline void words_copy(unsigned char *to, const unsigned char *from,
			      size_t size)
{
	if (size > 64) {
		memcpy(to, from, size);
		return;
	}
	for (size_t i = 0; i < size; i += 8)
		memcpy(to + i, from + i, 8);
}

/* What a box that is no scalar has beside it: a reference, or bytes. */
static inline unsigned char *rest_copy(struct dctx_box *box,
				       unsigned char *bytes,
				       uint32_t *objects)
{
	size_t size;

	if (box->kind & DCTXI_BOX_COUNTED) {
		dctxi_object_ref(box->value.p);
		++*objects;
		return bytes;
	}
	size = dctxi_inline_size(box->len);
	words_copy(bytes, box->value.p, size);
	box->value.p = bytes;
	return bytes + size;
}

/* Copies a page and its boxes; what it is made of stands in registers. */
static inline void page_copy(const uintptr_t *old, struct dctxi_page *page,
			     struct dctxi_room *room, uint32_t *objects)
{
	unsigned char *bytes = room->bytes;
	struct dctx_box *box = room->box;

	page->token = DCTXI_TOKEN_PAGE;
#pragma GCC unroll 8
	for (uint32_t j = 0; j < DCTXI_PAGE_SLOTS; j++) {
		const struct dctx_box *from = dctx_abi_box(old[j]);

		if (!(old[j] & 1)) {
			page->slot[j] = old[j] != 0 ? DCTXI_REMOVED : 0;
			continue;
		}
		/* Word by word, as it was written: a load of 16 bytes would
		 * wait until the stores of a fresh box are in the cache. */
		box->value.u = from->value.u;
		box->len = from->len;
		box->kind = from->kind & (DCTXI_BOX_COUNTED | DCTXI_BOX_BYTES);
		if (box->kind != 0)
			bytes = rest_copy(box, bytes, objects);
		page->slot[j] = (uintptr_t)box | 1;
		box++;
	}
	room->box = box;
	room->bytes = bytes;
}

static struct dctx_snapshot *values_copy(const struct dctx_dir *dir)
{
	struct measure m = measure_dir(dir);
	struct dctxi_room room;
	struct dctx_snapshot *snapshot =
		dctxi_snapshot_room(m.last, m.pages, m.boxes, m.bytes, &room);

	if (snapshot == NULL)
		return NULL;
	for (uint32_t i = 0; i < snapshot->own.pages; i++) {
		if (dir->page[i] == dctxi_page_empty.slot)
			continue;
		page_copy(dir->page[i], room.page, &room, &snapshot->objects);
		snapshot->own.page[i] = room.page++->slot;
	}
	return snapshot;
}

/* Whether a name is a literal: one that stands neither in the log nor in the
 * blocks that `owner` is the newest of. */
static bool borrowed(const struct dctx_store *store,
		     const struct dctxi_names *owner, const char *name)
{
	const struct dctxi_chunk *chunk = store->root->chunk;

	for (; chunk != NULL; chunk = chunk->prev)
		if (name > (const char *)chunk && name < chunk->limit)
			return false;
	for (; owner != NULL; owner = owner->parent)
		if (dctxi_names_owns(owner, name))
			return false;
	return true;
}

/* Names that must be copied, or of which the oldest are dropped: one flat
 * block of the newest `n`. */
static dctx_status names_flat(const struct dctx_store *store, size_t n,
			      struct dctxi_names **out)
{
	const struct dctxi_names *base = dctxi_level_base(store)->names;
	struct dctxi_name *list = dctxi_alloc(n * sizeof *list);
	const char **names = dctxi_alloc(n * sizeof *names);

	*out = NULL;
	if (list != NULL && names != NULL) {
		dctxi_chain_list(store, true, names, n);
		for (size_t i = 0; i < n; i++) {
			const char *text = names[n - 1 - i];

			list[i].text = text;
			list[i].len = DCTXI_NAME_BORROWED;
			if (!borrowed(store, base, text))
				list[i].len = strlen(text);
		}
		*out = dctxi_names_new(list, n);
	}
	dctxi_free(list, n * sizeof *list);
	dctxi_free(names, n * sizeof *names);
	return *out != NULL ? DCTX_OK : DCTX_NOMEM;
}

/* The chain of names, as a reference. */
static dctx_status names_copy(const struct dctx_store *store,
			      struct dctxi_names **out)
{
	struct dctxi_names *base = dctxi_level_base(store)->names;
	size_t own = dctxi_run_total(store), at = 0;
	size_t total = own + dctxi_names_total(base);
	struct dctxi_run run;

	if (dctxi_past(DCTX_LIMIT_CHAIN, total))
		return names_flat(store, dctxi_limit(DCTX_LIMIT_CHAIN), out);
	if (own == 0) {
		*out = dctxi_names_ref(base);
		return DCTX_OK;
	}
	if (dctxi_frame_is(&store->root->frame, DCTXI_FRAME_COPIED))
		return names_flat(store, total, out);
	*out = dctxi_names_room(own, base);
	if (*out == NULL)
		return DCTX_NOMEM;
	for (bool more = dctxi_run_first(store, &run); more;
	     more = dctxi_run_next(store, &run)) {
		memcpy((*out)->name + at, run.name, run.n * sizeof *run.name);
		at += run.n;
	}
	return DCTX_OK;
}

/* Values that nobody changed are the level's base's, by reference. */
static dctx_status build(const struct dctx_store *store, dctx_snapshot **out)
{
	struct dctx_snapshot *base = dctxi_level_base(store);
	struct dctxi_names *names;
	struct dctx_snapshot *snapshot;
	dctx_status status = names_copy(store, &names);

	if (status != DCTX_OK)
		return status;
	if (store->dir == base->dir)
		snapshot = dctxi_snapshot_over(base, names, store->cell,
					       store->deadline);
	else
		snapshot = values_copy(store->dir);
	if (snapshot == NULL) {
		dctxi_names_unref(names);
		return DCTX_NOMEM;
	}
	snapshot->names = names;
	snapshot->cell = store->cell;
	snapshot->deadline = store->deadline;
	dctxi_cell_hold(dctxi_cell_of(store->cell));
	*out = snapshot;
	return DCTX_OK;
}

/* Whether a frame shows what the one below it shows. */
static bool changes_nothing(const struct dctx_frame *frame)
{
	return frame->records == NULL &&
	       !dctxi_frame_is(frame, DCTXI_FRAME_NAMED | DCTXI_FRAME_ROOT |
					      DCTXI_FRAME_LEVEL);
}

/* The capture that still holds, or NULL: of this scope, of one below that
 * shows the same, or the one that the level began with. No reference. */
static struct dctx_snapshot *held(const struct dctx_store *store)
{
	const struct dctx_frame *frame = store->frame;
	struct dctx_snapshot *base = dctxi_level_base(store);

	while (frame->cached == NULL && changes_nothing(frame))
		frame = frame->prev;
	if (frame->cached != NULL)
		return frame->cached;
	if (dctxi_frame_is(frame, DCTXI_FRAME_ROOT | DCTXI_FRAME_LEVEL) &&
	    frame->records == NULL && store->dir == base->dir &&
	    store->cell == base->cell && store->deadline == base->deadline)
		return base;
	return NULL;
}

static __attribute__((noinline)) dctx_status
capture_slow(dctx_store *store, dctx_snapshot **out)
{
	struct dctx_snapshot *snapshot;
	dctx_status status = DCTX_OK;

	if (store == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "capture");
	snapshot = held(store);
	if (snapshot == NULL) {
		status = build(store, &snapshot);
		if (status != DCTX_OK)
			return dctxi_fail(status, "capture");
		store->frame->cached = snapshot;
	}
	dctxi_snapshot_hold(snapshot);
	*out = snapshot;
	return DCTX_OK;
}

dctx_status dctx_store_capture(dctx_store *store, dctx_snapshot **out)
{
	struct dctx_snapshot *snapshot;

	if (store == NULL || out == NULL)
		return capture_slow(store, out);
	snapshot = store->frame->cached;
	if (snapshot == NULL)
		return capture_slow(store, out);
	dctxi_snapshot_hold(snapshot);
	*out = snapshot;
	return DCTX_OK;
}

dctx_snapshot *dctx_capture_here(void)
{
	struct dctx_store *store = dctx_abi1_current;
	struct dctx_snapshot *snapshot = NULL;
	dctx_status status = dctx_store_capture(store, &snapshot);

	if (status != DCTX_OK)
		dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status,
				  "capture");
	return snapshot;
}
