/* SPDX-License-Identifier: MIT */
/*
 * log_mutable_test.c - proves that a message whose arguments change while it is
 * printed, as a text does that another thread writes to, is a line of what was
 * there: nothing past its end is read.
 *
 * Not under: musl - it has no printf specifiers of one's own.
 */
#include "logged.h"
#include "mutable.h"

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);

static size_t line(int first, int second, char *buf, size_t size)
{
	const char *format = dctxt_mutable(first, second);
	size_t len = dctx_log_line(DCTX_LOG_LOGFMT, buf, size, format, "");

	assert_int_equal(dctxt_printings, 2);
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}
