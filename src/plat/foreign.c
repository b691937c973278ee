/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pthread_mutex_clocklock and its like */
#include "plat/foreign.h"

#include "plat/clock.h"

#include <errno.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

/* gcc's and older clang's thread sanitizers do not know the new calls, and
 * would take the mutex for free. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OLD_CALLS 1
#endif
#endif
#if !defined(OLD_CALLS) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__)
#if __GLIBC_PREREQ(2, 30)
#define NEW_CALLS 1
#endif
#endif

/* A point on the monotonic clock, which may be a virtual one, as one on the
 * system's. */
static struct timespec on_clock(clockid_t clock, int64_t until)
{
	int64_t left = until - dctxi_clock(), at;
	struct timespec now;

	(void)clock_gettime(clock, &now);
	at = (int64_t)now.tv_sec * SECOND + now.tv_nsec + left;
	return (struct timespec){.tv_sec = (time_t)(at / SECOND),
				 .tv_nsec = (long)(at % SECOND)};
}

int dctxi_semaphore_until(sem_t *semaphore, int64_t until)
{
	int before = errno, error = 0, failed;
#ifdef NEW_CALLS
	struct timespec at = on_clock(CLOCK_MONOTONIC, until);

	failed = sem_clockwait(semaphore, CLOCK_MONOTONIC, &at);
#else
	struct timespec at = on_clock(CLOCK_REALTIME, until);

	failed = sem_timedwait(semaphore, &at);
#endif
	if (failed)
		error = errno;
	errno = before;
	return error;
}

int dctxi_mutex_until(pthread_mutex_t *mutex, int64_t until)
{
	struct timespec at;
#ifdef NEW_CALLS
	int error;

	at = on_clock(CLOCK_MONOTONIC, until);
	error = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &at);
	/* A kernel before 5.14 knows one clock for priority inheritance. */
	if (error != EINVAL)
		return error;
#endif
	at = on_clock(CLOCK_REALTIME, until);
	return pthread_mutex_timedlock(mutex, &at);
}

int dctxi_condition_until(pthread_cond_t *condition, pthread_mutex_t *mutex,
			  clockid_t clock, int64_t until)
{
#ifdef NEW_CALLS
	struct timespec at = on_clock(CLOCK_MONOTONIC, until);

	(void)clock;
	return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &at);
#else
	struct timespec at = on_clock(clock, until);

	return pthread_cond_timedwait(condition, mutex, &at);
#endif
}
