/* SPDX-License-Identifier: MIT */
/* The envelope as a header. */
#ifndef DCTXI_ENVELOPE_HEADER_H
#define DCTXI_ENVELOPE_HEADER_H

#include "wire/part.h"

#include <dctx/hop.h>

/* A message of no entries and no names, which says nothing. */
#define DCTXI_ENVELOPE_EMPTY (DCTXI_HEAD_BYTES + DCTXI_NAME_BYTES)

/* Reads it from whichever of the two headers the hop's propagators name: a
 * reference in *out, or NULL where there is none or no good one. Returns:
 * DCTX_OK; DCTX_NOMEM. */
dctx_status dctxi_envelope_header_read(const dctx_extraction *extraction,
				       dctx_snapshot **out);

#endif
