/* SPDX-License-Identifier: MIT */
#include "flow/chain.h"

#include "data/limit.h"
#include "flow/level.h"

/* The names of one chunk that belong to the innermost level. */
static bool run_of(const struct dctx_store *store,
		   const struct dctxi_chunk *chunk, struct dctxi_run *run)
{
	const struct dctx_root *root = store->root;
	const char *low = chunk == root->chunk ? store->end : chunk->end;
	const char *high = chunk->limit, *level = (const char *)root->level;

	/* The names below an attach in its chunk are its host's. */
	if (level != NULL && level > (const char *)chunk &&
	    level < chunk->limit &&
	    !dctxi_frame_is(&root->level->frame, DCTXI_FRAME_FIRST))
		high = root->level->frame.end;
	run->name = (const char *const *)(const void *)low;
	run->n = (size_t)(high - low) / sizeof *run->name;
	run->chunk = chunk;
	return true;
}

bool dctxi_run_first(const struct dctx_store *store, struct dctxi_run *run)
{
	return store->root != NULL && run_of(store, store->root->chunk, run);
}

bool dctxi_run_next(const struct dctx_store *store, struct dctxi_run *run)
{
	const struct dctxi_chunk *chunk = run->chunk;
	const char *level = (const char *)store->root->level;

	if (chunk->prev == NULL ||
	    (level > (const char *)chunk && level < chunk->limit))
		return false;
	return run_of(store, chunk->prev, run);
}

size_t dctxi_run_total(const struct dctx_store *store)
{
	struct dctxi_run run;
	size_t total = 0;

	if (!dctxi_run_first(store, &run))
		return 0;
	do
		total += run.n;
	while (dctxi_run_next(store, &run));
	return total;
}

/* Writes the newest of the level's own names, the newest to out[n - 1]; returns
 * the place of the oldest written. */
static size_t list_own(const struct dctx_store *store, const char **out,
		       size_t n)
{
	struct dctxi_run run;

	if (!dctxi_run_first(store, &run))
		return n;
	do
		for (size_t i = 0; i < run.n && n > 0; i++)
			out[--n] = run.name[i];
	while (n > 0 && dctxi_run_next(store, &run));
	return n;
}

size_t dctxi_chain_list(const struct dctx_store *store, bool with_base,
			const char **out, size_t max)
{
	const struct dctxi_names *base =
		with_base ? dctxi_level_base(store)->names : NULL;
	size_t total = dctxi_run_total(store) + dctxi_names_total(base);
	size_t limit = dctxi_limit(DCTX_LIMIT_CHAIN), n;

	if (limit != 0 && total > limit)
		total = limit;
	n = list_own(store, out, total < max ? total : max);
	dctxi_names_list(base, out, n);
	return total;
}

size_t dctx_store_chain(const dctx_store *store, const char **names, size_t max)
{
	return store != NULL ? dctxi_chain_list(store, true, names, max) : 0;
}

size_t dctx_store_path(const dctx_store *store, const char **names, size_t max)
{
	return store != NULL ? dctxi_chain_list(store, false, names, max) : 0;
}

const char *dctxi_chain_at(const struct dctx_store *store, size_t i)
{
	struct dctxi_run run;

	if (dctxi_run_first(store, &run)) {
		do {
			if (i < run.n)
				return run.name[i];
			i -= run.n;
		} while (dctxi_run_next(store, &run));
	}
	return dctxi_names_at(dctxi_level_base(store)->names, i);
}

size_t dctx_store_chain_text(const dctx_store *store, const char *separator,
			     char *buf, size_t size)
{
	struct dctxi_text text = {buf, size, separator, 0, false};

	for (size_t i = dctx_store_chain(store, NULL, 0); i-- > 0;)
		dctxi_text_name(&text, dctxi_chain_at(store, i));
	return dctxi_text_end(&text);
}
