/* SPDX-License-Identifier: MIT */
/*
 * thrd_test.c - proves that a C11 thread starts with its starter's context,
 * gives its result, and takes away what it leaves open, however it ends.
 *
 * Not under: tsan - it does not know of thrd_create and crashes in its threads.
 */
#include "kit.h"

#include <dctx/thrd.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static int unused;

static int see_and_change(void *arg)
{
	struct dctxt_thing made = {.id = 2};
	int seen = (int)dctx_get(k_num, 0);
	char names[32];

	DCTXT_EXPECT(arg == &unused);
	dctx_chain_text("/", names, sizeof(names));
	DCTXT_EXPECT(strcmp(names, "starter") == 0);
	(void)dctx_enter("left open");
	dctx_set(k_num, 1000);
	dctx_set(k_thing, &made);
	return seen;
}

static void a_started_thread_sees_its_starters_context(void **state)
{
	thrd_t thread;
	int result;
	DCTX_SCOPE("starter");

	(void)state;
	dctx_set(k_num, 7);
	assert_int_equal(dctx_thrd_start(&thread, see_and_change, &unused),
			 DCTX_OK);
	dctx_set(k_num, 8);
	assert_int_equal(thrd_join(thread, &result), thrd_success);
	assert_int_equal(result, 7);
	assert_int_equal(dctx_get(k_num, 0), 8);
	assert_false(dctx_has(k_thing));
	assert_int_equal(dctxt_alive(), 0);
}

static int end_inside(void *arg)
{
	struct dctxt_thing made = {.id = 2};

	(void)arg;
	(void)dctx_enter("left open");
	dctx_set(k_thing, &made);
	thrd_exit(-3);
}

static void a_started_thread_that_exits_gives_its_result(void **state)
{
	struct dctxt_thing made = {.id = 1};
	thrd_t thread;
	int result;

	(void)state;
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_thrd_start(&thread, end_inside, NULL), DCTX_OK);
	assert_int_equal(dctx_clear(), DCTX_OK);
	assert_int_equal(thrd_join(thread, &result), thrd_success);
	assert_int_equal(result, -3);
	assert_int_equal(dctxt_alive(), 0);
}

static int count(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		DCTX_SCOPE("count");
		dctx_set(k_num, dctx_get(k_num, 0) + 1);
		DCTXT_EXPECT(dctx_get(k_num, 0) == 8);
	}
	return arg != NULL;
}

static void threads_started_together_keep_apart(void **state)
{
	thrd_t threads[4];
	int result;

	(void)state;
	dctx_set(k_num, 7);
	for (int i = 0; i < 4; i++)
		assert_int_equal(dctx_thrd_start(&threads[i], count, &unused),
				 DCTX_OK);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(thrd_join(threads[i], &result), thrd_success);
		assert_int_equal(result, 1);
	}
}

static void a_null_argument_is_invalid(void **state)
{
	thrd_t thread;

	(void)state;
	assert_int_equal(dctx_thrd_start(NULL, count, NULL), DCTX_INVALID);
	assert_int_equal(dctx_thrd_start(&thread, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_thrd_start(NULL, &thread, count, NULL),
			 DCTX_INVALID);
}

static int be_there(void *arg)
{
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	(void)dctx_enter("left open");
	dctx_set(k_num, 8);
	return arg != NULL;
}

static dctx_status start_and_join(void)
{
	dctx_status status;
	thrd_t thread;
	int result;
	DCTX_SCOPE("starter");

	status = dctx_set(k_num, 7);
	if (status == DCTX_OK)
		status = dctx_thrd_start(&thread, be_there, NULL);
	if (status != DCTX_OK)
		return status;
	DCTXT_EXPECT(thrd_join(thread, &result) == thrd_success);
	DCTXT_EXPECT(result == 0 || result == thrd_nomem);
	return DCTX_OK;
}

static const struct dctxt_scenario scenarios[] = {
	{"start a C11 thread", start_and_join},
};

static void a_thread_that_fails_to_start_loses_nothing(void **state)
{
	(void)state;
	if (dctxt_heap_watched())
		dctxt_inject(scenarios, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_started_thread_sees_its_starters_context),
		DCTXT_TEST(a_started_thread_that_exits_gives_its_result),
		DCTXT_TEST(threads_started_together_keep_apart),
		DCTXT_TEST(a_null_argument_is_invalid),
		DCTXT_TEST(a_thread_that_fails_to_start_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
