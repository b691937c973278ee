/* SPDX-License-Identifier: MIT */
/*
 * Every kind's values are written and read again, at the ends of their ranges
 * and past them, and in a locale whose point is a comma. Texts are blocks of
 * exactly their size, for the sanitizers.
 */
#include "wire/literal.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static dctx_key key_of(uint32_t kind)
{
	return (dctx_key){.kind = kind, .name = "key"};
}

/* Reads a text from a block of its own, which is gone then. */
static dctx_status read_as(uint32_t kind, const char *text, dctx_any *out)
{
	const dctx_key key = key_of(kind);
	size_t len = strlen(text);
	struct dctxi_literal read;
	char *copy = malloc(len > 0 ? len : 1);
	dctx_status status;

	assert_non_null(copy);
	memcpy(copy, text, len);
	errno = 0;
	status = dctxi_literal_read(&key, (dctx_bytes){copy, len}, NULL, 0,
				    &read);
	assert_int_equal(errno, 0);
	free(copy);
	if (status == DCTX_OK) {
		*out = read.value;
		assert_int_equal(out->kind, kind);
		assert_null(read.object);
	}
	return status;
}

static void comes_back(const dctx_any *value, const char *text)
{
	char exact[64], small[64];
	dctx_any back;
	size_t len = dctxi_literal_write(value, exact, sizeof exact);

	assert_string_equal(exact, text);
	assert_int_equal(len, strlen(text));
	assert_int_equal(dctxi_literal_write(value, NULL, 0), len);
	assert_int_equal(dctxi_literal_write(value, small, len), len);
	assert_true(strlen(small) < len);
	assert_int_equal(dctxi_literal_write(value, small, len + 1), len);
	assert_string_equal(small, text);
	assert_int_equal(read_as(value->kind, text, &back), DCTX_OK);
	if (value->kind == DCTX_KIND_BOOL)
		assert_int_equal(back.as.b, value->as.b);
	else
		assert_true(back.as.u == value->as.u);
}

static void integers_come_back_at_the_ends_of_their_ranges(void **state)
{
	static const struct {
		uint32_t kind;
		int64_t least;
		uint64_t most;
		const char *least_text, *most_text, *below, *above;
	} kinds[] = {
		{DCTX_KIND_I8, INT8_MIN, INT8_MAX, "-128", "127", "-129",
		 "128"},
		{DCTX_KIND_I16, INT16_MIN, INT16_MAX, "-32768", "32767",
		 "-32769", "32768"},
		{DCTX_KIND_I32, INT32_MIN, INT32_MAX, "-2147483648",
		 "2147483647", "-2147483649", "2147483648"},
		{DCTX_KIND_I64, INT64_MIN, INT64_MAX, "-9223372036854775808",
		 "9223372036854775807", "-9223372036854775809",
		 "9223372036854775808"},
		{DCTX_KIND_U8, 0, UINT8_MAX, "0", "255", "", "256"},
		{DCTX_KIND_U16, 0, UINT16_MAX, "0", "65535", "", "65536"},
		{DCTX_KIND_U32, 0, UINT32_MAX, "0", "4294967295", "",
		 "4294967296"},
		{DCTX_KIND_U64, 0, UINT64_MAX, "0", "18446744073709551615", "",
		 "18446744073709551616"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		uint32_t kind = kinds[i].kind;
		dctx_any least = {.kind = (dctx_kind)kind}, most = least, got;

		least.as.i = kinds[i].least;
		most.as.u = kinds[i].most;
		comes_back(&least, kinds[i].least_text);
		comes_back(&most, kinds[i].most_text);
		assert_int_equal(read_as(kind, kinds[i].above, &got),
				 DCTX_LIMIT);
		if (kinds[i].below[0] != '\0')
			assert_int_equal(read_as(kind, kinds[i].below, &got),
					 DCTX_LIMIT);
		else
			assert_int_equal(read_as(kind, "-1", &got),
					 DCTX_CORRUPT);
	}
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const texts[] = {"",	   "-",	  "+1",	 " 1",
					    "1 ",  "1.0", "1e2", "0x1",
					    "--1", "1-",  "a",	 "1a"};
	char zeros[140];
	dctx_any got;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (uint32_t k = DCTX_KIND_I8; k <= DCTX_KIND_U64; k++)
			assert_int_equal(read_as(k, texts[i], &got),
					 DCTX_CORRUPT);
	assert_int_equal(read_as(DCTX_KIND_U8, "-0", &got), DCTX_CORRUPT);
	assert_int_equal(read_as(DCTX_KIND_I8, "-0", &got), DCTX_OK);
	assert_int_equal(read_as(DCTX_KIND_U8, "007", &got), DCTX_OK);
	assert_int_equal(got.as.u, 7);
	for (size_t n = 127; n <= 129; n++) {
		memset(zeros, '0', n);
		zeros[n] = '\0';
		assert_int_equal(read_as(DCTX_KIND_U8, zeros, &got),
				 n <= 128 ? DCTX_OK : DCTX_CORRUPT);
		assert_int_equal(read_as(DCTX_KIND_F64, zeros, &got),
				 n <= 128 ? DCTX_OK : DCTX_CORRUPT);
	}
	memset(zeros, '9', 30);
	zeros[30] = '\0';
	assert_int_equal(read_as(DCTX_KIND_U64, zeros, &got), DCTX_LIMIT);
}

static void bools_are_words(void **state)
{
	dctx_any yes = {.kind = DCTX_KIND_BOOL, .as.b = true}, no = yes, got;
	static const char *const texts[] = {"",	  "True", "yes",   "2",
					    "01", "t",	  "true ", "falsetto"};

	(void)state;
	no.as.b = false;
	comes_back(&yes, "true");
	comes_back(&no, "false");
	assert_int_equal(read_as(DCTX_KIND_BOOL, "1", &got), DCTX_OK);
	assert_true(got.as.b);
	assert_int_equal(read_as(DCTX_KIND_BOOL, "0", &got), DCTX_OK);
	assert_false(got.as.b);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(read_as(DCTX_KIND_BOOL, texts[i], &got),
				 DCTX_CORRUPT);
}

static void floats_come_back_as_short_as_they_can(void **state)
{
	static const struct {
		double f;
		const char *text;
	} f64[] =
		{
			{0, "0"},
			{-0.0, "-0"},
			{0.1, "0.1"},
			{1.0 / 3, "0.3333333333333333"},
			{-1.5, "-1.5"},
			{1e300, "1e+300"},
			{1e-7, "1e-07"},
			{DBL_MAX, "1.7976931348623157e+308"},
			{5e-324, "5e-324"},
			{DBL_MIN, "2.2250738585072014e-308"},
			{0.1 + 0.2, "0.30000000000000004"},
			{(double)INFINITY, "inf"},
			{-(double)INFINITY, "-inf"},
			{9007199254740993.0, "9007199254740992"},
		},
	  f32[] = {
		  {(double)0.1f, "0.1"},
		  {(double)FLT_MAX, "3.4028235e+38"},
		  {(double)1e-45f, "1e-45"},
		  {(double)16777216.0f, "16777216"},
		  {(double)(1.0f / 3), "0.33333334"},
	  };

	(void)state;
	for (size_t i = 0; i < sizeof f64 / sizeof *f64; i++)
		comes_back(&(dctx_any){.kind = DCTX_KIND_F64, .as.f = f64[i].f},
			   f64[i].text);
	for (size_t i = 0; i < sizeof f32 / sizeof *f32; i++)
		comes_back(&(dctx_any){.kind = DCTX_KIND_F32, .as.f = f32[i].f},
			   f32[i].text);
}

static void random_floats_come_back(void **state)
{
	uint64_t bits = 88172645463325252;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		dctx_any value = {.kind = DCTX_KIND_F64}, got;
		char text[64];

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		value.as.u = bits;
		if (isnan(value.as.f) || isinf(value.as.f))
			continue;
		dctxi_literal_write(&value, text, sizeof text);
		assert_int_equal(read_as(DCTX_KIND_F64, text, &got), DCTX_OK);
		assert_true(got.as.u == bits);
		value.kind = DCTX_KIND_F32;
		value.as.f = (double)(float)value.as.f;
		if (isinf(value.as.f))
			continue;
		dctxi_literal_write(&value, text, sizeof text);
		assert_int_equal(read_as(DCTX_KIND_F32, text, &got), DCTX_OK);
		assert_true(got.as.u == value.as.u);
	}
}

static void what_is_no_float_is_refused(void **state)
{
	static const char *const texts[] = {
		"",    ".",	 "-",	  "-.",	 "e1",	 ".e1",
		"1e",  "1e+",	 "+1",	  " 1",	 "1 ",	 "0x1p3",
		"1,5", "1..",	 "1.2.3", "Inf", "+inf", "infinity",
		"NaN", "nan(1)", "-nan",  "1f",	 "1e1.5"};
	static const char *const good[] = {"1.",   ".5",   "-.5",   "1E2",
					   "1e-2", "1e+2", "00.10", "1e-999"};
	dctx_any got;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(read_as(DCTX_KIND_F64, texts[i], &got),
				 DCTX_CORRUPT);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(read_as(DCTX_KIND_F64, good[i], &got),
				 DCTX_OK);
	assert_int_equal(read_as(DCTX_KIND_F64, "1e309", &got), DCTX_LIMIT);
	assert_int_equal(read_as(DCTX_KIND_F32, "1e39", &got), DCTX_LIMIT);
	assert_int_equal(read_as(DCTX_KIND_F64, "1e39", &got), DCTX_OK);
	assert_int_equal(read_as(DCTX_KIND_F64, "nan", &got), DCTX_OK);
	assert_true(isnan(got.as.f));
}

/* Where the machine has one. */
static void a_locale_with_a_comma_changes_nothing(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8",
					    "fr_FR.UTF-8", "de_DE"};
	dctx_any half = {.kind = DCTX_KIND_F64, .as.f = -1234.5}, got;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (setlocale(LC_NUMERIC, names[i]) != NULL)
			break;
	comes_back(&half, "-1234.5");
	assert_int_equal(read_as(DCTX_KIND_F64, "-1234,5", &got), DCTX_CORRUPT);
	assert_int_equal(read_as(DCTX_KIND_F32, "1.", &got), DCTX_OK);
	assert_true(got.as.f == 1);
	setlocale(LC_NUMERIC, "C");
}

static void texts_are_views_of_what_was_read(void **state)
{
	const dctx_key key = key_of(DCTX_KIND_STR);
	dctx_any got, value = {.kind = DCTX_KIND_STR, .as.bytes = {"a\0b", 3}};
	struct dctxi_literal read;
	dctx_bytes text = {"h\xc3\xa9", 3}, bad = {"a\0b", 3};
	char buf[4];

	(void)state;
	assert_int_equal(dctxi_literal_read(&key, text, NULL, 0, &read),
			 DCTX_OK);
	assert_ptr_equal(read.value.as.bytes.data, text.data);
	assert_int_equal(read.value.as.bytes.len, 3);
	assert_int_equal(read_as(DCTX_KIND_STR, "\xc3", &got), DCTX_CORRUPT);
	assert_int_equal(dctxi_literal_read(&key, bad, NULL, 0, &read),
			 DCTX_CORRUPT);
	assert_int_equal(
		dctxi_literal_read(&key, (dctx_bytes){NULL, 0}, NULL, 0, &read),
		DCTX_OK);
	assert_int_equal(read.value.as.bytes.len, 0);
	assert_int_equal(dctxi_literal_write(&value, buf, 4), 3);
	assert_int_equal(dctxi_literal_write(&value, NULL, 0), 3);
	assert_memory_equal(buf, "a\0b", 4);
}

static void bytes_are_base64_of_either_alphabet(void **state)
{
	const dctx_key key = key_of(DCTX_KIND_BYTES);
	dctx_any value = {.kind = DCTX_KIND_BYTES,
			  .as.bytes = {"\xfb\xff\0", 3}};
	const char *const texts[] = {"+/8A", "-_8A"};
	struct dctxi_literal read;
	char buf[8], place[] = "QQ";
	unsigned char room[3];

	(void)state;
	assert_int_equal(dctxi_literal_write(&value, buf, sizeof buf), 4);
	assert_string_equal(buf, "+/8A");
	assert_int_equal(dctxi_literal_write(&value, buf, 4), 4);
	assert_string_equal(buf, "");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(dctxi_literal_read(&key,
						    (dctx_bytes){texts[i], 4},
						    room, 3, &read),
				 DCTX_OK);
		assert_int_equal(read.value.as.bytes.len, 3);
		assert_memory_equal(room, "\xfb\xff\0", 3);
		assert_int_equal(dctxi_literal_read(&key,
						    (dctx_bytes){texts[i], 4},
						    room, 2, &read),
				 DCTX_TOO_SMALL);
	}
	assert_int_equal(dctxi_literal_read(&key, (dctx_bytes){"+_8A", 4}, room,
					    3, &read),
			 DCTX_CORRUPT);
	/* In its own memory. */
	assert_int_equal(dctxi_literal_read(&key, (dctx_bytes){place, 2}, place,
					    2, &read),
			 DCTX_OK);
	assert_memory_equal(read.value.as.bytes.data, "A", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			integers_come_back_at_the_ends_of_their_ranges),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(bools_are_words),
		cmocka_unit_test(floats_come_back_as_short_as_they_can),
		cmocka_unit_test(random_floats_come_back),
		cmocka_unit_test(what_is_no_float_is_refused),
		cmocka_unit_test(a_locale_with_a_comma_changes_nothing),
		cmocka_unit_test(texts_are_views_of_what_was_read),
		cmocka_unit_test(bytes_are_base64_of_either_alphabet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
