/* SPDX-License-Identifier: MIT */
/*
 * The library's thread, which runs the process's timers while nobody else
 * does. A function may end it by pthread_exit; then another takes its place if
 * there are timers left.
 */
#include "data/fail.h"
#include "flow/here.h"
#include "life/timers_state.h"
#include "plat/clock.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/pin.h"
#include "plat/thread.h"

#include <dctx/snapshot.h>

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

#define STACK_BYTES ((size_t)256 * 1024)

#define T (&dctxi_timers)

/* Only the thread there is uses it, after the one before has taken it off. */
static struct dctxi_runner own;

/* What a function leaves open or sets is gone after it. Without memory for an
 * empty context it runs all the same. */
static void call_in_empty_context(dctx_timer_fn *fn, void *arg)
{
	dctx_store *host = dctx_current();
	dctx_guard guard;
	bool attached = dctx_store_attach(host, NULL, &guard) == DCTX_OK;

	if (attached)
		host = guard.store;
	fn(arg);
	if (dctxi_is_here(host))
		dctxi_task_leave_above(host);
	if (attached)
		dctx_leave(guard);
}

/* Under the lock. */
static void thread_gone(void)
{
	dctxi_runner_remove(&own);
	T->state = DCTXI_THREAD_NONE;
	dctxi_timers_sleep(dctxi_timers_no_thread(), T->told);
	dctxi_timers_ended();
}

/* Under the lock: whether there is work for a thread. */
static bool has_work(void)
{
	/* Relaxed: a kick from here on is for whoever runs next. */
	return T->wheel.levels != 0 ||
	       __atomic_load_n(&T->kicked, __ATOMIC_RELAXED);
}

/* A function ended the thread. What is left must not wait for an arm. */
static void thread_ended(void *unused)
{
	bool more;

	(void)unused;
	dctxi_timers_lock();
	thread_gone();
	more = has_work();
	dctxi_timers_unlock();
	if (more)
		(void)dctxi_timers_start();
}

/* Runs what is due and sleeps; false: it is to end, and does not count any
 * more. */
static bool run_and_sleep(void)
{
	/* Acquire: what is to be found; before it is looked for. */
	uint32_t seen = __atomic_load_n(&T->wake, __ATOMIC_ACQUIRE);
	int64_t next = DCTX_NO_DEADLINE;
	bool real = dctxi_clock_virtual() == NULL;

	if (real)
		(void)dctxi_timers_run(&own, call_in_empty_context);
	dctxi_timers_lock();
	if (!T->on) {
		thread_gone();
		dctxi_timers_unlock();
		return false;
	}
	if (real)
		next = dctxi_wheel_next(&T->wheel);
	dctxi_timers_sleep(next, T->told);
	dctxi_timers_unlock();
	(void)dctxi_futex_wait(&T->wake, seen, next);
	dctxi_timers_lock();
	dctxi_timers_sleep(INT64_MIN, T->told);
	dctxi_timers_unlock();
	return true;
}

static void *thread_main(void *unused)
{
	/* A name for ps and debuggers, and no slack of 50 microseconds. */
	dctxi_thread_name("dctx-timers");
	(void)prctl(PR_SET_TIMERSLACK, 1);
	dctxi_timers_lock();
	dctxi_runner_add(&own);
	T->state = DCTXI_THREAD_RUNNING;
	dctxi_timers_sleep(INT64_MIN, T->told);
	dctxi_timers_unlock();
	pthread_cleanup_push(thread_ended, NULL);
	while (run_and_sleep())
		continue;
	pthread_cleanup_pop(0);
	return unused;
}

static int create_with_stack(size_t bytes)
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
		error = dctxi_thread_create(&thread, &attr, thread_main, NULL);
	(void)pthread_attr_destroy(&attr);
	return error;
}

/* With all signals blocked from its first instruction on. Where thread-locals
 * are so large that our stack does not hold them it gets the usual one. */
static int create(void)
{
	sigset_t all, before;
	int error, saved = errno;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = create_with_stack(STACK_BYTES);
	if (error == EINVAL)
		error = create_with_stack(0);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return error;
}

/* Under `setup`. */
static int start(void)
{
	bool needed;
	int error;

	dctxi_timers_lock();
	needed = T->on && T->state == DCTXI_THREAD_NONE;
	if (needed)
		T->state = DCTXI_THREAD_STARTING;
	dctxi_timers_unlock();
	if (!needed)
		return 0;
	error = create();
	dctxi_timers_lock();
	/* It may have begun, and ended, by now. */
	if (T->state == DCTXI_THREAD_STARTING)
		T->state = error == 0 ? DCTXI_THREAD_RUNNING
				      : DCTXI_THREAD_NONE;
	dctxi_timers_ended();
	dctxi_timers_unlock();
	return error;
}

dctx_status dctxi_timers_start(void)
{
	bool needed;
	int error;

	dctxi_timers_lock();
	needed = T->on && T->state != DCTXI_THREAD_RUNNING;
	dctxi_timers_unlock();
	if (!needed || dctxi_clock_virtual() != NULL)
		return DCTX_OK;
	/* A plug-in with the library in it must outlive the thread. */
	if (!dctxi_pin(&dctxi_timers))
		return dctxi_fail_system(0);
	dctxi_mutex_lock(&T->setup);
	error = start();
	dctxi_mutex_unlock(&T->setup);
	if (error == ENOMEM)
		return dctxi_fail(DCTX_NOMEM, "timers");
	return error == 0 ? DCTX_OK : dctxi_fail_system(error);
}

/* Under the lock: whether this is the library's thread. */
static bool here(void)
{
	const struct dctxi_runner *runner = T->runners;

	while (runner != NULL && runner != &own)
		runner = runner->next;
	return runner != NULL && pthread_equal(own.thread, pthread_self());
}

dctx_status dctx_timers_thread(bool on)
{
	bool work;

	dctxi_timers_lock();
	T->on = on;
	work = has_work();
	if (T->state == DCTXI_THREAD_NONE)
		dctxi_timers_sleep(dctxi_timers_no_thread(), T->told);
	dctxi_timers_unlock();
	if (on)
		return work ? dctxi_timers_start() : DCTX_OK;
	dctxi_timers_wake();
	dctxi_timers_lock();
	while (!T->on && T->state != DCTXI_THREAD_NONE && !here())
		dctxi_timers_await_end();
	dctxi_timers_unlock();
	return DCTX_OK;
}

/* The child's only thread may be ours, in a function that forked. */
void dctxi_timers_thread_forked(void)
{
	if (here()) {
		dctxi_timers_sleep(INT64_MIN, T->told);
		return;
	}
	T->state = DCTXI_THREAD_NONE;
	dctxi_timers_sleep(dctxi_timers_no_thread(), T->told);
}
