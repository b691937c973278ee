/* SPDX-License-Identifier: MIT */
/*
 * dctx/gather.h - values of keys that flow back from where work was done: a
 * request's cost, its warnings, whether it was served degraded.
 *
 *     DCTX_KEY_U64(k_cost, "cost", DCTX_WIRE);
 *
 *     dctx_gather(&k_cost.key, &dctx_gather_sum);  once, at the start
 *
 * What a job, a slice or a called process sets of such a key is merged into the
 * value of who waits for it, in the order of the slices, when they join; what
 * fails or is late gives nothing, unless it set it before and ended.
 */
#ifndef DCTX_GATHER_H
#define DCTX_GATHER_H

#include <dctx/any.h>
#include <dctx/key.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How two values of a key become one. `have` may be absent (kind 0); `comes`
 * never is. Writes *out; what it points at must stay until the next call.
 * Since: 0.1. */
typedef struct dctx_gatherer {
	const char *name;
	dctx_status (*merge)(void *user, const dctx_any *have,
			     const dctx_any *comes, dctx_any *out);
	void *user;
} dctx_gatherer;

/* Sum (numbers; it stays at the ends of its range), least, greatest, logical or
 * (bool), bitwise or (integers), lines of text each once, and the first that
 * was set. Since: 0.1. */
DCTX_API extern const dctx_gatherer dctx_gather_sum, dctx_gather_min,
	dctx_gather_max, dctx_gather_or, dctx_gather_union, dctx_gather_first;

/*
 * Says how a key's values are gathered: once a key, before it is first set.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_WRONG_TYPE for a gatherer that
 * the kind does not fit; DCTX_CONFLICT when it has another; DCTX_NOMEM.
 * Threads: any. Blocks: while keys are registered. Allocates. Since: 0.1.
 */
DCTX_API dctx_status dctx_gather(dctx_key *key, const dctx_gatherer *gatherer);

#ifdef __cplusplus
}
#endif
#endif
