/* SPDX-License-Identifier: MIT */
/*
 * What no black-box test can bring about: the decimal points of all locales,
 * texts with a NUL inside, which come only from elsewhere, and values deeper
 * than the library itself goes.
 */
#include "data/dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check_stop(const char *printed, const char *want)
{
	char text[32];
	size_t len;

	strcpy(text, printed);
	len = dctxi_dump_stop(text);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(text, want, len);
}

static void any_locales_decimal_point_becomes_a_stop(void **state)
{
	(void)state;
	check_stop("0.5", "0.5");
	check_stop("-1,25e-07", "-1.25e-07");
	check_stop("1\xd9\xab" "5", "1.5");
	check_stop("17", "17");
	check_stop(",5", ".5");
}

static void a_nul_is_a_character_like_others(void **state)
{
	struct dctx_dumper d;
	char buf[64];
	size_t len;

	(void)state;
	dctxi_dump_open(&d, DCTX_DUMP_JSON, 0, buf, sizeof buf);
	assert_true(dctxi_dump_name(&d, "text"));
	dctxi_dump_quoted(&d, "a\0b", 3);
	dctxi_dump_done(&d);
	len = dctxi_dump_close(&d);
	assert_int_equal(len, strlen(buf));
	assert_string_equal(buf, "{\"text\":\"a\\u0000b\"}");
	dctxi_dump_open(&d, DCTX_DUMP_TEXT, 0, buf, sizeof buf);
	assert_true(dctxi_dump_name(&d, "text"));
	dctxi_dump_quoted(&d, "a\0b", 3);
	dctxi_dump_done(&d);
	len = dctxi_dump_close(&d);
	assert_int_equal(len, strlen(buf));
	assert_string_equal(buf, "text: \"a\\x00b\"\n");
}

static void past_the_deepest_level_no_value_is_written(void **state)
{
	static const dctx_any value = {.kind = DCTX_KIND_U8, .as = {.u = 7}};
	struct dctx_dumper d;
	char buf[256];

	(void)state;
	dctxi_dump_open(&d, DCTX_DUMP_JSON, 0, buf, sizeof buf);
	for (unsigned i = 1; i <= DCTXI_DUMP_DEPTH; i++) {
		dctx_dump_begin_list(&d, "l");
		if (i == DCTXI_DUMP_DEPTH - 1)
			dctxi_dump_any(&d, NULL, true, &value);
	}
	dctxi_dump_any(&d, NULL, true, &value);
	(void)dctxi_dump_close(&d);
	assert_non_null(strstr(buf, "[[7,[]]]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_locales_decimal_point_becomes_a_stop),
		cmocka_unit_test(past_the_deepest_level_no_value_is_written),
		cmocka_unit_test(a_nul_is_a_character_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
