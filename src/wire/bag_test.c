/* SPDX-License-Identifier: MIT */
/*
 * A bag is held against what it writes: each key once, within both limits, one
 * member more and one byte more looked at.
 */
#include "wire/bag.h"

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

static struct dctxi_bag bag;
static char written[DCTXI_BAG_BYTES + 1];

static const char *bagged(void)
{
	size_t len = dctxi_bag_write(&bag, written);

	assert_true(len <= DCTXI_BAG_BYTES);
	assert_int_equal(len, bag.count > 0 ? bag.bytes + bag.count - 1 : 0);
	written[len] = '\0';
	return written;
}

static void add(const char *line)
{
	dctxi_bag_add(&bag, (dctx_bytes){line, strlen(line)}, &sink);
}

static void begin(void)
{
	dctxi_bag_begin(&bag);
	told[0] = '\0';
	findings = 0;
}

static void of_a_key_twice_the_last_counts_where_the_first_stood(void **s)
{
	(void)s;
	begin();
	add("a=1;p,b=2,a=3");
	assert_string_equal(bagged(), "a=3,b=2");
	assert_string_equal(told, "TWICE replaced@10(a) ");
	add("b=longer;q,A=4");
	assert_string_equal(bagged(), "a=3,b=longer;q,A=4");
	/* A member that is none replaces nothing. */
	add("a=\"\"");
	assert_string_equal(bagged(), "a=3,b=longer;q,A=4");
}

static void lines_are_one_list(void **state)
{
	(void)state;
	begin();
	add("a=1");
	add("");
	add(" b = 2 ");
	add(",");
	assert_string_equal(bagged(), "a=1,b=2");
}

/* n members "kNNN=v…", each of `size` bytes. */
static char *many(size_t n, size_t size)
{
	char *line = malloc(n * (size + 1) + 1), *at = line;

	assert_non_null(line);
	for (size_t i = 0; i < n; i++, at += size + 1) {
		memset(at, 'v', size);
		memcpy(at,
		       (char[]){(char)('a' + i / 676),
				(char)('a' + i / 26 % 26), (char)('a' + i % 26),
				'='},
		       4);
		at[size] = ',';
	}
	at[-1] = '\0';
	return line;
}

static void of_512_short_members_each_survives(void **state)
{
	for (size_t n = 1; n <= 512; n += n < 20 ? 1 : 41) {
		char *line = many(n, 15);

		begin();
		add(line);
		assert_int_equal(bag.count, n);
		assert_string_equal(bagged(), line);
		add(line);
		assert_int_equal(findings, n);
		assert_string_equal(bagged(), line);
		free(line);
	}
	(void)state;
}

static void the_513th_member_is_left_out(void **state)
{
	char *line = many(513, 5), expected[] = "MEMBERS cut@3072(ats) ";

	(void)state;
	begin();
	add(line);
	assert_string_equal(told, expected);
	assert_int_equal(bag.count, 512);
	line[512 * 6 - 1] = '\0';
	assert_string_equal(bagged(), line);
	/* One that is there already may change. */
	add("aaa=w");
	assert_int_equal(bag.count, 512);
	assert_memory_equal(bagged(), "aaa=w,aab=v", 11);
	free(line);
}

static void add_long(char key, size_t size)
{
	char *line = malloc(size + 1);

	assert_non_null(line);
	memset(line, 'v', size);
	line[0] = key;
	line[1] = '=';
	line[size] = '\0';
	dctxi_bag_add(&bag, (dctx_bytes){line, size}, &sink);
	if (bag.count == 0 || bag.member[bag.count - 1].key != line)
		free(line);
}

static void free_long(void)
{
	for (size_t i = 0; i < bag.count; i++)
		free((void *)(uintptr_t)bag.member[i].key);
}

static void of_8192_bytes_each_travels_and_no_more(void **state)
{
	(void)state;
	for (int one = -1; one <= 1; one++) {
		begin();
		add_long('a', (size_t)(8192 + one));
		assert_int_equal(bag.count, one <= 0);
		assert_string_equal(told, one <= 0 ? "" : "LENGTH cut@0(a) ");
		free_long();
		/* The comma counts, too. */
		begin();
		add_long('a', 4000);
		add_long('b', (size_t)(4191 + one));
		assert_int_equal(bag.count, one <= 0 ? 2 : 1);
		free_long();
	}
}

static void what_is_shorter_and_comes_later_may_fit(void **state)
{
	(void)state;
	begin();
	add_long('a', 8000);
	add_long('b', 500);
	add_long('c', 191);
	assert_int_equal(bag.count, 2);
	assert_string_equal(told, "LENGTH cut@0(b) ");
	assert_int_equal(strlen(bagged()), 8192);
	free_long();
}

static void a_replacement_that_does_not_fit_is_left_out(void **state)
{
	char *longer = many(1, 4000);

	(void)state;
	begin();
	add("aaa=1");
	add_long('b', 8000);
	add(longer);
	assert_string_equal(told, "LENGTH cut@0(aaa) ");
	assert_memory_equal(bagged(), "aaa=1,b=v", 9);
	free((void *)(uintptr_t)bag.member[1].key);
	free(longer);
}

static void white_space_does_not_count_but_for_absurd_amounts(void **state)
{
	for (size_t spaces = 65530; spaces <= 65536; spaces++) {
		char *line = malloc(spaces + 4);
		size_t len = spaces + 3;

		assert_non_null(line);
		memset(line, ' ', len);
		line[0] = 'a';
		line[1] = '=';
		line[len - 1] = '1';
		begin();
		dctxi_bag_add(&bag, (dctx_bytes){line, len}, &sink);
		assert_int_equal(bag.count, len <= 65535);
		if (bag.count > 0)
			assert_string_equal(bagged(), "a=1");
		else
			assert_string_equal(told, "LENGTH cut@0(a) ");
		free(line);
	}
	(void)state;
}

static void odd_values_are_kept_and_told(void **state)
{
	(void)state;
	begin();
	add("a = 100%, b=%c3, c=%%ff,d=%20");
	assert_string_equal(bagged(), "a=100%,b=%c3,c=%%ff,d=%20");
	assert_string_equal(told, "PERCENT kept@7(a) UTF8 kept@12(b) "
				  "PERCENT kept@19(c) UTF8 kept@20(c) ");
}

static void cleaned_lines_are_what_a_bag_writes(void **state)
{
	static const char line[] = " a = 1 ; p ; ,b,c=\"x\",a=2, d=%zz";
	char out[DCTXI_BAG_BYTES];
	size_t len =
		dctxi_bag_clean((dctx_bytes){line, sizeof line - 1}, NULL, out);

	(void)state;
	assert_int_equal(len, 9);
	assert_memory_equal(out, "a=2,d=%zz", 9);
	assert_int_equal(dctxi_bag_clean((dctx_bytes){NULL, 0}, NULL, out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			of_a_key_twice_the_last_counts_where_the_first_stood),
		cmocka_unit_test(lines_are_one_list),
		cmocka_unit_test(of_512_short_members_each_survives),
		cmocka_unit_test(the_513th_member_is_left_out),
		cmocka_unit_test(of_8192_bytes_each_travels_and_no_more),
		cmocka_unit_test(what_is_shorter_and_comes_later_may_fit),
		cmocka_unit_test(a_replacement_that_does_not_fit_is_left_out),
		cmocka_unit_test(
			white_space_does_not_count_but_for_absurd_amounts),
		cmocka_unit_test(odd_values_are_kept_and_told),
		cmocka_unit_test(cleaned_lines_are_what_a_bag_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
