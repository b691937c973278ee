/* SPDX-License-Identifier: MIT */
/*
 * attach_test.c - proves that an attach is whole: under it nothing of the host
 * shows, after it nothing of the request, in whatever order it ends; and that
 * work which captures and attaches for ever takes no more memory.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_U64(k_host, "host", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static const char *chain(void)
{
	static char text[256];

	dctx_chain_text("/", text, sizeof(text));
	return text;
}

/* A request's context: k_num, k_text, one name. The store is empty after. */
static dctx_snapshot *request(uint64_t num)
{
	dctx_snapshot *snapshot;
	dctx_guard guard = dctx_enter("request");

	dctx_set(k_num, num);
	dctx_set(k_text, "of the request");
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_leave(guard);
	return snapshot;
}

static void become_host(void)
{
	dctx_set(k_num, 100);
	dctx_set(k_host, 1);
	(void)dctx_enter("host");
	dctx_set(k_text, "of the host");
}

static void check_host(void)
{
	assert_int_equal(dctx_get(k_num, 0), 100);
	assert_int_equal(dctx_get(k_host, 0), 1);
	assert_string_equal(dctx_get(k_text, ""), "of the host");
	assert_string_equal(chain(), "host");
	assert_int_equal(dctx_depth(), 2);
}

static void nothing_of_the_host_shows_through(void **state)
{
	dctx_snapshot *snapshot = request(7);
	dctx_guard guard;

	(void)state;
	become_host();
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_string_equal(dctx_get(k_text, ""), "of the request");
	assert_false(dctx_has(k_host));
	assert_string_equal(chain(), "request");
	assert_int_equal(dctx_depth(), 1);
	dctx_leave(guard);
	check_host();
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_count_all(), 0);
}

static void an_empty_or_missing_snapshot_hides_the_host_too(void **state)
{
	dctx_snapshot *snapshots[2] = {NULL, dctx_snapshot_empty()};

	(void)state;
	become_host();
	for (int i = 0; i < 2; i++) {
		dctx_guard guard;

		assert_int_equal(dctx_attach(snapshots[i], &guard), DCTX_OK);
		assert_false(dctx_has(k_num));
		assert_false(dctx_has(k_host));
		assert_string_equal(chain(), "");
		dctx_set(k_num, 5);
		dctx_leave(guard);
		check_host();
	}
}

static void a_null_argument_is_invalid(void **state)
{
	dctx_guard guard = {NULL, 3};

	(void)state;
	assert_int_equal(dctx_attach(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_attach(dctx_snapshot_empty(), NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_attach(NULL, NULL, &guard), DCTX_INVALID);
	assert_int_equal(dctx_attach_borrowed(NULL, NULL), DCTX_INVALID);
	assert_int_equal(guard.id, 3);
	assert_int_equal(dctx_depth(), 1);
}

static void what_is_set_under_it_goes_with_it(void **state)
{
	dctx_snapshot *snapshot = request(7);
	dctx_guard guard;

	(void)state;
	become_host();
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	dctx_set(k_num, 8);
	dctx_set(k_host, 9);
	dctx_unset(k_text);
	{
		DCTX_SCOPE("inner");
		dctx_set(k_num, 10);
		assert_string_equal(chain(), "request/inner");
	}
	assert_int_equal(dctx_get(k_num, 0), 8);
	dctx_leave(guard);
	check_host();
	assert_int_equal(dctx_snapshot_get(snapshot, k_num, 0), 7);
	assert_false(dctx_snapshot_has(snapshot, k_host));
	assert_string_equal(dctx_snapshot_get(snapshot, k_text, ""),
			    "of the request");
	dctx_snapshot_unref(snapshot);
}

static void leaving_it_leaves_the_scopes_above_it(void **state)
{
	dctx_snapshot *snapshot = request(7);
	dctx_guard guard;

	(void)state;
	become_host();
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	(void)dctx_enter("open");
	(void)dctx_enter("open too");
	dctx_set(k_num, 8);
	dctx_leave(guard);
	check_host();
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	dctx_snapshot_unref(snapshot);
}

static void nested_attaches_unwind_in_order(void **state)
{
	dctx_snapshot *one = request(1), *two = request(2);
	dctx_guard outer, inner;

	(void)state;
	become_host();
	assert_int_equal(dctx_attach(one, &outer), DCTX_OK);
	assert_int_equal(dctx_attach(two, &inner), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 2);
	dctx_leave(inner);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_leave(outer);
	check_host();
	assert_int_equal(dctxt_count_all(), 0);
	dctx_snapshot_unref(one);
	dctx_snapshot_unref(two);
}

static void attaches_left_out_of_order_bring_the_host_back(void **state)
{
	dctx_snapshot *one = request(1), *two = request(2);
	dctx_guard outer, inner;

	(void)state;
	become_host();
	assert_int_equal(dctx_attach(one, &outer), DCTX_OK);
	assert_int_equal(dctx_attach(two, &inner), DCTX_OK);
	dctx_leave(outer);
	check_host();
	dctx_leave(inner);
	check_host();
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	dctx_snapshot_unref(one);
	dctx_snapshot_unref(two);
}

static void a_hosts_guard_under_an_attach_ends_the_attach(void **state)
{
	dctx_guard host, attach;

	(void)state;
	dctx_set(k_num, 100);
	host = dctx_enter("host scope");
	assert_int_equal(dctx_attach(NULL, &attach), DCTX_OK);
	dctx_leave(host);
	assert_int_equal(dctx_get(k_num, 0), 100);
	assert_int_equal(dctx_depth(), 1);
	dctx_leave(attach);
	assert_int_equal(dctx_get(k_num, 0), 100);
}

static void a_counted_attach_outlives_the_callers_reference(void **state)
{
	struct dctxt_thing made = {.id = 1};
	const struct dctxt_thing *borrowed;
	dctx_snapshot *snapshot;
	dctx_guard guard;

	(void)state;
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	borrowed = dctx_get(k_thing, NULL);
	dctx_set(k_num, 1);
	assert_int_equal(borrowed->id, 1);
	assert_int_equal(dctxt_alive(), 1);
	dctx_leave(guard);
	assert_int_equal(dctxt_alive(), 0);
}

static void a_borrowed_attach_gives_no_reference_back(void **state)
{
	dctx_snapshot *snapshot = request(7);

	(void)state;
	become_host();
	for (int i = 0; i < 100; i++) {
		dctx_guard guard;

		assert_int_equal(dctx_attach_borrowed(snapshot, &guard),
				 DCTX_OK);
		dctx_set(k_num, 8);
		dctx_leave(guard);
	}
	check_host();
	assert_int_equal(dctx_snapshot_get(snapshot, k_num, 0), 7);
	dctx_snapshot_unref(snapshot);
}

static void a_borrowed_attach_of_nothing_hides_the_host(void **state)
{
	dctx_guard guard;

	(void)state;
	become_host();
	assert_int_equal(dctx_attach_borrowed(NULL, &guard), DCTX_OK);
	assert_false(dctx_has(k_host));
	assert_string_equal(chain(), "");
	dctx_leave(guard);
	check_host();
}

static void a_capture_of_a_borrowed_attach_stands_alone(void **state)
{
	dctx_snapshot *snapshot = request(7), *captured;
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_attach_borrowed(snapshot, &guard), DCTX_OK);
	assert_int_equal(dctx_capture(&captured), DCTX_OK);
	dctx_leave(guard);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctx_snapshot_get(captured, k_num, 0), 7);
	assert_string_equal(dctx_snapshot_get(captured, k_text, ""),
			    "of the request");
	dctx_snapshot_unref(captured);
}

static void a_capture_under_an_unchanged_attach_is_the_snapshot(void **state)
{
	dctx_snapshot *snapshot = request(7), *captured;
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	assert_int_equal(dctx_capture(&captured), DCTX_OK);
	assert_ptr_equal(captured, snapshot);
	dctx_leave(guard);
	dctx_snapshot_unref(captured);
	dctx_snapshot_unref(snapshot);
}

static void a_removed_value_hides_the_hosts(void **state)
{
	dctx_snapshot *snapshot;
	dctx_guard guard = dctx_enter("request");

	(void)state;
	dctx_set(k_num, 1);
	dctx_unset(k_num);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_leave(guard);
	become_host();
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	assert_false(dctx_has(k_num));
	dctx_leave(guard);
	check_host();
	dctx_snapshot_unref(snapshot);
}

static void a_block_can_run_under_a_snapshot(void **state)
{
	dctx_snapshot *snapshot = request(7);

	(void)state;
	become_host();
	{
		DCTX_ATTACH(snapshot);
		assert_int_equal(dctx_get(k_num, 0), 7);
		DCTX_SCOPE("inside");
		assert_string_equal(chain(), "request/inside");
	}
	check_host();
	dctx_snapshot_unref(snapshot);
}

static void a_block_holds_a_reference_of_its_own(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_snapshot *snapshot;

	(void)state;
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	{
		DCTX_ATTACH(snapshot);
		dctx_snapshot_unref(snapshot);
		assert_int_equal(dctx_get(k_thing, NULL)->id, 1);
		assert_int_equal(dctxt_alive(), 1);
	}
	assert_int_equal(dctxt_alive(), 0);
}

/* Work that schedules itself: capture, attach, set, capture, and so on. */
static void reschedule(int times, size_t *settled)
{
	dctx_snapshot *now = request(0), *next;

	for (int i = 1; i <= times; i++) {
		dctx_guard guard;
		char text[32];

		assert_int_equal(dctx_attach(now, &guard), DCTX_OK);
		dctx_snapshot_unref(now);
		assert_int_equal(dctx_get(k_num, 0), i - 1);
		snprintf(text, sizeof(text), "round %d", i);
		{
			DCTX_SCOPE("round");
			dctx_set(k_num, (uint64_t)i);
			dctx_set(k_text, text);
			assert_int_equal(dctx_capture(&next), DCTX_OK);
		}
		dctx_leave(guard);
		now = next;
		if (i == 1000)
			*settled = dctxt_heap_bytes();
	}
	assert_in_range(dctxt_heap_bytes(), 0, *settled + 4096);
	dctx_snapshot_unref(now);
}

static void work_that_reschedules_itself_takes_no_more_memory(void **state)
{
	size_t settled = 0;

	(void)state;
	become_host();
	reschedule(100000, &settled);
	check_host();
}

static void what_is_set_under_a_borrowed_attach_goes_with_it(void **state)
{
	dctx_snapshot *snapshot = request(7);
	struct dctxt_thing made = {.id = 1};
	dctx_guard guard;

	(void)state;
	become_host();
	assert_int_equal(dctx_attach_borrowed(snapshot, &guard), DCTX_OK);
	dctx_set(k_thing, &made);
	assert_int_equal(dctxt_alive(), 1);
	dctx_leave(guard);
	assert_int_equal(dctxt_alive(), 0);
	check_host();
	dctx_snapshot_unref(snapshot);
}

/* Freed before the log grows, so that its next part may lie below the first. */
static void its_names_are_its_own_wherever_the_log_grows(void **state)
{
	void *blocks[200];
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		blocks[i] = malloc(64 * (i + 1));
	become_host();
	assert_int_equal(dctx_attach(NULL, &guard), DCTX_OK);
	for (size_t i = 0; i < 200; i++)
		free(blocks[i]);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(dctx_path(NULL, 0), i < 64 ? i : 64);
		(void)dctx_enter("inner");
	}
	dctx_leave(guard);
	check_host();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(nothing_of_the_host_shows_through),
		DCTXT_TEST(an_empty_or_missing_snapshot_hides_the_host_too),
		DCTXT_TEST(a_null_argument_is_invalid),
		DCTXT_TEST(what_is_set_under_it_goes_with_it),
		DCTXT_TEST(leaving_it_leaves_the_scopes_above_it),
		DCTXT_TEST(nested_attaches_unwind_in_order),
		DCTXT_TEST(attaches_left_out_of_order_bring_the_host_back),
		DCTXT_TEST(a_hosts_guard_under_an_attach_ends_the_attach),
		DCTXT_TEST(a_counted_attach_outlives_the_callers_reference),
		DCTXT_TEST(a_borrowed_attach_gives_no_reference_back),
		DCTXT_TEST(a_borrowed_attach_of_nothing_hides_the_host),
		DCTXT_TEST(a_capture_of_a_borrowed_attach_stands_alone),
		DCTXT_TEST(a_capture_under_an_unchanged_attach_is_the_snapshot),
		DCTXT_TEST(a_removed_value_hides_the_hosts),
		DCTXT_TEST(a_block_can_run_under_a_snapshot),
		DCTXT_TEST(a_block_holds_a_reference_of_its_own),
		DCTXT_TEST(work_that_reschedules_itself_takes_no_more_memory),
		DCTXT_TEST(what_is_set_under_a_borrowed_attach_goes_with_it),
		DCTXT_TEST(its_names_are_its_own_wherever_the_log_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
