/* SPDX-License-Identifier: MIT */
/* A sink's own thread, and one that flushes where there is none. */
#include "plat/clock.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/thread.h"
#include "trace/sink.h"

#include <dctx/deadline.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>

/* A table may speak TLS; musl's threads would have a fourth of it. */
#define STACK_BYTES ((size_t)512 * 1024)

static void take_role(struct dctx_sink *sink, enum dctxi_sink_state state)
{
	sink->state = state;
	dctxi_sink_is_by(sink, (uintptr_t)pthread_self());
}

void dctxi_sink_retire(struct dctx_sink *sink)
{
	uint64_t at = sink->end;
	bool stop = sink->stop, orphan = sink->orphan, more;

	dctxi_sink_is_by(sink, 0);
	sink->state = DCTXI_SINK_QUIET;
	/* As before a sleep. */
	__atomic_store_n(&sink->wake_at, 0, __ATOMIC_SEQ_CST);
	(void)__atomic_load_n(&sink->left, __ATOMIC_SEQ_CST);
	more = sink->n > 0 || dctxi_ring_next(&sink->ring, &at) != NULL;
	dctxi_sink_tell_waiters(sink);
	dctxi_mutex_unlock(&sink->lock);
	if (orphan)
		dctxi_sink_free(sink);
	else if (more && !stop &&
		 __atomic_exchange_n(&sink->wake_at, DCTXI_NEVER,
				     __ATOMIC_SEQ_CST) != DCTXI_NEVER)
		dctxi_sink_rouse(sink);
}

/* A call ended the thread. */
static void left_by_call(void *arg)
{
	struct dctx_sink *sink = arg;

	dctxi_sink_abandon(sink);
	dctxi_mutex_lock(&sink->lock);
	dctxi_sink_retire(sink);
}

static void *thread_main(void *arg)
{
	struct dctx_sink *sink = arg;
	char name[16];

	(void)snprintf(name, sizeof name, "dctx-%s", sink->ops->name);
	dctxi_thread_name(name);
	dctxi_mutex_lock(&sink->lock);
	take_role(sink, DCTXI_SINK_THREAD);
	dctxi_sink_tell_waiters(sink);
	dctxi_mutex_unlock(&sink->lock);
	pthread_cleanup_push(left_by_call, sink);
	(void)dctxi_sink_serve(sink, NULL, DCTX_NO_DEADLINE);
	pthread_cleanup_pop(0);
	dctxi_mutex_lock(&sink->lock);
	dctxi_sink_retire(sink);
	return NULL;
}

static int create_with_stack(struct dctx_sink *sink, size_t bytes)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error = pthread_attr_init(&attr);

	if (error != 0)
		return error;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (bytes != 0)
		error = pthread_attr_setstacksize(&attr, bytes);
	if (error == 0)
		error = dctxi_thread_create(&thread, &attr, thread_main, sink);
	(void)pthread_attr_destroy(&attr);
	return error;
}

/* With all signals blocked from its first instruction on. */
static int create(struct dctx_sink *sink)
{
	sigset_t all, before;
	int error, saved = errno;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = create_with_stack(sink, STACK_BYTES);
	/* So large are the program's thread-locals. */
	if (error == EINVAL)
		error = create_with_stack(sink, 0);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return error;
}

/* It is tried again after a batch more. */
static void go_without(struct dctx_sink *sink)
{
	uint64_t left = __atomic_load_n(&sink->left, __ATOMIC_RELAXED);

	dctxi_sink_count(&sink->no_thread, 1);
	dctxi_mutex_lock(&sink->lock);
	sink->state = DCTXI_SINK_QUIET;
	__atomic_store_n(&sink->wake_at, left + sink->batch, __ATOMIC_SEQ_CST);
	dctxi_sink_tell_waiters(sink);
	dctxi_mutex_unlock(&sink->lock);
}

static void wake(struct dctx_sink *sink)
{
	/* Release what the exporter is to find, which reads this first. */
	__atomic_fetch_add(&sink->word, 1, __ATOMIC_RELEASE);
	dctxi_futex_wake(&sink->word, 1);
}

void dctxi_sink_rouse(struct dctx_sink *sink)
{
	bool start;

	dctxi_mutex_lock(&sink->lock);
	start = sink->state == DCTXI_SINK_QUIET && !sink->stop;
	if (start)
		sink->state = DCTXI_SINK_STARTING;
	dctxi_mutex_unlock(&sink->lock);
	if (!start)
		wake(sink);
	else if (create(sink) != 0)
		go_without(sink);
}

uint32_t dctxi_sink_ask(struct dctx_sink *sink)
{
	uint32_t asked;

	dctxi_mutex_lock(&sink->lock);
	asked = ++sink->asked;
	sink->asked_to = dctxi_ring_head(&sink->ring);
	sink->retry++;
	dctxi_mutex_unlock(&sink->lock);
	wake(sink);
	return asked;
}

/* Under the lock, which is let go meanwhile. */
static void serve_here(struct dctx_sink *sink, uint32_t asked, int64_t until)
{
	take_role(sink, DCTXI_SINK_CALLER);
	dctxi_mutex_unlock(&sink->lock);
	pthread_cleanup_push(left_by_call, sink);
	(void)dctxi_sink_serve(sink, &asked, until);
	pthread_cleanup_pop(0);
	dctxi_mutex_lock(&sink->lock);
	dctxi_sink_retire(sink);
	dctxi_mutex_lock(&sink->lock);
}

/* Under the lock. */
static bool is_answered(const struct dctx_sink *sink, uint32_t asked)
{
	return (int32_t)(sink->answered - asked) >= 0;
}

dctx_status dctxi_sink_await(struct dctx_sink *sink, uint32_t asked,
			     int64_t until)
{
	dctx_status status = DCTX_DEADLINE_EXCEEDED;

	dctxi_mutex_lock(&sink->lock);
	while (!is_answered(sink, asked) && !sink->stop &&
	       dctxi_clock_real() < until) {
		uint32_t seen = __atomic_load_n(&sink->done, __ATOMIC_RELAXED);

		if (sink->state == DCTXI_SINK_QUIET) {
			serve_here(sink, asked, until);
			continue;
		}
		dctxi_mutex_unlock(&sink->lock);
		(void)dctxi_futex_wait(&sink->done, seen, until);
		dctxi_mutex_lock(&sink->lock);
	}
	if (is_answered(sink, asked))
		status = sink->flushed;
	dctxi_mutex_unlock(&sink->lock);
	return status;
}

/* Under the lock, until the role is nobody's. */
static bool await_quiet(struct dctx_sink *sink, int64_t until)
{
	while (sink->state != DCTXI_SINK_QUIET && dctxi_clock_real() < until) {
		uint32_t seen = __atomic_load_n(&sink->done, __ATOMIC_RELAXED);

		dctxi_mutex_unlock(&sink->lock);
		(void)dctxi_futex_wait(&sink->done, seen, until);
		dctxi_mutex_lock(&sink->lock);
	}
	return sink->state == DCTXI_SINK_QUIET;
}

bool dctxi_sink_stop(struct dctx_sink *sink, int64_t until)
{
	bool quiet;

	dctxi_mutex_lock(&sink->lock);
	sink->stop = true;
	dctxi_mutex_unlock(&sink->lock);
	wake(sink);
	dctxi_mutex_lock(&sink->lock);
	quiet = await_quiet(sink, until);
	sink->orphan = !quiet;
	dctxi_mutex_unlock(&sink->lock);
	return quiet;
}
