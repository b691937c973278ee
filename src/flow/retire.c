/* SPDX-License-Identifier: MIT */
/*
 * Retire: one scope goes, those above it stay.
 *
 * Its records are unlinked from each key's chain of versions, its name from
 * the array of names. Its bytes become a gap below the frame above, which gives
 * them back when it is left; a chunk that held nothing else goes at once, so
 * that scopes handed over hand over hand take no more and more memory.
 */
#include "data/fail.h"
#include "flow/here.h"
#include "flow/log.h"
#include "flow/undo.h"
#include "plat/poison.h"

#include <string.h>

/* The scope to go and those above it, as far as its level reaches. */
struct stretch {
	struct dctx_frame *frame;
	struct dctx_frame *above; /* directly above it, NULL: none */
	struct dctx_frame *top;	  /* the level's innermost */
};

static struct stretch stretch_find(struct dctx_store *store,
				   struct dctx_frame *frame)
{
	struct stretch s = {frame, NULL, store->frame};

	for (struct dctx_frame *f = store->frame; f != frame; f = f->prev) {
		s.above = f;
		if (dctxi_frame_is(f, DCTXI_FRAME_LEVEL))
			s.top = f->prev;
	}
	return s;
}

static struct dctxi_record *record_of_word(uintptr_t word)
{
	return dctxi_record_of((const struct dctx_box *)(word & ~(uintptr_t)1));
}

/* The place where the stretch's level has a word of the store: where the next
 * attach saved it, or in the store. */
static uintptr_t *word_of_level(struct dctx_store *store,
				const struct stretch *s, uintptr_t *slot)
{
	struct dctx_frame *f = store->frame, *next = NULL;
	struct dctxi_level *level;

	for (; f != s->top; f = f->prev)
		next = f;
	if (next == NULL)
		return slot;
	level = dctxi_level_of(next);
	if (slot == (uintptr_t *)(void *)&store->cell)
		return (uintptr_t *)(void *)&level->cell;
	return (uintptr_t *)(void *)&level->deadline +
	       (slot - (uintptr_t *)(void *)&store->deadline);
}

/* The same of a word of the store, whose versions are found by their slot. */
static void word_unlink(struct dctx_store *store, const struct stretch *s,
			const struct dctxi_record *record)
{
	struct dctxi_record *newer = NULL;

	if (record->slot == &record->older)
		return;
	for (struct dctx_frame *f = s->top; f != s->frame; f = f->prev)
		for (struct dctxi_record *r = f->records; r != NULL;
		     r = r->next)
			if (r->slot == record->slot)
				newer = r;
	if (newer != NULL)
		newer->older = record->older;
	else
		dctxi_publish(word_of_level(store, s, record->slot),
			      record->older);
}

/* Takes one version out of its key's chain. */
static void version_unlink(struct dctxi_record *record)
{
	uintptr_t me = (uintptr_t)&record->box;
	struct dctxi_record *newer;

	if (record->slot == &record->older)
		return;
	if ((*record->slot & ~(uintptr_t)1) == me) {
		dctxi_publish(record->slot, record->older);
		return;
	}
	newer = record_of_word(*record->slot);
	while ((newer->older & ~(uintptr_t)1) != me)
		newer = record_of_word(newer->older);
	newer->older = record->older;
}

/* Whether a scope must stay: an attach, or one that dead scopes stand on or
 * that hides a key by a directory of its own. */
static bool must_stay(const struct dctx_frame *frame)
{
	const struct dctxi_record *r = frame->records;

	if (dctxi_frame_is(frame, DCTXI_FRAME_LEVEL) ||
	    dctxi_frame_dead(frame) > 0)
		return true;
	while (r != NULL && !(r->box.kind & DCTXI_BOX_DIR))
		r = r->next;
	return r != NULL;
}

/* Closes the gap that a name leaves: the newer ones of its chunk move up. */
static void name_unlink(struct dctx_store *store, struct dctx_frame *frame)
{
	const char **name = dctxi_frame_name(store, frame);
	struct dctxi_chunk *chunk = dctxi_log_chunk(store, frame);
	char **low = chunk == store->root->chunk ? &store->end : &chunk->end;
	char *from = *low;

	if (!dctxi_frame_is(frame, DCTXI_FRAME_NAMED))
		return;
	memmove(from + sizeof *name, from, (size_t)((char *)name - from));
	*low += sizeof *name;
	for (struct dctx_frame *f = store->frame; f != frame; f = f->prev)
		if (f->end >= from && f->end <= (char *)name)
			f->end += sizeof *name;
}

/* Frees the chunks from `from` on, up to but not with `to`. */
static void chunks_remove(struct dctx_store *store, struct dctxi_chunk *from,
			  struct dctxi_chunk *to)
{
	while (from != to) {
		struct dctxi_chunk *next = from->next;

		dctxi_chunk_remove(store, from);
		from = next;
	}
}

/* The frame above takes over where the log goes back to. */
static void gap_inherit(struct dctx_store *store, struct dctx_frame *frame,
			struct dctx_frame *above)
{
	struct dctxi_chunk *chunk = dctxi_log_chunk(store, frame);
	struct dctxi_chunk *its = dctxi_log_chunk(store, above);
	char *start = dctxi_frame_start(frame);

	above->bits &= ~DCTXI_FRAME_GAP;
	if (dctxi_frame_is(frame, DCTXI_FRAME_FIRST)) {
		above->bits |= DCTXI_FRAME_FIRST;
		above->end = frame->end;
		chunks_remove(store, chunk, its);
	} else if (chunk != its) {
		above->bits |= DCTXI_FRAME_FIRST;
		above->end = frame->end;
		chunk->top = start;
		chunk->end = frame->end;
		chunks_remove(store, chunk->next, its);
	} else {
		above->bits |= DCTXI_FRAME_GAP;
		dctxi_unpoison((char **)(void *)above - 1, sizeof start);
		((char **)(void *)above)[-1] = start;
	}
}

/* Drops one capture that saw the scope; runs the user's code. */
static bool uncache_one(const struct stretch *s)
{
	for (struct dctx_frame *f = s->top; f != s->frame; f = f->prev) {
		struct dctx_snapshot *cached = f->cached;

		if (cached == NULL)
			continue;
		f->cached = NULL;
		dctx_snapshot_unref(cached);
		return true;
	}
	return false;
}

/* Takes the scope out; no user code runs. */
static void unlink_frame(struct dctx_store *store, const struct stretch *s)
{
	store->root->changes++;
	for (struct dctxi_record *r = s->frame->records; r != NULL; r = r->next)
		if (r->box.kind & DCTXI_BOX_WORD)
			word_unlink(store, s, r);
		else
			version_unlink(r);
	name_unlink(store, s->frame);
	s->above->prev = s->frame->prev;
	for (struct dctx_frame *f = s->top; f != s->frame->prev; f = f->prev)
		f->depth--;
}

static void destroy(struct dctx_store *store, struct dctx_frame *frame)
{
	struct dctx_frame *below = frame->prev;

	dctxi_frame_set_pending(below, true);
	frame->prev = NULL;
	dctxi_pend(store->root, frame);
	dctxi_log_drain(store);
	if (dctxi_frame_find(store, below->id) == below)
		dctxi_frame_set_pending(below, false);
}

/* Makes the scope's bytes those of the frame below it, that the log is whole
 * while destroy runs. Returns whether that one is marked for it. */
static bool bytes_lend(const struct dctx_store *store,
		       const struct dctx_frame *above, struct dctx_frame *below)
{
	if (dctxi_frame_is(below, DCTXI_FRAME_SPREAD) ||
	    dctxi_log_chunk(store, above) == dctxi_log_chunk(store, below))
		return false;
	below->bits |= DCTXI_FRAME_SPREAD;
	return true;
}

static void retire_below(struct dctx_store *store, const struct stretch *s)
{
	struct dctx_frame *above = s->above, *frame = s->frame;
	struct dctx_frame *below = frame->prev;
	uint64_t id = above->id;
	bool lent = bytes_lend(store, above, below);

	unlink_frame(store, s);
	destroy(store, frame);
	/* Where destroy left or retired more, or does not come back, the bytes
	 * stay the frame's below. */
	if (dctxi_frame_find(store, id) != above || above->prev != below)
		return;
	gap_inherit(store, frame, above);
	if (lent)
		below->bits &= ~DCTXI_FRAME_SPREAD;
}

dctx_status dctx_scope_retire(dctx_guard guard)
{
	struct dctx_store *store = guard.store;
	struct dctx_frame *frame = NULL;
	struct stretch s;

	if (guard.id == 0 || guard.id & DCTXI_DEAD_ID) {
		dctx_leave(guard);
		return DCTX_OK;
	}
	if (dctxi_is_here(store))
		frame = dctxi_frame_find(store, guard.id);
	if (frame == NULL) {
		dctxi_fail(DCTX_STALE, "retire");
		dctxi_event(DCTX_EV_STALE_GUARD, DCTX_STALE, "retire");
		return DCTX_STALE;
	}
	if (frame == store->frame && dctxi_frame_dead(frame) == 0) {
		dctxi_leave_through(store, frame);
		return DCTX_OK;
	}
	if (must_stay(frame))
		return dctxi_fail(DCTX_BUSY, "retire");
	s = stretch_find(store, frame);
	if (uncache_one(&s))
		return dctx_scope_retire(guard);
	retire_below(store, &s);
	return DCTX_OK;
}
