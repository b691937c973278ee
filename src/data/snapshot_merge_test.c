/* SPDX-License-Identifier: MIT */
/*
 * snapshot_merge_test.c - proves that the upper of two merged contexts has the
 * last word on each key, on the chain, and on removal; that the earlier
 * deadline holds; and that a merge without memory loses nothing.
 */
#include "data/snapshot.h"
#include "plat/heap.h"
#include "plat/local.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_STR(k_large, "large", DCTX_LOCAL);
DCTX_KEY_F64(k_ratio, "ratio", DCTX_LOCAL);

static char large[2000];

static dctx_snapshot *capture(void)
{
	dctx_snapshot *snapshot = NULL;

	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(dctx_clear(), DCTX_OK);
	return snapshot;
}

static dctx_snapshot *lower(void)
{
	memset(large, 'L', sizeof(large) - 1);
	(void)dctx_enter("lower");
	dctx_set(k_num, 1);
	dctx_set(k_text, "lower");
	dctx_set(k_large, large);
	return capture();
}

static dctx_snapshot *upper(const char *name)
{
	(void)dctx_enter(name);
	dctx_set(k_num, 2);
	dctx_unset(k_text);
	dctx_set(k_ratio, 0.5);
	return capture();
}

static dctx_snapshot *merge(dctx_snapshot *below, dctx_snapshot *above)
{
	dctx_snapshot *both = NULL;

	assert_int_equal(dctx_snapshot_merge(below, above, &both), DCTX_OK);
	return both;
}

static void check_chain(const dctx_snapshot *snapshot, const char *names)
{
	char text[64];

	dctx_snapshot_chain_text(snapshot, "/", text, sizeof(text));
	assert_string_equal(text, names);
}

static void the_upper_one_has_the_last_word(void **state)
{
	dctx_snapshot *below = lower(), *above = upper("upper");
	dctx_snapshot *both = merge(below, above);
	const char *text = dctx_snapshot_get(below, k_large, NULL);

	(void)state;
	assert_int_equal(dctx_snapshot_get(both, k_num, 0), 2);
	assert_true(dctx_snapshot_get(both, k_ratio, 0) == 0.5);
	assert_false(dctx_snapshot_has(both, k_text));
	assert_ptr_equal(dctx_snapshot_get(both, k_large, NULL), text);
	check_chain(both, "upper");
	assert_int_equal(dctx_snapshot_get(below, k_num, 0), 1);
	assert_int_equal(dctx_snapshot_get(above, k_num, 0), 2);
	dctx_snapshot_unref(below);
	dctx_snapshot_unref(above);
	assert_string_equal(dctx_snapshot_get(both, k_large, ""), large);
	dctx_snapshot_unref(both);
}

static void a_removal_is_kept_for_the_next_merge(void **state)
{
	dctx_snapshot *below = lower(), *above = upper(NULL);
	dctx_snapshot *twice = merge(above, above), *both;

	(void)state;
	both = merge(below, twice);
	assert_false(dctx_snapshot_has(both, k_text));
	check_chain(both, "lower");
	dctx_snapshot_unref(below);
	dctx_snapshot_unref(above);
	dctx_snapshot_unref(twice);
	dctx_snapshot_unref(both);
}

static void one_that_adds_nothing_gives_the_other_itself(void **state)
{
	dctx_snapshot *some = lower(), *both;
	dctx_snapshot *nothing[2] = {NULL, dctx_snapshot_empty()};

	(void)state;
	for (int i = 0; i < 2; i++) {
		both = merge(some, nothing[i]);
		assert_ptr_equal(both, some);
		dctx_snapshot_unref(both);
		both = merge(nothing[i], some);
		assert_ptr_equal(both, some);
		dctx_snapshot_unref(both);
	}
	both = merge(NULL, NULL);
	assert_ptr_equal(both, dctx_snapshot_empty());
	dctx_snapshot_unref(some);
}

static void a_name_alone_is_something(void **state)
{
	dctx_snapshot *some = lower(), *named, *both;

	(void)state;
	(void)dctx_enter("named");
	named = capture();
	both = merge(some, named);
	check_chain(both, "named");
	assert_int_equal(dctx_snapshot_get(both, k_num, 0), 1);
	dctx_snapshot_unref(both);
	both = merge(named, some);
	assert_ptr_equal(both, some);
	dctx_snapshot_unref(both);
	dctx_snapshot_unref(named);
	dctx_snapshot_unref(some);
}

static void the_earlier_deadline_holds(void **state)
{
	dctx_snapshot *below = lower(), *above = upper("upper"), *both;

	(void)state;
	both = merge(below, above);
	assert_true(both->deadline == DCTXI_NO_DEADLINE);
	dctx_snapshot_unref(both);
	below->deadline = 500;
	both = merge(below, above);
	assert_int_equal(both->deadline, 500);
	dctx_snapshot_unref(both);
	above->deadline = 400;
	both = merge(below, above);
	assert_int_equal(both->deadline, 400);
	dctx_snapshot_unref(both);
	both = merge(NULL, above);
	assert_ptr_equal(both, above);
	dctx_snapshot_unref(both);
	both = merge(above, NULL);
	assert_ptr_equal(both, above);
	dctx_snapshot_unref(both);
	dctx_snapshot_unref(below);
	dctx_snapshot_unref(above);
}

static void without_memory_nothing_is_lost(void **state)
{
	dctx_snapshot *below = lower(), *above = upper("upper");
	dctx_snapshot *both = NULL;
	dctx_status status = DCTX_NOMEM;
	long tries = 0;

	(void)state;
	assert_int_equal(dctx_snapshot_merge(below, above, NULL), DCTX_INVALID);
	for (; status != DCTX_OK; tries++) {
		dctxi_cache_drop(dctxi_local_now);
		dctxi_refusal.countdown = tries;
		status = dctx_snapshot_merge(below, above, &both);
		dctxi_refusal.countdown = -1;
		assert_true(status == DCTX_OK || status == DCTX_NOMEM);
		assert_true(status == DCTX_OK || both == NULL);
	}
	assert_int_equal(tries, 3);
	dctx_snapshot_unref(both);
	dctx_snapshot_unref(below);
	dctx_snapshot_unref(above);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_upper_one_has_the_last_word),
		cmocka_unit_test(a_removal_is_kept_for_the_next_merge),
		cmocka_unit_test(one_that_adds_nothing_gives_the_other_itself),
		cmocka_unit_test(a_name_alone_is_something),
		cmocka_unit_test(the_earlier_deadline_holds),
		cmocka_unit_test(without_memory_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
