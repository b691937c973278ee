/* SPDX-License-Identifier: MIT */
/*
 * log_wrap_test.c - proves that a logger that is there already needs one line
 * to have a context's fields: printf and its kin, a callback, a formatter.
 */
#include "logged.h"

#include <errno.h>
#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);

static void printf_needs_one_macro(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof(line), DCTX_LOGGED("cannot open %s"), "x");
	assert_string_equal(line, "cannot open x");
	dctx_set(k_rid, "%s%n");
	snprintf(line, sizeof(line), DCTX_LOGGED("cannot open %s"), "x");
	assert_string_equal(line, "rid=%s%n cannot open x");
	snprintf(line, sizeof(line), DCTX_LOG_FORMAT "%d", DCTX_LOG_ARGS, 3);
	assert_string_equal(line, "rid=%s%n 3");
	snprintf(line, sizeof(line), "{%s\"n\":%d}",
		 dctx_log_before(DCTX_LOG_JSON), 3);
	assert_string_equal(line, "{\"rid\":\"%s%n\",\"n\":3}");
}

struct heard {
	int level;
	char line[9000];
};

static void hear(void *user, int level, const char *line)
{
	struct heard *heard = user;

	heard->level = level;
	snprintf(heard->line, sizeof(heard->line), "%s", line);
}

static void a_callback_is_wrapped_in_any_style(void **state)
{
	static struct heard heard;
	dctx_log_wrap wrap = {hear, &heard, DCTX_LOG_LOGFMT};

	(void)state;
	dctx_log_wrapped(&wrap, 3, "plain");
	assert_string_equal(heard.line, "plain");
	dctx_set(k_rid, "7");
	dctx_log_wrapped(&wrap, 4, "it is \"up\"");
	assert_int_equal(heard.level, 4);
	assert_string_equal(heard.line, "rid=7 it is \"up\"");
	wrap.style = DCTX_LOG_JSON;
	dctx_log_wrapped(&wrap, 4, "it is \"up\"\n");
	assert_string_equal(
		heard.line,
		"{\"rid\":\"7\",\"message\":\"it is \\\"up\\\"\\n\"}");
	wrap.style = DCTX_LOG_SYSLOG;
	dctx_log_wrapped(&wrap, 4, "up");
	assert_string_equal(heard.line, "[dctx@32473 rid=\"7\"] up");
	heard.line[0] = '\0';
	dctx_log_wrapped(&wrap, 4, NULL);
	dctx_log_wrapped(NULL, 4, "up");
	assert_string_equal(heard.line, "");
}

static void a_long_line_is_wrapped_whole(void **state)
{
	static struct heard heard;
	static char line[5001];
	dctx_log_wrap wrap = {hear, &heard, DCTX_LOG_LOGFMT};

	(void)state;
	memset(line, 'l', sizeof(line) - 1);
	dctx_set(k_rid, "7");
	dctx_log_wrapped(&wrap, 1, line);
	assert_int_equal(strlen(heard.line), 6 + 5000);
	assert_string_equal(heard.line + 6, line);
}

static void a_formatter_is_wrapped_as_snprintf_is(void **state)
{
	static char of_errno[] = "%s%m"; /* gcc knows only ISO's */
	char line[16];

	(void)state;
	dctx_set(k_rid, "7");
	assert_int_equal(dctx_log_line(DCTX_LOG_LOGFMT, NULL, 0, "%d up", 3),
			 10);
	assert_int_equal(
		dctx_log_line(DCTX_LOG_LOGFMT, line, sizeof(line), "%d up", 3),
		10);
	assert_string_equal(line, "rid=7 3 up");
	assert_int_equal(dctx_log_line(DCTX_LOG_LOGFMT, line, sizeof(line),
				       "%s", "0123456789abc"),
			 19);
	assert_string_equal(line, "rid=7 012345678");
	assert_int_equal(
		dctx_log_line(DCTX_LOG_LOGFMT, line, 4, "%s", "abc\xc3\xa4"),
		11);
	assert_string_equal(line, "abc");
	errno = ENOENT;
	(void)dctx_log_line(DCTX_LOG_LOGFMT, line, sizeof(line), of_errno,
			    "");
	assert_string_equal(line, "rid=7 No such f");
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(printf_needs_one_macro),
		DCTXT_TEST(a_callback_is_wrapped_in_any_style),
		DCTXT_TEST(a_long_line_is_wrapped_whole),
		DCTXT_TEST(a_formatter_is_wrapped_as_snprintf_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
