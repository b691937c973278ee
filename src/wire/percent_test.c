/* SPDX-License-Identifier: MIT */
/*
 * Every text comes back; what is decoded is UTF-8, whatever was coded, with as
 * many U+FFFD as Unicode's own table has. Buffers are blocks of exactly their
 * size, for the sanitizers.
 */
#include "wire/percent.h"

#include "data/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define R "\xef\xbf\xbd"

static void *block(const void *bytes, size_t len)
{
	void *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

static void check(const char *coded, const char *plain, size_t plain_len,
		  size_t lone, size_t no_utf8)
{
	size_t len = strlen(coded);
	char *from = block(coded, len), *to = block(coded, len);
	struct dctxi_percent made =
		dctxi_percent_decode((dctx_bytes){from, len}, to);

	assert_int_equal(made.len, plain_len);
	assert_memory_equal(to, plain, plain_len);
	assert_int_equal(made.lone, lone);
	assert_int_equal(made.no_utf8, no_utf8);
	free(from);
	free(to);
}

#define DECODES(coded, plain)                                                  \
	check((coded), (plain), sizeof(plain) - 1, SIZE_MAX, SIZE_MAX)
#define LONE(coded, plain, at)                                                 \
	check((coded), (plain), sizeof(plain) - 1, (at), SIZE_MAX)
#define NO_UTF8(coded, plain, at)                                              \
	check((coded), (plain), sizeof(plain) - 1, SIZE_MAX, (at))

static void digits_of_either_case_decode_and_a_plus_stays(void **state)
{
	(void)state;
	DECODES("", "");
	DECODES("abc", "abc");
	DECODES("%41%4a%4A", "AJJ");
	DECODES("a+b%2Bc", "a+b+c");
	DECODES("DF%2028", "DF 28");
	DECODES("Am%C3%A9lie", "Am\xc3\xa9lie");
	DECODES("%e2%82%ac%F0%9f%98%80", "\xe2\x82\xac\xf0\x9f\x98\x80");
	DECODES("%00%25%2525", "\0%%25");
	DECODES("%22%2C%3B%5C", "\",;\\");
}

static void a_percent_without_two_digits_stands_for_itself(void **state)
{
	(void)state;
	LONE("%", "%", 0);
	LONE("a%", "a%", 1);
	LONE("%4", "%4", 0);
	LONE("%zz", "%zz", 0);
	LONE("%4g%41", "%4gA", 0);
	LONE("%%41", "%A", 0);
	LONE("100%", "100%", 3);
	LONE("1%,%2%", "1%,%2%", 1);
	LONE("%41%", "A%", 3);
	check("%ff%", R "%", 4, 3, 0);
	check("%c3%zz", R "%zz", 6, 3, 0);
}

/* Unicode 15, 3.9: tables 3-8 to 3-11, and ends of the text. */
static void what_is_no_utf8_is_replaced_by_stretches(void **state)
{
	(void)state;
	NO_UTF8("%ff", R, 0);
	NO_UTF8("a%80b", "a" R "b", 1);
	NO_UTF8("%c0%af", R R, 0);
	NO_UTF8("%c3", R, 0);
	NO_UTF8("%c3a", R "a", 0);
	NO_UTF8("%e2%82", R, 0);
	NO_UTF8("%e2%82a", R "a", 0);
	NO_UTF8("%e2a%82", R "a" R, 0);
	NO_UTF8("%ed%a0%80", R R R, 0);
	NO_UTF8("%f0%80%80%41", R R R "A", 0);
	NO_UTF8("%f0%9f%98", R, 0);
	NO_UTF8("%f0%9f%c3%a9", R "\xc3\xa9", 0);
	NO_UTF8("%f4%91%92%93%ff%41%80%bf%42", R R R R R "A" R R "B", 0);
	NO_UTF8("%e1%80%e2%f0%91%92%f1%bf%41", R R R R "A", 0);
	NO_UTF8("%c3%a9%80", "\xc3\xa9" R, 6);
}

/* For those whose texts may be raw. */
static void raw_bytes_are_held_against_utf8_too(void **state)
{
	static const char coded[] = "\xc3%a9\xc3\xff";
	char out[3 * sizeof coded];
	struct dctxi_percent made = dctxi_percent_decode(
		(dctx_bytes){coded, sizeof coded - 1}, out);

	(void)state;
	assert_int_equal(made.len, 8);
	assert_memory_equal(out, "\xc3\xa9" R R, 8);
}

/* A text with others in it from a place on. */
static const char *with(size_t at, const char *other)
{
	static const char hex[] = "0123456789abcdef0123456789abcdef";
	static char text[128];

	snprintf(text, sizeof text, "%.*s%s%s", (int)at, hex, other, &hex[at]);
	return text;
}

static void what_is_coded_may_stand_anywhere(void **state)
{
	char plain[128];

	(void)state;
	for (size_t at = 0; at <= 32; at++) {
		strcpy(plain, with(at, "\xc3\xa9"));
		check(with(at, "%C3%A9"), plain, 34, SIZE_MAX, SIZE_MAX);
		check(with(at, "\xc3\xa9"), plain, 34, SIZE_MAX, SIZE_MAX);
		strcpy(plain, with(at, "%"));
		check(with(at, "%25"), plain, 33, SIZE_MAX, SIZE_MAX);
		strcpy(plain, with(at, "%x"));
		check(plain, plain, 34, at, SIZE_MAX);
		strcpy(plain, with(at, "\xef\xbf\xbd"));
		check(with(at, "%FF"), plain, 35, SIZE_MAX, at);
	}
}

static void encode(const char *text, size_t len, char *out, size_t *out_len)
{
	size_t size = dctxi_percent_size((dctx_bytes){text, len});
	char *exact = block(NULL, 0), *end;

	exact = realloc(exact, size > 0 ? size : 1);
	assert_non_null(exact);
	end = dctxi_percent_encode((dctx_bytes){text, len}, exact);
	assert_int_equal(end - exact, size);
	memcpy(out, exact, size);
	*out_len = size;
	free(exact);
}

static void only_what_must_be_is_coded(void **state)
{
	static const char text[] = "a b,c;d\\e\"f%g=h\x7f\xc3\xa9\n/+";
	static const char coded[] = "a%20b%2Cc%3Bd%5Ce%22f%25g=h%7F%C3%A9%0A/+";
	char out[256];
	size_t len;

	(void)state;
	encode(text, sizeof text - 1, out, &len);
	assert_int_equal(len, sizeof coded - 1);
	assert_memory_equal(out, coded, len);
}

static void every_byte_comes_back(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x110000; c += c < 0x400 ? 1 : 0x3f1) {
		char text[4], coded[12], back[12];
		size_t n = 0, len;

		if (c < 0x80) {
			text[n++] = (char)c;
		} else if (c < 0x800) {
			text[n++] = (char)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			text[n++] = (char)(0xe0 | c >> 12);
			text[n++] = (char)(0x80 | (c >> 6 & 63));
		} else {
			text[n++] = (char)(0xf0 | c >> 18);
			text[n++] = (char)(0x80 | (c >> 12 & 63));
			text[n++] = (char)(0x80 | (c >> 6 & 63));
		}
		if (c >= 0x80)
			text[n++] = (char)(0x80 | (c & 63));
		if (!dctxi_utf8_valid(text, n))
			continue;
		encode(text, n, coded, &len);
		for (size_t i = 0; i < len; i++)
			assert_true(coded[i] > 0x20 && coded[i] < 0x7f &&
				    !strchr("\",;\\", coded[i]));
		len = dctxi_percent_decode((dctx_bytes){coded, len}, back).len;
		assert_int_equal(len, n);
		assert_memory_equal(back, text, n);
	}
}

static void a_text_is_as_long_as_its_bytes(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++)
		for (size_t at = 0; at < 35; at++) {
			char text[35], one = (char)byte;
			size_t size = dctxi_percent_size((dctx_bytes){&one, 1});

			memset(text, 'x', sizeof text);
			text[at] = one;
			assert_int_equal(dctxi_percent_size((dctx_bytes){
						 text, sizeof text}),
					 sizeof text - 1 + size);
		}
}

static void a_text_is_coded_in_place_from_the_end_of_its_room(void **state)
{
	char room[64];
	dctx_bytes text = {"a \xc3\xa9 b", 6};
	size_t size = dctxi_percent_size(text);

	(void)state;
	memcpy(room + size - text.len, text.data, text.len);
	text.data = room + size - text.len;
	assert_ptr_equal(dctxi_percent_encode(text, room), room + size);
	assert_memory_equal(room, "a%20%C3%A9%20b", size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_of_either_case_decode_and_a_plus_stays),
		cmocka_unit_test(
			a_percent_without_two_digits_stands_for_itself),
		cmocka_unit_test(what_is_no_utf8_is_replaced_by_stretches),
		cmocka_unit_test(raw_bytes_are_held_against_utf8_too),
		cmocka_unit_test(what_is_coded_may_stand_anywhere),
		cmocka_unit_test(only_what_must_be_is_coded),
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(a_text_is_as_long_as_its_bytes),
		cmocka_unit_test(
			a_text_is_coded_in_place_from_the_end_of_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
