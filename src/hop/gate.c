/* SPDX-License-Identifier: MIT */
#include "hop/gate.h"

#include "data/trace.h"
#include "hop/border.h"
#include "wire/baggage.h"
#include "wire/carried.h"

#include <string.h>

/* What crosses instead of a key's value, if the key is the library's own. */
static unsigned crossing_of(const dctx_key *key)
{
	if (key == &dctxi_trace_key)
		return DCTX_CROSS_TRACE;
	return key == &dctxi_members_key ? DCTX_CROSS_UNKNOWN : 0;
}

static bool may(const struct dctxi_gate *gate, const dctx_key *key)
{
	const struct dctxi_border *border = (const void *)gate;
	unsigned crossing = crossing_of(key);

	if (crossing != 0)
		return dctxi_border_open(border->hop, crossing, border->in);
	return dctxi_border_key_open(border->hop, key);
}

struct dctxi_border dctxi_border_gate(const dctx_hop *hop, bool in)
{
	return (struct dctxi_border){{.may = may}, hop, in};
}

void dctxi_passage_begin(struct dctxi_passage *passage, dctx_trust trust,
			 bool in)
{
	passage->hop = (dctx_hop){.struct_size = sizeof passage->hop,
				  .trust = trust};
	passage->border = dctxi_border_gate(&passage->hop, in);
	passage->border.gate.odd = in;
	passage->gate = trust != DCTX_INTERNAL ? &passage->border.gate : NULL;
}

void dctxi_border_tell(const struct dctxi_border *border, const dctx_key *key)
{
	unsigned crossing = crossing_of(key);

	if (crossing != 0)
		(void)dctxi_border_crosses(border->hop, crossing, border->in);
	else if (key->policy & DCTX_WIRE)
		(void)dctxi_border_key(border->hop, key);
}

void dctxi_border_tell_members(const struct dctxi_border *border,
			       dctx_bytes members)
{
	const dctx_hop *hop = border->hop;
	struct dctxi_baggage_walk walk;
	char text[DCTXI_MEMBERS_MAX];
	struct dctxi_member member;
	const dctx_key *key;

	if (members.len == 0 || members.len > sizeof text ||
	    !dctxi_border_crosses(hop, DCTX_CROSS_UNKNOWN, border->in))
		return;
	memcpy(text, members.data, members.len);
	walk = dctxi_baggage_walk((dctx_bytes){text, members.len}, NULL);
	while (dctxi_baggage_next(&walk, &member)) {
		key = dctxi_member_key(hop->registry, member.key);
		if (key != NULL)
			(void)dctxi_border_key(hop, key);
	}
}
