/* SPDX-License-Identifier: MIT */
/*
 * wheel_calls_test.c - proves that a timer's function may do to the wheel what
 * it likes, or not come back, and that wrong use is refused.
 */
#include "life/wheel.h"

#include "plat/heap.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)

static dctx_wheel *wheel_at(int64_t now)
{
	dctx_wheel *wheel = NULL;

	assert_int_equal(dctx_wheel_new(now, &wheel), DCTX_OK);
	return wheel;
}

static void count(void *arg)
{
	++*(size_t *)arg;
}

/* What the functions of the tests below have at hand. */
static struct {
	dctx_wheel *wheel;
	dctx_timer a, b, c;
	int ran[3];
	jmp_buf out;
} play_field;

#define F (&play_field)

static void field_begin(dctx_timer_fn *first)
{
	memset(F, 0, sizeof(*F));
	F->wheel = wheel_at(0);
	dctx_timer_init(&F->a, first, &F->ran[0]);
	dctx_timer_init(&F->b, first, &F->ran[1]);
	dctx_timer_init(&F->c, first, &F->ran[2]);
}

static void all_armed_at(int64_t at)
{
	assert_int_equal(dctx_wheel_arm(F->wheel, &F->a, at), DCTX_OK);
	assert_int_equal(dctx_wheel_arm(F->wheel, &F->b, at), DCTX_OK);
	assert_int_equal(dctx_wheel_arm(F->wheel, &F->c, at), DCTX_OK);
}

static void run_and_count(int a, int b, int c, int64_t now)
{
	size_t before = (size_t)(F->ran[0] + F->ran[1] + F->ran[2]);

	assert_int_equal(dctx_wheel_run_due(F->wheel, now),
			 (size_t)(a + b + c) - before);
	assert_int_equal(F->ran[0], a);
	assert_int_equal(F->ran[1], b);
	assert_int_equal(F->ran[2], c);
}

static void arm_both(void *ran)
{
	++*(int *)ran;
	assert_int_equal(dctx_wheel_arm(F->wheel, &F->a, -5), DCTX_OK);
	if (F->ran[0] == 1)
		assert_int_equal(dctx_wheel_arm(F->wheel, &F->b, 10), DCTX_OK);
}

static void what_a_function_arms_waits_for_the_next_run(void **state)
{
	(void)state;
	field_begin(arm_both);
	all_armed_at(3);
	run_and_count(1, 0, 1, 3);
	run_and_count(2, 0, 1, 3);
	run_and_count(3, 0, 1, 9);
	run_and_count(4, 1, 1, 10);
	(void)dctx_wheel_free(F->wheel);
}

static void disarm_all(void *ran)
{
	++*(int *)ran;
	assert_int_equal(dctx_wheel_disarm(F->wheel, &F->a), DCTX_STALE);
	assert_int_equal(dctx_wheel_disarm(F->wheel, &F->b), DCTX_OK);
	assert_int_equal(dctx_wheel_disarm(F->wheel, &F->c), DCTX_OK);
	memset(&F->c, 0x5a, sizeof(F->c));
}

static void a_function_disarms_what_is_due_with_it(void **state)
{
	(void)state;
	field_begin(disarm_all);
	all_armed_at(3);
	run_and_count(1, 0, 0, 5);
	run_and_count(1, 0, 0, 100);
	assert_int_equal(dctx_wheel_next_due(F->wheel), DCTX_NO_DEADLINE);
	(void)dctx_wheel_free(F->wheel);
}

static void jump(void *ran)
{
	++*(int *)ran;
	longjmp(F->out, 1);
}

static void jump_out_at(int64_t now)
{
	if (setjmp(F->out) == 0) {
		(void)dctx_wheel_run_due(F->wheel, now);
		fail_msg("did not jump");
	}
}

static void a_function_that_jumps_out_loses_nothing(void **state)
{
	(void)state;
	field_begin(jump);
	all_armed_at(3);
	jump_out_at(3);
	assert_int_equal(F->ran[0], 1);
	assert_int_equal(dctx_wheel_next_due(F->wheel), 3);
	/* b is due and moved, a due again and comes last */
	assert_int_equal(dctx_wheel_arm(F->wheel, &F->b, 20), DCTX_OK);
	assert_int_equal(dctx_wheel_arm(F->wheel, &F->a, 1), DCTX_OK);
	jump_out_at(4);
	assert_int_equal(F->ran[2], 1);
	jump_out_at(4);
	assert_int_equal(F->ran[0], 2);
	jump_out_at(20);
	assert_int_equal(F->ran[1], 1);
	run_and_count(2, 1, 1, 100);
	(void)dctx_wheel_free(F->wheel);
}

static void leave_thread(void *ran)
{
	++*(int *)ran;
	pthread_exit(ran);
}

static void *run_on_a_thread(void *unused)
{
	(void)dctx_wheel_run_due(F->wheel, 3);
	return unused;
}

static void a_function_that_ends_its_thread_loses_nothing(void **state)
{
	(void)state;
	field_begin(leave_thread);
	all_armed_at(3);
	for (int i = 0; i < 3; i++) {
		pthread_t thread;
		void *result = NULL;

		assert_int_equal(F->ran[i], 0);
		assert_int_equal(pthread_create(&thread, NULL, run_on_a_thread,
						NULL),
				 0);
		assert_int_equal(pthread_join(thread, &result), 0);
		assert_ptr_equal(result, &F->ran[i]);
		assert_int_equal(F->ran[i], 1);
	}
	run_and_count(1, 1, 1, 3);
	(void)dctx_wheel_free(F->wheel);
}

static void free_timer(void *timer)
{
	free(timer);
}

static void a_function_may_free_its_timer(void **state)
{
	dctx_wheel *wheel = wheel_at(0);

	(void)state;
	for (int i = 0; i < 10; i++) {
		dctx_timer *timer = malloc(sizeof(*timer));

		assert_non_null(timer);
		dctx_timer_init(timer, free_timer, timer);
		assert_int_equal(dctx_wheel_arm(wheel, timer, i / 2), DCTX_OK);
	}
	assert_int_equal(dctx_wheel_run_due(wheel, 2), 6);
	assert_int_equal(dctx_wheel_run_due(wheel, 9), 4);
	(void)dctx_wheel_free(wheel);
}

static void run_more(void *ran)
{
	++*(int *)ran;
	if (ran == &F->ran[0])
		assert_int_equal(dctx_wheel_run_due(F->wheel, 3), 2);
}

static void a_run_within_a_run_runs_the_rest(void **state)
{
	(void)state;
	field_begin(run_more);
	all_armed_at(3);
	assert_int_equal(dctx_wheel_run_due(F->wheel, 3), 1);
	run_and_count(1, 1, 1, 3);
	(void)dctx_wheel_free(F->wheel);
}

static void no_deadline_disarms(void **state)
{
	size_t ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(count, &ran);
	dctx_wheel *wheel = wheel_at(0);

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(dctx_wheel_arm(wheel, &timer,
						DCTX_NO_DEADLINE),
				 DCTX_OK);
	assert_int_equal(dctx_wheel_disarm(wheel, &timer), DCTX_STALE);
	assert_int_equal(dctx_wheel_arm(wheel, &timer, 1), DCTX_OK);
	assert_int_equal(dctx_wheel_arm(wheel, &timer, DCTX_NO_DEADLINE),
			 DCTX_OK);
	assert_int_equal(dctx_wheel_run_due(wheel, INT64_MAX), 0);
	(void)dctx_wheel_free(wheel);
}

static void a_freed_wheel_has_disarmed_its_timers(void **state)
{
	size_t ran = 0;
	dctx_timer timers[3];
	dctx_wheel *wheel;

	(void)state;
	for (int due = 0; due < 2; due++) {
		wheel = wheel_at(0);
		for (int i = 0; i < 3; i++) {
			dctx_timer_init(&timers[i], count, &ran);
			assert_int_equal(dctx_wheel_arm(wheel, &timers[i],
							i * SECOND),
					 DCTX_OK);
		}
		if (due)
			dctxi_wheel_collect(wheel, 1);
		assert_null(dctx_wheel_free(wheel));
		for (int i = 0; i < 3; i++)
			assert_false(dctxi_timer_armed(&timers[i]));
	}
	assert_int_equal(ran, 0);
}

static void wrong_use_is_refused_and_changes_nothing(void **state)
{
	size_t ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(count, &ran);
	dctx_timer none = DCTX_TIMER_INIT(NULL, NULL);
	dctx_wheel *wheel = wheel_at(0), *other = wheel_at(0);

	(void)state;
	dctx_timer_init(NULL, count, &ran);
	assert_int_equal(dctx_wheel_new(0, NULL), DCTX_INVALID);
	assert_null(dctx_wheel_free(NULL));
	assert_int_equal(dctx_wheel_arm(NULL, &timer, 1), DCTX_INVALID);
	assert_int_equal(dctx_wheel_arm(wheel, NULL, 1), DCTX_INVALID);
	assert_int_equal(dctx_wheel_arm(wheel, &none, 1), DCTX_INVALID);
	assert_int_equal(dctx_wheel_disarm(NULL, &timer), DCTX_INVALID);
	assert_int_equal(dctx_wheel_disarm(wheel, NULL), DCTX_INVALID);
	assert_int_equal(dctx_wheel_next_due(NULL), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_wheel_run_due(NULL, 1), 0);
	assert_int_equal(dctx_wheel_arm(wheel, &timer, 1), DCTX_OK);
	assert_int_equal(dctx_wheel_arm(other, &timer, 1), DCTX_BUSY);
	assert_int_equal(dctx_wheel_disarm(other, &timer), DCTX_BUSY);
	assert_int_equal(dctx_wheel_run_due(other, 1), 0);
	assert_int_equal(dctx_wheel_run_due(wheel, 1), 1);
	assert_int_equal(dctx_wheel_arm(other, &timer, 1), DCTX_OK);
	assert_int_equal(dctx_wheel_run_due(other, 1), 1);
	(void)dctx_wheel_free(wheel);
	(void)dctx_wheel_free(other);
}

static void without_memory_there_is_no_wheel(void **state)
{
	dctx_wheel *wheel = NULL;

	(void)state;
	dctxi_refusal.once = true;
	dctxi_refusal.countdown = 0;
	assert_int_equal(dctx_wheel_new(0, &wheel), DCTX_NOMEM);
	dctxi_refusal.countdown = -1;
	assert_null(wheel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_function_arms_waits_for_the_next_run),
		cmocka_unit_test(a_function_disarms_what_is_due_with_it),
		cmocka_unit_test(a_function_that_jumps_out_loses_nothing),
		cmocka_unit_test(a_function_that_ends_its_thread_loses_nothing),
		cmocka_unit_test(a_function_may_free_its_timer),
		cmocka_unit_test(a_run_within_a_run_runs_the_rest),
		cmocka_unit_test(no_deadline_disarms),
		cmocka_unit_test(a_freed_wheel_has_disarmed_its_timers),
		cmocka_unit_test(wrong_use_is_refused_and_changes_nothing),
		cmocka_unit_test(without_memory_there_is_no_wheel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
