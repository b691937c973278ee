/* SPDX-License-Identifier: MIT */
/*
 * b3.c - B3 read and written.
 *
 * Sections named here are those of openzipkin/b3-propagation's README.md. It
 * says what is sent and little about what cannot be read: then the header, or
 * all five, count as not there, which is what Zipkin's own tracers do.
 *
 * The parent span's id is read, so that a header which has one is good, and is
 * not kept: it serves tracers that share a span between client and server,
 * which we do not (OpenTelemetry, Propagators API, "B3 Extract").
 */
#include "wire/b3.h"

#include "wire/hex.h"
#include "wire/id.h"
#include "wire/ows.h"

#include <string.h>

#define ID_DIGITS 16u

/* All four fields of the single header, at their longest. */
#define SINGLE_MAX (32u + 1 + 16 + 1 + 1 + 1 + 16)

/* A field of a header, and where in it. */
struct field {
	const char *text;
	size_t len;
	size_t offset;
};

static bool refuse(const struct dctxi_sink *sink, dctx_rule rule, size_t offset)
{
	dctxi_found(sink, rule, DCTX_IGNORED, offset, (dctx_bytes){NULL, 0});
	return false;
}

/* The place of the first character that is no lower-case digit; of a field that
 * has none, its start. */
static size_t first_bad(const struct field *field)
{
	for (size_t i = 0; i < field->len; i++)
		if (dctxi_hex_digit(field->text[i]) < 0)
			return field->offset + i;
	return field->offset;
}

/* "TraceId": 32 or 16 lower-hex characters. All else is none, also upper case,
 * which some take, and lengths between. 64 bits are the right half, as all of
 * OpenTelemetry has it. Zeros only are no id in any of these systems. */
static bool read_trace_id(const struct field *field,
			  const struct dctxi_sink *sink, unsigned char *out)
{
	size_t size = field->len / 2;

	memset(out, 0, DCTX_TRACE_ID);
	if ((field->len != ID_DIGITS && field->len != 2 * ID_DIGITS) ||
	    !dctxi_hex_read(field->text, out + DCTX_TRACE_ID - size, size) ||
	    dctxi_id_is_none(out, DCTX_TRACE_ID))
		return refuse(sink, DCTX_RULE_B3_TRACE_ID, first_bad(field));
	return true;
}

/* "SpanId": 16 lower-hex characters. */
static bool read_span_id(const struct field *field,
			 const struct dctxi_sink *sink, unsigned char *out)
{
	if (field->len != ID_DIGITS ||
	    !dctxi_hex_read(field->text, out, DCTX_SPAN_ID) ||
	    dctxi_id_is_none(out, DCTX_SPAN_ID))
		return refuse(sink, DCTX_RULE_B3_SPAN_ID, first_bad(field));
	return true;
}

/* "ParentSpanId": the same. A root should have none; some send zeros. */
static bool is_parent_id(const struct field *field)
{
	unsigned char id[DCTX_SPAN_ID];

	return field->len == ID_DIGITS &&
	       dctxi_hex_read(field->text, id, sizeof id);
}

/* "Single Header", "Sampling State": one character. Debug implies accept. */
static bool read_state(const struct field *field, const struct dctxi_sink *sink,
		       uint32_t *out_flags)
{
	char c = field->len == 1 ? *field->text : '\0';

	if (c == '0')
		*out_flags = 0;
	else if (c == '1')
		*out_flags = DCTX_TRACE_SAMPLED;
	else if (c == 'd')
		*out_flags = DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG;
	else
		return refuse(sink, DCTX_RULE_B3_SAMPLED, field->offset);
	return true;
}

/* What follows the ids: STATE, STATE-PARENT, or PARENT alone where the decision
 * is deferred ("the last two fields are optional"), as Zipkin's tracers write
 * and read it. */
static bool read_rest(const struct field *field, size_t n,
		      const struct dctxi_sink *sink, uint32_t *out_flags)
{
	*out_flags = DCTX_TRACE_UNDECIDED;
	if (n == 0 || (n == 1 && is_parent_id(field)))
		return true;
	if (!read_state(field, sink, out_flags))
		return false;
	if (n == 1 || is_parent_id(&field[1]))
		return true;
	return refuse(sink, DCTX_RULE_B3_PARENT_ID, first_bad(&field[1]));
}

/* Splits a text at its dashes. Returns: how many fields there are; `max` + 1
 * when there are more than `max`. */
static size_t split(struct field text, struct field *out, size_t max)
{
	const char *dash;

	for (size_t n = 0; n < max; n++) {
		dash = memchr(text.text, '-', text.len);
		out[n] = text;
		if (dash == NULL)
			return n + 1;
		out[n].len = (size_t)(dash - text.text);
		text.text = dash + 1;
		text.len -= out[n].len + 1;
		text.offset += out[n].len + 1;
	}
	return max + 1;
}

static struct field trimmed(dctx_bytes value)
{
	dctx_bytes inner = dctxi_ows_trim(value);
	struct field field = {inner.data, inner.len, 0};

	if (inner.len > 0)
		field.offset = (size_t)(field.text - (const char *)value.data);
	return field;
}

/* "Single Header": four fields, the last two of them optional; or one, the
 * sampling state. */
enum dctxi_b3 dctxi_b3_read(dctx_bytes value, const struct dctxi_sink *sink,
			    dctx_trace *out)
{
	struct field text = trimmed(value), field[4];
	dctx_trace trace = {.flags = 0};
	size_t n;

	if (text.len == 0)
		return DCTXI_B3_NONE;
	if (text.len == 1) {
		if (!read_state(&text, sink, &trace.flags))
			return DCTXI_B3_NONE;
		out->flags = trace.flags;
		return DCTXI_B3_STATE;
	}
	n = text.len <= SINGLE_MAX ? split(text, field, 4) : 0;
	if (n < 2 || n > 4) {
		refuse(sink, DCTX_RULE_B3_SHAPE, text.offset);
		return DCTXI_B3_NONE;
	}
	if (!read_trace_id(&field[0], sink, trace.trace_id) ||
	    !read_span_id(&field[1], sink, trace.span_id) ||
	    !read_rest(&field[2], n - 2, sink, &trace.flags))
		return DCTXI_B3_NONE;
	*out = trace;
	return DCTXI_B3_TRACE;
}

static bool is(const struct field *field, const char *word)
{
	size_t i = 0;

	while (i < field->len && word[i] != '\0' &&
	       (field->text[i] | 0x20) == word[i])
		i++;
	return i == field->len && word[i] == '\0';
}

/* "Multiple Headers", "Sampling State": 1 or 0, and from tracers of before
 * there was a specification true or false, in any case. Absent: deferred. */
static bool read_sampled(const struct field *field,
			 const struct dctxi_sink *sink, uint32_t *out_flags)
{
	if (field->len == 0)
		*out_flags = DCTX_TRACE_UNDECIDED;
	else if (is(field, "true"))
		*out_flags = DCTX_TRACE_SAMPLED;
	else if (is(field, "false"))
		*out_flags = 0;
	else if (field->len == 1 && *field->text != 'd')
		return read_state(field, sink, out_flags);
	else
		return refuse(sink, DCTX_RULE_B3_SAMPLED, field->offset);
	return true;
}

/* "Debug Flag": 1 is debug, and implies an accept, so that X-B3-Sampled, which
 * should not be there, is not looked at. There is no other flag, and no
 * implementation knows any: all else counts as absent. */
static bool read_flags(const struct dctxi_b3_fields *fields,
		       const dctx_findings *findings, uint32_t *out_flags)
{
	const struct dctxi_sink flags_sink = {findings, "x-b3-flags", 0};
	const struct dctxi_sink sink = {findings, "x-b3-sampled", 0};
	struct field flags = trimmed(fields->flags);
	struct field sampled = trimmed(fields->sampled);

	if (flags.len == 1 && *flags.text == '1') {
		*out_flags = DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG;
		return true;
	}
	if (flags.len > 0 && !(flags.len == 1 && *flags.text == '0'))
		refuse(&flags_sink, DCTX_RULE_B3_FLAGS, flags.offset);
	return read_sampled(&sampled, &sink, out_flags);
}

/* It is dropped in any case, so a bad one takes nothing along. */
static void look_at_parent(dctx_bytes value, const dctx_findings *findings)
{
	const struct dctxi_sink sink = {findings, "x-b3-parentspanid", 0};
	struct field parent = trimmed(value);

	if (parent.len > 0 && !is_parent_id(&parent))
		refuse(&sink, DCTX_RULE_B3_PARENT_ID, first_bad(&parent));
}

/* "Multiple Headers": both ids are required, or none and a sampling state. */
enum dctxi_b3 dctxi_b3_read_fields(const struct dctxi_b3_fields *fields,
				   const dctx_findings *findings,
				   dctx_trace *out)
{
	const struct dctxi_sink trace_sink = {findings, "x-b3-traceid", 0};
	const struct dctxi_sink span_sink = {findings, "x-b3-spanid", 0};
	struct field trace_id = trimmed(fields->trace_id);
	struct field span_id = trimmed(fields->span_id);
	dctx_trace trace = {.flags = 0};

	if (!read_flags(fields, findings, &trace.flags))
		return DCTXI_B3_NONE;
	if (trace_id.len == 0 && span_id.len == 0) {
		if (trace.flags == DCTX_TRACE_UNDECIDED)
			return DCTXI_B3_NONE;
		out->flags = trace.flags;
		return DCTXI_B3_STATE;
	}
	if (!read_trace_id(&trace_id, &trace_sink, trace.trace_id) ||
	    !read_span_id(&span_id, &span_sink, trace.span_id))
		return DCTXI_B3_NONE;
	look_at_parent(fields->parent_id, findings);
	*out = trace;
	return DCTXI_B3_TRACE;
}

char dctxi_b3_state(const dctx_trace *trace)
{
	if (trace->flags & DCTX_TRACE_DEBUG)
		return 'd';
	if (trace->flags & DCTX_TRACE_SAMPLED)
		return '1';
	return trace->flags & DCTX_TRACE_UNDECIDED ? '\0' : '0';
}

/* A trace id that came with 64 bits goes on with 128: nobody can tell by then,
 * and W3C's header has it with the zeros, too. */
size_t dctxi_b3_write(const dctx_trace *trace, char out[DCTXI_B3_MAX])
{
	char state = dctxi_b3_state(trace);
	char *at = out;

	dctxi_hex_write(trace->trace_id, DCTX_TRACE_ID, at);
	at += 2 * DCTX_TRACE_ID;
	*at++ = '-';
	dctxi_hex_write(trace->span_id, DCTX_SPAN_ID, at);
	at += 2 * DCTX_SPAN_ID;
	if (state != '\0') {
		*at++ = '-';
		*at++ = state;
	}
	return (size_t)(at - out);
}
