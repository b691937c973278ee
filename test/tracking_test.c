/* SPDX-License-Identifier: MIT */
/*
 * tracking_test.c - proves that what ContextTracking.jl promises holds here:
 * a fresh context's properties, values learnt on the way down and forgotten on
 * the way up, memos, a container of the user's, the path of annotated
 * functions, all of it at load time already.
 */
#include "rows.h"

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

/* The notes' names in alphabetical order. */
static const char *sorted(void)
{
	static char text[8];
	dctx_note_item items[7];
	size_t n = dctx_notes(items, 7);

	memset(text, 0, sizeof(text));
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && text[at - 1] > items[i].name[0]; at--)
			text[at] = text[at - 1];
		text[at] = items[i].name[0];
	}
	return text;
}

/* The same with the context's data under names made up on the spot. */
static void data_has_a_length_an_index_and_an_order(void **state)
{
	dctx_note_item items[3];
	int64_t sum = 0;
	dctx_guard saved;
	size_t n;

	(void)state;
	dctx_note_set("k", &DCTX_ANY(1));
	dctx_note_set("a", &DCTX_ANY(2));
	assert_int_equal(dctx_notes(NULL, 0), 2);
	assert_int_equal(dctx_note("k").as.i, 1);
	assert_int_equal(dctx_note("a").as.i, 2);
	saved = dctx_enter(NULL);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctx_notes(NULL, 0), 2);
	dctx_note_set("b", &DCTX_ANY(3));
	assert_int_equal(dctx_notes(NULL, 0), 3);
	assert_string_equal(sorted(), "abk");
	dctx_leave(saved);
	assert_int_equal(dctx_depth(), 1);
	assert_string_equal(sorted(), "ak");
	assert_int_equal(dctx_note("b").kind, 0);
	n = dctx_notes(items, 3);
	for (size_t i = 0; i < n; i++)
		sum += items[i].value.as.i;
	assert_int_equal(sum, 3);
	assert_int_equal(dctx_notes_clear(), DCTX_OK);
	assert_int_equal(dctx_notes(NULL, 0), 0);
}

static void emptying_an_inner_generation_leaves_the_outer_one(void **state)
{
	(void)state;
	dctx_note_set("a", &DCTX_ANY(1));
	{
		DCTX_SCOPE_UNNAMED;
		dctx_notes_clear();
		assert_int_equal(dctx_notes(NULL, 0), 0);
	}
	assert_int_equal(dctx_note("a").as.i, 1);
}

static void a_vector_of_strings_can_be_the_container(void **state)
{
	const struct rows *data;

	(void)state;
	assert_int_equal(rows_use(), DCTX_OK);
	assert_int_equal(rows_push("hello"), DCTX_OK);
	assert_int_equal(rows_push("world"), DCTX_OK);
	data = dctx_store_container_data(dctx_current(), &rows_container);
	assert_int_equal(data->n, 2);
	assert_string_equal(data->row[0], "hello");
	assert_string_equal(data->row[1], "world");
}

static void baz(void)
{
	DCTX_FN;

	DCTXT_EXPECT(strcmp(path(), "foo/bar/baz") == 0);
	DCTXT_EXPECT(dctx_get(k_x, 0) == 1);
	DCTXT_EXPECT(dctx_get(k_y, 0) == 2);
	DCTXT_EXPECT(dctx_get(k_z, 0) == 3);
	DCTXT_EXPECT(strcmp(sorted(), "xyz") == 0);
	DCTXT_EXPECT(dctx_note("x").as.u == 1);
	DCTXT_EXPECT(dctx_note("y").as.u == 2);
	DCTXT_EXPECT(dctx_note("z").as.u == 3);
	DCTXT_EXPECT(dctx_note("plain").kind == 0);
}

static void bar(void)
{
	uint64_t y, z = 3;
	DCTX_FN;

	dctx_set(k_y, 2);
	dctx_set(k_z, 3);
	y = 2;
	DCTX_MEMO(y);
	DCTX_MEMO(z);
	baz();
	DCTXT_EXPECT(strcmp(path(), "foo/bar") == 0);
	DCTXT_EXPECT(strcmp(sorted(), "xyz") == 0);
}

static void foo(void)
{
	uint64_t x = 1, plain = 4;
	DCTX_FN;

	dctx_set(k_x, 1);
	DCTX_MEMO(x);
	bar();
	DCTXT_EXPECT(plain == 4);
	DCTXT_EXPECT(strcmp(path(), "foo") == 0);
	DCTXT_EXPECT(!dctx_has(k_y));
	DCTXT_EXPECT(strcmp(sorted(), "x") == 0);
}

static bool ran_at_load;

__attribute__((constructor)) static void run_at_load(void)
{
	foo();
	ran_at_load = !dctx_has(k_x) && dctx_depth() == 1 &&
		      dctx_notes(NULL, 0) == 0;
}

static void annotated_functions_make_the_path(void **state)
{
	(void)state;
	foo();
	assert_string_equal(path(), "");
	assert_false(dctx_has(k_x));
	assert_string_equal(sorted(), "");
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
		DCTXT_TEST(data_has_a_length_an_index_and_an_order),
		DCTXT_TEST(emptying_an_inner_generation_leaves_the_outer_one),
		ROWS_TEST(a_vector_of_strings_can_be_the_container),
		DCTXT_TEST(annotated_functions_make_the_path),
		DCTXT_TEST(a_constructor_may_use_it_all),
		DCTXT_TEST(a_function_may_call_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
