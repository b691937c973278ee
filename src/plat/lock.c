/* SPDX-License-Identifier: MIT */
#include "plat/lock.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void dctxi_lock(void)
{
	pthread_mutex_lock(&lock);
}

void dctxi_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/* Without memory for the handlers fork still works while nobody registers. */
__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(dctxi_lock, dctxi_unlock, dctxi_unlock);
}
