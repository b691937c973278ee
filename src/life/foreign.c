/* SPDX-License-Identifier: MIT */
/*
 * Stand-ins for the C library's locks, which nobody but the C library can wake:
 * they are waited for in slices, with a look at the context after each.
 *
 * Nothing is lost in between. A mutex or a semaphore is a state, which the next
 * slice finds. A condition is not: whoever shows the predicate under the mutex
 * and signals after letting go of it may do so between two slices, when nobody
 * waits, though the slice before had not seen the predicate. So a slice that
 * ends is a wake-up: its caller looks at the predicate, with the mutex held,
 * and the signal is no longer needed. A slice that ends for a signal returns 0
 * also when the context is over, or that signal would be lost to other waiters.
 */
#include "life/transfer.h"
#include "plat/clock.h"
#include "plat/foreign.h"

#include <dctx/lock.h>

#include <errno.h>

static int lock_mutex(void *mutex, int64_t until)
{
	return dctxi_mutex_until(mutex, until);
}

static int take_semaphore(void *semaphore, int64_t until)
{
	return dctxi_semaphore_until(semaphore, until);
}

struct condition {
	pthread_cond_t *condition;
	pthread_mutex_t *mutex;
	clockid_t clock;
};

static int await_condition(void *arg, int64_t until)
{
	const struct condition *c = arg;

	return dctxi_condition_until(c->condition, c->mutex, c->clock, until);
}

/* Waits for one slice. Returns what came of it, and whether it is to be the
 * last; where the slice just ended, why the context is over, or 0. */
static int slice_of(dctxi_sleep *take, void *lock, bool *out_last)
{
	int64_t until = dctxi_slice_end(DCTX_NO_DEADLINE);
	int error = dctxi_block(take, lock, until);

	*out_last = error != ETIMEDOUT;
	if (*out_last)
		return error;
	(void)dctxi_clock_pass(until);
	return dctxi_over();
}

int dctx_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	bool taken = false;
	int error;

	if (!dctxi_may_end())
		return pthread_mutex_lock(mutex);
	error = dctxi_over();
	while (error == 0 && !taken)
		error = slice_of(lock_mutex, mutex, &taken);
	return error;
}

int dctx_pthread_cond_wait_clock(pthread_cond_t *condition,
				 pthread_mutex_t *mutex, clockid_t clock)
{
	struct condition c = {condition, mutex, clock};
	bool woken;
	int error;

	if (!dctxi_may_end())
		return pthread_cond_wait(condition, mutex);
	error = dctxi_over();
	return error != 0 ? error : slice_of(await_condition, &c, &woken);
}

int dctx_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	return dctx_pthread_cond_wait_clock(condition, mutex, CLOCK_REALTIME);
}

int dctx_sem_wait(sem_t *semaphore)
{
	bool taken = false;
	int error;

	if (!dctxi_may_end())
		return sem_wait(semaphore);
	error = dctxi_over();
	while (error == 0 && !taken) {
		error = slice_of(take_semaphore, semaphore, &taken);
		if (error != EINTR || dctxi_interrupts(false))
			continue;
		error = dctxi_over();
		taken = false;
	}
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}
