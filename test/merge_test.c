/* SPDX-License-Identifier: MIT */
/*
 * merge_test.c - proves that a merge sets all that a snapshot holds in the
 * innermost scope, or on error nothing, that objects are shared and counted,
 * and that one snapshot merged with another has the upper one's word for it.
 */
#include "kit.h"

#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_F64(k_ratio, "ratio", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_STR(k_large, "large", DCTX_LOCAL);
DCTX_KEY_U64(k_removed, "removed", DCTX_LOCAL);
DCTX_KEY_U32(k_small, "small", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_CLOSED);
DCTX_KEY_U64(k_realm, "realm", DCTX_CLOSED);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static char large[3000];

static dctx_snapshot *capture(void)
{
	dctx_snapshot *snapshot = NULL;

	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	return snapshot;
}

/* One of everything, and a name. The store is as before. */
static dctx_snapshot *everything(int id)
{
	dctx_guard guard = dctx_enter("captured");
	struct dctxt_thing made = {.id = id};
	dctx_snapshot *snapshot;

	memset(large, 'L', sizeof(large) - 1);
	dctx_set(k_num, (uint64_t)id);
	dctx_set(k_ratio, id / 2.0);
	dctx_set(k_text, "a short text");
	dctx_set(k_large, large);
	dctx_set(k_thing, &made);
	dctx_set(k_tenant, (uint64_t)id);
	dctx_unset(k_removed);
	snapshot = capture();
	dctx_leave(guard);
	return snapshot;
}

static void check_everything(int id)
{
	assert_int_equal(dctx_get(k_num, 0), id);
	assert_true(dctx_get(k_ratio, -1) == id / 2.0);
	assert_string_equal(dctx_get(k_text, ""), "a short text");
	assert_string_equal(dctx_get(k_large, ""), large);
	assert_int_equal(dctx_get(k_thing, NULL)->id, id);
	assert_int_equal(dctx_get(k_tenant, 0), id);
	assert_false(dctx_has(k_removed));
}

static void a_merge_sets_all_in_the_innermost_scope(void **state)
{
	dctx_snapshot *snapshot = everything(7);
	char names[32];

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_removed, 2);
	{
		DCTX_SCOPE("merges");
		assert_int_equal(dctx_merge(snapshot), DCTX_OK);
		dctx_snapshot_unref(snapshot);
		check_everything(7);
		assert_int_equal(dctx_depth(), 2);
		dctx_chain_text("/", names, sizeof(names));
		assert_string_equal(names, "merges");
	}
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_get(k_removed, 0), 2);
	assert_false(dctx_has(k_text));
	assert_false(dctx_has(k_thing));
	assert_int_equal(dctxt_alive(), 0);
}

static void a_merge_adds_to_a_cleared_store(void **state)
{
	dctx_snapshot *snapshot = everything(7);

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_clear(), DCTX_OK);
	assert_int_equal(dctx_merge(snapshot), DCTX_OK);
	check_everything(7);
	assert_int_equal(dctx_depth(), 1);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctx_clear(), DCTX_OK);
	assert_false(dctx_has(k_num));
	assert_int_equal(dctxt_alive(), 0);
}

static void a_merge_overwrites_what_the_scope_set(void **state)
{
	dctx_snapshot *first = everything(7), *second = everything(8);

	(void)state;
	for (int root = 0; root < 2; root++) {
		dctx_guard guard = {NULL, 0};

		if (!root)
			guard = dctx_enter("merges");
		dctx_set(k_removed, 9);
		dctx_set(k_text, "of the scope");
		assert_int_equal(dctx_merge(first), DCTX_OK);
		check_everything(7);
		assert_int_equal(dctx_merge(second), DCTX_OK);
		check_everything(8);
		dctx_set(k_text, "set again");
		assert_string_equal(dctx_get(k_text, ""), "set again");
		dctx_leave(guard);
	}
	dctx_snapshot_unref(first);
	dctx_snapshot_unref(second);
}

static void what_the_snapshot_does_not_name_stays(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	dctx_set(k_num, 7);
	snapshot = capture();
	assert_int_equal(dctx_clear(), DCTX_OK);
	DCTX_SCOPE("merges");
	dctx_set(k_text, "stays");
	assert_int_equal(dctx_merge(snapshot), DCTX_OK);
	assert_string_equal(dctx_get(k_text, ""), "stays");
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctx_snapshot_unref(snapshot);
}

static void a_merge_is_a_change_that_later_captures_see(void **state)
{
	dctx_snapshot *snapshot = everything(7), *before, *after;
	DCTX_SCOPE("merges");

	(void)state;
	dctx_set(k_num, 1);
	before = capture();
	assert_int_equal(dctx_merge(before), DCTX_OK);
	assert_int_equal(dctx_merge(snapshot), DCTX_OK);
	after = capture();
	assert_int_equal(dctx_snapshot_get(before, k_num, 0), 1);
	assert_int_equal(dctx_snapshot_get(after, k_num, 0), 7);
	dctx_snapshot_unref(before);
	dctx_snapshot_unref(after);
	dctx_snapshot_unref(snapshot);
}

static void nothing_merged_changes_nothing(void **state)
{
	dctx_snapshot *before, *after;

	(void)state;
	dctx_set(k_num, 1);
	before = capture();
	assert_int_equal(dctx_merge(NULL), DCTX_OK);
	assert_int_equal(dctx_merge(dctx_snapshot_empty()), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 1);
	after = capture();
	assert_int_equal(dctx_snapshot_get(after, k_num, 0), 1);
	dctx_snapshot_unref(before);
	dctx_snapshot_unref(after);
	assert_int_equal(dctx_store_merge(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_clear(NULL), DCTX_INVALID);
}

static void objects_are_shared_not_copied(void **state)
{
	dctx_snapshot *snapshot = everything(7);
	const void *text, *thing;

	(void)state;
	text = dctx_snapshot_get(snapshot, k_large, NULL);
	thing = dctx_snapshot_get(snapshot, k_thing, NULL);
	DCTX_SCOPE("merges");
	assert_int_equal(dctx_merge(snapshot), DCTX_OK);
	assert_ptr_equal(dctx_get(k_large, NULL), text);
	assert_ptr_equal(dctx_get(k_thing, NULL), thing);
	assert_int_equal(atomic_load(&dctxt_things.copies), 1);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 0);
}

static void shared_objects_count_as_bytes_of_the_store(void **state)
{
	dctx_snapshot *snapshot = everything(7);
	size_t merges = 0;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 100000),
			 DCTX_OK);
	for (int round = 0; round < 3; round++) {
		size_t n = 0;
		DCTX_SCOPE("merges");

		while (dctx_merge(snapshot) == DCTX_OK)
			n++;
		assert_int_equal(dctx_last_error()->status, DCTX_LIMIT);
		assert_int_equal(dctx_last_error()->limit, 100000);
		assert_int_equal(dctx_scope_status(), DCTX_LIMIT);
		assert_in_range(n, 5, 100000 / sizeof(large));
		if (round > 0)
			assert_int_equal(n, merges);
		merges = n;
	}
	dctx_snapshot_unref(snapshot);
}

static void a_merge_that_fails_changes_nothing(void **state)
{
	dctx_snapshot *snapshot = everything(7);
	const struct dctxt_told *told = dctxt_listen();
	DCTX_SCOPE("merges");

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_removed, 2);
	dctx_set(k_large, "small");
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 2000), DCTX_OK);
	assert_int_equal(dctx_merge(snapshot), DCTX_LIMIT);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_get(k_removed, 0), 2);
	assert_string_equal(dctx_get(k_large, ""), "small");
	assert_false(dctx_has(k_text));
	assert_false(dctx_has(k_thing));
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, DCTX_EV_DROPPED_WRITE);
	assert_int_equal(told->status, DCTX_LIMIT);
	assert_string_equal(told->what, "merge");
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_alive(), 0);
}

static void closed_keys_of_a_merge_that_fails_read_as_absent(void **state)
{
	dctx_snapshot *snapshot = everything(7);

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_tenant, 2);
	dctx_set(k_realm, 3);
	{
		DCTX_SCOPE("merges");
		assert_int_equal(dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 2000),
				 DCTX_OK);
		assert_int_equal(dctx_merge(snapshot), DCTX_LIMIT);
		assert_false(dctx_has(k_tenant));
		assert_int_equal(dctx_get(k_realm, 0), 3);
		assert_int_equal(dctx_get(k_num, 0), 1);
	}
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	dctx_snapshot_unref(snapshot);
}

static void a_dead_scope_refuses_a_merge(void **state)
{
	dctx_snapshot *snapshot = everything(7);
	dctx_guard real, dead;

	(void)state;
	dctx_set(k_tenant, 2);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1), DCTX_OK);
	real = dctx_enter("real");
	dead = dctx_enter("dead");
	assert_int_equal(dctx_merge(snapshot), DCTX_DEAD_SCOPE);
	assert_false(dctx_has(k_num));
	assert_false(dctx_has(k_tenant));
	dctx_leave(dead);
	assert_int_equal(dctx_get(k_tenant, 0), 2);
	assert_int_equal(dctx_merge(snapshot), DCTX_OK);
	check_everything(7);
	dctx_leave(real);
	dctx_snapshot_unref(snapshot);
}

static void a_task_takes_a_merge(void **state)
{
	dctx_snapshot *snapshot = everything(7);
	dctx_store *task;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	assert_int_equal(dctx_store_merge(task, snapshot), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	dctx_task_enter(task);
	check_everything(7);
	dctx_task_leave(task);
	assert_false(dctx_has(k_num));
	dctx_task_free(task);
}

static void merges_under_an_attach_go_with_it(void **state)
{
	dctx_snapshot *snapshot = everything(7);
	dctx_guard guard;

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	assert_int_equal(dctx_merge(snapshot), DCTX_OK);
	check_everything(7);
	dctx_leave(guard);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_false(dctx_has(k_thing));
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_alive(), 0);
}

static void scalars_merged_in_a_loop_take_no_more_memory(void **state)
{
	dctx_snapshot *snapshot;
	size_t before = 0;

	(void)state;
	dctx_set(k_small, 3);
	if (sizeof(void *) == 8) { /* elsewhere they take room: value.h */
		dctx_set(k_num, 7);
		dctx_set(k_ratio, 0.5);
	}
	snapshot = capture();
	for (int root = 0; root < 2; root++) {
		dctx_guard guard = {NULL, 0};

		if (!root)
			guard = dctx_enter("merges");
		for (int i = 0; i < 5000; i++) {
			assert_int_equal(dctx_merge(snapshot), DCTX_OK);
			if (i == 100)
				before = dctxt_heap_bytes();
		}
		assert_int_equal(dctxt_heap_bytes(), before);
		dctx_leave(guard);
	}
	dctx_snapshot_unref(snapshot);
}

enum { MANY = 600 };

static void hundreds_of_keys_merge_at_once(void **state)
{
	static dctx_key keys[MANY];
	static char names[MANY][24];
	dctx_store *store = dctx_current();
	dctx_snapshot *snapshot;
	dctx_guard guard = dctx_enter("captured");

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "many %d", i);
		keys[i].kind = DCTX_KIND_U64;
		keys[i].version = 1;
		keys[i].name = names[i];
		(void)dctx_store_set_u64(store, &keys[i], (uint64_t)i);
	}
	snapshot = capture();
	dctx_leave(guard);
	guard = dctx_enter("merges");
	assert_int_equal(dctx_merge(snapshot), DCTX_OK);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(dctx_store_get_u64(store, &keys[i], 9999), i);
	dctx_leave(guard);
	for (int i = 0; i < MANY; i++)
		assert_false(dctx_store_has_key(store, &keys[i]));
	dctx_snapshot_unref(snapshot);
}

static void a_clear_makes_open_guards_stale(void **state)
{
	dctx_guard guard = dctx_enter("open");

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_clear(), DCTX_OK);
	assert_false(dctx_has(k_num));
	assert_int_equal(dctx_chain(NULL, 0), 0);
	dctx_leave(guard);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	assert_int_equal(dctx_depth(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_merge_sets_all_in_the_innermost_scope),
		DCTXT_TEST(a_merge_adds_to_a_cleared_store),
		DCTXT_TEST(a_merge_overwrites_what_the_scope_set),
		DCTXT_TEST(what_the_snapshot_does_not_name_stays),
		DCTXT_TEST(a_merge_is_a_change_that_later_captures_see),
		DCTXT_TEST(nothing_merged_changes_nothing),
		DCTXT_TEST(objects_are_shared_not_copied),
		DCTXT_TEST(shared_objects_count_as_bytes_of_the_store),
		DCTXT_TEST(a_merge_that_fails_changes_nothing),
		DCTXT_TEST(closed_keys_of_a_merge_that_fails_read_as_absent),
		DCTXT_TEST(a_dead_scope_refuses_a_merge),
		DCTXT_TEST(a_task_takes_a_merge),
		DCTXT_TEST(merges_under_an_attach_go_with_it),
		DCTXT_TEST(scalars_merged_in_a_loop_take_no_more_memory),
		DCTXT_TEST(hundreds_of_keys_merge_at_once),
		DCTXT_TEST(a_clear_makes_open_guards_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
