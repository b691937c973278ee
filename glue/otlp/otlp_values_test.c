/* SPDX-License-Identifier: MIT */
/*
 * otlp_values_test.c - proves that a context's values come out of their line of
 * JSON as what they were, and that no line, whatever it says, is read past its
 * end or lost.
 */
#include "utf8.h"
#include "values.h"

#include "kit.h"

#include <locale.h>
#include <stdlib.h>

static struct arena arena;
static struct attributes all;

static int end(void **state)
{
	dctxi_otlp_give_back(&arena);
	return dctxt_end(state);
}
#define TEST(f) cmocka_unit_test_setup_teardown(f, dctxt_begin, end)

/* From memory of just that size, for who looks past its end. */
static void read_line(const char *json)
{
	char *copy = dctxi_otlp_take_text(&arena, json, strlen(json));

	all = (struct attributes){.arena = &arena};
	assert_non_null(copy);
	dctxi_otlp_add_values(&all, copy);
}

static const Otlp__AnyValue *value(const char *name)
{
	for (size_t i = 0; i < all.n; i++)
		if (all.list[i]->key.len == strlen(name) &&
		    memcmp(all.list[i]->key.data, name, strlen(name)) == 0)
			return all.list[i]->value;
	return NULL;
}

static void says_bytes(const char *name, const char *text, size_t len)
{
	const Otlp__AnyValue *v = value(name);

	assert_non_null(v);
	assert_int_equal(v->value_case, OTLP__ANY_VALUE__VALUE_STRING_VALUE);
	assert_int_equal(v->string_value.len, len);
	assert_memory_equal(v->string_value.data, text, len);
}

static void says(const char *name, const char *text)
{
	says_bytes(name, text, strlen(text));
}

static void counts(const char *name, int64_t number)
{
	assert_non_null(value(name));
	assert_int_equal(value(name)->value_case,
			 OTLP__ANY_VALUE__VALUE_INT_VALUE);
	assert_int_equal(value(name)->int_value, number);
}

static void measures(const char *name, double number)
{
	assert_non_null(value(name));
	assert_int_equal(value(name)->value_case,
			 OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE);
	assert_true(value(name)->double_value == number);
}

static void each_value_is_what_it_was(void **state)
{
	(void)state;
	read_line("\"id\":\"r-1\",\"n\":-7,\"most\":9223372036854775807,"
		  "\"least\":-9223372036854775808 , \"yes\":true,\"no\":false,"
		  "\"nil\":null,\"f\":0.25,\"e\":1e3,"
		  "\"past\":18446744073709551615,\"empty\":\"\"");
	says("id", "r-1");
	counts("n", -7);
	counts("most", INT64_MAX);
	counts("least", INT64_MIN);
	assert_int_equal(value("yes")->value_case,
			 OTLP__ANY_VALUE__VALUE_BOOL_VALUE);
	assert_true(value("yes")->bool_value);
	assert_false(value("no")->bool_value);
	assert_null(value("nil"));
	measures("f", 0.25);
	measures("e", 1000);
	says("past", "18446744073709551615");
	says("empty", "");
	assert_int_equal(all.n, 10);
}

static void texts_are_read_as_json_has_them(void **state)
{
	(void)state;
	read_line("\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
		  "\"b\":\"\\u00e9\\u65e5\\ud83c\\udf0d\","
		  "\"c\":\"\\ud83c!\",\"d\":\"\\udf0d\",\"e\":\"\\u0000.\","
		  "\"k\\u0065y\":\"v\",\"g\":\"Am\xc3\xa9lie\"");
	says("a", "\"\\/\b\f\n\r\t");
	says("b", "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x8c\x8d");
	says("c", "\xef\xbf\xbd!");
	says("d", "\xef\xbf\xbd");
	says_bytes("e", "\0.", 2);
	says("key", "v");
	says("g", "Am\xc3\xa9lie");
}

static void what_is_nested_stays_as_it_is_written(void **state)
{
	(void)state;
	read_line("\"l\":[1,[2],\"]\"],\"m\":{\"a\":\"}\\\"\"},\"x\":1");
	says("l", "[1,[2],\"]\"]");
	says("m", "{\"a\":\"}\\\"\"}");
	counts("x", 1);
}

static void nothing_is_nothing(void **state)
{
	(void)state;
	read_line("");
	assert_int_equal(all.n, 0);
	read_line("  ");
	assert_int_equal(all.n, 0);
}

static void a_line_that_is_no_json_is_told_as_it_is(void **state)
{
	static const char *const bad[] = {
		"plain text",	   "\"a\"",
		"\"a\":",	   "\"a\":\"",
		"\"a\":\"\\",	   "\"a\":\"\\u12\"",
		"\"a\":\"\\x\"",   "\"a\":[",
		"\"a\":[\"",	   "\"a\":tru",
		"\"a\":1 2",	   "\"a\":1\"b\":2",
		"{\"a\":1}",	   "\"a\":nul",
		"\"a\" \"b\"",	   "\"",
		"\"a\":{\"b\":[}", "\"a\":\"\\u",
		"\"a\":-",	   "\"a\":1-2",
		"\"a\":1.e",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		read_line(bad[i]);
		says("dctx.values", bad[i]);
	}
}

/* Every beginning of a line is a line. */
static void a_line_may_end_anywhere(void **state)
{
	static const char line[] =
		"\"a\":\"\\u00e9\\ud83c\\udf0d\\n\",\"b\":[{\"c\":\"d\\\"\"}],"
		"\"e\":-1.5e-3,\"f\":true,\"g\":null";
	char *part;

	(void)state;
	for (size_t len = 0; len < sizeof line; len++) {
		part = strndup(line, len);
		read_line(part);
		assert_true(len == 0 || all.n > 0);
		free(part);
	}
	assert_null(value("dctx.values"));
}

static void the_first_of_a_name_counts(void **state)
{
	(void)state;
	read_line("\"a\":1,\"a\":2,\"\":3");
	counts("a", 1);
	assert_int_equal(all.n, 1);
}

static void numbers_are_read_in_any_locale(void **state)
{
	const char *before = setlocale(LC_NUMERIC, NULL);
	char *kept = strdup(before);

	(void)state;
	/* Where there is one with another point. */
	(void)(setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL ||
	       setlocale(LC_NUMERIC, "de_DE") != NULL);
	read_line("\"f\":1.5");
	measures("f", 1.5);
	(void)setlocale(LC_NUMERIC, kept);
	free(kept);
}

static void clean(const char *text, const char *expected)
{
	const ProtobufCBinaryData is =
		dctxi_otlp_utf8(&arena, text, strlen(text));

	assert_int_equal(is.len, strlen(expected));
	assert_memory_equal(is.data, expected, is.len);
}

/* The Unicode Standard, table 3-7: first and last of each row, and beside. */
static void characters_are_those_of_unicode(void **state)
{
	static const char *const good[] = {
		"",
		"\x7f",
		"\xc2\x80\xdf\xbf",
		"\xe0\xa0\x80\xe0\xbf\xbf\xe1\x80\x80\xec\xbf\xbf",
		"\xed\x80\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
		"\xf0\x90\x80\x80\xf0\xbf\xbf\xbf\xf1\x80\x80\x80",
		"\xf3\xbf\xbf\xbf\xf4\x80\x80\x80\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xdf",
					  "\xc2\x7f",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xe1\x80",
					  "\xe1\x80\xc0",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xf1\x80\x80",
					  "\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		clean(good[i], good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const ProtobufCBinaryData is =
			dctxi_otlp_utf8(&arena, bad[i], strlen(bad[i]));

		assert_true(is.len >= 3);
		assert_memory_equal(is.data, "\xef\xbf\xbd", 3);
	}
	clean("a\xff"
	      "b\xe1\x80",
	      "a\xef\xbf\xbd"
	      "b\xef\xbf\xbd\xef\xbf\xbd");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_value_is_what_it_was),
		TEST(texts_are_read_as_json_has_them),
		TEST(what_is_nested_stays_as_it_is_written),
		TEST(nothing_is_nothing),
		TEST(a_line_that_is_no_json_is_told_as_it_is),
		TEST(a_line_may_end_anywhere),
		TEST(the_first_of_a_name_counts),
		TEST(numbers_are_read_in_any_locale),
		TEST(characters_are_those_of_unicode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
