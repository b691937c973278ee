/* SPDX-License-Identifier: MIT */
/* What came as a baggage, in whatever headers. */
#ifndef DCTXI_HOP_BAGGAGE_H
#define DCTXI_HOP_BAGGAGE_H

#include "hop/lines.h"

#include <dctx/hop.h>

/* Takes the members of lines as W3C writes them: keys' values are set, others
 * kept. `header` is what findings name. Returns: DCTX_OK; as a set. */
dctx_status dctxi_baggage_take(const dctx_extraction *extraction,
			       const struct dctxi_lines *lines,
			       const char *header);

#endif
