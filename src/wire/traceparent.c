/* SPDX-License-Identifier: MIT */
/*
 * traceparent.c - W3C Trace Context Level 2, 3.2.
 *
 *     00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
 *     version, trace id, parent id, flags
 *
 * A bad one is ignored whole, and a new trace begins: nothing is repaired.
 */
#include "wire/traceparent.h"

#include "wire/hex.h"
#include "wire/ows.h"

/* Where the fields begin, and the dashes before them stand one in front. */
enum { VERSION = 0, TRACE_ID = 3, PARENT_ID = 36, FLAGS = 53 };

#define NEWEST_VERSION 0x00
#define NO_VERSION 0xff
#define KNOWN_FLAGS (DCTX_TRACE_SAMPLED | DCTX_TRACE_RANDOM)

static bool is_dash(size_t place)
{
	return place == TRACE_ID - 1 || place == PARENT_ID - 1 ||
	       place == FLAGS - 1;
}

/* The first place in which a text is not as it must be, perhaps its end;
 * DCTXI_TRACEPARENT when all of the fields are there. */
static size_t first_fault(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len && i < DCTXI_TRACEPARENT; i++)
		if (is_dash(i) ? text[i] != '-' : dctxi_hex_digit(text[i]) < 0)
			break;
	return i;
}

/* Upper-case digits are none (3.2.2: HEXDIGLC). */
static bool read_fields(const char *text, size_t len, unsigned *out_version,
			dctx_trace *out)
{
	int version, flags;

	if (len < DCTXI_TRACEPARENT || text[TRACE_ID - 1] != '-' ||
	    text[PARENT_ID - 1] != '-' || text[FLAGS - 1] != '-')
		return false;
	version = dctxi_hex_byte(text + VERSION);
	flags = dctxi_hex_byte(text + FLAGS);
	if (version < 0 || flags < 0 ||
	    !dctxi_hex_read(text + TRACE_ID, out->trace_id, DCTX_TRACE_ID) ||
	    !dctxi_hex_read(text + PARENT_ID, out->span_id, DCTX_SPAN_ID))
		return false;
	*out_version = (unsigned)version;
	out->flags = (uint32_t)flags;
	return true;
}

static bool is_none(const unsigned char *id, size_t size)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < size; i += 8)
		bits |= dctxi_load64(id + i);
	return bits == 0;
}

/* What makes well-formed fields invalid, and where; else DCTX_RULE_NONE. */
static dctx_rule wrong_with(const char *text, size_t len, unsigned version,
			    const dctx_trace *trace, size_t *out_place)
{
	*out_place = VERSION;
	if (version == NO_VERSION) /* 3.2.2.1 */
		return DCTX_RULE_TRACEPARENT_VERSION_FF;
	/* Version 00 has nothing behind its flags (3.2.2.2); a later one may
	 * have more, behind a dash (3.2.4). */
	*out_place = DCTXI_TRACEPARENT;
	if (len > DCTXI_TRACEPARENT &&
	    (version <= NEWEST_VERSION || text[DCTXI_TRACEPARENT] != '-'))
		return DCTX_RULE_TRACEPARENT_TAIL;
	*out_place = TRACE_ID;
	if (is_none(trace->trace_id, DCTX_TRACE_ID)) /* 3.2.2.3 */
		return DCTX_RULE_TRACEPARENT_TRACE_ID;
	*out_place = PARENT_ID;
	if (is_none(trace->span_id, DCTX_SPAN_ID)) /* 3.2.2.4 */
		return DCTX_RULE_TRACEPARENT_PARENT_ID;
	return DCTX_RULE_NONE;
}

static void tell(const struct dctxi_sink *sink, dctx_rule rule,
		 dctx_effect effect, size_t place)
{
	dctxi_found(sink, rule, effect, place, (dctx_bytes){NULL, 0});
}

bool dctxi_traceparent_read(dctx_bytes value, const struct dctxi_sink *sink,
			    dctx_trace *out)
{
	dctx_bytes field = dctxi_ows_trim(value);
	const char *text = field.data;
	size_t before = (size_t)(text - (const char *)value.data), place;
	dctx_trace trace = {.flags = 0};
	unsigned version = 0;
	dctx_rule rule;

	if (!read_fields(text, field.len, &version, &trace)) {
		place = first_fault(text, field.len);
		tell(sink,
		     place < field.len ? DCTX_RULE_TRACEPARENT_CHARACTER
				       : DCTX_RULE_TRACEPARENT_LENGTH,
		     DCTX_IGNORED, before + place);
		return false;
	}
	rule = wrong_with(text, field.len, version, &trace, &place);
	if (rule != DCTX_RULE_NONE) {
		tell(sink, rule, DCTX_IGNORED, before + place);
		return false;
	}
	if (version > NEWEST_VERSION)
		tell(sink, DCTX_RULE_TRACEPARENT_VERSION_LATER, DCTX_KEPT,
		     before + VERSION);
	if (trace.flags & ~KNOWN_FLAGS)
		tell(sink, DCTX_RULE_TRACEPARENT_FLAGS, DCTX_SKIPPED,
		     before + FLAGS);
	/* Flags that are not defined are not handed on (3.2.2.5.3). Of a later
	 * version 3.2.4 has the sampled flag read; the random flag goes on with
	 * it, since 3.2.2.5.2 wants it on whatever has the same trace id. */
	trace.flags &= KNOWN_FLAGS;
	*out = trace;
	return true;
}

void dctxi_traceparent_write(const dctx_trace *trace,
			     char out[DCTXI_TRACEPARENT])
{
	uint32_t flags = trace->flags & KNOWN_FLAGS;

	if (trace->flags & DCTX_TRACE_DEBUG)
		flags |= DCTX_TRACE_SAMPLED;
	memset(out, '0', DCTXI_TRACEPARENT);
	out[TRACE_ID - 1] = '-';
	dctxi_hex_write(trace->trace_id, DCTX_TRACE_ID, out + TRACE_ID);
	out[PARENT_ID - 1] = '-';
	dctxi_hex_write(trace->span_id, DCTX_SPAN_ID, out + PARENT_ID);
	out[FLAGS - 1] = '-';
	out[FLAGS + 1] = (char)('0' + flags);
}
