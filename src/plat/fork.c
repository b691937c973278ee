/* SPDX-License-Identifier: MIT */
#include "plat/fork.h"

#include <pthread.h>
#include <stddef.h>

static uint32_t count;

uint32_t dctxi_fork_count(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED);
}

/* The child has one thread: relaxed will do. */
static void forked(void)
{
	__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
}

/* Without memory for the handler a child counts as its parent. */
__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(NULL, NULL, forked);
}
