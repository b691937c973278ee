/* SPDX-License-Identifier: MIT */
#include "data/utf8.h"

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Only the byte after the lead can make a sequence overlong, a surrogate or
 * more than U+10FFFF. */
static bool second_fits(unsigned char lead, unsigned char second)
{
	switch (lead) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return true;
	}
}

size_t dctxi_utf8_sequence(const void *text, size_t left)
{
	const unsigned char *s = text;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (len > left || !second_fits(s[0], s[1]))
		return 0;
	for (size_t i = 1; i < len; i++)
		if (!is_continuation(s[i]))
			return 0;
	return len;
}

size_t dctxi_utf8_subpart(const void *text, size_t left)
{
	const unsigned char *s = text;
	size_t len = 1, most = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] < 0xc2 || s[0] > 0xf4 || left < 2 || !second_fits(s[0], s[1]))
		return 1;
	while (len < left && len < most && is_continuation(s[len]))
		len++;
	return len;
}

static bool eight_are_ascii(const unsigned char *s)
{
	uint64_t word;

	memcpy(&word, s, sizeof word);
	return (word & DCTXI_NOT_ASCII) == 0;
}

bool dctxi_utf8_scan(const void *text, size_t len)
{
	const unsigned char *at = text;
	size_t step;

	for (;;) {
		for (; len >= 8 && eight_are_ascii(at); len -= 8)
			at += 8;
		if (len == 0)
			return true;
		step = dctxi_utf8_sequence(at, len);
		if (step == 0)
			return false;
		at += step;
		len -= step;
	}
}

size_t dctxi_utf8_cut(const char *text, size_t max)
{
	/* No object is larger, and gcc -flto complains of more. */
	size_t len = strnlen(text, max < PTRDIFF_MAX ? max : PTRDIFF_MAX);

	if (len < max)
		return len;
	/* `max` bytes are there, so the one after them may be looked at. */
	for (int i = 0; i < 3 && len > 0; i++, len--)
		if (!is_continuation((unsigned char)text[len]))
			break;
	return len;
}

size_t dctxi_utf8_whole(const void *text, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		const unsigned char *at = (const unsigned char *)text + len -
					  back;

		if ((*at & 0xc0) == 0xc0)
			return dctxi_utf8_sequence(at, back) == 0 ? len - back
								  : len;
	}
	return len;
}
