/* SPDX-License-Identifier: MIT */
/*
 * container_test.c - proves that a container of the user's takes the place of
 * the library's table of notes: it goes where notes go, its functions may fail,
 * use dctx, jump away or end their thread, and nothing of a store or of the
 * memory is lost.
 */
#include "rows.h"

#include <stdlib.h>

static const struct rows *rows_data(const dctx_store *store)
{
	return dctx_store_container_data(store, &rows_container);
}

static dctx_status rows_adopt(void *data)
{
	return dctx_store_container(dctx_current(), &rows_container, data);
}

static void a_users_container_takes_the_librarys_place(void **state)
{
	const struct rows *data;

	(void)state;
	assert_int_equal(rows_use(), DCTX_OK);
	assert_int_equal(rows_push("abc"), DCTX_OK);
	assert_int_equal(rows_push("def"), DCTX_OK);
	data = rows_data(dctx_current());
	assert_int_equal(data->n, 2);
	assert_string_equal(data->row[0], "abc");
	assert_string_equal(data->row[1], "def");
	assert_string_equal(rows_shown(), "abc def");
	assert_string_equal(dctx_note("1").as.bytes.data, "def");
	assert_int_equal(dctx_note("2").kind, 0);
	assert_int_equal(dctx_note_unset("0"), DCTX_OK);
	assert_int_equal(dctx_note_unset("7"), DCTX_OK);
	assert_string_equal(rows_shown(), "def");
	assert_int_equal(dctx_notes_clear(), DCTX_OK);
	assert_string_equal(rows_shown(), "");
	assert_int_equal(dctxt_count_all(), 0);
}

static void it_ends_with_its_scope_and_takes_earlier_notes_along(void **state)
{
	dctx_note_set("first", &DCTX_ANY("one"));
	dctx_note_set("second", &DCTX_ANY("two"));

	(void)state;
	{
		DCTX_SCOPE("rows");
		assert_int_equal(rows_use(), DCTX_OK);
		rows_push("three");
		assert_string_equal(rows_shown(), "one two three");
		{
			DCTX_SCOPE("own again");
			assert_int_equal(dctx_store_container(dctx_current(),
							      NULL, NULL),
					 DCTX_OK);
			assert_null(rows_data(dctx_current()));
			rows_push("four");
			assert_string_equal(rows_shown(), "one two three four");
			assert_string_equal(dctx_note("n").as.bytes.data,
					    "four");
		}
		assert_string_equal(rows_shown(), "one two three");
	}
	assert_string_equal(rows_shown(), "one two");
	assert_string_equal(dctx_note("second").as.bytes.data, "two");
}

static void a_set_in_a_scope_is_undone_with_it(void **state)
{
	(void)state;
	rows_use();
	rows_push("outer");
	{
		DCTX_SCOPE("inner");
		DCTX_SNAPSHOT(taken);

		rows_push("inner");
		rows_push("more");
		assert_string_equal(rows_shown(), "outer inner more");
		assert_int_equal(rows_do.alive, 2);
		{
			DCTX_ATTACH(taken);
			rows_push("attached");
			assert_string_equal(rows_shown(), "outer attached");
		}
		assert_int_equal(dctx_snapshot_notes(taken, NULL, 0), 1);
	}
	assert_string_equal(rows_shown(), "outer");
	assert_int_equal(rows_do.alive, 1);
}

static void a_fork_copies_only_what_it_changes(void **state)
{
	dctx_store *task;

	(void)state;
	rows_use();
	rows_push("parent");
	assert_int_equal(dctx_fork(&task), DCTX_OK);
	assert_ptr_equal(rows_data(task),
			 rows_data(dctx_current()));
	assert_int_equal(dctx_store_note_set(task, "n", &DCTX_ANY("child")),
			 DCTX_OK);
	assert_int_equal(dctx_store_notes(task, NULL, 0), 2);
	assert_string_equal(rows_shown(), "parent");
	dctx_task_free(task);
}

static void a_container_of_the_users_is_taken_over_on_success(void **state)
{
	struct rows *data = NULL;

	(void)state;
	dctx_note_set("a", &DCTX_ANY("carried"));
	assert_int_equal(rows_container.make((void **)&data), DCTX_OK);
	strcpy(data->row[data->n++], "already");
	assert_int_equal(rows_adopt(data),
			 DCTX_OK);
	assert_ptr_equal(rows_data(dctx_current()),
			 data);
	assert_string_equal(rows_shown(), "already carried");
	rows_push("pushed");
	assert_int_equal(rows_do.alive, 1);
}

static void a_container_is_the_callers_still_on_failure(void **state)
{
	void *data = NULL;

	(void)state;
	dctx_note_set("a", &DCTX_ANY("text"));
	dctx_note_set("b", &DCTX_ANY(1));
	assert_int_equal(rows_container.make(&data), DCTX_OK);
	assert_int_equal(rows_adopt(data),
			 DCTX_WRONG_TYPE);
	assert_string_equal(dctx_last_error()->what, "container");
	assert_int_equal(rows_do.alive, 1);
	assert_int_equal(dctx_note("b").as.i, 1);
	dctx_notes_clear();
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 1), DCTX_OK);
	assert_int_equal(rows_adopt(data), DCTX_LIMIT);
	assert_int_equal(rows_do.alive, 1);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1), DCTX_OK);
	{
		DCTX_SCOPE("alive");
		DCTX_SCOPE("dead");
		assert_int_equal(rows_adopt(data),
				 DCTX_DEAD_SCOPE);
	}
	assert_int_equal(rows_do.alive, 1);
	rows_container.destroy(data);
}

static void what_a_function_refuses_changes_nothing(void **state)
{
	const struct dctxt_told *told = dctxt_listen();

	(void)state;
	rows_use();
	rows_push("kept");
	rows_do.refuse = DCTX_NOMEM;
	assert_int_equal(rows_push("no copy"), DCTX_NOMEM);
	assert_int_equal(dctx_notes_clear(), DCTX_NOMEM);
	assert_int_equal(dctx_note_unset("0"), DCTX_NOMEM);
	rows_do.refuse = DCTX_OK;
	assert_int_equal(dctx_note_set("x", &DCTX_ANY(5)), DCTX_WRONG_TYPE);
	assert_int_equal(dctx_last_error()->status, DCTX_WRONG_TYPE);
	assert_string_equal(dctx_last_error()->what, "x");
	assert_int_equal(told->times, 4);
	assert_int_equal(told->event, DCTX_EV_DROPPED_WRITE);
	assert_string_equal(told->what, "x");
	for (int i = 1; i < ROWS; i++)
		assert_int_equal(rows_push("more"), DCTX_OK);
	assert_int_equal(rows_push("too much"), DCTX_LIMIT);
	assert_string_equal(rows_shown(), "kept more more more more more");
	rows_do.refuse = (dctx_status)99;
	{
		DCTX_SCOPE("odd");
		assert_int_equal(rows_push("odd"), 99);
		assert_int_equal(dctx_scope_status(), DCTX_CODEC);
	}
	assert_int_equal(rows_do.alive, 1);
}

static dctx_status make_nothing(void **out)
{
	(void)out;
	return DCTX_OK;
}

static size_t list_too_many(const void *data, dctx_note_item *items, size_t max)
{
	(void)data;
	(void)items;
	(void)max;
	return DCTX_NOTES_MAX + 1;
}

static size_t list_without_writing(const void *data, dctx_note_item *items,
				   size_t max)
{
	(void)data;
	(void)items;
	(void)max;
	return 2;
}

static void a_container_that_lies_does_no_harm(void **state)
{
	static dctx_container nothing, many, unwritten;
	dctx_store *s = dctx_current();

	(void)state;
	nothing = many = unwritten = rows_container;
	nothing.make = make_nothing;
	many.list = list_too_many;
	unwritten.list = list_without_writing;
	assert_int_equal(dctx_store_container(s, &nothing, NULL),
			 DCTX_INVALID);
	{
		DCTX_SCOPE("many");
		assert_int_equal(dctx_store_container(s, &many, NULL),
				 DCTX_OK);
		assert_int_equal(dctx_store_container(s, &rows_container, NULL),
				 DCTX_LIMIT);
	}
	{
		DCTX_SCOPE("unwritten");
		assert_int_equal(dctx_store_container(s, &unwritten, NULL),
				 DCTX_OK);
		assert_int_equal(dctx_store_container(s, &rows_container, NULL),
				 DCTX_INVALID);
	}
}

static void a_table_that_lacks_something_is_invalid(void **state)
{
	static dctx_container t[9];
	dctx_store *s = dctx_current();
	int data = 0;

	(void)state;
	for (int i = 0; i < 9; i++)
		t[i] = rows_container;
	t[0].struct_size--;
	t[1].name = NULL;
	t[2].make = NULL;
	t[3].copy = NULL;
	t[4].put = NULL;
	t[5].remove = NULL;
	t[6].get = NULL;
	t[7].list = NULL;
	for (int i = 0; i < 8; i++)
		assert_int_equal(dctx_store_container(s, &t[i], NULL),
				 DCTX_INVALID);
	assert_int_equal(dctx_store_container(s, NULL, &data), DCTX_INVALID);
	assert_int_equal(dctx_store_container(NULL, &rows_container, NULL),
			 DCTX_INVALID);
	assert_null(dctx_store_container_data(NULL, &rows_container));
	assert_null(dctx_store_container_data(s, NULL));
	assert_null(dctx_store_container_data(s, &rows_container));
	t[8].destroy = NULL;
	assert_int_equal(dctx_store_container(s, &t[8], NULL), DCTX_OK);
	free((void *)(uintptr_t)dctx_store_container_data(s, &t[8]));
	atomic_fetch_sub(&rows_do.alive, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROWS_TEST(a_users_container_takes_the_librarys_place),
		ROWS_TEST(
			it_ends_with_its_scope_and_takes_earlier_notes_along),
		ROWS_TEST(a_set_in_a_scope_is_undone_with_it),
		ROWS_TEST(a_fork_copies_only_what_it_changes),
		ROWS_TEST(
			a_container_of_the_users_is_taken_over_on_success),
		ROWS_TEST(a_container_is_the_callers_still_on_failure),
		ROWS_TEST(what_a_function_refuses_changes_nothing),
		ROWS_TEST(a_container_that_lies_does_no_harm),
		ROWS_TEST(a_table_that_lacks_something_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
