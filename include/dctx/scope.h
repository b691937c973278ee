/* SPDX-License-Identifier: MIT */
/*
 * dctx/scope.h - a stretch of execution; leaving it undoes what was set in it.
 *
 *     int handle(const struct request *r)
 *     {
 *             DCTX_SCOPE("handle");   // left at the closing brace
 *             dctx_set(k_request_id, r->id);
 *             return lookup();
 *     }
 */
#ifndef DCTX_SCOPE_H
#define DCTX_SCOPE_H

#include <dctx/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What leaves a scope: compared, never followed, so that a stale one does no
 * harm. A zeroed guard leaves nothing. Copying is fine.
 * Since: 0.1.
 */
typedef struct dctx_guard {
	dctx_store *store;
	uint64_t id;
} dctx_guard;

/*
 * Enters a scope. Past the depth limit the scope is dead: it counts depth,
 * refuses writes and undoes nothing. Without memory nothing is entered and the
 * guard leaves nothing. Both are counted, told to the hook and kept for
 * dctx_scope_status.
 * Keeps: `name`, which must have static storage (a literal, __func__), in code
 * that is never unloaded; NULL for a scope without a name.
 * Returns: the guard. Threads: the store's flow. Blocks: never.
 * Allocates: when the store's log has no room left. Since: 0.1.
 */
DCTX_API dctx_guard dctx_store_enter(dctx_store *store, const char *name);

/*
 * Enters a scope whose name is copied, for names made at run time. A name past
 * DCTX_LIMIT_NAME_BYTES is cut there, at a character's border.
 * As dctx_store_enter otherwise. Since: 0.1.
 */
DCTX_API dctx_guard dctx_store_enter_copy(dctx_store *store, const char *name);

/*
 * Enters a scope or says why not; it is never dead. *out is written only on
 * success.
 * Keeps, threads, allocates: as dctx_store_enter.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL store or out; DCTX_LIMIT at the
 * depth limit; DCTX_DEAD_SCOPE inside a dead one; DCTX_NOMEM. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_store_try_enter(dctx_store *store, const char *name, dctx_guard *out);

/*
 * Leaves a scope or attach: what was visible before it is visible again.
 * Scopes still open above it are left first, counted as
 * DCTX_EV_MISMATCHED_LEAVE; a guard whose scope is gone, or whose store is
 * neither the current one nor one below it on this thread, does nothing and is
 * counted as DCTX_EV_STALE_GUARD. Destroy functions of values run in here.
 * Threads: the store's flow. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API void dctx_leave(dctx_guard guard);

/*
 * Takes out one scope and leaves those above it in place: for layers whose
 * lifetimes do not nest (spans). What the scope set disappears; what scopes
 * above it set stays.
 * Returns: DCTX_OK; DCTX_STALE as dctx_leave; DCTX_BUSY for an attach with
 * something above it, and for a scope that dead scopes stand on or that had no
 * memory to hide a closed key otherwise. Threads: the store's flow. Blocks,
 * allocates: never. Takes time with the number of scopes above. Since: 0.1.
 */
DCTX_API dctx_status dctx_scope_retire(dctx_guard guard);

/*
 * What dctx_store_peek tells of the innermost scope.
 * Since: 0.1.
 */
typedef struct dctx_scope_info {
	const char *name; /* NULL without one; borrowed until it is left */
	uint64_t id;      /* as in its guard */
	size_t depth;     /* as dctx_store_depth */
} dctx_scope_info;

/*
 * Describes the innermost scope (or attach, or the store's root).
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_DEAD_SCOPE, with nothing
 * written, when it is a dead one. Threads: the store's flow. Blocks,
 * allocates: never. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_peek(const dctx_store *store,
						   dctx_scope_info *out);

/*
 * Tells the first failure since the innermost scope was entered: of a set,
 * unset, replace or enter in it.
 * Returns: DCTX_OK when there was none; DCTX_DEAD_SCOPE in a dead one.
 * Threads: the store's flow. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_status(const dctx_store *store);

/* The same of the current store. Since: 0.1. */
#define dctx_enter(name) dctx_store_enter(dctx_current(), (name))
#define dctx_enter_copy(name) dctx_store_enter_copy(dctx_current(), (name))
#define dctx_try_enter(name, out)                                             \
	dctx_store_try_enter(dctx_current(), (name), (out))
#define dctx_peek(out) dctx_store_peek(dctx_current(), (out))
#define dctx_scope_status() dctx_store_status(dctx_current())

/* Enters a scope of the current store: what DCTX_SCOPE calls. Since: 0.1. */
DCTX_API dctx_guard dctx_enter_here(const char *name);

/* What the cleanup attribute calls. Since: 0.1. */
__attribute__((unused)) static inline void
dctx_leave_at_end(const dctx_guard *guard)
{
	dctx_leave(*guard);
}

#ifdef __cplusplus
}
#endif

#define DCTX_PASTE2_(a, b) a##b
#define DCTX_PASTE_(a, b) DCTX_PASTE2_(a, b)
#define DCTX_UNIQUE_ DCTX_PASTE_(dctx_guard_, __COUNTER__)
#define DCTX_GUARD_                                                           \
	__attribute__((cleanup(dctx_leave_at_end), unused)) const dctx_guard

/*
 * Declares that the rest of the block is a scope of the current store, named
 * by a literal: left at the closing brace, by return, break or goto out (not by
 * longjmp). Do not jump past it into its block.
 * Since: 0.1.
 */
#define DCTX_SCOPE(name) DCTX_GUARD_ DCTX_UNIQUE_ = dctx_enter_here("" name "")

/* The same, without a name. Since: 0.1. */
#define DCTX_SCOPE_UNNAMED DCTX_GUARD_ DCTX_UNIQUE_ = dctx_enter_here(NULL)

/* The same, named after the function it stands in. Since: 0.1. */
#define DCTX_FN DCTX_GUARD_ DCTX_UNIQUE_ = dctx_enter_here(__func__)

#endif
