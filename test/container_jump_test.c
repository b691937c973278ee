/* SPDX-License-Identifier: MIT */
/*
 * container_jump_test.c - proves that the functions of a user's container may
 * do what they like while notes are set: use dctx, set notes themselves, jump
 * away or end their thread. The store is as it was, and no memory is lost.
 */
#include "rows.h"

#include <pthread.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static jmp_buf out;

static void jump(void)
{
	longjmp(out, 1);
}

static void *end_thread(void *arg)
{
	(void)arg;
	pthread_exit(NULL);
}

static void end_this_thread(void)
{
	(void)end_thread(NULL);
}

static void use_dctx(void)
{
	dctx_guard guard = dctx_enter("inside");

	assert_int_equal(dctx_set(k_num, 2), DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(dctx_set(k_num, 3), DCTX_OK);
}

static void set_a_note(void)
{
	assert_int_equal(rows_push("inside"), DCTX_OK);
}

static void leave_a_scope_open(void)
{
	(void)dctx_enter("left open");
}

static void a_function_may_use_dctx(void **state)
{
	static const char *const functions[] = {"copy", "put", "destroy"};

	(void)state;
	rows_use();
	for (size_t i = 0; i < 3; i++) {
		rows_do.in = functions[i];
		rows_do.during = use_dctx;
		assert_int_equal(rows_push("text"), DCTX_OK);
		assert_int_equal(dctx_get(k_num, 0), 3);
		dctx_unset(k_num);
	}
	assert_string_equal(rows_shown(), "text text text");
}

static void a_note_set_meanwhile_wins(void **state)
{
	(void)state;
	rows_use();
	rows_do.in = "put";
	rows_do.during = set_a_note;
	assert_int_equal(rows_push("outside"), DCTX_BUSY);
	assert_string_equal(rows_shown(), "inside");
	rows_do.in = "copy";
	assert_int_equal(rows_push("outside"), DCTX_BUSY);
	assert_string_equal(rows_shown(), "inside inside");
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 2);
}

static void a_note_goes_to_the_scope_that_a_function_left_open(void **state)
{
	DCTX_SCOPE("outer");

	(void)state;
	rows_use();
	rows_do.in = "put";
	rows_do.during = leave_a_scope_open;
	assert_int_equal(rows_push("text"), DCTX_OK);
	assert_string_equal(rows_shown(), "text");
	assert_int_equal(dctx_depth(), 3);
}

/* Jumps out of each function in turn; what it left is destroyed at the
 * thread's end. */
static void *jump_around(void *arg)
{
	static const char *const functions[] = {"copy", "put", "remove"};
	static int i;
	DCTX_SCOPE("scope");

	DCTXT_EXPECT(rows_use() == DCTX_OK);
	DCTXT_EXPECT(rows_push("kept") == DCTX_OK);
	rows_do.during = jump;
	for (i = 0; i < 9; i++) {
		rows_do.in = functions[i % 3];
		if (setjmp(out) != 0)
			continue;
		(void)(i % 3 == 2 ? dctx_note_unset("0") : rows_push("lost"));
		DCTXT_EXPECT(false);
	}
	rows_do.in = "make";
	if (setjmp(out) == 0) {
		(void)dctx_notes_clear();
		DCTXT_EXPECT(false);
	}
	DCTXT_EXPECT(strcmp(rows_shown(), "kept") == 0);
	DCTXT_EXPECT(dctx_set(k_num, 1) == DCTX_OK);
	DCTXT_EXPECT(rows_push("more") == DCTX_OK);
	return arg;
}

static void a_jump_out_of_any_function_changes_nothing(void **state)
{
	(void)state;
	dctxt_on_thread(jump_around, NULL);
	assert_int_equal(rows_do.alive, 0);
	assert_int_equal(dctxt_count_all(), 0);
}

static void jump_inside(void)
{
	rows_do.in = "put";
	rows_do.during = jump;
	if (setjmp(out) == 0) {
		(void)rows_push("lost");
		DCTXT_EXPECT(false);
	}
}

static void *jump_in_a_jump(void *arg)
{
	DCTX_SCOPE("scope");

	DCTXT_EXPECT(rows_use() == DCTX_OK);
	rows_do.in = "put";
	rows_do.during = jump_inside;
	DCTXT_EXPECT(rows_push("kept") == DCTX_OK);
	DCTXT_EXPECT(strcmp(rows_shown(), "kept") == 0);
	return arg;
}

static void a_jump_from_a_note_within_a_note_leaves_the_outer_one(void **state)
{
	(void)state;
	dctxt_on_thread(jump_in_a_jump, NULL);
	assert_int_equal(rows_do.alive, 0);
}

static void a_jump_out_of_destroy_loses_nothing_else(void **state)
{
	static struct dctxt_thing thing = {.id = 1};

	(void)state;
	rows_use();
	rows_push("gone");
	dctx_set(k_thing, &thing);
	{
		DCTX_SCOPE("scope");
		dctx_set(k_thing, &thing);
		rows_push("scope");
		rows_do.in = "destroy";
		rows_do.during = jump;
		if (setjmp(out) == 0) {
			rows_push("again");
			fail();
		}
		assert_string_equal(rows_shown(), "gone scope again");
	}
	assert_string_equal(rows_shown(), "gone");
	assert_int_equal(dctxt_alive(), 1);
}

static void *end_in_a_function(void *arg)
{
	dctx_guard guard = dctx_enter("scope");

	DCTXT_EXPECT(rows_use() == DCTX_OK);
	DCTXT_EXPECT(rows_push("text") == DCTX_OK);
	rows_do.during = end_this_thread;
	rows_do.in = arg;
	if (strcmp(arg, "remove") == 0)
		(void)dctx_note_unset("0");
	else if (strcmp(arg, "make") == 0)
		(void)dctx_notes_clear();
	else
		(void)rows_push("text");
	DCTXT_EXPECT(false);
	dctx_leave(guard);
	return NULL;
}

static void a_thread_may_end_in_any_function(void **state)
{
	static char functions[][8] = {"copy", "put", "remove", "make",
				      "destroy"};

	(void)state;
	for (int i = 0; i < 5; i++) {
		dctxt_on_thread(end_in_a_function, functions[i]);
		assert_int_equal(rows_do.alive, 0);
	}
}

static dctx_store *task;

/* A thread that never has a store of its own ends its work, too. */
static void *jump_in_a_task(void *arg)
{
	if (setjmp(out) == 0) {
		(void)dctx_store_note_set(task, "n", &DCTX_ANY("lost"));
		DCTXT_EXPECT(false);
	}
	return arg;
}

static void a_jump_in_a_task_is_cleared_up_by_its_thread(void **state)
{
	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	assert_int_equal(dctx_store_container(task, &rows_container, NULL),
			 DCTX_OK);
	rows_do.in = "put";
	rows_do.during = jump;
	dctxt_on_thread(jump_in_a_task, NULL);
	assert_int_equal(rows_do.alive, 1);
	dctx_task_free(task);
}

static void jump_from(const struct dctxt_thing *thing)
{
	if (thing->id == 2)
		longjmp(out, 1);
}

/* The library's own container is destroyed to its end, whatever the destroy
 * of a value in it does. */
static void *jump_out_of_a_value(void *arg)
{
	static struct dctxt_thing thing;
	dctx_guard guard = dctx_enter("scope");
	char name[] = "n0";

	for (int i = 0; i < 4; i++, name[1]++) {
		thing.id = i;
		DCTXT_EXPECT(dctx_note_set(name, &DCTX_ANY_OBJECT(
							 &dctxt_thing_type,
							 &thing)) == DCTX_OK);
	}
	dctxt_things.on_destroy = jump_from;
	if (setjmp(out) == 0) {
		dctx_leave(guard);
		DCTXT_EXPECT(false);
	}
	DCTXT_EXPECT(dctx_notes(NULL, 0) == 0);
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(dctxt_alive() == 2);
	return arg;
}

static void a_value_may_jump_out_of_its_destroy(void **state)
{
	(void)state;
	dctxt_on_thread(jump_out_of_a_value, NULL);
	assert_int_equal(dctxt_alive(), 0);
}

static void *read_at_once(void *arg)
{
	dctx_snapshot **taken = arg;

	for (int i = 0; i < 200; i++) {
		DCTX_ATTACH(*taken);
		DCTXT_EXPECT(strcmp(dctx_note("0").as.bytes.data, "shared") ==
			     0);
		DCTXT_EXPECT(rows_push("own") == DCTX_OK);
		DCTXT_EXPECT(dctx_notes(NULL, 0) == 2);
	}
	*taken = dctx_snapshot_unref(*taken);
	return NULL;
}

static void threads_share_one_container(void **state)
{
	dctx_snapshot *taken[4];

	(void)state;
	rows_use();
	rows_push("shared");
	for (int i = 0; i < 4; i++)
		assert_int_equal(dctx_capture(&taken[i]), DCTX_OK);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	dctxt_together(4, read_at_once, taken, sizeof(taken[0]));
	assert_int_equal(rows_do.alive, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROWS_TEST(a_function_may_use_dctx),
		ROWS_TEST(a_note_set_meanwhile_wins),
		ROWS_TEST(a_note_goes_to_the_scope_that_a_function_left_open),
		ROWS_TEST(a_jump_out_of_any_function_changes_nothing),
		ROWS_TEST(
			a_jump_from_a_note_within_a_note_leaves_the_outer_one),
		ROWS_TEST(a_jump_out_of_destroy_loses_nothing_else),
		ROWS_TEST(a_thread_may_end_in_any_function),
		ROWS_TEST(a_jump_in_a_task_is_cleared_up_by_its_thread),
		ROWS_TEST(a_value_may_jump_out_of_its_destroy),
		ROWS_TEST(threads_share_one_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
