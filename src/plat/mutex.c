/* SPDX-License-Identifier: MIT */
#include "plat/mutex.h"

#include "plat/futex.h"

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

void dctxi_mutex_lock_slow(struct dctxi_mutex *mutex)
{
	for (int i = 0; i < TRIES; i++) {
		uint32_t free = 0;

		pause_a_little();
		if (__atomic_load_n(&mutex->word, __ATOMIC_RELAXED) == 0 &&
		    __atomic_compare_exchange_n(&mutex->word, &free, 1, false,
						__ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return;
	}
	/* Who slept takes it as "others may sleep": it cannot know. */
	while (__atomic_exchange_n(&mutex->word, 2, __ATOMIC_ACQUIRE) != 0)
		(void)dctxi_futex_wait(&mutex->word, 2, INT64_MAX);
}

void dctxi_mutex_wake(struct dctxi_mutex *mutex)
{
	dctxi_futex_wake(&mutex->word, 1);
}
