/* SPDX-License-Identifier: MIT */
/* outward.h - the baggage that leaves: one line of members. */
#ifndef DCTXI_HOP_OUTWARD_H
#define DCTXI_HOP_OUTWARD_H

#include "wire/bag.h"

#include <dctx/hop.h>

struct dctxi_outward {
	dctx_bytes line; /* what was written */
	size_t count;
	size_t used;
	bool secret; /* it is, or was, in `text` */
	const dctx_injection *injection;
	struct dctxi_sink sink;
	char text[DCTXI_BAG_BYTES + 1]; /* with room for a value's NUL */
};

/*
 * Writes what may leave of the values of keys with DCTX_BAGGAGE, in the order
 * of their names, and after them the members that no key has, in their own; of
 * these none that has a key's name, when that key has a value or its values do
 * not leave. A member that does not fit is left out whole, and told. Formats of
 * the user's types may leave by longjmp.
 * Returns: DCTX_OK; DCTX_NOMEM, for more than a few keys.
 */
dctx_status dctxi_outward_write(struct dctxi_outward *out,
				const dctx_injection *injection,
				const char *header);

/* Wipes what was a secret's. Once the line is not needed any more. */
void dctxi_outward_wipe(struct dctxi_outward *out);

#endif
