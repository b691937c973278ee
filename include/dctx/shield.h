/* SPDX-License-Identifier: MIT */
/*
 * dctx/shield.h - time to clean up in, after the end.
 *
 *     DCTX_SCOPE("request");            // the server, once
 *     dctx_set_timeout(2 * DCTX_S);     // the soft deadline
 *     dctx_set_grace(DCTX_S / 2);       // the hard one is half a second later
 *     ...
 *             if (dctx_done()) {        // whoever has something to put away
 *                     DCTX_SCOPE("roll back");
 *                     dctx_shield();
 *                     rollback(db);     // may do I/O: dctx_done() is 0 again
 *             }
 *
 * A grace moves nothing for those who do not ask for it. Below a shield, what
 * is above ends later by the grace in force there, and no later: the hard
 * deadline, which clean-up cannot move.
 */
#ifndef DCTX_SHIELD_H
#define DCTX_SHIELD_H

#include <dctx/deadline.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Gives the innermost scope and all below a grace, in nanoseconds: how much
 * longer than to its end it may take to clean up. Of two, one around the
 * other, the shorter holds. Without any it is 0. A negative one is
 * DCTX_INVALID.
 * Returns and all else: as dctx_store_add_source. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_set_grace(dctx_store *store, int64_t grace);

/*
 * Gives the grace in force, in nanoseconds. Threads: the store's flow.
 * Signal-safe. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API int64_t dctx_store_grace(const dctx_store *store);

/*
 * Shields the rest of the innermost scope: the deadline in force comes later by
 * the grace, and a cancel of anything above ends it only when the grace has
 * passed since. Deadlines and sources that are set after this hold at once. A
 * shield under a shield brings back what the outer one began with.
 * Returns and all else: as dctx_store_add_source. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_shield(dctx_store *store);

/* The same of the current store. Since: 0.1. */
#define dctx_set_grace(grace) dctx_store_set_grace(dctx_current(), (grace))
#define dctx_grace() dctx_store_grace(dctx_current())
#define dctx_shield() dctx_store_shield(dctx_current())

#ifdef __cplusplus
}
#endif
#endif
