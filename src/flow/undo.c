/* SPDX-License-Identifier: MIT */
#include "flow/undo.h"

#include "flow/level.h"
#include "flow/log.h"
#include "plat/probe.h"

static void show(struct dctx_store *store, struct dctx_dir *dir)
{
	/* Release: for a signal handler, what it holds comes first. */
	__atomic_store_n(&store->dir, dir, __ATOMIC_RELEASE);
}

/* Frees the directories, from `dir` down, that took turns because of records
 * from `r` on. Returns the oldest, which stays. */
static struct dctx_dir *free_dirs(struct dctx_dir *dir, uintptr_t token,
				  const struct dctxi_record *r)
{
	for (; r != NULL; r = r->next) {
		struct dctx_dir *older = (struct dctx_dir *)r->older;

		if ((r->box.kind & DCTXI_BOX_DIR) == 0)
			continue;
		dctxi_level_free_newer(dir, older, token);
		dir = older;
	}
	return dir;
}

void dctxi_undo_one(struct dctx_store *store, const struct dctxi_record *r)
{
	struct dctx_dir *dir = store->dir, *older = (struct dctx_dir *)r->older;

	if ((r->box.kind & DCTXI_BOX_DIR) == 0) {
		dctxi_publish(r->slot, r->older);
		return;
	}
	show(store, older);
	dctxi_level_free_newer(dir, older, dctxi_level_token(store));
}

/* Whether a dead scope hid what the scope below it had set: undoing that one
 * will do. */
static bool hides_its_own(const struct dctxi_record *hiding)
{
	const struct dctxi_record *r = hiding->next;

	if ((hiding->box.kind & DCTXI_BOX_DEAD) == 0)
		return false;
	while (r != NULL && ((uintptr_t)&r->box | 1) != hiding->older)
		r = r->next;
	return r != NULL;
}

/* Puts the older words back, the newest record first, as far as `end`. */
static void undo_slots(const struct dctxi_record *r,
		       const struct dctxi_record *end)
{
	for (; r != end; r = r->next)
		if ((r->box.kind & DCTXI_BOX_DIR) == 0 && !hides_its_own(r))
			dctxi_publish(r->slot, r->older);
}

/* A scope that hid a key by a directory: what it set before that is undone out
 * of sight, then the oldest directory is shown, then what both show. */
void dctxi_undo(struct dctx_store *store, const struct dctx_frame *frame)
{
	const struct dctxi_record *oldest = NULL, *r;
	struct dctx_dir *dir = store->dir;

	for (r = frame->records; r != NULL; r = r->next)
		if (r->box.kind & DCTXI_BOX_DIR)
			oldest = r;
	if (oldest != NULL) {
		undo_slots(oldest, NULL);
		show(store, (struct dctx_dir *)oldest->older);
	}
	undo_slots(frame->records, oldest);
	if (oldest != NULL)
		(void)free_dirs(dir, dctxi_level_token(store), frame->records);
}

void dctxi_undo_level(struct dctx_store *store, const struct dctx_frame *frame,
		      struct dctx_dir *shown)
{
	struct dctx_dir *own = store->dir;

	show(store, shown);
	own = free_dirs(own, (uintptr_t)frame, frame->records);
	dctxi_level_free_dir(own, (uintptr_t)frame);
}

/* Takes the innermost frame off; no user code runs. Returns whether it left
 * something to destroy. */
static bool unlink_frame(struct dctx_store *store)
{
	struct dctx_frame *frame = store->frame;

	if (dctxi_frame_is(frame, DCTXI_FRAME_LEVEL)) {
		dctxi_undo_level(store, frame, dctxi_level_of(frame)->dir);
		(void)dctxi_unlink_level(store, dctxi_level_of(frame));
	} else {
		dctxi_undo(store, frame);
		DCTXI_PROBE1(scope_leave, frame->depth);
	}
	store->frame = frame->prev;
	return frame->cached != NULL ||
	       dctxi_frame_is(frame, DCTXI_FRAME_LEVEL | DCTXI_FRAME_COUNTED);
}

void dctxi_pend(struct dctx_root *root, struct dctx_frame *list)
{
	struct dctx_frame **at = &root->pending;

	while (*at != NULL)
		at = &(*at)->prev;
	*at = list;
}

struct dctx_frame *dctxi_frame_find(const struct dctx_store *store, uint64_t id)
{
	struct dctx_frame *frame = store->frame;

	while (!dctxi_frame_is(frame, DCTXI_FRAME_ROOT) && frame->id != id)
		frame = frame->prev;
	return dctxi_frame_is(frame, DCTXI_FRAME_ROOT) ? NULL : frame;
}

struct dctx_frame *dctxi_frame_lowest(const struct dctx_store *store)
{
	struct dctx_frame *root = &store->root->frame, *frame = store->frame;

	if (frame == root)
		return NULL;
	while (frame->prev != root)
		frame = frame->prev;
	return frame;
}

/* In case destroy does not come back, the store is whole by then: whoever works
 * on the frame below drains first, and gives the log back. */
static void destroy(struct dctx_store *store, struct dctx_frame *target,
		    struct dctx_frame *list)
{
	struct dctx_frame *below = store->frame;
	char **lent = dctxi_lent(store->root), *outer = *lent;
	char *top = store->top;
	bool still;

	dctxi_log_lend(store, target);
	dctxi_frame_set_pending(below, true);
	dctxi_pend(store->root, list);
	dctxi_log_drain(store);
	still = *lent == (char *)target;
	*lent = outer;
	if (store->frame != below)
		return;
	dctxi_frame_set_pending(below, false);
	/* It was finished while something stood on top that has gone since. */
	if (still && store->top == top)
		dctxi_log_back(store, target);
}

void dctxi_leave_through(struct dctx_store *store, struct dctx_frame *target)
{
	struct dctx_frame *below = target->prev, *list = NULL, **tail = &list;
	bool any = store->root->pending != NULL;

	while (store->frame != below) {
		struct dctx_frame *frame = store->frame;
		bool left = unlink_frame(store);

		any = any || left;
		if (!left && frame != target)
			continue;
		*tail = frame;
		tail = &frame->prev;
		*tail = NULL;
	}
	if (any)
		destroy(store, target, list);
	else
		dctxi_log_back(store, target);
}

/* Whether the root's values are being destroyed, by an end that destroy did not
 * come back to. */
static bool root_pends(const struct dctx_root *root)
{
	const struct dctx_frame *frame = root->pending;

	while (frame != NULL && frame != &root->frame)
		frame = frame->prev;
	return frame != NULL;
}

/* The root's own values, as a frame to be destroyed. */
static void unlink_root(struct dctx_store *store)
{
	struct dctx_root *root = store->root;

	root->changes++;
	dctxi_undo_level(store, &root->frame, &dctxi_dir_empty);
	store->cell = NULL;
	store->deadline = DCTXI_NO_DEADLINE;
	root->frame.bits |= DCTXI_FRAME_COUNTED;
	root->frame.prev = NULL;
	dctxi_pend(root, &root->frame);
}

/* How often a store that ends lets destroy functions attach to it, as with
 * thread-specific data (PTHREAD_DESTRUCTOR_ITERATIONS). */
#define ROUNDS_MAX 4

/* Leaves what stands on the root, also what is put there meanwhile. */
static void leave_all(struct dctx_store *store, int *rounds)
{
	struct dctx_frame *root = &store->root->frame;

	while (store->frame != root) {
		if (++*rounds == ROUNDS_MAX)
			dctxi_frame_set_dead(root, DCTXI_DEAD_MAX);
		dctxi_leave_through(store, dctxi_frame_lowest(store));
	}
}

/* May be called again when destroy did not come back: it goes on then. */
void dctxi_store_end(struct dctx_store *store)
{
	struct dctx_root *root = store->root;
	struct dctx_snapshot *base = dctxi_level_base(store);
	int rounds = 0;

	if (root == NULL) {
		show(store, &dctxi_dir_empty);
		dctx_snapshot_unref(base);
		return;
	}
	/* A dead root refuses what destroy functions may try to set or enter;
	 * an attach is let in, for some rounds. */
	dctxi_frame_set_dead(&root->frame, 1);
	leave_all(store, &rounds);
	if (!root_pends(root))
		unlink_root(store);
	dctxi_log_drain(store);
	leave_all(store, &rounds);
	base = root->base;
	root->base = &dctxi_snapshot_none;
	dctxi_snapshot_drop(base);
}
