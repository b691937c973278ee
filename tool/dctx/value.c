/* SPDX-License-Identifier: MIT */
/*
 * value.c - as bincode has them: integers and floats in their width, little
 * endian; texts and bytes behind their length.
 */
#include "value.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void put(struct text *out, uint64_t bits, size_t width)
{
	for (size_t i = 0; i < width; i++)
		text_char(out, (char)(bits >> (8 * i) & 0xff));
}

/* A number may be copied to have a NUL behind it; none is so long. */
struct digits {
	char text[64];
};

static bool digits_of(dctx_bytes text, struct digits *out)
{
	if (text.len == 0 || text.len >= sizeof out->text ||
	    memchr(text.data, '\0', text.len) != NULL ||
	    strchr(" \t\r\n\f\v", *(const char *)text.data) != NULL)
		return false;
	memcpy(out->text, text.data, text.len);
	out->text[text.len] = '\0';
	return true;
}

static int base_of(const char *digits)
{
	digits += *digits == '-' || *digits == '+';
	return digits[0] == '0' && (digits[1] | 32) == 'x' ? 16 : 10;
}

static bool put_signed(dctx_bytes text, size_t width, struct text *out)
{
	int64_t most =
		width == 8 ? INT64_MAX : ((int64_t)1 << (8 * width - 1)) - 1;
	struct digits digits;
	long long number;
	char *end;

	if (!digits_of(text, &digits))
		return false;
	errno = 0;
	number = strtoll(digits.text, &end, base_of(digits.text));
	if (errno != 0 || *end != '\0' || number > most || number < -most - 1)
		return false;
	put(out, (uint64_t)number, width);
	return true;
}

static bool put_unsigned(dctx_bytes text, size_t width, struct text *out)
{
	struct digits digits;
	unsigned long long number;
	char *end;

	if (!digits_of(text, &digits) || digits.text[0] == '-')
		return false;
	errno = 0;
	number = strtoull(digits.text, &end, base_of(digits.text));
	if (errno != 0 || *end != '\0' ||
	    (width < 8 && number >> (8 * width) != 0))
		return false;
	put(out, number, width);
	return true;
}

/* What is too large is none; "inf" is. What is too small is the nearest. */
static bool put_float(dctx_bytes text, size_t width, struct text *out)
{
	struct digits digits;
	uint64_t bits;
	uint32_t bits32;
	double number;
	float number32;
	char *end;

	if (!digits_of(text, &digits))
		return false;
	errno = 0;
	if (width == 8) {
		number = strtod(digits.text, &end);
		memcpy(&bits, &number, sizeof bits);
	} else {
		number = number32 = strtof(digits.text, &end);
		memcpy(&bits32, &number32, sizeof bits32);
		bits = bits32;
	}
	if (*end != '\0' || (errno == ERANGE && isinf(number)))
		return false;
	put(out, bits, width);
	return true;
}

static bool put_bool(dctx_bytes text, size_t width, struct text *out)
{
	bool is_true = text.len == 4 && memcmp(text.data, "true", 4) == 0;

	if (!is_true && (text.len != 5 || memcmp(text.data, "false", 5) != 0))
		return false;
	put(out, is_true, width);
	return true;
}

static bool put_str(dctx_bytes text, size_t width, struct text *out)
{
	put(out, text.len, width);
	text_add(out, text.data, text.len);
	return true;
}

static bool put_hex(dctx_bytes text, size_t width, struct text *out)
{
	put(out, text.len / 2, width);
	if (!unhex(text.data, text.len, text_room(out, text.len / 2)))
		return false;
	out->len += text.len / 2;
	return true;
}

static const struct {
	const char *name;
	bool (*put)(dctx_bytes text, size_t width, struct text *out);
	size_t width;
} kinds[] = {
	{"bool", put_bool, 1},	  {"i8", put_signed, 1},
	{"i16", put_signed, 2},	  {"i32", put_signed, 4},
	{"i64", put_signed, 8},	  {"u8", put_unsigned, 1},
	{"u16", put_unsigned, 2}, {"u32", put_unsigned, 4},
	{"u64", put_unsigned, 8}, {"f32", put_float, 4},
	{"f64", put_float, 8},	  {"str", put_str, 8},
	{"bytes", put_hex, 8},	  {"hex", put_hex, 0},
};

const char *value_read(const char *kind, dctx_bytes text, struct text *out)
{
	text_add(out, "", 0);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, kind) == 0)
			return kinds[i].put(text, kinds[i].width, out)
				       ? NULL
				       : "the value is none of its kind";
	return "there is no such kind";
}
