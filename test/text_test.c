/* SPDX-License-Identifier: MIT */
/*
 * text_test.c - proves that texts and bytes of any length come back whole, that
 * a borrowed pointer is good until its scope is left, that replace frees at
 * once, and that one store cannot take more than its ceiling.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_STR(k_other, "other", DCTX_LOCAL);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOCAL);

/* Where a value moves from one kind of memory to another, and far past it. */
static const size_t lengths[] = {0,   1,   7,    8,    15,   16,   31,
				 32,  255, 256,  510,  511,  512,  513,
				 514, 1023, 4096, 65535, 65536, 1 << 20};
enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };

/* A text of `len` characters that differ from place to place. */
static char *text_of(size_t len, char first)
{
	char *text = malloc(len + 1);

	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + (first + i) % 26);
	text[len] = '\0';
	return text;
}

static void a_text_of_any_length_comes_back(void **state)
{
	(void)state;
	for (int i = 0; i < LENGTHS; i++) {
		DCTX_SCOPE("text");
		char *text = text_of(lengths[i], 'a');

		assert_int_equal(dctx_set(k_text, text), DCTX_OK);
		assert_ptr_not_equal(dctx_get(k_text, ""), text);
		assert_string_equal(dctx_get(k_text, "-"), text);
		free(text);
	}
	assert_false(dctx_has(k_text));
}

static void the_caller_may_change_his_text_afterwards(void **state)
{
	char text[] = "mine";

	(void)state;
	dctx_set(k_text, text);
	text[0] = 'X';
	assert_string_equal(dctx_get(k_text, "-"), "mine");
}

static void bytes_of_any_length_come_back(void **state)
{
	const dctx_bytes none = {NULL, 99};

	(void)state;
	for (int i = 0; i < LENGTHS; i++) {
		DCTX_SCOPE("bytes");
		char *text = text_of(lengths[i], 'b');
		dctx_bytes out, in = {text, lengths[i]};

		assert_int_equal(dctx_set(k_bytes, in), DCTX_OK);
		out = dctx_get(k_bytes, none);
		assert_int_equal(out.len, in.len);
		assert_memory_equal(out.data, text, in.len);
		free(text);
	}
}

static void bytes_may_hold_nuls(void **state)
{
	const dctx_bytes in = {"a\0b\0\0", 5}, none = {NULL, 0};
	dctx_bytes out;

	(void)state;
	assert_int_equal(dctx_set(k_bytes, in), DCTX_OK);
	out = dctx_get(k_bytes, none);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "a\0b\0\0", 6);
}

static void no_bytes_are_a_value(void **state)
{
	const dctx_bytes empty = {NULL, 0}, none = {NULL, 99};

	(void)state;
	assert_int_equal(dctx_set(k_bytes, empty), DCTX_OK);
	assert_true(dctx_has(k_bytes));
	assert_int_equal(dctx_get(k_bytes, none).len, 0);
	assert_int_equal(dctx_replace(k_bytes, empty), DCTX_OK);
	assert_int_equal(dctx_get(k_bytes, none).len, 0);
}

static void bytes_without_an_address_are_invalid(void **state)
{
	const dctx_bytes bad = {NULL, 1}, good = {"x", 1}, none = {NULL, 0};

	(void)state;
	dctx_set(k_bytes, good);
	assert_int_equal(dctx_set(k_bytes, bad), DCTX_INVALID);
	assert_int_equal(dctx_replace(k_bytes, bad), DCTX_INVALID);
	assert_int_equal(dctx_get(k_bytes, none).len, 1);
}

static void the_bytes_form_tells_the_length_of_a_text(void **state)
{
	const dctx_bytes none = {NULL, 99};
	dctx_bytes out;

	(void)state;
	out = dctx_store_get_bytes(dctx_current(), &k_text.key, none);
	assert_int_equal(out.len, 99);
	dctx_set(k_text, "four");
	out = dctx_store_get_bytes(dctx_current(), &k_text.key, none);
	assert_int_equal(out.len, 4);
	assert_memory_equal(out.data, "four", 5);
}

static void a_text_key_gives_no_bytes_key_a_text(void **state)
{
	const dctx_bytes bytes = {"x", 1};
	dctx_store *store = dctx_current();

	(void)state;
	dctx_set(k_bytes, bytes);
	assert_null(dctx_store_get_str(store, &k_bytes.key, NULL));
	assert_int_equal(dctx_store_set_str(store, &k_bytes.key, "y"),
			 DCTX_WRONG_TYPE);
}

/* Sets a text twice in one scope while its first pointer is in use. */
static void borrow(size_t len)
{
	char *first = text_of(len, 'a'), *second = text_of(len, 'k');
	DCTX_SCOPE("borrows");
	const char *borrowed;

	dctx_set(k_text, first);
	borrowed = dctx_get(k_text, "");
	{
		DCTX_SCOPE("inner");
		dctx_set(k_text, "inner");
	}
	dctx_set(k_text, second);
	dctx_unset(k_text);
	assert_string_equal(borrowed, first);
	free(first);
	free(second);
}

static void a_borrowed_text_is_good_until_its_scope_is_left(void **state)
{
	(void)state;
	for (int i = 1; i < LENGTHS; i++)
		borrow(lengths[i]);
}

static void a_value_can_be_set_from_itself(void **state)
{
	static const size_t len[] = {5, 511, 512, 5000};

	(void)state;
	for (int i = 0; i < 4; i++) {
		char *text = text_of(len[i], 's');
		DCTX_SCOPE("self");

		dctx_set(k_text, text);
		dctx_set(k_text, dctx_get(k_text, ""));
		assert_string_equal(dctx_get(k_text, ""), text);
		dctx_replace(k_text, dctx_get(k_text, ""));
		assert_string_equal(dctx_get(k_text, ""), text);
		dctx_replace(k_other, dctx_get(k_text, ""));
		assert_string_equal(dctx_get(k_other, ""), text);
		free(text);
	}
}

/* Replaces a text many times by texts of a few lengths in turn. */
static void replace_often(const size_t *len, size_t n)
{
	size_t before = 0;
	char *texts[4];
	DCTX_SCOPE("loop");

	for (size_t i = 0; i < n; i++)
		texts[i] = text_of(len[i], (char)('a' + i));
	for (int i = 0; i < 100000; i++) {
		if (i == 100)
			before = dctxt_heap_bytes();
		assert_int_equal(dctx_replace(k_text, texts[i % n]), DCTX_OK);
	}
	assert_in_range(dctxt_heap_bytes(), 0, before + 16384);
	assert_string_equal(dctx_get(k_text, ""), texts[99999 % n]);
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
}

static void a_loop_of_replaces_takes_no_more_memory(void **state)
{
	static const size_t same[] = {400}, large[] = {5000};
	static const size_t mixed[] = {1, 511, 512, 100};

	(void)state;
	replace_often(same, 1);
	replace_often(large, 1);
	replace_often(mixed, 4);
}

static void two_keys_replaced_in_turn_take_no_more_memory(void **state)
{
	size_t before = 0;
	DCTX_SCOPE("loop");

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[64];

		if (i == 100)
			before = dctxt_heap_bytes();
		snprintf(text, sizeof(text), "%d and a little more", i);
		assert_int_equal(dctx_replace(k_text, text), DCTX_OK);
		assert_int_equal(dctx_replace(k_other, text), DCTX_OK);
	}
	assert_in_range(dctxt_heap_bytes(), 0, before + 16384);
}

static void a_replace_leaves_an_outer_value_alone(void **state)
{
	const char *borrowed;

	(void)state;
	dctx_set(k_text, "outer");
	borrowed = dctx_get(k_text, "");
	{
		DCTX_SCOPE("inner");
		dctx_replace(k_text, "inner 1");
		dctx_replace(k_text, "inner 2");
		assert_string_equal(dctx_get(k_text, ""), "inner 2");
	}
	assert_string_equal(borrowed, "outer");
	assert_string_equal(dctx_get(k_text, ""), "outer");
}

/* Sets a text again and again in a task with a ceiling of `ceiling` bytes;
 * gives how often that went well, and leaves the scope again. */
static size_t fill(size_t ceiling, size_t len)
{
	char *text = text_of(len, 'f');
	dctx_store *task;
	dctx_guard guard;
	size_t times = 0;

	dctx_limit_set(DCTX_LIMIT_STORE_BYTES, ceiling);
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	guard = dctx_enter("fill");
	while (times * len <= ceiling && dctx_set(k_text, text) == DCTX_OK)
		times++;
	assert_int_equal(dctx_scope_status(), DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->limit, ceiling);
	assert_true(dctx_last_error()->size > ceiling);
	assert_string_equal(dctx_get(k_text, ""), text);
	dctx_leave(guard);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_set(k_text, text), DCTX_OK);
	dctx_task_leave(task);
	dctx_task_free(task);
	free(text);
	return times;
}

static void a_store_takes_no_more_than_its_ceiling(void **state)
{
	(void)state;
	assert_in_range(fill(65536, 400), 65536 / 400 / 2, 65536 / 400);
	assert_in_range(fill(1 << 20, 100), (1 << 20) / 400, (1 << 20) / 100);
}

static void large_values_count_against_the_ceiling(void **state)
{
	(void)state;
	assert_in_range(fill(16 << 20, 1 << 20), 8, 16);
	assert_in_range(fill(1 << 20, 5000), (1 << 20) / 10000,
			(1 << 20) / 5000);
}

static void the_ceiling_refuses_one_huge_value(void **state)
{
	char *text = text_of(100000, 'h');
	dctx_store *task;

	(void)state;
	dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 65536);
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	assert_int_equal(dctx_store_set_str(task, &k_text.key, text),
			 DCTX_LIMIT);
	assert_int_equal(dctx_store_set_str(task, &k_text.key, "small"),
			 DCTX_OK);
	dctx_task_free(task);
	free(text);
}

static void a_length_past_four_gib_is_refused(void **state)
{
	const dctx_bytes huge = {"x", SIZE_MAX};

	(void)state;
	assert_int_not_equal(dctx_set(k_bytes, huge), DCTX_OK);
	assert_false(dctx_has(k_bytes));
}

/* Refused before any of it is read. */
static void bytes_of_four_gigabytes_are_invalid(void **state)
{
	const dctx_bytes bytes = {"x", UINT32_MAX};

	(void)state;
	dctx_set(k_bytes, ((dctx_bytes){"old", 3}));
	assert_int_equal(dctx_set(k_bytes, bytes), DCTX_INVALID);
	assert_int_equal(dctx_replace(k_bytes, bytes), DCTX_INVALID);
	assert_int_equal(dctx_get(k_bytes, bytes).len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_text_of_any_length_comes_back),
		DCTXT_TEST(the_caller_may_change_his_text_afterwards),
		DCTXT_TEST(bytes_of_any_length_come_back),
		DCTXT_TEST(bytes_may_hold_nuls),
		DCTXT_TEST(no_bytes_are_a_value),
		DCTXT_TEST(bytes_without_an_address_are_invalid),
		DCTXT_TEST(the_bytes_form_tells_the_length_of_a_text),
		DCTXT_TEST(a_text_key_gives_no_bytes_key_a_text),
		DCTXT_TEST(a_borrowed_text_is_good_until_its_scope_is_left),
		DCTXT_TEST(a_value_can_be_set_from_itself),
		DCTXT_TEST(a_loop_of_replaces_takes_no_more_memory),
		DCTXT_TEST(two_keys_replaced_in_turn_take_no_more_memory),
		DCTXT_TEST(a_replace_leaves_an_outer_value_alone),
		DCTXT_TEST(a_store_takes_no_more_than_its_ceiling),
		DCTXT_TEST(large_values_count_against_the_ceiling),
		DCTXT_TEST(the_ceiling_refuses_one_huge_value),
		DCTXT_TEST(a_length_past_four_gib_is_refused),
		DCTXT_TEST(bytes_of_four_gigabytes_are_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
