/* SPDX-License-Identifier: MIT */
/* Work with options: what goes along with it, and how it is run then. */
#ifndef DCTXI_CARRY_H
#define DCTXI_CARRY_H

#include "work/locals.h"
#include "work/work.h"

/* Whether options are such: of a size, flags and a carry that there are. NULL
 * is fine. */
bool dctxi_carry_fits(const dctx_submit_options *options);

/*
 * Puts into a work what the options say, or without them the default list:
 * `call` is what will be run. A work that needs none stays as it is.
 * Returns: as dctx_store_wrap_with; on failure the work is discarded.
 */
dctx_status dctxi_carry(dctx_work *work, const dctx_submit_options *options,
			dctx_call call);

/* Captures for a call by the options, or without them by the default list; NULL
 * in *out when there is nothing to do but the call.
 * Returns: as dctx_store_wrap_with. */
dctx_status dctxi_carry_capture(const dctx_submit_options *options,
				dctx_call call, dctx_locals **out);

/* Runs what such a capture is for, under the context that is current. Takes
 * over a reference, before the user's function runs.
 * Returns: as dctx_work_run. */
dctx_status dctxi_carry_here(dctx_locals *locals, void **out_result);

/* Runs what a capture for work is for, under a snapshot. Takes over a reference
 * of each, before the user's function runs.
 * Returns: as dctx_work_run. */
dctx_status dctxi_carry_run(dctx_locals *locals, dctx_snapshot *snapshot,
			    void **out_result);

#endif
