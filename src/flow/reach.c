/* SPDX-License-Identifier: MIT */
/*
 * What ends a context is two words of its store. A scope that changes one keeps
 * the older in a record, as it does with a key's, so that leaving need not know
 * of this; a root, where nothing is undone, gets another base with the values
 * of the one it has.
 */
#include "flow/reach.h"

#include "flow/here.h"
#include "flow/level.h"
#include "flow/set.h"
#include "plat/poison.h"

/* The words of a deadline: two on a 32-bit machine. */
#define DEADLINE_WORDS (sizeof(int64_t) / sizeof(uintptr_t))
#define ROOM ((1 + DEADLINE_WORDS) * sizeof(struct dctxi_record))

/* The word that undoing brings back; a record of the scope's own hands it over,
 * so that leaving changes each word once. */
static uintptr_t older_of(const struct dctx_frame *frame, uintptr_t *slot)
{
	for (struct dctxi_record *r = frame->records; r != NULL; r = r->next)
		if (r->slot == slot) {
			r->slot = &r->older;
			return r->older;
		}
	return *slot;
}

static struct dctxi_record *word_push(struct dctx_store *store, void *word)
{
	struct dctxi_record *record = (void *)store->top;

	dctxi_unpoison(record, sizeof *record);
	record->next = store->frame->records;
	record->slot = word;
	record->older = older_of(store->frame, word);
	record->box.value.p = NULL;
	record->box.len = 0;
	record->box.kind = DCTXI_BOX_WORD;
	store->frame->records = record;
	store->top += sizeof *record;
	return record;
}

static void cell_push(struct dctx_store *store, struct dctxi_cell *cell)
{
	struct dctxi_record *record = word_push(store, &store->cell);

	record->box.value.p = cell;
	record->box.kind |= DCTXI_BOX_CELL;
	store->frame->bits |= DCTXI_FRAME_COUNTED;
	dctxi_publish(record->slot, cell != NULL ? (uintptr_t)&cell->abi : 0);
}

/* Where room was made. */
static void nearer(struct dctx_store *store, int64_t deadline)
{
	uintptr_t *word = (uintptr_t *)(void *)&store->deadline;

	if (deadline == store->deadline)
		return;
	for (size_t i = 0; i < DEADLINE_WORDS; i++)
		(void)word_push(store, word + i);
	store->deadline = deadline;
}

/* The cell stays: somebody below has a reference, and without a record of it
 * the scope is left in the straight way. */
static dctx_status scope_nearer(struct dctx_store *store, int64_t deadline)
{
	dctx_status status = dctxi_place_room(store, ROOM);

	if (status == DCTX_OK)
		nearer(store, deadline);
	return status;
}

static dctx_status scope_set(struct dctx_store *store, struct dctxi_cell *cell,
			     int64_t deadline)
{
	dctx_status status = dctxi_place_room(store, ROOM);

	if (status != DCTX_OK)
		return status;
	if (cell == dctxi_cell_of(store->cell))
		dctxi_cell_drop(cell);
	else
		cell_push(store, cell);
	nearer(store, deadline);
	return DCTX_OK;
}

static dctx_status root_set(struct dctx_store *store, struct dctxi_cell *cell,
			    int64_t deadline)
{
	struct dctx_snapshot *old = store->root->base, *over;

	if (dctxi_frame_dead(store->frame) > 0)
		return DCTX_DEAD_SCOPE;
	over = dctxi_snapshot_over(old, dctxi_names_ref(old->names),
				   cell != NULL ? &cell->abi : NULL, deadline);
	if (over == NULL) {
		dctxi_names_unref(old->names);
		return DCTX_NOMEM;
	}
	store->root->base = over;
	store->cell = over->cell;
	store->deadline = deadline;
	if (store->dir == old->dir)
		__atomic_store_n(&store->dir, over->dir, __ATOMIC_RELEASE);
	/* The values stay: they are the old one's base's, or its own. */
	dctxi_snapshot_drop(old);
	return DCTX_OK;
}

static void changed(struct dctx_store *store)
{
	const struct dctxi_place place = {.store = store,
					  .frame = store->frame};

	dctxi_place_changed(&place);
}

/* Does not touch the count of a cell that many threads stand under. */
dctx_status dctxi_reach_nearer(struct dctx_store *store, int64_t deadline)
{
	dctx_status status = dctxi_here(&store);
	struct dctxi_cell *cell;

	if (status != DCTX_OK)
		return status;
	cell = dctxi_cell_of(store->cell);
	if (!dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT)) {
		status = scope_nearer(store, deadline);
	} else {
		dctxi_cell_hold(cell);
		status = root_set(store, cell, deadline);
		if (status != DCTX_OK)
			dctxi_cell_drop(cell);
	}
	if (status == DCTX_OK)
		changed(store);
	return status;
}

dctx_status dctxi_reach_set(struct dctx_store *store, struct dctxi_cell *cell,
			    int64_t deadline)
{
	dctx_status status = dctxi_here(&store);

	if (status != DCTX_OK)
		return status;
	if (dctxi_frame_is(store->frame, DCTXI_FRAME_ROOT))
		status = root_set(store, cell, deadline);
	else
		status = scope_set(store, cell, deadline);
	if (status == DCTX_OK)
		changed(store);
	return status;
}
