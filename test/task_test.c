/* SPDX-License-Identifier: MIT */
/*
 * task_test.c - proves that a task's store is the current one from enter to
 * leave and nowhere else, that code of a task never touches a thread's store
 * nor the other way round, and that a fork is its own from the first change.
 */
#include "kit.h"

#include <pthread.h>
#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static dctx_store *new_task(dctx_snapshot *snapshot)
{
	dctx_store *task = NULL;

	assert_int_equal(dctx_task_new(snapshot, &task), DCTX_OK);
	assert_non_null(task);
	return task;
}

static void a_task_is_current_while_it_is_entered(void **state)
{
	dctx_store *task = new_task(NULL);

	(void)state;
	assert_ptr_equal(dctx_current(), dctx_thread());
	dctx_task_enter(task);
	assert_ptr_equal(dctx_current(), task);
	assert_ptr_equal(dctx_task(), task);
	assert_ptr_equal(dctx_task_try(), task);
	assert_ptr_not_equal(dctx_thread(), task);
	dctx_task_leave(task);
	assert_ptr_equal(dctx_current(), dctx_thread());
	assert_null(dctx_task_free(task));
	assert_int_equal(dctxt_count_all(), 0);
}

static void task_and_thread_see_nothing_of_each_other(void **state)
{
	dctx_store *task = new_task(NULL);

	(void)state;
	dctx_set(k_num, 1);
	dctx_task_enter(task);
	assert_false(dctx_has(k_num));
	dctx_set(k_num, 2);
	dctx_set(k_text, "of the task");
	(void)dctx_enter("of the task");
	dctx_task_leave(task);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_depth(), 1);
	dctx_task_enter(task);
	assert_int_equal(dctx_get(k_num, 0), 2);
	assert_int_equal(dctx_depth(), 2);
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void the_threads_store_is_at_hand_inside_a_task(void **state)
{
	dctx_store *task = new_task(NULL);
	dctx_guard guard;

	(void)state;
	dctx_task_enter(task);
	guard = dctx_store_enter(dctx_thread(), "of the thread");
	dctx_store_set(dctx_thread(), k_num, 3);
	assert_false(dctx_has(k_num));
	dctx_leave(guard);
	assert_false(dctx_store_has(dctx_thread(), k_num));
	dctx_task_leave(task);
	assert_int_equal(dctxt_count_all(), 0);
	dctx_task_free(task);
}

static void outside_a_task_the_tasks_store_is_reported_missing(void **state)
{
	const struct dctxt_told *told = dctxt_listen();

	(void)state;
	assert_null(dctx_task_try());
	assert_int_equal(told->times, 0);
	assert_null(dctx_task());
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, DCTX_EV_NO_TASK);
	assert_int_equal(told->status, DCTX_NO_TASK);
	assert_int_equal(dctxt_count_all(), 1);
}

static void nested_tasks_restore_the_outer_one(void **state)
{
	dctx_store *outer = new_task(NULL), *inner = new_task(NULL);

	(void)state;
	dctx_task_enter(outer);
	dctx_set(k_num, 1);
	dctx_task_enter(inner);
	assert_false(dctx_has(k_num));
	assert_ptr_equal(dctx_task(), inner);
	dctx_task_leave(inner);
	assert_ptr_equal(dctx_task(), outer);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_task_leave(outer);
	assert_null(dctx_task_try());
	dctx_task_free(inner);
	dctx_task_free(outer);
	assert_int_equal(dctxt_count_all(), 0);
}

static void leaving_an_outer_task_leaves_the_inner_too(void **state)
{
	dctx_store *outer = new_task(NULL), *inner = new_task(NULL);
	const struct dctxt_told *told = dctxt_listen();

	(void)state;
	dctx_task_enter(outer);
	dctx_task_enter(inner);
	dctx_task_leave(outer);
	assert_null(dctx_task_try());
	assert_int_equal(told->event, DCTX_EV_TASK_MISUSE);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 1);
	dctx_task_leave(inner);
	assert_null(dctx_task_try());
	assert_ptr_equal(dctx_current(), dctx_thread());
	dctx_task_free(inner);
	dctx_task_free(outer);
}

static void leaving_a_task_that_is_not_entered_changes_nothing(void **state)
{
	dctx_store *outer = new_task(NULL), *other = new_task(NULL);

	(void)state;
	dctx_task_leave(other);
	assert_ptr_equal(dctx_current(), dctx_thread());
	dctx_task_enter(outer);
	dctx_task_leave(other);
	assert_ptr_equal(dctx_task_try(), outer);
	dctx_task_leave(outer);
	assert_in_range(dctxt_count(DCTX_EV_TASK_MISUSE), 1, 2);
	dctx_task_free(other);
	dctx_task_free(outer);
}

#ifdef DCTX_DEBUG
static void the_debug_build_finds_a_task_entered_twice(void **state)
{
	dctx_store *outer = new_task(NULL), *inner = new_task(NULL);

	(void)state;
	dctx_task_enter(outer);
	dctx_task_enter(outer);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 1);
	dctx_task_enter(inner);
	dctx_task_enter(outer);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 2);
	assert_ptr_equal(dctx_task_try(), inner);
	dctx_task_leave(inner);
	dctx_task_leave(outer);
	assert_null(dctx_task_try());
	dctx_task_free(inner);
	dctx_task_free(outer);
}

static void *enter_and_leave(void *task)
{
	size_t before = dctxt_count(DCTX_EV_TASK_MISUSE);

	dctx_task_enter(task);
	if (dctxt_count(DCTX_EV_TASK_MISUSE) == before)
		dctx_task_leave(task);
	return task;
}

static void the_debug_build_finds_a_task_entered_on_two_threads(void **state)
{
	dctx_store *task = new_task(NULL);
	pthread_t thread;

	(void)state;
	dctx_task_enter(task);
	assert_int_equal(pthread_create(&thread, NULL, enter_and_leave, task),
			 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 1);
	dctx_task_leave(task);
	assert_ptr_equal(enter_and_leave(task), task);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 1);
	dctx_task_free(task);
}
#endif

static void a_task_freed_while_entered_is_left_first(void **state)
{
	dctx_store *outer = new_task(NULL), *inner = new_task(NULL);
	struct dctxt_thing made = {.id = 1};

	(void)state;
	dctx_task_enter(outer);
	dctx_task_enter(inner);
	(void)dctx_enter("open");
	dctx_set(k_thing, &made);
	dctx_task_free(inner);
	assert_ptr_equal(dctx_task_try(), outer);
	dctx_task_free(outer);
	assert_null(dctx_task_try());
	assert_ptr_equal(dctx_current(), dctx_thread());
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 2);
	assert_int_equal(dctxt_alive(), 0);
}

static void a_task_ends_with_its_scopes_and_values(void **state)
{
	dctx_store *task = new_task(NULL);
	struct dctxt_thing made = {.id = 1};
	dctx_guard guard;

	(void)state;
	dctx_task_enter(task);
	dctx_set(k_thing, &made);
	guard = dctx_enter("open");
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_attach(NULL, &guard), DCTX_OK);
	dctx_set(k_thing, &made);
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 3);
	dctx_leave(guard);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
}

static void a_tasks_guard_leaves_only_inside_the_task(void **state)
{
	dctx_store *task = new_task(NULL);
	dctx_guard guard;

	(void)state;
	dctx_task_enter(task);
	guard = dctx_enter("of the task");
	dctx_task_leave(task);
	dctx_leave(guard);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	dctx_task_enter(task);
	assert_int_equal(dctx_depth(), 2);
	dctx_leave(guard);
	assert_int_equal(dctx_depth(), 1);
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void a_guard_of_the_store_below_leaves_inside_a_task(void **state)
{
	dctx_store *task = new_task(NULL);
	dctx_guard guard = dctx_enter("of the thread");

	(void)state;
	dctx_set(k_num, 1);
	dctx_task_enter(task);
	(void)dctx_enter("of the task");
	dctx_leave(guard);
	assert_int_equal(dctx_depth(), 2);
	dctx_task_leave(task);
	assert_int_equal(dctx_depth(), 1);
	assert_false(dctx_has(k_num));
	assert_int_equal(dctxt_count_all(), 0);
	dctx_task_free(task);
}

static void a_task_can_be_used_while_nobody_has_entered_it(void **state)
{
	dctx_store *task = new_task(NULL);

	(void)state;
	assert_int_equal(dctx_store_set(task, k_num, 4), DCTX_OK);
	assert_int_equal(dctx_store_get(task, k_num, 0), 4);
	assert_false(dctx_has(k_num));
	assert_int_equal(dctx_store_unset(task, k_num), DCTX_OK);
	assert_false(dctx_store_has(task, k_num));
	dctx_task_free(task);
}

static void a_task_may_live_in_the_callers_memory(void **state)
{
	_Alignas(void *) unsigned char memory[DCTX_TASK_SIZE + 16];
	dctx_store *task;

	(void)state;
	memset(memory, 0xa5, sizeof(memory));
	assert_int_equal(dctx_task_init(memory, DCTX_TASK_SIZE, NULL, &task),
			 DCTX_OK);
	dctx_task_enter(task);
	dctx_set(k_text, "in my memory");
	(void)dctx_enter("open");
	assert_string_equal(dctx_get(k_text, ""), "in my memory");
	dctx_task_leave(task);
	dctx_task_done(task);
	for (size_t i = DCTX_TASK_SIZE; i < sizeof(memory); i++)
		assert_int_equal(memory[i], 0xa5);
}

static void bad_memory_for_a_task_is_refused(void **state)
{
	_Alignas(void *) unsigned char memory[DCTX_TASK_SIZE + 8];
	/* A machine with short pointers leaves some of it unused. */
	const size_t short_of =
		sizeof(void *) == 8 ? DCTX_TASK_SIZE - 1 : DCTX_TASK_SIZE / 2;
	dctx_store *task = NULL;

	(void)state;
	assert_int_equal(dctx_task_init(NULL, DCTX_TASK_SIZE, NULL, &task),
			 DCTX_INVALID);
	assert_int_equal(dctx_task_init(memory + 1, DCTX_TASK_SIZE, NULL,
					&task),
			 DCTX_INVALID);
	assert_int_equal(dctx_task_init(memory, DCTX_TASK_SIZE, NULL, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_task_init(memory, short_of, NULL, &task),
			 DCTX_TOO_SMALL);
	assert_int_equal(dctx_task_init(memory, 0, NULL, &task),
			 DCTX_TOO_SMALL);
	assert_null(task);
}

static void a_null_argument_is_invalid_or_fine(void **state)
{
	dctx_store *task = NULL;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_fork(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_fork(NULL, &task), DCTX_INVALID);
	assert_null(task);
	dctx_task_done(NULL);
	assert_null(dctx_task_free(NULL));
}

static void a_task_starts_from_a_snapshot_of_either_store(void **state)
{
	dctx_store *first, *second;
	dctx_snapshot *snapshot;
	DCTX_SCOPE("thread");

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	first = new_task(snapshot);
	dctx_snapshot_unref(snapshot);
	dctx_task_enter(first);
	assert_int_equal(dctx_get(k_num, 0), 1);
	(void)dctx_enter("first");
	dctx_set(k_num, 2);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_task_leave(first);
	second = new_task(snapshot);
	dctx_task_free(first);
	assert_int_equal(dctx_store_get(second, k_num, 0), 2);
	assert_int_equal(dctx_store_chain(second, NULL, 0), 2);
	dctx_task_free(second);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctx_get(k_num, 0), 1);
}

static void a_tasks_capture_can_be_attached_to_the_thread(void **state)
{
	dctx_store *task = new_task(NULL);
	dctx_snapshot *snapshot;
	dctx_guard guard;

	(void)state;
	dctx_set(k_num, 1);
	dctx_store_set(task, k_text, "of the task");
	assert_int_equal(dctx_store_capture(task, &snapshot), DCTX_OK);
	dctx_task_free(task);
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_text, ""), "of the task");
	assert_false(dctx_has(k_num));
	dctx_leave(guard);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_snapshot_unref(snapshot);
}

enum { BUSY = 1000 };

static void a_thousand_tasks_in_turn_see_only_their_own(void **state)
{
	static dctx_store *tasks[BUSY];

	(void)state;
	for (int i = 0; i < BUSY; i++)
		tasks[i] = new_task(NULL);
	for (uint64_t step = 0; step < 10; step++) {
		for (uint64_t i = 0; i < BUSY; i++) {
			dctx_task_enter(tasks[i]);
			assert_int_equal(dctx_get(k_num, i), i + step);
			(void)dctx_enter("step");
			dctx_set(k_num, i + step + 1);
			dctx_task_leave(tasks[i]);
		}
	}
	for (uint64_t i = 0; i < BUSY; i++) {
		assert_int_equal(dctx_store_get(tasks[i], k_num, 0), i + 10);
		assert_int_equal(dctx_store_depth(tasks[i]), 11);
		dctx_task_free(tasks[i]);
	}
	assert_false(dctx_has(k_num));
	assert_int_equal(dctxt_count_all(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_task_is_current_while_it_is_entered),
		DCTXT_TEST(task_and_thread_see_nothing_of_each_other),
		DCTXT_TEST(the_threads_store_is_at_hand_inside_a_task),
		DCTXT_TEST(outside_a_task_the_tasks_store_is_reported_missing),
		DCTXT_TEST(nested_tasks_restore_the_outer_one),
		DCTXT_TEST(leaving_an_outer_task_leaves_the_inner_too),
		DCTXT_TEST(leaving_a_task_that_is_not_entered_changes_nothing),
#ifdef DCTX_DEBUG
		DCTXT_TEST(the_debug_build_finds_a_task_entered_twice),
		DCTXT_TEST(the_debug_build_finds_a_task_entered_on_two_threads),
#endif
		DCTXT_TEST(a_task_freed_while_entered_is_left_first),
		DCTXT_TEST(a_task_ends_with_its_scopes_and_values),
		DCTXT_TEST(a_tasks_guard_leaves_only_inside_the_task),
		DCTXT_TEST(a_guard_of_the_store_below_leaves_inside_a_task),
		DCTXT_TEST(a_task_can_be_used_while_nobody_has_entered_it),
		DCTXT_TEST(a_task_may_live_in_the_callers_memory),
		DCTXT_TEST(bad_memory_for_a_task_is_refused),
		DCTXT_TEST(a_null_argument_is_invalid_or_fine),
		DCTXT_TEST(a_task_starts_from_a_snapshot_of_either_store),
		DCTXT_TEST(a_tasks_capture_can_be_attached_to_the_thread),
		DCTXT_TEST(a_thousand_tasks_in_turn_see_only_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
