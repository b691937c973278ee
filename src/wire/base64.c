/* SPDX-License-Identifier: MIT */
/*
 * base64.c - RFC 4648, both alphabets, and one text for each run of bytes.
 *
 * A text is judged whole before a byte is written, so that one that is refused
 * leaves the buffer alone even when the buffer is the text. Decoding in place
 * works because three bytes are written only when four characters were read.
 */
#include <dctx/base64.h>

#include "data/fail.h"

#include <string.h>

static const char alphabets[2][65] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

/* A character's six bits, and above them which alphabets have it. */
#define STANDARD 0x40
#define URL_SAFE 0x80

static const unsigned char digits[256] = {
	['A'] = 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8,
	0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1,
	0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9,
	['a'] = 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xe1, 0xe2,
	0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb,
	0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf2, 0xf3,
	['0'] = 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd,
	['+'] = STANDARD | 62, ['/'] = STANDARD | 63,
	['-'] = URL_SAFE | 62, ['_'] = URL_SAFE | 63,
};

static unsigned digit(char c)
{
	return digits[(unsigned char)c];
}

/* Characters for `len` bytes, without padding for the URL-safe alphabet. */
static size_t text_size(dctx_base64 alphabet, size_t len)
{
	if (alphabet == DCTX_BASE64)
		return DCTX_BASE64_SIZE(len) - 1;
	return len / 3 * 4 + (len % 3 != 0 ? len % 3 + 1 : 0);
}

/* The one or two bytes after the last group of three. */
static char *put_rest(const char *of, const unsigned char *at, size_t n,
		      char *to)
{
	unsigned bits = (unsigned)at[0] << 16;

	if (n == 2)
		bits |= (unsigned)at[1] << 8;
	*to++ = of[bits >> 18];
	*to++ = of[bits >> 12 & 63];
	if (n == 2)
		*to++ = of[bits >> 6 & 63];
	return to;
}

static void put_text(const char *of, const unsigned char *at, size_t len,
		     char *to, char *end)
{
	for (; len >= 3; at += 3, len -= 3) {
		unsigned bits = (unsigned)at[0] << 16 | (unsigned)at[1] << 8 |
				at[2];

		*to++ = of[bits >> 18];
		*to++ = of[bits >> 12 & 63];
		*to++ = of[bits >> 6 & 63];
		*to++ = of[bits & 63];
	}
	if (len > 0)
		to = put_rest(of, at, len, to);
	memset(to, '=', (size_t)(end - to));
	*end = '\0';
}

/* Signal-safe, and so a failure is not noted for dctx_last_error. */
dctx_status dctx_base64_encode(dctx_base64 alphabet, const void *data,
			       size_t len, char *text, size_t size,
			       size_t *out_len)
{
	size_t need;

	if ((data == NULL && len > 0) || (text == NULL && size > 0) ||
	    (unsigned)alphabet > DCTX_BASE64_URL || len > SIZE_MAX / 4 * 3 - 3)
		return DCTX_INVALID;
	need = text_size(alphabet, len);
	if (out_len != NULL)
		*out_len = need;
	if (need >= size)
		return DCTX_TOO_SMALL;
	put_text(alphabets[alphabet], data, len, text, text + need);
	return DCTX_OK;
}

/* The number of characters before the padding. */
static size_t without_padding(const char *text, size_t len)
{
	for (int i = 0; i < 2 && len > 0 && text[len - 1] == '='; i++)
		len--;
	return len;
}

/* Whether the bits that a last, incomplete group does not use are 0. */
static bool rest_is_clean(const char *text, size_t n)
{
	unsigned unused = n % 4 == 2 ? 0x0f : n % 4 == 3 ? 0x03 : 0;

	return unused == 0 || (digit(text[n - 1]) & unused) == 0;
}

/* Finds what is wrong with a text of `n` characters and padding up to `len`.
 * Returns: its place, or SIZE_MAX when all is well. */
static size_t first_fault(dctx_base64 alphabet, const char *text, size_t n,
			  size_t len)
{
	unsigned has = alphabet == DCTX_BASE64 ? STANDARD : URL_SAFE;

	for (size_t i = 0; i < n; i++)
		if (!(digit(text[i]) & has))
			return i;
	if (n % 4 == 1)
		return n - 1;
	if (!rest_is_clean(text, n))
		return n - 1;
	if (len % 4 != 0 && (alphabet == DCTX_BASE64 || n != len))
		return len;
	return SIZE_MAX;
}

static void put_bytes(const char *at, size_t n, unsigned char *to)
{
	for (; n >= 4; at += 4, n -= 4) {
		unsigned bits = (digit(at[0]) & 63) << 18 |
				(digit(at[1]) & 63) << 12 |
				(digit(at[2]) & 63) << 6 | (digit(at[3]) & 63);

		*to++ = (unsigned char)(bits >> 16);
		*to++ = (unsigned char)(bits >> 8);
		*to++ = (unsigned char)bits;
	}
	if (n >= 2) {
		unsigned bits = (digit(at[0]) & 63) << 10 |
				(digit(at[1]) & 63) << 4;

		if (n == 3)
			bits |= (digit(at[2]) & 63) >> 2;
		*to++ = (unsigned char)(bits >> 8);
		if (n == 3)
			*to = (unsigned char)bits;
	}
}

dctx_status dctx_base64_decode(dctx_base64 alphabet, const char *text,
			       size_t len, void *buf, size_t size,
			       size_t *out_len)
{
	size_t n, need, fault;

	if ((text == NULL && len > 0) || (buf == NULL && size > 0) ||
	    out_len == NULL || (unsigned)alphabet > DCTX_BASE64_URL)
		return dctxi_fail(DCTX_INVALID, "base64");
	n = without_padding(text, len);
	fault = first_fault(alphabet, text, n, len);
	if (fault != SIZE_MAX)
		return dctxi_fail_at(DCTX_CORRUPT, "base64", fault);
	need = n / 4 * 3 + (n % 4 != 0 ? n % 4 - 1 : 0);
	*out_len = need;
	if (need > size)
		return dctxi_fail(DCTX_TOO_SMALL, "base64");
	put_bytes(text, n, buf);
	return DCTX_OK;
}
