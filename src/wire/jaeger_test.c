/* SPDX-License-Identifier: MIT */
/*
 * uber-trace-id with every part right, wrong and at its limits, plain and
 * percent-coded, and the values of uberctx-NAME. Values are blocks of exactly
 * their size, for the sanitizers.
 */
#include "wire/jaeger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T128 "d4cda95b652f4a1592b449d5929fda1b"
#define T64 "92b449d5929fda1b"
#define SPAN "6e0c63257de34c92"

/* The last finding. */
static struct {
	int times;
	dctx_rule rule;
	dctx_effect effect;
	size_t offset;
} heard;

static void listen(void *user, const dctx_finding *finding)
{
	(void)user;
	heard.times++;
	heard.rule = finding->rule;
	heard.effect = finding->effect;
	heard.offset = finding->offset;
}

static const dctx_findings findings = {listen, NULL};
static const struct dctxi_sink sink = {&findings, "uber-trace-id", 0};

/* Reads a value in a block of its own, and writes ids and flags as text. */
static const char *as_text(const char *value)
{
	static char text[64];
	dctx_trace trace = {.flags = 77};
	size_t len = strlen(value);
	char *copy = malloc(len > 0 ? len : 1);
	bool good;
	int n = 0;

	assert_non_null(copy);
	memcpy(copy, value, len);
	memset(&heard, 0, sizeof heard);
	good = dctxi_jaeger_read((dctx_bytes){copy, len}, &sink, &trace);
	free(copy);
	if (!good) {
		assert_int_equal(trace.flags, 77);
		return "none";
	}
	for (size_t i = 0; i < DCTX_TRACE_ID; i++)
		n += sprintf(text + n, "%02x", trace.trace_id[i]);
	n += sprintf(text + n, " ");
	for (size_t i = 0; i < DCTX_SPAN_ID; i++)
		n += sprintf(text + n, "%02x", trace.span_id[i]);
	sprintf(text + n, " %x", (unsigned)trace.flags);
	return text;
}

static void must_refuse(const char *value, dctx_rule rule, size_t offset)
{
	assert_string_equal(as_text(value), "none");
	assert_int_equal(heard.times, 1);
	assert_int_equal(heard.rule, rule);
	assert_int_equal(heard.effect, DCTX_IGNORED);
	assert_int_equal(heard.offset, offset);
}

static void short_ids_are_padded_on_the_left(void **state)
{
	(void)state;
	assert_string_equal(as_text(T128 ":" SPAN ":0:1"), T128 " " SPAN " 1");
	assert_string_equal(as_text(T64 ":" SPAN ":0:1"),
			    "0000000000000000" T64 " " SPAN " 1");
	assert_string_equal(as_text("1:2:0:0"),
			    "00000000000000000000000000000001 "
			    "0000000000000002 0");
	assert_string_equal(as_text("abc:DEF:0:0"),
			    "00000000000000000000000000000abc "
			    "0000000000000def 0");
	assert_int_equal(heard.times, 0);
	must_refuse("0" T128 ":" SPAN ":0:1", DCTX_RULE_JAEGER_TRACE_ID, 0);
	must_refuse(":" SPAN ":0:1", DCTX_RULE_JAEGER_TRACE_ID, 0);
	must_refuse(T64 ":0" SPAN ":0:1", DCTX_RULE_JAEGER_SPAN_ID, 17);
	must_refuse(T64 "::0:1", DCTX_RULE_JAEGER_SPAN_ID, 17);
}

static void ids_are_hex_and_not_zero(void **state)
{
	(void)state;
	assert_string_equal(
		as_text("D4CDA95B652F4A1592B449D5929FDA1B:" SPAN ":0:1"),
		T128 " " SPAN " 1");
	must_refuse("0:" SPAN ":0:1", DCTX_RULE_JAEGER_TRACE_ID, 0);
	must_refuse("00000000000000000000000000000000:" SPAN ":0:1",
		    DCTX_RULE_JAEGER_TRACE_ID, 0);
	must_refuse(T64 ":0000000000000000:0:1", DCTX_RULE_JAEGER_SPAN_ID, 17);
	must_refuse("92b449d5929fda1g:" SPAN ":0:1", DCTX_RULE_JAEGER_TRACE_ID,
		    0);
	must_refuse(T64 ":-1:0:1", DCTX_RULE_JAEGER_SPAN_ID, 17);
	must_refuse(T64 ": 1:0:1", DCTX_RULE_JAEGER_SPAN_ID, 17);
}

static void there_are_four_parts_whatever_the_third_is(void **state)
{
	(void)state;
	assert_string_equal(as_text(" 1:2:parent:1\t"),
			    "00000000000000000000000000000001 "
			    "0000000000000002 1");
	assert_string_equal(as_text("1:2::1"),
			    "00000000000000000000000000000001 "
			    "0000000000000002 1");
	assert_int_equal(heard.times, 0);
	must_refuse("1", DCTX_RULE_JAEGER_SHAPE, 0);
	must_refuse("1:2", DCTX_RULE_JAEGER_SHAPE, 0);
	must_refuse("1:2:3", DCTX_RULE_JAEGER_SHAPE, 0);
	must_refuse("1:2:0:1:", DCTX_RULE_JAEGER_SHAPE, 0);
	must_refuse(" 1:2:0:1:0", DCTX_RULE_JAEGER_SHAPE, 1);
	assert_string_equal(as_text(""), "none");
	assert_string_equal(as_text("  "), "none");
	assert_int_equal(heard.times, 0);
}

static void flags_are_one_or_two_digits_of_which_two_bits_count(void **state)
{
	char text[32], want[64];

	(void)state;
	for (unsigned flags = 0; flags < 256; flags++) {
		static const unsigned as[] = {0, DCTX_TRACE_SAMPLED, 0,
					      DCTX_TRACE_SAMPLED |
						      DCTX_TRACE_DEBUG};

		sprintf(text, "1:2:0:%x", flags);
		sprintf(want,
			"00000000000000000000000000000001 0000000000000002 %x",
			as[flags & 3]);
		assert_string_equal(as_text(text), want);
		/* "Debug flag should only be set when the sampled flag is". */
		assert_int_equal(heard.times, (flags & 3) == 2);
		sprintf(text, "1:2:0:%02X", flags);
		assert_string_equal(as_text(text), want);
	}
	must_refuse("1:2:0:", DCTX_RULE_JAEGER_FLAGS, 6);
	must_refuse("1:2:0:001", DCTX_RULE_JAEGER_FLAGS, 6);
	must_refuse("1:2:0:g", DCTX_RULE_JAEGER_FLAGS, 6);
	must_refuse("1:2:0:-1", DCTX_RULE_JAEGER_FLAGS, 6);
}

static void percent_coded_it_means_the_same(void **state)
{
	char text[512];
	size_t n = 0;

	(void)state;
	assert_string_equal(as_text(T64 "%3A" SPAN "%3a0%3A1"),
			    "0000000000000000" T64 " " SPAN " 1");
	must_refuse(T64 "%3A" SPAN "%3", DCTX_RULE_JAEGER_SHAPE, 35);
	must_refuse("%", DCTX_RULE_JAEGER_SHAPE, 0);
	must_refuse("%zz", DCTX_RULE_JAEGER_SHAPE, 0);
	must_refuse(T64 "%3A" SPAN "%3A0%3Ax", DCTX_RULE_JAEGER_FLAGS, 42);
	must_refuse("1%3A2", DCTX_RULE_JAEGER_SHAPE, 0);
	/* The longest there is; then one more. */
	for (const char *c = T128 ":" SPAN ":" SPAN ":01"; *c != '\0'; c++)
		n += (size_t)sprintf(text + n, "%%%02x", *c);
	assert_int_equal(n, 207);
	assert_string_equal(as_text(text), T128 " " SPAN " 1");
	strcpy(text + n, "0");
	must_refuse(text, DCTX_RULE_JAEGER_SHAPE, 0);
	text[n - 1] = '\0';
	must_refuse(text, DCTX_RULE_JAEGER_SHAPE, 204);
	memset(text, ':', 207);
	text[207] = '\0';
	must_refuse(text, DCTX_RULE_JAEGER_SHAPE, 0);
}

static void what_is_written_is_read_again(void **state)
{
	static const uint32_t flags[] = {
		0, DCTX_TRACE_SAMPLED, DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG,
		DCTX_TRACE_DEBUG, DCTX_TRACE_UNDECIDED};
	static const char *const texts[] = {
		"01000000000000000000000000000002:0300000000000004:0:00",
		"01000000000000000000000000000002:0300000000000004:0:01",
		"01000000000000000000000000000002:0300000000000004:0:03",
		"01000000000000000000000000000002:0300000000000004:0:03",
		"01000000000000000000000000000002:0300000000000004:0:00"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		dctx_trace trace = {
			{1, [15] = 2}, {3, [7] = 4}, flags[i], {NULL, 0}};
		char text[DCTXI_JAEGER_MAX + 1];

		assert_int_equal(dctxi_jaeger_write(&trace, text),
				 DCTXI_JAEGER_MAX);
		text[DCTXI_JAEGER_MAX] = '\0';
		assert_string_equal(text, texts[i]);
		assert_string_not_equal(as_text(text), "none");
	}
}

/* A member's value, read; "?" when it is none. */
static const char *value_of(const char *value)
{
	static char text[64];
	size_t len = strlen(value), n = 99;
	char *copy = malloc(len > 0 ? len : 1), *out = malloc(len + 1);
	bool good;

	assert_true(copy != NULL && out != NULL && len < sizeof text);
	memcpy(copy, value, len);
	memset(&heard, 0, sizeof heard);
	good = dctxi_jaeger_value_read((dctx_bytes){copy, len}, &sink, out, &n);
	if (good) {
		memcpy(text, out, n);
		text[n] = '\0';
	}
	assert_int_equal(heard.times, !good);
	free(copy);
	free(out);
	return good ? text : "?";
}

static void a_members_value_is_percent_coded_utf8(void **state)
{
	char out[64];
	size_t n;

	(void)state;
	assert_string_equal(value_of("value%201%20%2F%20blah"),
			    "value 1 / blah");
	assert_string_equal(value_of("a+b"), "a+b");
	assert_string_equal(value_of("%25id%25"), "%id%");
	assert_string_equal(value_of("%C3%a9"), "\xc3\xa9");
	assert_string_equal(value_of("\xc3\xa9"), "\xc3\xa9");
	assert_string_equal(value_of(""), "");
	assert_string_equal(value_of("%"), "?");
	assert_int_equal(heard.rule, DCTX_RULE_JAEGER_BAGGAGE);
	assert_int_equal(heard.effect, DCTX_SKIPPED);
	assert_string_equal(value_of("ab%2"), "?");
	assert_int_equal(heard.offset, 2);
	assert_string_equal(value_of("%ZZ"), "?");
	assert_string_equal(value_of("%1Z"), "?");
	assert_string_equal(value_of("%Z1"), "?");
	assert_string_equal(value_of("%ff"), "?");
	assert_string_equal(value_of("\xff"), "?");
	n = dctxi_jaeger_value_write(
		(dctx_bytes){"value 1 / \xc3\xa9%~-_.", 17}, out);
	out[n] = '\0';
	assert_string_equal(out, "value%201%20%2F%20%C3%A9%25~-_.");
	assert_int_equal(dctxi_jaeger_value_write((dctx_bytes){NULL, 0}, out),
			 0);
}

static void what_a_member_says_comes_back(void **state)
{
	char text[4], coded[12], back[12];
	size_t n, len;

	(void)state;
	for (unsigned c = 1; c < 128; c++) {
		memset(text, (int)c, 4);
		n = dctxi_jaeger_value_write((dctx_bytes){text, 4}, coded);
		assert_true(dctxi_jaeger_value_read((dctx_bytes){coded, n},
						    NULL, back, &len));
		assert_int_equal(len, 4);
		assert_memory_equal(back, text, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_ids_are_padded_on_the_left),
		cmocka_unit_test(ids_are_hex_and_not_zero),
		cmocka_unit_test(there_are_four_parts_whatever_the_third_is),
		cmocka_unit_test(
			flags_are_one_or_two_digits_of_which_two_bits_count),
		cmocka_unit_test(percent_coded_it_means_the_same),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_members_value_is_percent_coded_utf8),
		cmocka_unit_test(what_a_member_says_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
