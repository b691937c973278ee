/* SPDX-License-Identifier: MIT */
/*
 * A lock that is held for a few instructions: one atomic operation when nobody
 * else wants it, which is half of what a pthread mutex takes.
 *
 * Theory. The word is 0, or, while it is held, the process's mark. Who has to
 * sleep counts itself in `sleepers`, looks again, and sleeps on the word. Who
 * lets go looks at the count, then stores 0, and touches neither after that:
 * whoever has the lock next may free it, as the one that takes the last
 * reference under it does. It can miss somebody who has just counted itself and
 * still saw it held. A sleeper therefore looks again after a millisecond. The
 * word is taken with acquire and let go with release; the count's order only
 * makes that miss rarer. A wake uses no more than the word's address, and wakes
 * nobody where it is gone.
 *
 * In a child of fork(3) the mark is another. A lock that another thread held at
 * the fork is held there for ever, unless the owner took it before
 * (pthread_atfork), or takes it as what it is: left behind, with what stands
 * under it half done.
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

/* Written in a child that has one thread yet, by plat/fork.c; atomic for
 * checkers. */
extern uint32_t dctxi_mutex_marks;

static inline uint32_t dctxi_mutex_mark(void)
{
	return __atomic_load_n(&dctxi_mutex_marks, __ATOMIC_RELAXED);
}

void dctxi_mutex_lock_slow(struct dctxi_mutex *mutex);
bool dctxi_mutex_lock_left(struct dctxi_mutex *mutex);
void dctxi_mutex_wake(struct dctxi_mutex *mutex);

static inline bool dctxi_mutex_try(struct dctxi_mutex *mutex)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(&mutex->word, &free,
					   dctxi_mutex_mark(), false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void dctxi_mutex_lock(struct dctxi_mutex *mutex)
{
	if (__builtin_expect(!dctxi_mutex_try(mutex), 0))
		dctxi_mutex_lock_slow(mutex);
}

/* Takes it also where it was left behind in a fork's parent. True: it was, and
 * what stands under it may be half of something. */
static inline bool dctxi_mutex_lock_or_inherit(struct dctxi_mutex *mutex)
{
	if (__builtin_expect(dctxi_mutex_try(mutex), 1))
		return false;
	return dctxi_mutex_lock_left(mutex);
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
