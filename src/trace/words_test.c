/* SPDX-License-Identifier: MIT */
/*
 * words_test.c - proves that each level, kind and status has a word of its own.
 */
#include "trace/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *level(int n)
{
	return dctxi_level_word((dctx_level)n);
}

static const char *kind(int n)
{
	return dctxi_kind_word((dctx_span_kind)n);
}

static const char *status(int n)
{
	return dctxi_status_word((dctx_status)n);
}

/* Of so many, from 0 on; what comes next has none. */
static void check_words(const char *(*word)(int n), int n)
{
	for (int i = 0; i < n; i++) {
		assert_string_not_equal(word(i), "?");
		for (int k = 0; k < i; k++)
			assert_string_not_equal(word(i), word(k));
	}
	assert_string_equal(word(n), "?");
	assert_string_equal(word(-1), "?");
}

static void each_has_a_word_of_its_own(void **state)
{
	(void)state;
	check_words(level, DCTX_LEVEL_TRACE + 1);
	check_words(kind, DCTX_SPAN_CONSUMER + 1);
	check_words(status, DCTX_DROPPED + 1);
	assert_string_equal(status(DCTX_BUSY), "DCTX_BUSY");
	assert_string_equal(kind(DCTX_SPAN_CLIENT), "client");
	assert_string_equal(level(DCTX_LEVEL_WARN), "WARN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
