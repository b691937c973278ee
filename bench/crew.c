/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include "bench.h"

#include <pthread.h>
#include <string.h>

#ifdef BENCH_GLIB
#include <glib.h>
#endif

/* A lock, a condition and a list. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct errand *first, **end;
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL,
	   &queue.first};

static struct errand *queue_get(void)
{
	struct errand *errand;

	pthread_mutex_lock(&queue.lock);
	while (queue.first == NULL)
		pthread_cond_wait(&queue.some, &queue.lock);
	errand = queue.first;
	queue.first = errand->next;
	if (queue.first == NULL)
		queue.end = &queue.first;
	pthread_mutex_unlock(&queue.lock);
	return errand;
}

static void queue_put(struct errand *errand)
{
	errand->next = NULL;
	pthread_mutex_lock(&queue.lock);
	*queue.end = errand;
	queue.end = &errand->next;
	pthread_cond_signal(&queue.some);
	pthread_mutex_unlock(&queue.lock);
}

static void *member(void *unused)
{
	(void)unused;
	for (;;) {
		struct errand *errand = queue_get();

		errand->run(errand);
	}
	return NULL;
}

static void threads_start(unsigned threads)
{
	pthread_t id;

	while (threads-- > 0)
		must_be(pthread_create(&id, NULL, member, NULL) == 0,
			"a thread");
}

static const struct crew pthreads = {"pthread", threads_start, queue_put};

#ifdef BENCH_GLIB
static GThreadPool *gpool;

static void gpool_run(gpointer errand, gpointer unused)
{
	(void)unused;
	((struct errand *)errand)->run(errand);
}

static void gpool_start(unsigned threads)
{
	gpool = g_thread_pool_new(gpool_run, NULL, (gint)threads, TRUE, NULL);
	must_be(gpool != NULL, "a GThreadPool");
}

static void gpool_submit(struct errand *errand)
{
	must_be(g_thread_pool_push(gpool, errand, NULL), "a push");
}

static const struct crew glib = {"glib", gpool_start, gpool_submit};
#endif

const struct crew *crew_named(const char *name)
{
	if (strcmp(name, pthreads.name) == 0)
		return &pthreads;
#ifdef BENCH_GLIB
	if (strcmp(name, glib.name) == 0)
		return &glib;
#endif
	return NULL;
}

struct latch {
	pthread_mutex_t lock;
	pthread_cond_t open;
	uint32_t left; /* atomic */
};

struct latch *latch_of(uint32_t errands)
{
	static struct latch latch = {PTHREAD_MUTEX_INITIALIZER,
				     PTHREAD_COND_INITIALIZER, 0};

	__atomic_store_n(&latch.left, errands, __ATOMIC_RELEASE);
	return &latch;
}

/* Whoever brings it to none wakes, under the lock: no sleeper misses it. */
void latch_count(struct latch *latch)
{
	if (__atomic_sub_fetch(&latch->left, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	pthread_mutex_lock(&latch->lock);
	pthread_cond_signal(&latch->open);
	pthread_mutex_unlock(&latch->lock);
}

void latch_wait(struct latch *latch)
{
	pthread_mutex_lock(&latch->lock);
	while (__atomic_load_n(&latch->left, __ATOMIC_ACQUIRE) > 0)
		pthread_cond_wait(&latch->open, &latch->lock);
	pthread_mutex_unlock(&latch->lock);
}
