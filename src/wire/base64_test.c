/* SPDX-License-Identifier: MIT */
/*
 * Strictness is counted: of all texts of two and three characters exactly as
 * many are accepted as there are runs of one and two bytes, so each run has
 * one text. Buffers are blocks of exactly their size, for the sanitizers.
 */
#include <dctx/base64.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOTH(i) for (dctx_base64 i = DCTX_BASE64; i <= DCTX_BASE64_URL; i++)

static const char *const alphabet[2] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

static void *block(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	assert_non_null(p);
	return p;
}

/* Decodes a text of its own block; the bytes' number or -1 when refused. */
static int decoded(dctx_base64 a, const char *text, unsigned char out[8])
{
	size_t len = strlen(text), n = 99;
	char *copy = block(len);
	dctx_status status;

	memcpy(copy, text, len);
	status = dctx_base64_decode(a, copy, len, out, 8, &n);
	free(copy);
	if (status == DCTX_OK)
		return (int)n;
	assert_int_equal(status, DCTX_CORRUPT);
	assert_int_equal(n, 99);
	return -1;
}

static void the_vectors_of_rfc_4648_hold(void **state)
{
	static const char *const standard[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	static const char *const url[] = {
		"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"};

	(void)state;
	for (size_t n = 0; n <= 6; n++) {
		unsigned char back[8];
		char text[16];
		size_t len;

		assert_int_equal(dctx_base64_encode(DCTX_BASE64, "foobar", n,
						    text, sizeof text, &len),
				 DCTX_OK);
		assert_string_equal(text, standard[n]);
		assert_int_equal(len, strlen(text));
		assert_int_equal(decoded(DCTX_BASE64, text, back), n);
		assert_memory_equal(back, "foobar", n);
		assert_int_equal(dctx_base64_encode(DCTX_BASE64_URL, "foobar",
						    n, text, sizeof text, &len),
				 DCTX_OK);
		assert_string_equal(text, url[n]);
		assert_int_equal(len, strlen(text));
		assert_int_equal(decoded(DCTX_BASE64_URL, text, back), n);
		assert_memory_equal(back, "foobar", n);
	}
}

static void round_trip(dctx_base64 a, size_t n)
{
	unsigned char *data = block(n), *back = block(n);
	char text[DCTX_BASE64_SIZE(600)];
	size_t len, got;

	for (size_t i = 0; i < n; i++)
		data[i] = (unsigned char)(i * 167 + n);
	assert_int_equal(dctx_base64_encode(a, data, n, text, sizeof text,
					    &len),
			 DCTX_OK);
	assert_int_equal(strlen(text), len);
	got = strspn(text, alphabet[a]);
	assert_int_equal(got + strspn(text + got, a ? "" : "="), len);
	assert_int_equal(dctx_base64_decode(a, text, len, back, n, &got),
			 DCTX_OK);
	assert_int_equal(got, n);
	assert_memory_equal(back, data, n);
	/* In place: the text's memory becomes the bytes. */
	assert_int_equal(dctx_base64_decode(a, text, len, text, len, &got),
			 DCTX_OK);
	assert_memory_equal(text, data, n);
	free(data);
	free(back);
}

static void every_length_and_byte_comes_back(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 600; n++)
		BOTH(a)
			round_trip(a, n);
}

static void a_text_too_long_by_one_is_not_written(void **state)
{
	(void)state;
	BOTH(a)
		for (size_t n = 0; n <= 9; n++) {
			size_t full = 0, len = 0;
			char *text;

			assert_int_equal(dctx_base64_encode(a, "123456789", n,
							    NULL, 0, &full),
					 DCTX_TOO_SMALL);
			text = block(full + 1);
			assert_int_equal(dctx_base64_encode(a, "123456789", n,
							    text, full, &len),
					 DCTX_TOO_SMALL);
			assert_int_equal(len, full);
			assert_true(full < DCTX_BASE64_SIZE(n));
			assert_int_equal(dctx_base64_encode(a, "123456789", n,
							    text, full + 1,
							    NULL),
					 DCTX_OK);
			assert_int_equal(strlen(text), full);
			free(text);
		}
}

static void of_all_texts_of_two_and_three_256_and_65536_are_taken(void **state)
{
	(void)state;
	BOTH(a) {
		const char *of = alphabet[a], *pad = a ? "" : "=";
		unsigned char out[8];
		unsigned two = 0, three = 0;
		char text[8];

		for (unsigned i = 0; i < 64 * 64 * 64; i++) {
			char c[3] = {of[i & 63], of[i >> 6 & 63], of[i >> 12]};

			snprintf(text, sizeof text, "%c%c%s%s", c[0], c[1], pad,
				 pad);
			two += i < 64 * 64 && decoded(a, text, out) == 1;
			snprintf(text, sizeof text, "%c%c%c%s", c[0], c[1],
				 c[2], pad);
			three += decoded(a, text, out) == 2;
		}
		assert_int_equal(two, 256);
		assert_int_equal(three, 65536);
	}
}

/* Every byte at every place of a group, also '=' where no padding belongs. */
static void only_its_alphabet_is_taken_and_the_place_is_told(void **state)
{
	(void)state;
	BOTH(a)
		for (unsigned c = 0; c < 256; c++)
			for (size_t at = 0; at < 8; at++) {
				char text[8] = "AAAAAAAA";
				unsigned char out[6];
				bool ok = c != 0 && strchr(alphabet[a], (int)c);
				size_t len;

				/* The last place may hold padding. */
				if (at == 7 && c == '=')
					continue;
				text[at] = (char)c;
				assert_int_equal(dctx_base64_decode(
							 a, text, 8, out, 6,
							 &len),
						 ok ? DCTX_OK : DCTX_CORRUPT);
				if (!ok)
					assert_int_equal(
						dctx_last_error()->offset, at);
			}
}

static void padding_has_one_form_and_url_safe_texts_need_none(void **s)
{
	static const struct {
		const char *text;
		int standard, url;
	} cases[] = {
		{"", 0, 0},         {"QQ==", 1, 1},     {"QQ", -1, 1},
		{"QUI=", 2, 2},     {"QUI", -1, 2},     {"QUJD", 3, 3},
		{"QQ=", -1, -1},    {"QUI==", -1, -1},  {"QUJD=", -1, -1},
		{"QUJD==", -1, -1}, {"QUJD====", -1, -1}, {"Q", -1, -1},
		{"Q===", -1, -1},   {"Q=", -1, -1},     {"=", -1, -1},
		{"==", -1, -1},     {"===", -1, -1},    {"====", -1, -1},
		{"QUJDQ", -1, -1},  {"QQ==QQ==", -1, -1}, {"QQ=A", -1, -1},
		{"QR==", -1, -1},   {"QUJ=", -1, -1},   {"QR", -1, -1},
		{" QQ==", -1, -1},  {"QQ==\n", -1, -1}, {"QU JD", -1, -1},
		{"+/+/", 3, -1},    {"-_-_", -1, 3},    {"+_AA", -1, -1},
		{"-/AA", -1, -1},
	};
	unsigned char out[8];

	(void)s;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(decoded(DCTX_BASE64, cases[i].text, out),
				 cases[i].standard);
		assert_int_equal(decoded(DCTX_BASE64_URL, cases[i].text, out),
				 cases[i].url);
	}
}

static void a_refused_text_is_left_alone_in_place(void **state)
{
	char text[] = "QUJDQUJDQUJ*";
	size_t len = 7;

	(void)state;
	assert_int_equal(dctx_base64_decode(DCTX_BASE64, text, 12, text, 12,
					    &len),
			 DCTX_CORRUPT);
	assert_string_equal(text, "QUJDQUJDQUJ*");
	assert_int_equal(len, 7);
	assert_int_equal(dctx_last_error()->offset, 11);
	assert_string_equal(dctx_last_error()->what, "base64");
}

static void a_small_buffer_is_told_the_size_and_not_written(void **state)
{
	unsigned char out[3] = {1, 2, 3};
	size_t len = 0;

	(void)state;
	assert_int_equal(dctx_base64_decode(DCTX_BASE64, "QUJDRA==", 8, out, 3,
					    &len),
			 DCTX_TOO_SMALL);
	assert_int_equal(len, 4);
	assert_memory_equal(out, "\1\2\3", 3);
	len = 0;
	assert_int_equal(dctx_base64_decode(DCTX_BASE64, "QUJDRA==", 8, NULL, 0,
					    &len),
			 DCTX_TOO_SMALL);
	assert_int_equal(len, 4);
}

static void what_makes_no_sense_is_invalid(void **state)
{
	char text[8];
	size_t len;

	(void)state;
	assert_int_equal(dctx_base64_encode(DCTX_BASE64, NULL, 1, text, 8,
					    &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_base64_encode(DCTX_BASE64, "a", 1, NULL, 8, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_base64_encode((dctx_base64)2, "a", 1, text, 8,
					    &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_base64_encode(DCTX_BASE64, "a", SIZE_MAX, text, 8,
					    &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_base64_decode(DCTX_BASE64, NULL, 4, text, 8,
					    &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_base64_decode(DCTX_BASE64, "QUJD", 4, NULL, 8,
					    &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_base64_decode(DCTX_BASE64, "QUJD", 4, text, 8,
					    NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_base64_decode((dctx_base64)2, "QUJD", 4, text, 8,
					    &len),
			 DCTX_INVALID);
}

static void nothing_is_the_text_of_nothing(void **state)
{
	char text[1] = "x";
	size_t len = 9;

	(void)state;
	assert_int_equal(dctx_base64_encode(DCTX_BASE64, NULL, 0, text, 1,
					    &len),
			 DCTX_OK);
	assert_string_equal(text, "");
	assert_int_equal(len, 0);
	len = 9;
	assert_int_equal(dctx_base64_decode(DCTX_BASE64, NULL, 0, NULL, 0,
					    &len),
			 DCTX_OK);
	assert_int_equal(len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_hold),
		cmocka_unit_test(every_length_and_byte_comes_back),
		cmocka_unit_test(a_text_too_long_by_one_is_not_written),
		cmocka_unit_test(
			of_all_texts_of_two_and_three_256_and_65536_are_taken),
		cmocka_unit_test(
			only_its_alphabet_is_taken_and_the_place_is_told),
		cmocka_unit_test(
			padding_has_one_form_and_url_safe_texts_need_none),
		cmocka_unit_test(a_refused_text_is_left_alone_in_place),
		cmocka_unit_test(
			a_small_buffer_is_told_the_size_and_not_written),
		cmocka_unit_test(what_makes_no_sense_is_invalid),
		cmocka_unit_test(nothing_is_the_text_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
