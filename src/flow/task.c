/* SPDX-License-Identifier: MIT */
/*
 * Tasks. A task's store is 64 bytes over the snapshot it began with until it
 * changes something; only then does it get a log and a directory.
 */
#include "data/fail.h"
#include "flow/here.h"
#include "flow/log.h"
#include "flow/undo.h"
#include "plat/heap.h"

#include <dctx/task.h>

_Static_assert(sizeof(struct dctx_store) <= DCTX_TASK_SIZE,
	       "a task must fit in the caller's memory");

/* What a task starts from, as a reference of its own. */
static struct dctx_snapshot *base_of(dctx_snapshot *snapshot)
{
	if (snapshot == NULL)
		return &dctxi_snapshot_none;
	return dctx_snapshot_ref(snapshot);
}

/* Takes over the snapshot's reference, on failure too. */
static dctx_status task_make(struct dctx_snapshot *snapshot, dctx_store **out)
{
	struct dctx_store *task = dctxi_alloc(sizeof *task);

	if (task == NULL) {
		dctxi_snapshot_drop(snapshot);
		return dctxi_fail(DCTX_NOMEM, "task");
	}
	dctxi_store_lay(task, snapshot);
	*out = task;
	return DCTX_OK;
}

dctx_status dctx_task_new(dctx_snapshot *snapshot, dctx_store **out)
{
	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "task");
	return task_make(base_of(snapshot), out);
}

dctx_status dctx_store_fork(dctx_store *store, dctx_store **out)
{
	dctx_snapshot *snapshot = NULL;
	dctx_status status;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "task");
	status = dctx_store_capture(store, &snapshot);
	return status == DCTX_OK ? task_make(snapshot, out) : status;
}

dctx_status dctx_task_init(void *memory, size_t size, dctx_snapshot *snapshot,
			   dctx_store **out)
{
	if (memory == NULL || out == NULL ||
	    (uintptr_t)memory % _Alignof(struct dctx_store) != 0)
		return dctxi_fail(DCTX_INVALID, "task");
	if (size < sizeof(struct dctx_store))
		return dctxi_fail(DCTX_TOO_SMALL, "task");
	dctxi_store_lay(memory, base_of(snapshot));
	*out = memory;
	return DCTX_OK;
}

static void misuse(dctx_status status)
{
	dctxi_fail(status, "task");
	dctxi_event(DCTX_EV_TASK_MISUSE, status, "task");
}

/* Ends what the store has; what it is itself goes with its memory. */
static void task_end(dctx_store *task)
{
	if (task->outer != NULL && dctxi_is_here(task))
		dctx_task_leave_slow(task);
	dctxi_store_end(task);
	if (task->root != NULL)
		dctxi_log_free(task, false);
}

void dctx_task_done(dctx_store *task)
{
	if (task == NULL)
		return;
	task_end(task);
	*task = dctxi_cold;
}

dctx_store *dctx_task_free(dctx_store *task)
{
	if (task == NULL)
		return NULL;
	task_end(task);
	dctxi_free(task, sizeof *task);
	return NULL;
}

static void leave_innermost(void)
{
	struct dctx_store *task = dctx_abi1_current;

	dctx_abi1_current = task->outer;
	task->outer = NULL;
}

void dctxi_task_leave_above(struct dctx_store *store)
{
	while (dctx_abi1_current != store)
		leave_innermost();
}

void dctx_task_leave_slow(dctx_store *task)
{
	if (task == NULL || !dctxi_is_here(task) || task->outer == NULL) {
		misuse(DCTX_STALE);
		return;
	}
	dctxi_task_leave_above(task);
	leave_innermost();
	misuse(DCTX_OK);
}

void dctx_task_enter_checked(dctx_store *task)
{
	/* The debug build's leave clears `outer`, on whichever thread. */
	if (task == NULL ||
	    __atomic_load_n(&task->outer, __ATOMIC_ACQUIRE) != NULL) {
		misuse(task == NULL ? DCTX_INVALID : DCTX_BUSY);
		return;
	}
	task->outer = dctx_abi1_current;
	dctx_abi1_current = task;
}
