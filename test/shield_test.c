/* SPDX-License-Identifier: MIT */
/*
 * shield_test.c - proves that clean-up has its grace, and no more: a shield
 * puts off what is above by the grace in force, what is set below it holds at
 * once, and no nesting gains time.
 */
#include "kit.h"

#define HOUR (3600 * DCTX_S)

static dctx_source *source(void)
{
	dctx_source *made = NULL;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &made),
			 DCTX_OK);
	return made;
}

static void check(int64_t deadline, dctx_status done)
{
	assert_int_equal(dctx_deadline(), deadline);
	assert_int_equal(dctx_done(), done);
}

static void a_grace_moves_nothing_without_a_shield(void **state)
{
	int64_t past = dctx_now();

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_deadline(past);
	assert_int_equal(dctx_grace(), 0);
	assert_int_equal(dctx_set_grace(HOUR), DCTX_OK);
	assert_int_equal(dctx_grace(), HOUR);
	check(past, DCTX_DEADLINE_EXCEEDED);
}

static void a_shield_puts_the_deadline_off_by_the_grace(void **state)
{
	int64_t past = dctx_now();

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_deadline(past);
	dctx_set_grace(HOUR);
	{
		DCTX_SCOPE("roll back");
		assert_int_equal(dctx_shield(), DCTX_OK);
		check(past + HOUR, DCTX_OK);
		assert_true(dctx_remaining() > 0);
		assert_true(dctx_remaining() <= HOUR);
	}
	check(past, DCTX_DEADLINE_EXCEEDED);
}

static void a_shield_without_a_grace_gives_no_time(void **state)
{
	dctx_source *s = source();

	(void)state;
	DCTX_SCOPE("request");
	dctx_add_source(s);
	dctx_cancel(s, NULL);
	{
		DCTX_SCOPE("roll back");
		assert_int_equal(dctx_shield(), DCTX_OK);
		check(DCTX_NO_DEADLINE, DCTX_CANCELED);
	}
	dctx_set_deadline(3);
	dctx_shield();
	assert_int_not_equal(dctx_done(), DCTX_OK);
	dctx_source_unref(s);
}

static void a_cancel_ends_a_shield_when_the_grace_has_passed(void **state)
{
	dctx_source *s = source();
	int64_t cancelled;

	(void)state;
	DCTX_SCOPE("request");
	dctx_add_source(s);
	dctx_set_grace(50 * DCTX_MS);
	cancelled = dctx_now();
	dctx_cancel(s, "stop");
	assert_int_equal(dctx_done(), DCTX_CANCELED);
	DCTX_SCOPE("roll back");
	dctx_shield();
	while (dctx_done() == DCTX_OK)
		(void)dctx_wait(dctx_deadline_in(DCTX_S));
	assert_true(dctx_now() - cancelled >= 50 * DCTX_MS);
	assert_int_equal(dctx_done(), DCTX_CANCELED);
	assert_int_equal(dctx_remaining(), 0);
	dctx_source_unref(s);
}

static void a_cancel_under_way_leaves_what_remains_of_the_grace(void **state)
{
	dctx_source *s = source();

	(void)state;
	DCTX_SCOPE("request");
	dctx_add_source(s);
	dctx_set_grace(HOUR);
	DCTX_SCOPE("roll back");
	dctx_shield();
	assert_int_equal(dctx_remaining(), DCTX_NO_DEADLINE);
	dctx_cancel(s, NULL);
	check(DCTX_NO_DEADLINE, DCTX_OK);
	assert_true(dctx_remaining() > 0 && dctx_remaining() <= HOUR);
	dctx_source_unref(s);
}

static void the_shorter_grace_holds(void **state)
{
	(void)state;
	DCTX_SCOPE("server");
	dctx_set_grace(HOUR);
	{
		DCTX_SCOPE("request");
		dctx_set_grace(2 * HOUR);
		assert_int_equal(dctx_grace(), HOUR);
		dctx_set_grace(DCTX_S);
		assert_int_equal(dctx_grace(), DCTX_S);
		dctx_set_grace(HOUR);
		assert_int_equal(dctx_grace(), DCTX_S);
	}
	assert_int_equal(dctx_grace(), HOUR);
	dctx_set_grace(0);
	assert_int_equal(dctx_grace(), 0);
	assert_int_equal(dctx_set_grace(-1), DCTX_INVALID);
	assert_int_equal(dctx_grace(), 0);
}

/* Overlays a context with one grace over a host with another. */
static int64_t grace_of_overlay(int64_t host, int64_t over)
{
	dctx_snapshot *snapshot = NULL;
	int64_t grace;

	{
		DCTX_SCOPE("over");
		dctx_set_grace(over);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	}
	{
		DCTX_SCOPE("host");
		dctx_set_grace(host);
		DCTX_OVERLAY(snapshot);
		grace = dctx_grace();
	}
	dctx_snapshot_unref(snapshot);
	return grace;
}

static void in_an_overlay_the_shorter_grace_holds_too(void **state)
{
	(void)state;
	assert_int_equal(grace_of_overlay(HOUR, DCTX_S), DCTX_S);
	assert_int_equal(grace_of_overlay(DCTX_S, HOUR), DCTX_S);
}

static void what_is_set_below_a_shield_holds_at_once(void **state)
{
	int64_t past = dctx_now();
	dctx_source *s = source();

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_deadline(past);
	dctx_set_grace(HOUR);
	DCTX_SCOPE("roll back");
	dctx_shield();
	check(past + HOUR, DCTX_OK);
	dctx_set_deadline(past + 2 * HOUR);
	check(past + HOUR, DCTX_OK);
	{
		DCTX_SCOPE("with a deadline");
		dctx_set_deadline(past + 1);
		check(past + 1, DCTX_DEADLINE_EXCEEDED);
	}
	check(past + HOUR, DCTX_OK);
	dctx_add_source(s);
	check(past + HOUR, DCTX_OK);
	dctx_cancel(s, NULL);
	check(past + HOUR, DCTX_CANCELED);
	dctx_source_unref(s);
}

static void a_source_above_a_shield_may_be_added_below_it_again(void **state)
{
	dctx_source *s = source();

	(void)state;
	DCTX_SCOPE("request");
	dctx_add_source(s);
	dctx_set_grace(HOUR);
	DCTX_SCOPE("roll back");
	dctx_shield();
	dctx_cancel(s, NULL);
	check(DCTX_NO_DEADLINE, DCTX_OK);
	assert_int_equal(dctx_add_source(s), DCTX_OK);
	check(DCTX_NO_DEADLINE, DCTX_CANCELED);
	dctx_source_unref(s);
}

static void a_shield_under_a_shield_gains_no_time(void **state)
{
	int64_t past = dctx_now();
	dctx_source *s = source();

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_deadline(past);
	dctx_set_grace(HOUR);
	DCTX_SCOPE("roll back");
	dctx_shield();
	dctx_shield();
	check(past + HOUR, DCTX_OK);
	dctx_set_deadline(past + 1);
	dctx_add_source(s);
	dctx_cancel(s, NULL);
	dctx_set_grace(5 * HOUR);
	check(past + 1, DCTX_DEADLINE_EXCEEDED);
	{
		DCTX_SCOPE("of the roll back");
		assert_int_equal(dctx_shield(), DCTX_OK);
		check(past + HOUR, DCTX_OK);
	}
	check(past + 1, DCTX_DEADLINE_EXCEEDED);
	dctx_source_unref(s);
}

static void a_huge_grace_is_no_limit(void **state)
{
	int64_t past = dctx_now();
	dctx_source *s = source();

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_deadline(past);
	dctx_add_source(s);
	dctx_set_grace(INT64_MAX);
	dctx_cancel(s, NULL);
	DCTX_SCOPE("roll back");
	dctx_shield();
	check(DCTX_NO_DEADLINE, DCTX_OK);
	assert_int_equal(dctx_remaining(), DCTX_NO_DEADLINE);
	dctx_source_unref(s);
}

static void a_shield_goes_with_captures_and_forks(void **state)
{
	int64_t past = dctx_now();
	dctx_snapshot *snapshot = NULL;
	dctx_store *task = NULL;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set_deadline(past);
		dctx_set_grace(HOUR);
		DCTX_SCOPE("roll back");
		dctx_shield();
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
		assert_int_equal(dctx_fork(&task), DCTX_OK);
	}
	assert_int_equal(dctx_snapshot_deadline(snapshot), past + HOUR);
	assert_int_equal(dctx_snapshot_done(snapshot), DCTX_OK);
	assert_int_equal(dctx_store_done(task), DCTX_OK);
	{
		DCTX_ATTACH(snapshot);
		dctx_set_deadline(past);
		check(past, DCTX_DEADLINE_EXCEEDED);
		dctx_shield();
		check(past + HOUR, DCTX_OK);
	}
	dctx_task_free(task);
	dctx_snapshot_unref(snapshot);
}

static void who_waits_below_a_shield_is_told_after_the_grace(void **state)
{
	dctx_source *s = source();
	int64_t cancelled;

	(void)state;
	DCTX_SCOPE("request");
	dctx_add_source(s);
	dctx_set_grace(30 * DCTX_MS);
	DCTX_SCOPE("roll back");
	dctx_shield();
	cancelled = dctx_now();
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_wait(DCTX_NO_DEADLINE), DCTX_CANCELED);
	assert_true(dctx_now() - cancelled >= 30 * DCTX_MS);
	dctx_source_unref(s);
}

static void a_source_made_below_a_shield_ends_with_it(void **state)
{
	int64_t past = dctx_now();
	dctx_source *below = NULL;

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_deadline(past);
	dctx_set_grace(HOUR);
	DCTX_SCOPE("roll back");
	dctx_shield();
	assert_int_equal(dctx_source_below_store(dctx_current(), &below),
			 DCTX_OK);
	assert_int_equal(dctx_source_done(below), DCTX_OK);
	dctx_add_source(below);
	check(past + HOUR, DCTX_OK);
	dctx_cancel(below, NULL);
	check(past + HOUR, DCTX_CANCELED);
	dctx_source_unref(below);
}

static void a_detach_ends_grace_and_shield(void **state)
{
	int64_t past = dctx_now();

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_deadline(past);
	dctx_set_grace(HOUR);
	{
		DCTX_SCOPE("after it");
		assert_int_equal(dctx_detach(), DCTX_OK);
		check(DCTX_NO_DEADLINE, DCTX_OK);
		assert_int_equal(dctx_grace(), 0);
		dctx_set_deadline(past);
		dctx_shield();
		assert_int_equal(dctx_done(), DCTX_DEADLINE_EXCEEDED);
	}
	check(past, DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_grace(), HOUR);
}

static void at_a_root_a_grace_and_a_shield_hold_too(void **state)
{
	int64_t past = dctx_now();

	(void)state;
	assert_int_equal(dctx_set_deadline(past), DCTX_OK);
	assert_int_equal(dctx_set_grace(HOUR), DCTX_OK);
	assert_int_equal(dctx_grace(), HOUR);
	check(past, DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_shield(), DCTX_OK);
	check(past + HOUR, DCTX_OK);
	assert_int_equal(dctx_clear(), DCTX_OK);
	check(DCTX_NO_DEADLINE, DCTX_OK);
	assert_int_equal(dctx_grace(), 0);
}

/* What is laid over a context brings no shield that would hide its end. */
static void a_shield_laid_over_does_not_hide_the_hosts_end(void **st)
{
	dctx_source *host = NULL, *other = NULL;
	dctx_snapshot *shielded = NULL;

	(void)st;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &host),
			 DCTX_OK);
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &other),
			 DCTX_OK);
	{
		DCTX_SCOPE("shielded");
		dctx_add_source(other);
		dctx_set_grace(100 * DCTX_S);
		dctx_shield();
		shielded = dctx_capture_here();
		assert_non_null(shielded);
	}
	DCTX_SCOPE("host");
	dctx_add_source(host);
	dctx_cancel(host, NULL);
	DCTX_OVERLAY(shielded);
	assert_int_equal(dctx_done(), DCTX_CANCELED);
	dctx_shield();
	assert_int_equal(dctx_done(), DCTX_CANCELED);
	dctx_snapshot_unref(shielded);
	dctx_source_unref(host);
	dctx_source_unref(other);
}

/* Also where the source stands under more than the shield does. */
static void a_shield_comes_back_whatever_was_added_in_it(void **st)
{
	dctx_source *a[2] = {NULL, NULL}, *host = NULL;

	(void)st;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &host),
			 DCTX_OK);
	DCTX_SCOPE("host");
	dctx_add_source(host);
	dctx_set_grace(100 * DCTX_S);
	dctx_shield();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &a[i]),
				 DCTX_OK);
		dctx_add_source(a[i]);
	}
	dctx_cancel(a[1], NULL);
	assert_int_equal(dctx_done(), DCTX_CANCELED);
	dctx_shield();
	assert_int_equal(dctx_done(), DCTX_OK);
	dctx_source_unref(a[0]);
	dctx_source_unref(a[1]);
	dctx_source_unref(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_grace_moves_nothing_without_a_shield),
		DCTXT_TEST(a_shield_puts_the_deadline_off_by_the_grace),
		DCTXT_TEST(a_shield_without_a_grace_gives_no_time),
		DCTXT_TEST(a_cancel_ends_a_shield_when_the_grace_has_passed),
		DCTXT_TEST(a_cancel_under_way_leaves_what_remains_of_the_grace),
		DCTXT_TEST(the_shorter_grace_holds),
		DCTXT_TEST(in_an_overlay_the_shorter_grace_holds_too),
		DCTXT_TEST(what_is_set_below_a_shield_holds_at_once),
		DCTXT_TEST(a_source_above_a_shield_may_be_added_below_it_again),
		DCTXT_TEST(a_shield_under_a_shield_gains_no_time),
		DCTXT_TEST(a_huge_grace_is_no_limit),
		DCTXT_TEST(a_shield_goes_with_captures_and_forks),
		DCTXT_TEST(who_waits_below_a_shield_is_told_after_the_grace),
		DCTXT_TEST(a_source_made_below_a_shield_ends_with_it),
		DCTXT_TEST(a_detach_ends_grace_and_shield),
		DCTXT_TEST(at_a_root_a_grace_and_a_shield_hold_too),
		DCTXT_TEST(a_shield_laid_over_does_not_hide_the_hosts_end),
		DCTXT_TEST(a_shield_comes_back_whatever_was_added_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
