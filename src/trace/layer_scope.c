/* SPDX-License-Identifier: MIT */
#include "trace/layer_scope.h"

#include "data/registry.h"
#include "flow/insert.h"
#include "flow/undo.h"

#include <dctx/value.h>

/* So many records of a scope are looked at to leave it quickly. */
#define LOOK_AT 8

static dctx_key mark_key = {
	.kind = DCTX_KIND_U64,
	.name = "dctx.layer",
};

static uint64_t mark_of(const dctx_span *span)
{
	return (uint64_t)(uintptr_t)span;
}

dctx_guard dctxi_layer_enter(dctx_store *store, const dctx_span *span)
{
	const dctx_guard none = {store, 0};
	dctx_guard guard;

	if (dctxi_key_reserve(&mark_key) != DCTX_OK)
		return none;
	guard = dctx_store_enter(store, dctx_span_site_of(span)->name);
	if (guard.id == 0)
		return none;
	/* What a dead one refused or counts is not the span's to undo. */
	if ((guard.id & DCTXI_DEAD_ID) == 0 &&
	    dctx_store_set_bits(guard.store, &mark_key, DCTX_KIND_U64,
				mark_of(span)) == DCTX_OK)
		return guard;
	dctx_leave(guard);
	return none;
}

/* A store's frames from the innermost on, each with the slot of marks in its
 * level; NULL where the level has none. */
struct walk {
	struct dctx_frame *frame;
	const struct dctx_dir *dir;
};

static struct walk walk_begin(const dctx_store *store)
{
	return (struct walk){store->frame, store->dir};
}

static bool walk_next(struct walk *walk)
{
	if (dctxi_frame_is(walk->frame, DCTXI_FRAME_LEVEL))
		walk->dir = dctxi_level_of(walk->frame)->dir;
	walk->frame = walk->frame->prev;
	return !dctxi_frame_is(walk->frame, DCTXI_FRAME_ROOT);
}

/* The mark that was set in a frame; NULL: none. */
static const struct dctxi_record *mark_in(const struct walk *walk)
{
	const struct dctxi_record *r = walk->frame->records;

	if (mark_key.page >= walk->dir->pages)
		return NULL;
	while (r != NULL &&
	       r->slot != &walk->dir->page[mark_key.page][mark_key.slot])
		r = r->next;
	return r;
}

struct dctx_frame *dctxi_layer_find(const dctx_store *store,
				    const dctx_span *span)
{
	struct walk walk = walk_begin(store);
	const struct dctxi_record *r;

	if (dctxi_frame_is(walk.frame, DCTXI_FRAME_ROOT))
		return NULL;
	do {
		r = mark_in(&walk);
		if (r != NULL && r->box.value.u == mark_of(span))
			return walk.frame;
	} while (walk_next(&walk));
	return NULL;
}

/* Whether a span is entered in a frame. */
static bool has_insert(const struct dctx_frame *frame)
{
	const uint32_t in_force = DCTXI_BOX_INSERT;
	const uint32_t bits = in_force | DCTXI_BOX_PARKED | DCTXI_BOX_FREE;
	const struct dctxi_record *r = frame->records;

	while (r != NULL && (r->box.kind & bits) != in_force)
		r = r->next;
	return r != NULL;
}

bool dctxi_layer_covered(const dctx_store *store,
			 const struct dctx_frame *frame)
{
	struct walk walk = walk_begin(store);

	while (walk.frame != frame) {
		if (has_insert(walk.frame) || mark_in(&walk) != NULL)
			return true;
		walk_next(&walk);
	}
	return false;
}

/* A span that was entered in a scope and is left has no reference there any
 * more: then the scope is left the short way. */
static void settle(struct dctx_frame *frame)
{
	const struct dctxi_record *r = frame->records;

	for (int i = 0; i < LOOK_AT && r != NULL; i++, r = r->next)
		if (r->box.kind & DCTXI_BOX_COUNTED)
			return;
	if (r == NULL)
		frame->bits &= ~DCTXI_FRAME_COUNTED;
}

bool dctxi_layer_out(dctx_store *store, struct dctx_frame *frame, bool alone)
{
	const dctx_guard guard = {store, frame->id};

	if (frame == store->frame)
		settle(frame);
	if (frame == store->frame || !alone) {
		dctx_leave(guard);
		return false;
	}
	/* DCTX_BUSY: it goes with what dead scope or key holds it. */
	(void)dctx_scope_retire(guard);
	return true;
}
