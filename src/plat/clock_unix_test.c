/* SPDX-License-Identifier: MIT */
/*
 * clock_unix_test.c - proves that times since 1970 keep what is between them,
 * and that they follow a clock that somebody set.
 */
#include "plat/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static void all_times_of_a_process_have_one_distance(void **state)
{
	int64_t first = dctxi_clock_to_unix(dctxi_clock());

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(dctxi_clock_to_unix(dctxi_clock()), first);
	/* Also for a thread that was put aside meanwhile. */
	assert_int_equal(dctxi_clock_to_unix(dctxi_clock() - SECOND), first);
	assert_int_equal(dctxi_clock_to_unix(dctxi_clock() + SECOND), first);
}

static void it_is_what_the_clocks_say(void **state)
{
	int64_t before = dctxi_clock_unix();
	int64_t now = dctxi_clock();
	int64_t after = dctxi_clock_unix();
	int64_t said = now + dctxi_clock_to_unix(now);

	(void)state;
	assert_in_range(said, before - SECOND / 1000, after + SECOND / 1000);
}

/* To set one of the two is as good as to set the other, and anybody may. */
static void a_clock_that_was_set_is_followed(void **state)
{
	int64_t first = dctxi_clock_to_unix(dctxi_clock());
	struct dctxi_virtual_clock set = {.now = dctxi_clock() + 3600 * SECOND};
	int64_t second;

	(void)state;
	dctxi_clock_set_virtual(&set);
	second = dctxi_clock_to_unix(dctxi_clock());
	dctxi_clock_set_virtual(NULL);
	assert_true(second < first - 1800 * SECOND);
	assert_true(dctxi_clock_to_unix(dctxi_clock()) > first - 1800 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_times_of_a_process_have_one_distance),
		cmocka_unit_test(it_is_what_the_clocks_say),
		cmocka_unit_test(a_clock_that_was_set_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
