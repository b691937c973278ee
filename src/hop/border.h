/* SPDX-License-Identifier: MIT */
/* What may cross, by the trust of a hop and the bits of a key. */
#ifndef DCTXI_BORDER_H
#define DCTXI_BORDER_H

#include <dctx/hop.h>

/* Whether something of DCTX_CROSS_ crosses, in or out. That it does not is told
 * and counted: ask only for what is there. */
bool dctxi_border_crosses(const dctx_hop *hop, unsigned what, bool in);

/* The same, told to nobody. */
bool dctxi_border_open(const dctx_hop *hop, unsigned what, bool in);

/* Whether a key's values do, told to nobody. */
bool dctxi_border_key_open(const dctx_hop *hop, const dctx_key *key);

/* Whether a key's values do; a door's own bit (DCTX_BAGGAGE) is the caller's
 * affair. Told and counted. */
bool dctxi_border_key(const dctx_hop *hop, const dctx_key *key);

#endif
