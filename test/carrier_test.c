/* SPDX-License-Identifier: MIT */
/* carrier_test.c - proves what the library's own carrier does with names. */
#include "kit.h"

static dctx_header list[3];
static char text[32];
static dctx_headers headers;
static dctx_carrier carrier;

static int begin(void **state)
{
	headers = (dctx_headers){list, 0, 3, text, sizeof text, 0};
	carrier = dctx_headers_carrier(&headers);
	return dctxt_begin(state);
}

static dctx_status set(const char *name, const char *value)
{
	return carrier.set(carrier.user, name,
			   (dctx_bytes){value, strlen(value)});
}

static void must_be(const char *name, const char *value)
{
	dctx_bytes got[2];

	assert_int_equal(carrier.get(carrier.user, name, got, 2), 1);
	assert_int_equal(got[0].len, strlen(value));
	assert_memory_equal(got[0].data, value, got[0].len);
}

static void a_name_is_found_in_any_letters(void **state)
{
	(void)state;
	assert_int_equal(set("X-Rid", "1"), DCTX_OK);
	must_be("x-rid", "1");
	must_be("X-RID", "1");
	assert_int_equal(carrier.get(carrier.user, "x-ri", NULL, 0), 0);
	assert_int_equal(carrier.get(carrier.user, "x-rid2", NULL, 0), 0);
}

static void all_lines_of_a_name_come_in_their_order(void **state)
{
	dctx_bytes got[2] = {{NULL, 0}, {"untouched", 9}};

	(void)state;
	list[0] = (dctx_header){{"a", 1}, {"1", 1}};
	list[1] = (dctx_header){{"b", 1}, {"2", 1}};
	list[2] = (dctx_header){{"A", 1}, {"3", 1}};
	headers.count = 3;
	assert_int_equal(carrier.get(carrier.user, "a", got, 1), 2);
	assert_memory_equal(got[0].data, "1", 1);
	assert_int_equal(got[1].len, 9);
	assert_int_equal(carrier.get(carrier.user, "a", got, 2), 2);
	assert_memory_equal(got[1].data, "3", 1);
}

static void a_set_stands_in_place_of_all_lines(void **state)
{
	(void)state;
	list[0] = (dctx_header){{"a", 1}, {"1", 1}};
	list[1] = (dctx_header){{"b", 1}, {"2", 1}};
	list[2] = (dctx_header){{"A", 1}, {"3", 1}};
	headers.count = 3;
	assert_int_equal(set("a", "4"), DCTX_OK);
	assert_int_equal(headers.count, 2);
	must_be("a", "4");
	must_be("b", "2");
}

static void without_room_all_is_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(set("a", "1"), DCTX_OK);
	assert_int_equal(set("a", "0123456789012345678901234567890"),
			 DCTX_TOO_SMALL);
	must_be("a", "1");
	assert_int_equal(set("b", "2"), DCTX_OK);
	assert_int_equal(set("c", "3"), DCTX_OK);
	assert_int_equal(set("d", "4"), DCTX_TOO_SMALL);
	assert_int_equal(headers.count, 3);
	must_be("a", "1");
}

static void count(void *arg, dctx_bytes name, dctx_bytes value)
{
	int *n = arg;

	assert_int_equal(name.len, value.len);
	++*n;
}

static void those_of_a_prefix_are_listed(void **state)
{
	int n = 0;

	(void)state;
	list[0] = (dctx_header){{"uberctx-a", 9}, {"123456789", 9}};
	list[1] = (dctx_header){{"b", 1}, {"2", 1}};
	list[2] = (dctx_header){{"UberCtx-", 8}, {"12345678", 8}};
	headers.count = 3;
	carrier.each(carrier.user, "uberctx-", count, &n);
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, dctxt_end)
		TEST(a_name_is_found_in_any_letters),
		TEST(all_lines_of_a_name_come_in_their_order),
		TEST(a_set_stands_in_place_of_all_lines),
		TEST(without_room_all_is_as_it_was),
		TEST(those_of_a_prefix_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
