/* SPDX-License-Identifier: MIT */
/*
 * dctx/waiter.h - being told of the end of a context, instead of asking.
 *
 *     static void stop(void *connection, dctx_status status)
 *     {
 *             shutdown(((struct connection *)connection)->fd, SHUT_RDWR);
 *     }
 *
 *     dctx_waiter *waiter;
 *
 *     if (dctx_on_done(stop, connection, &waiter) == DCTX_OK) {
 *             talk(connection);
 *             dctx_waiter_remove(waiter);
 *     }
 *
 * Only who waits is known to the sources above, and only as long as it waits:
 * registering costs a link a source on the path and, where there is a deadline,
 * a timer (dctx/timer.h says who drives timers).
 */
#ifndef DCTX_WAITER_H
#define DCTX_WAITER_H

#include <dctx/done.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One who waits. Since: 0.1. */
typedef struct dctx_waiter dctx_waiter;

/* What is called at the end, with DCTX_CANCELED or DCTX_DEADLINE_EXCEEDED.
 * Since: 0.1. */
typedef void (*dctx_done_fn)(void *arg, dctx_status status);

/*
 * Has a function called once when a context is over; at once and on this
 * thread, before this returns, when it is over already. Else the thread that
 * cancels calls it, or the one that drives the timers. It runs under whatever
 * context is current there, with no lock held, and may call dctx, cancel, and
 * remove this waiter. Those of contexts further up are called first; within one
 * context in no order.
 * Owns: the caller gets the waiter, for one dctx_waiter_remove, also after it
 * was called. It keeps what it waits on. *out is written before the function
 * can run.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_NOMEM or DCTX_SYSTEM when
 * there is a deadline and the timers' thread cannot be started; nothing is
 * registered then.
 * Threads: any for snapshots, else the store's flow. Blocks: never but in the
 * function. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_snapshot_on_done(
	dctx_snapshot *snapshot, dctx_done_fn fn, void *arg, dctx_waiter **out);
DCTX_API DCTX_MUST_USE dctx_status dctx_store_on_done(dctx_store *store,
						      dctx_done_fn fn,
						      void *arg,
						      dctx_waiter **out);
#define dctx_on_done(fn, arg, out)                                             \
	dctx_store_on_done(dctx_current(), (fn), (arg), (out))

/*
 * Ends a waiter. NULL is fine. It does not wait for a call that runs.
 * Returns: DCTX_OK: the function was not called and never will be;
 * DCTX_STALE: it was called, or is being called right now.
 * Threads: any, once a waiter. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_waiter_remove(dctx_waiter *waiter);

/*
 * The same, and waits for a call that runs on another thread, so that what its
 * argument points at may be freed after this.
 * Blocks: until the function returns; never from within it. Since: 0.1.
 */
DCTX_API dctx_status dctx_waiter_remove_wait(dctx_waiter *waiter);

/*
 * Gives a file descriptor that becomes readable when the context is over, and
 * stays so: for poll, epoll and event loops. Do not read from it or close it;
 * Linux: an eventfd, non-blocking and closed on exec.
 * Owns: as dctx_store_on_done; removing the waiter closes it. Both are written
 * only on success.
 * Returns: as dctx_store_on_done; DCTX_SYSTEM when no descriptor is to be had.
 * Threads: as dctx_store_on_done. Blocks: never. Allocates: and a descriptor.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_snapshot_on_done_fd(
	dctx_snapshot *snapshot, int *out_fd, dctx_waiter **out);
DCTX_API DCTX_MUST_USE dctx_status dctx_store_on_done_fd(dctx_store *store,
							 int *out_fd,
							 dctx_waiter **out);
#define dctx_on_done_fd(out_fd, out)                                           \
	dctx_store_on_done_fd(dctx_current(), (out_fd), (out))

/*
 * Gives a descriptor of this thread that is readable when the current context
 * is over: for a blocking call that polls another one beside it. It is this
 * thread's only one, so a second call means the context that is current then;
 * dctx_wait_fd_done ends the use of the first.
 * Returns: the descriptor, which is neither to be read nor closed; -1 when the
 * context has nothing above that could be cancelled (its deadline is for the
 * caller's own timeout), or when there is none to be had, with
 * dctx_last_error. Threads: own. Blocks: never. Allocates: at first, and a
 * descriptor a thread, closed at the thread's end. Since: 0.1.
 */
DCTX_API int dctx_wait_fd(void);

/* Ends the use of what dctx_wait_fd gave last on this thread. Threads: own.
 * Blocks, allocates: never. Since: 0.1. */
DCTX_API void dctx_wait_fd_done(void);

/*
 * Sleeps until a context is over or a time has come.
 * Returns: DCTX_CANCELED or DCTX_DEADLINE_EXCEEDED when it is over; DCTX_OK at
 * `until`, a point on dctx_now's clock, when it is not; DCTX_INVALID for NULL;
 * DCTX_NOMEM. Signals do not end the sleep. Threads: as dctx_store_on_done.
 * Blocks: yes. Allocates: unless a warm thread has some left. Since: 0.1.
 */
DCTX_API dctx_status dctx_snapshot_wait(dctx_snapshot *snapshot, int64_t until);
DCTX_API dctx_status dctx_store_wait(dctx_store *store, int64_t until);
#define dctx_wait(until) dctx_store_wait(dctx_current(), (until))

#ifdef __cplusplus
}
#endif
#endif
