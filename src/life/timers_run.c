/* SPDX-License-Identifier: MIT */
/* Running what is due: by whichever thread, one function at a time. */
#include "data/fail.h"
#include "life/timers.h"
#include "life/timers_state.h"
#include "plat/clock.h"
#include "plat/event.h"
#include "plat/heap.h"

#define T (&dctxi_timers)

void dctxi_runner_add(struct dctxi_runner *runner)
{
	runner->thread = pthread_self();
	runner->timer = NULL;
	runner->next = T->runners;
	T->runners = runner;
}

void dctxi_runner_remove(struct dctxi_runner *runner)
{
	struct dctxi_runner **link = &T->runners;

	while (*link != runner)
		link = &(*link)->next;
	*link = runner->next;
	dctxi_timers_ended();
}

/* Under the lock: this thread's, or NULL. */
static struct dctxi_runner *runner_here(void)
{
	struct dctxi_runner *runner = T->runners;

	while (runner != NULL && !pthread_equal(runner->thread, pthread_self()))
		runner = runner->next;
	return runner;
}

/* Its thread ends, or was rewound to before its first run. */
static void runner_end(struct dctxi_keep *keep)
{
	struct dctxi_runner *runner = (struct dctxi_runner *)keep;

	dctxi_timers_lock();
	dctxi_runner_remove(runner);
	dctxi_timers_unlock();
	dctxi_free(runner, sizeof *runner);
}

/* This thread's; a function that it was in, and that calls this or was jumped
 * out of, counts as ended. */
static struct dctxi_runner *have_runner(void)
{
	struct dctxi_runner *runner;

	dctxi_timers_lock();
	runner = runner_here();
	if (runner != NULL) {
		runner->timer = NULL;
		dctxi_timers_ended();
	}
	dctxi_timers_unlock();
	if (runner != NULL)
		return runner;
	runner = dctxi_alloc(sizeof *runner);
	if (runner == NULL)
		return NULL;
	runner->keep.end = runner_end;
	if (!dctxi_keep(&runner->keep)) {
		dctxi_free(runner, sizeof *runner);
		return NULL;
	}
	dctxi_timers_lock();
	dctxi_runner_add(runner);
	dctxi_timers_unlock();
	return runner;
}

static void run_deferred(void *unused)
{
	/* Acquire: as of a pointer that was shown after what it needs. */
	void (*deferred)(void) =
		__atomic_load_n(&dctxi_timers_deferred, __ATOMIC_ACQUIRE);

	(void)unused;
	if (deferred != NULL)
		deferred();
}

size_t dctxi_timers_run(struct dctxi_runner *runner, dctxi_timers_call *call)
{
	struct dctx_timer *timer;
	size_t ran = 0;
	int64_t now;

	/* Acquire what the kick deferred; the load only spares an exchange. */
	if (__atomic_load_n(&T->kicked, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&T->kicked, 0, __ATOMIC_ACQUIRE))
		call(run_deferred, NULL);
	now = dctxi_clock();
	dctxi_timers_lock();
	/* An empty wheel's time may be set; far from now it would be coarse. */
	if (T->wheel.levels == 0)
		dctxi_wheel_init(&T->wheel, now);
	dctxi_wheel_collect(&T->wheel, now);
	while ((timer = dctxi_wheel_take(&T->wheel)) != NULL) {
		/* After the function has begun the timer may be gone. */
		dctx_timer_fn *fn = timer->fn;
		void *arg = timer->arg;

		runner->timer = timer;
		dctxi_timers_unlock();
		call(fn, arg);
		ran++;
		dctxi_timers_lock();
		runner->timer = NULL;
		dctxi_timers_ended();
	}
	dctxi_timers_unlock();
	return ran;
}

static void call_here(dctx_timer_fn *fn, void *arg)
{
	fn(arg);
}

dctx_status dctx_timers_run_due(size_t *out_ran)
{
	struct dctxi_runner *runner = have_runner();
	size_t ran;
	int fd;

	if (runner == NULL)
		return dctxi_fail(DCTX_NOMEM, "timers");
	/* First: what sets it from here on may not be seen by this run. */
	fd = __atomic_load_n(&T->fd, __ATOMIC_ACQUIRE);
	if (fd >= 0)
		dctxi_event_unset(fd);
	ran = dctxi_timers_run(runner, call_here);
	if (out_ran != NULL)
		*out_ran = ran;
	return DCTX_OK;
}
