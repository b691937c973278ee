/* SPDX-License-Identifier: MIT */
/*
 * dctx/list.h - everything that a store or a snapshot holds.
 *
 *     dctx_item items[32];
 *     size_t n = dctx_list(DCTX_LIST_VISIBLE, items, 32);
 */
#ifndef DCTX_LIST_H
#define DCTX_LIST_H

#include <dctx/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A key, the one registered first where several are equal, and what it is:
 * kind 0 when it was removed. Since: 0.1. */
typedef struct dctx_item {
	const dctx_key *key;
	dctx_any value;
} dctx_item;

/* What to list; bits. Since: 0.1. */
#define DCTX_LIST_VISIBLE 0u /* every value that a get would find */
#define DCTX_LIST_SCOPE 1u   /* what the innermost scope did, and only that */
#define DCTX_LIST_REMOVED 2u /* removed keys, too; DCTX_LIST_SCOPE has them */

/*
 * Lists keys and their values in the order in which the keys were registered.
 * Writes at most `max`; `items` may be NULL when `max` is 0. A closed key that
 * a failed set hid counts as removed (in the rare case that everything had to
 * be hidden for want of memory, nothing is listed). A dead scope did nothing
 * but such hiding. A snapshot has no scopes: DCTX_LIST_SCOPE lists all of it.
 * Notes are not values of keys: see note.h.
 * Returns: how many there are in all; 0 for a NULL.
 * Owns: the values are borrowed as a get's. Threads: the store's flow; a
 * snapshot's, any. Blocks, allocates: never. Takes time with the number of
 * keys that were ever set here. Since: 0.1.
 */
DCTX_API size_t dctx_store_list(const dctx_store *store, unsigned what,
				dctx_item *items, size_t max);
DCTX_API size_t dctx_snapshot_list(const dctx_snapshot *snapshot, unsigned what,
				   dctx_item *items, size_t max);

/* The same of the current store. Since: 0.1. */
#define dctx_list(what, items, max)                                           \
	dctx_store_list(DCTX_CURRENT_, (what), (items), (max))

#ifdef __cplusplus
}
#endif
#endif
