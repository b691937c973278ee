/* SPDX-License-Identifier: MIT */
/*
 * What is UTF-8 is decided a second time here, from the code points: every
 * scalar value encodes to a valid text, and no other one- to four-byte
 * sequence is one. Placing each in front of, amid and behind ASCII proves that
 * the eight-byte stride misses none.
 */
#include "data/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The sequence of a code point, surrogates and too-large ones included. */
static size_t encode(uint32_t c, size_t len, unsigned char *out)
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	if (len == 1) {
		out[0] = (unsigned char)c;
		return 1;
	}
	for (size_t i = len - 1; i > 0; i--, c >>= 6)
		out[i] = (unsigned char)(0x80 | (c & 0x3f));
	out[0] = (unsigned char)(lead[len] | c);
	return len;
}

static size_t shortest(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static bool is_scalar(uint32_t c)
{
	return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static void every_scalar_value_is_valid_and_nothing_else_is(void **state)
{
	unsigned char text[4];

	(void)state;
	for (uint32_t c = 0; c < 0x200000; c++) {
		size_t len = encode(c, shortest(c), text);

		if (dctxi_utf8_valid(text, len) != is_scalar(c))
			fail_msg("U+%04X", c);
	}
}

static void overlong_forms_are_refused(void **state)
{
	unsigned char text[4];

	(void)state;
	for (uint32_t c = 0; c < 0x10000; c++)
		for (size_t len = shortest(c) + 1; len <= 4; len++)
			if (dctxi_utf8_valid(text, encode(c, len, text)))
				fail_msg("U+%04X in %zu bytes", c, len);
}

static void of_single_bytes_only_ascii_is_valid(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		unsigned char byte = (unsigned char)c;

		assert_int_equal(dctxi_utf8_valid(&byte, 1), c < 0x80);
	}
}

/* What a pair may be, said in another way than the code says it. */
static void two_bytes_are_valid_only_as_the_table_says(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		unsigned char a = (unsigned char)(pair >> 8);
		unsigned char b = (unsigned char)pair;
		unsigned char text[2] = {a, b};
		bool ascii = a < 0x80 && b < 0x80;
		bool two = a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf;

		assert_int_equal(dctxi_utf8_valid(text, 2), ascii || two);
	}
}

static void a_lead_takes_no_less_and_no_more_than_its_tail(void **state)
{
	static const uint32_t points[] = {0x80, 0x7ff, 0x800, 0xffff, 0x10000,
					  0x10ffff};
	unsigned char text[5];

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		size_t len = encode(points[i], shortest(points[i]), text);

		for (size_t cut = 1; cut < len; cut++)
			assert_false(dctxi_utf8_valid(text, cut));
		text[len] = 0x80;
		assert_false(dctxi_utf8_valid(text, len + 1));
		for (size_t at = 1; at < len; at++) {
			unsigned char kept = text[at];

			text[at] = kept & 0x7f;
			assert_false(dctxi_utf8_valid(text, len));
			text[at] = kept | 0xc0;
			assert_false(dctxi_utf8_valid(text, len));
			text[at] = kept;
		}
	}
}

/* A block of exactly `len` bytes, so that a sanitizer sees one too many. */
static unsigned char *ascii(size_t len)
{
	unsigned char *text = malloc(len > 0 ? len : 1);

	assert_non_null(text);
	memset(text, 'a', len);
	return text;
}

static void a_character_is_judged_alike_at_every_place(void **state)
{
	(void)state;
	for (size_t len = 4; len <= 40; len++) {
		unsigned char *text = ascii(len);

		assert_true(dctxi_utf8_valid(text, len));
		for (size_t at = 0; at + 4 <= len; at++) {
			memcpy(text + at, "\xf0\x9f\x98\x80", 4);
			assert_true(dctxi_utf8_valid(text, len));
			memcpy(text + at, "\xed\xa0\x80", 3);
			assert_false(dctxi_utf8_valid(text, len));
			memset(text + at, 'a', 4);
		}
		text[len - 1] = 0xc3;
		assert_false(dctxi_utf8_valid(text, len));
		free(text);
	}
}

static void nothing_is_valid_and_a_nul_is_a_character(void **state)
{
	(void)state;
	assert_true(dctxi_utf8_valid(NULL, 0));
	assert_true(dctxi_utf8_valid("", 0));
	assert_true(dctxi_utf8_valid("a\0b", 3));
	assert_true(dctxi_utf8_valid("\0\0\0\0\0\0\0\0\0", 9));
	assert_false(dctxi_utf8_valid("\0\xff", 2));
}

static void a_cut_ends_between_two_characters(void **state)
{
	/* a, U+E9, U+20AC, U+1F600, z: borders at 0 1 3 6 10 11 */
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	static const size_t cut[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

	(void)state;
	for (size_t max = 0; max < sizeof(cut) / sizeof(*cut); max++)
		assert_int_equal(dctxi_utf8_cut(text, max), cut[max]);
	assert_int_equal(dctxi_utf8_cut(text, SIZE_MAX), 11);
	assert_int_equal(dctxi_utf8_cut("", 0), 0);
	assert_int_equal(dctxi_utf8_cut("", 5), 0);
}

static void a_cut_of_what_is_no_text_ends_too(void **state)
{
	(void)state;
	assert_int_equal(dctxi_utf8_cut("\x80\x80\x80\x80\x80\x80", 5), 2);
	assert_int_equal(dctxi_utf8_cut("\x80\x80\x80", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_scalar_value_is_valid_and_nothing_else_is),
		cmocka_unit_test(overlong_forms_are_refused),
		cmocka_unit_test(of_single_bytes_only_ascii_is_valid),
		cmocka_unit_test(two_bytes_are_valid_only_as_the_table_says),
		cmocka_unit_test(
			a_lead_takes_no_less_and_no_more_than_its_tail),
		cmocka_unit_test(a_character_is_judged_alike_at_every_place),
		cmocka_unit_test(nothing_is_valid_and_a_nul_is_a_character),
		cmocka_unit_test(a_cut_ends_between_two_characters),
		cmocka_unit_test(a_cut_of_what_is_no_text_ends_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
