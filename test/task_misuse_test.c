/* SPDX-License-Identifier: MIT */
/*
 * task_misuse_test.c - proves that a task entered or left where it cannot be is
 * counted and changes nothing, also by the functions behind the inline ones.
 */
#include "kit.h"

static dctx_store *new_task(void)
{
	dctx_store *task;

	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	return task;
}

static void what_is_no_entered_task_cannot_be_left(void **state)
{
	dctx_store *task = new_task();

	(void)state;
	dctx_task_leave_slow(NULL);
	dctx_task_leave_slow(dctx_thread());
	dctx_task_leave_slow(task);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 3);
	dctx_task_enter(task);
	dctx_task_leave_slow(dctx_thread());
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 4);
	assert_ptr_equal(dctx_task_try(), task);
	dctx_task_leave(task);
	dctx_task_free(task);
}

static void a_checked_enter_refuses_what_is_none_or_entered(void **state)
{
	dctx_store *task = new_task();

	(void)state;
	dctx_task_enter_checked(NULL);
	assert_int_equal(dctx_last_error()->status, DCTX_INVALID);
	assert_null(dctx_task_try());
	dctx_task_enter_checked(task);
	assert_ptr_equal(dctx_task_try(), task);
	dctx_task_enter_checked(task);
	assert_int_equal(dctx_last_error()->status, DCTX_BUSY);
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 2);
	dctx_task_leave(task);
	assert_ptr_equal(dctx_current(), dctx_thread());
	dctx_task_free(task);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_is_no_entered_task_cannot_be_left),
		DCTXT_TEST(a_checked_enter_refuses_what_is_none_or_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
