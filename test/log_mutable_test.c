/* SPDX-License-Identifier: MIT */
/*
 * log_mutable_test.c - proves that a message whose arguments change while it is
 * printed, as a text does that another thread writes to, is a line of what was
 * there: nothing past its end is read.
 *
 * Not under: musl - it has no printf specifiers of one's own.
 */
#include "logged.h"

#include <printf.h>
#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);

/* It is printed in one length, then in the other. */
static int lengths[2], printings;

static int print_mutable(FILE *to, const struct printf_info *info,
			 const void *const *args)
{
	(void)info;
	(void)args;
	return fprintf(to, "%0*d", lengths[printings++ % 2], 0);
}

static int takes_nothing(const struct printf_info *info, size_t n, int *types,
			 int *sizes)
{
	(void)info;
	(void)n;
	(void)types;
	(void)sizes;
	return 0;
}

static size_t line(int first, int second, char *buf, size_t size)
{
	static char format[] = "%Y"; /* gcc knows only ISO's */
	size_t len;

	printings = 0;
	lengths[0] = first;
	lengths[1] = second;
	len = dctx_log_line(DCTX_LOG_LOGFMT, buf, size, format, "");
	assert_int_equal(printings, 2);
	assert_int_equal(strlen(buf), len);
	return len;
}

static void a_message_that_grows_meanwhile_is_cut(void **state)
{
	static char buf[10000];

	(void)state;
	dctx_set(k_rid, "7");
	assert_int_equal(line(1500, 9000, buf, sizeof(buf)), 6 + 1500);
}

static void a_message_that_shrinks_meanwhile_ends_there(void **state)
{
	char buf[100];

	(void)state;
	dctx_set(k_rid, "7");
	assert_int_equal(line(1500, 3, buf, sizeof(buf)), 6 + 3);
	assert_string_equal(buf, "rid=7 000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_message_that_grows_meanwhile_is_cut),
		DCTXT_TEST(a_message_that_shrinks_meanwhile_ends_there),
	};

	if (register_printf_specifier('Y', print_mutable, takes_nothing) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
