/* SPDX-License-Identifier: MIT */
/*
 * restore_test.c - proves that a restore makes a store anew: every scope,
 * attach and value of before is gone, its guards are stale, and a store that is
 * restored for ever takes no more memory.
 */
#include "kit.h"

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

static void a_null_store_is_invalid(void **state)
{
	(void)state;
	assert_int_equal(dctx_store_restore(NULL, NULL), DCTX_INVALID);
}

static void a_task_can_be_restored(void **state)
{
	dctx_snapshot *snapshot = request(7);
	struct dctxt_thing made = {.id = 1};
	dctx_store *task;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	dctx_set(k_thing, &made);
	(void)dctx_enter("open");
	dctx_task_leave(task);
	assert_int_equal(dctx_store_restore(task, snapshot), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(dctx_store_depth(task), 1);
	assert_int_equal(dctx_store_get(task, k_num, 0), 7);
	dctx_task_enter(task);
	assert_string_equal(chain(), "request");
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void enter_and_set(const struct dctxt_thing *gone)
{
	struct dctxt_thing made = {.id = gone->id + 1};

	if (gone->id >= 5)
		return;
	(void)dctx_enter("by a destroy");
	dctx_set(k_thing, &made);
}

static void a_destroy_that_enters_scopes_does_not_break_a_restore(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_status status;

	(void)state;
	(void)dctx_enter("open");
	dctx_set(k_thing, &made);
	dctxt_things.on_destroy = enter_and_set;
	status = dctx_restore(NULL);
	dctxt_things.on_destroy = NULL;
	assert_int_equal(dctx_depth(), status == DCTX_OK ? 1 : 2);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_alive(), 0);
}

static int late_limits, late_restores;

/* Goes on until the store that ends lets nobody in any more. */
static void attach_again(const struct dctxt_thing *gone)
{
	struct dctxt_thing made = {.id = gone->id + 1};
	dctx_guard guard;

	late_limits += dctx_set_timeout(1000) == DCTX_DEAD_SCOPE;
	if (dctx_attach(dctx_snapshot_empty(), &guard) == DCTX_OK)
		dctx_set(k_thing, &made);
	else
		late_restores += dctx_restore(NULL) == DCTX_DEAD_SCOPE;
}

static void *with_a_thing(void *arg)
{
	const struct dctxt_thing *made = arg;

	dctx_set(k_thing, made);
	return NULL;
}

static void a_store_that_ends_is_not_restored(void **state)
{
	struct dctxt_thing made = {.id = 1};
	pthread_t thread;

	(void)state;
	late_limits = late_restores = 0;
	dctxt_things.on_destroy = attach_again;
	assert_int_equal(pthread_create(&thread, NULL, with_a_thing, &made), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	dctxt_things.on_destroy = NULL;
	assert_true(late_limits > 0);
	assert_int_equal(late_restores, 1);
	assert_int_equal(dctxt_alive(), 0);
}

static void a_restore_ends_dead_scopes_too(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++)
		(void)dctx_enter("deep");
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_set(k_num, 1), DCTX_OK);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
}

static void a_restore_makes_the_store_anew(void **state)
{
	dctx_snapshot *snapshot = request(7);
	dctx_guard scope, attach;

	(void)state;
	become_host();
	scope = dctx_enter("open");
	assert_int_equal(dctx_attach(NULL, &attach), DCTX_OK);
	assert_int_equal(dctx_restore(snapshot), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_false(dctx_has(k_host));
	assert_string_equal(chain(), "request");
	assert_int_equal(dctx_path(NULL, 0), 0);
	dctx_leave(attach);
	dctx_leave(scope);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
	assert_int_equal(dctx_get(k_num, 0), 7);
}

static void a_store_can_be_restored_from_its_own_capture(void **state)
{
	struct dctxt_thing made = {.id = 1};

	(void)state;
	for (int i = 0; i < 100; i++) {
		DCTX_SNAPSHOT(before);

		dctx_set(k_num, 1);
		if (i == 0)
			dctx_set(k_thing, &made);
		assert_int_equal(dctx_restore(before), DCTX_OK);
		assert_false(dctx_has(k_num));
		assert_false(dctx_has(k_thing));
		dctx_set(k_num, 2);
		DCTX_SNAPSHOT(mine);
		assert_int_equal(dctx_restore(mine), DCTX_OK);
		assert_int_equal(dctx_get(k_num, 0), 2);
		assert_int_equal(dctx_restore(NULL), DCTX_OK);
	}
}

static void *restore_a_fresh_store(void *arg)
{
	struct dctxt_thing made = {.id = 1};

	dctx_set(k_thing, &made);
	dctx_set(k_num, 1);
	DCTXT_EXPECT(dctx_restore(NULL) == DCTX_OK);
	DCTXT_EXPECT(dctxt_alive() == 0);
	DCTXT_EXPECT(!dctx_has(k_num));
	return arg;
}

static void a_restore_lets_the_roots_values_go(void **state)
{
	(void)state;
	(void)dctxt_on_thread(restore_a_fresh_store, NULL);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 1);
}

static void *restore_again_and_again(void *arg)
{
	size_t before = 0;

	for (int i = 0; i < 10000; i++) {
		dctx_set(k_text, "a text at the root, gone at once");
		(void)dctx_enter("open");
		DCTXT_EXPECT(dctx_restore(arg) == DCTX_OK);
		if (i == 10)
			before = dctxt_heap_bytes();
	}
	DCTXT_EXPECT(dctxt_heap_bytes() == before);
	return arg;
}

static void restores_in_a_loop_take_no_more_memory(void **state)
{
	dctx_snapshot *snapshot = request(7);

	(void)state;
	(void)dctxt_on_thread(restore_again_and_again, snapshot);
	(void)dctxt_on_thread(restore_again_and_again, NULL);
	dctx_snapshot_unref(snapshot);
}

static void enter_scope(const struct dctxt_thing *gone)
{
	(void)gone;
	(void)dctx_enter("by a destroy");
}

static void set_at_the_root(const struct dctxt_thing *gone)
{
	(void)gone;
	dctx_set(k_num, 5);
}

/* The destroy of what the root itself had runs when the restore is done. */
static void a_destroy_of_the_root_may_use_the_restored_store(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_snapshot *snapshot = request(7);

	(void)state;
	dctx_set(k_thing, &made);
	dctxt_things.on_destroy = enter_scope;
	assert_int_equal(dctx_restore(snapshot), DCTX_OK);
	assert_string_equal(chain(), "request/by a destroy");
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctxt_things.on_destroy = set_at_the_root;
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_restore(snapshot), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 5);
	dctxt_things.on_destroy = NULL;
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	dctx_snapshot_unref(snapshot);
}

/* Wherever a scope begins in a chunk, there is room for what a restore keeps
 * until it is destroyed. */
static void a_restore_has_room_wherever_the_scope_began(void **state)
{
	struct dctxt_thing made = {.id = 1};

	(void)state;
	for (size_t fill = 0; fill < 3000; fill += 8) {
		dctx_store *task;

		assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
		dctx_task_enter(task);
		for (size_t i = 0; i < fill; i += 8)
			(void)dctx_store_enter(task, NULL);
		(void)dctx_enter("scope");
		dctx_set(k_thing, &made);
		assert_int_equal(dctx_restore(NULL), DCTX_OK);
		assert_int_equal(dctx_depth(), 1);
		dctx_task_leave(task);
		dctx_task_free(task);
	}
	assert_int_equal(dctxt_alive(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_null_store_is_invalid),
		DCTXT_TEST(a_restore_makes_the_store_anew),
		DCTXT_TEST(a_task_can_be_restored),
		DCTXT_TEST(
			a_destroy_that_enters_scopes_does_not_break_a_restore),
		DCTXT_TEST(a_store_that_ends_is_not_restored),
		DCTXT_TEST(a_restore_ends_dead_scopes_too),
		DCTXT_TEST(a_store_can_be_restored_from_its_own_capture),
		DCTXT_TEST(a_restore_lets_the_roots_values_go),
		DCTXT_TEST(restores_in_a_loop_take_no_more_memory),
		DCTXT_TEST(a_destroy_of_the_root_may_use_the_restored_store),
		DCTXT_TEST(a_restore_has_room_wherever_the_scope_began),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
