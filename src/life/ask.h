/* SPDX-License-Identifier: MIT */
/* Whether, when and by what a context ended. */
#ifndef DCTXI_ASK_H
#define DCTXI_ASK_H

#include "data/cell.h"

#include <dctx/done.h>

/* A cancel that ends a cell: NULL for none yet. `at` is when it ends it, which
 * behind a shield is later than when it was cancelled, and may be yet to
 * come. */
struct dctxi_cancel {
	struct dctxi_cell *by;
	int64_t at;
};

/* The earliest cancel of all above a cell and of itself; of a NULL none. */
struct dctxi_cancel dctxi_ask(struct dctxi_cell *cell);

/* What ends a context that has this cell and this deadline. */
struct dctxi_end {
	dctx_status status; /* DCTX_OK: not yet */
	int64_t at;	    /* when; DCTXI_NO_DEADLINE: nothing in sight */
	struct dctxi_cell *by;
};

/* Whether no cancel came since it was known that none had, and the deadline is
 * two ticks of the coarse clock away: what most questions find. */
bool dctxi_is_far(const struct dctx_cell *cell, int64_t deadline);

/* Asks by the coarse clock, but within two ticks of the end by the fine one. */
struct dctxi_end dctxi_end_of(const struct dctx_cell *cell, int64_t deadline);

/* A deadline is known to have come, by the fine clock: from now on nobody says
 * that it has not. */
void dctxi_deadline_passed(int64_t deadline);

/* Asks by the fine clock; its time goes to *out_now. */
struct dctxi_end dctxi_end_now(const struct dctx_cell *cell, int64_t deadline,
			       int64_t *out_now);

/* Tells why such a context is over, as dctx_store_cause does, but is not who
 * noticed it. */
dctx_status dctxi_cause_read(const struct dctx_cell *cell, int64_t deadline,
			     dctx_cause_info *out);

/* The time of a cell's own cancel, decided now if need be; 0 when it is not
 * cancelled. */
int64_t dctxi_cell_when(struct dctxi_cell *cell);

#endif
