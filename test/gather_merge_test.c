/* SPDX-License-Identifier: MIT */
/*
 * gather_merge_test.c - proves that merges of the user's may fail, call dctx,
 * jump away and end their thread, and harm nothing but the value they lose.
 */
#include "kit.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>

DCTX_KEY_U64(k_sum, "sum", DCTX_WIRE);
DCTX_KEY_STR(k_list, "list", DCTX_WIRE);
DCTX_KEY_STR(k_secret, "secret", DCTX_SECRET);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);
DCTX_KEY_U32(k_other, "other", DCTX_LOCAL);
DCTX_KEY_STR(k_closed, "closed", DCTX_CLOSED);

/* What the next merges shall do, besides their work. */
static struct {
	int calls;
	int fail_at; /* the n-th; 0: none */
	void (*act)(void);
} plan;

static dctx_status told(void)
{
	plan.calls++;
	if (plan.act != NULL)
		plan.act();
	return plan.calls == plan.fail_at ? DCTX_CODEC : DCTX_OK;
}

static dctx_status add(void *user, const dctx_any *have, const dctx_any *comes,
		       dctx_any *out)
{
	(void)user;
	*out = *comes;
	if (have->kind != 0)
		out->as.u += have->as.u;
	return told();
}

/* "a", "b": "a,b". */
static dctx_status append(void *user, const dctx_any *have,
			  const dctx_any *comes, dctx_any *out)
{
	char *text;

	(void)user;
	if (have->kind == 0) {
		*out = *comes;
		return told();
	}
	text = dctx_gather_room(have->as.bytes.len + comes->as.bytes.len + 2);
	if (text == NULL)
		return DCTX_NOMEM;
	out->as.bytes.len = (size_t)sprintf(text, "%s,%s",
					    (const char *)have->as.bytes.data,
					    (const char *)comes->as.bytes.data);
	out->as.bytes.data = text;
	return told();
}

/* The last thing that came. */
static dctx_status last(void *user, const dctx_any *have, const dctx_any *comes,
			dctx_any *out)
{
	(void)user;
	(void)have;
	*out = *comes;
	return told();
}

static const dctx_gatherer adds = {"adds", add, NULL};
static const dctx_gatherer appends = {"appends", append, NULL};
static const dctx_gatherer lasts = {"lasts", last, NULL};
DCTX_KEY_GATHER(k_sum, &adds);
DCTX_KEY_GATHER(k_list, &appends);
DCTX_KEY_GATHER(k_secret, &appends);
DCTX_KEY_GATHER(k_closed, &appends);
DCTX_KEY_GATHER(k_thing, &lasts);

static void *give(void *arg)
{
	const char *text = arg;
	struct dctxt_thing made = {.id = text[0]};
	dctx_snapshot *gave = NULL;

	dctx_set(k_sum, (uint64_t)(text[0] - 'a' + 1));
	dctx_set(k_list, text);
	dctx_set(k_secret, text);
	dctx_set(k_thing, &made);
	DCTXT_EXPECT(dctx_gather_take(&gave) == DCTX_OK);
	return gave;
}

static dctx_snapshot *gave[3];

static void three_flows(void)
{
	static char names[3][2] = {"a", "b", "c"};

	for (int i = 0; i < 3; i++)
		gave[i] = dctxt_on_thread(give, names[i]);
	plan.calls = 0;
	plan.fail_at = 0;
	plan.act = NULL;
}

static void drop_flows(void)
{
	for (int i = 0; i < 3; i++)
		gave[i] = dctx_snapshot_unref(gave[i]);
}

static void a_merge_of_the_users_makes_one_value_of_two(void **state)
{
	(void)state;
	three_flows();
	dctx_set(k_list, "x");
	assert_int_equal(dctx_gather_join(gave, 3), DCTX_OK);
	assert_int_equal(dctx_get(k_sum, 0), 6);
	assert_string_equal(dctx_get(k_list, ""), "x,a,b,c");
	assert_string_equal(dctx_get(k_secret, ""), "a,b,c");
	assert_int_equal(dctx_get(k_thing, NULL)->id, 'c');
	assert_int_equal(plan.calls, 12);
	drop_flows();
}

static void a_merge_that_fails_loses_what_it_was_to_merge(void **state)
{
	const struct dctxt_told *told_of = dctxt_listen();

	(void)state;
	three_flows();
	plan.fail_at = 5; /* the second of the list */
	assert_int_equal(dctx_gather_join(gave, 3), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "list");
	assert_string_equal(told_of->what, "list");
	assert_int_equal(told_of->times, 1);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 1);
	assert_string_equal(dctx_get(k_list, ""), "a,c");
	assert_string_equal(dctx_get(k_secret, ""), "a,b,c");
	assert_int_equal(dctx_get(k_sum, 0), 6);
	drop_flows();
}

static void a_closed_key_keeps_its_value_when_a_merge_fails(void **state)
{
	(void)state;
	three_flows();
	dctx_set(k_closed, "is");
	plan.fail_at = 1;
	assert_int_equal(dctx_gather_add(&k_closed.key, &DCTX_ANY("more")),
			 DCTX_CODEC);
	assert_string_equal(dctx_get(k_closed, ""), "is");
	drop_flows();
}

static dctx_status nonsense(void *user, const dctx_any *have,
			    const dctx_any *comes, dctx_any *out)
{
	const dctx_any *all = user;

	(void)have;
	(void)comes;
	*out = all[plan.calls++];
	return DCTX_OK;
}

static void what_is_none_of_the_keys_is_refused(void **state)
{
	static dctx_any all[5];
	static const dctx_gatherer makes = {"nonsense", nonsense, all};
	static dctx_key_i8 k_narrow = DCTX_KEY_INIT_I8("narrow", DCTX_LOCAL);

	(void)state;
	plan.calls = 0;
	all[0] = DCTX_ANY(5);
	all[1] = DCTX_ANY(128);
	all[2] = DCTX_ANY("text");
	all[3] = (dctx_any){.kind = (dctx_kind)99};
	all[4] = (dctx_any){.kind = (dctx_kind)0};
	assert_int_equal(dctx_gather(&k_narrow.key, &makes), DCTX_OK);
	assert_int_equal(dctx_gather_add(&k_narrow.key, &DCTX_ANY(1)), DCTX_OK);
	assert_int_equal(dctx_get(k_narrow, 0), 5);
	for (int i = 0; i < 3; i++)
		assert_int_not_equal(
			dctx_gather_add(&k_narrow.key, &DCTX_ANY(1)), DCTX_OK);
	assert_int_equal(dctx_gather_add(&k_narrow.key, &DCTX_ANY(1)),
			 DCTX_INVALID);
	assert_int_equal(dctx_get(k_narrow, 0), 5);
}

static void set_and_nest(void)
{
	plan.act = NULL;
	DCTXT_EXPECT(dctx_gather_room(8) != NULL);
	DCTXT_EXPECT(dctx_set(k_other, 9) == DCTX_OK);
	DCTXT_EXPECT(dctx_gather_add(&k_sum.key, &DCTX_ANY(1000)) == DCTX_OK);
	DCTXT_EXPECT(dctx_gather_room(8) != NULL);
	plan.act = set_and_nest;
}

static void a_merge_may_call_dctx_and_leaves_no_trace_of_it(void **state)
{
	(void)state;
	three_flows();
	plan.act = set_and_nest;
	assert_int_equal(dctx_gather_join(gave + 1, 2), DCTX_OK);
	assert_false(dctx_has(k_other));
	assert_int_equal(dctx_get(k_sum, 0), 5);
	assert_string_equal(dctx_get(k_list, ""), "b,c");
	assert_int_equal(dctx_depth(), 1);
	assert_null(dctx_gather_room(8));
	drop_flows();
}

static jmp_buf away;

static void jump(void)
{
	if (plan.calls == 6)
		longjmp(away, 1);
}

static void a_merge_may_jump_away(void **state)
{
	dctx_mark mark;

	(void)state;
	three_flows();
	mark = dctx_mark_here();
	plan.act = jump;
	if (setjmp(away) == 0) {
		(void)dctx_gather_join(gave, 3);
		fail();
	}
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_null(dctx_gather_room(8));
	/* What was joined before stays: the sums, which come first. */
	assert_int_equal(dctx_get(k_sum, 0), 6);
	assert_false(dctx_has(k_list));
	assert_int_equal(dctx_depth(), 1);
	plan.act = NULL;
	assert_int_equal(dctx_gather_join(gave + 1, 2), DCTX_OK);
	assert_string_equal(dctx_get(k_list, ""), "b,c");
	drop_flows();
}

static void end_thread(void)
{
	if (plan.calls == 5)
		pthread_exit(NULL);
}

static void *join_to_the_end(void *arg)
{
	(void)dctx_gather_join(gave, 3);
	return arg;
}

static void a_merge_may_end_its_thread(void **state)
{
	static int reached;

	(void)state;
	three_flows();
	plan.act = end_thread;
	assert_null(dctxt_on_thread(join_to_the_end, &reached));
	assert_int_equal(plan.calls, 5);
	drop_flows();
}

static void a_copy_that_refuses_loses_one_value(void **state)
{
	static struct dctxt_thing made = {.id = 1};
	dctx_any object = DCTX_ANY_OBJECT(&dctxt_thing_type, &made);

	(void)state;
	plan.calls = plan.fail_at = 0;
	plan.act = NULL;
	assert_int_equal(dctx_gather_add(&k_thing.key, &object), DCTX_OK);
	made.id = 2;
	dctxt_things.refuse = DCTX_BUSY;
	assert_int_equal(dctx_gather_add(&k_thing.key, &object), DCTX_BUSY);
	dctxt_things.refuse = DCTX_OK;
	assert_int_equal(dctx_get(k_thing, NULL)->id, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_merge_of_the_users_makes_one_value_of_two),
		DCTXT_TEST(a_merge_that_fails_loses_what_it_was_to_merge),
		DCTXT_TEST(a_closed_key_keeps_its_value_when_a_merge_fails),
		DCTXT_TEST(what_is_none_of_the_keys_is_refused),
		DCTXT_TEST(a_merge_may_call_dctx_and_leaves_no_trace_of_it),
		DCTXT_TEST(a_merge_may_jump_away),
		DCTXT_TEST(a_merge_may_end_its_thread),
		DCTXT_TEST(a_copy_that_refuses_loses_one_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
