/* SPDX-License-Identifier: MIT */
/*
 * tracking_test.c - proves that what ContextTracking.jl promises holds here:
 * a fresh context's properties, values learnt on the way down and forgotten on
 * the way up, the path of annotated functions, all of it at load time already.
 */
#include "kit.h"

DCTX_KEY_U64(k_x, "x", DCTX_LOCAL);
DCTX_KEY_U64(k_y, "y", DCTX_LOCAL);
DCTX_KEY_U64(k_z, "z", DCTX_LOCAL);

static const char *path(void)
{
	static char text[64];
	const char *names[8];
	size_t n = dctx_path(names, 8);

	text[0] = '\0';
	for (size_t i = 0; i < n && i < 8; i++) {
		strcat(text, i > 0 ? "/" : "");
		strcat(text, names[i]);
	}
	return text;
}

static void a_fresh_context_has_one_generation_and_no_path(void **state)
{
	char hex[DCTX_HEX_ID_SIZE];

	(void)state;
	assert_int_equal(dctx_depth(), 1);
	assert_true(dctx_id() > 0);
	assert_int_not_equal(strlen(dctx_hex_id(hex)), 0);
	assert_string_equal(path(), "");
}

static void a_generation_forgets_its_own_values_only(void **state)
{
	dctx_guard guard;

	(void)state;
	dctx_set(k_x, 1);
	dctx_set(k_y, 2);
	guard = dctx_enter(NULL);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctx_get(k_x, 0), 1);
	assert_int_equal(dctx_get(k_y, 0), 2);
	dctx_set(k_z, 3);
	assert_int_equal(dctx_get(k_z, 0), 3);
	dctx_leave(guard);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_get(k_y, 0), 2);
	assert_false(dctx_has(k_z));
}

static void baz(void)
{
	DCTX_FN;

	DCTXT_EXPECT(strcmp(path(), "foo/bar/baz") == 0);
	DCTXT_EXPECT(dctx_get(k_x, 0) == 1);
	DCTXT_EXPECT(dctx_get(k_y, 0) == 2);
	DCTXT_EXPECT(dctx_get(k_z, 0) == 3);
}

static void bar(void)
{
	DCTX_FN;

	dctx_set(k_y, 2);
	dctx_set(k_z, 3);
	baz();
	DCTXT_EXPECT(strcmp(path(), "foo/bar") == 0);
}

static void foo(void)
{
	DCTX_FN;

	dctx_set(k_x, 1);
	bar();
	DCTXT_EXPECT(strcmp(path(), "foo") == 0);
	DCTXT_EXPECT(!dctx_has(k_y));
}

static bool ran_at_load;

__attribute__((constructor)) static void run_at_load(void)
{
	foo();
	ran_at_load = !dctx_has(k_x) && dctx_depth() == 1;
}

static void annotated_functions_make_the_path(void **state)
{
	(void)state;
	foo();
	assert_string_equal(path(), "");
	assert_false(dctx_has(k_x));
}

static void a_constructor_may_use_it_all(void **state)
{
	(void)state;
	assert_true(ran_at_load);
}

static unsigned recurse(unsigned n)
{
	DCTX_FN;

	dctx_set(k_x, n);
	if (n == 0)
		return (unsigned)dctx_depth();
	DCTXT_EXPECT(recurse(n - 1) == 12);
	DCTXT_EXPECT(dctx_get(k_x, 99) == n);
	return 12;
}

static void a_function_may_call_itself(void **state)
{
	(void)state;
	assert_int_equal(recurse(10), 12);
	assert_int_equal(dctx_depth(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_fresh_context_has_one_generation_and_no_path),
		DCTXT_TEST(a_generation_forgets_its_own_values_only),
		DCTXT_TEST(annotated_functions_make_the_path),
		DCTXT_TEST(a_constructor_may_use_it_all),
		DCTXT_TEST(a_function_may_call_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
