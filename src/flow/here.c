/* SPDX-License-Identifier: MIT */
#include "flow/here.h"

#include "data/fail.h"
#include "flow/copies.h"
#include "flow/log.h"
#include "flow/undo.h"
#include "plat/local.h"
#include "plat/poison.h"

#include <dctx/store.h>

struct dctx_frame dctxi_frame_none = {
	.depth = 1,
	.bits = DCTXI_FRAME_ROOT,
};

struct dctx_store dctxi_cold = {
	.dir = &dctxi_dir_empty,
	.deadline = DCTXI_NO_DEADLINE,
	.frame = &dctxi_frame_none,
};

__thread struct dctx_store *dctx_abi1_current
	__attribute__((tls_model(DCTX_TLS_MODEL))) = &dctxi_cold;

extern __thread struct dctx_store *dctxi_current_here
	__attribute__((alias("dctx_abi1_current")));

/* An archive's member is linked only when something names it. */
__attribute__((used)) static bool (*const with_copies)(const char *) =
	dctxi_copy_told;

void dctxi_store_lay(struct dctx_store *store, struct dctx_snapshot *base)
{
	*store = dctxi_cold;
	store->dir = base->dir;
	store->cell = base->cell;
	store->deadline = base->deadline;
}

/* The link that points at the thread's own store: the innermost's, or the
 * `outer` of the outermost task. */
static struct dctx_store **bottom(void)
{
	struct dctx_store **link = &dctx_abi1_current;

	while ((*link)->outer != NULL)
		link = &(*link)->outer;
	return link;
}

/* The thread ends: tasks still entered stay whole, but are entered no more. */
static void thread_end(struct dctxi_local *local)
{
	struct dctx_store *store = (void *)local->room;

	local->end = NULL;
	while (dctx_abi1_current->outer != NULL) {
		struct dctx_store *task = dctx_abi1_current;

		dctx_abi1_current = task->outer;
		task->outer = NULL;
	}
	dctx_abi1_current = store;
	dctxi_store_end(store);
	dctx_abi1_current = &dctxi_cold;
	dctxi_log_free(store, true);
	dctxi_unpoison(local->room, sizeof local->room);
}

static struct dctx_store *thread_store(void)
{
	struct dctx_store **link = bottom(), *store;
	struct dctxi_local *local;

	if (*link != &dctxi_cold)
		return *link;
	local = dctxi_local();
	if (local == NULL)
		return &dctxi_cold;
	store = (void *)local->room;
	dctxi_store_lay(store, &dctxi_snapshot_none);
	dctxi_log_lay(store, store + 1, sizeof local->room - sizeof *store,
		      &dctxi_snapshot_none);
	local->end = thread_end;
	*link = store;
	return store;
}

dctx_store *dctx_thread(void)
{
	return thread_store();
}

dctx_store *dctx_current(void)
{
	if (dctx_abi1_current != &dctxi_cold)
		return dctx_abi1_current;
	return thread_store();
}

dctx_store *dctx_task_try(void)
{
	return dctx_abi1_current->outer != NULL ? dctx_abi1_current : NULL;
}

dctx_store *dctx_task(void)
{
	dctx_store *task = dctx_task_try();

	if (task == NULL) {
		dctxi_fail(DCTX_NO_TASK, NULL);
		dctxi_event(DCTX_EV_NO_TASK, DCTX_NO_TASK, NULL);
	}
	return task;
}

dctx_status dctxi_here(struct dctx_store **store)
{
	if (*store == NULL)
		return DCTX_INVALID;
	if (*store == &dctxi_cold)
		*store = thread_store();
	if (*store == &dctxi_cold)
		return DCTX_NOMEM;
	if ((*store)->root == NULL)
		return dctxi_log_begin(*store);
	if (dctxi_frame_is((*store)->frame, DCTXI_FRAME_PENDING)) {
		dctxi_log_drain(*store);
		dctxi_frame_set_pending((*store)->frame, false);
	}
	return DCTX_OK;
}

bool dctxi_is_here(const struct dctx_store *store)
{
	const struct dctx_store *s = dctx_abi1_current;

	while (s != NULL && s != store)
		s = s->outer;
	return s != NULL;
}

dctx_status dctxi_here_failed(struct dctx_store *store, dctx_event event,
			      dctx_status status, const char *what)
{
	uint32_t kept = (uint32_t)status;

	/* A user's function may return anything. */
	if (kept > DCTXI_FRAME_STATUS_MASK >> DCTXI_FRAME_STATUS)
		kept = DCTX_CODEC;
	/* A limit's numbers were noted where it was met, kinds too. */
	if (status != DCTX_LIMIT && status != DCTX_WRONG_TYPE)
		dctxi_fail(status, what);
	if (store != NULL && store->root != NULL &&
	    (store->frame->bits & DCTXI_FRAME_STATUS_MASK) == 0)
		store->frame->bits |= kept << DCTXI_FRAME_STATUS;
	dctxi_event(event, status, what);
	return status;
}

uint64_t dctx_store_id(dctx_store *store)
{
	if (dctxi_here(&store) != DCTX_OK)
		return 0;
	return store->root->frame.id;
}

char *dctxi_hex_id(uint64_t id, char buf[DCTX_HEX_ID_SIZE])
{
	buf[0] = '0';
	buf[1] = 'x';
	for (int i = 0; i < 16; i++)
		buf[2 + i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
	buf[18] = '\0';
	return buf;
}

char *dctx_store_hex_id(dctx_store *store, char buf[DCTX_HEX_ID_SIZE])
{
	return dctxi_hex_id(dctx_store_id(store), buf);
}
