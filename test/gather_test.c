/* SPDX-License-Identifier: MIT */
/*
 * gather_test.c - proves that what flows set of gathered keys comes to who
 * joins them, in order, each once; and that a value that cannot be merged harms
 * no other.
 */
#include "gathers.h"

#include <pthread.h>

/* A flow that does something under the starter's context; gives its share. */
struct flow {
	void (*act)(size_t i);
	size_t i;
	dctx_snapshot *gave;
};

static void *run_flow(void *arg)
{
	struct flow *flow = arg;

	flow->act(flow->i);
	DCTXT_EXPECT(dctx_gather_take(&flow->gave) == DCTX_OK);
	return NULL;
}

#define FLOWS 3

/* Runs flows on threads of their own and joins them in order. */
static dctx_status join_flows(void (*act)(size_t i))
{
	struct flow flow[FLOWS];
	dctx_snapshot *gave[FLOWS];
	pthread_t thread[FLOWS];
	dctx_status status;

	for (size_t i = 0; i < FLOWS; i++) {
		flow[i] = (struct flow){act, i, NULL};
		assert_int_equal(
			dctx_thread_start(&thread[i], NULL, run_flow, &flow[i]),
			DCTX_OK);
	}
	for (size_t i = FLOWS; i-- > 0;)
		pthread_join(thread[i], NULL);
	for (size_t i = 0; i < FLOWS; i++)
		gave[i] = flow[i].gave;
	status = dctx_gather_join(gave, FLOWS);
	for (size_t i = 0; i < FLOWS; i++)
		dctx_snapshot_unref(gave[i]);
	return status;
}

static void spend(size_t i)
{
	dctx_set(k_cost, dctx_get(k_cost, 0) + i + 1);
	dctx_set(k_plain, 7);
}

static void what_flows_set_is_merged_where_they_are_joined(void **state)
{
	(void)state;
	assert_int_equal(join_flows(spend), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 6);
	assert_false(dctx_has(k_plain));
}

static void what_a_flow_inherited_is_not_counted_twice(void **state)
{
	(void)state;
	dctx_set(k_cost, 100);
	assert_int_equal(join_flows(spend), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 106);
}

static void begin_with_none(size_t i)
{
	(void)i;
	DCTXT_EXPECT(!dctx_has(k_cost));
	DCTXT_EXPECT(dctx_get(k_plain, 0) == 5);
}

static void a_flow_begins_without_a_share(void **state)
{
	(void)state;
	dctx_set(k_cost, 100);
	dctx_set(k_plain, 5);
	assert_int_equal(join_flows(begin_with_none), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 100);
}

static void warn(size_t i)
{
	static const char *const said[] = {"b\na", "c\n\na\nc", "d"};

	dctx_set(k_warnings, said[i]);
	dctx_set(k_error, said[i]);
	dctx_set(k_degraded, i == 1);
	dctx_set(k_least, (int32_t)(5 - 3 * (int32_t)i));
	dctx_set(k_most, 0.5 * (double)i);
	dctx_set(k_flags, (uint8_t)(1u << i));
}

static void values_are_merged_in_the_order_of_the_flows(void **state)
{
	(void)state;
	assert_int_equal(join_flows(warn), DCTX_OK);
	assert_string_equal(dctx_get(k_warnings, ""), "b\na\nc\nd");
	assert_string_equal(dctx_get(k_error, ""), "b\na");
	assert_true(dctx_get(k_degraded, false));
	assert_int_equal(dctx_get(k_least, 0), -1);
	assert_true(dctx_get(k_most, 0) == 1.0);
	assert_int_equal(dctx_get(k_flags, 0), 7);
}

static void spend_in_flows_of_its_own(size_t i)
{
	struct flow inner[2] = {{spend, i, NULL}, {spend, i + 1, NULL}};

	dctx_gather_add(&k_cost.key, &DCTX_ANY(1));
	for (size_t j = 0; j < 2; j++) {
		pthread_t thread;

		if (DCTXT_EXPECT(dctx_thread_start(&thread, NULL, run_flow,
						   &inner[j]) == DCTX_OK))
			pthread_join(thread, NULL);
		DCTXT_EXPECT(dctx_gather_join(&inner[j].gave, 1) == DCTX_OK);
		dctx_snapshot_unref(inner[j].gave);
	}
}

static void joins_nest(void **state)
{
	(void)state;
	dctx_set(k_cost, 1000);
	assert_int_equal(join_flows(spend_in_flows_of_its_own), DCTX_OK);
	/* Each 1 of its own, and i + 1 and i + 2 of its flows. */
	assert_int_equal(dctx_get(k_cost, 0), 1000 + 3 + 3 + 5 + 7);
}

static void an_attached_share_is_its_own_and_ends_with_it(void **state)
{
	dctx_snapshot *around, *gave;
	dctx_guard guard;

	(void)state;
	dctx_set(k_cost, 10);
	assert_int_equal(dctx_capture(&around), DCTX_OK);
	assert_int_equal(dctx_attach(around, &guard), DCTX_OK);
	assert_int_equal(dctx_gather_take(&gave), DCTX_OK);
	assert_null(gave);
	/* Not begun: a get shows what is inherited, an add leaves it out. */
	assert_int_equal(dctx_get(k_cost, 0), 10);
	assert_int_equal(dctx_gather_add(&k_cost.key, &DCTX_ANY(2)), DCTX_OK);
	assert_int_equal(dctx_gather_add(&k_cost.key, &DCTX_ANY(3)), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 5);
	assert_int_equal(dctx_gather_take(&gave), DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(dctx_gather_join(&gave, 1), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 15);
	dctx_snapshot_unref(gave);
	dctx_snapshot_unref(around);
}

static void what_was_removed_gives_nothing(void **state)
{
	dctx_snapshot *gave;

	(void)state;
	dctx_set(k_cost, 3);
	dctx_unset(k_cost);
	assert_int_equal(dctx_gather_take(&gave), DCTX_OK);
	assert_null(gave);
}

static void what_a_scope_set_is_gone_with_it(void **state)
{
	dctx_snapshot *gave;
	dctx_guard guard;

	(void)state;
	guard = dctx_enter("inner");
	dctx_gather_add(&k_cost.key, &DCTX_ANY(3));
	dctx_leave(guard);
	assert_int_equal(dctx_gather_take(&gave), DCTX_OK);
	assert_null(gave);
}

static void none_to_join_changes_nothing(void **state)
{
	dctx_snapshot *none[2] = {NULL, NULL};

	(void)state;
	dctx_set(k_cost, 3);
	assert_int_equal(dctx_gather_join(none, 2), DCTX_OK);
	assert_int_equal(dctx_gather_join(NULL, 0), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 3);
	assert_int_equal(dctx_gather_join(NULL, 1), DCTX_INVALID);
	assert_int_equal(dctx_store_gather_take(NULL, none), DCTX_INVALID);
	assert_int_equal(dctx_gather_take(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_gather_begin(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_gather_join(NULL, none, 1), DCTX_INVALID);
}

static void an_object_flows_back_without_a_copy(void **state)
{
	struct dctxt_thing made = {.id = 4};
	dctx_snapshot *gave;
	dctx_guard guard;
	int copies;

	(void)state;
	guard = dctx_enter("flow");
	dctx_set(k_thing, &made);
	copies = atomic_load(&dctxt_things.copies);
	assert_int_equal(dctx_gather_take(&gave), DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(dctx_gather_join(&gave, 1), DCTX_OK);
	dctx_snapshot_unref(gave);
	assert_int_equal(dctx_get(k_thing, NULL)->id, 4);
	assert_int_equal(atomic_load(&dctxt_things.copies), copies);
}

static void a_dead_scope_sets_nothing(void **state)
{
	dctx_snapshot *gave;
	dctx_guard guard[4];

	(void)state;
	dctx_set(k_cost, 3);
	assert_int_equal(dctx_gather_take(&gave), DCTX_OK);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 2), DCTX_OK);
	for (int i = 0; i < 4; i++)
		guard[i] = dctx_enter("deep");
	assert_int_equal(dctx_gather_join(&gave, 1), DCTX_DEAD_SCOPE);
	assert_int_equal(dctx_get(k_cost, 0), 3);
	for (int i = 4; i-- > 0;)
		dctx_leave(guard[i]);
	assert_int_equal(dctx_gather_join(&gave, 1), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 6);
	dctx_snapshot_unref(gave);
}

static void query(uint64_t cost)
{
	DCTX_GATHER_FN;
	dctx_set(k_plain, 1);
	dctx_gather_add(&k_cost.key, &DCTX_ANY(cost));
	dctx_gather_add(&k_warnings.key, &DCTX_ANY("slow"));
}

static void a_scope_may_leave_its_share_behind(void **state)
{
	(void)state;
	dctx_set(k_cost, 1);
	{
		DCTX_GATHER_SCOPE("outer");
		query(2);
		query(3);
		DCTX_GATHER_SCOPE("idle");
	}
	assert_int_equal(dctx_get(k_cost, 0), 6);
	assert_string_equal(dctx_get(k_warnings, ""), "slow");
	assert_false(dctx_has(k_plain));
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

static void leaving_an_attach_may_join_its_share(void **state)
{
	dctx_snapshot *around;
	dctx_guard attach, scope;

	(void)state;
	dctx_set(k_cost, 10);
	assert_int_equal(dctx_capture(&around), DCTX_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_attach(around, &attach), DCTX_OK);
		scope = dctx_enter("inner");
		query(4);
		if (i == 0)
			dctx_gather_leave(scope);
		dctx_gather_leave(attach);
		dctx_gather_leave(attach); /* stale */
		assert_int_equal(dctx_depth(), 1);
	}
	assert_int_equal(dctx_get(k_cost, 0), 18);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 2);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	dctx_snapshot_unref(around);
}

static void what_is_below_an_attach_is_left_without_its_share(void **state)
{
	dctx_guard scope = dctx_enter("below"), attach;

	(void)state;
	dctx_gather_add(&k_cost.key, &DCTX_ANY(4));
	assert_int_equal(dctx_attach(NULL, &attach), DCTX_OK);
	dctx_gather_add(&k_cost.key, &DCTX_ANY(5));
	dctx_gather_leave(scope);
	assert_false(dctx_has(k_cost));
	dctx_gather_leave((dctx_guard){.store = NULL});
	assert_int_equal(dctx_depth(), 1);
}

/* As wide as this machine overwrites in one piece. */
#if UINTPTR_MAX >= UINT64_MAX
DCTX_KEY_U64(k_few, "few", 0);
#else
DCTX_KEY_U32(k_few, "few", 0);
#endif
DCTX_KEY_GATHER(k_few, &dctx_gather_sum);

static void give_and_join(dctx_snapshot *around)
{
	dctx_snapshot *gave;
	dctx_guard guard;

	assert_int_equal(dctx_attach(around, &guard), DCTX_OK);
	assert_int_equal(dctx_gather_begin(), DCTX_OK);
	dctx_set(k_few, dctx_get(k_few, 0) + 2);
	assert_int_equal(dctx_gather_take(&gave), DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(dctx_gather_join(&gave, 1), DCTX_OK);
	dctx_snapshot_unref(gave);
}

static void a_warm_flow_gives_its_share_without_memory(void **state)
{
	dctx_guard guard = dctx_enter("request");
	dctx_snapshot *around;

	(void)state;
	dctx_set(k_few, 10);
	assert_int_equal(dctx_capture(&around), DCTX_OK);
	for (int i = 0; i < 4; i++)
		give_and_join(around);
	dctxt_heap_fail(0, false);
	for (int i = 0; i < 10000; i++)
		give_and_join(around);
	assert_int_equal(dctxt_heap_relent(), 0);
	assert_int_equal(dctx_get(k_few, 0), 20018);
	dctx_snapshot_unref(around);
	dctx_leave(guard);
}

static void a_tasks_share_is_its_own(void **state)
{
	dctx_snapshot *around, *gave;
	dctx_store *task;

	(void)state;
	dctx_set(k_cost, 10);
	assert_int_equal(dctx_capture(&around), DCTX_OK);
	assert_int_equal(dctx_task_new(around, &task), DCTX_OK);
	dctx_snapshot_unref(around);
	assert_int_equal(dctx_store_gather_take(task, &gave), DCTX_OK);
	assert_null(gave);
	assert_int_equal(dctx_store_gather_begin(task), DCTX_OK);
	assert_int_equal(dctx_store_get(task, k_cost, 77), 77);
	assert_int_equal(dctx_store_set(task, k_cost, 4), DCTX_OK);
	assert_int_equal(dctx_store_gather_take(task, &gave), DCTX_OK);
	dctx_task_free(task);
	assert_int_equal(dctx_gather_join(&gave, 1), DCTX_OK);
	assert_int_equal(dctx_get(k_cost, 0), 14);
	dctx_snapshot_unref(gave);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_flows_set_is_merged_where_they_are_joined),
		DCTXT_TEST(what_a_flow_inherited_is_not_counted_twice),
		DCTXT_TEST(a_flow_begins_without_a_share),
		DCTXT_TEST(values_are_merged_in_the_order_of_the_flows),
		DCTXT_TEST(joins_nest),
		DCTXT_TEST(an_attached_share_is_its_own_and_ends_with_it),
		DCTXT_TEST(what_was_removed_gives_nothing),
		DCTXT_TEST(what_a_scope_set_is_gone_with_it),
		DCTXT_TEST(none_to_join_changes_nothing),
		DCTXT_TEST(an_object_flows_back_without_a_copy),
		DCTXT_TEST(a_dead_scope_sets_nothing),
		DCTXT_TEST(a_scope_may_leave_its_share_behind),
		DCTXT_TEST(leaving_an_attach_may_join_its_share),
		DCTXT_TEST(what_is_below_an_attach_is_left_without_its_share),
		DCTXT_TEST(a_warm_flow_gives_its_share_without_memory),
		DCTXT_TEST(a_tasks_share_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
