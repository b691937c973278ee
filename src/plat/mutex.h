/* SPDX-License-Identifier: MIT */
/*
 * A lock that is held for a few instructions: one atomic operation when nobody
 * else wants it, which is half of what a pthread mutex takes.
 *
 * Theory. The word is 1 while it is held. Who has to sleep counts itself in
 * `sleepers`, looks again, and sleeps on the word. Who lets go looks at the
 * count, then stores 0, and touches neither after that: whoever has the lock
 * next may free it, as the one that takes the last reference under it does. It
 * can miss somebody who has just counted itself and still saw 1. A sleeper
 * therefore looks again after a millisecond. The word is taken with acquire and
 * let go with release; the count's order only makes that miss rarer. A wake
 * uses no more than the word's address, and wakes nobody where it is gone.
 */
#ifndef DCTXI_MUTEX_H
#define DCTXI_MUTEX_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: free. */
struct dctxi_mutex {
	uint32_t word;
	uint32_t sleepers;
};

void dctxi_mutex_lock_slow(struct dctxi_mutex *mutex);
void dctxi_mutex_wake(struct dctxi_mutex *mutex);

static inline bool dctxi_mutex_try(struct dctxi_mutex *mutex)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(&mutex->word, &free, 1, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void dctxi_mutex_lock(struct dctxi_mutex *mutex)
{
	if (__builtin_expect(!dctxi_mutex_try(mutex), 0))
		dctxi_mutex_lock_slow(mutex);
}

static inline void dctxi_mutex_unlock(struct dctxi_mutex *mutex)
{
	uint32_t sleepers = __atomic_load_n(&mutex->sleepers, __ATOMIC_RELAXED);

	__atomic_store_n(&mutex->word, 0, __ATOMIC_RELEASE);
	if (__builtin_expect(sleepers != 0, 0))
		dctxi_mutex_wake(mutex);
}

/* Lets go in a fork's child, where nobody else is who could sleep; atomic for
 * checkers, to whom its threads are those of the parent. */
static inline void dctxi_mutex_unlock_in_child(struct dctxi_mutex *mutex)
{
	__atomic_store_n(&mutex->sleepers, 0, __ATOMIC_RELAXED);
	dctxi_mutex_unlock(mutex);
}

#endif
