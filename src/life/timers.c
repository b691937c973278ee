/* SPDX-License-Identifier: MIT */
/* Arming and disarming the process's timers, and what a user's loop asks. */
#include "life/timers.h"

#include "data/fail.h"
#include "life/timers_state.h"
#include "plat/clock.h"
#include "plat/event.h"
#include "plat/futex.h"

#include <errno.h>
#include <limits.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)

struct dctxi_timers dctxi_timers = {
	.alert = INT64_MAX,
	.sleeps = INT64_MAX,
	.told = INT64_MIN,
	.fd = -1,
	.on = true,
};

void (*dctxi_timers_deferred)(void);

#define T (&dctxi_timers)

void dctxi_timers_sleep(int64_t thread, int64_t told)
{
	T->sleeps = thread;
	T->told = told;
	T->alert = thread > told ? thread : told;
}

int64_t dctxi_timers_no_thread(void)
{
	return T->on ? INT64_MAX : INT64_MIN;
}

void dctxi_timers_wake(void)
{
	/* Release what the thread is to find, which reads this first. */
	__atomic_fetch_add(&T->wake, 1, __ATOMIC_RELEASE);
	dctxi_futex_wake(&T->wake, 1);
}

void dctxi_timers_ended(void)
{
	if (LIKELY(T->waiting == 0))
		return;
	/* Relaxed: under the lock; only the futex reads it without. */
	__atomic_fetch_add(&T->ended, 1, __ATOMIC_RELAXED);
	dctxi_futex_wake(&T->ended, INT_MAX);
}

void dctxi_timers_await_end(void)
{
	uint32_t seen = __atomic_load_n(&T->ended, __ATOMIC_RELAXED);

	T->waiting++;
	dctxi_timers_unlock();
	(void)dctxi_futex_wait(&T->ended, seen, DCTX_NO_DEADLINE);
	dctxi_timers_lock();
	T->waiting--;
}

static void ring(void)
{
	/* Sequentially consistent, as are dctx_timers_fd's store and the look
	 * at `kicked` in dctx_timers_next_due: of a kick and of a loop that
	 * has just got its descriptor one sees the other. */
	int fd = __atomic_load_n(&T->fd, __ATOMIC_SEQ_CST);

	if (fd >= 0)
		dctxi_event_set(fd);
}

void dctxi_timers_kick(void)
{
	/* Release what is deferred: an exchange, so that who sees a later kick
	 * has acquired the earlier ones, too. See ring. */
	(void)__atomic_exchange_n(&T->kicked, 1, __ATOMIC_SEQ_CST);
	dctxi_timers_wake();
	ring();
}

/* Under the lock, on a timer that has a function. */
static inline dctx_status take_out(dctx_timer *timer)
{
	if (!dctxi_timer_armed(timer))
		return DCTX_STALE;
	if (timer->wheel != &T->wheel)
		return DCTX_BUSY;
	dctxi_wheel_disarm(&T->wheel, timer);
	return DCTX_OK;
}

/* Under the lock. */
static inline void put_in(dctx_timer *timer, int64_t deadline, bool *out_moved)
{
	*out_moved = dctxi_timer_armed(timer);
	dctxi_wheel_arm(&T->wheel, timer, deadline);
}

/* Whoever would sleep for too long is woken. */
static __attribute__((noinline)) dctx_status
arm_earlier(dctx_timer *timer, int64_t deadline, bool *out_moved)
{
	bool wake = false, told = false;
	dctx_status status = dctxi_timers_start();

	if (status != DCTX_OK)
		return status;
	dctxi_timers_lock();
	status = dctxi_wheel_may_arm(&T->wheel, timer);
	if (status == DCTX_OK) {
		put_in(timer, deadline, out_moved);
		wake = T->state == DCTXI_THREAD_RUNNING && deadline < T->sleeps;
		told = deadline < T->told;
		dctxi_timers_sleep(wake ? deadline : T->sleeps,
				   told ? deadline : T->told);
	}
	dctxi_timers_unlock();
	if (wake)
		dctxi_timers_wake();
	if (told)
		ring();
	return status == DCTX_OK ? status : dctxi_fail(status, "timer");
}

static inline dctx_status arm(dctx_timer *timer, int64_t deadline,
			      bool *out_moved)
{
	dctx_status status;

	if (deadline == DCTX_NO_DEADLINE) {
		status = dctx_timer_disarm(timer);
		if (status == DCTX_OK || status == DCTX_STALE)
			*out_moved = status == DCTX_OK;
		return status == DCTX_STALE ? DCTX_OK : status;
	}
	/* The lock holds up what is read after it. */
	__builtin_prefetch(timer, 1);
	dctxi_timers_lock();
	status = dctxi_wheel_may_arm(&T->wheel, timer);
	if (LIKELY(status == DCTX_OK && deadline >= T->alert)) {
		put_in(timer, deadline, out_moved);
		dctxi_timers_unlock();
		return DCTX_OK;
	}
	dctxi_timers_unlock();
	if (status != DCTX_OK)
		return dctxi_fail(status, "timer");
	return arm_earlier(timer, deadline, out_moved);
}

dctx_status dctxi_timers_arm(dctx_timer *timer, int64_t deadline,
			     bool *out_moved)
{
	return arm(timer, deadline, out_moved);
}

dctx_status dctx_timer_arm(dctx_timer *timer, int64_t deadline)
{
	bool moved;

	return arm(timer, deadline, &moved);
}

dctx_status dctx_timer_disarm(dctx_timer *timer)
{
	dctx_status status;

	if (timer == NULL)
		return dctxi_fail(DCTX_INVALID, "timer");
	__builtin_prefetch(timer, 1);
	dctxi_timers_lock();
	status = take_out(timer);
	dctxi_timers_unlock();
	return LIKELY(status != DCTX_BUSY) ? status
					   : dctxi_fail(status, "timer");
}

/* Under the lock: whether another thread is in the timer's function. */
static bool runs_elsewhere(const dctx_timer *timer)
{
	const struct dctxi_runner *runner = T->runners;

	for (; runner != NULL; runner = runner->next)
		if (runner->timer == timer &&
		    !pthread_equal(runner->thread, pthread_self()))
			return true;
	return false;
}

dctx_status dctx_timer_disarm_wait(dctx_timer *timer)
{
	dctx_status status;

	if (timer == NULL)
		return dctxi_fail(DCTX_INVALID, "timer");
	dctxi_timers_lock();
	status = take_out(timer);
	while (status != DCTX_BUSY && runs_elsewhere(timer)) {
		dctxi_timers_await_end();
		(void)take_out(timer);
	}
	dctxi_timers_unlock();
	return status != DCTX_BUSY ? status : dctxi_fail(status, "timer");
}

int64_t dctx_timers_next_due(void)
{
	int64_t next;

	dctxi_timers_lock();
	next = dctxi_wheel_next(&T->wheel);
	/* Relaxed: a number. */
	if (__atomic_load_n(&T->fd, __ATOMIC_RELAXED) >= 0)
		dctxi_timers_sleep(T->sleeps, next);
	dctxi_timers_unlock();
	/* After it: a later kick sets the descriptor. */
	return __atomic_load_n(&T->kicked, __ATOMIC_SEQ_CST) ? INT64_MIN : next;
}

dctx_status dctx_timers_fd(int *out_fd)
{
	int before = errno, error = 0, fd;

	if (out_fd == NULL)
		return dctxi_fail(DCTX_INVALID, "timers");
	dctxi_mutex_lock(&T->setup);
	/* Relaxed: under `setup`, which all who make it hold. */
	fd = __atomic_load_n(&T->fd, __ATOMIC_RELAXED);
	if (fd < 0) {
		fd = dctxi_event_open();
		error = fd < 0 ? errno : 0;
		__atomic_store_n(&T->fd, fd, __ATOMIC_SEQ_CST);
	}
	dctxi_mutex_unlock(&T->setup);
	errno = before;
	if (error != 0)
		return dctxi_fail_system(error);
	*out_fd = fd;
	return DCTX_OK;
}

static void before_fork(void)
{
	dctxi_mutex_lock(&T->setup);
	dctxi_timers_lock();
}

static void after_fork(void)
{
	dctxi_timers_unlock();
	dctxi_mutex_unlock(&T->setup);
}

static void in_child(void)
{
	struct dctxi_runner **link = &T->runners;

	while (*link != NULL) {
		if (pthread_equal((*link)->thread, pthread_self()))
			link = &(*link)->next;
		else
			*link = (*link)->next;
	}
	T->waiting = 0;
	if (T->fd >= 0)
		dctxi_event_close(T->fd);
	T->fd = -1;
	T->told = INT64_MIN;
	dctxi_timers_thread_forked();
	dctxi_mutex_unlock_in_child(&T->lock);
	dctxi_mutex_unlock_in_child(&T->setup);
}

/* Without memory for the handlers fork still works while nobody arms. */
__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(before_fork, after_fork, in_child);
}
