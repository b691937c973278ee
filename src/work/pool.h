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
 * An idle thread that finds the queue empty parks: it puts itself on `parked`
 * under the same lock, says in its own word that it sleeps, if it was not
 * called before that, and sleeps on it. Who calls it takes it off, sets its
 * word under the lock, and wakes it after if it slept: so the system is asked
 * only where somebody sleeps, once for each, and whoever wakes does not find
 * the lock held. The latest to park is called first, whose cache is warm. The
 * word is on the thread's stack, and only its address is used after the lock: a
 * thread that went on before it was woken may have ended, and then nobody
 * wakes, or somebody who looks again for nothing, as all who sleep on words
 * must.
 *
 * One at a time is on its way (`comes`): who puts an item in calls one if none
 * is, and one that has come and leaves items in the queue calls the next. So
 * whoever submits many does not wake all for what the first can do alone. A
 * scatter, which sleeps once its runners are in, calls one for each. Nothing is
 * lost: while the queue has something and somebody is parked, one comes. For
 * nobody parks but with an empty queue, who then puts the first item in calls
 * one, and whoever comes looks.
 *
 * A worker takes the lock once an item: it takes the last one off the list of
 * what runs, and the next one off the queue onto that list. What it ran is
 * given back after that, or before it parks: until then it is on the list,
 * where who shuts down may hold it.
 *
 * Submitters that wait for room are `comers`. Threads are detached; the last
 * thing each does is to take itself off `threads` and give its reference back.
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
	struct dctxi_worker *parked;
	bool comes;
	struct dctxi_sleepers comers;
};

/* What a worker's word says while it is parked. */
enum { DCTXI_PARKS, DCTXI_SLEEPS, DCTXI_CALLED };

/* One of its threads, on that thread's stack. */
struct dctxi_worker {
	struct dctxi_pool *pool;
	struct dctxi_worker *next;    /* parked; under the lock */
	uint32_t word;		      /* atomic; one of those */
	struct dctxi_running running; /* its item, NULL: on no list */
	struct dctx_runnable *given;  /* ran, and is to be given back */
};

/* The first that waits, taken out; NULL: none. Under the lock. */
struct dctx_runnable *dctxi_pool_pop(struct dctxi_pool *pool);

/* Calls a parked worker, if the queue has something for one and none comes; or
 * though one does: at once. Under the lock; returns the word to wake it by
 * after that, or NULL. */
uint32_t *dctxi_pool_call(struct dctxi_pool *pool, bool at_once);

/* Wakes who waits for room. Under the lock. */
void dctxi_pool_has_room(struct dctxi_pool *pool);

/* Starts a thread that was counted, as idle and with a reference. Returns what
 * pthread_create did. Not under the lock. */
int dctxi_pool_start(struct dctxi_pool *pool);

/* Whether this thread is one of that pool's. */
bool dctxi_pool_is_here(const struct dctxi_pool *pool);

#endif
