/* SPDX-License-Identifier: MIT */
/*
 * crew.h - an executor as a user writes one: some threads and a queue without
 * memory of its own, linked through the items' words; room for `room` items
 * that wait.
 */
#ifndef TEST_CREW_H
#define TEST_CREW_H

#include "kit.h"

#include <pthread.h>

enum { CREW_MOST = 64 };

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t more;
	dctx_runnable *first, *last;
	size_t queued, room;
	dctx_status refuses; /* with this, if it is not DCTX_OK */
	bool stopped;
	size_t n;
	pthread_t thread[CREW_MOST];
	dctx_executor *executor;
	atomic_int unclean; /* times a worker had a context between items */
};

static inline dctx_runnable *crew_take(struct crew *c)
{
	dctx_runnable *item;

	pthread_mutex_lock(&c->lock);
	while (c->first == NULL && !c->stopped)
		pthread_cond_wait(&c->more, &c->lock);
	item = c->first;
	if (item != NULL) {
		c->first = *dctx_runnable_word(item);
		c->queued--;
	}
	pthread_mutex_unlock(&c->lock);
	return item;
}

static inline void *crew_work(void *arg)
{
	struct crew *c = arg;
	dctx_runnable *item;

	while ((item = crew_take(c)) != NULL) {
		dctx_runnable_run(item);
		if (dctx_depth() != 1 || dctx_chain(NULL, 0) != 0)
			c->unclean++;
	}
	return NULL;
}

static inline dctx_status crew_execute(void *user, dctx_runnable *item)
{
	struct crew *c = user;
	dctx_status status = c->refuses;

	pthread_mutex_lock(&c->lock);
	if (status == DCTX_OK && c->queued >= c->room)
		status = DCTX_BUSY;
	if (status == DCTX_OK) {
		*dctx_runnable_word(item) = NULL;
		if (c->first == NULL)
			c->first = item;
		else
			*dctx_runnable_word(c->last) = item;
		c->last = item;
		c->queued++;
		pthread_cond_signal(&c->more);
	}
	pthread_mutex_unlock(&c->lock);
	return status;
}

static const dctx_executor_ops crew_ops = {
	.struct_size = sizeof(dctx_executor_ops),
	.name = "crew",
	.execute = crew_execute,
};

static inline void crew_begin(struct crew *c, size_t threads, size_t room)
{
	memset(c, 0, sizeof(*c));
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->more, NULL);
	c->room = room;
	assert_int_equal(dctx_executor_new(&crew_ops, c, &c->executor),
			 DCTX_OK);
	for (; c->n < threads && c->n < CREW_MOST; c->n++)
		assert_int_equal(
			pthread_create(&c->thread[c->n], NULL, crew_work, c),
			0);
}

/* Drops what waits, with a status. */
static inline void crew_drop(struct crew *c, dctx_status status)
{
	dctx_runnable *item, *next;

	pthread_mutex_lock(&c->lock);
	item = c->first;
	c->first = NULL;
	c->queued = 0;
	pthread_mutex_unlock(&c->lock);
	for (; item != NULL; item = next) {
		next = *dctx_runnable_word(item);
		dctx_runnable_drop(item, status);
	}
}

static inline void crew_end(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->stopped = true;
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->n && i < CREW_MOST; i++)
		pthread_join(c->thread[i], NULL);
	crew_drop(c, DCTX_STALE);
	assert_int_equal(c->unclean, 0);
	dctx_executor_unref(c->executor);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->more);
}

#endif
