/* SPDX-License-Identifier: MIT */
/*
 * dctx/value.h - read and change what a context holds, typed by the key.
 *
 *     dctx_set(k_tenant, 7);
 *     uint64_t tenant = dctx_get(k_tenant, 0);
 *
 * The macros choose the function by the key's type; a value of another type
 * does not compile. Bindings call the functions, which check the key's kind.
 */
#ifndef DCTX_VALUE_H
#define DCTX_VALUE_H

#include <dctx/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * dctx_store_get_TAG reads what is visible under a key in a store, and
 * dctx_snapshot_get_TAG in a snapshot (NULL counts as empty); TAG is one of
 * bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64. A store and a key are not NULL.
 * Returns: the value; `otherwise` when it is absent, removed, or the key has
 * another kind. Threads: the store's flow; a snapshot's, any. Signal-safe on
 * its own thread. Blocks, allocates: never; a hit and a miss cost the same at
 * any depth (bench: get). Since: 0.1.
 *
 * dctx_store_set_TAG sets a scalar in the innermost scope; again in the same
 * scope overwrites it (a 64-bit one on a 32-bit machine grows the scope).
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_WRONG_TYPE when the key has
 * another kind; what dctx_key_register returns for a key not yet registered;
 * DCTX_DEAD_SCOPE; DCTX_LIMIT past DCTX_LIMIT_STORE_BYTES; DCTX_NOMEM. Then
 * nothing changed, but for a key with DCTX_CLOSED, which reads as absent; the
 * failure is counted, told to the hook and kept for dctx_scope_status.
 * Threads: the store's flow. Blocks: never. Allocates: when the log is full,
 * or a page of keys is first written at this level. Since: 0.1.
 */
#define DCTX_DECLARE_SCALAR_(tag, T)                                          \
	DCTX_FAST T dctx_store_get_##tag(const dctx_store *store,             \
					 const dctx_key *key, T otherwise);   \
	DCTX_FAST T dctx_snapshot_get_##tag(const dctx_snapshot *snapshot,    \
					    const dctx_key *key,              \
					    T otherwise);                     \
	DCTX_FAST dctx_status dctx_store_set_##tag(dctx_store *store,         \
						   dctx_key *key, T value);
DCTX_DECLARE_SCALAR_(bool, bool)
DCTX_DECLARE_SCALAR_(i8, int8_t)
DCTX_DECLARE_SCALAR_(i16, int16_t)
DCTX_DECLARE_SCALAR_(i32, int32_t)
DCTX_DECLARE_SCALAR_(i64, int64_t)
DCTX_DECLARE_SCALAR_(u8, uint8_t)
DCTX_DECLARE_SCALAR_(u16, uint16_t)
DCTX_DECLARE_SCALAR_(u32, uint32_t)
DCTX_DECLARE_SCALAR_(u64, uint64_t)
DCTX_DECLARE_SCALAR_(f32, float)
DCTX_DECLARE_SCALAR_(f64, double)

/*
 * Read a text, with a NUL after it (and its length, in the _bytes form, since
 * it may hold NULs), bytes, or a user's object.
 * Returns: the value, `otherwise` as above. Owns: borrowed until the scope that
 * set it is left, or as long as the snapshot. Threads and all else as above.
 * Since: 0.1.
 */
DCTX_FAST const char *dctx_store_get_str(const dctx_store *store,
					 const dctx_key *key,
					 const char *otherwise);
DCTX_FAST dctx_bytes dctx_store_get_bytes(const dctx_store *store,
					  const dctx_key *key,
					  dctx_bytes otherwise);
DCTX_FAST const void *dctx_store_get_type(const dctx_store *store,
					  const dctx_key *key,
					  const void *otherwise);
DCTX_FAST const char *dctx_snapshot_get_str(const dctx_snapshot *snapshot,
					    const dctx_key *key,
					    const char *otherwise);
DCTX_FAST dctx_bytes dctx_snapshot_get_bytes(const dctx_snapshot *snapshot,
					     const dctx_key *key,
					     dctx_bytes otherwise);
DCTX_FAST const void *dctx_snapshot_get_type(const dctx_snapshot *snapshot,
					     const dctx_key *key,
					     const void *otherwise);

/*
 * Sets a scalar by its bits: two's complement widened to 64, or IEEE 754.
 * Returns and all else: as dctx_store_set_TAG. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_set_bits(dctx_store *store, dctx_key *key,
					 uint32_t kind, uint64_t bits);

/*
 * Set a text, bytes (of 4 GiB at most) or a user's object in the innermost
 * scope. The value is copied: inline up to 511 bytes, else to counted memory. A
 * set again in the same scope keeps the older value until the scope is left,
 * since somebody may hold its pointer: for loops use the replace form.
 * Returns: as dctx_store_set_TAG; DCTX_INVALID also for a NULL value; what the
 * type's copy returned. Allocates: also for a large value. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_set_str(dctx_store *store, dctx_key *key,
					const char *text);
DCTX_API dctx_status dctx_store_set_bytes(dctx_store *store, dctx_key *key,
					  dctx_bytes bytes);
DCTX_API dctx_status dctx_store_set_type(dctx_store *store, dctx_key *key,
					 const void *object);

/*
 * Set like the above, and free at once what the same scope set before: pointers
 * to it are invalid. A loop of these takes no more memory than two values.
 * Since: 0.1.
 */
DCTX_API dctx_status dctx_store_replace_str(dctx_store *store, dctx_key *key,
					    const char *text);
DCTX_API dctx_status dctx_store_replace_bytes(dctx_store *store, dctx_key *key,
					      dctx_bytes bytes);
DCTX_API dctx_status dctx_store_replace_type(dctx_store *store, dctx_key *key,
					     const void *object);

/*
 * Removes a key: it reads as absent until the innermost scope is left, also
 * where an outer scope has a value. Removing what is absent is fine.
 * Returns: as dctx_store_set_TAG. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_unset_key(dctx_store *store, dctx_key *key);

/*
 * Tell whether a key has a value; an empty text is one, a removed key has none.
 * Threads and all else: as dctx_store_get_TAG. Since: 0.1.
 */
DCTX_FAST bool dctx_store_has_key(const dctx_store *store, const dctx_key *key);
DCTX_FAST bool dctx_snapshot_has_key(const dctx_snapshot *snapshot,
				     const dctx_key *key);

#ifdef __cplusplus
}
#endif

/* The key's unset and has, typed. Since: 0.1. */
#define dctx_store_unset(s, k) dctx_store_unset_key((s), &(k).key)
#define dctx_store_has(s, k) dctx_store_has_key((s), &(k).key)
#define dctx_snapshot_has(s, k) dctx_snapshot_has_key((s), &(k).key)
#define dctx_unset(k) dctx_store_unset(dctx_current(), k)
#define dctx_has(k) dctx_store_has(DCTX_CURRENT_, k)

#include <dctx/inline.h>
#ifdef __cplusplus
#include <dctx/value_cxx.h>
#else
#include <dctx/value_c.h>
#endif
#endif
