/* SPDX-License-Identifier: MIT */
/*
 * dctx/task.h - the store of a task: a coroutine, a state machine, a request
 * of an event loop.
 *
 * A runtime enters the task's store before it runs a step of the task and
 * leaves it after, on whichever thread that is.
 */
#ifndef DCTX_TASK_H
#define DCTX_TASK_H

#include <dctx/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Makes a task's store that starts from a captured context (snapshot mode);
 * NULL or the empty snapshot for a task of its own.
 * Owns: the caller gets the store, to be freed with dctx_task_free, and keeps
 * its snapshot reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out; DCTX_NOMEM.
 * Threads: any. Blocks: never. Allocates: unless a warm thread has one left.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_task_new(dctx_snapshot *snapshot,
						 dctx_store **out);

/*
 * Makes a task's store that starts from what `store` sees now (fork mode):
 * capture and dctx_task_new in one. Later changes on either side do not show
 * on the other; a fork of a fork sees the grandparent's values and names.
 * Owns, returns: as dctx_task_new; DCTX_INVALID also for a NULL store.
 * Threads: the store's flow. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_fork(dctx_store *store,
						   dctx_store **out);

/* The same of the current store. Since: 0.1. */
#define dctx_fork(out) dctx_store_fork(dctx_current(), (out))

/* Bytes of memory that dctx_task_init needs on any version of the library with
 * this layout. Since: 0.1. */
#define DCTX_TASK_SIZE 64

/*
 * Makes a task's store in the caller's memory, aligned as a pointer; end it
 * with dctx_task_done. `size` is the caller's DCTX_TASK_SIZE, checked.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or misaligned `memory`;
 * DCTX_TOO_SMALL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_task_init(void *memory, size_t size,
						  dctx_snapshot *snapshot,
						  dctx_store **out);

/*
 * Ends a task that is not entered: its open scopes are left, its values go,
 * its memory stays the caller's. NULL is fine. One that is still entered on
 * this thread is left first, counted as DCTX_EV_TASK_MISUSE.
 * Threads: any, but one at a time. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API void dctx_task_done(dctx_store *task);

/*
 * Ends a task and frees its store, for dctx_task_new and dctx_store_fork.
 * Returns: NULL. As dctx_task_done otherwise. Since: 0.1.
 */
DCTX_API dctx_store *dctx_task_free(dctx_store *task);

/*
 * Enters a task on this thread: it becomes the current store. Nested enters of
 * different tasks are fine. The debug build finds a task entered twice, or one
 * that is NULL, which the release build does not look for.
 * Threads: any, but a task on one at a time. Blocks, allocates: never.
 * Since: 0.1.
 */
DCTX_FAST void dctx_task_enter(dctx_store *task);

/*
 * Leaves the innermost entered task, which must be `task`; its open scopes stay
 * open for the next step. Otherwise, counted as DCTX_EV_TASK_MISUSE, those
 * entered above it are left too; when it is not entered here, nothing.
 * Threads: the one that entered it. Blocks, allocates: never. Since: 0.1.
 */
DCTX_FAST void dctx_task_leave(dctx_store *task);

/* Leaves out of order: what dctx_task_leave calls then. Since: 0.1. */
DCTX_API void dctx_task_leave_slow(dctx_store *task);

/* Enters with the debug build's checks. Since: 0.1. */
DCTX_API void dctx_task_enter_checked(dctx_store *task);

#ifndef DCTX_TLS_DYNAMIC
DCTX_FAST void dctx_task_enter(dctx_store *task)
{
#ifdef DCTX_DEBUG
	dctx_task_enter_checked(task);
#else
	task->outer = dctx_abi1_current;
	dctx_abi1_current = task;
#endif
}

DCTX_FAST void dctx_task_leave(dctx_store *task)
{
	if (!DCTX_LIKELY(dctx_abi1_current == task)) {
		dctx_task_leave_slow(task);
		return;
	}
	dctx_abi1_current = task->outer;
#ifdef DCTX_DEBUG
	__atomic_store_n(&task->outer, (dctx_store *)NULL, __ATOMIC_RELEASE);
#endif
}
#endif

#ifdef __cplusplus
}
#endif
#endif
