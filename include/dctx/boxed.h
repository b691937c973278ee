/* SPDX-License-Identifier: MIT */
/*
 * dctx/boxed.h - values made once, then shared: between keys, stores and
 * threads, without a copy.
 *
 *     dctx_boxed *config;
 *     if (dctx_boxed_move(&config_type, &made, &config) == DCTX_OK)
 *             dctx_adopt(&k_config.key, config);
 */
#ifndef DCTX_BOXED_H
#define DCTX_BOXED_H

#include <dctx/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A value of any kind in memory of its own. Never changes; shared by reference
 * count; the last reference destroys it. Opaque. Since: 0.1. */
typedef struct dctx_boxed dctx_boxed;

/*
 * Makes a boxed copy of a value; an object by its type's copy.
 * Owns: the caller gets a reference, for dctx_store_adopt or
 * dctx_boxed_unref. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, kind 0, a number out of its own
 * kind's range, or a type without name or size; DCTX_NOMEM; what the type's
 * copy returned. Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_boxed_new(const dctx_any *value,
						  dctx_boxed **out);

/*
 * Boxes an object that the caller has made, as it is: its bytes are moved, the
 * type's copy is not asked, and on success what they own is the box's to
 * destroy. On failure the object is the caller's still.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or a type without name or size;
 * DCTX_NOMEM. All else as dctx_boxed_new. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_boxed_move(const dctx_type *type,
						   const void *object,
						   dctx_boxed **out);

/*
 * Reads what is in the box; of NULL, kind 0.
 * Owns: borrowed as long as the caller's reference. Threads: any. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API dctx_any dctx_boxed_get(const dctx_boxed *boxed);

/*
 * Takes one more reference. NULL is fine.
 * Returns: `boxed`. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_boxed *dctx_boxed_ref(dctx_boxed *boxed);

/*
 * Gives a reference back; with the last one the value is destroyed, on this
 * thread. NULL is fine.
 * Returns: NULL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_boxed *dctx_boxed_unref(dctx_boxed *boxed);

/*
 * Sets a key in the innermost scope to what is in the box. Texts, bytes and
 * objects stay where they are; a number is taken out, as by
 * dctx_store_set_any. Any number of keys, stores and threads may adopt one box,
 * each time with a reference of its own.
 * Owns: takes over the caller's reference on success, and only then.
 * Returns: as dctx_store_set_any; by name, as dctx_store_set_named.
 * Threads: the store's flow. Blocks: never. Allocates: as a set. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_adopt(dctx_store *store, dctx_key *key,
				      dctx_boxed *boxed);
DCTX_API dctx_status dctx_store_adopt_named(dctx_store *store,
					    const char *name,
					    dctx_boxed *boxed);

/*
 * Gives what is visible under a key as a box, to be kept longer than its scope
 * or passed on: the value itself when it is an object or a text or bytes of 512
 * bytes and more, a boxed copy otherwise. A NULL snapshot counts as empty.
 * Owns: the caller gets a reference; *out is NULL when there is no value, and
 * written only on DCTX_OK.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_NOMEM. Threads: the store's
 * flow; a snapshot's, any. Blocks: never. Allocates: for a copy. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_share(const dctx_store *store,
						    const dctx_key *key,
						    dctx_boxed **out);
DCTX_API DCTX_MUST_USE dctx_status
dctx_snapshot_share(const dctx_snapshot *snapshot, const dctx_key *key,
		    dctx_boxed **out);

/* The same of the current store; `key` is a dctx_key's address. Since: 0.1. */
#define dctx_adopt(key, boxed) dctx_store_adopt(dctx_current(), (key), (boxed))
#define dctx_adopt_named(name, boxed)                                         \
	dctx_store_adopt_named(dctx_current(), (name), (boxed))
#define dctx_share(key, out) dctx_store_share(DCTX_CURRENT_, (key), (out))

#ifdef __cplusplus
}
#endif
#endif
