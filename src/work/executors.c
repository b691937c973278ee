/* SPDX-License-Identifier: MIT */
/* The list of all executors, and what becomes of them in a fork's child. */
#include "plat/fork.h"
#include "work/executor.h"

#include <pthread.h>

static struct dctxi_mutex lock;
static uint64_t ids; /* given so far; under the lock */

void dctxi_executors_lock(void)
{
	dctxi_mutex_lock(&lock);
}

void dctxi_executors_unlock(void)
{
	dctxi_mutex_unlock(&lock);
}

void dctxi_executors_add(struct dctx_executor *executor)
{
	dctxi_executors_lock();
	executor->id = ++ids;
	executor->prev = &dctxi_inline;
	executor->next = dctxi_inline.next;
	if (executor->next != NULL)
		executor->next->prev = executor;
	dctxi_inline.next = executor;
	dctxi_executors_unlock();
}

void dctxi_executors_remove(struct dctx_executor *executor)
{
	dctxi_executors_lock();
	executor->prev->next = executor->next;
	if (executor->next != NULL)
		executor->next->prev = executor->prev;
	dctxi_executors_unlock();
}

static void will_fork(void)
{
	dctxi_executors_lock();
	for (struct dctx_executor *e = &dctxi_inline; e != NULL; e = e->next) {
		dctxi_mutex_lock(&e->lock);
		dctxi_mutex_lock(&e->spare_lock);
	}
}

static void forked(void)
{
	for (struct dctx_executor *e = &dctxi_inline; e != NULL; e = e->next) {
		dctxi_mutex_unlock(&e->spare_lock);
		dctxi_mutex_unlock(&e->lock);
	}
	dctxi_executors_unlock();
}

/* What runs on threads that are not here is put aside before anybody can reuse
 * their stacks, where its records are. */
static void put_aside(struct dctx_executor *executor)
{
	struct dctxi_running *r = executor->running, *next;

	executor->running = NULL;
	for (; r != NULL; r = next) {
		next = r->next;
		if (dctxi_item_is_here(NULL, r->item)) {
			dctxi_running_add(executor, r);
			continue;
		}
		r->item->next = executor->orphaned;
		executor->orphaned = r->item;
	}
}

static void forked_child(void)
{
	for (struct dctx_executor *e = &dctxi_inline; e != NULL; e = e->next) {
		put_aside(e);
		dctxi_mutex_unlock_in_child(&e->spare_lock);
		dctxi_mutex_unlock_in_child(&e->lock);
	}
	dctxi_mutex_unlock_in_child(&lock);
}

/* Without memory for the handlers fork works while nobody has an executor. */
__attribute__((constructor)) static void watch_fork(void)
{
	(void)pthread_atfork(will_fork, forked, forked_child);
}

/* Each list is this thread's alone. */
static void end_orphans(struct dctx_executor *executor,
			struct dctx_runnable *list)
{
	struct dctx_runnable *next;

	for (; list != NULL; list = next) {
		next = list->next;
		dctxi_count_end(executor, DCTX_CANCELED);
		list->ops->orphan(list);
		dctxi_item_gone(list);
	}
}

static uint64_t length(const struct dctx_runnable *list)
{
	uint64_t n = 0;

	for (; list != NULL; list = list->next)
		n++;
	return n;
}

/* What ran inline on other threads. Nobody waits for it. */
static void count_lost(struct dctx_executor *executor)
{
	uint64_t lost =
		dctxi_count_running(executor) - dctxi_items_here(executor);

	dctxi_count(&executor->counts.cancelled, (int64_t)lost);
}

/* Submitters that waited for room or for a thread, somewhere else, are not
 * here. */
static void count_anew(struct dctx_executor *executor,
		       const struct dctx_runnable *queued,
		       const struct dctx_runnable *orphaned)
{
	executor->inflight = length(queued) + length(orphaned);
	for (const struct dctxi_running *r = executor->running; r != NULL;
	     r = r->next)
		executor->inflight++;
}

static void settle(struct dctx_executor *executor, uint32_t born)
{
	struct dctx_runnable *queued = NULL, *orphaned, *next;
	uint32_t gone = 0;

	dctxi_mutex_lock(&executor->lock);
	if (executor->born == born) {
		dctxi_mutex_unlock(&executor->lock);
		return;
	}
	__atomic_store_n(&executor->born, born, __ATOMIC_RELAXED);
	orphaned = executor->orphaned;
	executor->orphaned = NULL;
	if (executor->forked != NULL)
		gone = executor->forked(executor, &queued);
	if (executor == &dctxi_inline)
		count_lost(executor);
	else if (executor->keeps)
		count_anew(executor, queued, orphaned);
	dctxi_mutex_unlock(&executor->lock);
	for (; queued != NULL; queued = next) {
		next = queued->next;
		dctx_runnable_drop(queued, DCTX_CANCELED);
	}
	end_orphans(executor, orphaned);
	while (gone-- > 0)
		dctxi_executor_drop(executor);
}

void dctxi_executor_settle(struct dctx_executor *executor)
{
	uint32_t born = dctxi_fork_count();

	if (__atomic_load_n(&executor->born, __ATOMIC_RELAXED) != born)
		settle(executor, born);
}
