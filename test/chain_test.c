/* SPDX-License-Identifier: MIT */
/*
 * chain_test.c - proves that the names of the scopes that lead here are told
 * whole and in order, the newest ones when there are too many, wherever the
 * names came from and whatever became of the buffers they were made in.
 */
#include "kit.h"

#include <stdio.h>

#define CHAIN 64

/* The whole chain of the current store as "a/b/c". */
static const char *chain(void)
{
	static char text[4096];

	assert_in_range(dctx_chain_text("/", text, sizeof(text)), 0,
			sizeof(text) - 1);
	return text;
}

static void a_fresh_store_has_no_names(void **state)
{
	const char *names[1] = {"untouched"};

	(void)state;
	assert_int_equal(dctx_chain(names, 1), 0);
	assert_int_equal(dctx_path(names, 1), 0);
	assert_string_equal(names[0], "untouched");
	assert_string_equal(chain(), "");
}

static void names_come_oldest_first_and_go_again(void **state)
{
	(void)state;
	{
		DCTX_SCOPE("outer");
		assert_string_equal(chain(), "outer");
		{
			DCTX_SCOPE("inner");
			assert_string_equal(chain(), "outer/inner");
		}
		assert_string_equal(chain(), "outer");
	}
	assert_string_equal(chain(), "");
}

static void no_name_is_invisible_and_an_empty_one_is_not(void **state)
{
	DCTX_SCOPE("a");
	DCTX_SCOPE_UNNAMED;

	(void)state;
	assert_string_equal(chain(), "a");
	{
		DCTX_SCOPE("");
		assert_string_equal(chain(), "a/");
		assert_int_equal(dctx_chain(NULL, 0), 2);
	}
	{
		DCTX_SCOPE("b");
		assert_string_equal(chain(), "a/b");
	}
}

static void a_captured_chain_has_its_stores_text(void **state)
{
	char text[16], captured[16];
	DCTX_SCOPE("");
	DCTX_SCOPE("b");
	DCTX_SNAPSHOT(snapshot);

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *separator = i == 0 ? "/" : NULL;

		assert_int_equal(dctx_chain_text(separator, text, 16),
				 dctx_snapshot_chain_text(snapshot, separator,
							  captured, 16));
		assert_string_equal(text, i == 0 ? "/b" : "b");
		assert_string_equal(captured, text);
	}
}

static void a_short_array_gets_the_newest_names(void **state)
{
	const char *names[3] = {NULL, NULL, "untouched"};
	DCTX_SCOPE("a");
	DCTX_SCOPE("b");
	DCTX_SCOPE("c");

	(void)state;
	assert_int_equal(dctx_chain(NULL, 0), 3);
	assert_int_equal(dctx_chain(names, 2), 3);
	assert_string_equal(names[0], "b");
	assert_string_equal(names[1], "c");
	assert_string_equal(names[2], "untouched");
}

static void a_short_text_is_cut_and_tells_its_length(void **state)
{
	char text[8] = "xxxxxxx";
	DCTX_SCOPE("ab");
	DCTX_SCOPE("cd");

	(void)state;
	assert_int_equal(dctx_chain_text(" > ", NULL, 0), 7);
	assert_int_equal(dctx_chain_text(" > ", text, 1), 7);
	assert_string_equal(text, "");
	assert_int_equal(text[1], 'x');
	assert_int_equal(dctx_chain_text(" > ", text, 4), 7);
	assert_string_equal(text, "ab ");
	assert_int_equal(dctx_chain_text(" > ", text, 7), 7);
	assert_string_equal(text, "ab > c");
	assert_int_equal(dctx_chain_text(" > ", text, 8), 7);
	assert_string_equal(text, "ab > cd");
	assert_int_equal(dctx_chain_text("", text, 8), 4);
	assert_string_equal(text, "abcd");
}

/* Enters `n` scopes named first, first + 1, ... */
static void enter_numbered(dctx_guard *guards, int first, int n)
{
	for (int i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", first + i);
		guards[i] = dctx_enter_copy(name);
	}
}

/* Checks that the chain is `n` names, the last of them `last`. */
static void check_numbered(int n, int last)
{
	const char *names[CHAIN + 1];
	char expected[16];

	assert_int_equal(dctx_chain(names, CHAIN + 1), n);
	for (int i = 0; i < n; i++) {
		snprintf(expected, sizeof(expected), "s%d", last - n + 1 + i);
		assert_string_equal(names[i], expected);
	}
}

static void the_newest_64_names_are_kept(void **state)
{
	dctx_guard guards[200];

	(void)state;
	enter_numbered(guards, 0, 200);
	check_numbered(CHAIN, 199);
	for (int i = 199; i >= 100; i--)
		dctx_leave(guards[i]);
	check_numbered(CHAIN, 99);
	for (int i = 99; i >= 10; i--)
		dctx_leave(guards[i]);
	check_numbered(10, 9);
	dctx_leave(guards[0]);
}

static void a_captured_chain_keeps_the_newest_names_too(void **state)
{
	dctx_guard guards[100], attach;
	dctx_snapshot *snapshot;
	const char *names[CHAIN];

	(void)state;
	enter_numbered(guards, 0, 100);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_leave(guards[0]);
	assert_int_equal(dctx_snapshot_chain(snapshot, names, CHAIN), CHAIN);
	assert_string_equal(names[0], "s36");
	assert_string_equal(names[CHAIN - 1], "s99");
	assert_int_equal(dctx_attach(snapshot, &attach), DCTX_OK);
	check_numbered(CHAIN, 99);
	enter_numbered(guards, 100, 10);
	check_numbered(CHAIN, 109);
	dctx_leave(guards[0]);
	check_numbered(CHAIN, 99);
	dctx_leave(attach);
	dctx_snapshot_unref(snapshot);
}

static void the_chain_limit_can_be_set(void **state)
{
	dctx_guard guards[100];
	dctx_store *task;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_CHAIN, 3), DCTX_OK);
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	enter_numbered(guards, 0, 10);
	check_numbered(3, 9);
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void the_chain_limit_can_be_lifted(void **state)
{
	dctx_guard guards[200];
	dctx_store *task;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_CHAIN, 0), DCTX_OK);
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	enter_numbered(guards, 0, 200);
	assert_int_equal(dctx_chain(NULL, 0), 200);
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void the_path_has_only_the_names_entered_here(void **state)
{
	const char *names[4];
	DCTX_SCOPE("there");
	DCTX_SNAPSHOT(snapshot);

	(void)state;
	assert_int_equal(dctx_path(names, 4), 1);
	DCTX_ATTACH(snapshot);
	assert_int_equal(dctx_path(names, 4), 0);
	DCTX_SCOPE("a");
	DCTX_SCOPE("b");
	assert_int_equal(dctx_path(names, 4), 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	assert_int_equal(dctx_path(names, 1), 2);
	assert_string_equal(names[0], "b");
	assert_string_equal(chain(), "there/a/b");
}

static void the_path_of_a_fork_begins_empty(void **state)
{
	const char *names[4];
	dctx_store *task;
	DCTX_SCOPE("parent");

	(void)state;
	assert_int_equal(dctx_fork(&task), DCTX_OK);
	assert_int_equal(dctx_store_path(task, names, 4), 0);
	assert_int_equal(dctx_store_chain(task, names, 4), 1);
	assert_string_equal(names[0], "parent");
	dctx_task_free(task);
}

static void a_copied_name_outlives_its_buffer(void **state)
{
	char name[16] = "copied";
	dctx_guard guard = dctx_enter_copy(name);
	dctx_scope_info info;

	(void)state;
	strcpy(name, "overwritten");
	assert_string_equal(chain(), "copied");
	assert_int_equal(dctx_peek(&info), DCTX_OK);
	assert_string_equal(info.name, "copied");
	dctx_leave(guard);
}

static void a_captured_name_outlives_its_scope(void **state)
{
	dctx_guard guard = dctx_enter_copy("copied");
	dctx_snapshot *snapshot;
	char text[16];

	(void)state;
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_leave(guard);
	dctx_leave(dctx_enter_copy("another"));
	assert_int_equal(dctx_snapshot_chain_text(snapshot, "/", text, 16), 6);
	assert_string_equal(text, "copied");
	dctx_snapshot_unref(snapshot);
}

static void a_copied_name_may_be_null(void **state)
{
	dctx_guard guard = dctx_enter_copy(NULL);

	(void)state;
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctx_chain(NULL, 0), 0);
	dctx_leave(guard);
}

/* Enters a scope named by `fill` letters and `tail`; gives the name kept. */
static size_t kept(int fill, const char *tail)
{
	char name[300];
	dctx_scope_info info;
	dctx_guard guard;
	size_t len;

	memset(name, 'n', (size_t)fill);
	strcpy(name + fill, tail);
	guard = dctx_enter_copy(name);
	assert_int_equal(dctx_peek(&info), DCTX_OK);
	len = strlen(info.name);
	assert_memory_equal(info.name, name, len);
	dctx_leave(guard);
	return len;
}

static void a_long_copied_name_is_cut_at_a_characters_border(void **state)
{
	(void)state;
	assert_int_equal(kept(255, ""), 255);
	assert_int_equal(kept(254, "xy"), 255);
	assert_int_equal(kept(253, "\xc3\xa9"), 255);
	assert_int_equal(kept(254, "\xc3\xa9"), 254);
	assert_int_equal(kept(253, "\xe2\x82\xac"), 253);
	assert_int_equal(kept(252, "\xe2\x82\xac"), 255);
	assert_int_equal(kept(252, "\xf0\x9f\x98\x80"), 252);
	assert_int_equal(kept(251, "\xf0\x9f\x98\x80z"), 255);
}

static void names_of_any_length_are_kept_without_a_limit(void **state)
{
	static char name[100001];
	dctx_scope_info info;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 0), DCTX_OK);
	for (int i = 0; i < 3; i++) {
		(void)dctx_enter_copy(name);
		assert_int_equal(dctx_peek(&info), DCTX_OK);
		assert_string_equal(info.name, name);
	}
	assert_int_equal(dctx_chain_text("/", NULL, 0), 3 * 100000 + 2);
}

/* Captures in a task, forks that, and so on; gives the last one's text. */
static const char *text_of_generations(const char *const *names, bool copied)
{
	static char text[64];
	dctx_snapshot *captured = NULL;
	size_t len;

	for (; *names != NULL; names++) {
		dctx_snapshot *before = captured;
		dctx_store *task;

		assert_int_equal(dctx_task_new(before, &task), DCTX_OK);
		if (copied)
			(void)dctx_store_enter_copy(task, *names);
		else
			(void)dctx_store_enter(task, *names);
		(void)dctx_store_enter(task, "+");
		assert_int_equal(dctx_store_capture(task, &captured), DCTX_OK);
		dctx_task_free(task);
		dctx_snapshot_unref(before);
	}
	len = dctx_snapshot_chain_text(captured, " ", text, sizeof(text));
	assert_int_equal(len, strlen(text));
	dctx_snapshot_unref(captured);
	return text;
}

static void a_capture_of_a_capture_has_the_text_of_both(void **state)
{
	static const char *const names[] = {"one", "two", "three", NULL};

	(void)state;
	assert_string_equal(text_of_generations(names, false),
			    "one + two + three +");
	assert_string_equal(text_of_generations(names, true),
			    "one + two + three +");
}

static void a_name_that_is_no_text_is_cut_all_the_same(void **state)
{
	char name[300];
	dctx_scope_info info;
	dctx_guard guard;

	(void)state;
	memset(name, 0x80, 299);
	name[299] = '\0';
	guard = dctx_enter_copy(name);
	assert_int_equal(dctx_peek(&info), DCTX_OK);
	assert_in_range(info.name != NULL ? strlen(info.name) : 0, 0, 255);
	dctx_leave(guard);
}

static void a_thousand_copied_names_come_and_go(void **state)
{
	dctx_guard guards[1000];
	size_t before = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		enter_numbered(guards, 0, 1000);
		check_numbered(CHAIN, 999);
		dctx_leave(guards[0]);
		if (round == 3)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_fresh_store_has_no_names),
		DCTXT_TEST(names_come_oldest_first_and_go_again),
		DCTXT_TEST(no_name_is_invisible_and_an_empty_one_is_not),
		DCTXT_TEST(a_captured_chain_has_its_stores_text),
		DCTXT_TEST(a_short_array_gets_the_newest_names),
		DCTXT_TEST(a_short_text_is_cut_and_tells_its_length),
		DCTXT_TEST(the_newest_64_names_are_kept),
		DCTXT_TEST(a_captured_chain_keeps_the_newest_names_too),
		DCTXT_TEST(the_chain_limit_can_be_set),
		DCTXT_TEST(the_chain_limit_can_be_lifted),
		DCTXT_TEST(the_path_has_only_the_names_entered_here),
		DCTXT_TEST(the_path_of_a_fork_begins_empty),
		DCTXT_TEST(a_copied_name_outlives_its_buffer),
		DCTXT_TEST(a_captured_name_outlives_its_scope),
		DCTXT_TEST(a_copied_name_may_be_null),
		DCTXT_TEST(a_long_copied_name_is_cut_at_a_characters_border),
		DCTXT_TEST(names_of_any_length_are_kept_without_a_limit),
		DCTXT_TEST(a_capture_of_a_capture_has_the_text_of_both),
		DCTXT_TEST(a_name_that_is_no_text_is_cut_all_the_same),
		DCTXT_TEST(a_thousand_copied_names_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
