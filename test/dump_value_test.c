/* SPDX-License-Identifier: MIT */
/*
 * dump_value_test.c - proves that a dump tells every value as it is, to people
 * and to a parser of JSON; and of keys without DCTX_LOG only what they are,
 * unless it was asked for all.
 */
#include "dumped.h"

#include <math.h>
#include <stdio.h>

DCTX_KEY_BOOL(k_bool, "bool", DCTX_LOG);
DCTX_KEY_I8(k_i8, "i8", DCTX_LOG);
DCTX_KEY_I64(k_i64, "i64", DCTX_LOG);
DCTX_KEY_U8(k_u8, "u8", DCTX_LOG);
DCTX_KEY_U64(k_u64, "u64", DCTX_LOG);
DCTX_KEY_F32(k_f32, "f32", DCTX_LOG);
DCTX_KEY_F64(k_f64, "f64", DCTX_LOG);
DCTX_KEY_STR(k_text, "text", DCTX_LOG);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOG);
DCTX_KEY_STR(k_secret, "secret", DCTX_LOCAL);
DCTX_KEY_U32(k_pin, "pin", DCTX_CLOSED);
DCTX_KEY_BYTES(k_seed, "seed", DCTX_LOCAL);

struct point {
	int x, y;
};

static size_t format_point(const void *value, char *buf, size_t size)
{
	const struct point *point = value;

	return (size_t)snprintf(buf, size, "%d;%d", point->x, point->y);
}

static const dctx_type point_type = {
	.struct_size = sizeof(dctx_type),
	.name = "point",
	.size = sizeof(struct point),
	.format = format_point,
};
DCTX_KEY_DECLARE_TYPE(k_point, struct point);
DCTX_KEY_TYPE(k_point, "point", struct point, &point_type, DCTX_LOG);
DCTX_KEY_DECLARE_TYPE(k_hidden, struct point);
DCTX_KEY_TYPE(k_hidden, "hidden", struct point, &point_type, DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOG);

static void set_all(void)
{
	struct point point = {3, -4};
	struct dctxt_thing thing = {.id = 1};

	dctx_set(k_bool, true);
	dctx_set(k_i8, -128);
	dctx_set(k_i64, INT64_C(-9007199254740991));
	dctx_set(k_u8, 255);
	dctx_set(k_u64, UINT64_C(9007199254740991));
	dctx_set(k_f32, 0.1f);
	dctx_set(k_f64, 1e300);
	dctx_set(k_text, "text");
	dctx_set(k_bytes, ((dctx_bytes){"\0\x7f\xff", 3}));
	dctx_set(k_secret, "hunter2");
	dctx_set(k_pin, 4711);
	dctx_set(k_seed, ((dctx_bytes){"\xab\xcd", 2}));
	dctx_set(k_point, &point);
	dctx_set(k_hidden, &point);
	dctx_set(k_thing, &thing);
}

static void check_value(const char *name, const char *want, unsigned flags)
{
	json_t *json = dctxt_store_dumped(flags);

	dctxt_check_member(json_object_get(json, "values"), name, want);
	json_decref(json);
}

static void every_kind_of_value_is_told(void **state)
{
	json_t *json, *values;

	(void)state;
	set_all();
	json = dctxt_store_dumped(0);
	values = json_object_get(json, "values");
	assert_int_equal(json_object_size(values), 15);
	dctxt_check_member(values, "bool", "true");
	dctxt_check_member(values, "i8", "-128");
	dctxt_check_member(values, "i64", "-9007199254740991");
	dctxt_check_member(values, "u8", "255");
	dctxt_check_member(values, "u64", "9007199254740991");
	dctxt_check_member(values, "text", "\"text\"");
	dctxt_check_member(values, "bytes",
			   "{\"kind\":\"bytes\",\"hex\":\"007fff\"}");
	dctxt_check_member(values, "point", "\"3;-4\"");
	dctxt_check_member(values, "thing",
			   "{\"kind\":\"type\",\"type\":\"thing\"}");
	assert_true(json_real_value(json_object_get(values, "f32")) == 0.1);
	assert_true(json_real_value(json_object_get(values, "f64")) == 1e300);
	json_decref(json);
}

static void text_has_a_value_a_line(void **state)
{
	(void)state;
	set_all();
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "\nvalues:\n"
			       "  bool: true\n"
			       "  i8: -128\n"
			       "  i64: -9007199254740991\n"
			       "  u8: 255\n"
			       "  u64: 9007199254740991\n"
			       "  f32: 0.1\n"
			       "  f64: 1e+300\n"
			       "  text: \"text\"\n"
			       "  bytes: <bytes 007fff>\n"
			       "  secret: <str, 7 bytes>\n"
			       "  pin: <u32>\n"
			       "  seed: <bytes, 2 bytes>\n"
			       "  point: \"3;-4\"\n"
			       "  hidden: <point>\n"
			       "  thing: <thing>\n"));
}

static void what_is_not_to_be_logged_is_not_told(void **state)
{
	json_t *json, *values;

	(void)state;
	set_all();
	json = dctxt_dumped(0);
	values = json_object_get(json_object_get(json, "context"), "values");
	dctxt_check_member(values, "secret", "{\"kind\":\"str\",\"length\":7}");
	dctxt_check_member(values, "pin", "{\"kind\":\"u32\"}");
	dctxt_check_member(values, "seed", "{\"kind\":\"bytes\",\"length\":2}");
	dctxt_check_member(values, "hidden",
			   "{\"kind\":\"type\",\"type\":\"point\"}");
	json_decref(json);
	assert_null(strstr(dctxt_dump, "hunter2"));
	assert_null(strstr(dctxt_dump, "4711"));
	assert_null(strstr(dctxt_dump, "abcd"));
	assert_null(strstr(dctxt_dump_text(0), "hunter2"));
	assert_null(strstr(dctxt_dump, "4711"));
	assert_null(strstr(dctxt_dump, "abcd"));
}

static void all_values_are_told_when_asked_for(void **state)
{
	(void)state;
	set_all();
	check_value("secret", "\"hunter2\"", DCTX_DUMP_VALUES);
	check_value("pin", "4711", DCTX_DUMP_VALUES);
	check_value("hidden", "\"3;-4\"", DCTX_DUMP_VALUES);
	assert_non_null(strstr(dctxt_store_dump_text(DCTX_DUMP_VALUES),
			       "  seed: <bytes abcd>\n"));
}

/* 2^53 and what is past it are rounded or refused by some reader. */
static void integers_that_readers_round_are_strings(void **state)
{
	(void)state;
	dctx_set(k_u64, UINT64_C(9007199254740992));
	check_value("u64", "\"9007199254740992\"", 0);
	dctx_set(k_u64, UINT64_MAX);
	check_value("u64", "\"18446744073709551615\"", 0);
	dctx_set(k_i64, INT64_MIN);
	check_value("i64", "\"-9223372036854775808\"", 0);
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "  i64: -9223372036854775808\n"
			       "  u64: 18446744073709551615\n"));
}

static void floats_that_are_no_numbers_are_strings(void **state)
{
	(void)state;
	dctx_set(k_f64, (double)NAN);
	check_value("f64", "\"nan\"", 0);
	dctx_set(k_f64, (double)INFINITY);
	check_value("f64", "\"inf\"", 0);
	dctx_set(k_f32, -INFINITY);
	check_value("f32", "\"-inf\"", 0);
	assert_non_null(strstr(dctxt_store_dump_text(0), "f32: -inf\n"));
}

/* Few digits where few do, and never too few. */
static void a_float_reads_back_as_it_was(void **state)
{
	static const double values[] = {
		0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, 2.5e22, -0.0};
	json_t *json, *got;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		dctx_set(k_f64, values[i]);
		json = dctxt_store_dumped(0);
		got = json_object_get(json_object_get(json, "values"), "f64");
		assert_true(json_number_value(got) == values[i]);
		json_decref(json);
	}
	dctx_set(k_f64, 0.1);
	dctx_set(k_f32, 1.0f / 3);
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "  f32: 0.33333334\n  f64: 0.1\n"));
}

static void a_removed_key_is_told_and_an_absent_one_is_not(void **state)
{
	json_t *json;

	(void)state;
	dctx_unset(k_secret);
	dctx_set(k_text, "");
	json = dctxt_store_dumped(0);
	dctxt_check_member(json, "values", "{\"text\":\"\",\"secret\":null}");
	json_decref(json);
	assert_non_null(strstr(dctxt_store_dump_text(0),
			       "\nvalues:\n  text: \"\"\n"
			       "  secret: <removed>\n"));
}

static void what_is_false_or_above_zero_is_told_too(void **state)
{
	(void)state;
	dctx_set(k_bool, false);
	check_value("bool", "false", 0);
	dctx_set(k_i64, 5);
	check_value("i64", "5", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_kind_of_value_is_told),
		DCTXT_TEST(text_has_a_value_a_line),
		DCTXT_TEST(what_is_not_to_be_logged_is_not_told),
		DCTXT_TEST(all_values_are_told_when_asked_for),
		DCTXT_TEST(integers_that_readers_round_are_strings),
		DCTXT_TEST(floats_that_are_no_numbers_are_strings),
		DCTXT_TEST(a_float_reads_back_as_it_was),
		DCTXT_TEST(a_removed_key_is_told_and_an_absent_one_is_not),
		DCTXT_TEST(what_is_false_or_above_zero_is_told_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
