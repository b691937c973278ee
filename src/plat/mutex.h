/* SPDX-License-Identifier: MIT */
/*
 * A lock of one word for a few instructions: two atomic operations when nobody
 * else wants it, a system call when somebody had to sleep. All zero: free.
 */
#ifndef DCTXI_MUTEX_H
#define DCTXI_MUTEX_H

#include <stdbool.h>
#include <stdint.h>

struct dctxi_mutex {
	uint32_t word; /* 0: free, 1: held, 2: held, and others may sleep */
};

void dctxi_mutex_lock_slow(struct dctxi_mutex *mutex);
void dctxi_mutex_wake(struct dctxi_mutex *mutex);

static inline void dctxi_mutex_lock(struct dctxi_mutex *mutex)
{
	uint32_t free = 0;

	if (!__atomic_compare_exchange_n(&mutex->word, &free, 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		dctxi_mutex_lock_slow(mutex);
}

static inline void dctxi_mutex_unlock(struct dctxi_mutex *mutex)
{
	if (__atomic_exchange_n(&mutex->word, 0, __ATOMIC_RELEASE) == 2)
		dctxi_mutex_wake(mutex);
}

#endif
