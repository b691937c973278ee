/* SPDX-License-Identifier: MIT */
/*
 * work_test.c - proves that work runs under the context it was wrapped or
 * started in, whatever the host's is and whatever changed meanwhile, exactly
 * once, and that the host's context stands unchanged after it.
 */
#include "errand.h"

#include <pthread.h>
#include <stdlib.h>

static void a_wrapped_call_sees_what_was_there_when_wrapped(void **state)
{
	dctx_work *work;
	void *result = NULL;

	(void)state;
	ran = 0;
	dctx_set(k_num, 7);
	work = wrap(see);
	dctx_set(k_num, 8);
	assert_int_equal(ran, 0);
	assert_int_equal(dctx_work_run(work, &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 7);
	assert_int_equal(ran, 1);
	assert_int_equal(dctx_get(k_num, 0), 8);
}

static void what_a_call_leaves_open_is_left_after_it(void **state)
{
	dctx_work *work;

	(void)state;
	dctx_set(k_num, 7);
	work = wrap(see_and_change);
	assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_depth(), 1);
}

static void discarded_work_does_not_run_and_lets_go(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_work *work;

	(void)state;
	ran = 0;
	dctx_set(k_thing, &made);
	work = wrap(see);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctxt_alive(), 1);
	assert_null(dctx_work_discard(work));
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(ran, 0);
	assert_null(dctx_work_discard(NULL));
}

static void a_null_argument_is_invalid(void **state)
{
	dctx_work *work = NULL;
	pthread_t thread;
	void *result = &ran;

	(void)state;
	assert_int_equal(dctx_wrap(NULL, &ran, &work), DCTX_INVALID);
	assert_int_equal(dctx_wrap(see, &ran, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_wrap(NULL, see, &ran, &work),
			 DCTX_INVALID);
	assert_null(work);
	assert_int_equal(dctx_work_run(NULL, &result), DCTX_INVALID);
	assert_ptr_equal(result, &ran);
	assert_int_equal(dctx_thread_start(NULL, NULL, see, &ran),
			 DCTX_INVALID);
	assert_int_equal(dctx_thread_start(&thread, NULL, NULL, &ran),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_thread_start(NULL, &thread, NULL, see,
						 &ran),
			 DCTX_INVALID);
}

static void *run_there(void *work)
{
	void *result = NULL;

	dctx_set(k_num, 55);
	DCTXT_EXPECT(dctx_work_run(work, &result) == DCTX_OK);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 55);
	DCTXT_EXPECT(dctx_depth() == 1);
	return result;
}

static void work_runs_on_another_thread(void **state)
{
	dctx_work *work;

	(void)state;
	dctx_set(k_num, 7);
	work = wrap(see_and_change);
	dctx_set(k_num, 8);
	assert_int_equal((uintptr_t)dctxt_on_thread(run_there, work), 7);
	assert_int_equal(dctx_get(k_num, 0), 8);
}

static void work_of_a_task_runs_in_another_task(void **state)
{
	dctx_store *from, *to;
	dctx_work *work;
	void *result = NULL;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &from), DCTX_OK);
	assert_int_equal(dctx_task_new(NULL, &to), DCTX_OK);
	dctx_store_set(from, k_num, 7);
	assert_int_equal(dctx_store_wrap(from, see, &ran, &work), DCTX_OK);
	dctx_task_free(from);
	dctx_task_enter(to);
	dctx_set(k_num, 9);
	assert_int_equal(dctx_work_run(work, &result), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 9);
	dctx_task_leave(to);
	assert_int_equal((uintptr_t)result, 7);
	dctx_task_free(to);
}

static dctx_store *entered_inside;

static void *enter_a_task(void *arg)
{
	dctx_task_enter(entered_inside);
	dctx_set(k_num, 3);
	return arg;
}

static void a_task_entered_inside_is_left_after_it(void **state)
{
	(void)state;
	assert_int_equal(dctx_task_new(NULL, &entered_inside), DCTX_OK);
	dctx_set(k_num, 7);
	assert_int_equal(dctx_work_run(wrap(enter_a_task), NULL), DCTX_OK);
	assert_null(dctx_task_try());
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctx_task_free(entered_inside);
}

static void *leave_the_host(void *arg)
{
	dctx_task_leave(dctx_task());
	return arg;
}

static void a_host_that_is_left_inside_leaves_the_tasks_below(void **state)
{
	dctx_store *tasks[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_task_new(NULL, &tasks[i]), DCTX_OK);
		dctx_task_enter(tasks[i]);
	}
	assert_int_equal(dctx_work_run(wrap(leave_the_host), NULL), DCTX_OK);
	assert_ptr_equal(dctx_task_try(), tasks[0]);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	dctx_task_leave(tasks[0]);
	dctx_task_free(tasks[0]);
	dctx_task_free(tasks[1]);
}

/* A task that is made now and stepped later: a queue, a retry. */
static void a_task_wrapped_now_runs_later_and_keeps_to_itself(void **state)
{
	dctx_store *task;

	(void)state;
	dctx_set(k_num, 7);
	assert_int_equal(dctx_fork(&task), DCTX_OK);
	dctx_set(k_num, 8);
	for (uint64_t step = 7; step < 10; step++) {
		dctx_task_enter(task);
		assert_int_equal(dctx_get(k_num, 0), step);
		dctx_set(k_num, step + 1);
		dctx_task_leave(task);
		assert_int_equal(dctx_get(k_num, 0), 8);
	}
	dctx_task_free(task);
}

static void *run_nested(void *arg)
{
	dctx_work *work;
	void *result = NULL;

	dctx_set(k_num, dctx_get(k_num, 0) + 1);
	if (dctx_get(k_num, 0) >= 20)
		return (void *)(uintptr_t)dctx_get(k_num, 0);
	DCTXT_EXPECT(dctx_wrap(run_nested, arg, &work) == DCTX_OK);
	DCTXT_EXPECT(dctx_work_run(work, &result) == DCTX_OK);
	return result;
}

static void work_may_run_work(void **state)
{
	void *result = NULL;

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_work_run(wrap(run_nested), &result), DCTX_OK);
	assert_int_equal((uintptr_t)result, 20);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_depth(), 1);
}

static void *end_inside(void *arg)
{
	struct dctxt_thing made = {.id = 2};

	(void)dctx_enter("left open");
	dctx_set(k_thing, &made);
	pthread_exit(arg);
}

static void *run_and_end(void *work)
{
	(void)!dctx_work_run(work, NULL);
	DCTXT_EXPECT(!"reached");
	return NULL;
}

static void a_thread_may_end_inside_its_work(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_work *work;

	(void)state;
	dctx_set(k_thing, &made);
	work = wrap(end_inside);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_ptr_equal(dctxt_on_thread(run_and_end, work), &ran);
	assert_int_equal(dctxt_alive(), 0);
}

static void *see_names(void *arg)
{
	char text[64];

	dctx_chain_text("/", text, sizeof(text));
	DCTXT_EXPECT(strcmp(text, "starter") == 0);
	return see_and_change(arg);
}

static void a_started_thread_sees_its_starters_context(void **state)
{
	pthread_t thread;
	void *result;
	DCTX_SCOPE("starter");

	(void)state;
	dctx_set(k_num, 7);
	assert_int_equal(dctx_thread_start(&thread, NULL, see_names, &ran),
			 DCTX_OK);
	dctx_set(k_num, 8);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_int_equal((uintptr_t)result, 7);
	assert_int_equal(dctx_get(k_num, 0), 8);
	assert_false(dctx_has(k_text));
}

static void a_started_thread_that_exits_gives_its_result(void **state)
{
	struct dctxt_thing made = {.id = 1};
	pthread_t thread;
	void *result;

	(void)state;
	dctx_set(k_thing, &made);
	assert_int_equal(dctx_thread_start(&thread, NULL, end_inside, &ran),
			 DCTX_OK);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, &ran);
	assert_int_equal(dctxt_alive(), 0);
}

static void a_refused_thread_is_a_system_error(void **state)
{
	struct dctxt_thing made = {.id = 1};
	pthread_t thread, before;
	pthread_attr_t attr;

	(void)state;
	ran = 0;
	dctx_set(k_thing, &made);
	memset(&thread, 0x5a, sizeof(thread));
	before = thread;
	assert_int_equal(pthread_attr_init(&attr), 0);
	if (pthread_attr_setstacksize(&attr, SIZE_MAX / 4 * 3) != 0)
		assert_int_equal(pthread_attr_setstacksize(&attr, SIZE_MAX / 4),
				 0);
	assert_int_equal(dctx_thread_start(&thread, &attr, see, &ran),
			 DCTX_SYSTEM);
	assert_int_equal(dctx_last_error()->status, DCTX_SYSTEM);
	assert_int_not_equal(dctx_last_error()->system, 0);
	assert_memory_equal(&thread, &before, sizeof(thread));
	pthread_attr_destroy(&attr);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(ran, 0);
}

static void a_thread_can_be_started_from_a_task(void **state)
{
	dctx_store *task;
	pthread_t thread;
	void *result;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_store_set(task, k_num, 7);
	assert_int_equal(dctx_store_thread_start(task, &thread, NULL, see,
						 &ran),
			 DCTX_OK);
	dctx_task_free(task);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_int_equal((uintptr_t)result, 7);
}

static void work_in_a_loop_takes_no_more_memory(void **state)
{
	size_t before = 0;

	(void)state;
	dctx_set(k_num, 7);
	for (int i = 0; i < 20000; i++) {
		dctx_work *work = wrap(see_and_change);

		if (i % 3 == 0)
			dctx_work_discard(work);
		else
			assert_int_equal(dctx_work_run(work, NULL), DCTX_OK);
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_wrapped_call_sees_what_was_there_when_wrapped),
		DCTXT_TEST(what_a_call_leaves_open_is_left_after_it),
		DCTXT_TEST(discarded_work_does_not_run_and_lets_go),
		DCTXT_TEST(a_null_argument_is_invalid),
		DCTXT_TEST(work_runs_on_another_thread),
		DCTXT_TEST(work_of_a_task_runs_in_another_task),
		DCTXT_TEST(a_task_entered_inside_is_left_after_it),
		DCTXT_TEST(a_host_that_is_left_inside_leaves_the_tasks_below),
		DCTXT_TEST(a_task_wrapped_now_runs_later_and_keeps_to_itself),
		DCTXT_TEST(work_may_run_work),
		DCTXT_TEST(a_thread_may_end_inside_its_work),
		DCTXT_TEST(a_started_thread_sees_its_starters_context),
		DCTXT_TEST(a_started_thread_that_exits_gives_its_result),
		DCTXT_TEST(a_refused_thread_is_a_system_error),
		DCTXT_TEST(a_thread_can_be_started_from_a_task),
		DCTXT_TEST(work_in_a_loop_takes_no_more_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
