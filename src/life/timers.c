/* SPDX-License-Identifier: MIT */
/*
 * The shared timers: one wheel, one lock, and a thread that sleeps until the
 * earliest is due.
 *
 * Theory. The lock guards the wheel, the timers that are armed in it, and all
 * below but `kicked`, `wakes` and `event`, which a signal handler touches. No
 * function is called under it. The thread reads `wakes` under the lock, then
 * sleeps on it; who makes the sleep too long moves it first, so no wake-up is
 * lost. It sleeps by the fine clock until the very deadline.
 *
 * The thread has all signals blocked. If a timer's function ends it, another is
 * started in its place. fork(2): the lock is held across it; the child has the
 * timers, and no thread until one is armed there or time is asked for.
 */
#include "life/timers.h"

#include "data/fail.h"
#include "life/wheel.h"
#include "plat/clock.h"
#include "plat/event.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct dctx_wheel wheel;
static bool made;
static size_t armed;
static bool forbidden;	     /* to have a thread */
static bool running;	     /* a thread */
static int64_t sleeps_until; /* the driver; INT64_MIN: it is awake */
static uint32_t wakes;
static bool kicked;
static int event = -1;

void (*dctxi_timers_deferred)(void);

static void wheel_lock(void)
{
	pthread_mutex_lock(&lock);
	if (!made)
		dctxi_wheel_init(&wheel, dctxi_clock());
	made = true;
}

static void wheel_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

/* The descriptor is the parent's. */
static void in_child(void)
{
	int fd = __atomic_exchange_n(&event, -1, __ATOMIC_RELAXED);

	running = false;
	sleeps_until = INT64_MIN;
	pthread_mutex_unlock(&lock);
	if (fd >= 0)
		dctxi_event_close(fd);
}

__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(before_fork, wheel_unlock, in_child);
}

static void wake(void)
{
	int fd = __atomic_load_n(&event, __ATOMIC_ACQUIRE);

	__atomic_fetch_add(&wakes, 1, __ATOMIC_RELEASE);
	dctxi_futex_wake(&wakes, 1);
	if (fd >= 0)
		dctxi_event_set(fd);
}

void dctxi_timers_kick(void)
{
	__atomic_store_n(&kicked, true, __ATOMIC_RELEASE);
	wake();
}

static void do_deferred(void)
{
	if (__atomic_load_n(&kicked, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&kicked, false, __ATOMIC_ACQUIRE) &&
	    dctxi_timers_deferred != NULL)
		dctxi_timers_deferred();
}

/* Fires what is due, each with the lock let go meanwhile. */
static size_t run_due(void)
{
	size_t ran = 0;

	do_deferred();
	wheel_lock();
	dctxi_wheel_collect(&wheel, dctxi_clock());
	for (;;) {
		dctx_timer *timer = dctxi_wheel_take(&wheel);
		void (*fn)(void *);
		void *arg;

		if (timer == NULL)
			break;
		armed--;
		fn = timer->fn;
		arg = timer->arg;
		wheel_unlock();
		ran++;
		fn(arg);
		wheel_lock();
	}
	wheel_unlock();
	return ran;
}

/* One turn of the thread; false when it is not wanted any more. */
static bool turn(void)
{
	int64_t until;
	uint32_t seen;

	(void)run_due();
	wheel_lock();
	until = dctxi_wheel_next(&wheel);
	if (dctxi_clock_virtual() != NULL)
		until = DCTX_NO_DEADLINE;
	sleeps_until = until;
	seen = __atomic_load_n(&wakes, __ATOMIC_ACQUIRE);
	if (forbidden) {
		wheel_unlock();
		return false;
	}
	wheel_unlock();
	if (!__atomic_load_n(&kicked, __ATOMIC_ACQUIRE))
		(void)dctxi_futex_wait(&wakes, seen, until);
	wheel_lock();
	sleeps_until = INT64_MIN;
	wheel_unlock();
	return true;
}

static dctx_status start(void);

/* The thread ends, by itself or in a timer's function. */
static void ended(void *arg)
{
	(void)arg;
	wheel_lock();
	running = false;
	if (!forbidden && armed > 0)
		(void)start();
	wheel_unlock();
}

static void *run(void *arg)
{
	(void)arg;
	dctxi_thread_name("dctx-timers");
	pthread_cleanup_push(ended, NULL);
	while (turn())
		continue;
	pthread_cleanup_pop(1);
	return NULL;
}

/* Under the lock. */
static dctx_status start(void)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	if (forbidden || running)
		return DCTX_OK;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = dctxi_thread_create(&thread, NULL, run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		return dctxi_fail_system(error);
	(void)pthread_detach(thread);
	running = true;
	return DCTX_OK;
}

static void rearm(dctx_timer *timer, int64_t deadline)
{
	if (deadline != DCTX_NO_DEADLINE) {
		armed += !dctxi_timer_armed(timer);
		dctxi_wheel_arm(&wheel, timer, deadline);
	} else if (dctxi_timer_armed(timer)) {
		armed--;
		dctxi_wheel_disarm(&wheel, timer);
	}
}

dctx_status dctxi_timers_arm(dctx_timer *timer, int64_t deadline,
			     bool *out_was_armed)
{
	dctx_status status = DCTX_OK;
	bool sooner;

	wheel_lock();
	*out_was_armed = dctxi_timer_armed(timer);
	if (deadline != DCTX_NO_DEADLINE && !running)
		status = start();
	if (status == DCTX_OK)
		rearm(timer, deadline);
	sooner = status == DCTX_OK && deadline < sleeps_until;
	/* Once is enough. */
	if (sooner)
		sleeps_until = deadline;
	wheel_unlock();
	if (sooner)
		wake();
	return status;
}

dctx_status dctx_timer_arm(dctx_timer *timer, int64_t deadline)
{
	bool was_armed;

	if (timer == NULL)
		return dctxi_fail(DCTX_INVALID, "timer");
	return dctxi_timers_arm(timer, deadline, &was_armed);
}

dctx_status dctx_timer_disarm(dctx_timer *timer)
{
	dctx_status status = DCTX_STALE;

	if (timer == NULL)
		return dctxi_fail(DCTX_INVALID, "timer");
	wheel_lock();
	if (dctxi_timer_armed(timer)) {
		rearm(timer, DCTX_NO_DEADLINE);
		status = DCTX_OK;
	}
	wheel_unlock();
	return status;
}

dctx_status dctx_timers_thread(bool allowed)
{
	dctx_status status = DCTX_OK;

	wheel_lock();
	forbidden = !allowed;
	if (allowed && armed > 0)
		status = start();
	wheel_unlock();
	wake();
	return status;
}

int64_t dctx_timers_next_due(void)
{
	int64_t due;

	wheel_lock();
	due = dctxi_wheel_next(&wheel);
	if (!running)
		sleeps_until = due;
	wheel_unlock();
	if (__atomic_load_n(&kicked, __ATOMIC_ACQUIRE))
		due = 0;
	return due;
}

dctx_status dctx_timers_run_due(size_t *out_ran)
{
	int fd = __atomic_load_n(&event, __ATOMIC_ACQUIRE);
	size_t ran;

	if (fd >= 0)
		dctxi_event_unset(fd);
	ran = run_due();
	if (out_ran != NULL)
		*out_ran = ran;
	return DCTX_OK;
}

dctx_status dctx_timers_fd(int *out)
{
	dctx_status status = DCTX_OK;
	int before = errno, fd;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "timers");
	wheel_lock();
	fd = event;
	if (fd < 0) {
		fd = dctxi_event_open();
		if (fd < 0)
			status = dctxi_fail_system(errno);
		else
			__atomic_store_n(&event, fd, __ATOMIC_RELEASE);
	}
	wheel_unlock();
	errno = before;
	if (status == DCTX_OK)
		*out = fd;
	return status;
}
