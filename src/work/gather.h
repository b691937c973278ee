/* SPDX-License-Identifier: MIT */
/* Keys whose values flow back, and who has which share. */
#ifndef DCTXI_GATHER_H
#define DCTXI_GATHER_H

#include "data/box.h"
#include "wire/scratch.h"

#include <dctx/gather.h>

/* A key that is gathered; the list of them only grows, at its end. */
struct dctxi_gathered {
	dctx_key *key; /* the first of its equals that was registered */
	const dctx_gatherer *gatherer;
	struct dctxi_gathered *next;
};

struct dctxi_gathered *dctxi_gathered_first(void);
struct dctxi_gathered *dctxi_gathered_next(const struct dctxi_gathered *item);

/* The item of a key's place; NULL when it is not gathered. */
struct dctxi_gathered *dctxi_gathered_find(const dctx_key *key);

/* What a key of the list has of its store's own: NULL when the flow has set
 * nothing, or removed it. */
const struct dctx_box *dctxi_gather_own(const dctx_store *store,
					const dctx_key *key);

/* Whether a gatherer is a ready-made one, which runs no code of the user's; and
 * whether such a one is of use for a kind. */
bool dctxi_gatherer_is_ours(const dctx_gatherer *gatherer);
bool dctxi_gatherer_fits(const dctx_gatherer *gatherer, uint32_t kind);

/* The merge of texts by their lines. */
dctx_status dctxi_gather_lines(void *user, const dctx_any *have,
			       const dctx_any *comes, dctx_any *out);

/*
 * For who runs jobs and slices, around each:
 *
 *     attach; dctx_store_gather_begin(store)
 *     run
 *     dctx_store_gather_take(store, &slice->gathered)     before leaving
 *     ...
 *     dctx_store_gather_join(store, gathered, n)          who waited, in order
 *
 * While no key is gathered each of these is a load and a comparison.
 */
static inline bool dctxi_gather_idle(void)
{
	return dctxi_gathered_first() == NULL;
}

#endif
