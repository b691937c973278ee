/* SPDX-License-Identifier: MIT */
/* Cancel sources: cells that somebody has a handle of. */
#ifndef DCTXI_SOURCE_H
#define DCTXI_SOURCE_H

#include "data/cell.h"

#include <dctx/source.h>

/* A source is its cell. */
static inline struct dctxi_cell *dctxi_source_cell(const dctx_source *source)
{
	return (struct dctxi_cell *)(uintptr_t)source;
}

/* Makes a source of a cell that is new: below it, ended at `deadline`. */
dctx_status dctxi_source_make(struct dctxi_cell *parent, int64_t deadline,
			      dctx_source **out);

/* Makes a source that was cancelled before anybody could see it: no epoch
 * moves, nobody is rung. Takes over the cause on success; NULL without
 * memory. */
struct dctxi_cell *dctxi_source_ended(struct dctxi_cause *cause);

/* Cancels with a cause that is complete, of which it takes over the block.
 * Returns: DCTX_OK; DCTX_STALE. */
dctx_status dctxi_source_end(struct dctxi_cell *cell, struct dctxi_cause *cause,
			     bool from_signal);

#endif
