/* SPDX-License-Identifier: MIT */
/*
 * dctx/lock.h - locks that are waited for no longer than the current context
 * lasts: one of our own, which is woken at once, and stand-ins for those of the
 * C library, which look every 10 ms.
 *
 *     static dctx_mutex cache_lock = DCTX_MUTEX_INIT;
 *
 *     error = dctx_mutex_lock(&cache_lock);
 *     if (error != 0)                       // ECANCELED or ETIMEDOUT
 *             return error;
 *     ...
 *     dctx_mutex_unlock(&cache_lock);
 */
#ifndef DCTX_LOCK_H
#define DCTX_LOCK_H

#include <dctx/done.h>

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A mutex of one process. Initialized by DCTX_MUTEX_INIT or by zeros; needs no
 * end. Its words are the library's. Not recursive; no fairness is promised, and
 * no priority is passed on.
 * After fork(2) the child has it as it was: held for ever, where another thread
 * held it. Since: 0.1.
 */
typedef struct dctx_mutex {
	uint32_t state;
	uint32_t guard;
	void *first, *last;
} dctx_mutex;

/* A mutex that is free. Since: 0.1. */
#define DCTX_MUTEX_INIT                                                        \
	{                                                                      \
		0, 0, NULL, NULL                                               \
	}

/*
 * Locks a mutex. Where the context is over at the call, it is not locked, free
 * or not.
 * Returns: 0; ECANCELED, ETIMEDOUT: not locked; ENOMEM: neither. errno is left
 * alone. Threads: any. Blocks: while another thread has it, as long as the
 * context lasts. Signals do not end it. Allocates: when it blocks below a
 * cancel source. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE int dctx_mutex_lock(dctx_mutex *mutex);

/*
 * Locks a mutex if it is free; asks no context.
 * Returns: 0 or EBUSY. Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE int dctx_mutex_trylock(dctx_mutex *mutex);

/*
 * Unlocks a mutex that this thread locked.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API void dctx_mutex_unlock(dctx_mutex *mutex);

/*
 * pthread_mutex_lock, as long as the context lasts, looking every 10 ms.
 * Returns: what the original returns, with EOWNERDEAD among it; ECANCELED or
 * ETIMEDOUT: not locked. errno is left alone. Threads: any. Blocks: yes.
 * Allocates: never. Since: 0.1.
 */
DCTX_API int dctx_pthread_mutex_lock(pthread_mutex_t *mutex);

/*
 * pthread_cond_wait, as long as the context lasts, in slices of 10 ms: it
 * returns 0 after each, which POSIX.1-2017 (pthread_cond_wait) calls a spurious
 * wake-up, so that the caller looks at its predicate. `clock` is the one that
 * the condition was made with (pthread_condattr_setclock): the short form's is
 * CLOCK_REALTIME, the default.
 *
 *     while (!ready && error == 0)
 *             error = dctx_pthread_cond_wait(&condition, &mutex);
 *
 * Returns: what the original returns; ECANCELED or ETIMEDOUT when the context
 * is over. The mutex is held again in each case. errno is left alone; a
 * cancellation point. Threads: any. Blocks: yes. Allocates: never. Since: 0.1.
 */
DCTX_API int dctx_pthread_cond_wait_clock(pthread_cond_t *condition,
					  pthread_mutex_t *mutex,
					  clockid_t clock);
DCTX_API int dctx_pthread_cond_wait(pthread_cond_t *condition,
				    pthread_mutex_t *mutex);

/*
 * sem_wait, as long as the context lasts, looking every 10 ms.
 * Returns: 0; -1 with errno: what the original sets (EINTR as in dctx/io.h),
 * ECANCELED or ETIMEDOUT, and nothing is taken. A cancellation point. Threads:
 * any. Blocks: yes. Allocates: never. Since: 0.1.
 */
DCTX_API int dctx_sem_wait(sem_t *semaphore);

#ifdef __cplusplus
}
#endif
#endif
