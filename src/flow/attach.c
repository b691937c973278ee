/* SPDX-License-Identifier: MIT */
/*
 * Attach: a captured context in place of what is visible. A level is a frame
 * that remembers the store's first words; bringing the snapshot here is one
 * swap of the directory, whatever its size.
 */
#include "flow/attach.h"

#include "data/fail.h"
#include "flow/here.h"
#include "flow/log.h"
#include "flow/undo.h"
#include "plat/local.h"
#include "plat/poison.h"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* What becomes of the reference of a snapshot that is attached: one more is
 * taken, the caller's is taken over, or there is none. */
enum reference { TAKES_ONE, TAKES_OVER, BORROWS };

/* Lays a level down where there is room for it. Takes over a reference of
 * `base`, unless it is borrowed. */
static inline dctx_guard level_push(struct dctx_store *store, char *end,
				    struct dctx_snapshot *base, bool borrowed,
				    uint32_t bits, uint64_t id)
{
	struct dctxi_level *level = (void *)store->top;

	dctxi_unpoison(level, sizeof *level);
	level->frame.prev = store->frame;
	level->frame.id = id;
	level->frame.end = end;
	level->frame.cached = NULL;
	level->frame.records = NULL;
	level->frame.depth = 1;
	level->frame.bits = bits | DCTXI_FRAME_LEVEL;
	level->base = base;
	level->below = store->root->level;
	level->dir = store->dir;
	level->cell = store->cell;
	level->deadline = store->deadline;
	level->borrowed = borrowed;
	store->root->level = level;
	store->top = (char *)(level + 1);
	store->frame = &level->frame;
	store->cell = base->cell;
	store->deadline = base->deadline;
	/* One store brings all values here: for a signal handler too. */
	__atomic_store_n(&store->dir, base->dir, __ATOMIC_RELEASE);
	return (dctx_guard){store, id};
}

/* A limit's numbers were noted where it was met. */
static dctx_status failed(dctx_status status, const char *what)
{
	return status == DCTX_LIMIT ? status : dctxi_fail(status, what);
}

static __attribute__((noinline)) dctx_status
attach_slow(struct dctx_store *store, struct dctx_snapshot *snapshot,
	    enum reference reference, size_t room, dctx_guard *out)
{
	dctx_status status = dctxi_here(&store);
	bool moved;
	char *end;

	if (out == NULL)
		status = DCTX_INVALID;
	if (status == DCTX_OK && dctxi_store_closed(store))
		status = DCTX_DEAD_SCOPE;
	if (status == DCTX_OK) {
		end = store->end;
		status = dctxi_log_reserve(store, room, &moved);
	}
	if (status != DCTX_OK)
		return failed(status, "attach");
	if (snapshot == NULL)
		snapshot = &dctxi_snapshot_none;
	if (reference == TAKES_ONE)
		dctxi_snapshot_hold(snapshot);
	*out = level_push(store, end, snapshot, reference == BORROWS,
			  moved ? DCTXI_FRAME_FIRST : 0, dctxi_id_next());
	return DCTX_OK;
}

static inline dctx_status attach(struct dctx_store *store,
				 struct dctx_snapshot *snapshot,
				 enum reference reference, size_t room,
				 dctx_guard *out)
{
	uint64_t id = dctxi_id_now;

	if (UNLIKELY(store == NULL || snapshot == NULL || out == NULL ||
		     store->end - store->top < (ptrdiff_t)room ||
		     id % DCTXI_ID_BLOCK == 0 || dctxi_store_closed(store)))
		return attach_slow(store, snapshot, reference, room, out);
	dctxi_id_now = id + 1;
	if (reference == TAKES_ONE)
		dctxi_snapshot_hold(snapshot);
	*out = level_push(store, store->end, snapshot, reference == BORROWS, 0,
			  id);
	return DCTX_OK;
}

dctx_status dctx_store_attach(dctx_store *store, dctx_snapshot *snapshot,
			      dctx_guard *out)
{
	return attach(store, snapshot, TAKES_ONE, DCTXI_ROOM_ASKED, out);
}

dctx_status dctxi_attach_room(struct dctx_store *store,
			      struct dctx_snapshot *snapshot, size_t room,
			      dctx_guard *out)
{
	return attach(store, snapshot, TAKES_ONE, room, out);
}

dctx_status dctxi_attach_taking(struct dctx_store *store,
				struct dctx_snapshot *snapshot, dctx_guard *out)
{
	return attach(store, snapshot, TAKES_OVER, DCTXI_ROOM_ASKED, out);
}

bool dctxi_attach_renew(dctx_guard *guard)
{
	const struct dctx_store *store = dctx_abi1_current;
	struct dctx_frame *frame = store->frame;
	uint64_t id = dctxi_id_now;

	if (UNLIKELY(store != guard->store || frame->id != guard->id ||
		     (frame->bits & ~DCTXI_FRAME_FIRST) != DCTXI_FRAME_LEVEL ||
		     frame->cached != NULL ||
		     store->top != (char *)(dctxi_level_of(frame) + 1) ||
		     id % DCTXI_ID_BLOCK == 0))
		return false;
	dctxi_id_now = id + 1;
	guard->id = frame->id = id;
	return true;
}

dctx_status dctx_store_attach_borrowed(dctx_store *store,
				       dctx_snapshot *snapshot, dctx_guard *out)
{
	return attach(store, snapshot, BORROWS, DCTXI_ROOM_ASKED, out);
}

/* No record of it: leaving a level brings back what was below it, and a capture
 * sees that this is not its base's. */
dctx_status dctxi_attach_under(struct dctx_store *store,
			       struct dctx_snapshot *snapshot,
			       struct dctxi_cell *cell, int64_t deadline,
			       dctx_guard *out)
{
	dctx_status status =
		attach(store, snapshot, BORROWS, DCTXI_ROOM_ASKED, out);

	if (status != DCTX_OK)
		return status;
	out->store->cell = &cell->abi;
	out->store->deadline = deadline;
	return DCTX_OK;
}

dctx_guard dctx_attach_here(dctx_snapshot *snapshot)
{
	struct dctx_store *store = dctx_abi1_current;
	dctx_guard guard = {store, 0};
	dctx_status status =
		attach(store, snapshot, TAKES_ONE, DCTXI_ROOM_ASKED, &guard);

	if (status != DCTX_OK)
		dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status,
				  "attach");
	return guard;
}

/* What the root had, as a frame to be destroyed: laid down in the log, whose
 * room for it was kept. */
static struct dctx_frame *root_take(struct dctx_store *store)
{
	struct dctx_root *root = store->root;
	struct dctxi_level *taken = (void *)store->top;

	dctxi_unpoison(taken, sizeof *taken);
	*taken = (struct dctxi_level){.frame = root->frame, .base = root->base};
	taken->frame.bits = DCTXI_FRAME_LEVEL | DCTXI_FRAME_COUNTED;
	taken->frame.prev = NULL;
	root->frame.records = NULL;
	root->frame.cached = NULL;
	root->frame.bits &= DCTXI_FRAME_ROOT | DCTXI_FRAME_SPREAD;
	dctxi_frame_set_pending(&root->frame, true);
	store->top = (char *)(taken + 1);
	taken->frame.id = (uintptr_t)store->top;
	taken->frame.depth = DCTXI_DEPTH_ANEW;
	return &taken->frame;
}

/* Gives the root another base; its own directory and values go. */
static void root_renew(struct dctx_store *store, struct dctx_snapshot *base)
{
	struct dctx_root *root = store->root;
	struct dctx_frame *taken;

	root->changes++;
	dctxi_undo_level(store, &root->frame, base->dir);
	taken = root_take(store);
	root->base = base;
	store->cell = base->cell;
	store->deadline = base->deadline;
	dctxi_pend(root, taken);
	dctxi_log_drain(store);
	if (store->frame == &root->frame)
		dctxi_frame_set_pending(&root->frame, false);
}

/* Room at the root, which may go on in the next chunk. */
static dctx_status root_reserve(struct dctx_store *store, size_t size)
{
	bool moved;
	dctx_status status = dctxi_log_reserve(store, size, &moved);

	if (moved)
		store->root->frame.bits |= DCTXI_FRAME_SPREAD;
	return status;
}

/* Room for what must be destroyed is made first, so that an error leaves the
 * store as it was. The caller's reference holds the snapshot meanwhile: one of
 * ours would be lost with a destroy that does not come back. */
dctx_status dctx_store_restore(dctx_store *store, dctx_snapshot *snapshot)
{
	dctx_status status = dctxi_here(&store);
	struct dctx_frame *frame;

	if (status == DCTX_OK && dctxi_store_closed(store))
		status = DCTX_DEAD_SCOPE;
	if (status != DCTX_OK)
		return dctxi_fail(status, "restore");
	frame = dctxi_frame_lowest(store);
	status = frame != NULL ? dctxi_log_keep(store, frame, DCTXI_ROOM_ASKED)
			       : root_reserve(store, DCTXI_ROOM_ASKED);
	if (status != DCTX_OK)
		return failed(status, "restore");
	if (frame != NULL)
		dctxi_leave_through(store, frame);
	/* Destroy may have used the room, or entered anew. */
	if (store->frame != &store->root->frame ||
	    root_reserve(store, sizeof(struct dctxi_level)) != DCTX_OK)
		return dctxi_fail(DCTX_BUSY, "restore");
	if (snapshot == NULL)
		snapshot = &dctxi_snapshot_none;
	dctxi_snapshot_hold(snapshot);
	root_renew(store, snapshot);
	return DCTX_OK;
}
