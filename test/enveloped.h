/* SPDX-License-Identifier: MIT */
/* enveloped.h - members that cross in an envelope, for tests. */
#ifndef DCTXT_ENVELOPED_H
#define DCTXT_ENVELOPED_H

#include "headers.h"
#include "message.h"

static inline void put_members(struct message *m, const char *members)
{
	begin(m, 1);
	put_string(m, "dctx.baggage", members, strlen(members));
	end(m);
}

static inline dctx_hop w3c(void)
{
	static const dctx_propagator *formats[2];

	formats[0] = dctx_w3c_trace();
	formats[1] = dctx_w3c_baggage();
	return dctxt_hop(formats, 2);
}

static inline dctx_hop in_envelopes(dctx_trust trust)
{
	static const dctx_propagator *formats[1];
	dctx_hop hop;

	formats[0] = dctx_envelope_text();
	hop = dctxt_hop(formats, 1);
	hop.trust = trust;
	return hop;
}

/* The baggage that a hop writes; NULL: none. */
static inline const char *baggage_by(const dctx_hop *hop)
{
	dctx_carrier carrier = dctxt_headers();

	assert_int_equal(dctx_inject(&carrier, hop, NULL), DCTX_OK);
	return dctxt_header_value("baggage");
}

static inline const char *baggage(void)
{
	const dctx_hop hop = w3c();

	return baggage_by(&hop);
}

/* Extracts the message by "x-dctx". */
static inline dctx_guard extract(const struct message *m, const dctx_hop *hop)
{
	static char text[DCTX_BASE64_SIZE(sizeof m->bytes)];
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;
	size_t len;

	assert_int_equal(dctx_base64_encode(DCTX_BASE64, m->bytes, m->len, text,
					    sizeof text, &len),
			 DCTX_OK);
	dctxt_header("x-dctx", text);
	assert_int_equal(dctx_extract(&carrier, hop, &guard), DCTX_OK);
	return guard;
}

#endif
