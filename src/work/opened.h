/* SPDX-License-Identifier: MIT */
/*
 * What is set on this thread and will be restored.
 *
 * Theory. A record is its thread's own, and hangs on the thread's list of
 * blocks that the user's code works on (plat/local.h): so what is set around a
 * function that never returns is restored by a rewind or at the thread's end.
 * It is found by its id, which is never given again: a guard of another thread
 * or of the past finds nothing. It hangs there before the first set and until
 * after the last restore, and counts what is set so far.
 */
#ifndef DCTXI_OPENED_H
#define DCTXI_OPENED_H

#include "work/locals.h"

/* What to set: items `first` to `end` of a capture, of which a reference is
 * taken over, as the task is, which is entered around it (NULL: none). Both on
 * failure, too. */
struct dctxi_opening {
	dctx_locals *locals;
	uint32_t first, end;
	dctx_carry carry;
	const dctx_accessor_filter *filter;
	dctx_store *task;
};

/* Sets; *out_id ends in dctxi_close.
 * Returns: DCTX_OK; DCTX_NOMEM; what a set returned. */
dctx_status dctxi_open(const struct dctxi_opening *opening, uint64_t *out_id);

/* Restores what was set later, which is counted, and then that. */
void dctxi_close(uint64_t id);

/* The nearest of a capture that ends where an item is; 0: none. */
uint64_t dctxi_opened_before(const struct dctxi_captured *item);

/* Notes, and asks, what became of the work inside of a wrap: DCTX_CANCELED when
 * it was not run. One that is not open any more knows of nothing but DCTX_OK.
 */
void dctxi_opened_note(uint64_t id, dctx_status status);
dctx_status dctxi_opened_outcome(uint64_t id);

#endif
