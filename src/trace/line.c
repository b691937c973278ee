/* SPDX-License-Identifier: MIT */
#include "trace/line.h"

#include "data/utf8.h"

#include <math.h>
#include <string.h>

#define NAME_MAX_ 255u
#define SD_NAME_MAX 32u

/* The id of our element: dctx has no number of its own at IANA, and names
 * without one are IANA's (RFC 5424, 6.3.2), so it is the one for documentation
 * (RFC 5612). */
#define SD_ID "dctx@32473"

static bool is_syslog(const struct dctxi_line *line)
{
	return line->style == DCTX_LOG_SYSLOG;
}

static const char *end_of(dctx_log_style style, bool before)
{
	switch (style) {
	case DCTX_LOG_JSON:
		return before ? "," : "";
	case DCTX_LOG_SYSLOG:
		return before ? "] " : "]";
	default:
		return before ? " " : "";
	}
}

void dctxi_line_open(struct dctxi_line *line, dctx_log_style style, bool before,
		     char *buf, size_t size)
{
	*line = (struct dctxi_line){.style = style,
				    .end = end_of(style, before),
				    .has_room = size > 0};
	line->d.buf = buf;
	line->d.size = size;
	line->d.form = DCTX_DUMP_JSON;
	/* Room for the end is kept. */
	if (size > 0)
		line->d.size -=
			strlen(line->end) < size ? strlen(line->end) : size;
}

/* Printable characters of ASCII, a bit each, without some. */
struct set {
	uint64_t low, high;
};
#define BIT(c) (UINT64_C(1) << ((c)&63))
#define LOW(without) (~UINT64_C(0) << 32 & ~(without))
#define HIGH(without) (~BIT(0x7f) & ~(without))

static const struct set in_json = {LOW(BIT('"')), HIGH(BIT('\\'))};
static const struct set in_param = {LOW(BIT('"')), HIGH(BIT('\\') | BIT(']'))};
static const struct set in_logfmt = {LOW(BIT(' ') | BIT('"') | BIT('=')),
				     HIGH(BIT('\\'))};
static const struct set in_sd_name = {LOW(BIT(' ') | BIT('"') | BIT('=')),
				      HIGH(BIT(']'))};

/* How many characters from here on are in a set. */
static size_t run(const unsigned char *at, size_t left, const struct set *set)
{
	size_t n = 0;

	while (n < left && at[n] < 0x80 &&
	       (at[n] < 0x40 ? set->low : set->high) >> (at[n] & 63) & 1)
		n++;
	return n;
}

/* The length of a character beyond ASCII that is shown as it is; 0 for all
 * others. */
static size_t shown(const unsigned char *at, size_t left)
{
	size_t step = dctxi_utf8_sequence(at, left);

	return step > 1 && dctxi_dump_obeyed(at, step) == 0 ? step : 0;
}

/* The spaces of Unicode that are shown: not everybody splits at ASCII's. */
static bool is_space(const unsigned char *at, size_t len)
{
	static const char *const spaces[] = {
		"\xc2\xa0",     /* U+00A0 */
		"\xe1\x9a\x80", /* U+1680 */
		"\xe2\x80\xaf", /* U+202F */
		"\xe2\x81\x9f", /* U+205F */
		"\xe3\x80\x80", /* U+3000 */
	};

	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (len == strlen(spaces[i]) && memcmp(at, spaces[i], len) == 0)
			return true;
	/* U+2000 to U+200A. */
	return len == 3 && at[0] == 0xe2 && at[1] == 0x80 && at[2] <= 0x8a;
}

/* The length of a character beyond ASCII that can stand without quotes; 0 for
 * all others. */
static size_t plain(const unsigned char *at, size_t left)
{
	size_t step = shown(at, left);

	return step > 0 && !is_space(at, step) ? step : 0;
}

/* Whether a value is whole without quotes. */
static bool is_plain(dctx_bytes text)
{
	const unsigned char *at = text.data, *end = at + text.len;

	while (at < end) {
		size_t n = run(at, (size_t)(end - at), &in_logfmt);

		if (n == 0)
			n = plain(at, (size_t)(end - at));
		if (n == 0)
			return false;
		at += n;
	}
	return text.len > 0;
}

/* What cannot stand in a name is an underscore. */
static void put_name(struct dctxi_line *line, const char *name, size_t max,
		     const struct set *set)
{
	const unsigned char *at = (const unsigned char *)name;
	size_t left = dctxi_utf8_cut(name, max), n;

	if (left == 0)
		dctxi_dump_raw(&line->d, "_");
	for (; left > 0; at += n, left -= n) {
		n = run(at, left, set);
		if (n == 0 && set != &in_sd_name)
			n = plain(at, left);
		if (n > 0) {
			dctxi_dump_unit(&line->d, (const char *)at, n);
			continue;
		}
		dctxi_dump_unit(&line->d, "_", 1);
		n = dctxi_utf8_sequence(at, left);
		n += n == 0;
	}
}

static void put_json(struct dctx_dumper *d, dctx_bytes text)
{
	const unsigned char *at = text.data;
	size_t left = text.len, n;

	for (; left > 0; at += n, left -= n) {
		n = run(at, left, &in_json);
		if (n > 0) {
			dctxi_dump_unit(d, (const char *)at, n);
			continue;
		}
		n = dctxi_utf8_sequence(at, left);
		n += n == 0;
		dctxi_dump_escaped(d, at, n);
	}
}

/* As it is shown: \n, \u2028. */
static void put_shown(struct dctx_dumper *d, unsigned code)
{
	char text[] = "\\\\u0000";

	if (code == '\n' || code == '\r' || code == '\t') {
		dctxi_dump_raw(d, code == '\n'	 ? "\\\\n"
				  : code == '\r' ? "\\\\r"
						 : "\\\\t");
		return;
	}
	for (int i = 0; i < 4; i++)
		text[3 + i] = "0123456789abcdef"[code >> (12 - 4 * i) & 15];
	dctxi_dump_raw(d, text);
}

/* A character that is not in the set. */
static size_t put_escaped(struct dctx_dumper *d, const unsigned char *at,
			  size_t left)
{
	const char escape[] = {'\\', (char)*at};
	size_t step = dctxi_utf8_sequence(at, left);

	if (step == 0)
		dctxi_dump_raw(d, "\xef\xbf\xbd");
	else if (step > 1 && dctxi_dump_obeyed(at, step) == 0)
		dctxi_dump_unit(d, (const char *)at, step);
	else if (step > 1)
		put_shown(d, dctxi_dump_obeyed(at, step));
	else if (*at < 0x20 || *at == 0x7f)
		put_shown(d, *at);
	else
		dctxi_dump_unit(d, escape, 2);
	return step > 0 ? step : 1;
}

static void put_param(struct dctx_dumper *d, dctx_bytes text)
{
	const unsigned char *at = text.data;
	size_t left = text.len, n;

	for (; left > 0; at += n, left -= n) {
		n = run(at, left, &in_param);
		if (n > 0)
			dctxi_dump_unit(d, (const char *)at, n);
		else
			n = put_escaped(d, at, left);
	}
}

static void put_text(struct dctxi_line *line, const struct dctxi_said *said)
{
	struct dctx_dumper *d = &line->d;
	bool quotes = line->style != DCTX_LOG_LOGFMT || !is_plain(said->text);

	if (quotes)
		dctxi_dump_raw(d, "\"");
	if (is_syslog(line))
		put_param(d, said->text);
	else if (quotes)
		put_json(d, said->text);
	else
		dctxi_dump_unit(d, said->text.data, said->text.len);
	if (said->is_cut)
		dctxi_dump_raw(d, "...");
	if (quotes)
		dctxi_dump_raw(d, "\"");
}

/* Exactly, by the bits: as printf's %a, without what that needs. */
static void put_hex_float(struct dctx_dumper *d, double f)
{
	uint64_t bits, m;
	int exponent;
	char digit[2] = "";

	memcpy(&bits, &f, sizeof bits);
	m = bits << 12;
	exponent = (int)(bits >> 52 & 0x7ff);
	dctxi_dump_raw(d, bits >> 63 ? "-0x" : "0x");
	dctxi_dump_raw(d, exponent != 0 ? "1" : "0");
	if (m != 0)
		dctxi_dump_raw(d, ".");
	for (; m != 0; m <<= 4) {
		digit[0] = "0123456789abcdef"[m >> 60];
		dctxi_dump_raw(d, digit);
	}
	if (exponent == 0)
		exponent = f != 0 ? 1 : 1023;
	dctxi_dump_raw(d, exponent < 1023 ? "p-" : "p+");
	dctxi_dump_number(
		d,
		(uint64_t)(exponent < 1023 ? 1023 - exponent : exponent - 1023),
		false);
}

static void put_float(struct dctxi_line *line, const dctx_any *value)
{
	double f = value->as.f;

	if (line->in_signal && isfinite(f))
		put_hex_float(&line->d, f);
	else
		dctxi_dump_float(&line->d, f, value->kind == DCTX_KIND_F32);
}

static void put_number(struct dctxi_line *line, const dctx_any *value)
{
	struct dctx_dumper *d = &line->d;
	int64_t i = value->as.i;

	/* Only JSON has numbers that it cannot hold. */
	if (line->style != DCTX_LOG_JSON)
		d->form = DCTX_DUMP_TEXT;
	if (is_syslog(line))
		dctxi_dump_raw(d, "\"");
	if (value->kind == DCTX_KIND_BOOL)
		dctxi_dump_raw(d, value->as.b ? "true" : "false");
	else if (value->kind <= DCTX_KIND_I64)
		dctxi_dump_number(d, i < 0 ? -(uint64_t)i : (uint64_t)i, i < 0);
	else if (value->kind <= DCTX_KIND_U64)
		dctxi_dump_number(d, value->as.u, false);
	else
		put_float(line, value);
	if (is_syslog(line))
		dctxi_dump_raw(d, "\"");
	d->form = DCTX_DUMP_JSON;
}

static void put_named(struct dctxi_line *line, const char *name)
{
	struct dctx_dumper *d = &line->d;
	bool first = d->len == 0;

	switch (line->style) {
	case DCTX_LOG_JSON:
		dctxi_dump_raw(d, first ? "" : ",");
		dctxi_dump_unit(d, "\"", 1);
		put_json(d,
			 (dctx_bytes){name, dctxi_utf8_cut(name, NAME_MAX_)});
		dctxi_dump_unit(d, "\":", 2);
		return;
	case DCTX_LOG_SYSLOG:
		dctxi_dump_raw(d, first ? "[" SD_ID " " : " ");
		put_name(line, name, SD_NAME_MAX, &in_sd_name);
		break;
	default:
		dctxi_dump_raw(d, first ? "" : " ");
		put_name(line, name, NAME_MAX_, &in_logfmt);
	}
	dctxi_dump_raw(d, "=");
}

void dctxi_line_add(struct dctxi_line *line, const char *name,
		    const struct dctxi_said *said)
{
	struct dctx_dumper *d = &line->d;
	size_t len = d->len, kept = d->kept;

	if (line->full) {
		line->left++;
		return;
	}
	put_named(line, name);
	if (said->is_text)
		put_text(line, said);
	else
		put_number(line, &said->value);
	if (d->len + strlen(line->end) > DCTX_LOG_BYTES) {
		line->full = true;
		line->left++;
		d->len = len;
		d->kept = kept;
	} else if (d->kept != d->len) {
		d->kept = kept;
	}
}

size_t dctxi_line_close(struct dctxi_line *line)
{
	struct dctx_dumper *d = &line->d;
	size_t end = strlen(line->end);

	if (d->kept > 0)
		memcpy(d->buf + d->kept, line->end, end + 1);
	else if (line->has_room)
		d->buf[0] = '\0';
	return d->len > 0 ? d->len + end : 0;
}
