/* SPDX-License-Identifier: MIT */
#include "wire/percent.h"

#include "data/utf8.h"
#include "wire/octet.h"

#include <string.h>

static bool are_plain(const unsigned char *sixteen)
{
	dctxi_sixteen v = dctxi_sixteen_at(sixteen);

	return dctxi_sixteen_first(dctxi_are_not_plain(v)) == 16;
}

size_t dctxi_percent_size(dctx_bytes text)
{
	const unsigned char *at = text.data, *end = at + text.len;
	size_t size = text.len;

	while (end - at >= 16 && are_plain(at))
		at += 16;
	for (; at < end; at++)
		if (!dctxi_is_plain(*at))
			size += 2;
	return size;
}

char *dctxi_percent_encode(dctx_bytes text, char *out)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *at = text.data;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = at[i];

		if (dctxi_is_plain(c)) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '%';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 15];
	}
	return out;
}

/* A hex digit's value; 16 and more for what is none. */
static unsigned digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10u : 16;
}

/* What decodes, from somewhere on. */
struct coded {
	const unsigned char *at, *end;
};

/* One octet, and how many characters it takes; false at the end. A lone % is
 * an octet like others. */
static bool octet(struct coded from, unsigned char *out, size_t *out_width)
{
	unsigned high, low;

	if (from.at == from.end)
		return false;
	*out = *from.at;
	*out_width = 1;
	if (*from.at != '%' || from.end - from.at < 3)
		return true;
	high = digit(from.at[1]);
	low = digit(from.at[2]);
	if (high > 15 || low > 15)
		return true;
	*out = (unsigned char)(high << 4 | low);
	*out_width = 3;
	return true;
}

/* What is decoded, and where it goes: NULL for who only looks. */
struct decoding {
	struct coded from;
	char *out;
	struct dctxi_percent made;
};

static void put(struct decoding *d, const void *text, size_t len)
{
	if (d->out != NULL)
		memcpy(d->out + d->made.len, text, len);
	d->made.len += len;
}

/* Some octets that begin with one that is not ASCII: a character, or what
 * stands in place of one; false for that. */
static bool sequence(struct decoding *d)
{
	size_t width[4], n = 0, len;
	struct coded ahead = d->from;
	unsigned char octets[4];
	bool valid;

	while (n < 4 && octet(ahead, &octets[n], &width[n]))
		ahead.at += width[n++];
	len = dctxi_utf8_sequence(octets, n);
	valid = len > 0;
	if (valid) {
		put(d, octets, len);
	} else {
		put(d, "\xef\xbf\xbd", 3);
		len = dctxi_utf8_subpart(octets, n);
	}
	for (size_t i = 0; i < len; i++)
		d->from.at += width[i];
	return valid;
}

/* Octets that stand for themselves, as most do: ASCII, and no %. The first one
 * does. */
static void plain(struct decoding *d)
{
	const unsigned char *start = d->from.at, *at = start,
			    *end = d->from.end;
	size_t run = 16;

	for (; run == 16 && end - at >= 16; at += run) {
		dctxi_sixteen v = dctxi_sixteen_at(at);

		run = dctxi_sixteen_first((v < 0) | (v == '%'));
	}
	if (run == 16)
		while (at < end && *at < 0x80 && *at != '%')
			at++;
	put(d, start, (size_t)(at - start));
	d->from.at = at;
}

struct dctxi_percent dctxi_percent_decode(dctx_bytes coded, char *out)
{
	const unsigned char *start = coded.data;
	struct decoding d = {
		{start, start + coded.len}, out, {0, SIZE_MAX, SIZE_MAX}};
	unsigned char c;
	size_t width;

	while (octet(d.from, &c, &width)) {
		size_t offset = (size_t)(d.from.at - start);

		if (c >= 0x80) {
			if (!sequence(&d) && d.made.no_utf8 == SIZE_MAX)
				d.made.no_utf8 = offset;
			continue;
		}
		if (c != '%' && width == 1) {
			plain(&d);
			continue;
		}
		if (width == 1 && d.made.lone == SIZE_MAX)
			d.made.lone = offset;
		put(&d, &c, 1);
		d.from.at += width;
	}
	return d.made;
}
