/* SPDX-License-Identifier: MIT */
/*
 * closed_full_test.c - proves that a closed key reads as absent after a failed
 * set where there is neither memory nor room in the log to hide it alone, or
 * where a dead scope's set fails; and that what hid it goes with its scope.
 */
#include "plat/heap.h"
#include "plat/local.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* So many keys that a directory of their pages fills the room that is kept. */
enum { MANY = 200 };

DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static dctx_key many[MANY];
static char names[MANY][16];
static dctx_key closed = {
	.kind = DCTX_KIND_U64, .policy = DCTX_CLOSED, .name = "closed"};

static int make_names(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof names[i], "many %d", i);
		many[i] = (dctx_key){.kind = DCTX_KIND_U64, .name = names[i]};
		if (dctx_key_register(&many[i]) != DCTX_OK)
			return -1;
	}
	return dctx_key_register(&closed) == DCTX_OK ? 0 : -1;
}

static void without_memory(void)
{
	dctxi_cache_drop(dctxi_local_now);
	dctxi_refusal.once = false;
	dctxi_refusal.countdown = 0;
}

static void with_memory(void)
{
	dctxi_refusal.countdown = -1;
}

/* A task that sees the closed key and has a page of its own for k_text. */
static dctx_store *new_task(void)
{
	dctx_snapshot *snapshot;
	dctx_store *task;

	assert_int_equal(dctx_store_set_u64(dctx_thread(), &closed, 1),
			 DCTX_OK);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(dctx_task_new(snapshot, &task), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	dctx_task_enter(task);
	assert_int_equal(dctx_set(k_text, ""), DCTX_OK);
	return task;
}

static void free_task(dctx_store *task)
{
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(dctx_store_get_u64(dctx_thread(), &closed, 0), 1);
	assert_int_equal(dctx_store_unset_key(dctx_thread(), &closed), DCTX_OK);
}

static bool is_hidden(void)
{
	return !dctx_store_has_key(dctx_current(), &closed);
}

static void fail_to_set(dctx_status want)
{
	assert_false(is_hidden());
	assert_int_equal(dctx_store_set_u64(dctx_current(), &closed, 2), want);
	assert_true(is_hidden());
}

/* Sets texts of a length until there is no room for one more. */
static void fill(size_t len)
{
	char text[512];

	memset(text, 'x', len);
	text[len] = '\0';
	for (int i = 0; dctx_set(k_text, text) == DCTX_OK; i++)
		assert_in_range(i, 0, 10000);
	/* What is left may do for a number: of the same page, without one. */
	for (int i = 0; i < MANY; i++)
		(void)dctx_store_set_u64(dctx_current(), &many[i], 1);
}

/* Whatever room is left: up to that for a value of each length. */
static void a_full_root_hides_all_for_good(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 504; len += 8) {
		dctx_store *task = new_task();

		without_memory();
		fill(len);
		fail_to_set(DCTX_NOMEM);
		with_memory();
		assert_int_equal(dctx_set(k_text, "again"), DCTX_OK);
		assert_string_equal(dctx_get(k_text, ""), "again");
		assert_true(is_hidden());
		free_task(task);
	}
}

static void a_full_scope_hides_all_until_it_is_left(void **state)
{
	dctx_store *task = new_task();
	dctx_guard guard = dctx_enter("full");

	(void)state;
	without_memory();
	fill(0);
	fail_to_set(DCTX_NOMEM);
	with_memory();
	dctx_leave(guard);
	assert_false(is_hidden());
	assert_string_equal(dctx_get(k_text, "-"), "");
	free_task(task);
}

/* A dead scope has no room of its own: what hides lies in the frame below. */
static void a_dead_scope_hides_the_key_until_it_is_left(void **state)
{
	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1), DCTX_OK);
	for (int memory = 0; memory < 2; memory++) {
		dctx_store *task = new_task();
		dctx_guard alive = dctx_enter("alive");
		dctx_guard dead = dctx_enter("dead");

		if (!memory)
			without_memory();
		fail_to_set(DCTX_DEAD_SCOPE);
		with_memory();
		assert_string_equal(dctx_get(k_text, "-"), "");
		dctx_leave(dead);
		assert_false(is_hidden());
		dctx_leave(alive);
		free_task(task);
	}
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1024), DCTX_OK);
}

static dctx_store *ending;

static void fail_at_the_end(void *object)
{
	(void)object;
	assert_int_equal(dctx_store_list(ending, DCTX_LIST_SCOPE, NULL, 0), 0);
	assert_true(dctx_store_has_key(ending, &closed));
	assert_int_equal(dctx_store_set_u64(ending, &closed, 2),
			 DCTX_DEAD_SCOPE);
	assert_false(dctx_store_has_key(ending, &closed));
	ending = NULL;
}

/* The root of a store that ends is as good as dead. */
static void a_destroy_at_the_end_hides_the_key(void **state)
{
	static const dctx_type type = {.struct_size = sizeof type,
				       .name = "ending",
				       .size = 1,
				       .destroy = fail_at_the_end};
	static dctx_key key = {
		.kind = DCTX_KIND_TYPE, .name = "ending", .type = &type};

	(void)state;
	ending = new_task();
	assert_int_equal(dctx_unset(k_text), DCTX_OK);
	(void)dctx_enter("open");
	assert_int_equal(dctx_store_set_type(ending, &key, ""), DCTX_OK);
	free_task(ending);
	assert_null(ending);
}

/* After a hiding the scope's first set makes one more directory; what it shares
 * with the one from before is not the scope's to free. */
static void pages_from_before_a_hiding_outlive_it(void **state)
{
	static dctx_key late[9];
	static char late_names[9][16];
	dctx_store *task = new_task();
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_store_set_u64(task, &many[50], 1), DCTX_OK);
	guard = dctx_enter("hides");
	without_memory();
	fail_to_set(DCTX_NOMEM);
	with_memory();
	assert_int_equal(dctx_store_set_u64(task, &many[10], 2), DCTX_OK);
	assert_int_equal(dctx_store_set_u64(task, &many[100], 3), DCTX_OK);
	for (int i = 0; i < 9; i++) {
		snprintf(late_names[i], sizeof late_names[i], "late %d", i);
		late[i] = (dctx_key){.kind = DCTX_KIND_U64,
				     .name = late_names[i]};
		assert_int_equal(dctx_store_set_u64(task, &late[i], 4),
				 DCTX_OK);
	}
	assert_true(is_hidden());
	dctx_leave(guard);
	assert_false(is_hidden());
	assert_int_equal(dctx_store_get_u64(task, &many[50], 0), 1);
	assert_false(dctx_store_has_key(task, &many[10]));
	assert_false(dctx_store_has_key(task, &late[8]));
	assert_int_equal(dctx_store_set_u64(task, &many[51], 5), DCTX_OK);
	free_task(task);
}

static void a_scope_that_hides_by_a_directory_does_not_retire(void **state)
{
	dctx_store *task = new_task();
	dctx_guard guard = dctx_enter("hides"), above;

	(void)state;
	assert_int_equal(dctx_set(k_text, "in the scope"), DCTX_OK);
	without_memory();
	fail_to_set(DCTX_NOMEM);
	with_memory();
	above = dctx_enter("above");
	assert_true(is_hidden());
	assert_int_equal(dctx_scope_retire(guard), DCTX_BUSY);
	dctx_leave(above);
	assert_int_equal(dctx_scope_retire(guard), DCTX_OK);
	assert_false(is_hidden());
	free_task(task);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_root_hides_all_for_good),
		cmocka_unit_test(a_full_scope_hides_all_until_it_is_left),
		cmocka_unit_test(a_dead_scope_hides_the_key_until_it_is_left),
		cmocka_unit_test(a_destroy_at_the_end_hides_the_key),
		cmocka_unit_test(pages_from_before_a_hiding_outlive_it),
		cmocka_unit_test(
			a_scope_that_hides_by_a_directory_does_not_retire),
	};

	return cmocka_run_group_tests(tests, make_names, NULL);
}
