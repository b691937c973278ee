/* SPDX-License-Identifier: MIT */
/* All lines of a header, as a carrier has them. */
#ifndef DCTXI_HOP_LINES_H
#define DCTXI_HOP_LINES_H

#include <dctx/carrier.h>

/* So many are had without memory, and so many at all. */
#define DCTXI_LINES_FEW 16u
#define DCTXI_LINES_MAX 1024u

struct dctxi_lines {
	const dctx_bytes *line;
	size_t count;		 /* of those in `line` */
	size_t total;		 /* of those there are */
	struct dctxi_many *many; /* where there are more than a few */
	dctx_bytes few[DCTXI_LINES_FEW];
};

/* Gets them. The user's code that reads them may leave by longjmp: what this
 * takes hangs on the thread's list. Returns: DCTX_OK; DCTX_NOMEM. */
dctx_status dctxi_lines_get(struct dctxi_lines *lines, const dctx_carrier *from,
			    const char *name);

/* Gives back what that took. */
void dctxi_lines_end(struct dctxi_lines *lines);

#endif
