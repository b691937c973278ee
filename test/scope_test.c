/* SPDX-License-Identifier: MIT */
/*
 * scope_test.c - proves that leaving a scope brings back what was visible
 * before it, however it is left: by its guard, by the end of its block, by a
 * jump out of it; and that a guard which is stale, zero or on the wrong thread
 * leaves nothing.
 */
#include "kit.h"

#include <pthread.h>
#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static void a_scope_shadows_and_its_end_reverts(void **state)
{
	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "kept");
	{
		DCTX_SCOPE("one");
		assert_int_equal(dctx_get(k_num, 0), 1);
		dctx_set(k_num, 2);
		{
			DCTX_SCOPE("two");
			dctx_set(k_num, 3);
			assert_int_equal(dctx_get(k_num, 0), 3);
			assert_string_equal(dctx_get(k_text, ""), "kept");
		}
		assert_int_equal(dctx_get(k_num, 0), 2);
	}
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

static void what_a_scope_sets_first_is_gone_after_it(void **state)
{
	dctx_guard guard = dctx_enter("sets");

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "one");
	dctx_leave(guard);
	assert_false(dctx_has(k_num));
	assert_false(dctx_has(k_text));
}

static void fifty_nested_scopes_unwind_one_by_one(void **state)
{
	dctx_guard guards[50];
	char text[16];

	(void)state;
	for (uint64_t i = 0; i < 50; i++) {
		guards[i] = dctx_enter("nested");
		snprintf(text, sizeof(text), "%d", (int)i);
		dctx_set(k_num, i);
		dctx_set(k_text, text);
		assert_int_equal(dctx_depth(), i + 2);
	}
	for (int i = 49; i >= 0; i--) {
		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(dctx_get(k_num, 99), i);
		assert_string_equal(dctx_get(k_text, ""), text);
		dctx_leave(guards[i]);
	}
	assert_false(dctx_has(k_num));
	assert_int_equal(dctx_depth(), 1);
}

static void leaving_an_outer_scope_leaves_those_above_first(void **state)
{
	const struct dctxt_told *told = dctxt_listen();
	dctx_guard outer = dctx_enter("outer");
	dctx_guard inner;

	(void)state;
	dctx_set(k_num, 1);
	inner = dctx_enter("inner");
	dctx_set(k_num, 2);
	(void)dctx_enter("innermost");
	dctx_leave(outer);
	assert_int_equal(dctx_depth(), 1);
	assert_false(dctx_has(k_num));
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, DCTX_EV_MISMATCHED_LEAVE);
	dctx_leave(inner);
	assert_int_equal(told->event, DCTX_EV_STALE_GUARD);
	assert_int_equal(dctxt_count_all(), 2);
}

static void a_guard_leaves_once(void **state)
{
	dctx_guard outer = dctx_enter("outer");
	dctx_guard inner = dctx_enter("inner");
	dctx_guard copy = inner;

	(void)state;
	dctx_leave(inner);
	dctx_leave(copy);
	dctx_leave(inner);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
	dctx_leave(outer);
}

static void a_stale_guard_leaves_no_scope_of_the_same_depth(void **state)
{
	dctx_guard first = dctx_enter("first");
	dctx_guard second = dctx_enter("second");
	dctx_guard again[2];

	(void)state;
	dctx_leave(first);
	again[0] = dctx_enter("first");
	dctx_set(k_num, 1);
	again[1] = dctx_enter("second");
	dctx_set(k_num, 2);
	dctx_leave(second);
	dctx_leave(first);
	assert_int_equal(dctx_depth(), 3);
	assert_int_equal(dctx_get(k_num, 0), 2);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
	dctx_leave(again[1]);
	dctx_leave(again[0]);
}

static void a_stale_guard_survives_a_restore(void **state)
{
	dctx_guard old = dctx_enter("old");
	dctx_guard new;

	(void)state;
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	new = dctx_enter("new");
	dctx_leave(old);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	dctx_leave(new);
}

static void a_zero_guard_leaves_nothing(void **state)
{
	const dctx_guard zero = {NULL, 0};
	dctx_guard forged = dctx_enter("open");

	(void)state;
	dctx_leave(zero);
	forged.id = 0;
	dctx_leave(forged);
	forged.id = UINT64_MAX;
	dctx_leave(forged);
	assert_int_equal(dctx_depth(), 2);
}

static void *leave_it(void *guard)
{
	dctx_set(k_num, 5);
	dctx_leave(*(dctx_guard *)guard);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 5);
	DCTXT_EXPECT(dctx_scope_retire(*(dctx_guard *)guard) == DCTX_STALE);
	return NULL;
}

static void a_guard_on_another_thread_leaves_nothing(void **state)
{
	dctx_guard guard = dctx_enter("mine");

	(void)state;
	dctx_set(k_num, 1);
	(void)dctxt_on_thread(leave_it, &guard);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
	dctx_leave(guard);
	assert_int_equal(dctx_depth(), 1);
}

static void *give_guard(void *guard)
{
	*(dctx_guard *)guard = dctx_enter("of an ended thread");
	return NULL;
}

static void a_guard_of_an_ended_thread_is_never_followed(void **state)
{
	dctx_guard guard;

	(void)state;
	(void)dctxt_on_thread(give_guard, &guard);
	dctx_leave(guard);
	assert_int_equal(dctx_scope_retire(guard), DCTX_STALE);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
}

static void a_scope_can_be_tried(void **state)
{
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_try_enter("tried", &guard), DCTX_OK);
	assert_int_equal(dctx_depth(), 2);
	dctx_leave(guard);
	assert_int_equal(dctx_try_enter("tried", NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_try_enter(NULL, "tried", &guard),
			 DCTX_INVALID);
	assert_int_equal(dctx_depth(), 1);
}

static void peek_tells_of_the_innermost_scope(void **state)
{
	dctx_scope_info info;
	dctx_guard guard = dctx_enter("seen");

	(void)state;
	assert_int_equal(dctx_peek(&info), DCTX_OK);
	assert_string_equal(info.name, "seen");
	assert_true(info.id == guard.id);
	assert_int_equal(info.depth, 2);
	{
		DCTX_SCOPE_UNNAMED;
		assert_int_equal(dctx_peek(&info), DCTX_OK);
		assert_null(info.name);
		assert_int_equal(info.depth, 3);
	}
	dctx_leave(guard);
	assert_int_equal(dctx_peek(&info), DCTX_OK);
	assert_null(info.name);
	assert_int_equal(info.depth, 1);
	assert_int_equal(dctx_peek(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_peek(NULL, &info), DCTX_INVALID);
}

static void the_status_keeps_a_scopes_first_failure(void **state)
{
	dctx_store *store = dctx_current();
	DCTX_SCOPE("outer");

	(void)state;
	assert_int_equal(dctx_scope_status(), DCTX_OK);
	dctx_store_set_i8(store, &k_num.key, 1);
	dctx_store_set_str(store, &k_text.key, NULL);
	assert_int_equal(dctx_scope_status(), DCTX_WRONG_TYPE);
	dctx_set(k_num, 1);
	assert_int_equal(dctx_scope_status(), DCTX_WRONG_TYPE);
	{
		DCTX_SCOPE("inner");
		assert_int_equal(dctx_scope_status(), DCTX_OK);
		dctx_store_set_str(store, &k_text.key, NULL);
		assert_int_equal(dctx_scope_status(), DCTX_INVALID);
	}
	assert_int_equal(dctx_scope_status(), DCTX_WRONG_TYPE);
}

static void name_of_function(void)
{
	dctx_scope_info info;
	DCTX_FN;

	assert_int_equal(dctx_peek(&info), DCTX_OK);
	assert_string_equal(info.name, "name_of_function");
}

static void a_scope_can_be_named_after_its_function(void **state)
{
	(void)state;
	name_of_function();
	assert_int_equal(dctx_depth(), 1);
}

static int leave_by_return(void)
{
	DCTX_SCOPE("returns");
	dctx_set(k_num, 4);
	return (int)dctx_get(k_num, 0);
}

static void leave_by_goto(void)
{
	{
		DCTX_SCOPE("goes");
		dctx_set(k_num, 5);
		if (dctx_has(k_num))
			goto end;
	}
end:
	assert_false(dctx_has(k_num));
}

static void a_block_is_left_by_return_goto_break_and_continue(void **state)
{
	(void)state;
	assert_int_equal(leave_by_return(), 4);
	assert_false(dctx_has(k_num));
	leave_by_goto();
	for (int i = 0; i < 5; i++) {
		DCTX_SCOPE("loops");
		dctx_set(k_num, 1);
		if (i < 3)
			continue;
		break;
	}
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

static void the_root_cannot_be_left(void **state)
{
	dctx_scope_info info;
	dctx_guard guard = {dctx_current(), 0};

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_peek(&info), DCTX_OK);
	guard.id = info.id;
	dctx_leave(guard);
	assert_int_not_equal(dctx_scope_retire(guard), DCTX_OK);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_get(k_num, 0), 1);
}

static void a_store_without_a_flow_is_null_and_refused(void **state)
{
	dctx_guard guard = dctx_store_enter(NULL, "nowhere");

	(void)state;
	dctx_leave(guard);
	guard = dctx_store_enter_copy(NULL, "nowhere");
	dctx_leave(guard);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_store_depth(NULL), 0);
	assert_int_equal(dctx_store_status(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_chain(NULL, NULL, 0), 0);
	assert_int_equal(dctx_store_path(NULL, NULL, 0), 0);
}

enum { MANY = 100000 };

static void a_long_life_takes_no_memory(void **state)
{
	size_t before = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		DCTX_SCOPE("outer");
		dctx_set(k_text, "some text of the outer scope");
		{
			DCTX_SCOPE("inner");
			dctx_set(k_num, 1);
			dctx_set(k_text, "some text of the inner scope");
		}
		if (i == 10)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_scope_shadows_and_its_end_reverts),
		DCTXT_TEST(what_a_scope_sets_first_is_gone_after_it),
		DCTXT_TEST(fifty_nested_scopes_unwind_one_by_one),
		DCTXT_TEST(leaving_an_outer_scope_leaves_those_above_first),
		DCTXT_TEST(a_guard_leaves_once),
		DCTXT_TEST(a_stale_guard_leaves_no_scope_of_the_same_depth),
		DCTXT_TEST(a_stale_guard_survives_a_restore),
		DCTXT_TEST(a_zero_guard_leaves_nothing),
		DCTXT_TEST(a_guard_on_another_thread_leaves_nothing),
		DCTXT_TEST(a_guard_of_an_ended_thread_is_never_followed),
		DCTXT_TEST(a_scope_can_be_tried),
		DCTXT_TEST(peek_tells_of_the_innermost_scope),
		DCTXT_TEST(the_status_keeps_a_scopes_first_failure),
		DCTXT_TEST(a_scope_can_be_named_after_its_function),
		DCTXT_TEST(a_block_is_left_by_return_goto_break_and_continue),
		DCTXT_TEST(the_root_cannot_be_left),
		DCTXT_TEST(a_store_without_a_flow_is_null_and_refused),
		DCTXT_TEST(a_long_life_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
