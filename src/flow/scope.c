/* SPDX-License-Identifier: MIT */
/*
 * Entering and leaving. The common case of each is short and straight: this is
 * the price of every function that says DCTX_SCOPE.
 */
#include "data/fail.h"
#include "data/limit.h"
#include "data/utf8.h"
#include "flow/here.h"
#include "flow/log.h"
#include "flow/undo.h"
#include "plat/local.h"
#include "plat/poison.h"
#include "plat/probe.h"

#include <string.h>

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

static const dctx_guard no_guard;

/* Lays a frame down where there is room for it and a name. */
static inline dctx_guard frame_push(struct dctx_store *store, char *end,
				    const char *name, uint32_t bits,
				    uint64_t id)
{
	struct dctx_frame *prev = store->frame;
	struct dctx_frame *frame = (void *)store->top;

	dctxi_unpoison(frame, sizeof *frame);
	frame->prev = prev;
	frame->id = id;
	frame->end = end;
	frame->cached = NULL;
	frame->records = NULL;
	frame->depth = prev->depth + 1;
	if (name != NULL) {
		char *names = store->end - sizeof name;

		dctxi_unpoison(names, sizeof name);
		*(const char **)(void *)names = name;
		store->end = names;
		bits |= DCTXI_FRAME_NAMED;
	}
	frame->bits = bits;
	store->top = (char *)(frame + 1);
	store->frame = frame;
	return (dctx_guard){store, id};
}

/* Where the name is in its place. */
static inline dctx_guard pushed(const struct dctx_store *store,
				const char *name, dctx_guard guard)
{
	DCTXI_PROBE2(scope_enter, name, store->frame->depth);
	return guard;
}

/* Past the depth limit: only a count, kept in the innermost real frame. */
static dctx_guard enter_dead(struct dctx_store *store, const char *name)
{
	struct dctx_frame *frame = store->frame;
	uint32_t dead = dctxi_frame_dead(frame);

	if (dead == DCTXI_DEAD_MAX)
		return no_guard;
	dctxi_frame_set_dead(frame, dead + 1);
	dctxi_fail_limit(name, dctxi_frame_depth(frame),
			 dctxi_limit(DCTX_LIMIT_DEPTH));
	dctxi_event(DCTX_EV_DEAD_SCOPE, DCTX_LIMIT, name);
	return (dctx_guard){store, DCTXI_DEAD_ID | (dead + 1)};
}

/* Also true, for the slow path to see, when something is the matter. */
static bool too_deep(const struct dctx_store *store)
{
	return store->frame->depth > dctxi_limit(DCTX_LIMIT_DEPTH);
}

static bool is_dead(const struct dctx_store *store)
{
	return dctxi_frame_dead(store->frame) > 0 ||
	       dctxi_frame_depth(store->frame) >
		       dctxi_limit(DCTX_LIMIT_DEPTH);
}

/* Where a frame goes, and how it begins. */
struct place {
	char *end;
	uint32_t bits;
};

/* Room for a frame, its name and what is set in it at first; the cold store
 * becomes the thread's. */
static dctx_status place_find(struct dctx_store **store, size_t extra,
			      struct place *out)
{
	dctx_status status = dctxi_here(store);
	bool moved;

	if (status != DCTX_OK)
		return status;
	out->end = (*store)->end;
	status = dctxi_log_reserve(*store, DCTXI_ROOM_ASKED + extra, &moved);
	out->bits = moved ? DCTXI_FRAME_FIRST : 0;
	return status;
}

static dctx_guard enter_failed(struct dctx_store *store, dctx_status status,
			       const char *name)
{
	dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status, name);
	return (dctx_guard){store, 0};
}

/* In the order in which dctx_enter_here has them, so that nothing is moved for
 * this where it is not called. */
static __attribute__((noinline)) dctx_guard
enter_slow(const char *name, struct dctx_store *store)
{
	struct place place;
	dctx_status status = dctxi_here(&store);

	if (status == DCTX_OK && is_dead(store))
		return enter_dead(store, name);
	if (status == DCTX_OK)
		status = place_find(&store, 0, &place);
	if (status != DCTX_OK)
		return enter_failed(store, status, name);
	return pushed(store, name,
		      frame_push(store, place.end, name, place.bits,
				 dctxi_id_next()));
}

static inline dctx_guard enter(struct dctx_store *store, const char *name)
{
	uint64_t id = dctxi_id_now;

	if (UNLIKELY(store->end - store->top < DCTXI_ROOM_ASKED ||
		     too_deep(store) || id % DCTXI_ID_BLOCK == 0))
		return enter_slow(name, store);
	dctxi_id_now = id + 1;
	return pushed(store, name,
		      frame_push(store, store->end, name, 0, id));
}

dctx_guard dctx_enter_here(const char *name)
{
	return enter(dctx_abi1_current, name);
}

dctx_guard dctx_store_enter(dctx_store *store, const char *name)
{
	if (UNLIKELY(store == NULL))
		return enter_slow(name, NULL);
	return enter(store, name);
}

dctx_status dctx_store_try_enter(dctx_store *store, const char *name,
				 dctx_guard *out)
{
	struct place place;
	dctx_status status;

	if (store == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "try_enter");
	if (dctxi_frame_dead(store->frame) > 0)
		return dctxi_fail(DCTX_DEAD_SCOPE, name);
	if (is_dead(store))
		return dctxi_fail_limit(name, dctxi_frame_depth(store->frame),
					dctxi_limit(DCTX_LIMIT_DEPTH));
	status = place_find(&store, 0, &place);
	if (status == DCTX_NOMEM)
		dctxi_fail(status, name);
	if (status != DCTX_OK)
		return status;
	*out = pushed(store, name,
		      frame_push(store, place.end, name, place.bits,
				 dctxi_id_next()));
	return DCTX_OK;
}

dctx_guard dctx_store_enter_copy(dctx_store *store, const char *name)
{
	size_t max = dctxi_limit(DCTX_LIMIT_NAME_BYTES), len;
	struct place place;
	dctx_guard guard;
	dctx_status status;
	char *copy;

	if (name == NULL || store == NULL)
		return dctx_store_enter(store, name);
	if (is_dead(store))
		return enter_dead(store, name);
	len = dctxi_utf8_cut(name, max != 0 ? max : SIZE_MAX);
	status = place_find(&store, len + 8, &place);
	if (status != DCTX_OK)
		return enter_failed(store, status, name);
	copy = store->top + sizeof(struct dctx_frame);
	guard = frame_push(store, place.end, copy, place.bits,
			   dctxi_id_next());
	dctxi_unpoison(copy, len + 1);
	memcpy(copy, name, len);
	copy[len] = '\0';
	store->top += (len + 8) & ~(size_t)7;
	store->root->frame.bits |= DCTXI_FRAME_COPIED;
	return pushed(store, copy, guard);
}

static void mismatch(const char *what, dctx_event event, dctx_status status)
{
	dctxi_fail(status, what);
	dctxi_event(event, status, what);
}

/* Undoes what closed keys hid in dead scopes above `dead`. What a capture saw
 * in between is no longer so. */
static void unhide(struct dctx_store *store, struct dctx_frame *frame,
		   uint32_t dead)
{
	struct dctx_snapshot *cached = frame->cached;
	struct dctxi_record *r = frame->records;
	bool changed = false;

	for (; r != NULL && r->box.kind & DCTXI_BOX_DEAD && r->box.len > dead;
	     r = r->next) {
		dctxi_undo_one(store, r);
		frame->records = r->next;
		if ((char *)(r + 1) == store->top)
			store->top = (char *)r;
		changed = true;
	}
	if (changed)
		store->root->changes++;
	if (changed && cached != NULL) {
		frame->cached = NULL;
		dctxi_snapshot_drop(cached);
	}
}

/* A frame's name, or "" without one. */
static const char *name_of(const struct dctx_store *store,
			   const struct dctx_frame *frame)
{
	if (!dctxi_frame_is(frame, DCTXI_FRAME_NAMED))
		return "";
	return *dctxi_frame_name(store, frame);
}

void dctxi_dead_back(struct dctx_store *store, uint32_t n)
{
	dctxi_frame_set_dead(store->frame, n);
	unhide(store, store->frame, n);
}

static void leave_dead(struct dctx_store *store, uint32_t n)
{
	uint32_t dead = dctxi_frame_dead(store->frame);

	if (n > dead) {
		mismatch("dead scope", DCTX_EV_STALE_GUARD, DCTX_STALE);
		return;
	}
	dctxi_dead_back(store, n - 1);
	if (n < dead)
		mismatch("dead scope", DCTX_EV_MISMATCHED_LEAVE, DCTX_OK);
}

static __attribute__((noinline)) void leave_slow(dctx_guard guard)
{
	struct dctx_store *store = guard.store;
	struct dctx_frame *frame;
	bool above;

	if (guard.id == 0)
		return;
	if (!dctxi_is_here(store)) {
		mismatch("other store", DCTX_EV_STALE_GUARD, DCTX_STALE);
		return;
	}
	if (guard.id & DCTXI_DEAD_ID) {
		leave_dead(store, (uint32_t)guard.id);
		return;
	}
	frame = dctxi_frame_find(store, guard.id);
	if (frame == NULL) {
		mismatch("scope", DCTX_EV_STALE_GUARD, DCTX_STALE);
		return;
	}
	above = frame != store->frame || dctxi_frame_dead(frame) > 0;
	if (above)
		mismatch(name_of(store, frame), DCTX_EV_MISMATCHED_LEAVE,
			 DCTX_OK);
	/* The hook may have left it. */
	if (!above || dctxi_frame_find(store, guard.id) == frame)
		dctxi_leave_through(store, frame);
}

/* An attach, or a scope that was captured, to which nothing special happened:
 * one reference to give back. */
static __attribute__((noinline)) void leave_level(dctx_guard guard)
{
	const uint32_t fine = DCTXI_FRAME_STATUS_MASK | DCTXI_FRAME_NAMED |
			      DCTXI_FRAME_LEVEL;
	struct dctx_store *store = dctx_abi1_current;
	struct dctx_frame *frame = store->frame;
	struct dctx_snapshot *gone = frame->cached;

	if (UNLIKELY(guard.store != store || guard.id != frame->id ||
		     (frame->bits & ~fine) != 0 ||
		     (gone != NULL &&
		      dctxi_frame_is(frame, DCTXI_FRAME_LEVEL)))) {
		leave_slow(guard);
		return;
	}
	if (dctxi_frame_is(frame, DCTXI_FRAME_LEVEL)) {
		gone = dctxi_unlink_level(store, dctxi_level_of(frame));
	} else {
		dctxi_undo_records(frame);
		DCTXI_PROBE1(scope_leave, frame->depth);
	}
	store->frame = frame->prev;
	store->end = frame->end;
	store->top = (char *)frame;
	dctxi_poison(store->top, (size_t)(store->end - store->top));
	/* Last: this may run destroy functions. */
	if (gone != NULL)
		dctxi_snapshot_drop(gone);
}

void dctx_leave(dctx_guard guard)
{
	struct dctx_store *store = dctx_abi1_current;
	struct dctx_frame *frame = store->frame;

	if (UNLIKELY(guard.store != store || guard.id != frame->id ||
		     frame->cached != NULL ||
		     (frame->bits & DCTXI_LEAVE_SLOW) != 0)) {
		leave_level(guard);
		return;
	}
	dctxi_undo_records(frame);
	DCTXI_PROBE1(scope_leave, frame->depth);
	store->frame = frame->prev;
	store->end = frame->end;
	store->top = (char *)frame;
	dctxi_poison(store->top, (size_t)(store->end - store->top));
}

dctx_status dctx_store_peek(const dctx_store *store, dctx_scope_info *out)
{
	const struct dctx_frame *frame;

	if (store == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "peek");
	frame = store->frame;
	if (dctxi_frame_dead(frame) > 0)
		return dctxi_fail(DCTX_DEAD_SCOPE, NULL);
	out->name = NULL;
	if (dctxi_frame_is(frame, DCTXI_FRAME_NAMED))
		out->name = *dctxi_frame_name(store, frame);
	out->id = frame->id;
	out->depth = dctx_store_depth(store);
	return DCTX_OK;
}

dctx_status dctx_store_status(const dctx_store *store)
{
	uint32_t bits = store != NULL ? store->frame->bits : 0;

	if (store == NULL)
		return DCTX_INVALID;
	if (bits >> DCTXI_FRAME_DEAD > 0)
		return DCTX_DEAD_SCOPE;
	return (dctx_status)((bits & DCTXI_FRAME_STATUS_MASK) >>
			     DCTXI_FRAME_STATUS);
}

size_t dctx_store_depth(const dctx_store *store)
{
	if (store == NULL)
		return 0;
	return dctxi_frame_depth(store->frame) +
	       dctxi_frame_dead(store->frame);
}
