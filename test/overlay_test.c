/* SPDX-License-Identifier: MIT */
/*
 * overlay_test.c - proves that an overlay shows the snapshot where it says
 * something, also that a key was removed, and the host everywhere else; that
 * its end brings the host back in whatever order; and that it is whole.
 */
#include "kit.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_U64(k_host, "host", DCTX_LOCAL);
DCTX_KEY_U64(k_removed, "removed", DCTX_LOCAL);
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

/* A request: k_num is 7, k_removed is removed; one name, or none. */
static dctx_snapshot *request(const char *name)
{
	dctx_snapshot *snapshot;
	dctx_guard guard = dctx_enter(name);

	dctx_set(k_num, 7);
	dctx_unset(k_removed);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_leave(guard);
	return snapshot;
}

static void become_host(void)
{
	dctx_set(k_num, 100);
	dctx_set(k_host, 1);
	dctx_set(k_removed, 2);
	(void)dctx_enter("host");
	dctx_set(k_text, "of the host");
}

static void check_host(void)
{
	assert_int_equal(dctx_get(k_num, 0), 100);
	assert_int_equal(dctx_get(k_host, 0), 1);
	assert_int_equal(dctx_get(k_removed, 0), 2);
	assert_string_equal(dctx_get(k_text, ""), "of the host");
	assert_string_equal(chain(), "host");
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctxt_count_all(), 0);
}

/* Lays a snapshot over what is visible, and gives its reference back. */
static dctx_guard lay(dctx_snapshot *snapshot)
{
	dctx_guard guard;

	assert_int_equal(dctx_overlay(snapshot, &guard), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	return guard;
}

static void what_the_snapshot_does_not_name_stays_the_hosts(void **state)
{
	dctx_guard guard;

	(void)state;
	become_host();
	guard = lay(request("request"));
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_int_equal(dctx_get(k_host, 0), 1);
	assert_string_equal(dctx_get(k_text, ""), "of the host");
	dctx_leave(guard);
	check_host();
}

static void what_the_snapshot_removed_hides_the_hosts(void **state)
{
	dctx_guard guard, inner;

	(void)state;
	become_host();
	guard = lay(request("request"));
	assert_false(dctx_has(k_removed));
	inner = lay(request(NULL));
	assert_false(dctx_has(k_removed));
	dctx_leave(inner);
	dctx_set(k_removed, 3);
	assert_int_equal(dctx_get(k_removed, 0), 3);
	dctx_leave(guard);
	check_host();
}

static void the_chain_is_the_snapshots(void **state)
{
	dctx_guard guard;
	const char *names[4];

	(void)state;
	become_host();
	guard = lay(request("alone"));
	/* Captured under the host, so that it came from there. */
	assert_string_equal(chain(), "host/alone");
	dctx_leave(guard);
	assert_int_equal(dctx_clear(), DCTX_OK);
	guard = lay(request("alone"));
	(void)dctx_enter("entered");
	assert_string_equal(chain(), "alone/entered");
	assert_int_equal(dctx_path(names, 4), 1);
	assert_string_equal(names[0], "entered");
	dctx_leave(guard);
	assert_string_equal(chain(), "");
}

static void without_names_of_its_own_the_hosts_chain_stays(void **state)
{
	dctx_snapshot *snapshot = request(NULL);
	dctx_guard guard;

	(void)state;
	become_host();
	guard = lay(snapshot);
	assert_string_equal(chain(), "host");
	assert_int_equal(dctx_path(NULL, 0), 0);
	{
		DCTX_SCOPE("entered");
		assert_string_equal(chain(), "host/entered");
	}
	dctx_leave(guard);
	check_host();
}

static void nothing_laid_over_the_host_shows_the_host(void **state)
{
	dctx_snapshot *snapshots[] = {NULL, dctx_snapshot_empty()};

	(void)state;
	become_host();
	for (int i = 0; i < 2; i++) {
		dctx_guard guard = lay(snapshots[i]);

		assert_int_equal(dctx_get(k_num, 0), 100);
		assert_string_equal(dctx_get(k_text, ""), "of the host");
		assert_string_equal(chain(), "host");
		assert_int_equal(dctx_depth(), 1);
		dctx_set(k_num, 5);
		dctx_leave(guard);
		check_host();
	}
}

static void an_overlay_over_nothing_shows_the_snapshot(void **state)
{
	dctx_snapshot *snapshot = request("request"), *again;
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_overlay(snapshot, &guard), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_int_equal(dctx_capture(&again), DCTX_OK);
	assert_ptr_equal(again, snapshot);
	dctx_snapshot_unref(again);
	dctx_snapshot_unref(snapshot);
	dctx_leave(guard);
	assert_false(dctx_has(k_num));
}

static void what_is_set_under_it_goes_with_it(void **state)
{
	dctx_guard guard;

	(void)state;
	become_host();
	guard = lay(request("request"));
	dctx_set(k_num, 8);
	dctx_set(k_host, 9);
	dctx_unset(k_text);
	{
		DCTX_SCOPE("inner");
		dctx_set(k_num, 10);
		assert_int_equal(dctx_get(k_num, 0), 10);
	}
	assert_int_equal(dctx_get(k_num, 0), 8);
	assert_int_equal(dctx_get(k_host, 0), 9);
	dctx_leave(guard);
	check_host();
}

static void overlays_and_attaches_unwind_in_any_order(void **state)
{
	dctx_snapshot *snapshot = request("request");
	dctx_guard first, attach, second;

	(void)state;
	for (int i = 0; i < 3; i++) {
		become_host();
		assert_int_equal(dctx_overlay(snapshot, &first), DCTX_OK);
		assert_int_equal(dctx_attach(NULL, &attach), DCTX_OK);
		assert_false(dctx_has(k_host));
		dctx_set(k_host, 4);
		assert_int_equal(dctx_overlay(snapshot, &second), DCTX_OK);
		assert_int_equal(dctx_get(k_num, 0), 7);
		assert_int_equal(dctx_get(k_host, 0), 4);
		dctx_leave(i == 0 ? second : i == 1 ? attach : first);
		dctx_leave(attach);
		dctx_leave(first);
		assert_int_equal(dctx_get(k_num, 0), 100);
		assert_int_equal(dctx_get(k_host, 0), 1);
		assert_string_equal(chain(), "host");
		assert_int_equal(dctx_clear(), DCTX_OK);
	}
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 2);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 3);
}

static void an_overlay_opens_a_depth_of_its_own(void **state)
{
	dctx_snapshot *snapshot = request(NULL);
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 3), DCTX_OK);
	for (int i = 0; i < 10; i++)
		(void)dctx_enter("deep");
	guard = lay(snapshot);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_set(k_host, 3), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctx_leave(guard);
	assert_int_equal(dctx_depth(), 11);
	assert_false(dctx_has(k_num));
}

static void a_host_scope_that_retires_under_it_still_shows(void **state)
{
	dctx_guard host, above, guard;

	(void)state;
	host = dctx_enter("host");
	dctx_set(k_host, 1);
	above = dctx_enter("above");
	guard = lay(request(NULL));
	assert_int_equal(dctx_scope_retire(host), DCTX_OK);
	assert_int_equal(dctx_get(k_host, 0), 1);
	dctx_leave(guard);
	assert_false(dctx_has(k_host));
	dctx_leave(above);
}

static void objects_are_shared_with_host_and_snapshot(void **state)
{
	struct dctxt_thing made = {.id = 1};
	const struct dctxt_thing *mine;
	dctx_snapshot *snapshot;
	dctx_guard guard;

	(void)state;
	dctx_set(k_thing, &made);
	mine = dctx_get(k_thing, NULL);
	guard = lay(request(NULL));
	assert_ptr_equal(dctx_get(k_thing, NULL), mine);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(dctx_clear(), DCTX_OK);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 0);
	assert_ptr_equal(dctx_snapshot_get(snapshot, k_thing, NULL), mine);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(atomic_load(&dctxt_things.copies), 1);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 1);
}

static void a_fork_under_it_sees_both(void **state)
{
	dctx_guard guard;
	dctx_store *task;

	(void)state;
	become_host();
	guard = lay(request(NULL));
	assert_int_equal(dctx_fork(&task), DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(dctx_store_get(task, k_num, 0), 7);
	assert_int_equal(dctx_store_get(task, k_host, 0), 1);
	assert_false(dctx_store_has(task, k_removed));
	dctx_task_free(task);
}

static void a_task_can_be_laid_over(void **state)
{
	dctx_snapshot *snapshot = request("request");
	dctx_store *task;
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_store_set(task, k_host, 3);
	assert_int_equal(dctx_store_overlay(task, snapshot, &guard), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	dctx_task_enter(task);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_int_equal(dctx_get(k_host, 0), 3);
	dctx_leave(guard);
	assert_false(dctx_has(k_num));
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void a_null_argument_is_invalid(void **state)
{
	dctx_guard guard = {NULL, 3};

	(void)state;
	assert_int_equal(dctx_overlay(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_overlay(NULL, NULL, &guard), DCTX_INVALID);
	assert_int_equal(guard.id, 3);
	assert_int_equal(dctx_depth(), 1);
}

static void a_block_runs_under_an_overlay(void **state)
{
	dctx_snapshot *snapshot = request("request");

	(void)state;
	become_host();
	{
		DCTX_OVERLAY(snapshot);
		assert_int_equal(dctx_get(k_num, 0), 7);
		assert_int_equal(dctx_get(k_host, 0), 1);
	}
	check_host();
	dctx_snapshot_unref(snapshot);
}

static void an_overlay_without_room_changes_nothing_and_says_so(void **state)
{
	dctx_snapshot *snapshot = request("request");
	dctx_guard guard = {NULL, 3};

	(void)state;
	become_host();
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 1), DCTX_OK);
	while (dctx_overlay(snapshot, &guard) == DCTX_OK)
		(void)dctx_enter(NULL);
	assert_int_equal(dctx_last_error()->status, DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->limit, 1);
	{
		size_t depth = dctx_depth();

		DCTX_OVERLAY(snapshot);
		assert_int_equal(dctx_depth(), depth);
		assert_int_equal(dctx_scope_status(), DCTX_LIMIT);
	}
	assert_true(dctxt_count(DCTX_EV_FAILED_ENTER) >= 1);
	assert_int_equal(dctx_clear(), DCTX_OK);
	dctx_snapshot_unref(snapshot);
}

static void overlays_in_a_loop_take_no_more_memory(void **state)
{
	dctx_snapshot *snapshot = request("request");
	struct dctxt_thing made = {.id = 1};
	size_t before = 0;

	(void)state;
	become_host();
	for (int i = 0; i < 2000; i++) {
		DCTX_SCOPE("round");
		dctx_set(k_thing, &made);
		DCTX_OVERLAY(snapshot);
		dctx_set(k_host, 3);
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
	dctx_snapshot_unref(snapshot);
	check_host();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_the_snapshot_does_not_name_stays_the_hosts),
		DCTXT_TEST(what_the_snapshot_removed_hides_the_hosts),
		DCTXT_TEST(the_chain_is_the_snapshots),
		DCTXT_TEST(without_names_of_its_own_the_hosts_chain_stays),
		DCTXT_TEST(nothing_laid_over_the_host_shows_the_host),
		DCTXT_TEST(an_overlay_over_nothing_shows_the_snapshot),
		DCTXT_TEST(what_is_set_under_it_goes_with_it),
		DCTXT_TEST(overlays_and_attaches_unwind_in_any_order),
		DCTXT_TEST(an_overlay_opens_a_depth_of_its_own),
		DCTXT_TEST(a_host_scope_that_retires_under_it_still_shows),
		DCTXT_TEST(objects_are_shared_with_host_and_snapshot),
		DCTXT_TEST(a_fork_under_it_sees_both),
		DCTXT_TEST(a_task_can_be_laid_over),
		DCTXT_TEST(a_null_argument_is_invalid),
		DCTXT_TEST(a_block_runs_under_an_overlay),
		DCTXT_TEST(an_overlay_without_room_changes_nothing_and_says_so),
		DCTXT_TEST(overlays_in_a_loop_take_no_more_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
