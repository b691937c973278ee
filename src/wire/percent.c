/* SPDX-License-Identifier: MIT */
#include "wire/percent.h"

#include "data/utf8.h"
#include "wire/baggage_class.h"

size_t dctxi_percent_size(dctx_bytes text)
{
	const unsigned char *at = text.data;
	size_t size = text.len;

	for (size_t i = 0; i < text.len; i++)
		if (!dctxi_is_plain(at[i]))
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

/* Some octets that begin with one that is not ASCII: a character, or what
 * stands in place of one. Returns how many characters of the coded text they
 * took. */
static size_t sequence(struct coded from, char **out, bool *out_valid)
{
	size_t width[4], n = 0, len, took = 0;
	unsigned char octets[4];

	while (n < 4 && octet(from, &octets[n], &width[n]))
		from.at += width[n++];
	len = dctxi_utf8_sequence(octets, n);
	*out_valid = len > 0;
	if (len > 0) {
		memcpy(*out, octets, len);
		*out += len;
	} else {
		memcpy(*out, "\xef\xbf\xbd", 3);
		*out += 3;
		len = dctxi_utf8_subpart(octets, n);
	}
	for (size_t i = 0; i < len; i++)
		took += width[i];
	return took;
}

struct dctxi_percent dctxi_percent_decode(dctx_bytes coded, char *out)
{
	const unsigned char *start = coded.data;
	struct dctxi_percent made = {0, SIZE_MAX, SIZE_MAX};
	struct coded from = {start, start + coded.len};
	char *to = out;
	unsigned char c;
	size_t width;
	bool valid;

	while (octet(from, &c, &width)) {
		if (c >= 0x80) {
			size_t offset = (size_t)(from.at - start);

			from.at += sequence(from, &to, &valid);
			if (!valid && made.no_utf8 == SIZE_MAX)
				made.no_utf8 = offset;
			continue;
		}
		if (c == '%' && width == 1 && made.lone == SIZE_MAX)
			made.lone = (size_t)(from.at - start);
		*to++ = (char)c;
		from.at += width;
	}
	made.len = (size_t)(to - out);
	return made;
}
