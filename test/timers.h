/* SPDX-License-Identifier: MIT */
/*
 * timers.h - what the tests of the process's timers share: counts that timers
 * move, and waiting for them.
 */
#ifndef DCTXT_TIMERS_H
#define DCTXT_TIMERS_H

#include "kit.h"

#include <poll.h>
#include <time.h>

/* More than any machine takes. */
#define LONG (60 * DCTX_S)

static inline void nap(void)
{
	const struct timespec ms = {0, 1000000};

	nanosleep(&ms, NULL);
}

static inline int seen(const int *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

/* Fails where something that must come does not. */
static inline void wait_until(const int *count, int enough)
{
	int64_t until = dctx_deadline_in(LONG);

	while (seen(count) < enough) {
		assert_true(dctx_now() < until);
		nap();
	}
}

static inline void add(void *count)
{
	__atomic_fetch_add((int *)count, 1, __ATOMIC_ACQ_REL);
}

static inline void arm_at(dctx_timer *timer, int64_t at)
{
	assert_int_equal(dctx_timer_arm(timer, at), DCTX_OK);
}

static inline void arm_in(dctx_timer *timer, int64_t ns)
{
	arm_at(timer, dctx_deadline_in(ns));
}

/* How many it ran. */
static inline size_t run_due(void)
{
	size_t ran = 12345;

	assert_int_equal(dctx_timers_run_due(&ran), DCTX_OK);
	return ran;
}

/* The library's thread. */
static inline void thread(bool on)
{
	assert_int_equal(dctx_timers_thread(on), DCTX_OK);
}

/* For tests that begin without the thread and leave no timer armed. */
static inline int begin_off(void **state)
{
	thread(false);
	return dctxt_begin(state);
}

static inline int end_off(void **state)
{
	assert_int_equal(dctx_timers_next_due(), DCTX_NO_DEADLINE);
	return dctxt_end(state);
}

#define DCTXT_TEST_OFF(f) cmocka_unit_test_setup_teardown(f, begin_off, end_off)

static inline bool readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

#endif
