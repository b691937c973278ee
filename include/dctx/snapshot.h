/* SPDX-License-Identifier: MIT */
/*
 * dctx/snapshot.h - an immutable, counted capture of a store, for any thread.
 */
#ifndef DCTX_SNAPSHOT_H
#define DCTX_SNAPSHOT_H

#include <dctx/scope.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A captured context: values, chain of names, deadline, cancel source. Never
 * changes; shared by reference count. Since: 0.1. */
typedef struct dctx_snapshot dctx_snapshot;

/*
 * Captures a store. Of a store unchanged since the last capture it is the same
 * object again.
 * Owns: the caller gets a reference, to be given back with
 * dctx_snapshot_unref. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_NOMEM.
 * Threads: the store's flow. Blocks: never. Allocates: when something changed.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_capture(dctx_store *store,
						      dctx_snapshot **out);

/* The same of the current store. Since: 0.1. */
#define dctx_capture(out) dctx_store_capture(dctx_current(), (out))

/*
 * Gives the context without values, names, deadline and cancel source.
 * Returns: a static object; taking and giving back references is harmless.
 * Threads: any. Since: 0.1.
 */
DCTX_API dctx_snapshot *dctx_snapshot_empty(void);

/*
 * Takes one more reference. NULL is fine.
 * Returns: `snapshot`. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_snapshot *dctx_snapshot_ref(dctx_snapshot *snapshot);

/*
 * Gives a reference back; the last one frees the snapshot, and the values'
 * destroy functions run on this thread. NULL is fine.
 * Returns: NULL. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_snapshot *dctx_snapshot_unref(dctx_snapshot *snapshot);

/*
 * Gives the names that lead to the capture, as dctx_store_chain.
 * Owns: the names are borrowed as long as the caller's reference.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API size_t dctx_snapshot_chain(const dctx_snapshot *snapshot,
				    const char **names, size_t max);

/* Writes the chain as text, as dctx_store_chain_text. Since: 0.1. */
DCTX_API size_t dctx_snapshot_chain_text(const dctx_snapshot *snapshot,
					 const char *separator, char *buf,
					 size_t size);

/*
 * Lays one captured context over another. A key is what it is in `above`,
 * removed if it was removed there; one that `above` says nothing of is what it
 * is in `below`. The chain is that of `above`, or that of `below` when `above`
 * has no names; the earlier deadline holds. NULL counts as the empty context.
 * Owns: the caller gets a reference, to one of the two when the other adds
 * nothing. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out; DCTX_NOMEM. Threads: any.
 * Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_snapshot_merge(dctx_snapshot *below,
						       dctx_snapshot *above,
						       dctx_snapshot **out);

/*
 * Brings a captured context here, in place of what is visible: nothing of the
 * host's values, names, deadline or cancel source shows through until the
 * guard is left. Takes a reference of its own; a NULL snapshot counts as the
 * empty one, so that a failed capture cannot leave the work in its host's
 * context. All of it, or on error nothing. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store or out; DCTX_LIMIT past
 * DCTX_LIMIT_STORE_BYTES; DCTX_NOMEM; DCTX_DEAD_SCOPE from a destroy function
 * that attaches again and again to a store that ends.
 * Threads: the store's flow. Blocks: never. Allocates: when the store's log has
 * no room left. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_attach(dctx_store *store,
						     dctx_snapshot *snapshot,
						     dctx_guard *out);

/*
 * The same without taking a reference: the caller's must outlast the guard,
 * and every value pointer read under it. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_attach_borrowed(
	dctx_store *store, dctx_snapshot *snapshot, dctx_guard *out);

/*
 * Brings a captured context here, laid over what is visible as
 * dctx_snapshot_merge has it: what it says nothing of stays the host's. A
 * depth of its own, and the rest, as with an attach. All of it, or on error
 * nothing. *out is written only on success.
 * Returns, threads: as dctx_store_attach. Blocks: never. Allocates: for the
 * merged context. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_overlay(dctx_store *store,
						      dctx_snapshot *snapshot,
						      dctx_guard *out);

/*
 * Sets all that a captured context holds in the innermost scope, as sets and
 * unsets of each key would; the chain and the depth stay. Large values and
 * objects are shared with the snapshot, and count as bytes of the store. NULL
 * counts as empty. All of it, or on error nothing but this: keys with
 * DCTX_CLOSED that the snapshot names read as absent then.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store; DCTX_DEAD_SCOPE; DCTX_LIMIT
 * past DCTX_LIMIT_STORE_BYTES; DCTX_NOMEM. A failure is counted once, told to
 * the hook and kept for dctx_scope_status.
 * Threads: the store's flow. Blocks: never. Allocates: when the log has no room
 * left, and a page of keys that is first written at this level. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_merge(dctx_store *store,
				      dctx_snapshot *snapshot);

/*
 * Makes a store anew from a captured context: every scope and attach is left,
 * the root's values go, and the context stands in their place, with nothing to
 * undo it. Guards from before are stale. On error the store is as it was.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store; DCTX_LIMIT past
 * DCTX_LIMIT_STORE_BYTES; DCTX_NOMEM; DCTX_DEAD_SCOPE as dctx_store_attach;
 * DCTX_BUSY, with its scopes left, when a destroy function entered new ones.
 * Threads: the store's flow. Blocks: never. Allocates: as dctx_store_attach.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_restore(dctx_store *store,
						      dctx_snapshot *snapshot);

/* Empties a store: dctx_store_restore of the empty context. Since: 0.1. */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_clear(dctx_store *store);

/* The same of the current store. Since: 0.1. */
#define dctx_attach(snapshot, out)                                            \
	dctx_store_attach(dctx_current(), (snapshot), (out))
#define dctx_attach_borrowed(snapshot, out)                                   \
	dctx_store_attach_borrowed(dctx_current(), (snapshot), (out))
#define dctx_overlay(snapshot, out)                                           \
	dctx_store_overlay(dctx_current(), (snapshot), (out))
#define dctx_merge(snapshot) dctx_store_merge(dctx_current(), (snapshot))
#define dctx_restore(snapshot) dctx_store_restore(dctx_current(), (snapshot))
#define dctx_clear() dctx_store_clear(dctx_current())

/* Attach to the current store, and overlay on it: what DCTX_ATTACH and
 * DCTX_OVERLAY call. A failure is counted and kept for dctx_scope_status.
 * Since: 0.1. */
DCTX_API dctx_guard dctx_attach_here(dctx_snapshot *snapshot);
DCTX_API dctx_guard dctx_overlay_here(dctx_snapshot *snapshot);

/* Captures the current store: what DCTX_SNAPSHOT calls. NULL on failure, which
 * is counted and kept for dctx_scope_status. Since: 0.1. */
DCTX_API DCTX_MUST_USE dctx_snapshot *dctx_capture_here(void);

/* What the cleanup attribute calls. Since: 0.1. */
__attribute__((unused)) static inline void
dctx_unref_at_end(dctx_snapshot **snapshot)
{
	*snapshot = dctx_snapshot_unref(*snapshot);
}

#ifdef __cplusplus
}
#endif

/*
 * Declares that the rest of the block runs under `snapshot`. Since: 0.1.
 */
#define DCTX_ATTACH(snapshot)                                                 \
	DCTX_GUARD_ DCTX_UNIQUE_ = dctx_attach_here(snapshot)

/*
 * Declares that in the rest of the block `snapshot` lies over what is visible.
 * Since: 0.1.
 */
#define DCTX_OVERLAY(snapshot)                                                \
	DCTX_GUARD_ DCTX_UNIQUE_ = dctx_overlay_here(snapshot)

/*
 * Declares `var`, a capture of the current store (NULL when it failed), whose
 * reference is given back at the end of the block. Since: 0.1.
 */
#define DCTX_SNAPSHOT(var)                                                    \
	__attribute__((cleanup(dctx_unref_at_end))) dctx_snapshot *var =      \
		dctx_capture_here()

#endif
