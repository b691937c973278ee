/* SPDX-License-Identifier: MIT */
/* Levels: the directory that a root or an attach may write to. */
#ifndef DCTXI_LEVEL_H
#define DCTXI_LEVEL_H

#include "flow/store.h"

/* The token of the innermost level: its frame's address. */
uintptr_t dctxi_level_token(const struct dctx_store *store);

/* The snapshot that the innermost level began with. */
struct dctx_snapshot *dctxi_level_base(const struct dctx_store *store);

/* Makes a page one that the level may write to.
 * Returns: DCTX_OK; DCTX_NOMEM, with nothing changed. */
dctx_status dctxi_level_own(struct dctx_store *store, uint32_t page);

/* Frees what the level has made of a directory that hid a key, but for the
 * pages that the older one has too, which the store shows again. */
void dctxi_level_free_newer(struct dctx_dir *dir, const struct dctx_dir *older,
			    uintptr_t token);

/* Frees a directory with the pages of the level that made it; any other
 * directory is left alone. Runs no user code. */
void dctxi_level_free_dir(struct dctx_dir *dir, uintptr_t token);

#endif
