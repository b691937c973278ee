/* SPDX-License-Identifier: MIT */
/*
 * The process's timers: one wheel that all threads share, and who runs it.
 *
 * Theory.
 *
 * Locks. `lock` guards the wheel, each timer that is armed on it, and all the
 * words below that are not said to be atomic. It is held for a few instructions
 * (a run holds it while it looks for what is due), never while the user's code
 * runs, and under it nothing is allocated, noted or asked of the system but to
 * wake a sleeper. `setup` is held around the making of the thread and the
 * descriptor, and taken first. Neither is held while any other lock of the
 * library is taken.
 *
 * Who runs. Any number of threads may: each takes timers one by one, so that a
 * function which does not come back leaves the rest where others find them. A
 * thread that runs timers has a record on a list, which says whose function it
 * is in. It is made at the thread's first run and goes with the thread, or by a
 * rewind; the library's own thread has a static one.
 *
 * Waking. The library's thread reads `wake`, runs what is due, says under the
 * lock until when it will sleep, and sleeps unless `wake` has changed. Who arms
 * an earlier timer sees that under the same lock, moves `wake` and wakes. While
 * it is awake it sleeps until INT64_MIN, which nothing is earlier than. Where a
 * thread is wanted and there is none it sleeps until INT64_MAX: so the one
 * comparison with `alert` says whether an arm has anything more to do. What a
 * user's loop was told is treated in the same way, once there is a descriptor
 * to wake it with.
 *
 * Kicks come from signal handlers: `kicked` is set, then `wake` is moved and
 * the descriptor set. Who runs clears it before it calls what is deferred.
 *
 * fork(2) takes both locks before and lets go in both processes after. In the
 * child the wheel is as it was. Threads that ran timers are gone but for the
 * one that forked: their records are dropped, a function that was running
 * elsewhere goes on in the parent only. The library's thread is started anew by
 * the next arm, the descriptor, which is the parent's too, is closed.
 *
 * A virtual clock keeps the library's thread from being made or running
 * anything: then dctx_timers_run_due is called by who moves the clock.
 */
#ifndef DCTXI_TIMERS_STATE_H
#define DCTXI_TIMERS_STATE_H

#include "life/wheel.h"
#include "plat/local.h"
#include "plat/mutex.h"

#include <pthread.h>

/* A thread that runs timers. Its first member makes it one of the thread's
 * blocks, which are ended with it. */
struct dctxi_runner {
	struct dctxi_keep keep;
	struct dctxi_runner *next;
	pthread_t thread;
	const struct dctx_timer *timer; /* whose function it is in, or NULL */
};

/* The library's own thread. */
enum dctxi_timers_thread {
	DCTXI_THREAD_NONE,
	DCTXI_THREAD_STARTING, /* under `setup` */
	DCTXI_THREAD_RUNNING
};

struct dctxi_timers {
	struct dctxi_mutex lock;
	enum dctxi_timers_thread state;
	int64_t alert;	/* the later one of the next two */
	int64_t sleeps; /* until when the thread does */
	int64_t told;	/* until when a user's loop may */
	struct dctxi_runner *runners;
	uint32_t waiting; /* how many sleep on `ended` */
	uint32_t ended;	  /* atomic; moves when a function or the thread has */
	uint32_t wake;	  /* atomic; the thread sleeps on it */
	uint32_t kicked;  /* atomic */
	int fd;		  /* atomic; -1: none */
	bool on;	  /* whether there shall be a thread */
	struct dctx_wheel wheel;
	struct dctxi_mutex setup;
};

extern struct dctxi_timers dctxi_timers;

static inline void dctxi_timers_lock(void)
{
	dctxi_mutex_lock(&dctxi_timers.lock);
}

static inline void dctxi_timers_unlock(void)
{
	dctxi_mutex_unlock(&dctxi_timers.lock);
}

/* Under the lock: until when the thread sleeps, and the user's loop. */
void dctxi_timers_sleep(int64_t thread, int64_t told);

/* Under the lock: when the thread sleeps that is not there. */
int64_t dctxi_timers_no_thread(void);

/* Makes the thread look again. */
void dctxi_timers_wake(void);

/* Under the lock: something has ended that somebody may wait for. */
void dctxi_timers_ended(void);

/* Under the lock, and again under it after the sleep. */
void dctxi_timers_await_end(void);

/* Starts the thread if it shall be there and is not. */
dctx_status dctxi_timers_start(void);

/* Runs what is deferred and what is due as one of the list's runners, with
 * `call` around each function. Returns how many timers ran. */
typedef void dctxi_timers_call(dctx_timer_fn *fn, void *arg);
size_t dctxi_timers_run(struct dctxi_runner *runner, dctxi_timers_call *call);

/* Under the lock. */
void dctxi_runner_add(struct dctxi_runner *runner);
void dctxi_runner_remove(struct dctxi_runner *runner);

/* The fork's child: the library's thread. */
void dctxi_timers_thread_forked(void);

#endif
