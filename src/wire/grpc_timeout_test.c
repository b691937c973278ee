/* SPDX-License-Identifier: MIT */
/* grpc-timeout: each unit, eight digits and nine, and that nothing that is
 * written says more than it was given. */
#include "wire/grpc_timeout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* Reads a value in a block of its own; -1 when it is none. */
static int64_t timeout(const char *value)
{
	static const dctx_findings findings = {listen, NULL};
	static const struct dctxi_sink sink = {&findings, "grpc-timeout", 0};
	size_t len = strlen(value);
	char *copy = malloc(len > 0 ? len : 1);
	int64_t ns = -1;
	bool good;

	assert_non_null(copy);
	memcpy(copy, value, len);
	memset(&heard, 0, sizeof heard);
	good = dctxi_grpc_timeout_read((dctx_bytes){copy, len}, &sink, &ns);
	free(copy);
	assert_int_equal(good, ns != -1);
	return ns;
}

static void must_refuse(const char *value, dctx_rule rule, size_t offset)
{
	assert_int_equal(timeout(value), -1);
	assert_int_equal(heard.times, 1);
	assert_int_equal(heard.rule, rule);
	assert_int_equal(heard.effect, DCTX_IGNORED);
	assert_int_equal(heard.offset, offset);
}

static void each_unit_is_known_and_case_counts(void **state)
{
	(void)state;
	assert_int_equal(timeout("1n"), 1);
	assert_int_equal(timeout("1u"), 1000);
	assert_int_equal(timeout("1m"), 1000000);
	assert_int_equal(timeout("1S"), 1000000000);
	assert_int_equal(timeout("1M"), 60 * INT64_C(1000000000));
	assert_int_equal(timeout("1H"), 3600 * INT64_C(1000000000));
	assert_int_equal(timeout(" 250m\t"), 250000000);
	assert_int_equal(heard.times, 0);
	must_refuse("1s", DCTX_RULE_GRPC_TIMEOUT_UNIT, 1);
	must_refuse("1h", DCTX_RULE_GRPC_TIMEOUT_UNIT, 1);
	must_refuse("1N", DCTX_RULE_GRPC_TIMEOUT_UNIT, 1);
	must_refuse("10", DCTX_RULE_GRPC_TIMEOUT_UNIT, 2);
	must_refuse("1ms", DCTX_RULE_GRPC_TIMEOUT_UNIT, 1);
	must_refuse("1 m", DCTX_RULE_GRPC_TIMEOUT_UNIT, 1);
}

static void a_value_has_one_to_eight_digits(void **state)
{
	(void)state;
	assert_int_equal(timeout("1234567n"), 1234567);
	assert_int_equal(timeout("99999999n"), 99999999);
	assert_int_equal(timeout("00000001n"), 1);
	must_refuse("100000000n", DCTX_RULE_GRPC_TIMEOUT_VALUE, 8);
	must_refuse("000000001n", DCTX_RULE_GRPC_TIMEOUT_VALUE, 8);
	must_refuse("S", DCTX_RULE_GRPC_TIMEOUT_VALUE, 0);
	must_refuse(" -1S", DCTX_RULE_GRPC_TIMEOUT_VALUE, 1);
	must_refuse("+1S", DCTX_RULE_GRPC_TIMEOUT_VALUE, 0);
	must_refuse("1.5S", DCTX_RULE_GRPC_TIMEOUT_UNIT, 1);
	assert_int_equal(timeout(""), -1);
	assert_int_equal(timeout("  "), -1);
	assert_int_equal(heard.times, 0);
}

static void zero_is_due_at_once_and_odd(void **state)
{
	(void)state;
	assert_int_equal(timeout("0n"), 0);
	assert_int_equal(heard.rule, DCTX_RULE_GRPC_TIMEOUT_VALUE);
	assert_int_equal(heard.effect, DCTX_KEPT);
	assert_int_equal(timeout("00000000H"), 0);
}

static void what_is_longer_than_the_clock_has_no_end(void **state)
{
	(void)state;
	assert_int_equal(timeout("2562047H"), INT64_C(9223369200000000000));
	assert_int_equal(timeout("2562048H"), INT64_MAX);
	assert_int_equal(timeout("99999999H"), INT64_MAX);
	assert_int_equal(timeout("99999999M"),
			 INT64_C(99999999) * 60 * 1000000000);
}

static const char *written(int64_t ns)
{
	static char text[DCTXI_GRPC_TIMEOUT_MAX + 1];

	text[dctxi_grpc_timeout_write(ns, text)] = '\0';
	return text;
}

static void a_time_is_written_cut_off(void **state)
{
	(void)state;
	assert_string_equal(written(0), "0n");
	assert_string_equal(written(1), "1n");
	assert_string_equal(written(99999999), "99999999n");
	assert_string_equal(written(100000000), "100000u");
	assert_string_equal(written(100000999), "100000u");
	assert_string_equal(written(INT64_C(99999999999)), "99999999u");
	assert_string_equal(written(INT64_C(100000000000)), "100000m");
	assert_string_equal(written(INT64_C(99999999999999)), "99999999m");
	assert_string_equal(written(INT64_C(100000000000000)), "100000S");
	assert_string_equal(written(INT64_C(99999999999999999)), "99999999S");
	assert_string_equal(written(INT64_C(100000000000000000)), "1666666M");
	/* Minutes would take nine digits. */
	assert_string_equal(written(INT64_MAX), "2562047H");
}

static void no_time_grows_on_the_way(void **state)
{
	(void)state;
	for (int64_t ns = 1; ns < INT64_MAX / 3; ns = ns * 2 + ns % 7)
		for (int64_t near = ns - 1; near <= ns + 1; near++) {
			int64_t back = timeout(written(near));

			assert_true(back <= near);
			assert_true(near - back <= near / 100000);
		}
	assert_true(timeout(written(INT64_MAX)) <= INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_unit_is_known_and_case_counts),
		cmocka_unit_test(a_value_has_one_to_eight_digits),
		cmocka_unit_test(zero_is_due_at_once_and_odd),
		cmocka_unit_test(what_is_longer_than_the_clock_has_no_end),
		cmocka_unit_test(a_time_is_written_cut_off),
		cmocka_unit_test(no_time_grows_on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
