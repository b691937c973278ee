/* SPDX-License-Identifier: MIT */
/*
 * carried.h - the trace and the members of a baggage that an envelope has
 * along: held to what headers of them are held to, since what leaves next may
 * be one.
 */
#ifndef DCTXI_CARRIED_H
#define DCTXI_CARRIED_H

#include "wire/incoming.h"

/* The key that a member of this name belongs to, for one with DCTX_BAGGAGE;
 * NULL: it is nobody's. */
const dctx_key *dctxi_member_key(const dctx_registry *registry,
				 dctx_bytes name);

/* Makes of a good item what a header would have brought: of a trace one without
 * a tracestate that is none, which does not touch the rest (W3C Trace Context
 * Level 2, 3.3); of members those that a bag could have written, without the
 * ones whose key does not come in, which are counted. An item of which nothing
 * is left is skipped. *out_bad: it was not as a header is; strict readers, for
 * whom that is an error, find it as it was. Returns: DCTX_OK; DCTX_NOMEM,
 * noted. */
dctx_status dctxi_carried_come(struct dctxi_incoming *m,
			       struct dctxi_item *item, const dctx_key *key,
			       bool *out_bad);

/* Finds what may leave of the line that is to be sent, and counts what may not.
 * Returns: DCTX_OK; DCTX_NOMEM, noted. */
dctx_status dctxi_members_leave(struct dctxi_outgoing *o);

#endif
