/* SPDX-License-Identifier: MIT */
/*
 * timer_loop_test.c - proves that the process's timers can be run by a loop of
 * the user's: with the library's thread off, by functions that do not come
 * back; and that a loop that sleeps is woken in time.
 */
#include "timers.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>

static void with_the_thread_off_timers_run_when_asked(void **state)
{
	int ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(add, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	int64_t now = dctx_now();

	(void)state;
	arm_at(&b, now + LONG);
	assert_int_equal(dctx_timers_next_due(), now + LONG);
	arm_at(&a, now - 5);
	assert_int_equal(dctx_timers_next_due(), now - 5);
	for (int i = 0; i < 5; i++)
		nap();
	assert_int_equal(seen(&ran), 0);
	assert_int_equal(run_due(), 1);
	assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
	assert_int_equal(ran, 1);
	assert_int_equal(dctx_timers_next_due(), now + LONG);
	assert_int_equal(dctx_timer_disarm(&b), DCTX_OK);
}

static void with_the_thread_on_again_what_is_due_runs(void **state)
{
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	arm_at(&timer, 1);
	thread(true);
	wait_until(&ran, 1);
	thread(false);
	arm_at(&timer, 1);
	nap();
	assert_int_equal(seen(&ran), 1);
	assert_int_equal(run_due(), 1);
}

struct slow {
	int begun, ended;
	bool turn_off;
};

static void take_long(void *arg)
{
	struct slow *slow = arg;

	add(&slow->begun);
	if (slow->turn_off)
		DCTXT_EXPECT(dctx_timers_thread(false) == DCTX_OK);
	for (int i = 0; i < 20; i++)
		nap();
	add(&slow->ended);
}

static void off_waits_for_the_function_that_runs(void **state)
{
	struct slow slow = {.begun = 0};
	dctx_timer timer = DCTX_TIMER_INIT(take_long, &slow);

	(void)state;
	for (int i = 1; i <= 3; i++) {
		thread(true);
		arm_at(&timer, 1);
		wait_until(&slow.begun, i);
		thread(false);
		assert_int_equal(slow.ended, i);
	}
}

static void a_function_may_turn_the_thread_off_that_runs_it(void **state)
{
	struct slow slow = {.turn_off = true};
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(take_long, &slow);
	dctx_timer later = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	thread(true);
	arm_at(&timer, 1);
	wait_until(&slow.ended, 1);
	thread(false);
	arm_at(&later, 2);
	nap();
	assert_int_equal(seen(&ran), 0);
	assert_int_equal(run_due(), 1);
}

static void the_descriptor_tells_of_an_earlier_timer(void **state)
{
	int ran = 0, fd = -1, same = -2;
	dctx_timer a = DCTX_TIMER_INIT(add, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	int64_t now = dctx_now();

	(void)state;
	assert_int_equal(dctx_timers_fd(&fd), DCTX_OK);
	assert_int_equal(dctx_timers_fd(&same), DCTX_OK);
	assert_int_equal(fd, same);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_false(readable(fd));
	assert_int_equal(dctx_timers_next_due(), DCTX_NO_DEADLINE);
	arm_at(&a, now + LONG);
	assert_true(readable(fd));
	assert_int_equal(run_due(), 0);
	assert_false(readable(fd));
	assert_int_equal(dctx_timers_next_due(), now + LONG);
	arm_at(&b, now + LONG + 1);
	assert_false(readable(fd));
	arm_at(&b, now + LONG - 1);
	assert_true(readable(fd));
	assert_int_equal(run_due(), 0);
	assert_int_equal(dctx_timers_next_due(), now + LONG - 1);
	assert_int_equal(dctx_timer_disarm(&a), DCTX_OK);
	assert_int_equal(dctx_timer_disarm(&b), DCTX_OK);
	assert_false(readable(fd));
	(void)run_due();
}

/* A loop as a user writes it, until something has run so often. */
static void loop(const int *count, int enough)
{
	struct pollfd poll_fd = {.events = POLLIN};

	assert_int_equal(dctx_timers_fd(&poll_fd.fd), DCTX_OK);
	while (seen(count) < enough) {
		int64_t next = dctx_timers_next_due(), now = dctx_now();
		int64_t ms = 30000;

		if (next < now)
			ms = 0;
		else if (next - now < ms * DCTX_MS)
			ms = (next - now + DCTX_MS - 1) / DCTX_MS;
		(void)poll(&poll_fd, 1, (int)ms);
		(void)run_due();
	}
}

static void *arm_some(void *timers)
{
	for (int i = 0; i < 20; i++) {
		nap();
		DCTXT_EXPECT(dctx_timer_arm((dctx_timer *)timers + i,
					    dctx_deadline_in(i * DCTX_US)) ==
			     DCTX_OK);
	}
	return NULL;
}

static void a_loop_that_sleeps_runs_what_another_thread_arms(void **state)
{
	dctx_timer timers[20];
	pthread_t other;
	int ran = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		dctx_timer_init(&timers[i], add, &ran);
	assert_int_equal(pthread_create(&other, NULL, arm_some, timers), 0);
	loop(&ran, 20);
	assert_int_equal(pthread_join(other, NULL), 0);
}

static jmp_buf out;

static void jump(void *count)
{
	add(count);
	longjmp(out, 1);
}

static void *disarm_and_wait(void *timer)
{
	DCTXT_EXPECT(dctx_timer_disarm_wait(timer) == DCTX_STALE);
	return timer;
}

static void a_function_that_jumps_out_leaves_the_rest(void **state)
{
	int jumps = 0, ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(jump, &jumps);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	dctx_mark mark;

	(void)state;
	assert_int_equal(run_due(), 0);
	mark = dctx_mark_here();
	for (int i = 1; i <= 10; i++) {
		arm_at(&a, 1);
		arm_at(&b, 2);
		if (setjmp(out) == 0)
			(void)run_due();
		assert_int_equal(jumps, i);
		assert_int_equal(ran, i - 1);
		assert_int_equal(dctx_timer_disarm_wait(&a), DCTX_STALE);
		assert_true(dctx_timers_next_due() <= 2);
		assert_int_equal(dctx_rewind(mark), DCTX_OK);
		assert_int_equal(run_due(), 1);
		assert_int_equal(ran, i);
		assert_ptr_equal(dctxt_on_thread(disarm_and_wait, &a), &a);
	}
}

static void end_thread(void *count)
{
	add(count);
	pthread_exit(NULL);
}

static void *run_on_a_thread(void *unused)
{
	(void)unused;
	DCTXT_EXPECT(dctx_timers_run_due(NULL) == DCTX_OK);
	return NULL;
}

static void a_function_that_ends_its_thread_leaves_the_rest(void **state)
{
	int ends = 0, ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(end_thread, &ends);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	arm_at(&a, 1);
	arm_at(&b, 2);
	(void)dctxt_on_thread(run_on_a_thread, NULL);
	assert_int_equal(ends, 1);
	assert_int_equal(dctx_timer_disarm_wait(&a), DCTX_STALE);
	assert_int_equal(run_due(), 1);
	assert_int_equal(ran, 1);
}

static void run_the_rest(void *count)
{
	size_t ran = 0;

	add(count);
	DCTXT_EXPECT(dctx_timers_run_due(&ran) == DCTX_OK);
	DCTXT_EXPECT(ran == 1);
}

static void a_run_within_a_run_runs_the_rest(void **state)
{
	int ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(run_the_rest, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	arm_at(&a, 1);
	arm_at(&b, 2);
	assert_int_equal(run_due(), 1);
	assert_int_equal(ran, 2);
}

enum { SHARED = 5000 };

static void threads_that_run_at_once_share_what_is_due(void **state)
{
	static dctx_timer timers[SHARED];
	static int ran[SHARED];
	int unused[4];

	(void)state;
	for (int i = 0; i < SHARED; i++) {
		dctx_timer_init(&timers[i], add, &ran[i]);
		arm_at(&timers[i], i);
	}
	dctxt_together(4, run_on_a_thread, unused, sizeof(*unused));
	for (int i = 0; i < SHARED; i++)
		assert_int_equal(ran[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST_OFF(with_the_thread_off_timers_run_when_asked),
		DCTXT_TEST_OFF(with_the_thread_on_again_what_is_due_runs),
		DCTXT_TEST_OFF(off_waits_for_the_function_that_runs),
		DCTXT_TEST_OFF(a_function_may_turn_the_thread_off_that_runs_it),
		DCTXT_TEST_OFF(the_descriptor_tells_of_an_earlier_timer),
		DCTXT_TEST_OFF(
			a_loop_that_sleeps_runs_what_another_thread_arms),
		DCTXT_TEST_OFF(a_function_that_jumps_out_leaves_the_rest),
		DCTXT_TEST_OFF(a_function_that_ends_its_thread_leaves_the_rest),
		DCTXT_TEST_OFF(a_run_within_a_run_runs_the_rest),
		DCTXT_TEST_OFF(threads_that_run_at_once_share_what_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
