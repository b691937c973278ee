/* SPDX-License-Identifier: MIT */
/* The threads of a pool. */
#include "data/fail.h"
#include "flow/here.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/thread.h"
#include "work/pool.h"

#include <errno.h>
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

/* Until it is called. Acquire: that it is off the list. */
static void await_call(uint32_t *word)
{
	uint32_t was = DCTXI_PARKS;

	if (!__atomic_compare_exchange_n(word, &was, DCTXI_SLEEPS, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		return;
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != DCTXI_CALLED)
		(void)dctxi_futex_wait(word, DCTXI_SLEEPS, DCTX_NO_DEADLINE);
}

/* Under the lock, which is let go meanwhile. */
static void park(struct dctxi_worker *me)
{
	struct dctxi_pool *pool = me->pool;

	/* Relaxed: nobody else has it. */
	__atomic_store_n(&me->word, DCTXI_PARKS, __ATOMIC_RELAXED);
	me->next = pool->parked;
	pool->parked = me;
	dctxi_mutex_unlock(&pool->executor.lock);
	await_call(&me->word);
	dctxi_mutex_lock(&pool->executor.lock);
	pool->comes = false;
}

/* Under the lock: its item is over, and off the list. */
static void stop_running(struct dctxi_worker *me)
{
	me->given = me->running.item;
	dctxi_running_end(&me->running);
	me->running.item = NULL;
}

static void give_back(struct dctxi_worker *me)
{
	struct dctx_runnable *item = me->given;

	me->given = NULL;
	if (item != NULL)
		item->ops->release(item);
}

/* Under the lock, which is let go meanwhile. */
static void run(struct dctxi_worker *me, struct dctx_runnable *item)
{
	struct dctxi_pool *pool = me->pool;
	uint32_t *wake = dctxi_pool_call(pool, false);

	pool->idle--;
	dctxi_pool_has_room(pool);
	dctxi_running_begin(&me->running, item);
	dctxi_mutex_unlock(&pool->executor.lock);
	if (wake != NULL)
		dctxi_futex_wake(wake, 1);
	give_back(me);
	dctxi_item_run(&me->running);
	make_clean(pool);
	dctxi_executor_settle(&pool->executor);
	dctxi_mutex_lock(&pool->executor.lock);
	stop_running(me);
	pool->idle++;
	if (!pool->each)
		dctxi_pool_has_room(pool);
}

/* Under the lock, as an idle thread: takes it off. */
static void gone(struct dctxi_worker *me)
{
	struct dctxi_pool *pool = me->pool;

	pool->idle--;
	pool->executor.threads--;
	dctxi_pool_has_room(pool);
	dctxi_executor_look_for_end(&pool->executor);
	dctxi_mutex_unlock(&pool->executor.lock);
	here = NULL;
	give_back(me);
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

/* Whether another thread goes on with this one's count and reference. That one
 * may drop it before this is done with the pool's attributes. */
static bool succeeded(struct dctxi_pool *pool)
{
	bool started;

	dctxi_executor_hold(&pool->executor);
	started = dctxi_pool_start(pool) == 0;
	dctxi_executor_drop(&pool->executor);
	return started;
}

/* A job ended its thread, or what it left had to be destroyed and did. What
 * waits gets another, in this one's place. */
static void thread_ended(void *arg)
{
	struct dctxi_worker *me = arg;
	struct dctxi_pool *pool = me->pool;

	dctxi_mutex_lock(&pool->executor.lock);
	if (me->running.item != NULL)
		stop_running(me);
	pool->idle++;
	if (pool->queued >= pool->idle) {
		dctxi_mutex_unlock(&pool->executor.lock);
		here = NULL;
		give_back(me);
		if (succeeded(pool))
			return;
		dctxi_mutex_lock(&pool->executor.lock);
		drop_all(pool);
	}
	gone(me);
}

/* Under the lock, which is let go meanwhile. What to run next; NULL: no more.
 */
static struct dctx_runnable *next_item(struct dctxi_worker *me)
{
	struct dctxi_pool *pool = me->pool;
	struct dctx_runnable *item;

	for (;;) {
		item = dctxi_pool_pop(pool);
		if (item != NULL || pool->each || pool->executor.shut)
			return item;
		if (me->given == NULL) {
			park(me);
			continue;
		}
		dctxi_mutex_unlock(&pool->executor.lock);
		give_back(me);
		dctxi_mutex_lock(&pool->executor.lock);
	}
}

static void *thread_main(void *arg)
{
	struct dctxi_pool *pool = arg;
	struct dctxi_worker me = {.pool = pool};
	struct dctx_runnable *item;

	here = pool;
	dctxi_thread_name(pool->name);
	pthread_cleanup_push(thread_ended, &me);
	dctxi_mutex_lock(&pool->executor.lock);
	while ((item = next_item(&me)) != NULL) {
		run(&me, item);
		if (pool->each)
			break;
	}
	gone(&me);
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
