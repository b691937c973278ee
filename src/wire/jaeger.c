/* SPDX-License-Identifier: MIT */
/*
 * jaeger.c - uber-trace-id and uberctx-NAME, read and written.
 *
 * Sections named here are those of "Client Libraries" in Jaeger's
 * documentation. What it does not say of headers that cannot be read is decided
 * as its client libraries do: they are ignored.
 *
 * jaeger-debug-id and jaeger-baggage are not part of the format; they are how a
 * person asks a tracer for a new trace by hand, and no affair of a context's.
 */
#include "wire/jaeger.h"

#include "data/utf8.h"
#include "wire/hex.h"
#include "wire/id.h"
#include "wire/ows.h"

#define TRACE_DIGITS 32u
#define SPAN_DIGITS 16u

/* The longest there is, with every character percent-coded. */
#define CODED_MAX (3u * (TRACE_DIGITS + SPAN_DIGITS + SPAN_DIGITS + 3 + 2))

/* "Value", {flags}. "Firehose" asks a store not to index; of no use here. */
#define SAMPLED 1u
#define DEBUG 2u

/* A part of the header, decoded, and where it began in what came. */
struct part {
	const char *text;
	size_t len;
	size_t offset;
};

static bool refuse(const struct dctxi_sink *sink, dctx_rule rule,
		   dctx_effect effect, size_t offset)
{
	dctxi_found(sink, rule, effect, offset, (dctx_bytes){NULL, 0});
	return false;
}

/* A hex digit's value, in either case, or -1. */
static int digit_of(char c)
{
	return dctxi_hex_digit(c >= 'A' && c <= 'F' ? (char)(c + 32) : c);
}

/* The byte that a percent sign and two hex digits stand for; -1: they do not.
 */
static int percent(const char *text, size_t left)
{
	int high, low;

	if (left < 3)
		return -1;
	high = digit_of(text[1]);
	low = digit_of(text[2]);
	return high >= 0 && low >= 0 ? high << 4 | low : -1;
}

/* "shorter values are 0-padded on the left", for ids of `n` bytes; base16, in
 * upper case, too, since nothing is said of it and its libraries take it. */
static bool read_id(const struct part *part, unsigned char *out, size_t n)
{
	size_t digits = part->len;

	if (digits == 0 || digits > 2 * n)
		return false;
	if (digits == 2 * n && dctxi_hex_read(part->text, out, n))
		return !dctxi_id_is_none(out, n);
	memset(out, 0, n);
	for (size_t i = 0; i < digits; i++) {
		int digit = digit_of(part->text[digits - 1 - i]);

		if (digit < 0)
			return false;
		out[n - 1 - i / 2] |= (unsigned char)(digit << (i & 1) * 4);
	}
	return !dctxi_id_is_none(out, n);
}

/* {flags}: one or two hex digits. "Debug flag should only be set when the
 * sampled flag is set": alone it is no flag, as with OpenTelemetry's. */
static bool read_flags(const struct part *part, const struct dctxi_sink *sink,
		       uint32_t *out)
{
	unsigned bits = 0;

	if (part->len == 0 || part->len > 2)
		return refuse(sink, DCTX_RULE_JAEGER_FLAGS, DCTX_IGNORED,
			      part->offset);
	for (size_t i = 0; i < part->len; i++) {
		int digit = digit_of(part->text[i]);

		if (digit < 0)
			return refuse(sink, DCTX_RULE_JAEGER_FLAGS,
				      DCTX_IGNORED, part->offset);
		bits = bits << 4 | (unsigned)digit;
	}
	*out = 0;
	if (bits & SAMPLED)
		*out = DCTX_TRACE_SAMPLED;
	if ((bits & (SAMPLED | DEBUG)) == (SAMPLED | DEBUG))
		*out |= DCTX_TRACE_DEBUG;
	if ((bits & (SAMPLED | DEBUG)) == DEBUG)
		(void)refuse(sink, DCTX_RULE_JAEGER_DEBUG, DCTX_KEPT,
			     part->offset);
	return true;
}

/* Four parts with colons between; false when there are more or fewer. `place`
 * says where each character came from; NULL: from where it is. */
static bool split(dctx_bytes text, const unsigned char *place, size_t base,
		  struct part out[4])
{
	const char *begin = text.data, *at = begin, *end = begin + text.len;

	for (size_t n = 0; n < 4; n++) {
		const char *colon = memchr(at, ':', (size_t)(end - at));
		size_t i = (size_t)(at - begin);

		if ((colon == NULL) != (n == 3))
			return false;
		out[n].text = at;
		out[n].len = (size_t)((colon != NULL ? colon : end) - at);
		out[n].offset = base + (place != NULL ? place[i] : i);
		if (colon != NULL)
			at = colon + 1;
	}
	return true;
}

/* {parent-span-id} is "deprecated, most Jaeger clients ignore" it; so do we,
 * whatever stands there. */
static bool read_text(dctx_bytes text, const unsigned char *place, size_t base,
		      const struct dctxi_sink *sink, dctx_trace *out)
{
	dctx_trace trace = {.flags = 0};
	struct part part[4];

	if (!split(text, place, base, part))
		return refuse(sink, DCTX_RULE_JAEGER_SHAPE, DCTX_IGNORED, base);
	if (!read_id(&part[0], trace.trace_id, DCTX_TRACE_ID))
		return refuse(sink, DCTX_RULE_JAEGER_TRACE_ID, DCTX_IGNORED,
			      part[0].offset);
	if (!read_id(&part[1], trace.span_id, DCTX_SPAN_ID))
		return refuse(sink, DCTX_RULE_JAEGER_SPAN_ID, DCTX_IGNORED,
			      part[1].offset);
	if (!read_flags(&part[3], sink, &trace.flags))
		return false;
	*out = trace;
	return true;
}

/* "Value Encoding": some libraries percent-code this header, too, so that its
 * colons are %3A. */
static bool read_coded(dctx_bytes value, size_t base,
		       const struct dctxi_sink *sink, dctx_trace *out)
{
	unsigned char place[CODED_MAX + 1];
	const char *at = value.data;
	char text[CODED_MAX];
	size_t n = 0;

	for (size_t i = 0; i < value.len; n++) {
		int c = (unsigned char)at[i];

		place[n] = (unsigned char)i;
		if (c == '%') {
			c = percent(at + i, value.len - i);
			if (c < 0)
				return refuse(sink, DCTX_RULE_JAEGER_SHAPE,
					      DCTX_IGNORED, base + i);
			i += 2;
		}
		text[n] = (char)c;
		i++;
	}
	place[n] = (unsigned char)value.len;
	return read_text((dctx_bytes){text, n}, place, base, sink, out);
}

bool dctxi_jaeger_read(dctx_bytes value, const struct dctxi_sink *sink,
		       dctx_trace *out)
{
	dctx_bytes text = dctxi_ows_trim(value);
	size_t base;

	if (text.len == 0)
		return false;
	base = (size_t)((const char *)text.data - (const char *)value.data);
	if (text.len > CODED_MAX)
		return refuse(sink, DCTX_RULE_JAEGER_SHAPE, DCTX_IGNORED, base);
	if (memchr(text.data, '%', text.len) != NULL)
		return read_coded(text, base, sink, out);
	return read_text(text, NULL, base, sink, out);
}

/* "Senders SHOULD generate hex strings of exactly 16 or 32 characters"; the
 * parent is "still included": 0, of a root, since it is not known. */
size_t dctxi_jaeger_write(const dctx_trace *trace, char out[DCTXI_JAEGER_MAX])
{
	unsigned flags = trace->flags & DCTX_TRACE_SAMPLED ? SAMPLED : 0;
	char *at = out;

	if (trace->flags & DCTX_TRACE_DEBUG)
		flags = SAMPLED | DEBUG;
	dctxi_hex_write(trace->trace_id, DCTX_TRACE_ID, at);
	at += 2 * DCTX_TRACE_ID;
	*at++ = ':';
	dctxi_hex_write(trace->span_id, DCTX_SPAN_ID, at);
	at += 2 * DCTX_SPAN_ID;
	memcpy(at, ":0:0", 4);
	at += 4;
	*at++ = (char)('0' + flags);
	return (size_t)(at - out);
}

/* "Value Encoding": URL-encoded. A plus is a plus: the example has %20. */
bool dctxi_jaeger_value_read(dctx_bytes value, const struct dctxi_sink *sink,
			     char *out, size_t *out_len)
{
	const char *at = value.data;
	size_t n = 0;

	for (size_t i = 0; i < value.len; i++) {
		int c = (unsigned char)at[i];

		if (c == '%') {
			c = percent(at + i, value.len - i);
			if (c < 0)
				return refuse(sink, DCTX_RULE_JAEGER_BAGGAGE,
					      DCTX_SKIPPED, i);
			i += 2;
		}
		out[n++] = (char)c;
	}
	if (!dctxi_utf8_valid(out, n))
		return refuse(sink, DCTX_RULE_JAEGER_BAGGAGE, DCTX_SKIPPED, 0);
	*out_len = n;
	return true;
}

/* What need not be coded: RFC 3986, 2.3, unreserved characters. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	       c == '~';
}

size_t dctxi_jaeger_value_write(dctx_bytes text, char *out)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = text.data;
	char *to = out;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)at[i];

		if (is_plain(at[i])) {
			*to++ = at[i];
			continue;
		}
		*to++ = '%';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	return (size_t)(to - out);
}
