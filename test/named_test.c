/* SPDX-License-Identifier: MIT */
/*
 * named_test.c - proves that a key can be used by its name alone, as bindings
 * do: what the typed calls set is read and the reverse, and a name that is
 * nobody's is an error that is counted and told.
 */
#include "kit.h"

DCTX_KEY_U64(k_tenant, "tenant", DCTX_CLOSED);
DCTX_KEY_STR(k_user, "user", DCTX_LOCAL);

static void a_name_reads_and_writes_its_key(void **state)
{
	dctx_any value;

	(void)state;
	dctx_set(k_tenant, 7);
	assert_int_equal(dctx_get_named("tenant", &value), DCTX_OK);
	assert_int_equal(value.kind, DCTX_KIND_U64);
	assert_int_equal(value.as.u, 7);
	assert_int_equal(dctx_set_named("tenant", &DCTX_ANY(8)), DCTX_OK);
	assert_int_equal(dctx_get(k_tenant, 0), 8);
	assert_int_equal(dctx_set_named("user", &DCTX_ANY("ann")), DCTX_OK);
	assert_string_equal(dctx_get(k_user, ""), "ann");
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_key_without_a_value_is_no_error(void **state)
{
	dctx_any value = {.kind = DCTX_KIND_U8};

	(void)state;
	assert_int_equal(dctx_get_named("tenant", &value), DCTX_OK);
	assert_int_equal(value.kind, 0);
	value.kind = DCTX_KIND_U8;
	assert_int_equal(dctx_snapshot_get_named(NULL, "tenant", &value),
			 DCTX_OK);
	assert_int_equal(value.kind, 0);
}

static void what_a_name_sets_is_undone_with_its_scope(void **state)
{
	dctx_any value;

	(void)state;
	dctx_set_named("tenant", &DCTX_ANY(1));
	{
		DCTX_SCOPE("inner");
		dctx_set_named("tenant", &DCTX_ANY(2));
		assert_int_equal(dctx_get(k_tenant, 0), 2);
		assert_int_equal(dctx_unset_named("tenant"), DCTX_OK);
		assert_false(dctx_has(k_tenant));
		assert_int_equal(dctx_unset_named("tenant"), DCTX_OK);
	}
	assert_int_equal(dctx_get_named("tenant", &value), DCTX_OK);
	assert_int_equal(value.as.u, 1);
}

static void a_snapshot_is_read_by_name(void **state)
{
	dctx_any value;

	(void)state;
	dctx_set(k_user, "ann");
	{
		DCTX_SNAPSHOT(taken);

		dctx_set(k_user, "bob");
		assert_int_equal(
			dctx_snapshot_get_named(taken, "user", &value),
			DCTX_OK);
		assert_string_equal(value.as.bytes.data, "ann");
	}
}

static void an_unknown_name_is_an_error(void **state)
{
	const struct dctxt_told *told = dctxt_listen();
	dctx_any value = {.kind = DCTX_KIND_U8};

	(void)state;
	assert_int_equal(dctx_get_named("nobody", &value), DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_last_error()->status, DCTX_UNKNOWN_KEY);
	assert_string_equal(dctx_last_error()->what, "nobody");
	assert_int_equal(dctx_snapshot_get_named(NULL, "nobody", &value),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(value.kind, DCTX_KIND_U8);
	assert_int_equal(told->times, 0);
	assert_int_equal(dctx_set_named("nobody", &DCTX_ANY(1)),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(told->event, DCTX_EV_DROPPED_WRITE);
	assert_int_equal(told->status, DCTX_UNKNOWN_KEY);
	assert_string_equal(told->what, "nobody");
	assert_int_equal(dctx_scope_status(), DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_unset_named("nobody"), DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_set_named("dctx.notes", &DCTX_ANY(1)),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(told->times, 3);
}

static void a_key_of_another_registry_is_not_meant(void **state)
{
	static dctx_key_u8 mine = DCTX_KEY_INIT_U8("named.mine", DCTX_LOCAL);
	dctx_registry *registry;
	dctx_any value;

	(void)state;
	assert_int_equal(dctx_registry_new("named", &registry), DCTX_OK);
	assert_int_equal(dctx_registry_add(registry, &mine.key), DCTX_OK);
	dctx_set(mine, 1);
	assert_int_equal(dctx_get_named("named.mine", &value),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_set_any(&mine.key, &DCTX_ANY(2)), DCTX_OK);
	assert_true(dctx_get_any(&mine.key, &value));
	assert_int_equal(value.as.u, 2);
	dctx_registry_free(registry);
}

static void a_wrong_value_is_refused_by_the_keys_kind(void **state)
{
	(void)state;
	dctx_set(k_tenant, 7);
	{
		DCTX_SCOPE("inner");
		assert_int_equal(dctx_set_named("user", &DCTX_ANY(1)),
				 DCTX_WRONG_TYPE);
		assert_string_equal(dctx_last_error()->what, "user");
		assert_int_equal(dctx_last_error()->expected, DCTX_KIND_STR);
		assert_int_equal(dctx_set_named("tenant", &DCTX_ANY(-1)),
				 DCTX_INVALID);
		assert_false(dctx_has(k_tenant));
	}
	assert_int_equal(dctx_get(k_tenant, 0), 7);
}

static void odd_arguments_are_invalid(void **state)
{
	dctx_any value = {.kind = DCTX_KIND_U8};
	dctx_store *s = dctx_current();

	(void)state;
	assert_int_equal(dctx_set_named(NULL, &DCTX_ANY(1)), DCTX_INVALID);
	assert_int_equal(dctx_set_named("tenant", NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_set_named(NULL, "tenant", &DCTX_ANY(1)),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_set_named(NULL, "nobody", &DCTX_ANY(1)),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_unset_named(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_unset_named(NULL, "tenant"), DCTX_INVALID);
	assert_int_equal(dctx_store_get_named(NULL, "tenant", &value),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_get_named(s, NULL, &value), DCTX_INVALID);
	assert_int_equal(dctx_store_get_named(s, "tenant", NULL), DCTX_INVALID);
	assert_int_equal(dctx_snapshot_get_named(NULL, NULL, &value),
			 DCTX_INVALID);
	assert_int_equal(dctx_snapshot_get_named(NULL, "tenant", NULL),
			 DCTX_INVALID);
	assert_int_equal(value.kind, DCTX_KIND_U8);
}

static void *first_use(void *arg)
{
	dctx_any value;

	(void)arg;
	DCTXT_EXPECT(dctx_get_named("tenant", &value) == DCTX_OK);
	DCTXT_EXPECT(value.kind == 0);
	DCTXT_EXPECT(dctx_set_named("nobody", &value) == DCTX_UNKNOWN_KEY);
	DCTXT_EXPECT(dctx_scope_status() == DCTX_UNKNOWN_KEY);
	DCTXT_EXPECT(dctx_set_named("tenant", &DCTX_ANY(3)) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_tenant, 0) == 3);
	return NULL;
}

static void a_thread_may_begin_by_a_name(void **state)
{
	(void)state;
	dctxt_on_thread(first_use, NULL);
}

static void *begin_without_memory(void *arg)
{
	dctx_store *store;

	dctxt_heap_fail(1, true);
	store = dctx_current();
	DCTXT_EXPECT(dctx_store_set_named(store, "nobody", &DCTX_ANY(1)) ==
		     DCTX_UNKNOWN_KEY);
	(void)dctxt_heap_relent();
	DCTXT_EXPECT(dctx_store_set_named(store, "nobody", &DCTX_ANY(1)) ==
		     DCTX_UNKNOWN_KEY);
	DCTXT_EXPECT(dctx_scope_status() == DCTX_UNKNOWN_KEY);
	return arg;
}

static void a_name_that_fails_without_memory_is_counted(void **state)
{
	(void)state;
	(void)dctxt_on_thread(begin_without_memory, NULL);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_name_reads_and_writes_its_key),
		DCTXT_TEST(a_key_without_a_value_is_no_error),
		DCTXT_TEST(what_a_name_sets_is_undone_with_its_scope),
		DCTXT_TEST(a_snapshot_is_read_by_name),
		DCTXT_TEST(an_unknown_name_is_an_error),
		DCTXT_TEST(a_key_of_another_registry_is_not_meant),
		DCTXT_TEST(a_wrong_value_is_refused_by_the_keys_kind),
		DCTXT_TEST(odd_arguments_are_invalid),
		DCTXT_TEST(a_thread_may_begin_by_a_name),
		DCTXT_TEST(a_name_that_fails_without_memory_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
