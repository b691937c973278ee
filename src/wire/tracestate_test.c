/* SPDX-License-Identifier: MIT */
/* Lines are blocks of exactly their size, for the sanitizers. */
#include "wire/tracestate.h"

#include "data/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES = 8, ROOM = 40000 };

static struct {
	int times;
	dctx_finding last;
	char what[300]; /* of the last */
} told;

static void hear(void *user, const dctx_finding *finding)
{
	(void)user;
	told.times++;
	told.last = *finding;
	assert_true(finding->what.len < sizeof told.what);
	memset(told.what, 0, sizeof told.what);
	if (finding->what.len > 0)
		memcpy(told.what, finding->what.data, finding->what.len);
	assert_string_equal(finding->header, "tracestate");
	assert_string_not_equal(dctx_rule_text(finding->rule), "");
}

static const dctx_findings listener = {hear, NULL};
static const struct dctxi_sink sink = {&listener, "tracestate", 0};

/* Reads lines and shows what is kept; NULL when they are ignored. */
static const char *read_bytes(const dctx_bytes *given, size_t n)
{
	static char shown[ROOM];
	struct dctxi_tracestate state;
	dctx_bytes lines[LINES] = {{NULL, 0}}, view;
	bool good;

	memset(&told, 0, sizeof told);
	for (size_t i = 0; i < n; i++) {
		char *copy = malloc(given[i].len > 0 ? given[i].len : 1);

		assert_non_null(copy);
		memcpy(copy, given[i].data, given[i].len);
		lines[i] = (dctx_bytes){copy, given[i].len};
	}
	good = dctxi_tracestate_read(lines, n, NULL, &state);
	assert_int_equal(dctxi_tracestate_read(lines, n, &sink, &state), good);
	if (good) {
		dctxi_tracestate_cut(&state, &sink);
		assert_true(dctxi_tracestate_len(&state) <= DCTXI_STATE_MAX);
		dctxi_tracestate_write(&state, shown);
		shown[dctxi_tracestate_len(&state)] = '\0';
		if (dctxi_tracestate_view(&state, &view) && view.len > 0)
			assert_memory_equal(view.data, shown, view.len);
	}
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)lines[i].data);
	return good ? shown : NULL;
}

static const char *read_lines(const char *const *given, size_t n)
{
	dctx_bytes lines[LINES] = {{NULL, 0}};

	for (size_t i = 0; i < n; i++)
		lines[i] = (dctx_bytes){given[i], strlen(given[i])};
	return read_bytes(lines, n);
}

static const char *read_one(const char *line)
{
	return read_lines(&line, 1);
}

static void is_kept(const char *line, const char *as)
{
	const char *shown = read_one(line);

	assert_non_null(shown);
	assert_string_equal(shown, as);
	assert_int_equal(told.times, 0);
}

static void is_ignored(const char *line, dctx_rule rule, size_t offset,
		       const char *what)
{
	assert_null(read_one(line));
	assert_int_equal(told.times, 1);
	assert_int_equal(told.last.rule, rule);
	assert_int_equal(told.last.effect, DCTX_IGNORED);
	assert_int_equal(told.last.offset, offset);
	assert_string_equal(told.what, what);
}

static void members_stay_as_and_where_they_are(void **state)
{
	(void)state;
	is_kept("congo=t61rcWkgMzE", "congo=t61rcWkgMzE");
	is_kept("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
		"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
}

static void white_space_and_empty_members_are_none_of_it(void **state)
{
	(void)state;
	is_kept("", "");
	is_kept(" ,\t, ,", "");
	is_kept("foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3");
	is_kept("foo=1\t \t,\t \tbar=2,\t \tbaz=3", "foo=1,bar=2,baz=3");
	is_kept("\t foo=1 \t", "foo=1");
	is_kept(",foo=1,,bar=2,", "foo=1,bar=2");
	is_kept("foo=1, ,bar=2", "foo=1,bar=2");
}

static void spaces_in_front_of_a_value_and_in_it_are_its_own(void **state)
{
	(void)state;
	is_kept("foo= 1", "foo= 1");
	is_kept("foo=  a  b  ,bar= 2 ", "foo=  a  b,bar= 2");
	is_ignored("foo=", DCTX_RULE_TRACESTATE_VALUE, 4, "foo");
	is_ignored("foo=\t", DCTX_RULE_TRACESTATE_VALUE, 4, "foo");
	is_ignored("foo=,bar=3", DCTX_RULE_TRACESTATE_VALUE, 4, "foo");
	is_ignored("foo=\t1", DCTX_RULE_TRACESTATE_VALUE, 4, "foo");
	is_ignored("bar=2,foo=1\t2", DCTX_RULE_TRACESTATE_VALUE, 11, "foo");
}

static bool in_key(int c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return true;
	return !first && c != 0 && strchr("_-*/", c) != NULL;
}

static void a_key_has_letters_digits_and_four_signs(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char first[] = "?=1", second[] = "a?=1";
		dctx_bytes line = {first, 3};
		bool separates = c == ' ' || c == '\t' || c == ',';

		first[0] = (char)c;
		second[1] = (char)c;
		if (!separates) {
			assert_int_equal(read_bytes(&line, 1) != NULL,
					 in_key(c, true));
			assert_int_equal(dctxi_state_key_valid(first, 1),
					 in_key(c, true));
		}
		line = (dctx_bytes){second, 4};
		if (c != '=')
			assert_int_equal(read_bytes(&line, 1) != NULL,
					 in_key(c, false));
		assert_int_equal(dctxi_state_key_valid(second, 2),
				 in_key(c, false));
	}
	is_kept("0key=1,foo=2", "0key=1,foo=2");
}

static void a_value_has_printable_characters_of_ascii(void **state)
{
	(void)state;
	for (int i = 0; i < 256 * 20; i++) {
		char text[] = "a=xxxxxxxxxxxxxxxxxxxxxy";
		dctx_bytes line = {text, strlen(text)};
		int c = i % 256, at = 3 + i / 256;
		bool good = c >= ' ' && c <= '~' && c != ',' && c != '=';

		text[at] = (char)c;
		if (c != ',')
			assert_int_equal(read_bytes(&line, 1) != NULL, good);
		assert_int_equal(dctxi_state_value_valid(text + 2, 22), good);
		assert_int_equal(
			dctxi_state_value_valid(text + 2, (size_t)at - 1),
			good && c != ' ');
	}
	is_ignored("foo=bar=baz", DCTX_RULE_TRACESTATE_VALUE, 7, "foo");
	assert_false(dctxi_state_value_valid("", 0));
}

static void what_is_no_member_spoils_all(void **state)
{
	(void)state;
	is_ignored("foo", DCTX_RULE_TRACESTATE_KEY, 3, "foo");
	is_ignored("foo,bar=1", DCTX_RULE_TRACESTATE_KEY, 3, "foo");
	is_ignored("=1", DCTX_RULE_TRACESTATE_KEY, 0, "");
	is_ignored("foo =1", DCTX_RULE_TRACESTATE_KEY, 3, "foo");
	is_ignored("FOO=1", DCTX_RULE_TRACESTATE_KEY, 0, "");
	is_ignored("foo.bar=1", DCTX_RULE_TRACESTATE_KEY, 3, "foo");
	is_ignored("bar=2;foo=1", DCTX_RULE_TRACESTATE_VALUE, 9, "bar");
	is_ignored("bar=2,\xc3\xa9=1", DCTX_RULE_TRACESTATE_KEY, 6, "");
}

/* A line of a key and a value of these lengths, behind another member. */
static const char *sized(size_t key, size_t value)
{
	static char line[1000];

	assert_true(key + value + 10 < sizeof line);
	strcpy(line, "foo=1,");
	memset(line + 6, 'z', key);
	line[6 + key] = '=';
	memset(line + 7 + key, 'v', value);
	line[7 + key + value] = '\0';
	return line;
}

static void a_key_and_a_value_have_at_most_256_characters(void **state)
{
	char key[257];

	(void)state;
	for (size_t len = 255; len <= 256; len++) {
		is_kept(sized(len, 1), sized(len, 1));
		is_kept(sized(1, len), sized(1, len));
	}
	memset(key, 'z', 256);
	key[256] = '\0';
	is_ignored(sized(257, 1), DCTX_RULE_TRACESTATE_KEY, 6 + 256, key);
	is_ignored(sized(1, 257), DCTX_RULE_TRACESTATE_VALUE, 6 + 2 + 256, "z");
	assert_true(dctxi_state_key_valid(sized(256, 0) + 6, 256));
	assert_false(dctxi_state_key_valid(sized(257, 0) + 6, 257));
	assert_true(dctxi_state_value_valid(sized(256, 0) + 6, 256));
	assert_false(dctxi_state_value_valid(sized(257, 0) + 6, 257));
}

/* Members numbered from `from`, each `k<number>=<value>`. */
static size_t numbered(char *line, size_t from, size_t n, size_t value)
{
	size_t len = 0;

	for (size_t i = from; i < from + n; i++) {
		len += (size_t)sprintf(line + len,
				       "%sk%02zu=", i > from ? "," : "", i);
		memset(line + len, 'v', value);
		len += value;
	}
	line[len] = '\0';
	return len;
}

static void there_are_at_most_32_members(void **state)
{
	char line[1000], more[100];
	const char *lines[] = {line, more};

	(void)state;
	for (size_t n = 31; n <= 32; n++) {
		numbered(line, 0, n, 1);
		is_kept(line, line);
	}
	strcat(line, ",,\t,");
	assert_non_null(read_one(line));
	numbered(line, 0, 33, 1);
	is_ignored(line, DCTX_RULE_TRACESTATE_MEMBERS, strlen(line) - 5, "");
	numbered(line, 0, 30, 1);
	numbered(more, 30, 2, 1);
	assert_non_null(read_lines(lines, 2));
	numbered(more, 30, 3, 1);
	assert_null(read_lines(lines, 2));
	assert_int_equal(told.last.line, 1);
	assert_int_equal(told.last.offset, 12);
	/* One that comes again is one, too. */
	numbered(more, 28, 3, 1);
	assert_null(read_lines(lines, 2));
}

static void lines_are_joined_in_their_order(void **state)
{
	const char *lines[] = {"foo=1,bar=2", "", "rojo=1,congo=2", " \t",
			       "baz=3"};

	(void)state;
	assert_string_equal(read_lines(lines, 5),
			    "foo=1,bar=2,rojo=1,congo=2,baz=3");
	assert_string_equal(read_lines(lines, 0), "");
	lines[4] = "baz=3=";
	assert_null(read_lines(lines, 5));
	assert_int_equal(told.last.line, 4);
	assert_int_equal(told.last.offset, 5);
}

static void of_a_key_twice_the_first_is_kept(void **state)
{
	const char *lines[] = {"foo=1,bar=2", "foo=3"};

	(void)state;
	assert_string_equal(read_one("foo=1,foo=1"), "foo=1");
	assert_string_equal(read_one("foo=1,bar=2,foo=2,fo=3"),
			    "foo=1,bar=2,fo=3");
	assert_int_equal(told.times, 1);
	assert_int_equal(told.last.rule, DCTX_RULE_TRACESTATE_TWICE);
	assert_int_equal(told.last.effect, DCTX_SKIPPED);
	assert_int_equal(told.last.offset, 12);
	assert_string_equal(told.what, "foo");
	assert_string_equal(read_lines(lines, 2), "foo=1,bar=2");
	assert_int_equal(told.last.line, 1);
	/* It must be sound, too. */
	assert_null(read_one("foo=1,foo="));
}

static void a_list_too_long_loses_its_last_long_members(void **state)
{
	static char line[ROOM];
	const char *shown;
	size_t len;

	(void)state;
	/* 31 members of 260 characters, and one that fills it up. */
	len = numbered(line, 0, 31, 256);
	assert_int_equal(len, 31 * 261 - 1);
	len += (size_t)sprintf(line + len, ",x=");
	memset(line + len, 'v', 8192 - len);
	line[8192] = '\0';
	is_kept(line, line);
	/* One more: the last that is long goes, not a short one behind it. */
	len = numbered(line, 0, 31, 256);
	len += (size_t)sprintf(line + len, ",short=");
	memset(line + len, 'v', 8193 - len);
	line[8193] = '\0';
	shown = read_one(line);
	assert_non_null(shown);
	assert_int_equal(told.times, 1);
	assert_int_equal(told.last.rule, DCTX_RULE_TRACESTATE_LENGTH);
	assert_int_equal(told.last.effect, DCTX_CUT);
	assert_int_equal(told.last.offset, 30 * 261);
	assert_string_equal(told.what, "k30");
	assert_int_equal(strlen(shown), 8193 - 261);
	assert_non_null(strstr(shown, "v,short=v"));
}

static void the_longest_list_is_cut_and_members_stay_whole(void **state)
{
	static char line[ROOM];
	const char *shown;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 32; i++) {
		line[len] = (char)('a' + i % 26);
		line[len + 1] = (char)('a' + i / 26);
		memset(line + len + 2, 'k', 254);
		line[len + 256] = '=';
		memset(line + len + 257, 'v', 256);
		line[len + 513] = ',';
		len += 514;
	}
	line[len - 1] = '\0';
	shown = read_one(line);
	assert_non_null(shown);
	assert_int_equal(strlen(shown), 15 * 514 - 1);
	assert_memory_equal(shown, line, 15 * 514 - 1);
	assert_int_equal(told.times, 17);
}

static void more_than_128_characters_are_long(void **state)
{
	static char line[ROOM];

	(void)state;
	for (size_t size = 127; size <= 129; size++) {
		size_t len = numbered(line, 0, 31, 256);

		line[len] = ',';
		memset(line + len + 1, 'x', size);
		line[len + 5] = '=';
		line[len + 1 + size] = '\0';
		assert_non_null(read_one(line));
		assert_int_equal(told.times, 1);
		assert_string_equal(told.what, size > 128 ? "xxxx" : "k30");
	}
}

static void a_state_is_valid_that_would_be_kept_as_it_is(void **state)
{
	static char line[ROOM];

	(void)state;
	assert_true(dctxi_tracestate_valid((dctx_bytes){NULL, 0}));
	assert_true(dctxi_tracestate_valid((dctx_bytes){"a=1, b=2", 8}));
	assert_false(dctxi_tracestate_valid((dctx_bytes){"a=1,a=2", 7}));
	assert_false(dctxi_tracestate_valid((dctx_bytes){"a=1\r\nb=2", 8}));
	memset(line, ',', sizeof line);
	memcpy(line, "a=1", 3);
	assert_true(dctxi_tracestate_valid((dctx_bytes){line, 8192}));
	assert_false(dctxi_tracestate_valid((dctx_bytes){line, 8193}));
}

static void a_view_is_of_one_line_as_it_stands(void **state)
{
	dctx_bytes lines[] = {{"a=1,b=2", 7}, {"c=3", 3}}, view = {NULL, 7};
	struct dctxi_tracestate list;

	(void)state;
	assert_true(dctxi_tracestate_read(lines, 1, NULL, &list));
	assert_true(dctxi_tracestate_view(&list, &view));
	assert_ptr_equal(view.data, lines[0].data);
	assert_int_equal(view.len, 7);
	assert_true(dctxi_tracestate_read(lines, 2, NULL, &list));
	assert_false(dctxi_tracestate_view(&list, &view));
	lines[0] = (dctx_bytes){" ,a=1,b=2 , ", 12};
	assert_true(dctxi_tracestate_read(lines, 1, NULL, &list));
	assert_true(dctxi_tracestate_view(&list, &view));
	assert_memory_equal(view.data, "a=1,b=2", 7);
	lines[0] = (dctx_bytes){"a=1, b=2", 8};
	assert_true(dctxi_tracestate_read(lines, 1, NULL, &list));
	assert_false(dctxi_tracestate_view(&list, &view));
	lines[0] = (dctx_bytes){"a=1,a=2,b=2", 11};
	assert_true(dctxi_tracestate_read(lines, 1, NULL, &list));
	assert_false(dctxi_tracestate_view(&list, &view));
	assert_true(dctxi_tracestate_read(lines, 0, NULL, &list));
	assert_true(dctxi_tracestate_view(&list, &view));
	assert_int_equal(view.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_stay_as_and_where_they_are),
		cmocka_unit_test(white_space_and_empty_members_are_none_of_it),
		cmocka_unit_test(
			spaces_in_front_of_a_value_and_in_it_are_its_own),
		cmocka_unit_test(a_key_has_letters_digits_and_four_signs),
		cmocka_unit_test(a_value_has_printable_characters_of_ascii),
		cmocka_unit_test(what_is_no_member_spoils_all),
		cmocka_unit_test(a_key_and_a_value_have_at_most_256_characters),
		cmocka_unit_test(there_are_at_most_32_members),
		cmocka_unit_test(lines_are_joined_in_their_order),
		cmocka_unit_test(of_a_key_twice_the_first_is_kept),
		cmocka_unit_test(a_list_too_long_loses_its_last_long_members),
		cmocka_unit_test(
			the_longest_list_is_cut_and_members_stay_whole),
		cmocka_unit_test(more_than_128_characters_are_long),
		cmocka_unit_test(a_state_is_valid_that_would_be_kept_as_it_is),
		cmocka_unit_test(a_view_is_of_one_line_as_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
