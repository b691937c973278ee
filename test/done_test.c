/* SPDX-License-Identifier: MIT */
/*
 * done_test.c - proves that deadlines and cancel sources belong to the scope
 * that they were set in: its end brings back what was before, whatever ends it;
 * captures, forks and attaches take them along.
 */
#include "kit.h"

#include <setjmp.h>

#define HOUR (3600 * DCTX_S)

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static dctx_source *source(dctx_source *parent)
{
	dctx_source *made = NULL;

	assert_int_equal(dctx_source_new(parent, DCTX_NO_DEADLINE, &made),
			 DCTX_OK);
	return made;
}

/* What ends the current context, as one thing to compare. */
static void check(int64_t deadline, dctx_status done)
{
	assert_int_equal(dctx_deadline(), deadline);
	assert_int_equal(dctx_done(), done);
}

static void a_scope_takes_its_deadline_with_it(void **state)
{
	int64_t far = dctx_deadline_in(2 * HOUR), near = dctx_deadline_in(HOUR);

	(void)state;
	check(DCTX_NO_DEADLINE, DCTX_OK);
	{
		DCTX_SCOPE("outer");
		assert_int_equal(dctx_set_deadline(far), DCTX_OK);
		{
			DCTX_SCOPE("inner");
			assert_int_equal(dctx_set_deadline(near), DCTX_OK);
			assert_int_equal(dctx_set_deadline(far), DCTX_OK);
			check(near, DCTX_OK);
			assert_int_equal(dctx_set_deadline(-5), DCTX_OK);
			check(-5, DCTX_DEADLINE_EXCEEDED);
		}
		check(far, DCTX_OK);
	}
	check(DCTX_NO_DEADLINE, DCTX_OK);
}

static void a_scope_takes_its_source_with_it(void **state)
{
	dctx_source *one = source(NULL), *other = source(NULL);

	(void)state;
	dctx_cancel(one, NULL);
	{
		DCTX_SCOPE("outer");
		assert_int_equal(dctx_add_source(other), DCTX_OK);
		check(DCTX_NO_DEADLINE, DCTX_OK);
		{
			DCTX_SCOPE("inner");
			assert_int_equal(dctx_add_source(one), DCTX_OK);
			check(DCTX_NO_DEADLINE, DCTX_CANCELED);
			assert_int_equal(dctx_add_source(other), DCTX_OK);
			check(DCTX_NO_DEADLINE, DCTX_CANCELED);
		}
		check(DCTX_NO_DEADLINE, DCTX_OK);
		dctx_cancel(other, NULL);
		check(DCTX_NO_DEADLINE, DCTX_CANCELED);
	}
	check(DCTX_NO_DEADLINE, DCTX_OK);
	dctx_source_unref(one);
	dctx_source_unref(other);
}

static void a_scope_keeps_its_source(void **state)
{
	dctx_source *s = source(NULL);

	(void)state;
	{
		DCTX_SCOPE("only owner");
		dctx_add_source(s);
		s = dctx_source_unref(s);
		check(DCTX_NO_DEADLINE, DCTX_OK);
	}
	assert_null(s);
}

static void any_of_the_sources_of_a_scope_ends_it(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		dctx_source *s[40];

		DCTX_SCOPE("many");
		for (int j = 0; j < 40; j++) {
			s[j] = source(j % 3 == 0 && j > 0 ? s[j / 2] : NULL);
			assert_int_equal(dctx_add_source(s[j]), DCTX_OK);
		}
		check(DCTX_NO_DEADLINE, DCTX_OK);
		dctx_cancel(s[i], NULL);
		check(DCTX_NO_DEADLINE, DCTX_CANCELED);
		for (int j = 0; j < 40; j++)
			dctx_source_unref(s[j]);
	}
	check(DCTX_NO_DEADLINE, DCTX_OK);
}

static void an_attach_replaces_what_ends_the_host(void **state)
{
	int64_t near = dctx_deadline_in(HOUR), far = near + HOUR;
	dctx_source *mine = source(NULL), *hosts = source(NULL);
	dctx_snapshot *snapshot = NULL;

	(void)state;
	{
		DCTX_SCOPE("captured");
		dctx_set_deadline(far);
		dctx_add_source(mine);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	}
	DCTX_SCOPE("host");
	dctx_set_deadline(near);
	dctx_add_source(hosts);
	dctx_cancel(hosts, NULL);
	check(near, DCTX_CANCELED);
	{
		DCTX_ATTACH(snapshot);
		check(far, DCTX_OK);
		dctx_cancel(mine, NULL);
		check(far, DCTX_CANCELED);
		{
			DCTX_ATTACH(NULL);
			check(DCTX_NO_DEADLINE, DCTX_OK);
			dctx_set_deadline(near);
		}
		check(far, DCTX_CANCELED);
	}
	check(near, DCTX_CANCELED);
	dctx_snapshot_unref(snapshot);
	dctx_source_unref(mine);
	dctx_source_unref(hosts);
}

/* Lays a context over another; `first` tells which of the two is cancelled. */
static void overlay(int64_t host, int64_t over, bool first)
{
	int64_t earlier = host < over ? host : over;
	dctx_source *s[2] = {source(NULL), source(NULL)};
	dctx_snapshot *snapshot = NULL;

	{
		DCTX_SCOPE("over");
		dctx_set_deadline(over);
		dctx_add_source(s[1]);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	}
	{
		DCTX_SCOPE("host");
		dctx_set_deadline(host);
		dctx_add_source(s[0]);
		{
			DCTX_OVERLAY(snapshot);
			check(earlier, DCTX_OK);
			dctx_cancel(s[first ? 0 : 1], NULL);
			check(earlier, DCTX_CANCELED);
		}
		check(host, first ? DCTX_CANCELED : DCTX_OK);
	}
	dctx_snapshot_unref(snapshot);
	dctx_source_unref(s[0]);
	dctx_source_unref(s[1]);
}

static void an_overlay_ends_with_whichever_ends_first(void **state)
{
	int64_t near = dctx_deadline_in(HOUR), far = near + HOUR;

	(void)state;
	overlay(near, far, true);
	overlay(near, far, false);
	overlay(far, near, true);
	overlay(far, near, false);
	overlay(DCTX_NO_DEADLINE, near, true);
	overlay(far, DCTX_NO_DEADLINE, false);
}

static void captures_and_forks_take_along_what_ends_them(void **state)
{
	int64_t near = dctx_deadline_in(HOUR);
	dctx_source *s = source(NULL);
	dctx_snapshot *snapshot = NULL;
	dctx_store *task = NULL, *grandchild = NULL;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set_deadline(near);
		dctx_add_source(s);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
		assert_int_equal(dctx_fork(&task), DCTX_OK);
		assert_int_equal(dctx_store_fork(task, &grandchild), DCTX_OK);
	}
	check(DCTX_NO_DEADLINE, DCTX_OK);
	assert_int_equal(dctx_snapshot_deadline(snapshot), near);
	assert_int_equal(dctx_store_deadline(task), near);
	assert_int_equal(dctx_store_deadline(grandchild), near);
	assert_int_equal(dctx_store_done(grandchild), DCTX_OK);
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_snapshot_done(snapshot), DCTX_CANCELED);
	assert_int_equal(dctx_store_done(task), DCTX_CANCELED);
	assert_int_equal(dctx_store_done(grandchild), DCTX_CANCELED);
	dctx_source_unref(s);
	dctx_task_free(grandchild);
	dctx_task_free(task);
	dctx_snapshot_unref(snapshot);
}

/* A deadline on each of three scopes, of which the middle one goes. */
static void retire(const int64_t at[3], dctx_source *s[3])
{
	dctx_guard guard[3];

	for (int i = 0; i < 3; i++) {
		guard[i] = dctx_enter("one of three");
		assert_int_equal(dctx_set_deadline(at[i]), DCTX_OK);
		if (s[i] != NULL)
			assert_int_equal(dctx_add_source(s[i]), DCTX_OK);
	}
	assert_int_equal(dctx_scope_retire(guard[1]), DCTX_OK);
	dctx_leave(guard[2]);
	check(at[0], DCTX_OK);
	dctx_leave(guard[0]);
	check(DCTX_NO_DEADLINE, DCTX_OK);
}

static void a_retire_in_the_middle_leaves_those_around_it(void **st)
{
	int64_t t = dctx_deadline_in(HOUR);
	const int64_t orders[][3] = {
		{t + 3, t + 2, t + 1},
		{t + 1, t + 2, t + 3},
		{t + 2, t + 1, t + 3},
		{DCTX_NO_DEADLINE, t, DCTX_NO_DEADLINE},
		{t, DCTX_NO_DEADLINE, t - 1},
		{t, t - 1, DCTX_NO_DEADLINE},
	};
	dctx_source *some[3] = {source(NULL), source(NULL), source(NULL)};

	(void)st;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		for (int mask = 0; mask < 8; mask++) {
			dctx_source *s[3] = {mask & 1 ? some[0] : NULL,
					     mask & 2 ? some[1] : NULL,
					     mask & 4 ? some[2] : NULL};

			retire(orders[i], s);
		}
	for (int i = 0; i < 3; i++)
		dctx_source_unref(some[i]);
}

static void a_restore_and_a_clear_replace_what_ends_a_store(void **state)
{
	int64_t near = dctx_deadline_in(HOUR);
	dctx_source *s = source(NULL);
	dctx_snapshot *snapshot = NULL;

	(void)state;
	{
		DCTX_SCOPE("captured");
		dctx_set_deadline(near);
		dctx_add_source(s);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	}
	(void)dctx_enter("left by the restore");
	dctx_set_deadline(0);
	check(0, DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_restore(snapshot), DCTX_OK);
	check(near, DCTX_OK);
	dctx_cancel(s, NULL);
	check(near, DCTX_CANCELED);
	assert_int_equal(dctx_clear(), DCTX_OK);
	check(DCTX_NO_DEADLINE, DCTX_OK);
	dctx_snapshot_unref(snapshot);
	dctx_source_unref(s);
}

static void a_rewind_brings_back_what_ended_the_marked_place(void **state)
{
	int64_t near = dctx_deadline_in(HOUR);
	dctx_source *s = source(NULL), *kept = source(NULL);
	jmp_buf back;
	dctx_mark mark;

	(void)state;
	DCTX_SCOPE("marked");
	dctx_set_deadline(near);
	dctx_add_source(kept);
	mark = dctx_mark_here();
	if (setjmp(back) == 0) {
		(void)dctx_enter("left by a jump");
		dctx_set_deadline(1);
		dctx_add_source(s);
		dctx_cancel(s, NULL);
		check(1, DCTX_DEADLINE_EXCEEDED);
		longjmp(back, 1);
	}
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	check(near, DCTX_OK);
	dctx_cancel(kept, NULL);
	check(near, DCTX_CANCELED);
	dctx_source_unref(s);
	dctx_source_unref(kept);
}

static void a_dead_scope_refuses_what_would_end_it(void **state)
{
	dctx_source *s = source(NULL);

	(void)state;
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 3), DCTX_OK);
	(void)dctx_enter("1");
	(void)dctx_enter("2");
	{
		DCTX_SCOPE("3");
		DCTX_SCOPE("dead");
		assert_int_equal(dctx_set_deadline(0), DCTX_DEAD_SCOPE);
		assert_int_equal(dctx_set_timeout(0), DCTX_DEAD_SCOPE);
		assert_int_equal(dctx_add_source(s), DCTX_DEAD_SCOPE);
		assert_int_equal(dctx_set_grace(5), DCTX_DEAD_SCOPE);
		assert_int_equal(dctx_shield(), DCTX_DEAD_SCOPE);
		assert_int_equal(dctx_detach(), DCTX_DEAD_SCOPE);
		assert_int_equal(dctx_scope_status(), DCTX_DEAD_SCOPE);
		assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 6);
		check(DCTX_NO_DEADLINE, DCTX_OK);
	}
	dctx_source_unref(s);
}

static void at_a_root_they_hold_until_the_store_ends(void **state)
{
	int64_t near = dctx_deadline_in(HOUR);
	dctx_source *s = source(NULL);
	dctx_store *task = NULL;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	assert_int_equal(dctx_store_set_deadline(task, near), DCTX_OK);
	assert_int_equal(dctx_store_add_source(task, s), DCTX_OK);
	assert_int_equal(dctx_store_set_deadline(task, near - 1), DCTX_OK);
	dctx_task_enter(task);
	check(near - 1, DCTX_OK);
	{
		DCTX_SCOPE("in the task");
		dctx_set_deadline(7);
		check(7, DCTX_DEADLINE_EXCEEDED);
	}
	dctx_task_leave(task);
	check(DCTX_NO_DEADLINE, DCTX_OK);
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_store_done(task), DCTX_CANCELED);
	dctx_task_free(task);
	dctx_source_unref(s);
	assert_int_equal(dctx_set_deadline(near), DCTX_OK);
	check(near, DCTX_OK);
	assert_int_equal(dctx_clear(), DCTX_OK);
}

static void what_ends_a_root_leaves_its_values(void **state)
{
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_set(k_num, 7), DCTX_OK);
	assert_int_equal(dctx_set_timeout(HOUR), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 7);
	guard = dctx_enter("inside");
	dctx_set(k_num, 8);
	dctx_set_timeout(0);
	dctx_leave(guard);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_int_equal(dctx_set_timeout(HOUR / 2), DCTX_OK);
	assert_int_equal(dctx_set(k_num, 9), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 9);
	assert_int_equal(dctx_clear(), DCTX_OK);
}

static void nothing_set_above_a_retired_scope_it_is_as_before_it(void **state)
{
	int64_t t = dctx_deadline_in(HOUR);
	dctx_source *s = source(NULL);
	dctx_guard middle, top;

	(void)state;
	DCTX_SCOPE("bottom");
	dctx_set_deadline(t);
	middle = dctx_enter("middle");
	dctx_set_deadline(t - 1);
	dctx_add_source(s);
	dctx_cancel(s, NULL);
	top = dctx_enter("top");
	check(t - 1, DCTX_CANCELED);
	assert_int_equal(dctx_scope_retire(middle), DCTX_OK);
	check(t, DCTX_OK);
	dctx_leave(top);
	check(t, DCTX_OK);
	dctx_source_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_scope_takes_its_deadline_with_it),
		DCTXT_TEST(a_scope_takes_its_source_with_it),
		DCTXT_TEST(a_scope_keeps_its_source),
		DCTXT_TEST(any_of_the_sources_of_a_scope_ends_it),
		DCTXT_TEST(an_attach_replaces_what_ends_the_host),
		DCTXT_TEST(an_overlay_ends_with_whichever_ends_first),
		DCTXT_TEST(captures_and_forks_take_along_what_ends_them),
		DCTXT_TEST(a_retire_in_the_middle_leaves_those_around_it),
		DCTXT_TEST(a_restore_and_a_clear_replace_what_ends_a_store),
		DCTXT_TEST(a_rewind_brings_back_what_ended_the_marked_place),
		DCTXT_TEST(a_dead_scope_refuses_what_would_end_it),
		DCTXT_TEST(at_a_root_they_hold_until_the_store_ends),
		DCTXT_TEST(what_ends_a_root_leaves_its_values),
		DCTXT_TEST(
			nothing_set_above_a_retired_scope_it_is_as_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
