/* SPDX-License-Identifier: MIT */
/*
 * mark_test.c - proves that a rewind brings a store back to its marked scope,
 * whatever was entered since and however it was left, and that it says so when
 * that scope is gone.
 */
#include "jumps.h"

DCTX_KEY_U64(k_tenant, "tenant", DCTX_CLOSED);

static jmp_buf failed;

/* Enters one of everything, as code does that is jumped out of. */
static void enter_a_lot(void)
{
	DCTX_SCOPE("block");
	(void)dctx_enter_copy("by hand");
	set_two();
	DCTX_ATTACH(NULL);
	dctx_set(k_num, 8);
	fill();
	DCTX_OVERLAY(NULL);
	(void)dctx_enter("innermost");
	set_two();
	longjmp(failed, 1);
}

static void a_rewind_leaves_all_that_was_entered_since(void **state)
{
	dctx_mark mark;
	DCTX_SCOPE("marked");

	(void)state;
	dctx_set(k_num, 7);
	mark = dctx_mark_here();
	if (setjmp(failed) == 0)
		enter_a_lot();
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_false(dctx_has(k_one));
	assert_string_equal(chain(), "marked");
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(dctxt_count_all(), 0);
	check_the_log("marked");
}

static void what_was_set_in_the_marked_scope_stays(void **state)
{
	dctx_mark mark = dctx_mark_here();
	dctx_guard guard;

	(void)state;
	dctx_set(k_num, 7);
	guard = dctx_enter("since");
	dctx_set(k_num, 8);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctx_leave(guard);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
}

static void a_rewind_at_the_mark_does_nothing(void **state)
{
	dctx_mark mark;
	DCTX_SCOPE("marked");

	(void)state;
	mark = dctx_mark_here();
	for (int i = 0; i < 3; i++)
		assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctxt_count_all(), 0);
}

static void marks_nest(void **state)
{
	dctx_mark outer, inner;

	(void)state;
	(void)dctx_enter("outer");
	outer = dctx_mark_here();
	(void)dctx_enter("inner");
	inner = dctx_mark_here();
	(void)dctx_enter("innermost");
	assert_int_equal(dctx_rewind(inner), DCTX_OK);
	assert_string_equal(chain(), "outer/inner");
	assert_int_equal(dctx_rewind(outer), DCTX_OK);
	assert_string_equal(chain(), "outer");
	assert_int_equal(dctx_rewind(inner), DCTX_STALE);
	assert_string_equal(chain(), "outer");
}

static void a_root_is_never_gone(void **state)
{
	dctx_mark mark = dctx_mark_here();

	(void)state;
	(void)dctx_enter("since");
	assert_int_equal(dctx_clear(), DCTX_OK);
	(void)dctx_enter("since");
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

static void *mark_and_rewind(void *arg)
{
	dctx_mark mark = dctx_mark_here();

	(void)dctx_enter("since");
	DCTXT_EXPECT(dctx_rewind(mark) == DCTX_OK);
	DCTXT_EXPECT(dctx_depth() == 1);
	return arg;
}

static void a_threads_first_use_may_be_a_mark(void **state)
{
	(void)state;
	(void)dctxt_on_thread(mark_and_rewind, NULL);
}

static void *rewind_elsewhere(void *mark)
{
	(void)dctx_enter("of the other thread");
	DCTXT_EXPECT(dctx_rewind(*(dctx_mark *)mark) == DCTX_STALE);
	DCTXT_EXPECT(dctx_depth() == 2);
	return NULL;
}

static void a_mark_whose_scope_is_gone_is_stale(void **state)
{
	const struct dctxt_told *told = dctxt_listen();
	dctx_guard guard = dctx_enter("left");
	dctx_mark left = dctx_mark_here(), retired, cleared, none = {.id = 0};

	(void)state;
	dctx_leave(guard);
	assert_int_equal(dctx_rewind(left), DCTX_STALE);
	assert_int_equal(told->event, DCTX_EV_STALE_GUARD);
	assert_string_equal(told->what, "rewind");
	guard = dctx_enter("retired");
	retired = dctx_mark_here();
	(void)dctx_enter("above");
	assert_int_equal(dctx_scope_retire(guard), DCTX_OK);
	assert_int_equal(dctx_rewind(retired), DCTX_STALE);
	assert_string_equal(chain(), "above");
	cleared = dctx_mark_here();
	(void)dctxt_on_thread(rewind_elsewhere, &cleared);
	assert_int_equal(dctx_clear(), DCTX_OK);
	assert_int_equal(dctx_rewind(cleared), DCTX_STALE);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 4);
	assert_int_equal(dctx_rewind(none), DCTX_INVALID);
	assert_int_equal(dctx_rewind(dctx_store_mark(NULL)), DCTX_INVALID);
}

static void dead_scopes_entered_since_are_left(void **state)
{
	dctx_mark alive, dead;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 2), DCTX_OK);
	dctx_set(k_tenant, 7);
	(void)dctx_enter("a");
	(void)dctx_enter("b");
	alive = dctx_mark_here();
	for (int i = 0; i < 5; i++)
		(void)dctx_enter("dead");
	dead = dctx_mark_here();
	for (int i = 0; i < 5; i++)
		(void)dctx_enter("dead too");
	assert_int_equal(dctx_set(k_tenant, 8), DCTX_DEAD_SCOPE);
	assert_false(dctx_has(k_tenant));
	assert_int_equal(dctx_rewind(dead), DCTX_OK);
	assert_int_equal(dctx_depth(), 8);
	assert_int_equal(dctx_get(k_tenant, 0), 7);
	assert_int_equal(dctx_rewind(alive), DCTX_OK);
	assert_int_equal(dctx_depth(), 3);
	assert_int_equal(dctx_rewind(dead), DCTX_STALE);
	assert_int_equal(dctx_set(k_num, 1), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 0);
}

static void tasks_entered_since_are_left_and_stay_whole(void **state)
{
	dctx_store *tasks[2];
	dctx_mark mark;

	(void)state;
	(void)dctx_enter("marked");
	mark = dctx_mark_here();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_task_new(NULL, &tasks[i]), DCTX_OK);
		dctx_task_enter(tasks[i]);
		(void)dctx_enter("of the task");
		dctx_set(k_num, 7 + (uint64_t)i);
	}
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_null(dctx_task_try());
	assert_string_equal(chain(), "marked");
	for (int i = 0; i < 2; i++) {
		dctx_task_enter(tasks[i]);
		assert_int_equal(dctx_get(k_num, 0), 7 + i);
		assert_string_equal(chain(), "of the task");
		dctx_task_leave(tasks[i]);
		dctx_task_free(tasks[i]);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_task_entered_before_the_mark_stays_entered(void **state)
{
	dctx_store *outer, *inner;
	dctx_mark thread, mark;

	(void)state;
	thread = dctx_mark_here();
	assert_int_equal(dctx_task_new(NULL, &outer), DCTX_OK);
	assert_int_equal(dctx_task_new(NULL, &inner), DCTX_OK);
	dctx_task_enter(outer);
	(void)dctx_enter("step");
	mark = dctx_mark_here();
	(void)dctx_enter("since");
	dctx_task_enter(inner);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_ptr_equal(dctx_task_try(), outer);
	assert_string_equal(chain(), "step");
	assert_int_equal(dctx_rewind(thread), DCTX_OK);
	assert_null(dctx_task_try());
	assert_int_equal(dctx_rewind(mark), DCTX_STALE);
	dctx_task_enter(outer);
	assert_string_equal(chain(), "step");
	dctx_task_leave(outer);
	dctx_task_free(outer);
	dctx_task_free(inner);
}

static void a_fresh_task_can_be_marked(void **state)
{
	dctx_store *task;
	dctx_mark mark;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	mark = dctx_mark_here();
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	(void)dctx_enter("since");
	dctx_set(k_num, 1);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_depth(), 1);
	assert_false(dctx_has(k_num));
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void jump_far_in_a_loop(dctx_mark mark)
{
	if (setjmp(failed) == 0)
		enter_a_lot();
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
}

static void jumps_and_rewinds_in_a_loop_take_no_more_memory(void **state)
{
	dctx_mark mark;
	size_t before = 0;
	DCTX_SCOPE("marked");

	(void)state;
	mark = dctx_mark_here();
	for (int i = 0; i < 2000; i++) {
		jump_far_in_a_loop(mark);
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
	assert_int_equal(dctxt_count_all(), 0);
}

static void enter_another(const struct dctxt_thing *gone)
{
	if (gone->id == 1)
		(void)dctx_enter("by a destroy");
}

static void leave_the_marked(const struct dctxt_thing *gone)
{
	dctx_scope_info info;
	static dctx_guard guard;

	(void)gone;
	if (dctx_peek(&info) == DCTX_OK)
		guard = (dctx_guard){dctx_current(), info.id};
	dctx_leave(guard);
}

static void a_destroy_that_spoils_a_rewind_makes_it_busy(void **state)
{
	dctx_mark mark;

	(void)state;
	(void)dctx_enter("marked");
	mark = dctx_mark_here();
	(void)dctx_enter("since");
	set_two();
	dctxt_things.on_destroy = enter_another;
	assert_int_equal(dctx_rewind(mark), DCTX_BUSY);
	assert_string_equal(chain(), "marked/by a destroy");
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_string_equal(chain(), "marked");
	(void)dctx_enter("since");
	set_two();
	dctxt_things.on_destroy = leave_the_marked;
	assert_int_equal(dctx_rewind(mark), DCTX_BUSY);
	dctxt_things.on_destroy = NULL;
	assert_int_equal(dctx_rewind(mark), DCTX_STALE);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_alive(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_rewind_leaves_all_that_was_entered_since),
		DCTXT_TEST(what_was_set_in_the_marked_scope_stays),
		DCTXT_TEST(a_rewind_at_the_mark_does_nothing),
		DCTXT_TEST(marks_nest),
		DCTXT_TEST(a_root_is_never_gone),
		DCTXT_TEST(a_threads_first_use_may_be_a_mark),
		DCTXT_TEST(a_mark_whose_scope_is_gone_is_stale),
		DCTXT_TEST(dead_scopes_entered_since_are_left),
		DCTXT_TEST(tasks_entered_since_are_left_and_stay_whole),
		DCTXT_TEST(a_task_entered_before_the_mark_stays_entered),
		DCTXT_TEST(a_fresh_task_can_be_marked),
		DCTXT_TEST(jumps_and_rewinds_in_a_loop_take_no_more_memory),
		DCTXT_TEST(a_destroy_that_spoils_a_rewind_makes_it_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
