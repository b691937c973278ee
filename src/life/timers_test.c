/* SPDX-License-Identifier: MIT */
/*
 * timers_test.c - proves that the process's timers make do with a system that
 * refuses, with a virtual clock, and with signal handlers that kick; and that
 * an arm wakes nobody whom it does not concern.
 */
#include "life/timers.h"

#include "life/timers_state.h"
#include "plat/clock.h"
#include "plat/heap.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define LONG (60 * DCTX_S)

static void nap(void)
{
	const struct timespec ms = {0, 1000000};

	nanosleep(&ms, NULL);
}

static int seen(const int *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

static void wait_until(const int *count, int enough)
{
	int64_t until = dctxi_clock() + LONG;

	while (seen(count) < enough) {
		assert_true(dctxi_clock() < until);
		nap();
	}
}

static void add(void *count)
{
	__atomic_fetch_add((int *)count, 1, __ATOMIC_ACQ_REL);
}

static void refuse(long n, bool once)
{
	__atomic_store_n(&dctxi_refusal.asked, 0, __ATOMIC_RELAXED);
	dctxi_refusal.once = once;
	__atomic_store_n(&dctxi_refusal.countdown, n, __ATOMIC_RELAXED);
}

static void relent(void)
{
	__atomic_store_n(&dctxi_refusal.countdown, -1, __ATOMIC_RELAXED);
}

/* First: there is no thread yet. */
static void without_a_thread_nothing_is_armed(void **state)
{
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);

	(void)state;
	assert_non_null(dctxi_local());
	for (int i = 0; i < 2; i++) {
		refuse(0, true);
		assert_int_equal(dctx_timer_arm(&timer, 1), DCTX_SYSTEM);
		relent();
		assert_int_equal(dctx_last_error()->system, EAGAIN);
		assert_false(dctxi_timer_armed(&timer));
		assert_int_equal(dctxi_timers.state, DCTXI_THREAD_NONE);
		assert_int_equal(dctx_timers_next_due(), DCTX_NO_DEADLINE);
	}
	assert_int_equal(dctx_timers_thread(false), DCTX_OK);
	assert_int_equal(dctx_timer_arm(&timer, INT64_MAX - 1), DCTX_OK);
	refuse(0, true);
	assert_int_equal(dctx_timers_thread(true), DCTX_SYSTEM);
	assert_int_equal(dctx_timer_arm(&timer, 2), DCTX_OK);
	relent();
	wait_until(&ran, 1);
}

static void without_a_descriptor_there_is_none(void **state)
{
	int fd = -5;

	(void)state;
	errno = ERANGE;
	refuse(0, true);
	assert_int_equal(dctx_timers_fd(&fd), DCTX_SYSTEM);
	relent();
	assert_int_equal(dctx_last_error()->system, EMFILE);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(fd, -5);
	assert_int_equal(dctx_timers_fd(&fd), DCTX_OK);
	assert_true(fd >= 0);
}

static void *run_without_memory(void *ran)
{
	dctx_timer timer = DCTX_TIMER_INIT(add, ran);
	size_t n = 77;

	assert_int_equal(dctx_timer_arm(&timer, 1), DCTX_OK);
	for (long i = 0; i < 3; i++) {
		refuse(i, true);
		if (dctx_timers_run_due(&n) == DCTX_OK)
			break;
		relent();
		assert_int_equal(n, 77);
		assert_int_equal(*(int *)ran, 0);
	}
	relent();
	assert_int_equal(n, 1);
	return ran;
}

static void without_memory_none_runs(void **state)
{
	pthread_t thread;
	int ran = 0;

	(void)state;
	assert_int_equal(dctx_timers_thread(false), DCTX_OK);
	assert_int_equal(
		pthread_create(&thread, NULL, run_without_memory, &ran), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(ran, 1);
	assert_null(dctxi_timers.runners);
	assert_int_equal(dctx_timers_thread(true), DCTX_OK);
}

static uint32_t wakes(void)
{
	return __atomic_load_n(&dctxi_timers.wake, __ATOMIC_ACQUIRE);
}

static int64_t sleeps_until(void)
{
	int64_t sleeps;

	dctxi_timers_lock();
	sleeps = dctxi_timers.sleeps;
	dctxi_timers_unlock();
	return sleeps;
}

/* Who arms says until when the thread sleeps before it does. */
static void until_it_sleeps_until(int64_t at)
{
	while (sleeps_until() != at)
		nap();
}

static bool arm_wakes(dctx_timer *timer, int64_t at)
{
	uint32_t before = wakes();

	assert_int_equal(dctx_timer_arm(timer, at), DCTX_OK);
	return wakes() == before + 1;
}

static void an_arm_wakes_the_thread_only_when_it_is_earlier(void **state)
{
	int ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(add, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	int64_t at = dctxi_clock() + LONG;
	uint32_t before;

	(void)state;
	assert_int_equal(dctx_timer_arm(&a, at), DCTX_OK);
	until_it_sleeps_until(at);
	before = wakes();
	assert_int_equal(dctx_timer_arm(&b, at), DCTX_OK);
	assert_int_equal(dctx_timer_arm(&b, at + 1), DCTX_OK);
	assert_int_equal(dctx_timer_disarm(&a), DCTX_OK);
	assert_int_equal(wakes(), before);
	/* It may be on its way once more: who is awake is not woken. */
	for (int tries = 0; !arm_wakes(&b, --at); tries++) {
		assert_in_range(tries, 0, 1000);
		until_it_sleeps_until(at);
	}
	before = wakes();
	assert_int_equal(dctx_timer_arm(&a, at), DCTX_OK);
	assert_int_equal(wakes(), before);
	assert_int_equal(dctx_timer_disarm(&a), DCTX_OK);
	assert_int_equal(dctx_timer_disarm(&b), DCTX_OK);
}

static void a_virtual_clock_is_what_timers_run_by(void **state)
{
	struct dctxi_virtual_clock clock = {1000, 0};
	int ran = 0;
	dctx_timer a = DCTX_TIMER_INIT(add, &ran);
	dctx_timer b = DCTX_TIMER_INIT(add, &ran);
	size_t n;

	(void)state;
	/* Ended, so that it is seen that none is made. */
	assert_int_equal(dctx_timers_thread(false), DCTX_OK);
	dctxi_clock_set_virtual(&clock);
	assert_int_equal(dctx_timers_thread(true), DCTX_OK);
	assert_int_equal(dctx_timer_arm(&a, 2000), DCTX_OK);
	assert_int_equal(dctx_timer_arm(&b, 5), DCTX_OK);
	assert_int_equal(dctxi_timers.state, DCTXI_THREAD_NONE);
	assert_int_equal(dctx_timers_run_due(&n), DCTX_OK);
	assert_int_equal(n, 1);
	clock.now = 1999;
	assert_int_equal(dctx_timers_run_due(&n), DCTX_OK);
	assert_int_equal(n, 0);
	clock.now = 2000;
	assert_int_equal(dctx_timers_run_due(&n), DCTX_OK);
	assert_int_equal(n, 1);
	dctxi_clock_set_virtual(NULL);
	assert_int_equal(dctx_timer_arm(&a, 1), DCTX_OK);
	wait_until(&ran, 3);
}

static void under_a_virtual_clock_the_thread_rests(void **state)
{
	static struct dctxi_virtual_clock clock = {INT64_MAX - 5, 0};
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);
	size_t n;

	(void)state;
	assert_int_equal(dctx_timer_arm(&timer, dctxi_clock() + LONG), DCTX_OK);
	while (sleeps_until() == INT64_MIN)
		nap();
	dctxi_clock_set_virtual(&clock);
	assert_int_equal(dctx_timer_arm(&timer, 1), DCTX_OK);
	for (int i = 0; i < 10; i++)
		nap();
	assert_int_equal(seen(&ran), 0);
	assert_int_equal(dctx_timers_run_due(&n), DCTX_OK);
	assert_int_equal(n, 1);
	/* What it did to the wheel's time makes nobody early. */
	dctxi_clock_set_virtual(NULL);
	assert_int_equal(dctx_timer_arm(&timer, dctxi_clock() + LONG), DCTX_OK);
	for (int i = 0; i < 10; i++)
		nap();
	assert_int_equal(dctx_timer_disarm(&timer), DCTX_OK);
	assert_int_equal(ran, 1);
}

static int deferred_ran;
static pthread_t deferred_on;

static void deferred(void)
{
	deferred_on = pthread_self();
	add(&deferred_ran);
}

static void kick(int signal)
{
	(void)signal;
	errno = ENOENT;
	dctxi_timers_kick();
}

static bool readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static void a_kick_in_a_handler_has_the_deferred_called(void **state)
{
	void (*before)(void) = dctxi_timers_deferred;
	int fd = -1;

	(void)state;
	dctxi_timers_deferred = deferred;
	assert_int_not_equal(signal(SIGUSR1, kick), SIG_ERR);
	/* The thread is there from the tests before. */
	assert_int_equal(raise(SIGUSR1), 0);
	wait_until(&deferred_ran, 1);
	assert_false(pthread_equal(deferred_on, pthread_self()));
	assert_int_equal(dctx_timers_thread(false), DCTX_OK);
	assert_int_equal(dctx_timers_fd(&fd), DCTX_OK);
	assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
	assert_false(readable(fd));
	assert_int_equal(dctx_timers_next_due(), DCTX_NO_DEADLINE);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_true(readable(fd));
	assert_true(dctx_timers_next_due() < dctxi_clock());
	assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
	assert_int_equal(deferred_ran, 2);
	assert_true(pthread_equal(deferred_on, pthread_self()));
	assert_false(readable(fd));
	assert_int_equal(dctx_timers_next_due(), DCTX_NO_DEADLINE);
	/* Turned on, the thread sees to what is left. */
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(dctx_timers_thread(true), DCTX_OK);
	wait_until(&deferred_ran, 3);
	assert_int_equal(dctx_timers_thread(false), DCTX_OK);
	dctxi_timers_deferred = NULL;
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(dctx_timers_run_due(NULL), DCTX_OK);
	dctxi_timers_deferred = before;
}

static void arm_tells_whether_it_moved(void **state)
{
	int ran = 0;
	dctx_timer timer = DCTX_TIMER_INIT(add, &ran);
	bool moved = true;

	(void)state;
	assert_int_equal(dctx_timers_thread(false), DCTX_OK);
	assert_int_equal(dctxi_timers_arm(&timer, 1, &moved), DCTX_OK);
	assert_false(moved);
	assert_int_equal(dctxi_timers_arm(&timer, 2, &moved), DCTX_OK);
	assert_true(moved);
	moved = false;
	assert_int_equal(dctxi_timers_arm(&timer, DCTX_NO_DEADLINE, &moved),
			 DCTX_OK);
	assert_true(moved);
	assert_int_equal(dctxi_timers_arm(&timer, DCTX_NO_DEADLINE, &moved),
			 DCTX_OK);
	assert_false(moved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_thread_nothing_is_armed),
		cmocka_unit_test(without_a_descriptor_there_is_none),
		cmocka_unit_test(without_memory_none_runs),
		cmocka_unit_test(
			an_arm_wakes_the_thread_only_when_it_is_earlier),
		cmocka_unit_test(a_virtual_clock_is_what_timers_run_by),
		cmocka_unit_test(under_a_virtual_clock_the_thread_rests),
		cmocka_unit_test(a_kick_in_a_handler_has_the_deferred_called),
		cmocka_unit_test(arm_tells_whether_it_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
