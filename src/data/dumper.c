/* SPDX-License-Identifier: MIT */
#include "data/dumper.h"

#include "data/utf8.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The integers that every reader of JSON takes as they are. */
#define JSON_EXACT ((UINT64_C(1) << 53) - 1)

static const char hex[] = "0123456789abcdef";

void dctxi_dump_unit(struct dctx_dumper *d, const char *unit, size_t n)
{
	/* Until something did not fit, `len` is less than a `size` above 0. */
	if (d->kept == d->len && n < d->size - d->len) {
		memcpy(d->buf + d->len, unit, n);
		d->kept += n;
	}
	d->len += n;
}

static void put(struct dctx_dumper *d, const char *unit, size_t n)
{
	dctxi_dump_unit(d, unit, n);
}

void dctxi_dump_raw(struct dctx_dumper *d, const char *ascii)
{
	put(d, ascii, strlen(ascii));
}

static void put_u16(struct dctx_dumper *d, unsigned code)
{
	char unit[6] = {'\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15],
			hex[code >> 4 & 15], hex[code & 15]};

	put(d, unit, sizeof unit);
}

static void put_x8(struct dctx_dumper *d, unsigned code)
{
	char unit[4] = {'\\', 'x', hex[code >> 4], hex[code & 15]};

	put(d, unit, sizeof unit);
}

/* The letter that stands for an ASCII character after a backslash; 0: none. */
static char letter_of(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\': return (char)c;
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return 0;
	}
}

static void put_ascii(struct dctx_dumper *d, unsigned char c)
{
	char escape[2] = {'\\', letter_of(c)};

	if (escape[1] != 0)
		put(d, escape, 2);
	else if (c >= 0x20 && c < 0x7f)
		put(d, (const char *)&c, 1);
	else if (dctxi_dump_is_json(d))
		put_u16(d, c);
	else
		put_x8(d, c);
}

/* Characters that a terminal or an editor obeys instead of showing: controls,
 * ends of lines, directions. All are below U+10000. */
static bool is_obeyed(unsigned code)
{
	return (code >= 0x80 && code <= 0x9f) || code == 0xad ||
	       code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

/* The code of a sequence of two or three bytes; any of four is shown. */
static unsigned code_of(const unsigned char *at, size_t len)
{
	if (len == 2)
		return (at[0] & 31u) << 6 | (at[1] & 63u);
	if (len == 3)
		return (at[0] & 15u) << 12 | (at[1] & 63u) << 6 |
		       (at[2] & 63u);
	return 0x10000;
}

unsigned dctxi_dump_obeyed(const void *at, size_t len)
{
	unsigned code = code_of(at, len);

	return is_obeyed(code) ? code : 0;
}

static void put_sequence(struct dctx_dumper *d, const unsigned char *at,
			 size_t len)
{
	unsigned code = dctxi_dump_obeyed(at, len);

	if (code != 0)
		put_u16(d, code);
	else
		put(d, (const char *)at, len);
}

void dctxi_dump_escaped(struct dctx_dumper *d, const void *text, size_t len)
{
	const unsigned char *at = text;
	size_t step;

	for (; len > 0; at += step, len -= step) {
		step = dctxi_utf8_sequence(at, len);
		if (step == 1) {
			put_ascii(d, *at);
		} else if (step > 1) {
			put_sequence(d, at, step);
		} else {
			step = 1;
			if (dctxi_dump_is_json(d))
				put_u16(d, 0xfffd);
			else
				put_x8(d, *at);
		}
	}
}

void dctxi_dump_quoted(struct dctx_dumper *d, const void *text, size_t len)
{
	put(d, "\"", 1);
	dctxi_dump_escaped(d, text, len);
	put(d, "\"", 1);
}

void dctxi_dump_number(struct dctx_dumper *d, uint64_t v, bool minus)
{
	bool quoted = dctxi_dump_is_json(d) && v > JSON_EXACT;
	char unit[24], *at = unit + sizeof unit;

	if (quoted)
		*--at = '"';
	do
		*--at = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	if (minus)
		*--at = '-';
	if (quoted)
		*--at = '"';
	put(d, at, (size_t)(unit + sizeof unit - at));
}

size_t dctxi_dump_stop(char *text)
{
	char *to = text;

	for (const char *at = text; *at != '\0'; at++) {
		if (strchr("0123456789+-e", *at) != NULL)
			*to++ = *at;
		else if (to == text || to[-1] != '.')
			*to++ = '.';
	}
	return (size_t)(to - text);
}

void dctxi_dump_float(struct dctx_dumper *d, double v, bool is_f32)
{
	int digits = is_f32 ? 6 : 15, last = is_f32 ? 9 : 17, saved = errno;
	double least = is_f32 ? (double)FLT_MIN : DBL_MIN;
	char text[64];
	double back;

	if (isnan(v) || isinf(v)) {
		dctxi_dump_raw(d, dctxi_dump_is_json(d) ? "\"" : "");
		dctxi_dump_raw(d, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		dctxi_dump_raw(d, dctxi_dump_is_json(d) ? "\"" : "");
		return;
	}
	/* The fewest digits that read back as the same: so many always tell
	 * numbers apart, but for those below the smallest normal one. */
	if (v < least && v > -least)
		digits = 1;
	do {
		snprintf(text, sizeof text, "%.*g", digits, v);
		back = strtod(text, NULL);
		if (is_f32)
			back = (double)(float)back;
	} while (back != v && ++digits <= last);
	put(d, text, dctxi_dump_stop(text));
	errno = saved;
}

static bool in_list(const struct dctx_dumper *d)
{
	return d->lists >> d->depth & 1;
}

static void indent(struct dctx_dumper *d)
{
	for (unsigned i = 0; i < d->depth; i++)
		put(d, "  ", 2);
}

/* Whether a name can stand in text without quotes. */
static bool is_plain(const char *name)
{
	const char *at = name;

	while ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
	       (*at >= '0' && *at <= '9') || (*at != 0 && strchr("_-./", *at)))
		at++;
	return *at == '\0' && at != name;
}

static void put_name(struct dctx_dumper *d, const char *name)
{
	if (name == NULL)
		name = "";
	if (!dctxi_dump_is_json(d) && is_plain(name))
		dctxi_dump_raw(d, name);
	else
		dctxi_dump_quoted(d, name, strlen(name));
	put(d, ":", 1);
}

static void end_line(struct dctx_dumper *d)
{
	if (d->line)
		put(d, "\n", 1);
	d->line = false;
}

/* What stands before a member's value, or in text before its own members. */
static void begin_member(struct dctx_dumper *d, const char *name)
{
	if (dctxi_dump_is_json(d) || d->line)
		put(d, ",", d->begun);
	else
		indent(d);
	d->begun = true;
	if (!in_list(d))
		put_name(d, name);
	else if (!dctxi_dump_is_json(d) && !d->line)
		put(d, "-", 1);
}

bool dctxi_dump_name(struct dctx_dumper *d, const char *name)
{
	if (d->beyond > 0)
		return false;
	begin_member(d, name);
	if (!dctxi_dump_is_json(d))
		put(d, " ", 1);
	return true;
}

void dctxi_dump_done(struct dctx_dumper *d)
{
	if (!dctxi_dump_is_json(d) && !d->line)
		put(d, "\n", 1);
}

static void begin(struct dctx_dumper *d, const char *name, bool list)
{
	if (d->beyond > 0) {
		d->beyond++;
		return;
	}
	end_line(d);
	begin_member(d, name);
	if (dctxi_dump_is_json(d))
		put(d, list ? "[" : "{", 1);
	else if (!list)
		put(d, "\n", 1);
	d->line = list && !dctxi_dump_is_json(d);
	d->depth++;
	d->lists = (d->lists & ~(UINT64_C(1) << d->depth)) |
		   (uint64_t)list << d->depth;
	d->begun = false;
	/* The deepest is written, and what would stand in it is not. */
	if (d->depth == DCTXI_DUMP_DEPTH)
		d->beyond = 1;
}

static void end(struct dctx_dumper *d)
{
	if (d->beyond > 1) {
		d->beyond--;
		return;
	}
	d->beyond = 0;
	end_line(d);
	if (dctxi_dump_is_json(d))
		put(d, in_list(d) ? "]" : "}", 1);
	d->depth--;
	d->begun = true;
}

void dctx_dump_begin(dctx_dumper *d, const char *name)
{
	begin(d, name, false);
}

void dctx_dump_begin_list(dctx_dumper *d, const char *name)
{
	begin(d, name, true);
}

void dctx_dump_end(dctx_dumper *d)
{
	if (d->depth > d->floor)
		end(d);
}

void dctxi_dump_end_to(struct dctx_dumper *d, unsigned depth)
{
	while (d->depth > depth)
		end(d);
}

void dctxi_dump_open(struct dctx_dumper *d, dctx_dump_form form, unsigned flags,
		     char *buf, size_t size)
{
	*d = (struct dctx_dumper){
		.buf = buf, .size = size, .form = form, .flags = flags};
	if (dctxi_dump_is_json(d))
		put(d, "{", 1);
}

size_t dctxi_dump_close(struct dctx_dumper *d)
{
	dctxi_dump_end_to(d, 0);
	if (dctxi_dump_is_json(d))
		put(d, "}", 1);
	if (d->size > 0)
		d->buf[d->kept] = '\0';
	return d->len;
}

void dctx_dump_text(dctx_dumper *d, const char *name, const char *text)
{
	if (!dctxi_dump_name(d, name))
		return;
	if (text != NULL)
		dctxi_dump_quoted(d, text, strlen(text));
	else
		dctxi_dump_raw(d, "null");
	dctxi_dump_done(d);
}

void dctx_dump_u64(dctx_dumper *d, const char *name, uint64_t v)
{
	if (!dctxi_dump_name(d, name))
		return;
	dctxi_dump_number(d, v, false);
	dctxi_dump_done(d);
}

void dctx_dump_i64(dctx_dumper *d, const char *name, int64_t v)
{
	if (!dctxi_dump_name(d, name))
		return;
	dctxi_dump_number(d, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
	dctxi_dump_done(d);
}

void dctx_dump_f64(dctx_dumper *d, const char *name, double v)
{
	if (!dctxi_dump_name(d, name))
		return;
	dctxi_dump_float(d, v, false);
	dctxi_dump_done(d);
}

void dctx_dump_bool(dctx_dumper *d, const char *name, bool v)
{
	if (!dctxi_dump_name(d, name))
		return;
	dctxi_dump_raw(d, v ? "true" : "false");
	dctxi_dump_done(d);
}

unsigned dctx_dump_flags(const dctx_dumper *d)
{
	return d->flags;
}
