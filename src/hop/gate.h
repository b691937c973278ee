/* SPDX-License-Identifier: MIT */
/* A border as an envelope's gate. */
#ifndef DCTXI_HOP_GATE_H
#define DCTXI_HOP_GATE_H

#include "wire/envelope.h"

#include <dctx/hop.h>

struct dctxi_border {
	struct dctxi_gate gate; /* first */
	const dctx_hop *hop;
	bool in;
};

struct dctxi_border dctxi_border_gate(const dctx_hop *hop, bool in);

/* The border that options of an encode or a decode speak of by their trust. */
struct dctxi_passage {
	dctx_hop hop;
	struct dctxi_border border;
	struct dctxi_gate *gate; /* NULL: all may cross */
};

void dctxi_passage_begin(struct dctxi_passage *passage, dctx_trust trust,
			 bool in);

/* Tells, and counts, that a key's value did not pass, if it may not. */
void dctxi_border_tell(const struct dctxi_border *border, const dctx_key *key);

/* The same of members, as they travel: of all together, or else of each whose
 * key's values may not. Whoever is told may change the store that has them. */
void dctxi_border_tell_members(const struct dctxi_border *border,
			       dctx_bytes members);

#endif
