/* SPDX-License-Identifier: MIT */
#include "data/snapshot.h"

#include "plat/heap.h"
#include "plat/local.h"

#include <string.h>

struct dctx_snapshot dctxi_snapshot_none = {
	.dir = &dctxi_dir_empty,
	.refs = 1,
	.size = sizeof dctxi_snapshot_none,
	.deadline = DCTXI_NO_DEADLINE,
};

dctx_snapshot *dctx_snapshot_empty(void)
{
	return &dctxi_snapshot_none;
}

dctx_snapshot *dctx_snapshot_ref(dctx_snapshot *snapshot)
{
	if (snapshot != NULL)
		dctxi_snapshot_hold(snapshot);
	return snapshot;
}

/* Lets the next object of an ending snapshot go; false when none is left. Its
 * count of references, 0 by now, counts the slots that are done, each before
 * the user's code runs. */
static bool end_step(struct dctx_snapshot *snapshot)
{
	while (snapshot->refs < dctxi_dir_end(&snapshot->own)) {
		uint32_t i = snapshot->refs++;
		const struct dctx_box *box =
			dctxi_box(*dctxi_dir_slot(&snapshot->own, i));

		if (box != NULL && box->kind & DCTXI_BOX_COUNTED) {
			dctxi_object_unref(box->value.p);
			return true;
		}
	}
	return false;
}

/* A base has none itself, so this is no long line of them. */
static void snapshot_free(struct dctx_snapshot *snapshot)
{
	struct dctx_snapshot *base = snapshot->base;

	dctxi_names_unref(snapshot->names);
	dctxi_cell_drop(dctxi_cell_of(snapshot->cell));
	dctxi_free(snapshot, snapshot->size);
	if (base != NULL)
		dctxi_snapshot_drop(base);
}

/* Looks at the list anew after each step, in which others may have ended. */
void dctxi_snapshot_finish(void)
{
	struct dctxi_local *local = dctxi_local_now;

	while (local != NULL && local->ending != NULL) {
		struct dctx_snapshot *snapshot = local->ending;

		if (end_step(snapshot))
			continue;
		local->ending = snapshot->dir;
		snapshot_free(snapshot);
	}
}

/* `dir` is the link: it said no more than `own` does. */
void dctxi_snapshot_end(struct dctx_snapshot *snapshot)
{
	struct dctxi_local *local = NULL;

	if (snapshot->objects > 0)
		local = dctxi_local();
	if (local == NULL) {
		while (snapshot->objects > 0 && end_step(snapshot))
			continue;
		snapshot_free(snapshot);
		return;
	}
	snapshot->dir = local->ending;
	local->ending = snapshot;
	local->finish = dctxi_snapshot_finish;
	dctxi_snapshot_finish();
}

/* Several threads may ask at once; one number stays. Relaxed: it says nothing
 * of other memory. */
uint64_t dctxi_snapshot_id(struct dctx_snapshot *snapshot)
{
	uint64_t id, fresh;

	if (snapshot->base != NULL)
		snapshot = snapshot->base;
	id = __atomic_load_n(&snapshot->id, __ATOMIC_RELAXED);
	if (id != 0)
		return id;
	fresh = dctxi_id_next();
	if (__atomic_compare_exchange_n(&snapshot->id, &id, fresh, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return fresh;
	return id;
}

dctx_snapshot *dctx_snapshot_unref(dctx_snapshot *snapshot)
{
	if (snapshot != NULL)
		dctxi_snapshot_drop(snapshot);
	return NULL;
}

size_t dctx_snapshot_chain(const dctx_snapshot *snapshot, const char **names,
			   size_t max)
{
	size_t total;

	if (snapshot == NULL)
		return 0;
	total = dctxi_names_total(snapshot->names);
	dctxi_names_list(snapshot->names, names, total < max ? total : max);
	return total;
}

size_t dctx_snapshot_chain_text(const dctx_snapshot *snapshot,
				const char *separator, char *buf, size_t size)
{
	struct dctxi_text text = {buf, size, separator, 0, false};

	for (size_t i = dctx_snapshot_chain(snapshot, NULL, 0); i-- > 0;)
		dctxi_text_name(&text, dctxi_names_at(snapshot->names, i));
	return dctxi_text_end(&text);
}

struct dctx_snapshot *dctxi_snapshot_room(uint32_t last, size_t pages,
					  size_t boxes, size_t bytes,
					  struct dctxi_room *out_room)
{
	uint32_t n = last == 0 ? 0 : last / DCTXI_PAGE_SLOTS + 1;
	size_t pages_at = offsetof(struct dctx_snapshot, own) +
			  dctxi_dir_size(n);
	size_t boxes_at = (pages_at + pages * sizeof(struct dctxi_page) + 7) &
			  ~(size_t)7;
	size_t bytes_at = boxes_at + boxes * sizeof(struct dctx_box);
	struct dctx_snapshot *snapshot = dctxi_alloc(bytes_at + bytes);

	if (snapshot == NULL)
		return NULL;
	snapshot->dir = &snapshot->own;
	snapshot->refs = 1;
	snapshot->objects = 0;
	snapshot->id = 0;
	snapshot->size = bytes_at + bytes;
	snapshot->cell = NULL;
	snapshot->deadline = DCTXI_NO_DEADLINE;
	snapshot->names = NULL;
	snapshot->base = NULL;
	snapshot->own.pages = n;
	snapshot->own.own = 0;
	snapshot->own.token = DCTXI_TOKEN_DIR;
	for (uint32_t i = 0; i < n; i++)
		snapshot->own.page[i] = dctxi_page_empty.slot;
	out_room->page = (void *)((char *)snapshot + pages_at);
	out_room->box = (void *)((char *)snapshot + boxes_at);
	out_room->bytes = (unsigned char *)snapshot + bytes_at;
	return snapshot;
}

struct dctx_snapshot *dctxi_snapshot_over(struct dctx_snapshot *base,
					  struct dctxi_names *names,
					  struct dctx_cell *cell,
					  int64_t deadline)
{
	uint32_t pages = base->dir->pages;
	struct dctxi_room none;
	struct dctx_snapshot *over = dctxi_snapshot_room(
		pages > 0 ? pages * DCTXI_PAGE_SLOTS - 1 : 0, 0, 0, 0, &none);

	if (over == NULL)
		return NULL;
	for (uint32_t i = 0; i < pages; i++)
		over->own.page[i] = base->dir->page[i];
	over->base = base->base != NULL ? base->base : base;
	dctxi_snapshot_hold(over->base);
	over->names = names;
	over->cell = cell;
	over->deadline = deadline;
	return over;
}

/* The slot of an index, on a page of the snapshot's own. */
static uintptr_t *slot_for(struct dctx_snapshot *snapshot, uint32_t index,
			   struct dctxi_room *room)
{
	uintptr_t **page = &snapshot->own.page[index / DCTXI_PAGE_SLOTS];

	if (*page == dctxi_page_empty.slot) {
		memset(room->page, 0, sizeof *room->page);
		*page = room->page->slot;
		room->page++;
	}
	return &(*page)[index % DCTXI_PAGE_SLOTS];
}

static void put(struct dctx_snapshot *snapshot, const struct dctxi_item *item,
		struct dctxi_room *room)
{
	uintptr_t *slot = slot_for(snapshot, item->index, room);
	struct dctx_box *box;

	*slot = DCTXI_REMOVED;
	if (item->removed)
		return;
	box = room->box++;
	box->value.u = item->value.u;
	box->len = item->len;
	box->kind = item->counted ? DCTXI_BOX_COUNTED : 0;
	if (item->pointer)
		box->value.p = item->value.p;
	if (item->counted) {
		snapshot->objects++;
	} else if (item->pointer) {
		box->kind = DCTXI_BOX_BYTES;
		box->value.p = room->bytes;
		if (item->len > 0)
			memcpy(room->bytes, item->value.p, item->len);
		room->bytes[item->len] = 0;
		room->bytes += dctxi_inline_size(item->len);
	}
	*slot = (uintptr_t)box | 1;
}

/* What the items take. */
struct need {
	uint32_t last; /* index */
	size_t pages, boxes, bytes;
};

static struct need need_of(const struct dctxi_item *items, size_t n)
{
	unsigned char seen[DCTXI_PAGES_MAX / 8] = {0};
	struct need need = {0, 0, 0, 0};

	for (size_t i = 0; i < n; i++) {
		uint32_t page = items[i].index / DCTXI_PAGE_SLOTS;

		if (items[i].skip)
			continue;
		if (items[i].index > need.last)
			need.last = items[i].index;
		need.pages += !(seen[page / 8] >> page % 8 & 1);
		seen[page / 8] |= (unsigned char)(1u << page % 8);
		need.boxes++;
		if (items[i].pointer && !items[i].counted)
			need.bytes += dctxi_inline_size(items[i].len);
	}
	return need;
}

dctx_status dctxi_snapshot_build(const struct dctxi_item *items, size_t n,
				 struct dctxi_names *names, dctx_snapshot **out)
{
	struct need need = need_of(items, n);
	struct dctx_snapshot *snapshot;
	struct dctxi_room room;

	snapshot = dctxi_snapshot_room(need.last, need.pages, need.boxes,
				       need.bytes, &room);
	if (snapshot == NULL)
		return DCTX_NOMEM;
	snapshot->names = names;
	for (size_t i = 0; i < n; i++)
		if (!items[i].skip)
			put(snapshot, &items[i], &room);
	*out = snapshot;
	return DCTX_OK;
}
