/* SPDX-License-Identifier: MIT */
/*
 * depth_test.c - proves that past the depth limit a scope is dead: it counts,
 * refuses writes and undoes nothing, so that nothing set before the limit is
 * lost or changed; and that an attach opens a depth of its own.
 */
#include "kit.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_CLOSED);

enum { LIMIT = 1024, DEEP = 10000 };

static dctx_guard guards[DEEP];

/* Enters scopes 0 to n - 1; each live one gives k_num its number. */
static void go_down(int n)
{
	for (int i = 0; i < n; i++) {
		guards[i] = dctx_enter("deep");
		if (i < LIMIT)
			dctx_set(k_num, (uint64_t)i);
	}
}

static void the_default_limit_is_1024_live_scopes(void **state)
{
	dctx_scope_info info;

	(void)state;
	go_down(LIMIT);
	assert_int_equal(dctx_depth(), LIMIT + 1);
	assert_int_equal(dctxt_count(DCTX_EV_DEAD_SCOPE), 0);
	assert_int_equal(dctx_peek(&info), DCTX_OK);
	guards[LIMIT] = dctx_enter("dead");
	assert_int_equal(dctx_depth(), LIMIT + 2);
	assert_int_equal(dctxt_count(DCTX_EV_DEAD_SCOPE), 1);
	assert_int_equal(dctx_peek(&info), DCTX_DEAD_SCOPE);
}

static void a_dead_scope_is_told_to_the_hook(void **state)
{
	const struct dctxt_told *told = dctxt_listen();

	(void)state;
	go_down(LIMIT);
	assert_int_equal(told->times, 0);
	(void)dctx_enter("the dead one");
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, DCTX_EV_DEAD_SCOPE);
	assert_string_equal(told->what, "the dead one");
}

static void a_dead_scope_refuses_writes(void **state)
{
	(void)state;
	go_down(LIMIT + 1);
	assert_int_equal(dctx_set(k_num, 5), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_set(k_text, "x"), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_replace(k_text, "x"), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_unset(k_num), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_scope_status(), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_get(k_num, 0), LIMIT - 1);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 4);
}

static void a_dead_scope_undoes_nothing(void **state)
{
	(void)state;
	go_down(LIMIT + 3);
	for (int i = LIMIT + 2; i >= LIMIT; i--) {
		dctx_leave(guards[i]);
		assert_int_equal(dctx_depth(), i + 1);
		assert_int_equal(dctx_get(k_num, 0), LIMIT - 1);
	}
	assert_int_equal(dctx_set(k_num, 5), DCTX_OK);
	dctx_leave(guards[LIMIT - 1]);
	assert_int_equal(dctx_get(k_num, 0), LIMIT - 2);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 0);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 0);
}

static void ten_thousand_scopes_deep_all_comes_back(void **state)
{
	(void)state;
	dctx_set(k_text, "early");
	go_down(DEEP);
	assert_int_equal(dctx_depth(), DEEP + 1);
	assert_string_equal(dctx_get(k_text, ""), "early");
	for (int i = DEEP - 1; i >= 0; i--) {
		assert_int_equal(dctx_get(k_num, 0),
				 i < LIMIT ? i : LIMIT - 1);
		dctx_leave(guards[i]);
		assert_int_equal(dctx_depth(), i + 1);
	}
	assert_false(dctx_has(k_num));
	assert_string_equal(dctx_get(k_text, ""), "early");
	assert_int_equal(dctxt_count(DCTX_EV_DEAD_SCOPE), DEEP - LIMIT);
	assert_int_equal(dctxt_count_all(), DEEP - LIMIT);
}

static void more_dead_scopes_than_are_counted_come_back(void **state)
{
	enum { ABYSS = 600000 };
	static dctx_guard abyss[ABYSS];

	(void)state;
	go_down(LIMIT);
	for (int i = 0; i < ABYSS; i++)
		abyss[i] = dctx_enter("abyss");
	assert_int_equal(dctx_scope_status(), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_get(k_num, 0), LIMIT - 1);
	for (int i = ABYSS - 1; i >= 0; i--)
		dctx_leave(abyss[i]);
	assert_int_equal(dctx_depth(), LIMIT + 1);
	assert_int_equal(dctx_set(k_num, 1), DCTX_OK);
	dctx_leave(guards[0]);
	assert_false(dctx_has(k_num));
}

static void dead_scopes_take_no_memory(void **state)
{
	size_t before;

	(void)state;
	go_down(LIMIT + 1);
	before = dctxt_heap_bytes();
	for (int i = LIMIT + 1; i < DEEP; i++)
		guards[i] = dctx_enter("dead");
	assert_int_equal(dctxt_heap_bytes(), before);
}

static void leaving_a_live_scope_leaves_the_dead_ones_above(void **state)
{
	(void)state;
	go_down(LIMIT + 5);
	dctx_leave(guards[10]);
	assert_int_equal(dctx_depth(), 11);
	assert_int_equal(dctx_get(k_num, 0), 9);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	dctx_leave(guards[LIMIT + 4]);
	dctx_leave(guards[LIMIT]);
	assert_int_equal(dctx_depth(), 11);
	assert_int_equal(dctx_get(k_num, 0), 9);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
}

static void an_outer_dead_guard_leaves_the_dead_ones_above(void **state)
{
	(void)state;
	go_down(LIMIT + 5);
	dctx_leave(guards[LIMIT + 1]);
	assert_int_equal(dctx_depth(), LIMIT + 2);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	dctx_leave(guards[LIMIT + 3]);
	assert_int_equal(dctx_depth(), LIMIT + 2);
	dctx_leave(guards[LIMIT]);
	dctx_leave(guards[LIMIT - 1]);
	assert_int_equal(dctx_depth(), LIMIT);
}

static void a_tried_scope_is_never_dead(void **state)
{
	dctx_guard guard = {NULL, 7};

	(void)state;
	go_down(LIMIT);
	assert_int_equal(dctx_try_enter("tried", &guard), DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->limit, LIMIT);
	assert_int_equal(dctx_depth(), LIMIT + 1);
	guards[LIMIT] = dctx_enter("dead");
	assert_int_equal(dctx_try_enter("tried", &guard), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_depth(), LIMIT + 2);
	assert_int_equal(guard.id, 7);
	dctx_leave(guards[LIMIT]);
	dctx_leave(guards[LIMIT - 1]);
	assert_int_equal(dctx_try_enter("tried", &guard), DCTX_OK);
}

static void a_closed_key_is_hidden_while_a_dead_scope_stands(void **state)
{
	(void)state;
	dctx_set(k_tenant, 1);
	go_down(LIMIT + 2);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
	assert_int_equal(dctx_set(k_tenant, 2), DCTX_DEAD_SCOPE);
	assert_false(dctx_has(k_tenant));
	dctx_leave(guards[LIMIT + 1]);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
	dctx_leave(guards[LIMIT]);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
}

static void a_closed_key_hidden_in_an_outer_dead_scope_stays_so(void **state)
{
	(void)state;
	dctx_set(k_tenant, 1);
	go_down(LIMIT + 1);
	assert_int_equal(dctx_set(k_tenant, 2), DCTX_DEAD_SCOPE);
	guards[LIMIT + 1] = dctx_enter("dead above");
	assert_false(dctx_has(k_tenant));
	dctx_leave(guards[LIMIT + 1]);
	assert_false(dctx_has(k_tenant));
	dctx_leave(guards[LIMIT]);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
}

static void an_attach_opens_a_depth_of_its_own(void **state)
{
	dctx_snapshot *snapshot;
	dctx_guard attach;

	(void)state;
	dctx_set(k_text, "request");
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_set(k_text, "host");
	go_down(LIMIT + 2);
	assert_int_equal(dctx_attach(snapshot, &attach), DCTX_OK);
	assert_int_equal(dctx_depth(), 1);
	assert_string_equal(dctx_get(k_text, ""), "request");
	assert_int_equal(dctx_set(k_num, 1), DCTX_OK);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
	for (int i = 0; i < LIMIT; i++)
		(void)dctx_enter("deep again");
	assert_int_equal(dctx_scope_status(), DCTX_OK);
	(void)dctx_enter("dead again");
	assert_int_equal(dctx_scope_status(), DCTX_DEAD_SCOPE);
	dctx_leave(attach);
	assert_int_equal(dctx_depth(), LIMIT + 3);
	assert_int_equal(dctx_scope_status(), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_get(k_num, 0), LIMIT - 1);
	dctx_snapshot_unref(snapshot);
}

static void a_capture_in_a_dead_scope_has_what_is_visible(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	go_down(LIMIT + 2);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(snapshot, k_num, 0), LIMIT - 1);
	dctx_snapshot_unref(snapshot);
}

static void a_capture_under_a_hidden_closed_key_is_not_kept(void **state)
{
	dctx_snapshot *hidden, *shown;

	(void)state;
	dctx_set(k_tenant, 1);
	go_down(LIMIT + 1);
	assert_int_equal(dctx_set(k_tenant, 2), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_capture(&hidden), DCTX_OK);
	assert_false(dctx_snapshot_has(hidden, k_tenant));
	dctx_leave(guards[LIMIT]);
	assert_int_equal(dctx_capture(&shown), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(shown, k_tenant, 0), 1);
	dctx_snapshot_unref(hidden);
	dctx_snapshot_unref(shown);
}

static void a_live_scope_below_dead_ones_does_not_retire(void **state)
{
	(void)state;
	go_down(LIMIT + 2);
	assert_int_equal(dctx_scope_retire(guards[LIMIT - 1]), DCTX_BUSY);
	assert_int_equal(dctx_get(k_num, 0), LIMIT - 1);
	assert_int_equal(dctx_depth(), LIMIT + 3);
	dctx_leave(guards[LIMIT + 1]);
	dctx_leave(guards[LIMIT]);
	dctx_leave(guards[0]);
	assert_int_equal(dctx_depth(), 1);
	assert_false(dctx_has(k_num));
}

static void the_limit_holds_for_stores_that_begin_after_it(void **state)
{
	dctx_store *task;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 3), DCTX_OK);
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	go_down(3);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
	(void)dctx_enter("dead");
	assert_int_equal(dctx_scope_status(), DCTX_DEAD_SCOPE);
	dctx_leave(guards[0]);
	assert_int_equal(dctx_depth(), 1);
	dctx_task_leave(task);
	dctx_task_free(task);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_default_limit_is_1024_live_scopes),
		DCTXT_TEST(a_dead_scope_is_told_to_the_hook),
		DCTXT_TEST(a_dead_scope_refuses_writes),
		DCTXT_TEST(a_dead_scope_undoes_nothing),
		DCTXT_TEST(ten_thousand_scopes_deep_all_comes_back),
		DCTXT_TEST(more_dead_scopes_than_are_counted_come_back),
		DCTXT_TEST(dead_scopes_take_no_memory),
		DCTXT_TEST(leaving_a_live_scope_leaves_the_dead_ones_above),
		DCTXT_TEST(an_outer_dead_guard_leaves_the_dead_ones_above),
		DCTXT_TEST(a_tried_scope_is_never_dead),
		DCTXT_TEST(a_closed_key_is_hidden_while_a_dead_scope_stands),
		DCTXT_TEST(a_closed_key_hidden_in_an_outer_dead_scope_stays_so),
		DCTXT_TEST(an_attach_opens_a_depth_of_its_own),
		DCTXT_TEST(a_capture_in_a_dead_scope_has_what_is_visible),
		DCTXT_TEST(a_capture_under_a_hidden_closed_key_is_not_kept),
		DCTXT_TEST(a_live_scope_below_dead_ones_does_not_retire),
		DCTXT_TEST(the_limit_holds_for_stores_that_begin_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
