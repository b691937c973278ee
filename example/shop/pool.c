/* SPDX-License-Identifier: MIT */
/*
 * pool.c - a fixed number of threads that run wrapped calls.
 *
 * A ring under one mutex. The pool knows nothing of requests: each piece of
 * work brings the context it was wrapped in and takes it away again.
 */
#include "shop.h"

#include <pthread.h>
#include <stdlib.h>

#define QUEUE 64
#define MAX_THREADS 64

struct job {
	dctx_work *work;
	sem_t *ran;
};

struct shop_pool {
	pthread_mutex_t lock;
	pthread_cond_t not_empty;
	pthread_cond_t not_full;
	struct job queue[QUEUE];
	size_t first;
	size_t count;
	bool stopping;
	unsigned threads;
	pthread_t thread[MAX_THREADS];
};

/* Waits for a job. Returns: false when there will be none any more. */
static bool take(struct shop_pool *pool, struct job *out)
{
	bool found;

	pthread_mutex_lock(&pool->lock);
	while (pool->count == 0 && !pool->stopping)
		pthread_cond_wait(&pool->not_empty, &pool->lock);
	found = pool->count > 0;
	if (found) {
		*out = pool->queue[pool->first];
		pool->first = (pool->first + 1) % QUEUE;
		pool->count--;
		pthread_cond_signal(&pool->not_full);
	}
	pthread_mutex_unlock(&pool->lock);
	return found;
}

static void *work_until_stopped(void *arg)
{
	struct shop_pool *pool = arg;
	struct job job;

	while (take(pool, &job)) {
		dctx_status status = dctx_work_run(job.work, NULL);
		if (status != DCTX_OK)
			shop_log("not run: %s", dctx_strerror(status));
		sem_post(job.ran);
	}
	return NULL;
}

void shop_pool_submit(struct shop_pool *pool, dctx_work *work, sem_t *ran)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->count == QUEUE)
		pthread_cond_wait(&pool->not_full, &pool->lock);
	pool->queue[(pool->first + pool->count) % QUEUE] =
		(struct job){work, ran};
	pool->count++;
	pthread_cond_signal(&pool->not_empty);
	pthread_mutex_unlock(&pool->lock);
}

struct shop_pool *shop_pool_start(unsigned threads)
{
	struct shop_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->not_empty, NULL);
	pthread_cond_init(&pool->not_full, NULL);
	while (pool->threads < threads && pool->threads < MAX_THREADS &&
	       pthread_create(&pool->thread[pool->threads], NULL,
			      work_until_stopped, pool) == 0)
		pool->threads++;
	if (pool->threads == 0) {
		shop_pool_stop(pool);
		return NULL;
	}
	return pool;
}

void shop_pool_stop(struct shop_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->not_empty);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);
	pthread_cond_destroy(&pool->not_full);
	pthread_cond_destroy(&pool->not_empty);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
