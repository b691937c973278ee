/* SPDX-License-Identifier: MIT */
#include "plat/mutex.h"

#include "plat/futex.h"

#include <time.h>

uint32_t dctxi_mutex_marks = 1;

/* How often a holder that runs gets to let go before somebody sleeps. */
#define TRIES 100

static inline void pause_a_little(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb");
#endif
}

/* By the system's clock, whatever a test's virtual one says. */
static int64_t in_a_millisecond(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + 1000000;
}

void dctxi_mutex_lock_slow(struct dctxi_mutex *mutex)
{
	for (int i = 0; i < TRIES; i++) {
		pause_a_little();
		if (__atomic_load_n(&mutex->word, __ATOMIC_RELAXED) == 0 &&
		    dctxi_mutex_try(mutex))
			return;
	}
	__atomic_fetch_add(&mutex->sleepers, 1, __ATOMIC_SEQ_CST);
	while (!dctxi_mutex_try(mutex))
		(void)dctxi_futex_wait(&mutex->word, dctxi_mutex_mark(),
				       in_a_millisecond());
	__atomic_fetch_sub(&mutex->sleepers, 1, __ATOMIC_RELAXED);
}

/* Of several threads of the child one inherits it, and the others wait. */
bool dctxi_mutex_lock_left(struct dctxi_mutex *mutex)
{
	uint32_t is = __atomic_load_n(&mutex->word, __ATOMIC_RELAXED);
	uint32_t mark = dctxi_mutex_mark();

	if (is != 0 && is != mark &&
	    __atomic_compare_exchange_n(&mutex->word, &is, mark, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return true;
	dctxi_mutex_lock_slow(mutex);
	return false;
}

void dctxi_mutex_wake(struct dctxi_mutex *mutex)
{
	dctxi_futex_wake(&mutex->word, 1);
}
