/* SPDX-License-Identifier: MIT */
/*
 * dctx/mark.h - the way back after a longjmp.
 *
 *     dctx_mark mark = dctx_mark_here();
 *
 *     if (setjmp(failed) == 0)
 *             parse(input);             // may longjmp(failed, 1)
 *     else
 *             (void)dctx_rewind(mark);  // scopes are as at the mark
 *
 * A function of the user's that dctx calls (a type's copy, destroy or codec,
 * the hook, the function of a work) may end otherwise than by returning: by
 * longjmp to before the call, by pthread_exit, or by a cancellation that is
 * acted on inside it. The store is whole whenever such a function runs, what
 * was still to be destroyed is destroyed later, and no memory is lost. Where a
 * thread ends, its end sees to the rest; where one jumps, dctx_rewind does. An
 * end that was jumped out of (dctx_task_done, dctx_task_free,
 * dctx_builder_free) is to be called again, and goes on.
 *
 * No call of dctx is a cancellation point by itself. A thread whose
 * cancellation is asynchronous (PTHREAD_CANCEL_ASYNCHRONOUS) must not call
 * dctx.
 */
#ifndef DCTX_MARK_H
#define DCTX_MARK_H

#include <dctx/scope.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A scope to come back to, by value; its fields are the library's. Any number
 * of marks may be made of one scope, and each used any number of times.
 * Since: 0.1.
 */
typedef struct dctx_mark {
	dctx_store *store;
	uint64_t id;
	uint64_t since;
	void *held;
	uint32_t dead;
	uint32_t in_hook;
} dctx_mark;

/*
 * Marks the innermost scope of a store (or attach, dead scope, or its root).
 * Returns: the mark; of NULL, one that dctx_rewind refuses.
 * Threads: the store's flow. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_mark dctx_store_mark(dctx_store *store);

/* The same of the current store; a thread's first use makes its store.
 * Since: 0.1. */
DCTX_API dctx_mark dctx_mark_here(void);

/*
 * Makes the marked scope the innermost again, and its store the current one.
 * All that was entered in the store since is left: scopes, attaches, overlays,
 * dead scopes, with what was set in them; no mismatch is counted. Tasks entered
 * on this thread since are left as by dctx_task_leave: their own scopes stay
 * open. What was set since in the marked scope itself stays, as do values that
 * a restore brought to a marked root; enter a scope after the mark to have sets
 * undone. Spans that were entered since are entered no more, and no layer is
 * told; they are open, those of DCTX_SPAN, too, until somebody closes them.
 * What destroy functions left undone is gone on with, here.
 *
 * Calls of dctx on this thread that were under way since the mark are given up:
 * what they held is destroyed and freed, and a hook that was jumped out of
 * hears events again. So call it when they were jumped out of, not from within
 * one.
 *
 * Returns: DCTX_OK; DCTX_INVALID for the mark of no store; DCTX_STALE, counted
 * as DCTX_EV_STALE_GUARD, with nothing changed, when the marked scope is gone,
 * or its store is neither the current one nor one below it on this thread;
 * DCTX_BUSY when a destroy function that ran in here left scopes open or took
 * the marked one away. A destroy function that jumps out again is no failure:
 * rewind again.
 * Threads: the store's flow. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_rewind(dctx_mark mark);

#ifdef __cplusplus
}
#endif
#endif
