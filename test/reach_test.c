/* SPDX-License-Identifier: MIT */
/*
 * How far a context reaches, where scopes do not go in order: below an attach,
 * on a root with dead scopes, and where two contexts become one.
 */
#include "kit.h"

static dctx_source *source(void)
{
	dctx_source *s = NULL;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &s), DCTX_OK);
	return s;
}

/* The attaches keep what is below them, which the retire must find there. */
static void a_scope_retires_from_below_attaches(void **state)
{
	dctx_store *store = dctx_current();
	dctx_source *s = source();
	dctx_guard a, b, first, second;

	(void)state;
	a = dctx_enter("a");
	dctx_set_deadline(dctx_now() + 100 * DCTX_S);
	dctx_add_source(s);
	b = dctx_enter("b");
	assert_int_equal(dctx_attach(NULL, &first), DCTX_OK);
	assert_int_equal(dctx_attach(NULL, &second), DCTX_OK);
	(void)dctx_enter("c");
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_scope_retire(a), DCTX_OK);
	dctx_cancel(s, NULL);
	dctx_leave(first);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_done(), DCTX_OK);
	dctx_leave(b);
	assert_int_equal(dctx_store_depth(store), 1);
	dctx_source_unref(s);
}

/* What the scope above set goes back to what was before the retired one. */
static void a_newer_deadline_goes_back_past_the_retired(void **state)
{
	int64_t now = dctx_now();
	dctx_guard a, b, c, attached;

	(void)state;
	a = dctx_enter("a");
	dctx_set_deadline(now + 100 * DCTX_S);
	b = dctx_enter("b");
	dctx_set_deadline(now + 50 * DCTX_S);
	c = dctx_enter("c");
	dctx_set_deadline(now + 25 * DCTX_S);
	assert_int_equal(dctx_attach(NULL, &attached), DCTX_OK);
	assert_int_equal(dctx_scope_retire(b), DCTX_OK);
	dctx_leave(attached);
	assert_int_equal(dctx_deadline(), now + 25 * DCTX_S);
	dctx_leave(c);
	assert_int_equal(dctx_deadline(), now + 100 * DCTX_S);
	dctx_leave(a);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
}

static void a_root_with_dead_scopes_takes_no_deadline(void **state)
{
	dctx_store *task;
	dctx_snapshot *frozen = NULL;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1), DCTX_OK);
	(void)dctx_enter("alive");
	(void)dctx_enter("dead");
	assert_int_equal(dctx_set_deadline(1), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_store_capture(task, &frozen), DCTX_OK);
	assert_int_equal(dctx_snapshot_deadline(frozen), DCTX_NO_DEADLINE);
	dctx_snapshot_unref(frozen);
	dctx_task_leave(task);
	dctx_task_free(task);
}

/* A context that has a source, a deadline or both. */
static dctx_snapshot *context(dctx_source *s, int64_t deadline)
{
	dctx_snapshot *snapshot = NULL;

	DCTX_SCOPE("context");
	if (s != NULL)
		dctx_add_source(s);
	dctx_set_deadline(deadline);
	assert_int_equal(dctx_store_capture(dctx_current(), &snapshot),
			 DCTX_OK);
	return snapshot;
}

static void of_two_contexts_either_source_ends_the_merged_one(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		dctx_source *s[2] = {source(), source()};
		int64_t at = dctx_now() + 100 * DCTX_S;
		dctx_snapshot *one = context(s[0], at);
		dctx_snapshot *other = context(s[1], at + 1), *both = NULL;

		assert_int_equal(dctx_snapshot_merge(other, one, &both),
				 DCTX_OK);
		assert_int_equal(dctx_snapshot_deadline(both), at);
		assert_int_equal(dctx_snapshot_done(both), DCTX_OK);
		dctx_cancel(s[i], NULL);
		assert_int_equal(dctx_snapshot_done(both), DCTX_CANCELED);
		assert_int_equal(dctx_snapshot_done(i ? one : other), DCTX_OK);
		dctx_snapshot_unref(one);
		dctx_snapshot_unref(other);
		dctx_snapshot_unref(both);
		dctx_source_unref(s[0]);
		dctx_source_unref(s[1]);
	}
}

/* A snapshot under so many joined sources: two of a rank make one more. */
static dctx_snapshot *deep(int rank)
{
	dctx_snapshot *a, *b, *both = NULL;

	if (rank == 0) {
		dctx_source *s = source();

		a = context(s, DCTX_NO_DEADLINE);
		dctx_source_unref(s);
		return a;
	}
	a = deep(rank - 1);
	b = deep(0);
	for (int i = 0; i < rank; i++) {
		dctx_snapshot *more = deep(0), *next = NULL;

		assert_int_equal(dctx_snapshot_merge(b, more, &next), DCTX_OK);
		dctx_snapshot_unref(b);
		dctx_snapshot_unref(more);
		b = next;
	}
	assert_int_equal(dctx_snapshot_merge(a, b, &both), DCTX_OK);
	dctx_snapshot_unref(a);
	dctx_snapshot_unref(b);
	return both;
}

static void a_wide_context_is_asked_and_ends(void **state)
{
	dctx_source *last = source();
	dctx_snapshot *under = context(last, DCTX_NO_DEADLINE);
	dctx_snapshot *wide = deep(12), *both = NULL;

	(void)state;
	assert_int_equal(dctx_snapshot_done(wide), DCTX_OK);
	assert_int_equal(dctx_snapshot_merge(wide, under, &both), DCTX_OK);
	dctx_cancel(last, NULL);
	assert_int_equal(dctx_snapshot_done(both), DCTX_CANCELED);
	assert_int_equal(dctx_snapshot_done(wide), DCTX_OK);
	dctx_snapshot_unref(wide);
	dctx_snapshot_unref(under);
	dctx_snapshot_unref(both);
	dctx_source_unref(last);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_scope_retires_from_below_attaches),
		DCTXT_TEST(a_newer_deadline_goes_back_past_the_retired),
		DCTXT_TEST(a_root_with_dead_scopes_takes_no_deadline),
		DCTXT_TEST(of_two_contexts_either_source_ends_the_merged_one),
		DCTXT_TEST(a_wide_context_is_asked_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
