/* SPDX-License-Identifier: MIT */
/* The names of the innermost level's scopes, as the log has them. */
#ifndef DCTXI_CHAIN_H
#define DCTXI_CHAIN_H

#include "flow/store.h"

/* A run of names in one chunk, the newest first. */
struct dctxi_run {
	const char *const *name;
	size_t n;
	const struct dctxi_chunk *chunk; /* where to look for the next run */
};

/* The newest run, and after it the next older one; false when there is none.
 * Runs may be empty. */
bool dctxi_run_first(const struct dctx_store *store, struct dctxi_run *run);
bool dctxi_run_next(const struct dctx_store *store, struct dctxi_run *run);

/* How many names the level has of its own. */
size_t dctxi_run_total(const struct dctx_store *store);

/* Writes the newest names of the chain, oldest of them first; at most `max`,
 * and at most the chain's limit. Returns how many the limit keeps. */
size_t dctxi_chain_list(const struct dctx_store *store, bool with_base,
			const char **out, size_t max);

/* The name of the chain that has `i` newer ones; i must be less than what
 * dctx_store_chain counts. */
const char *dctxi_chain_at(const struct dctx_store *store, size_t i);

#endif
