/* SPDX-License-Identifier: MIT */
/*
 * envelope_header.c - "x-dctx" and "x-dctx-bin": the envelope as a header.
 *
 * In the first it is base64 (RFC 4648, 4). The second is gRPC's binary
 * metadata: base64 without padding on the wire (gRPC over HTTP2, "Requests").
 *
 * The envelope is read before any other format and is what those write over,
 * since a snapshot can only be under what is set, not over it; and so the
 * formats' own extract has nothing left to do.
 */
#include "hop/envelope_header.h"

#include "data/fail.h"
#include "data/trace.h"
#include "hop/border.h"
#include "hop/envelope.h"
#include "hop/gate.h"
#include "plat/heap.h"

#include <dctx/any.h>
#include <dctx/base64.h>

/* A message of this size, and its text, take no memory. */
#define SMALL 1024u

static const dctx_propagator text_format;

/* An envelope on its way out, as bytes and as text. */
struct outgoing {
	struct dctxi_border border;
	dctx_encode_options options;
	struct dctxi_scratch *scratch;
	unsigned char *bytes;
	size_t len;
	char *text;
	size_t text_len;
	unsigned char small[SMALL];
	char small_text[DCTX_BASE64_SIZE(SMALL)];
};

static unsigned flags_for(const dctx_store *store, const dctx_hop *hop)
{
	bool limits = store->cell != NULL || store->deadline != INT64_MAX;
	unsigned flags = 0;

	if (dctx_store_chain(store, NULL, 0) > 0 &&
	    !dctxi_border_crosses(hop, DCTX_CROSS_CHAIN, false))
		flags |= DCTX_ENCODE_NO_CHAIN;
	if (limits && !dctxi_border_crosses(hop, DCTX_CROSS_LIMITS, false))
		flags |= DCTX_ENCODE_NO_LIMITS;
	return flags;
}

/* Again with more room, when a codec writes more than the last time, too. */
static dctx_status encode(struct outgoing *o, const dctx_store *store)
{
	size_t size = sizeof o->small;
	dctx_status status;

	o->bytes = o->small;
	status = dctxi_store_encode(store, &o->options, &o->border.gate,
				    o->bytes, size, &o->len);
	while (status == DCTX_TOO_SMALL) {
		size = o->len;
		o->bytes = dctxi_scratch_room(&o->scratch, size);
		if (o->bytes == NULL)
			return dctxi_fail(DCTX_NOMEM, "envelope");
		status = dctxi_store_encode(store, &o->options, &o->border.gate,
					    o->bytes, size, &o->len);
	}
	return status;
}

static dctx_status write_text(struct outgoing *o, bool padded)
{
	size_t size = DCTX_BASE64_SIZE(o->len);
	dctx_status status;

	o->text = o->small_text;
	if (size > sizeof o->small_text)
		o->text = dctxi_scratch_room(&o->scratch, size);
	if (o->text == NULL)
		return dctxi_fail(DCTX_NOMEM, "envelope");
	status = dctx_base64_encode(DCTX_BASE64, o->bytes, o->len, o->text,
				    size, &o->text_len);
	while (!padded && o->text_len > 0 && o->text[o->text_len - 1] == '=')
		o->text_len--;
	return status;
}

/* What is longer is wiped with the scratch. */
static void end(struct outgoing *o)
{
	if (o->border.gate.secret) {
		dctxi_wipe(o->small, sizeof o->small);
		dctxi_wipe(o->small_text, sizeof o->small_text);
	}
	dctxi_scratch_end(o->scratch);
}

/* They are looked for anew, since who is told may change the store. What is not
 * for environments is not told: that is the door, not the border. */
void dctxi_envelope_tell(const struct dctxi_border *border,
			 const dctx_store *store)
{
	const dctx_hop *hop = border->hop;
	uint32_t door = hop->flags & DCTX_HOP_ENVIRON ? DCTX_ENV : 0;
	const dctx_key *key;
	dctx_any value;

	for (uint32_t i = 0; (key = dctx_registry_nth(hop->registry, i)); i++)
		if ((key->policy & door) == door &&
		    dctx_store_get_any(store, key, &value) && value.kind != 0)
			dctxi_border_tell(border, key);
	dctxi_border_tell_members(border, dctxi_members_in(store->dir));
}

/* Whoever can only verify does not sign. */
static const dctx_auth *signer(const dctx_hop *hop)
{
	return hop->auth != NULL && hop->auth->sign != NULL ? hop->auth : NULL;
}

static dctx_status inject(const dctx_propagator *self,
			  const dctx_injection *injection)
{
	const dctx_carrier *to = injection->to;
	const dctx_hop *hop = injection->hop;
	dctx_status status;
	struct outgoing o;

	o.border = dctxi_border_gate(hop, false);
	o.options =
		(dctx_encode_options){.struct_size = sizeof o.options,
				      .registry = hop->registry,
				      .flags = flags_for(injection->from, hop),
				      .hop_cost = hop->hop_cost,
				      .auth = signer(hop)};
	o.scratch = NULL;
	status = encode(&o, injection->from);
	if (status == DCTX_OK && o.len > DCTXI_ENVELOPE_EMPTY) {
		status = write_text(&o, self == &text_format);
		if (status == DCTX_OK)
			status = to->set(to->user, self->name,
					 (dctx_bytes){o.text, o.text_len});
	}
	end(&o);
	if (status == DCTX_OK && o.border.gate.withheld > 0)
		dctxi_envelope_tell(&o.border, injection->from);
	return status;
}

/* It was read before: see above. */
static dctx_status extract(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	(void)self, (void)extraction;
	return DCTX_OK;
}

static const dctx_propagator text_format = {
	.struct_size = sizeof text_format,
	.name = "x-dctx",
	.inject = inject,
	.extract = extract,
};

static const dctx_propagator binary_format = {
	.struct_size = sizeof binary_format,
	.name = "x-dctx-bin",
	.inject = inject,
	.extract = extract,
};

const dctx_propagator *dctx_envelope_text(void)
{
	return &text_format;
}

const dctx_propagator *dctx_envelope_grpc(void)
{
	return &binary_format;
}
