/* SPDX-License-Identifier: MIT */
/*
 * envelope_read.c - the envelope out of a header.
 *
 * Text is read in either alphabet, padded or not: "Implementations MUST accept
 * padded and un-padded values" (gRPC over HTTP2, "Requests"). gRPC's libraries
 * make bytes of it by themselves and hand over those; so bytes are read, too.
 */
#include "data/fail.h"
#include "data/registry.h"
#include "data/trace.h"
#include "hop/border.h"
#include "hop/envelope.h"
#include "hop/envelope_header.h"
#include "hop/gate.h"
#include "hop/limits.h"
#include "plat/heap.h"
#include "wire/auth.h"
#include "wire/found.h"
#include "wire/ows.h"

#include <dctx/base64.h>

/* A text of this size takes no memory. */
#define SMALL 2048u

/* Lines that are looked at. */
#define LINES 4

/* An envelope on its way in. */
struct incoming {
	struct dctxi_border border;
	dctx_hop public; /* instead of the hop, when it is not signed */
	struct dctxi_sink sink;
	dctx_bytes value; /* as it came */
	size_t offset;	  /* of `value` in its line */
	const unsigned char *bytes;
	size_t len;
	struct dctxi_scratch *scratch;
	size_t used; /* of `small` */
	char small[SMALL];
};

static void refuse(const struct incoming *in, dctx_rule rule, size_t offset)
{
	dctxi_found(&in->sink, rule, DCTX_IGNORED, offset,
		    (dctx_bytes){NULL, 0});
}

/* Bytes of a message that no library has made text of: no text has a NUL. */
static bool is_raw(dctx_bytes value)
{
	return value.len >= DCTXI_ENVELOPE_EMPTY &&
	       memchr(value.data, '\0', 4) != NULL;
}

/* Adds what a line has. Returns: how many values that is. */
static size_t add_value(struct incoming *in, dctx_bytes value, size_t offset,
			size_t line)
{
	dctx_bytes inner = dctxi_ows_trim(value);

	if (inner.len == 0)
		return 0;
	in->value = inner;
	in->sink.line = line;
	in->offset = offset + (size_t)((const char *)inner.data -
				       (const char *)value.data);
	return 1;
}

/* "Implementations must split Binary-Headers on ',' before decoding". */
static size_t add_binary(struct incoming *in, dctx_bytes value, size_t line)
{
	const char *text = value.data;
	size_t n = 0, begin = 0;

	if (is_raw(value)) {
		in->value = value;
		in->offset = 0;
		in->sink.line = line;
		return 1;
	}
	for (size_t i = 0; i <= value.len; i++) {
		if (i < value.len && text[i] != ',')
			continue;
		n += add_value(in, (dctx_bytes){text + begin, i - begin}, begin,
			       line);
		begin = i + 1;
	}
	return n;
}

/* Finds the one value. Of several nobody can say which is meant, and who added
 * another may not be who sent the first: so none counts. */
static bool find(struct incoming *in, const dctx_propagator *format,
		 const dctx_carrier *from)
{
	dctx_bytes lines[LINES];
	size_t count = from->get(from->user, format->name, lines, LINES), n = 0;

	for (size_t i = 0; i < count && i < LINES; i++)
		n += format == dctx_envelope_grpc()
			     ? add_binary(in, lines[i], i)
			     : add_value(in, lines[i], 0, i);
	if (n > 1 || count > LINES)
		refuse(in, DCTX_RULE_ENVELOPE_TWICE, in->offset);
	return n == 1 && count <= LINES;
}

/* Copies a text in the one alphabet of which padding is not asked. Returns: the
 * place of a character of the other alphabet than one before, or SIZE_MAX. */
static size_t copy_text(dctx_bytes text, char *to)
{
	const char *at = text.data;
	bool standard = false, url = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = at[i];

		standard |= c == '+' || c == '/';
		url |= c == '-' || c == '_';
		if (standard && url)
			return i;
		to[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
	}
	return SIZE_MAX;
}

/* Text to bytes; false when it is none, which is told, or without memory. */
static bool read_text(struct incoming *in, dctx_status *status)
{
	size_t most = dctxi_limit(DCTX_LIMIT_MESSAGE_BYTES), fault;
	char *copy = in->small;

	if (most != 0 && in->value.len / 4 > most / 3 + 1) {
		refuse(in, DCTX_RULE_ENVELOPE_MESSAGE, in->offset);
		return false;
	}
	if (in->value.len > sizeof in->small)
		copy = dctxi_scratch_room(&in->scratch, in->value.len);
	else
		in->used = in->value.len;
	if (copy == NULL) {
		*status = dctxi_fail(DCTX_NOMEM, "envelope");
		return false;
	}
	fault = copy_text(in->value, copy);
	if (fault == SIZE_MAX &&
	    dctx_base64_decode(DCTX_BASE64_URL, copy, in->value.len, copy,
			       in->value.len, &in->len) != DCTX_OK)
		fault = dctx_last_error()->offset;
	if (fault != SIZE_MAX)
		refuse(in, DCTX_RULE_ENVELOPE_BASE64, in->offset + fault);
	in->bytes = (const unsigned char *)copy;
	return fault == SIZE_MAX;
}

/* A value that is bad takes no other along. */
static void report(void *user, const dctx_bad_entry *bad)
{
	const struct incoming *in = user;

	dctxi_found(&in->sink, DCTX_RULE_ENVELOPE_MESSAGE, DCTX_SKIPPED, 0,
		    bad->entry.key);
}

/* The members in an entry, which may be a bad one. */
static dctx_bytes members_of(const dctx_entry *entry)
{
	size_t len = entry->value.len;

	if (len < 8)
		return (dctx_bytes){NULL, 0};
	return (dctx_bytes){(const char *)entry->value.data + 8, len - 8};
}

/* Each entry that was kept back. */
static void tell_in(const struct incoming *in)
{
	const struct dctxi_border *border = &in->border;
	dctx_message message;
	dctx_entry entry;

	if (dctx_message_open(in->bytes, in->len, &message) != DCTX_OK)
		return;
	while (dctx_message_entry(&message, &entry)) {
		const dctx_key *key = dctxi_trace_key_named(entry.key);
		const struct dctxi_entry *ours = dctxi_registry_find(
			border->hop->registry, entry.key.data, entry.key.len);

		if (ours != NULL)
			key = ours->key;
		if (key == &dctxi_members_key)
			dctxi_border_tell_members(border, members_of(&entry));
		else if (key != NULL)
			dctxi_border_tell(border, key);
	}
}

/* What came besides values goes where it may not come. */
static void hold_back(struct dctxi_incoming *m, const dctx_hop *hop)
{
	if (m->names > 0 && !dctxi_border_crosses(hop, DCTX_CROSS_CHAIN, true))
		m->names = 0;
	if (m->limited && !dctxi_border_crosses(hop, DCTX_CROSS_LIMITS, true))
		m->limited = 0;
}

/* Ends the message. Whoever is told may jump out of that: until then the
 * snapshot hangs on the scratch. */
static dctx_status finish(struct incoming *in, struct dctxi_incoming *m,
			  dctx_snapshot *snapshot, dctx_snapshot **out)
{
	if (!m->is_odd && in->border.gate.withheld == 0) {
		dctxi_incoming_end(m);
		*out = snapshot;
		return DCTX_OK;
	}
	if (!dctxi_scratch_begin(&in->scratch)) {
		dctx_snapshot_unref(snapshot);
		dctxi_scratch_end(m->scratch);
		return dctxi_fail(DCTX_NOMEM, "envelope");
	}
	in->scratch->snapshot = snapshot;
	dctxi_incoming_end(m);
	if (in->border.gate.withheld > 0)
		tell_in(in);
	*out = snapshot;
	in->scratch->snapshot = NULL;
	return DCTX_OK;
}

/* Whether the message is signed as the hop wants it. One that is not is refused
 * or counts as the public's; both are told. */
static bool is_trusted(struct incoming *in, dctx_status *status)
{
	const dctx_hop *hop = in->border.hop;
	bool downgrade = hop->flags & DCTX_HOP_DOWNGRADE;
	dctx_message message;
	dctx_rule why;

	if (hop->auth == NULL || hop->auth->verify == NULL ||
	    dctx_message_open(in->bytes, in->len, &message) != DCTX_OK)
		return true;
	*status = dctxi_auth_verify(hop->auth, &message, &why);
	if (*status != DCTX_UNTRUSTED)
		return *status == DCTX_OK;
	*status = DCTX_OK;
	dctxi_found(&in->sink, why, downgrade ? DCTX_WITHHELD : DCTX_IGNORED,
		    in->offset, (dctx_bytes){NULL, 0});
	in->public = *hop;
	in->public.trust = DCTX_PUBLIC;
	in->public.also = 0;
	in->border = dctxi_border_gate(&in->public, true);
	return downgrade;
}

static dctx_status decode(struct incoming *in, dctx_snapshot **out)
{
	const dctx_hop *hop = in->border.hop;
	const dctx_decode_options options = {
		.struct_size = sizeof options,
		.registry = hop->registry,
		.flags = DCTX_DECODE_SKIP_BAD,
		.report = report,
		.user = in,
		.received_at = dctxi_received_at(hop->received_at)};
	dctx_snapshot *snapshot = NULL;
	struct dctxi_incoming m;
	dctx_status status;

	status = dctxi_incoming_take(&m, in->bytes, in->len, &options,
				     &in->border.gate);
	if (status == DCTX_OK) {
		hold_back(&m, hop);
		status = dctxi_hop_make(&m, &snapshot);
	}
	if (status == DCTX_OK)
		return finish(in, &m, snapshot, out);
	if (status == DCTX_NOMEM)
		return status;
	refuse(in, DCTX_RULE_ENVELOPE_MESSAGE, in->offset);
	return DCTX_OK;
}

/* It is walked by who looks, and looked at once more by the decode. */
static void show(const struct incoming *in, struct dctxi_look *look)
{
	dctx_message message;

	if (look != NULL &&
	    dctx_message_open(in->bytes, in->len, &message) == DCTX_OK)
		look->at(look, in->border.hop, &message);
}

dctx_status dctxi_envelope_read(const dctx_propagator *format,
				const dctx_extraction *extraction,
				struct dctxi_look *look, dctx_snapshot **out)
{
	const dctx_hop *hop = extraction->hop;
	dctx_status status = DCTX_OK;
	struct incoming in;

	in.border = dctxi_border_gate(hop, true);
	in.sink = (struct dctxi_sink){hop->findings, format->name, 0};
	in.offset = 0;
	in.scratch = NULL;
	in.used = 0;
	if (!find(&in, format, extraction->from))
		return DCTX_OK;
	in.bytes = in.value.data;
	in.len = in.value.len;
	if ((format == dctx_envelope_grpc() && is_raw(in.value)) ||
	    read_text(&in, &status))
		if (is_trusted(&in, &status)) {
			show(&in, look);
			status = decode(&in, out);
		}
	dctxi_scratch_end(in.scratch);
	/* A secret, perhaps: also one of a message that was refused. */
	dctxi_wipe(in.small, in.used);
	return status;
}

dctx_status dctxi_envelope_header_read(const dctx_extraction *extraction,
				       dctx_snapshot **out)
{
	const dctx_hop *hop = extraction->hop;
	dctx_status status = DCTX_OK;

	*out = NULL;
	for (size_t i = 0; i < hop->propagator_count; i++) {
		const dctx_propagator *format = hop->propagators[i];

		if (format == dctx_envelope_text() ||
		    format == dctx_envelope_grpc())
			status = dctxi_envelope_read(format, extraction, NULL,
						     out);
		if (status != DCTX_OK || *out != NULL)
			return status;
	}
	return DCTX_OK;
}
