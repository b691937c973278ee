/* SPDX-License-Identifier: MIT */
/*
 * retire_test.c - proves that retire takes out one scope wherever it stands:
 * what it set disappears, what stands above and below stays, and lifetimes
 * that overlap for ever take no more memory.
 */
#include "kit.h"

#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_U64(k_other, "other", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

/* Three scopes: all set k_num, the middle one k_text, the top one k_other. */
static void enter_three(dctx_guard *guards)
{
	dctx_set(k_num, 1);
	guards[0] = dctx_enter("bottom");
	dctx_set(k_num, 2);
	guards[1] = dctx_enter("middle");
	dctx_set(k_num, 3);
	dctx_set(k_text, "of the middle");
	guards[2] = dctx_enter("top");
	dctx_set(k_num, 4);
	dctx_set(k_other, 40);
}

static void check_chain(const char *expected)
{
	char text[64];

	dctx_chain_text("/", text, sizeof(text));
	assert_string_equal(text, expected);
}

static void the_top_retires_like_a_leave(void **state)
{
	dctx_guard guards[3];

	(void)state;
	enter_three(guards);
	assert_int_equal(dctx_scope_retire(guards[2]), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 3);
	assert_false(dctx_has(k_other));
	assert_int_equal(dctx_depth(), 3);
	check_chain("bottom/middle");
	dctx_leave(guards[0]);
	assert_int_equal(dctx_get(k_num, 0), 1);
}

static void the_middle_retires_and_the_top_stays(void **state)
{
	dctx_guard guards[3];

	(void)state;
	enter_three(guards);
	assert_int_equal(dctx_scope_retire(guards[1]), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 4);
	assert_int_equal(dctx_get(k_other, 0), 40);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_depth(), 3);
	check_chain("bottom/top");
	dctx_leave(guards[2]);
	assert_int_equal(dctx_get(k_num, 0), 2);
	dctx_leave(guards[0]);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_deadline_that_was_set_twice_retires(void **state)
{
	int64_t first = dctx_deadline_in(3600 * DCTX_S), second = first - 1;
	dctx_guard below = dctx_enter("below"), above;

	(void)state;
	dctx_set_deadline(first);
	dctx_set_deadline(second);
	above = dctx_enter("above");
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
	dctx_leave(above);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
}

static void the_bottom_retires_and_the_rest_stays(void **state)
{
	dctx_guard guards[3];

	(void)state;
	enter_three(guards);
	assert_int_equal(dctx_scope_retire(guards[0]), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 4);
	check_chain("middle/top");
	dctx_leave(guards[2]);
	assert_int_equal(dctx_get(k_num, 0), 3);
	assert_string_equal(dctx_get(k_text, ""), "of the middle");
	dctx_leave(guards[1]);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_depth(), 1);
}

static void scopes_retire_in_any_order(void **state)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	static const uint64_t after[6][2] = {{4, 4}, {4, 3}, {4, 4},
					     {4, 2}, {3, 3}, {3, 2}};

	(void)state;
	for (int i = 0; i < 6; i++) {
		dctx_guard guards[3];

		enter_three(guards);
		for (int j = 0; j < 2; j++) {
			assert_int_equal(
				dctx_scope_retire(guards[orders[i][j]]),
				DCTX_OK);
			assert_int_equal(dctx_get(k_num, 0), after[i][j]);
		}
		assert_int_equal(dctx_scope_retire(guards[orders[i][2]]),
				 DCTX_OK);
		assert_int_equal(dctx_get(k_num, 0), 1);
		assert_false(dctx_has(k_text));
		assert_false(dctx_has(k_other));
		assert_int_equal(dctx_depth(), 1);
	}
}

static void a_retired_removal_shows_the_outer_value(void **state)
{
	dctx_guard below, above;

	(void)state;
	dctx_set(k_num, 1);
	below = dctx_enter("removes");
	dctx_unset(k_num);
	above = dctx_enter("above");
	assert_false(dctx_has(k_num));
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_leave(above);
	assert_int_equal(dctx_get(k_num, 0), 1);
}

static void a_removal_above_a_retired_value_stays(void **state)
{
	dctx_guard below = dctx_enter("sets"), above;

	(void)state;
	dctx_set(k_text, "below");
	above = dctx_enter("removes");
	dctx_unset(k_text);
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_false(dctx_has(k_text));
	dctx_leave(above);
	assert_false(dctx_has(k_text));
}

static void a_retired_guard_is_stale(void **state)
{
	dctx_guard guards[3];

	(void)state;
	enter_three(guards);
	assert_int_equal(dctx_scope_retire(guards[1]), DCTX_OK);
	assert_int_equal(dctx_scope_retire(guards[1]), DCTX_STALE);
	dctx_leave(guards[1]);
	assert_int_equal(dctx_scope_retire((dctx_guard){NULL, 0}), DCTX_OK);
	assert_int_equal(dctx_depth(), 3);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
	dctx_leave(guards[0]);
}

static void leaving_below_a_retired_scope_leaves_the_rest(void **state)
{
	dctx_guard guards[3];

	(void)state;
	enter_three(guards);
	assert_int_equal(dctx_scope_retire(guards[1]), DCTX_OK);
	dctx_leave(guards[0]);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
}

static void a_retire_destroys_what_the_scope_set(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_guard below = dctx_enter("below"), above;

	(void)state;
	dctx_set(k_thing, &made);
	above = dctx_enter("above");
	made.id = 2;
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 1);
	assert_int_equal(dctxt_things.last_destroyed, 1);
	assert_int_equal(dctx_get(k_thing, NULL)->id, 2);
	dctx_leave(above);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 2);
}

static void the_innermost_scope_takes_sets_after_a_retire(void **state)
{
	dctx_guard guards[3];

	(void)state;
	enter_three(guards);
	assert_int_equal(dctx_scope_retire(guards[1]), DCTX_OK);
	dctx_set(k_num, 5);
	dctx_set(k_text, "of the top");
	dctx_set(k_text, "of the top again");
	assert_int_equal(dctx_get(k_num, 0), 5);
	assert_string_equal(dctx_get(k_text, ""), "of the top again");
	dctx_leave(guards[2]);
	assert_int_equal(dctx_get(k_num, 0), 2);
	assert_false(dctx_has(k_text));
	dctx_leave(guards[0]);
}

static void an_attach_with_something_above_it_is_busy(void **state)
{
	dctx_guard attach, above;

	(void)state;
	assert_int_equal(dctx_attach(NULL, &attach), DCTX_OK);
	above = dctx_enter("above");
	assert_int_equal(dctx_scope_retire(attach), DCTX_BUSY);
	assert_int_equal(dctx_depth(), 2);
	dctx_leave(above);
	assert_int_equal(dctx_scope_retire(attach), DCTX_OK);
	assert_int_equal(dctx_scope_retire(attach), DCTX_STALE);
}

static void a_scope_below_an_attach_retires(void **state)
{
	dctx_guard below, attach;
	dctx_snapshot *snapshot;

	(void)state;
	dctx_set(k_num, 9);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_set(k_num, 1);
	below = dctx_enter("below");
	dctx_set(k_num, 2);
	assert_int_equal(dctx_attach(snapshot, &attach), DCTX_OK);
	dctx_set(k_text, "attached");
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 9);
	assert_string_equal(dctx_get(k_text, ""), "attached");
	dctx_leave(attach);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_depth(), 1);
	dctx_snapshot_unref(snapshot);
}

static void a_snapshot_keeps_what_a_retire_took_out(void **state)
{
	dctx_guard guards[3];
	dctx_snapshot *before, *after;

	(void)state;
	enter_three(guards);
	assert_int_equal(dctx_capture(&before), DCTX_OK);
	assert_int_equal(dctx_scope_retire(guards[1]), DCTX_OK);
	assert_int_equal(dctx_capture(&after), DCTX_OK);
	assert_ptr_not_equal(before, after);
	assert_string_equal(dctx_snapshot_get(before, k_text, ""),
			    "of the middle");
	assert_false(dctx_snapshot_has(after, k_text));
	assert_int_equal(dctx_snapshot_chain(before, NULL, 0), 3);
	assert_int_equal(dctx_snapshot_chain(after, NULL, 0), 2);
	dctx_snapshot_unref(before);
	dctx_snapshot_unref(after);
	dctx_leave(guards[0]);
}

/* Scope after scope, each retired when the next one stands above it. */
static void hand_over(int times, size_t *settled)
{
	dctx_guard last = dctx_enter("span");

	for (int i = 0; i < times; i++) {
		dctx_guard next = dctx_enter("span");
		char text[32];

		snprintf(text, sizeof(text), "span number %d", i);
		dctx_set(k_num, (uint64_t)i);
		dctx_set(k_text, text);
		assert_int_equal(dctx_scope_retire(last), DCTX_OK);
		assert_int_equal(dctx_get(k_num, 0), i);
		last = next;
		if (i == 1000)
			*settled = dctxt_heap_bytes();
	}
	assert_int_equal(dctx_depth(), 2);
	dctx_leave(last);
}

static void hand_over_hand_takes_no_more_memory(void **state)
{
	size_t settled = 0;

	(void)state;
	dctx_set(k_num, 77);
	hand_over(100000, &settled);
	assert_in_range(dctxt_heap_bytes(), 0, settled + 4096);
	assert_int_equal(dctx_get(k_num, 0), 77);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctxt_count_all(), 0);
}

/* Spans that each fill more than a chunk of the store's log. */
static void large_spans_hand_over_in_no_more_memory(void **state)
{
	static char text[500];
	dctx_guard last = dctx_enter("span");
	size_t settled = 0;

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	for (int i = 0; i < 5000; i++) {
		dctx_guard next = dctx_enter("span");

		for (int j = 0; j < i % 60; j++)
			assert_int_equal(dctx_set(k_text, text), DCTX_OK);
		dctx_set(k_num, (uint64_t)i);
		assert_int_equal(dctx_scope_retire(last), DCTX_OK);
		assert_int_equal(dctx_get(k_num, 0), i);
		last = next;
		if (i == 1000)
			settled = dctxt_heap_bytes();
	}
	assert_in_range(dctxt_heap_bytes(), 0, settled + 65536);
	dctx_leave(last);
	assert_false(dctx_has(k_num));
}

static void a_dead_scope_retires_as_it_is_left(void **state)
{
	dctx_guard guard = {NULL, 0};

	(void)state;
	dctx_limit_set(DCTX_LIMIT_DEPTH, 2);
	for (int i = 0; i < 3; i++)
		guard = dctx_enter("deep");
	assert_int_equal(dctx_scope_status(), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_scope_retire(guard), DCTX_OK);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
}

static dctx_guard during;

static void leave_during(const struct dctxt_thing *gone)
{
	(void)gone;
	dctx_leave(during);
}

static void retire_during(const struct dctxt_thing *gone)
{
	(void)gone;
	(void)dctx_scope_retire(during);
}

static void a_destroy_in_a_retire_may_leave_or_retire_more(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_guard below, middle;

	(void)state;
	for (int i = 0; i < 2; i++) {
		below = dctx_enter("below");
		middle = dctx_enter("middle");
		dctx_set(k_thing, &made);
		during = dctx_enter("above");
		if (i == 1)
			during = below;
		dctxt_things.on_destroy = i == 0 ? leave_during : retire_during;
		assert_int_equal(dctx_scope_retire(middle), DCTX_OK);
		dctxt_things.on_destroy = NULL;
		check_chain(i == 0 ? "below" : "above");
		assert_int_equal(dctx_depth(), 2);
		assert_int_equal(dctx_restore(NULL), DCTX_OK);
	}
	assert_int_equal(dctxt_alive(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_top_retires_like_a_leave),
		DCTXT_TEST(the_middle_retires_and_the_top_stays),
		DCTXT_TEST(a_deadline_that_was_set_twice_retires),
		DCTXT_TEST(the_bottom_retires_and_the_rest_stays),
		DCTXT_TEST(scopes_retire_in_any_order),
		DCTXT_TEST(a_retired_removal_shows_the_outer_value),
		DCTXT_TEST(a_removal_above_a_retired_value_stays),
		DCTXT_TEST(a_retired_guard_is_stale),
		DCTXT_TEST(leaving_below_a_retired_scope_leaves_the_rest),
		DCTXT_TEST(a_retire_destroys_what_the_scope_set),
		DCTXT_TEST(the_innermost_scope_takes_sets_after_a_retire),
		DCTXT_TEST(an_attach_with_something_above_it_is_busy),
		DCTXT_TEST(a_scope_below_an_attach_retires),
		DCTXT_TEST(a_snapshot_keeps_what_a_retire_took_out),
		DCTXT_TEST(hand_over_hand_takes_no_more_memory),
		DCTXT_TEST(large_spans_hand_over_in_no_more_memory),
		DCTXT_TEST(a_dead_scope_retires_as_it_is_left),
		DCTXT_TEST(a_destroy_in_a_retire_may_leave_or_retire_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
