/* SPDX-License-Identifier: MIT */
#include "work/pool.h"

#include "data/fail.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/pin.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Calls a worker that is parked, which may be gone after this. Returns the word
 * to wake it by, or NULL. */
static uint32_t *call_one(struct dctxi_pool *pool)
{
	struct dctxi_worker *worker = pool->parked;
	uint32_t *word = &worker->word;

	pool->parked = worker->next;
	/* Release: that it is off the list. */
	if (__atomic_exchange_n(word, DCTXI_CALLED, __ATOMIC_RELEASE) ==
	    DCTXI_SLEEPS)
		return word;
	return NULL;
}

uint32_t *dctxi_pool_call(struct dctxi_pool *pool, bool at_once)
{
	if (pool->parked == NULL || pool->first == NULL ||
	    (pool->comes && !at_once))
		return NULL;
	pool->comes = true;
	return call_one(pool);
}

void dctxi_pool_has_room(struct dctxi_pool *pool)
{
	if (pool->comers.first != NULL)
		dctxi_sleepers_wake(&pool->comers);
}

static void push(struct dctxi_pool *pool, dctx_runnable *item)
{
	item->next = NULL;
	item->prev = pool->last;
	if (item->prev != NULL)
		item->prev->next = item;
	else
		pool->first = item;
	pool->last = item;
	item->queued = true;
	pool->queued++;
}

static void take_out(struct dctxi_pool *pool, dctx_runnable *item)
{
	if (item->next != NULL)
		item->next->prev = item->prev;
	else
		pool->last = item->prev;
	if (item->prev != NULL)
		item->prev->next = item->next;
	else
		pool->first = item->next;
	item->queued = false;
	pool->queued--;
}

dctx_runnable *dctxi_pool_pop(struct dctxi_pool *pool)
{
	dctx_runnable *item = pool->first;

	if (item != NULL)
		take_out(pool, item);
	return item;
}

static bool needs_thread(const struct dctxi_pool *pool)
{
	return pool->queued >= pool->idle &&
	       pool->executor.threads < pool->most;
}

static bool has_room(const struct dctxi_pool *pool)
{
	return pool->queued < (uint64_t)pool->idle + pool->room &&
	       pool->executor.threads > 0;
}

/* Under the lock, which is let go meanwhile. */
static dctx_status start(struct dctxi_pool *pool)
{
	int error;

	pool->idle++;
	pool->executor.threads++;
	dctxi_executor_hold(&pool->executor);
	dctxi_mutex_unlock(&pool->executor.lock);
	error = dctxi_pool_start(pool);
	dctxi_mutex_lock(&pool->executor.lock);
	if (error == 0)
		return DCTX_OK;
	pool->idle--;
	pool->executor.threads--;
	dctxi_executor_look_for_end(&pool->executor);
	/* Not the last: the one who submits has one. */
	dctxi_executor_drop(&pool->executor);
	if (error == ENOMEM)
		return dctxi_fail(DCTX_NOMEM, "thread");
	return dctxi_fail_system(error);
}

static bool may_go_on(void *arg)
{
	const struct dctxi_pool *pool = arg;

	return has_room(pool) || needs_thread(pool) || pool->executor.shut;
}

/* Under the lock, which is let go meanwhile. DCTX_OK: look again. */
static dctx_status await_room(struct dctxi_pool *pool)
{
	const struct dctxi_sleep sleep = {
		.lock = &pool->executor.lock,
		.list = &pool->comers,
		.holds = may_go_on,
		.arg = pool,
		.until = DCTX_NO_DEADLINE,
	};

	return dctxi_sleep_until(&sleep);
}

/* Under the lock, which is let go meanwhile. */
static void run_here(struct dctxi_pool *pool, dctx_runnable *item)
{
	dctxi_mutex_unlock(&pool->executor.lock);
	dctxi_count(&pool->executor.counts.caller_ran, 1);
	dctx_runnable_run(item);
	dctxi_mutex_lock(&pool->executor.lock);
}

/* What a full pool does with one more. Under the lock, which is let go
 * meanwhile; *ran: it has. DCTX_OK otherwise: look again. */
static dctx_status when_full(struct dctxi_pool *pool, dctx_runnable *item,
			     bool *ran)
{
	dctx_runnable *oldest;

	if (item->ops->at_once)
		return DCTX_BUSY;
	switch (pool->when_full) {
	case DCTX_FULL_BLOCKS:
		/* A job that waited for its own pool might wait for itself. */
		if (!dctxi_item_is_here(&pool->executor, NULL))
			return await_room(pool);
		/* fall through */
	case DCTX_FULL_CALLER_RUNS:
		run_here(pool, item);
		*ran = true;
		return DCTX_OK;
	case DCTX_FULL_DROPS_OLDEST:
		oldest = dctxi_pool_pop(pool);
		if (oldest == NULL)
			return DCTX_BUSY;
		dctxi_mutex_unlock(&pool->executor.lock);
		dctx_runnable_drop(oldest, DCTX_DROPPED);
		dctxi_mutex_lock(&pool->executor.lock);
		return DCTX_OK;
	case DCTX_FULL_REJECTS:
		break;
	}
	return DCTX_BUSY;
}

/* Under the lock, which is let go meanwhile. */
static dctx_status take_in(struct dctxi_pool *pool, dctx_runnable *item)
{
	dctx_status status;
	bool ran = false;

	for (;;) {
		if (pool->executor.shut)
			return DCTX_STALE;
		if (needs_thread(pool)) {
			status = start(pool);
			if (status != DCTX_OK && pool->executor.threads == 0)
				return status;
			if (status == DCTX_OK)
				continue;
		}
		if (has_room(pool)) {
			push(pool, item);
			return DCTX_OK;
		}
		status = when_full(pool, item, &ran);
		if (status != DCTX_OK || ran)
			return status;
	}
}

/* Nobody else writes what is submitted, and only under the lock; it is read
 * without. */
static void count_in(struct dctxi_pool *pool, int n)
{
	uint64_t *submitted = &pool->executor.counts.submitted;

	pool->executor.inflight += (uint64_t)n;
	__atomic_store_n(submitted, *submitted + (uint64_t)n, __ATOMIC_RELAXED);
}

static dctx_status execute(void *user, dctx_runnable *item)
{
	struct dctxi_pool *pool = user;
	bool at_once = item->ops->at_once; /* it may be gone when it is in */
	uint32_t *wake;
	dctx_status status;

	dctxi_mutex_lock(&pool->executor.lock);
	count_in(pool, 1);
	status = take_in(pool, item);
	if (status != DCTX_OK) {
		count_in(pool, -1);
		dctxi_executor_look_for_end(&pool->executor);
	}
	wake = dctxi_pool_call(pool, at_once);
	dctxi_mutex_unlock(&pool->executor.lock);
	if (wake != NULL)
		dctxi_futex_wake(wake, 1);
	return status;
}

static bool take(void *user, dctx_runnable *item)
{
	struct dctxi_pool *pool = user;
	bool took;

	dctxi_mutex_lock(&pool->executor.lock);
	took = item->queued;
	if (took) {
		take_out(pool, item);
		dctxi_pool_has_room(pool);
	}
	dctxi_mutex_unlock(&pool->executor.lock);
	return took;
}

static void shutdown(void *user, bool graceful)
{
	struct dctxi_pool *pool = user;
	dctx_runnable *item = NULL;
	uint32_t *wake;

	do {
		dctxi_mutex_lock(&pool->executor.lock);
		if (!graceful)
			item = dctxi_pool_pop(pool);
		while (pool->parked != NULL)
			if ((wake = call_one(pool)) != NULL)
				dctxi_futex_wake(wake, 1);
		dctxi_pool_has_room(pool);
		dctxi_mutex_unlock(&pool->executor.lock);
		if (item != NULL)
			dctx_runnable_drop(item, DCTX_CANCELED);
	} while (item != NULL);
}

static void pool_free(void *user)
{
	struct dctxi_pool *pool = user;

	(void)pthread_attr_destroy(&pool->attr);
	dctxi_free(pool, sizeof *pool);
}

/* This thread stays, if it is one of them: it runs the job that forked. */
static uint32_t forked(struct dctx_executor *executor,
		       dctx_runnable **out_queued)
{
	struct dctxi_pool *pool = (void *)executor;
	uint32_t stay = dctxi_pool_is_here(pool), gone = executor->threads;

	*out_queued = pool->first;
	for (dctx_runnable *i = pool->first; i != NULL; i = i->next)
		i->queued = false;
	pool->first = pool->last = NULL;
	pool->queued = 0;
	pool->idle = 0;
	pool->parked = NULL;
	pool->comes = false;
	executor->threads = stay;
	return gone - stay;
}

static const dctx_executor_ops pool_ops = {
	.struct_size = sizeof pool_ops,
	.name = "pool",
	.execute = execute,
	.take = take,
	.shutdown = shutdown,
	.free = pool_free,
};

/* POSIX has no copy of these: what a detached thread can use of them. */
static int attr_copy(pthread_attr_t *to, const pthread_attr_t *from)
{
	struct sched_param param;
	size_t size;
	int n, error = pthread_attr_init(to);

	if (error != 0)
		return error;
	(void)pthread_attr_setdetachstate(to, PTHREAD_CREATE_DETACHED);
	if (from == NULL)
		return 0;
	if (pthread_attr_getstacksize(from, &size) == 0 && size != 0)
		(void)pthread_attr_setstacksize(to, size);
	if (pthread_attr_getguardsize(from, &size) == 0)
		(void)pthread_attr_setguardsize(to, size);
	if (pthread_attr_getinheritsched(from, &n) == 0)
		(void)pthread_attr_setinheritsched(to, n);
	if (pthread_attr_getschedpolicy(from, &n) == 0)
		(void)pthread_attr_setschedpolicy(to, n);
	if (pthread_attr_getschedparam(from, &param) == 0)
		(void)pthread_attr_setschedparam(to, &param);
	if (pthread_attr_getscope(from, &n) == 0)
		(void)pthread_attr_setscope(to, n);
	return 0;
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

static dctx_status pool_new(const dctx_pool_options *given, bool each,
			    dctx_executor **out)
{
	dctx_pool_options options = {.struct_size = sizeof options};
	struct dctxi_pool *pool;

	if (out == NULL ||
	    (given != NULL &&
	     (given->struct_size < sizeof options ||
	      (unsigned)given->when_full > DCTX_FULL_DROPS_OLDEST)))
		return dctxi_fail(DCTX_INVALID, "pool");
	if (given != NULL)
		options = *given;
	/* A plug-in with the library in it must outlive the threads. */
	if (!dctxi_pin(&dctxi_inline))
		return dctxi_fail_system(0);
	pool = dctxi_alloc(sizeof *pool);
	if (pool == NULL)
		return dctxi_fail(DCTX_NOMEM, "pool");
	*pool = (struct dctxi_pool){.each = each};
	if (attr_copy(&pool->attr, options.attr) != 0) {
		dctxi_free(pool, sizeof *pool);
		return dctxi_fail(DCTX_NOMEM, "pool");
	}
	(void)strncpy(pool->name, options.name != NULL ? options.name : "pool",
		      sizeof pool->name - 1);
	pool->most = options.threads != 0 ? options.threads : processors();
	pool->room = options.queue != 0 ? options.queue : 64;
	if (each)
		pool->room = 0;
	pool->when_full = options.when_full;
	pool->executor.forked = forked;
	pool->executor.keeps = true;
	pool->executor.at_once = pool->most;
	dctxi_executor_begin(&pool->executor, &pool_ops, pool, pool->name);
	*out = &pool->executor;
	return DCTX_OK;
}

dctx_status dctx_pool_new(const dctx_pool_options *options, dctx_executor **out)
{
	return pool_new(options, false, out);
}

dctx_status dctx_thread_each_new(const dctx_pool_options *options,
				 dctx_executor **out)
{
	return pool_new(options, true, out);
}
