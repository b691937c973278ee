/* SPDX-License-Identifier: MIT */
/*
 * A pool, or, with `each`, threads that run one item and end.
 *
 * Theory. All of it is under the executor's lock but what is set once. A thread
 * is `idle` from when its start is decided until it takes an item, and between
 * items. A queue has room for one item an idle thread, which takes it at once,
 * and for `room` more that wait. A thread is started when there are as many
 * items as idle threads, before the item goes in; where the system refuses,
 * those that are there do it, and with none the item is refused.
 *
 * Idle threads sleep on `work`, which is changed under the lock by who puts an
 * item in, or shuts down; submitters that wait for room are `comers`. Threads
 * are detached; the last thing each does is to take itself off `threads` and
 * give its reference back.
 */
#ifndef DCTXI_POOL_H
#define DCTXI_POOL_H

#include "work/executor.h"

#include <pthread.h>

struct dctxi_pool {
	struct dctx_executor executor; /* first */
	/* Set once. */
	char name[16];
	unsigned most; /* threads */
	unsigned room;
	dctx_when_full when_full;
	bool each;
	pthread_attr_t attr;
	/* Under the lock. */
	struct dctx_runnable *first, *last;
	uint32_t queued, idle;
	uint32_t work;
	struct dctxi_sleepers comers;
};

/* The first that waits, taken out; NULL: none. Under the lock. */
struct dctx_runnable *dctxi_pool_pop(struct dctxi_pool *pool);

/* Wakes who waits for room. Under the lock. */
void dctxi_pool_has_room(struct dctxi_pool *pool);

/* Starts a thread that was counted, as idle and with a reference. Returns what
 * pthread_create did. Not under the lock. */
int dctxi_pool_start(struct dctxi_pool *pool);

/* Whether this thread is one of that pool's. */
bool dctxi_pool_is_here(const struct dctxi_pool *pool);

#endif
