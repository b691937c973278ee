/* SPDX-License-Identifier: MIT */
/*
 * Lines of a baggage are blocks of exactly their size, for the sanitizers, and
 * each case says which members there are and which findings, by rule, effect
 * and place.
 */
#include "wire/baggage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What was told, as "RULE effect@offset(what) ". */
static char told[4096];
static size_t findings;

static void found(void *user, const dctx_finding *finding)
{
	size_t len = strlen(told);

	(void)user;
	assert_string_equal(finding->header, "baggage");
	snprintf(told + len, sizeof told - len, "%s %s@%zu(%.*s) ",
		 dctx_rule_name(finding->rule) + strlen("BAGGAGE_"),
		 dctx_effect_name(finding->effect), finding->offset,
		 (int)finding->what.len, (const char *)finding->what.data);
	findings++;
}

static const dctx_findings findings_to = {found, NULL};
static const struct dctxi_sink sink = {&findings_to, "baggage", 0};

static char *block(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, text, len);
	told[0] = '\0';
	findings = 0;
	return copy;
}

/* The members of a line, as they are written. */
static const char *members_of(const char *line, size_t len)
{
	static char out[70000];
	char *copy = block(line, len), *at = out;
	struct dctxi_baggage_walk walk =
		dctxi_baggage_walk((dctx_bytes){copy, len}, &sink);
	struct dctxi_member member;

	while (dctxi_baggage_next(&walk, &member)) {
		char *from = at;

		at = dctxi_member_write(&member, at);
		assert_int_equal(at - from, member.size);
		assert_ptr_equal(member.key.data, copy + member.offset);
		*at++ = ',';
	}
	at[at > out ? -1 : 0] = '\0';
	free(copy);
	return out;
}

struct line {
	const char *line, *members, *told;
};

static void check(const struct line *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(
			members_of(lines[i].line, strlen(lines[i].line)),
			lines[i].members);
		assert_string_equal(told, lines[i].told);
	}
}

#define CHECK(lines) check((lines), sizeof(lines) / sizeof *(lines))

static void members_come_in_order_without_white_space(void **state)
{
	static const struct line lines[] = {
		{"a=1", "a=1", ""},
		{"a=", "a=", ""},
		{"a=1,b=2,c=3", "a=1,b=2,c=3", ""},
		{" a = 1 , b = 2 ", "a=1,b=2", ""},
		{"\ta\t=\t1\t,\tb\t=\t2\t", "a=1,b=2", ""},
		{"a=1=2==", "a=1=2==", ""},
		{"a==", "a==", ""},
		{"a=,b=", "a=,b=", ""},
		{"a=%20%c3%A9", "a=%20%c3%A9", ""},
		{"!#$%&'*+-.^_`|~09AZaz=v", "!#$%&'*+-.^_`|~09AZaz=v", ""},
		{"a=!#$%&'()*+-./:<=>?@[]^_`{|}~",
		 "a=!#$%&'()*+-./:<=>?@[]^_`{|}~", ""},
	};

	(void)state;
	CHECK(lines);
}

static void empty_members_are_passed_over_and_told_once(void **state)
{
	static const struct line lines[] = {
		{"", "", ""},
		{" \t ", "", ""},
		{",", "", "EMPTY kept@0() "},
		{",,,", "", "EMPTY kept@0() "},
		{" , ,a=1", "a=1", "EMPTY kept@1() "},
		{"a=1,,b=2,,", "a=1,b=2", "EMPTY kept@4() "},
		{"a=1,", "a=1", ""},
		{"a=1, ", "a=1", ""},
	};

	(void)state;
	CHECK(lines);
}

static void properties_travel_and_bad_ones_are_left_out(void **state)
{
	static const struct line lines[] = {
		{"a=1;p", "a=1;p", ""},
		{"a=1;p;q=2;r=", "a=1;p;q=2;r=", ""},
		{"a = 1 ; p ; q = 2", "a=1;p;q=2", ""},
		{"a=1;p,b=2;q=3", "a=1;p,b=2;q=3", ""},
		{"a=;p", "a=;p", ""},
		{"a=1;p=x=y", "a=1;p=x=y", ""},
		{"a=1;p;p", "a=1;p;p", ""},
		{"a=1;", "a=1", "PROPERTY skipped@4(a) "},
		{"a=1; ,b=2", "a=1,b=2", "PROPERTY skipped@5(a) "},
		{"a=1;;p", "a=1;p", "PROPERTY skipped@4(a) "},
		{"a=1;p q;r", "a=1;r", "PROPERTY skipped@6(a) "},
		{"a=1;=x;r", "a=1;r", "PROPERTY skipped@4(a) "},
		{"a=1;p=\"x\";r", "a=1;r", "PROPERTY skipped@6(a) "},
		{"a=1;p=x y,b=2", "a=1,b=2", "PROPERTY skipped@8(a) "},
		{"a=1;p\x80,b=2", "a=1,b=2", "PROPERTY skipped@5(a) "},
	};

	(void)state;
	CHECK(lines);
}

static void a_member_that_is_none_is_skipped_and_the_rest_counts(void **state)
{
	static const struct line lines[] = {
		{"a", "", "SHAPE skipped@1() "},
		{"a,b=2", "b=2", "SHAPE skipped@1() "},
		{"a;p=1,b=2", "b=2", "SHAPE skipped@1() "},
		{"=1,b=2", "b=2", "KEY skipped@0() "},
		{" =1,b=2", "b=2", "KEY skipped@1() "},
		{"a b=1,c=2", "c=2", "KEY skipped@2() "},
		{"a:1,c=2", "c=2", "KEY skipped@1() "},
		{"a(=1,c=2", "c=2", "KEY skipped@1() "},
		{"\"a\"=1,c=2", "c=2", "KEY skipped@0() "},
		{"k\xc3\xa9=1,c=2", "c=2", "KEY skipped@1() "},
		{";p,c=2", "c=2", "KEY skipped@0() "},
		{"a=1 2,c=3", "c=3", "VALUE skipped@4(a) "},
		{"a=\"1\",c=3", "c=3", "VALUE skipped@2(a) "},
		{"a=1\\2,c=3", "c=3", "VALUE skipped@3(a) "},
		{"a=\xc3\xa9,c=3", "c=3", "VALUE skipped@2(a) "},
		{"a=1\r\nx: y,c=3", "c=3", "VALUE skipped@3(a) "},
		{"a=1\x7f,c=3", "c=3", "VALUE skipped@3(a) "},
		{"c=3,a", "c=3", "SHAPE skipped@5() "},
		/* As quotes mean nothing, a comma between some separates. */
		{"a=\"x,y\",c=3", "c=3", "VALUE skipped@2(a) KEY skipped@6() "},
	};

	(void)state;
	CHECK(lines);
}

static bool is_in(const char *set, unsigned c)
{
	return c != 0 && strchr(set, (int)c) != NULL;
}

/* By the grammar's own words, not the table's. */
static void each_byte_is_what_the_grammar_says(void **state)
{
	const char *more = "!#$%&'*+-.^_`|~";

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z');
		bool octet = c == 0x21 || (c >= 0x23 && c <= 0x2b) ||
			     (c >= 0x2d && c <= 0x3a) ||
			     (c >= 0x3c && c <= 0x5b) ||
			     (c >= 0x5d && c <= 0x7e);
		char key[] = "x?x=1", value[] = "x=y?y";

		key[1] = (char)c;
		value[3] = (char)c;
		/* Of these one makes two members, one a shorter key. */
		if (c != '=' && c != ',')
			assert_int_equal(members_of(key, 5)[0] == 'x',
					 alnum || is_in(more, c));
		if (c != ',' && c != ';')
			assert_int_equal(members_of(value, 5)[0] == 'x', octet);
	}
}

static void a_byte_is_the_same_wherever_it_stands_in_a_value(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++)
		for (size_t at = 2; at < 36; at++) {
			char one[] = "x=y?y", text[] = "x=yyyyyyyyyyyyyyyyyyyy"
						       "yyyyyyyyyyyyyyy";
			bool octet;

			one[3] = text[at] = (char)c;
			octet = strcmp(members_of(one, 5), one) == 0;
			assert_int_equal(strcmp(members_of(text, strlen(text)),
						text) == 0,
					 octet);
		}
}

static void a_nul_is_a_character_like_others(void **state)
{
	(void)state;
	assert_string_equal(members_of("a=1\0002,b=3", 9), "b=3");
	assert_string_equal(told, "VALUE skipped@3(a) ");
	assert_string_equal(members_of("a\000=1,b=3", 8), "b=3");
	assert_string_equal(told, "KEY skipped@1() ");
}

static void keys_and_properties_can_be_asked_for(void **state)
{
	static const char *const yes[] = {"a", "a;b", "a=1;b", "a=", "a==;b="};
	static const char *const no[] = {"",	 "a;",	 ";a",	 "a;;b",  "a b",
					 " a",	 "a ",	 "a,b",	 "a=1,b", "=1",
					 "a=\"", "a= 1", "a =1", "a=1 ;b"};

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(dctxi_baggage_are_properties(
			(dctx_bytes){yes[i], strlen(yes[i])}));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(dctxi_baggage_are_properties(
			(dctx_bytes){no[i], strlen(no[i])}));
	assert_true(dctxi_baggage_is_key((dctx_bytes){"a%!", 3}));
	assert_false(dctxi_baggage_is_key((dctx_bytes){"", 0}));
	assert_false(dctxi_baggage_is_key((dctx_bytes){"a b", 3}));
	assert_false(dctxi_baggage_is_key((dctx_bytes){"a=", 2}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_in_order_without_white_space),
		cmocka_unit_test(empty_members_are_passed_over_and_told_once),
		cmocka_unit_test(properties_travel_and_bad_ones_are_left_out),
		cmocka_unit_test(
			a_member_that_is_none_is_skipped_and_the_rest_counts),
		cmocka_unit_test(each_byte_is_what_the_grammar_says),
		cmocka_unit_test(
			a_byte_is_the_same_wherever_it_stands_in_a_value),
		cmocka_unit_test(a_nul_is_a_character_like_others),
		cmocka_unit_test(keys_and_properties_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
