/* SPDX-License-Identifier: MIT */
/*
 * dctx/builder.h - a context under construction, for code that passes contexts
 * as arguments instead of reading the current one.
 *
 *     dctx_status with_tenant(dctx_snapshot *parent, uint64_t tenant,
 *                             dctx_snapshot **out)
 *     {
 *             dctx_builder *b;
 *             dctx_status status = dctx_builder_child(parent, &b);
 *
 *             if (status != DCTX_OK)
 *                     return status;
 *             status = dctx_builder_set(b, k_tenant, tenant);
 *             if (status == DCTX_OK)
 *                     status = dctx_builder_freeze(b, out);
 *             if (status != DCTX_OK)
 *                     dctx_builder_free(b);
 *             return status;
 *     }
 *
 *     int lookup(const dctx_snapshot *context)
 *     {
 *             return query(dctx_snapshot_get(context, k_tenant, 0));
 *     }
 *
 * A context once frozen never changes and may be the parent of any number of
 * children; a child sees what its parent has, the parent nothing of its child.
 * No context refers to its parent, so a line of any length costs what one
 * context costs.
 */
#ifndef DCTX_BUILDER_H
#define DCTX_BUILDER_H

#include <dctx/task.h>
#include <dctx/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A context that has one owner and can be changed. Since: 0.1. */
typedef struct dctx_builder dctx_builder;

/*
 * Begins a context without values, names and deadline.
 * Owns: the caller gets the builder, which ends in one dctx_builder_freeze that
 * succeeds, or in dctx_builder_free. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out; DCTX_NOMEM.
 * Threads: any; a builder may be handed from one to another. Blocks: never.
 * Allocates: unless a warm thread has one left. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_builder_background(dctx_builder **out);

/*
 * Begins a context that has what `parent` has, until it is set otherwise. NULL
 * counts as the empty context. Takes a reference of its own.
 * Owns, returns and all else: as dctx_builder_background. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_builder_child(dctx_snapshot *parent,
						      dctx_builder **out);

/*
 * Gives the store that the builder fills: what sets, unsets, merges and reads
 * values there does so in the context under construction. Leave no scope or
 * attach open in it that should not be frozen.
 * Returns: the store, as long as the builder; NULL for NULL. Threads: the
 * builder's owner. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_store *dctx_builder_store(dctx_builder *builder);

/* Set, remove, ask for and read a value of a builder, typed by the key; all as
 * dctx_store_set and its kin, whose failure is returned and kept: the first one
 * also makes dctx_builder_freeze fail. Since: 0.1. */
#define dctx_builder_set(b, k, v) dctx_store_set(dctx_builder_store(b), k, v)
#define dctx_builder_unset(b, k) dctx_store_unset(dctx_builder_store(b), k)
#define dctx_builder_has(b, k) dctx_store_has(dctx_builder_store(b), k)
#define dctx_builder_get(b, k, otherwise)                                     \
	dctx_store_get(dctx_builder_store(b), k, otherwise)

/*
 * Adds a name to the chain, as the newest.
 * Keeps: `name`, as dctx_store_enter.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; the first failure of a set, unset
 * or merge; DCTX_LIMIT past DCTX_LIMIT_DEPTH names of one builder or past
 * DCTX_LIMIT_STORE_BYTES; DCTX_NOMEM. Threads: the builder's owner. Blocks:
 * never. Allocates: when its log has no room left. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_builder_name(dctx_builder *builder,
						     const char *name);

/*
 * Makes the builder a context that never changes, and ends the builder. One
 * that nothing was set in gives its parent again.
 * Owns: the caller gets a reference. On error the builder is as it was, and
 * *out is not written.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; the first failure of a set, unset
 * or merge; DCTX_NOMEM. Threads: the builder's owner. Blocks: never. Allocates:
 * when something was set. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_builder_freeze(dctx_builder *builder,
						       dctx_snapshot **out);

/*
 * Ends a builder without making a context. NULL is fine.
 * Returns: NULL. Threads: any, but one at a time. Blocks, allocates: never.
 * Since: 0.1.
 */
DCTX_API dctx_builder *dctx_builder_free(dctx_builder *builder);

#ifdef __cplusplus
}
#endif
#endif
