/* SPDX-License-Identifier: MIT */
/*
 * call_test.c - proves that a work can be called any number of times, by any
 * number of threads at once, each call under what was captured and nothing
 * else, until somebody discards it.
 */
#include "errand.h"

static void work_called_again_begins_anew_each_time(void **state)
{
	struct dctxt_thing made = {.id = 1};
	void *result = NULL;
	dctx_work *work;

	(void)state;
	ran = 0;
	dctx_set(k_num, 7);
	dctx_set(k_thing, &made);
	work = wrap(see_and_change);
	assert_int_equal(dctx_clear(), DCTX_OK);
	dctx_set(k_num, 8);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(dctx_work_call(work, &result), DCTX_OK);
		assert_int_equal((uintptr_t)result, 7);
		assert_int_equal(ran, i);
		assert_int_equal(dctx_get(k_num, 0), 8);
		assert_false(dctx_has(k_text));
	}
	assert_int_equal(dctx_work_call(work, NULL), DCTX_OK);
	assert_int_equal(dctx_work_call(NULL, &result), DCTX_INVALID);
	assert_int_equal(dctxt_alive(), 1);
	assert_null(dctx_work_discard(work));
	assert_int_equal(dctxt_alive(), 0);
}

static void work_called_may_be_run_at_last(void **state)
{
	void *result = NULL;
	dctx_work *work;

	(void)state;
	dctx_set(k_num, 7);
	work = wrap(see);
	assert_int_equal(dctx_work_call(work, NULL), DCTX_OK);
	assert_int_equal(dctx_work_run(work, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 7);
}

enum { CALLERS = 4, CALLS = 1000 };

static void *read_and_set(void *arg)
{
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	DCTXT_EXPECT(dctx_get(k_thing, NULL)->id == 1);
	dctx_set(k_num, 9);
	return arg;
}

static void *call_there(void *arg)
{
	dctx_work *work = *(dctx_work **)arg;
	void *result = NULL;

	for (int i = 0; i < CALLS; i++) {
		DCTXT_EXPECT(dctx_work_call(work, &result) == DCTX_OK);
		DCTXT_EXPECT(result == &ran);
		DCTXT_EXPECT(!dctx_has(k_num));
	}
	return NULL;
}

static void threads_call_one_work_at_once(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_work *works[CALLERS];

	(void)state;
	dctx_set(k_num, 7);
	dctx_set(k_thing, &made);
	works[0] = wrap(read_and_set);
	for (int i = 1; i < CALLERS; i++)
		works[i] = works[0];
	dctxt_together(CALLERS, call_there, works, sizeof(works[0]));
	dctx_work_discard(works[0]);
}

static dctx_work *current_work;

static void *discard_itself(void *arg)
{
	dctx_work_discard(current_work);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	return arg;
}

static void a_call_may_discard_its_work(void **state)
{
	void *result = NULL;

	(void)state;
	dctx_set(k_num, 7);
	current_work = wrap(discard_itself);
	assert_int_equal(dctx_clear(), DCTX_OK);
	assert_int_equal(dctx_work_call(current_work, &result), DCTX_OK);
	assert_ptr_equal(result, &ran);
	assert_false(dctx_has(k_num));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(work_called_again_begins_anew_each_time),
		DCTXT_TEST(work_called_may_be_run_at_last),
		DCTXT_TEST(threads_call_one_work_at_once),
		DCTXT_TEST(a_call_may_discard_its_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
