/* SPDX-License-Identifier: MIT */
/* The envelope as a header. */
#ifndef DCTXI_ENVELOPE_HEADER_H
#define DCTXI_ENVELOPE_HEADER_H

#include "hop/gate.h"
#include "wire/part.h"

#include <dctx/hop.h>

/* A message of no entries and no names, which says nothing. */
#define DCTXI_ENVELOPE_EMPTY (DCTXI_HEAD_BYTES + DCTXI_NAME_BYTES)

/* Reads it from whichever of the two headers the hop's propagators name: a
 * reference in *out, or NULL where there is none or no good one. Returns:
 * DCTX_OK; DCTX_NOMEM. */
dctx_status dctxi_envelope_header_read(const dctx_extraction *extraction,
				       dctx_snapshot **out);

/* Who looks at a message before it is decoded, by the hop that it comes in by.
 */
struct dctxi_look {
	void (*at)(struct dctxi_look *look, const dctx_hop *hop,
		   const dctx_message *message);
};

/* The same of a format of that name, which needs no functions. */
dctx_status dctxi_envelope_read(const dctx_propagator *format,
				const dctx_extraction *extraction,
				struct dctxi_look *look, dctx_snapshot **out);

/* Tells of each key that has a value in a store and was kept back. */
void dctxi_envelope_tell(const struct dctxi_border *border,
			 const dctx_store *store);

#endif
