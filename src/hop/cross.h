/* SPDX-License-Identifier: MIT */
/* What crossing a border is made of, whatever the carrier. */
#ifndef DCTXI_CROSS_H
#define DCTXI_CROSS_H

#include <dctx/hop.h>

/* A copy of a hop in which everything is said; `w3c` is room for the
 * propagators that are meant by none. Returns: false for one not sound. */
bool dctxi_hop_of(const dctx_hop *given, dctx_hop *out,
		  const dctx_propagator *w3c[2]);

/* Has each propagator put into the innermost scope what it finds. */
dctx_status dctxi_cross_fill(const dctx_extraction *extraction);

#endif
