/* SPDX-License-Identifier: MIT */
/* until_test.c - proves who takes a time out of an environment at its word. */
#include "wire/until.h"

#include "plat/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct dctxi_boot here = {"0123456789abcde", 7};
static unsigned char room[DCTXI_UNTIL_BYTES];

static void a_time_comes_back_to_the_same_boot(void **state)
{
	dctx_entry entry = dctxi_until_write(123456789, &here, room);
	int64_t at = 0;

	(void)state;
	assert_true(dctxi_until_has(entry.key));
	assert_int_equal(dctxi_until_read(&entry, &here, &at), DCTX_OK);
	assert_int_equal(at, 123456789);
}

static void it_says_nothing_to_another_boot(void **state)
{
	dctx_entry entry = dctxi_until_write(5, &here, room);
	struct dctxi_boot other = here;
	int64_t at = 0;

	(void)state;
	other.id[15] ^= 1;
	assert_int_equal(dctxi_until_read(&entry, &other, &at), DCTX_OK);
	assert_true(at == INT64_MAX);
}

static void it_says_nothing_to_another_time_namespace(void **state)
{
	dctx_entry entry = dctxi_until_write(5, &here, room);
	struct dctxi_boot other = here;
	int64_t at = 0;

	(void)state;
	other.time_namespace++;
	assert_int_equal(dctxi_until_read(&entry, &other, &at), DCTX_OK);
	assert_true(at == INT64_MAX);
}

static void its_length_and_version_are_looked_at(void **state)
{
	dctx_entry entry = dctxi_until_write(5, &here, room);
	unsigned char longer[DCTXI_UNTIL_BYTES + 1] = {0};
	int64_t at = 9;

	(void)state;
	entry.value.len--;
	assert_int_equal(dctxi_until_read(&entry, &here, &at), DCTX_CORRUPT);
	entry.value.len++;
	entry.version++;
	assert_int_equal(dctxi_until_read(&entry, &here, &at),
			 DCTX_UNSUPPORTED);
	assert_int_equal(at, 9);
	entry.version--;
	memcpy(longer, room, sizeof room);
	entry.value = (dctx_bytes){longer, sizeof longer};
	assert_int_equal(dctxi_until_read(&entry, &here, &at), DCTX_OK);
	assert_int_equal(at, 5);
}

static void its_bytes_are_those_of_the_page(void **state)
{
	static const unsigned char expected[] = "\x02\x01\0\0\0\0\0\0"
						"0123456789abcde\0"
						"\x07\0\0\0\0\0\0\0";
	dctx_entry entry = dctxi_until_write(0x102, &here, room);

	(void)state;
	assert_int_equal(entry.value.len, 32);
	assert_int_equal(entry.key.len, 10);
	assert_memory_equal(entry.key.data, "dctx.until", 10);
	assert_memory_equal(room, expected, 32);
}

static void other_names_are_not_its(void **state)
{
	(void)state;
	assert_false(dctxi_until_has((dctx_bytes){"dctx.unti", 9}));
	assert_false(dctxi_until_has((dctx_bytes){"dctx.until2", 11}));
	assert_false(dctxi_until_has((dctx_bytes){"dctx.under", 10}));
	assert_false(dctxi_until_has((dctx_bytes){NULL, 0}));
}

static void the_system_says_the_same_twice(void **state)
{
	static const unsigned char none[DCTXI_BOOT_ID];
	struct dctxi_boot one, two;

	(void)state;
	if (!dctxi_boot(&one))
		skip();
	assert_true(dctxi_boot(&two));
	assert_memory_equal(one.id, two.id, sizeof one.id);
	assert_memory_not_equal(one.id, none, sizeof none);
	assert_true(one.time_namespace == two.time_namespace);
}

static void a_system_that_refuses_leaves_it_unsaid(void **state)
{
	struct dctxi_boot boot = here;

	(void)state;
	dctxi_refusal = (struct dctxi_refusal){.countdown = 0, .once = true};
	assert_false(dctxi_boot(&boot));
	dctxi_refusal = (struct dctxi_refusal){.countdown = -1};
	assert_memory_equal(boot.id, here.id, sizeof boot.id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_comes_back_to_the_same_boot),
		cmocka_unit_test(it_says_nothing_to_another_boot),
		cmocka_unit_test(it_says_nothing_to_another_time_namespace),
		cmocka_unit_test(its_length_and_version_are_looked_at),
		cmocka_unit_test(its_bytes_are_those_of_the_page),
		cmocka_unit_test(other_names_are_not_its),
		cmocka_unit_test(the_system_says_the_same_twice),
		cmocka_unit_test(a_system_that_refuses_leaves_it_unsaid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
