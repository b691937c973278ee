/* SPDX-License-Identifier: MIT */
/* The threads of a pool. */
#include "data/fail.h"
#include "flow/here.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/thread.h"
#include "work/pool.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>

static __thread struct dctxi_pool *here;

bool dctxi_pool_is_here(const struct dctxi_pool *pool)
{
	return here == pool;
}

static bool is_empty(const struct dctx_store *store)
{
	return store->dir == &dctxi_dir_empty && store->cell == NULL &&
	       store->deadline == DCTX_NO_DEADLINE;
}

/* A job leaves nothing but by taking away what was brought for it: a restore,
 * tasks and guards that are not its own. The next one shall not find that. */
static void make_clean(struct dctxi_pool *pool)
{
	struct dctx_store *store = dctx_thread();
	bool alone = dctx_current() == store;
	dctx_status status;

	if (alone && is_empty(store) && dctx_store_depth(store) == 1)
		return;
	if (!alone)
		dctxi_task_leave_above(store);
	status = dctx_store_clear(store);
	dctxi_count(&pool->executor.counts.unclean, 1);
	dctxi_event(DCTX_EV_UNCLEAN_WORKER, status, pool->name);
}

static void sleep_idle(struct dctxi_pool *pool)
{
	uint32_t seen = pool->work;

	dctxi_mutex_unlock(&pool->executor.lock);
	(void)dctxi_futex_wait(&pool->work, seen, DCTX_NO_DEADLINE);
	dctxi_mutex_lock(&pool->executor.lock);
}

/* Under the lock, which is let go meanwhile. */
static void run(struct dctxi_pool *pool, struct dctx_runnable *item)
{
	pool->idle--;
	dctxi_pool_has_room(pool);
	dctxi_mutex_unlock(&pool->executor.lock);
	dctx_runnable_run(item);
	make_clean(pool);
	dctxi_executor_settle(&pool->executor);
	dctxi_mutex_lock(&pool->executor.lock);
	pool->idle++;
	if (!pool->each)
		dctxi_pool_has_room(pool);
}

/* Under the lock, as an idle thread: takes it off. */
static void gone(struct dctxi_pool *pool)
{
	pool->idle--;
	pool->executor.threads--;
	dctxi_pool_has_room(pool);
	dctxi_executor_look_for_end(&pool->executor);
	dctxi_mutex_unlock(&pool->executor.lock);
	here = NULL;
	dctxi_executor_drop(&pool->executor);
}

/* Nobody is left who could run them. Under the lock, which is let go
 * meanwhile. */
static void drop_all(struct dctxi_pool *pool)
{
	struct dctx_runnable *item;

	while (pool->executor.threads == 1 &&
	       (item = dctxi_pool_pop(pool)) != NULL) {
		dctxi_mutex_unlock(&pool->executor.lock);
		dctx_runnable_drop(item, DCTX_SYSTEM);
		dctxi_mutex_lock(&pool->executor.lock);
	}
}

/* A job ended its thread. What waits gets another, in this one's place: with
 * its count and its reference. */
static void thread_ended(void *arg)
{
	struct dctxi_pool *pool = arg;

	dctxi_mutex_lock(&pool->executor.lock);
	pool->idle++;
	if (pool->queued >= pool->idle) {
		dctxi_mutex_unlock(&pool->executor.lock);
		here = NULL;
		if (dctxi_pool_start(pool) == 0)
			return;
		dctxi_mutex_lock(&pool->executor.lock);
		drop_all(pool);
	}
	gone(pool);
}

static void *thread_main(void *arg)
{
	struct dctxi_pool *pool = arg;

	here = pool;
	dctxi_thread_name(pool->name);
	pthread_cleanup_push(thread_ended, pool);
	dctxi_mutex_lock(&pool->executor.lock);
	for (;;) {
		struct dctx_runnable *item = dctxi_pool_pop(pool);

		if (item != NULL)
			run(pool, item);
		if (item == NULL && !pool->each && !pool->executor.shut)
			sleep_idle(pool);
		if (pool->each && (item != NULL || pool->queued == 0))
			break;
		if (pool->executor.shut && pool->queued == 0)
			break;
	}
	gone(pool);
	pthread_cleanup_pop(0);
	return NULL;
}

/* With all signals blocked: handlers run on the program's own threads. */
int dctxi_pool_start(struct dctxi_pool *pool)
{
	sigset_t all, before;
	pthread_t thread;
	int error, saved = errno;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = dctxi_thread_create(&thread, &pool->attr, thread_main, pool);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return error;
}
