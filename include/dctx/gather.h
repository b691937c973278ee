/* SPDX-License-Identifier: MIT */
/*
 * dctx/gather.h - values of keys that flow back from where work was done: a
 * request's cost, its warnings, whether it was served degraded.
 *
 *     DCTX_KEY_U64(k_cost, "cost", DCTX_WIRE);
 *     DCTX_KEY_GATHER(k_cost, &dctx_gather_sum);
 *
 *     DCTX_GATHER_FN;                                // in the work
 *     dctx_gather_add(&k_cost.key, &DCTX_ANY(3));
 *
 *     dctx_get(k_cost, 0);                           // who waited has all
 *
 * A flow's value of such a key is its own share. A job, a slice, the function
 * of a work and a thread begin without one, whatever who started them has, and
 * a set there is what they give. When they end, what is visible of it then is
 * taken, and merged into the share of who waits for them, when that joins them,
 * in the order of the slices. So nothing is counted twice, and joins may nest.
 *
 * Scatters take and join by themselves, and so do jobs: dctx_job_wait joins.
 * Wrapped calls, bare threads, callbacks and called processes do with the
 * functions below: begin and take where the work is done, join where it is
 * waited for. What was taken is a snapshot that has these values and nothing
 * else; so it goes where any snapshot goes.
 *
 * What has ended has given, whatever its status: what a slice cost before it
 * failed was paid for. What never ran, was dropped, or is not waited for gives
 * nothing.
 */
#ifndef DCTX_GATHER_H
#define DCTX_GATHER_H

#include <dctx/any.h>
#include <dctx/envelope.h>
#include <dctx/scope.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How two values of a key become one. `have` is what there is, with kind 0
 * before the first; `comes` has a value always. Both are borrowed until it
 * returns. *out is *have at first, and may be left so; what it points at must
 * stay until merge returns and a moment longer: `have`'s, `comes`', static, or
 * of dctx_gather_room. Its kind is the key's, or a number in its range.
 *
 * Runs on the thread that joins, in a scope of its own: what it enters or sets
 * is undone. It may call dctx, block, or end its thread. A status other than
 * DCTX_OK, and an *out that is none of the key's, lets `comes` fall: the value
 * stays as it was.
 * Since: 0.1.
 */
typedef struct dctx_gatherer {
	const char *name;
	dctx_status (*merge)(void *user, const dctx_any *have,
			     const dctx_any *comes, dctx_any *out);
	void *user;
} dctx_gatherer;

/*
 * Ready-made ones:
 * - sum, of numbers: an integer stays at the ends of its key's range, a float
 *   becomes infinite;
 * - min and max, of numbers: a NaN counts only where there is no other;
 * - or, of bools; of integers bit by bit;
 * - union, of texts: their lines, each once, in the order in which they first
 *   came, without empty ones;
 * - first, of any kind: what was there first, as the first error.
 * Since: 0.1.
 */
DCTX_API extern const dctx_gatherer dctx_gather_sum;
DCTX_API extern const dctx_gatherer dctx_gather_min;
DCTX_API extern const dctx_gatherer dctx_gather_max;
DCTX_API extern const dctx_gatherer dctx_gather_or;
DCTX_API extern const dctx_gatherer dctx_gather_union;
DCTX_API extern const dctx_gatherer dctx_gather_first;

/*
 * Gives a merge, while it runs, memory of `size` > 0 bytes for what its result
 * points at. It is wiped and freed when the result was taken.
 * Returns: the memory; NULL without any, for 0, and outside of a merge.
 * Threads: the merge's. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API void *dctx_gather_room(size_t size);

/*
 * Says how a key's values are gathered, once a key and for ever. A key that has
 * no place yet is registered first, with the global registry; equal keys share
 * it. What was set before counts, too.
 * Keeps: `gatherer`, for the life of the process; a shared object that holds it
 * is never unloaded.
 * Returns: DCTX_OK, also for an equal one again; DCTX_INVALID for a NULL;
 * DCTX_WRONG_TYPE for a ready-made one that the key's kind does not fit;
 * DCTX_CONFLICT when it has another; what dctx_key_register returns;
 * DCTX_FROZEN when a registry that has the key is frozen; DCTX_LIMIT past 256
 * such keys; DCTX_SYSTEM when a shared object could not be kept; DCTX_NOMEM.
 * Then nothing changed.
 * Threads: any. Blocks: on the registries' lock. Allocates. Since: 0.1.
 */
DCTX_API dctx_status dctx_gather(dctx_key *key, const dctx_gatherer *gatherer);

/* The constructor's form of dctx_gather: a failure is told as that of
 * dctx_key_register_at_load. Since: 0.1. */
DCTX_API void dctx_gather_at_load(dctx_key *key,
				  const dctx_gatherer *gatherer);

/*
 * Finds the next key whose values are gathered, in the order in which that was
 * said: the first with `after` NULL.
 * Returns: the key; NULL when there is none after that one. *out_gatherer (may
 * be NULL) gets how. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API const dctx_key *dctx_gather_next(const dctx_key *after,
					  const dctx_gatherer **out_gatherer);

/*
 * Merges one value into this flow's share of a key, in the innermost scope. A
 * key that is not gathered is simply set.
 *
 * As with any set, leaving the scope takes it away again, but for
 * dctx_gather_leave.
 * Returns: as dctx_store_set_any; what the merge returned. A failure is counted
 * as DCTX_EV_DROPPED_WRITE. Threads: the store's flow. Blocks: as its merge.
 * Allocates: as a set; for user's merges, and texts. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_gather_add(dctx_store *store, dctx_key *key,
					   const dctx_any *value);

/*
 * Begins a share: what is visible of gathered keys is removed from the
 * innermost scope. For who attaches or decodes by hand; works, jobs and slices
 * have it done. Without it a get shows what was inherited, and only
 * dctx_store_gather_add, take and join leave that out by themselves.
 * Returns: DCTX_OK; as dctx_store_unset_key. Threads: the store's flow. Blocks:
 * never. Allocates: when there is something to remove. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_gather_begin(dctx_store *store);

/*
 * Takes a flow's share: the values of gathered keys that are visible now and
 * were set since its root, or the innermost attach or overlay, began; a restore
 * begins a root anew, and what dctx_merge brought counts as set. The store
 * stays as it is, so take once, when the work is over, before what it ran under
 * is left.
 * Owns: the caller gets a reference to a snapshot of these values alone, or
 * NULL when there is none. *out is written only on DCTX_OK.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_NOMEM.
 * Threads: the store's flow. Blocks: never. Allocates: when there is a value.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_store_gather_take(dctx_store *store, dctx_snapshot **out);

/*
 * Merges what n flows gave, in this order, into the share of this one, in the
 * innermost scope: key by key, and each key once set, when it changes. NULLs
 * among them are passed over, and so is all but the values of gathered keys.
 *
 * A merge that fails loses what it was to merge, no more: the value stays as
 * it was, the others go on. Each is counted as DCTX_EV_DROPPED_WRITE; a value
 * that could not be set is one, too, and then a closed key is hidden. In a dead
 * scope nothing is set. A secret stays one.
 * Owns: the snapshots stay the caller's.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL array with n > 0, or store; the
 * first failure: the merge's status, or as dctx_store_set_any. The key is in
 * dctx_last_error.
 * Threads: the store's flow; the snapshots' any. Blocks: as its merges.
 * Allocates: as a set; for user's merges, and texts. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_gather_join(dctx_store *store,
					    dctx_snapshot *const *gathered,
					    size_t n);

/*
 * Leaves a scope, and what is visible of the flow's share there stays, set in
 * the scope around it; or leaves an attach or overlay, and its share is joined
 * by the flow that it was attached in. A guard of what is not of the innermost
 * attach, or dead, or gone is left as by dctx_leave, and no more. A failure is
 * counted as DCTX_EV_DROPPED_WRITE, and dctx_scope_status has it.
 * Threads: the store's flow. Blocks: as its merges. Allocates: when the scope
 * changed something and there is a share. Since: 0.1.
 */
DCTX_API void dctx_gather_leave(dctx_guard guard);

/* What the cleanup attribute calls. Since: 0.1. */
__attribute__((unused)) static inline void
dctx_gather_leave_at_end(const dctx_guard *guard)
{
	dctx_gather_leave(*guard);
}

/*
 * Across a process border: the called process writes its share as an envelope
 * for its answer, a valid one when there is none, too; keys without DCTX_WIRE
 * stay behind, and with options those that their trust does not let out. The
 * caller decodes it and joins it at once; keys that are not gathered here are
 * not looked at, nor are names, a deadline and a cancel that came with it.
 * `options` may be NULL.
 * Returns: the first as dctx_store_gather_take and dctx_snapshot_encode_with;
 * the second as dctx_decode_with, with nothing joined, and then as
 * dctx_store_gather_join. Threads: the store's flow. Blocks: as its merges.
 * Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_gather_encode(
	dctx_store *store, const dctx_encode_options *options, void *buf,
	size_t size, size_t *out_len);
DCTX_API DCTX_MUST_USE dctx_status
dctx_store_gather_decode(dctx_store *store, const void *data, size_t len,
			 const dctx_decode_options *options);

/* The same of the current store. Since: 0.1. */
#define dctx_gather_add(key, value)                                           \
	dctx_store_gather_add(dctx_current(), (key), (value))
#define dctx_gather_begin() dctx_store_gather_begin(dctx_current())
#define dctx_gather_take(out) dctx_store_gather_take(dctx_current(), (out))
#define dctx_gather_join(gathered, n)                                         \
	dctx_store_gather_join(dctx_current(), (gathered), (n))
#define dctx_gather_encode(options, buf, size, out_len)                       \
	dctx_store_gather_encode(dctx_current(), (options), (buf), (size),    \
				 (out_len))
#define dctx_gather_decode(data, len, options)                                \
	dctx_store_gather_decode(dctx_current(), (data), (len), (options))

#ifdef __cplusplus
}
#endif

/*
 * As DCTX_SCOPE and DCTX_FN, left by dctx_gather_leave:
 *     DCTX_GATHER_FN;
 *     dctx_gather_add(&k_cost.key, &DCTX_ANY(3));    // stays
 * Since: 0.1.
 */
#define DCTX_GATHER_GUARD_                                                    \
	__attribute__((cleanup(dctx_gather_leave_at_end), unused))            \
	const dctx_guard
#define DCTX_GATHER_SCOPE(name)                                               \
	DCTX_GATHER_GUARD_ DCTX_UNIQUE_ = dctx_enter_here("" name "")
#define DCTX_GATHER_FN                                                        \
	DCTX_GATHER_GUARD_ DCTX_UNIQUE_ = dctx_enter_here(__func__)

/*
 * Says before main how a key's values are gathered, at file scope.
 * Since: 0.1.
 */
#define DCTX_KEY_GATHER(var, gatherer)                                        \
	__attribute__((constructor)) static void dctx_gather_##var(void)      \
	{                                                                     \
		dctx_gather_at_load(&(var).key, (gatherer));                  \
	}                                                                     \
	struct dctx_key

#endif
