/* SPDX-License-Identifier: MIT */
#include "hop/border.h"

#include "wire/found.h"

#include <string.h>

#define ALL                                                                    \
	(DCTX_CROSS_TRACE | DCTX_CROSS_LIMITS | DCTX_CROSS_CHAIN |             \
	 DCTX_CROSS_UNKNOWN)

/* What crosses unless the hop says otherwise: out, in. */
static const unsigned usual[][2] = {
	[DCTX_INTERNAL] = {ALL, ALL},
	[DCTX_PARTNER] = {DCTX_CROSS_TRACE | DCTX_CROSS_LIMITS,
			  DCTX_CROSS_TRACE | DCTX_CROSS_LIMITS},
	[DCTX_PUBLIC] = {DCTX_CROSS_TRACE, 0},
};

/* The bits of a key, any of which will do. */
static const uint32_t wanted[] = {
	[DCTX_INTERNAL] = 0,
	[DCTX_PARTNER] = DCTX_TO_PARTNER | DCTX_TO_PUBLIC,
	[DCTX_PUBLIC] = DCTX_TO_PUBLIC,
};

static void withheld(const dctx_hop *hop, dctx_rule rule, const char *what)
{
	const struct dctxi_sink sink = {hop->findings, "", 0};

	dctxi_found(&sink, rule, DCTX_WITHHELD, 0,
		    (dctx_bytes){what, strlen(what)});
}

bool dctxi_border_open(const dctx_hop *hop, unsigned what, bool in)
{
	unsigned open = (usual[hop->trust][in] | hop->also) & ~hop->never;

	return (open & what) == what;
}

bool dctxi_border_crosses(const dctx_hop *hop, unsigned what, bool in)
{
	if (dctxi_border_open(hop, what, in))
		return true;
	switch (what) {
	case DCTX_CROSS_TRACE:
		withheld(hop, DCTX_RULE_BORDER_TRACE, "trace");
		break;
	case DCTX_CROSS_LIMITS:
		withheld(hop, DCTX_RULE_BORDER_LIMITS, "limits");
		break;
	case DCTX_CROSS_CHAIN:
		withheld(hop, DCTX_RULE_BORDER_CHAIN, "chain");
		break;
	default:
		withheld(hop, DCTX_RULE_BORDER_UNKNOWN, "unknown");
		break;
	}
	return false;
}

bool dctxi_border_key_open(const dctx_hop *hop, const dctx_key *key)
{
	if (hop->flags & DCTX_HOP_ENVIRON && !(key->policy & DCTX_ENV))
		return false;
	return hop->trust == DCTX_INTERNAL || key->policy & wanted[hop->trust];
}

bool dctxi_border_key(const dctx_hop *hop, const dctx_key *key)
{
	if (dctxi_border_key_open(hop, key))
		return true;
	withheld(hop, DCTX_RULE_BORDER_KEY, key->name);
	return false;
}
