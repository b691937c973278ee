/* SPDX-License-Identifier: MIT */
/*
 * dctx/timer.h - calling a function at a deadline.
 *
 *     static void give_up(void *request) { ... }
 *
 *     dctx_timer timer = DCTX_TIMER_INIT(give_up, request);
 *
 *     dctx_timer_arm(&timer, dctx_deadline_in(250 * DCTX_MS));
 *     if (answered(request))
 *             dctx_timer_disarm_wait(&timer);
 *
 * A timer lies in its user's memory. It is armed on a wheel: on the process's
 * own, whose timers any thread may arm (dctx_timer_*, dctx_timers_*), or on one
 * that a thread made for itself (dctx_wheel_*). Arming and disarming cost the
 * same however many are armed.
 *
 * Timers of the process are run by a thread of the library, which starts when
 * the first is armed, or by a loop of yours: dctx_timers_thread(false), and
 *
 *     poll(fds, n, until(dctx_timers_next_due()));   // and dctx_timers_fd
 *     dctx_timers_run_due(NULL);
 *
 * A timer runs once, never before its deadline by the clock of dctx_now. It is
 * disarmed when its function is called, which may arm or disarm any timer, this
 * one too, and free the memory that it lies in. It may end by longjmp or
 * pthread_exit; what was due besides runs the next time. No lock is held.
 *
 * Those that are due run in the order of their deadlines, and in the order of
 * arming where these are equal. One that was armed when its deadline was past
 * may come after others that were due; what a run left comes first in the next.
 */
#ifndef DCTX_TIMER_H
#define DCTX_TIMER_H

#include <dctx/deadline.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a timer calls. Since: 0.1. */
typedef void dctx_timer_fn(void *arg);

/* A wheel of one owner. Since: 0.1. */
typedef struct dctx_wheel dctx_wheel;

/* A timer's place in a wheel. Since: 0.1. */
struct dctx_timer_link {
	struct dctx_timer_link *next;
	struct dctx_timer_link *prev;
};

/*
 * A timer; all its fields are the library's. It must stay where it is while it
 * is armed, and be all zero or initialised before its first use.
 * Since: 0.1.
 */
typedef struct dctx_timer {
	struct dctx_timer_link link; /* next is NULL: not armed */
	int64_t deadline;
	dctx_wheel *wheel; /* it was armed on last */
	dctx_timer_fn *fn;
	void *arg;
} dctx_timer;

/* A timer that calls `fn(arg)`, as the value of a variable. Since: 0.1. */
#define DCTX_TIMER_INIT(fn, arg) {{NULL, NULL}, 0, NULL, (fn), (arg)}

/*
 * The same of a timer that is not armed. NULL is fine; a timer without a
 * function cannot be armed.
 * Threads: the timer's owner. Signal-safe. Blocks, allocates: never. Since:
 * 0.1.
 */
DCTX_API void dctx_timer_init(dctx_timer *timer, dctx_timer_fn *fn, void *arg);

/*
 * Arms a timer of the process: its function will be called once, when the clock
 * has come to `deadline`. A past deadline is due at once. One that is armed is
 * moved; DCTX_NO_DEADLINE disarms it.
 * The function is called on the library's thread (named dctx-timers, with all
 * signals blocked, a stack of 256 KiB and an empty context), or by
 * dctx_timers_run_due. In a fork's child the timers stay armed; the first that
 * is armed there starts the thread.
 * Returns: DCTX_OK; DCTX_INVALID for NULL or a timer without a function;
 * DCTX_BUSY for one that is armed on a wheel of its own; DCTX_NOMEM or
 * DCTX_SYSTEM when the thread was to be started and could not be: then the
 * timer is as it was.
 * Threads: any; one at a time a timer, but for disarming. Blocks: for the few
 * instructions that another call takes. Allocates: when it starts the thread.
 * Since: 0.1.
 */
DCTX_API dctx_status dctx_timer_arm(dctx_timer *timer, int64_t deadline);

/*
 * Disarms a timer of the process.
 * Returns: DCTX_OK: it will not run, and its memory is the caller's again;
 * DCTX_STALE: it is not armed, or its function has been called, and runs
 * perhaps; this is not noted in dctx_last_error. DCTX_INVALID for NULL;
 * DCTX_BUSY for one that is armed on a wheel of its own.
 * Threads: any. Blocks: as dctx_timer_arm. Allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_timer_disarm(dctx_timer *timer);

/*
 * The same, and waits until its function has ended where it is running on
 * another thread; if that armed the timer again, it is disarmed again. After
 * this nobody else uses the timer's memory. In its own function it does not
 * wait.
 * It waits for ever for a function that waits for the caller: so call it with
 * no lock that the function takes. A function has also ended when it was jumped
 * out of, which shows when its thread ends, calls dctx_rewind to a mark from
 * before, or calls dctx_timers_run_due again.
 * Returns: as dctx_timer_disarm. Threads: any. Blocks: until the function ends.
 * Allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_timer_disarm_wait(dctx_timer *timer);

/*
 * Says who runs the process's timers: the library's thread (true, as it is from
 * the start), or nobody but dctx_timers_run_due. On: starts the thread if
 * timers are armed, or else the next dctx_timer_arm does. Off: ends it, and
 * waits for the function that it runs, unless called there. The thread is
 * detached. A process ends without regard to it, unless its first thread ends
 * by pthread_exit: then off ends it. Returns: DCTX_OK; DCTX_NOMEM or
 * DCTX_SYSTEM when the thread could not be started: it is on, and starts later.
 * Threads: any. Blocks: see above. Allocates: when it starts the thread. Since:
 * 0.1.
 */
DCTX_API dctx_status dctx_timers_thread(bool on);

/*
 * Tells by when dctx_timers_run_due is to be called.
 * Returns: a point on the clock, perhaps a past one: no timer is due before it.
 * It is the earliest deadline, or earlier when the earliest was disarmed;
 * DCTX_NO_DEADLINE when no timer is armed. Threads: any. Blocks: as
 * dctx_timer_arm. Allocates: never. Since: 0.1.
 */
DCTX_API int64_t dctx_timers_next_due(void);

/*
 * Runs the process's timers that are due, on this thread, and the callbacks
 * that a cancel from a signal handler left. Those that are armed meanwhile wait
 * for the next run. May be called whether the thread is on or off, and by
 * several threads, which share what is due; called by a timer's function, that
 * counts as ended for dctx_timer_disarm_wait.
 * *out_ran (may be NULL) gets how many timers ran.
 * Returns: DCTX_OK; DCTX_NOMEM: none ran. Threads: any. Blocks: as the
 * functions do. Allocates: unless a warm thread has some left. Since: 0.1.
 */
DCTX_API dctx_status dctx_timers_run_due(size_t *out_ran);

/*
 * Gives a descriptor that becomes readable when the process's timers are due
 * earlier than dctx_timers_next_due said last, or when a cancel from a signal
 * handler has callbacks to run: call dctx_timers_run_due then, which makes it
 * unreadable, and dctx_timers_next_due. It says nothing of deadlines that come:
 * those are for the caller's timeout. Linux: an eventfd, closed on exec.
 * Owns: the library; it is the same for all, neither to be read nor closed. A
 * fork's child has none until it asks; the parent's is closed there.
 * *out_fd is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for NULL; DCTX_SYSTEM when there is none to be
 * had. Threads: any. Blocks: as dctx_timer_arm. Allocates: a descriptor, once.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_timers_fd(int *out_fd);

/*
 * Makes a wheel: timers that are armed, disarmed and run by one thread at a
 * time, without locks, a clock or a thread. `now` is where its time begins, on
 * dctx_now's clock or any other that does not go back.
 * Owns: the caller gets the wheel, for dctx_wheel_free. *out is written only on
 * success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out; DCTX_NOMEM. Threads: any.
 * Blocks: never. Allocates: 17 KiB. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_wheel_new(int64_t now,
						  dctx_wheel **out);

/*
 * Frees a wheel; what is armed on it is disarmed. Not from within a function
 * that it runs. NULL is fine.
 * Returns: NULL. Threads: the wheel's owner. Blocks, allocates: never. Since:
 * 0.1.
 */
DCTX_API dctx_wheel *dctx_wheel_free(dctx_wheel *wheel);

/*
 * Arms a timer on a wheel, or moves it there. A past deadline is due at the
 * next run; DCTX_NO_DEADLINE disarms it.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or a timer without a function;
 * DCTX_BUSY for one that is armed on another wheel. Threads: the wheel's owner.
 * Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_wheel_arm(dctx_wheel *wheel, dctx_timer *timer,
				    int64_t deadline);

/*
 * Disarms a timer.
 * Returns: DCTX_OK: it will not run; DCTX_STALE: it is not armed, which is not
 * noted in dctx_last_error; DCTX_INVALID for a NULL; DCTX_BUSY for one that is
 * armed on another wheel. Threads: the wheel's owner. Blocks, allocates: never.
 * Since: 0.1.
 */
DCTX_API dctx_status dctx_wheel_disarm(dctx_wheel *wheel, dctx_timer *timer);

/*
 * Tells by when dctx_wheel_run_due is to be called.
 * Returns: as dctx_timers_next_due; DCTX_NO_DEADLINE for NULL. Threads: the
 * wheel's owner. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API int64_t dctx_wheel_next_due(const dctx_wheel *wheel);

/*
 * Runs the timers whose deadline is `now` or earlier. Those that are armed
 * meanwhile wait for the next run.
 * Returns: how many ran; 0 for NULL. Threads: the wheel's owner. Blocks,
 * allocates: as the functions do. Since: 0.1.
 */
DCTX_API size_t dctx_wheel_run_due(dctx_wheel *wheel, int64_t now);

#ifdef __cplusplus
}
#endif
#endif
