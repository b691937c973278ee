/* SPDX-License-Identifier: MIT */
/*
 * dctx/deadline.h - by when work must stop.
 *
 *     DCTX_SCOPE("look up");
 *     dctx_set_timeout(250 * DCTX_MS);
 *     row = query(...);        // what asks dctx_done() in there stops in time
 *
 * A deadline is a point on the monotonic clock, in nanoseconds. Of all that
 * were set in a scope and around it the earliest holds; leaving the scope
 * brings back the one from before. None can be moved further away: a later
 * one, set further in, changes nothing. Attach and fork take it along.
 */
#ifndef DCTX_DEADLINE_H
#define DCTX_DEADLINE_H

#include <dctx/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "None", as a deadline and as what remains until it. Since: 0.1. */
#define DCTX_NO_DEADLINE INT64_MAX

/* Nanoseconds. Since: 0.1. */
#define DCTX_US INT64_C(1000)
#define DCTX_MS INT64_C(1000000)
#define DCTX_S INT64_C(1000000000)

/*
 * Reads the clock that deadlines are points of: CLOCK_MONOTONIC (POSIX.1-2017,
 * clock_gettime), which setting the time of day does not move.
 * Returns: nanoseconds, never negative. Threads: any. Signal-safe. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API int64_t dctx_now(void);

/*
 * Gives the deadline that is `timeout` nanoseconds from now. A negative timeout
 * counts as 0, due at once: what is left of a budget that was overdrawn. One
 * that leads past the clock's end is no deadline.
 * Returns: the deadline. Threads: any. Signal-safe. Blocks, allocates: never.
 * Since: 0.1.
 */
DCTX_API int64_t dctx_deadline_in(int64_t timeout);

/*
 * Sets a deadline in the innermost scope: the one in force and this, whichever
 * is earlier. One in the past, also a negative one, is due at once;
 * DCTX_NO_DEADLINE changes nothing.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store; DCTX_DEAD_SCOPE past the
 * depth limit; DCTX_LIMIT past DCTX_LIMIT_STORE_BYTES; DCTX_NOMEM. A failure is
 * counted as DCTX_EV_DROPPED_WRITE, told to the hook and kept for
 * dctx_scope_status, and the deadline is as it was.
 * Threads: the store's flow. Blocks: never. Allocates: when the log has no room
 * left, and at a store's root. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_set_deadline(dctx_store *store,
					     int64_t deadline);

/*
 * The same with dctx_deadline_in(`timeout`). Since: 0.1.
 */
DCTX_API dctx_status dctx_store_set_timeout(dctx_store *store, int64_t timeout);

/*
 * Gives the deadline in force.
 * Returns: a point on the clock, perhaps in the past; DCTX_NO_DEADLINE for
 * none, and for NULL. Says nothing about cancellation. Threads: the store's
 * flow; any for a snapshot. Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API int64_t dctx_store_deadline(const dctx_store *store);
DCTX_API int64_t dctx_snapshot_deadline(const dctx_snapshot *snapshot);

/*
 * Gives the time that is left: until the deadline, until the end of a grace
 * (dctx/shield.h), or none when the work was cancelled.
 * Returns: nanoseconds by the fine clock, at least 0; 0 exactly when the
 * dctx_done of the same moment says that it is over; DCTX_NO_DEADLINE for no
 * limit. Threads, signal-safe, blocks, allocates: as above. Since: 0.1.
 */
DCTX_API int64_t dctx_store_remaining(const dctx_store *store);
DCTX_API int64_t dctx_snapshot_remaining(const dctx_snapshot *snapshot);

/* The time left to the current store, as a function for those who look it up
 * at run time (dctx/weak.h). Since: 0.1. */
DCTX_API int64_t dctx_remaining(void);

/* The same of the current store. Since: 0.1. */
#define dctx_set_deadline(deadline)                                            \
	dctx_store_set_deadline(dctx_current(), (deadline))
#define dctx_set_timeout(timeout)                                              \
	dctx_store_set_timeout(dctx_current(), (timeout))
#define dctx_deadline() dctx_store_deadline(dctx_current())

/*
 * Gives a captured context without what ends it: the values and names stay, the
 * deadline, the cancel sources, graces and shields go. For work that outlives
 * the request it began in: Go's context.WithoutCancel.
 * Owns: the caller gets a reference, to the same when nothing ends it. *out is
 * written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out; DCTX_NOMEM. Threads: any.
 * Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_snapshot_detach(dctx_snapshot *snapshot,
							dctx_snapshot **out);

/*
 * The rest of the innermost scope is not ended by anything outside of it; what
 * is set after this holds.
 * Returns and all else: as dctx_store_set_deadline. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_detach(dctx_store *store);
#define dctx_detach() dctx_store_detach(dctx_current())

#ifdef __cplusplus
}
#endif
#endif
