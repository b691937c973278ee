/* SPDX-License-Identifier: MIT */
/*
 * Merge: one captured context laid over another, as a third. Key by key the
 * upper one decides, also when it says "removed"; so a merge of merges does not
 * depend on which is done first.
 */
#include "data/fail.h"
#include "data/snapshot.h"
#include "plat/heap.h"

/* The index that both directories end before. */
static uint32_t end_of(const struct dctx_snapshot *a,
		       const struct dctx_snapshot *b)
{
	uint32_t end = dctxi_dir_end(a->dir), other = dctxi_dir_end(b->dir);

	return end > other ? end : other;
}

static uintptr_t word_of(const struct dctx_snapshot *snapshot, uint32_t index)
{
	return dctx_abi_word(snapshot->dir, index / DCTXI_PAGE_SLOTS,
			     index % DCTXI_PAGE_SLOTS);
}

/* How many keys a context says something of. */
static size_t count(const struct dctx_snapshot *snapshot)
{
	size_t n = 0;

	for (uint32_t i = 0; i < dctxi_dir_end(snapshot->dir); i++)
		n += word_of(snapshot, i) != 0;
	return n;
}

/* What a slot's word says, without a reference. */
static struct dctxi_item item_of(uint32_t index, uintptr_t word)
{
	const struct dctx_box *box = dctxi_box(word);
	struct dctxi_item item = {.index = index, .removed = box == NULL};

	if (box == NULL)
		return item;
	item.len = box->len;
	item.counted = (box->kind & DCTXI_BOX_COUNTED) != 0;
	item.pointer = item.counted || (box->kind & DCTXI_BOX_BYTES) != 0;
	if (item.pointer)
		item.value.p = box->value.p;
	else
		item.value.u = box->value.u;
	return item;
}

static size_t list(const struct dctx_snapshot *below,
		   const struct dctx_snapshot *above, struct dctxi_item *out)
{
	uint32_t end = end_of(below, above);
	size_t n = 0;

	for (uint32_t i = 0; i < end; i++) {
		uintptr_t word = word_of(above, i);

		if (word == 0)
			word = word_of(below, i);
		if (word != 0)
			out[n++] = item_of(i, word);
	}
	return n;
}

/* All that is not values: the cell is a reference. */
struct frame {
	struct dctxi_names *names;
	struct dctx_cell *cell;
	int64_t deadline;
};

static dctx_status frame_of(const struct dctx_snapshot *below,
			    const struct dctx_snapshot *above,
			    struct frame *out)
{
	struct dctxi_cell *cell;
	dctx_status status = dctxi_cell_join(dctxi_cell_of(above->cell),
					     dctxi_cell_of(below->cell), &cell);

	if (status != DCTX_OK)
		return dctxi_fail(status, "merge");
	out->cell = cell != NULL ? &cell->abi : NULL;
	out->names = above->names != NULL ? above->names : below->names;
	out->deadline = above->deadline;
	if (below->deadline < out->deadline)
		out->deadline = below->deadline;
	return DCTX_OK;
}

static bool has_frame(const struct dctx_snapshot *snapshot,
		      const struct frame *frame)
{
	return snapshot->names == frame->names &&
	       snapshot->cell == frame->cell &&
	       snapshot->deadline == frame->deadline;
}

static void ref_objects(const struct dctxi_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].counted)
			dctxi_object_ref(items[i].value.p);
}

static dctx_status build(const struct dctx_snapshot *below,
			 const struct dctx_snapshot *above, size_t most,
			 const struct frame *frame, dctx_snapshot **out)
{
	size_t size = (most > 0 ? most : 1) * sizeof(struct dctxi_item);
	struct dctxi_item *items = dctxi_alloc(size);
	dctx_status status = DCTX_NOMEM;
	size_t n = 0;

	if (items != NULL) {
		n = list(below, above, items);
		status = dctxi_snapshot_build(items, n, frame->names, out);
	}
	if (status == DCTX_OK) {
		(void)dctxi_names_ref(frame->names);
		ref_objects(items, n);
	}
	dctxi_free(items, size);
	if (status != DCTX_OK)
		return dctxi_fail(status, "merge");
	(*out)->cell = frame->cell;
	dctxi_cell_hold(dctxi_cell_of(frame->cell));
	(*out)->deadline = frame->deadline;
	return DCTX_OK;
}

dctx_status dctx_snapshot_merge(dctx_snapshot *below, dctx_snapshot *above,
				dctx_snapshot **out)
{
	dctx_status status;
	struct frame frame = {NULL, NULL, 0};
	size_t lower, upper;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "merge");
	if (below == NULL)
		below = &dctxi_snapshot_none;
	if (above == NULL)
		above = &dctxi_snapshot_none;
	status = frame_of(below, above, &frame);
	if (status != DCTX_OK)
		return status;
	lower = count(below);
	upper = count(above);
	if (upper == 0 && has_frame(below, &frame))
		*out = dctx_snapshot_ref(below);
	else if (lower == 0 && has_frame(above, &frame))
		*out = dctx_snapshot_ref(above);
	else
		status = build(below, above, lower + upper, &frame, out);
	dctxi_cell_drop(dctxi_cell_of(frame.cell));
	return status;
}
