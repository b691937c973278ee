/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* The bytes of the character that begins here; 0: none does. The Unicode
 * Standard, table 3-7. */
static size_t char_len(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (left < len)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static size_t bad_count(const unsigned char *s, size_t len)
{
	size_t bad = 0;

	for (size_t i = 0; i < len;) {
		const size_t n = char_len(s + i, len - i);

		bad += n == 0;
		i += n != 0 ? n : 1;
	}
	return bad;
}

ProtobufCBinaryData dctxi_otlp_utf8(struct arena *arena, const void *text,
				    size_t len)
{
	const unsigned char *s = text;
	const size_t bad = bad_count(s, len);
	ProtobufCBinaryData out = {0, NULL};

	if (bad == 0) /* protobuf-c only reads it */
		return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)text};
	out.data = dctxi_otlp_take(arena, len + 2 * bad);
	for (size_t i = 0; i < len && out.data != NULL;) {
		const size_t n = char_len(s + i, len - i);

		if (n != 0)
			memcpy(out.data + out.len, s + i, n);
		else
			memcpy(out.data + out.len, REPLACEMENT, 3);
		out.len += n != 0 ? n : 3;
		i += n != 0 ? n : 1;
	}
	return out;
}

ProtobufCBinaryData dctxi_otlp_utf8_of(struct arena *arena, const char *text)
{
	if (text == NULL)
		return (ProtobufCBinaryData){0, NULL};
	return dctxi_otlp_utf8(arena, text, strlen(text));
}

size_t dctxi_otlp_utf8_put(unsigned char *out, unsigned long c)
{
	const size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
		memcpy(out, REPLACEMENT, 3);
		return 3;
	}
	for (size_t i = len; i-- > 1; c >>= 6)
		out[i] = (unsigned char)(0x80 | (c & 0x3f));
	out[0] = (unsigned char)(first[len] | c);
	return len;
}
