/* SPDX-License-Identifier: MIT */
/*
 * Waiters: functions that are called, and descriptors that become readable, at
 * the end of a context.
 *
 * Theory. A waiter is ARMED until one of three has it, by compare-and-swap: who
 * rings it because of a cancel, the timer of its deadline, who removes it. So
 * its function is called once, or never after a removal that says so. Before
 * that it is STARTING; who would have it then leaves RUNG behind, and the one
 * who starts it asks.
 *
 * References: the handle's; one while its timer is armed or runs; one for each
 * link that was rung, until it was seen to. Whoever drops the last frees it,
 * when nobody has it in a hall any more: the handle's end takes the links out.
 * The waiter holds its cell, and with it all cells that its links are in.
 *
 * In a signal handler descriptors are set at once; links with functions wait
 * for whoever drives the timers (rung.h).
 *
 * fork(2): in the child a waiter's function is called as in the parent. Its
 * descriptor is the parent's, too: it is not set in the child.
 */
#include "data/fail.h"
#include "data/snapshot.h"
#include "flow/store.h"
#include "life/ask.h"
#include "life/path.h"
#include "life/timers.h"
#include "plat/clock.h"
#include "plat/event.h"
#include "plat/fork.h"
#include "plat/futex.h"
#include "plat/heap.h"
#include "plat/thread.h"

#include <dctx/waiter.h>

#include <errno.h>
#include <limits.h>

enum state { STARTING, RUNG, ARMED, REMOVED, RUNNING, AWAITED, RAN };

struct dctx_waiter {
	struct dctxi_waiting waiting;
	dctx_timer timer;
	uint32_t state;
	uint32_t refs;
	uint32_t born; /* dctxi_fork_count then */
	int fd;	       /* -1: a function */
	dctx_done_fn fn;
	void *arg;
	unsigned long runner; /* the thread that calls the function */
	struct dctxi_cell *cell;
	int64_t deadline;
	uint32_t links;
	bool timed; /* its timer was armed once */
	struct dctxi_link link[];
};

static size_t size_of(uint32_t links)
{
	return offsetof(struct dctx_waiter, link) +
	       links * sizeof(struct dctxi_link);
}

static void hold(struct dctx_waiter *w)
{
	/* Relaxed: the caller has it from somebody who holds it. */
	__atomic_fetch_add(&w->refs, 1, __ATOMIC_RELAXED);
}

static void drop(struct dctx_waiter *w)
{
	/* Release what this thread did; acquire what others did. */
	if (__atomic_fetch_sub(&w->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	if (w->fd >= 0)
		dctxi_event_close(w->fd);
	dctxi_cell_drop(w->cell);
	dctxi_free(w, size_of(w->links));
}

/* Whether it is still being started; who does that is told to look. */
static bool is_starting(struct dctx_waiter *w)
{
	/* Acquire, from who started it: all that it is. */
	uint32_t state = __atomic_load_n(&w->state, __ATOMIC_ACQUIRE);

	/* Release the cause, or that the time has come: of each who comes. */
	while (state < ARMED)
		if (__atomic_compare_exchange_n(&w->state, &state, RUNG, false,
						__ATOMIC_RELEASE,
						__ATOMIC_ACQUIRE))
			return true;
	return false;
}

/* Whether the caller is the one. */
static bool take(struct dctx_waiter *w, enum state as)
{
	uint32_t armed = ARMED;

	/* Acquire what the one who armed it did; release for who finds it taken
	 * and disarms its timer. */
	return !is_starting(w) &&
	       __atomic_compare_exchange_n(&w->state, &armed, as, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* The caller has taken it. Signal-safe. */
static void finish(struct dctx_waiter *w)
{
	/* Release what the function did. */
	if (__atomic_exchange_n(&w->state, RAN, __ATOMIC_ACQ_REL) == AWAITED)
		dctxi_futex_wake(&w->state, INT_MAX);
}

/* Sleeps until a call that runs on another thread has returned. */
static void await(struct dctx_waiter *w)
{
	uint32_t state = RUNNING;

	/* Relaxed: it is this thread's own store that counts. */
	if (__atomic_load_n(&w->runner, __ATOMIC_RELAXED) == dctxi_thread_id())
		return;
	/* Acquire what the function did. */
	(void)__atomic_compare_exchange_n(&w->state, &state, AWAITED, false,
					  __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
	while (__atomic_load_n(&w->state, __ATOMIC_ACQUIRE) == AWAITED)
		(void)dctxi_futex_wait(&w->state, AWAITED, DCTX_NO_DEADLINE);
}

static void fire(struct dctx_waiter *w, dctx_status status)
{
	if (!take(w, RUNNING))
		return;
	if (w->fd >= 0) {
		if (w->born == dctxi_fork_count())
			dctxi_event_set(w->fd);
	} else {
		/* Relaxed: only its own thread finds itself in it. */
		__atomic_store_n(&w->runner, dctxi_thread_id(),
				 __ATOMIC_RELAXED);
		w->fn(w->arg, status);
	}
	finish(w);
}

static struct dctxi_end end_of(const struct dctx_waiter *w, int64_t *out_now)
{
	return dctxi_end_now((const void *)w->cell, w->deadline, out_now);
}

/* Arms the timer, or moves it: while it is armed, or its function runs, it has
 * one reference. */
static dctx_status arm(struct dctx_waiter *w, int64_t at)
{
	bool was_armed = false;
	dctx_status status;

	hold(w);
	status = dctxi_timers_arm(&w->timer, at, &was_armed);
	if (status != DCTX_OK || was_armed)
		drop(w);
	/* Somebody may have ended it since it was seen to wait. The timers'
	 * lock is between: who took it first is seen by the other. */
	if (status == DCTX_OK &&
	    __atomic_load_n(&w->state, __ATOMIC_ACQUIRE) > ARMED &&
	    dctx_timer_disarm(&w->timer) == DCTX_OK)
		drop(w);
	return status;
}

static bool is_waiting(struct dctx_waiter *w)
{
	/* A hint: arm() looks again. */
	return !is_starting(w) &&
	       __atomic_load_n(&w->state, __ATOMIC_ACQUIRE) == ARMED;
}

/* Calls, or has the timer call when it is time. Another cancel may have the
 * timer look at once while this, not knowing of it, moves it to later: so it
 * asks again after. */
static void fire_in_time(struct dctx_waiter *w)
{
	int64_t now, at = DCTXI_NO_DEADLINE;
	struct dctxi_end end = end_of(w, &now);

	while (end.status == DCTX_OK && end.at < at && is_waiting(w)) {
		at = end.at;
		(void)arm(w, at);
		end = end_of(w, &now);
	}
	if (end.status != DCTX_OK)
		fire(w, end.status);
}

/* At the deadline, at the end of a grace, or sooner, to look. */
static void look(void *arg)
{
	struct dctx_waiter *w = arg;

	fire_in_time(w);
	drop(w);
}

/* Sees to a link that was rung, and drops its reference. One behind a shield
 * has its waiter's timer look, which is the only one to arm it anew. */
static void see_to(struct dctxi_link *link)
{
	struct dctx_waiter *w = (void *)link->waiting;
	int64_t now;

	if (link->later > 0)
		(void)arm(w, dctxi_clock());
	else
		fire(w, end_of(w, &now).status);
	drop(w);
}

/* Under the hall's lock, perhaps in a signal handler. */
static bool ring(struct dctxi_link *link)
{
	struct dctx_waiter *w = (void *)link->waiting;

	if (w->fd >= 0 && link->later == 0) {
		fire(w, DCTX_CANCELED);
		return false;
	}
	hold(w);
	return true;
}

/* What is waited for: the two words of a store or a snapshot. */
struct reach {
	struct dctxi_cell *cell;
	int64_t deadline;
};

static struct dctx_waiter *make(struct reach reach, dctx_done_fn fn, void *arg)
{
	uint32_t n = dctxi_path_count(reach.cell);
	struct dctx_waiter *w = dctxi_alloc(size_of(n));

	if (w == NULL)
		return NULL;
	*w = (struct dctx_waiter){
		.waiting = {ring, see_to},
		.refs = 1,
		.born = dctxi_fork_count(),
		.fd = -1,
		.fn = fn,
		.arg = arg,
		.cell = reach.cell,
		.deadline = reach.deadline,
		.links = n,
	};
	dctxi_cell_hold(w->cell);
	dctx_timer_init(&w->timer, look, w);
	return w;
}

/* A timer for the deadline; behind a shield, one for the end of a grace that
 * may begin one day, so that it is known now whether there can be one. */
static dctx_status begin_timer(struct dctx_waiter *w)
{
	int64_t at = w->deadline;

	if (at == DCTXI_NO_DEADLINE) {
		if (w->cell == NULL || !w->cell->shielded)
			return DCTX_OK;
		at = DCTXI_NO_DEADLINE - 1;
	}
	w->timed = true;
	return arm(w, at);
}

/* The timers' lock is all threads': only who has armed one takes it. */
static void leave(struct dctx_waiter *w)
{
	if (w->timed && dctx_timer_disarm(&w->timer) == DCTX_OK)
		drop(w);
	dctxi_path_leave(w->link, w->links);
}

/* Registers, then asks: see hall.h. From ARMED on its function may end it. A
 * cancel that was there before, behind a shield, rings nobody: the timer is
 * moved to the end of its grace. */
static void begin_wait(struct dctx_waiter *w)
{
	struct dctxi_end end;
	bool was_rung;
	int64_t now;

	dctxi_path_enter(w->cell, w->link, &w->waiting);
	/* Release what was made; acquire the cause of who left RUNG. */
	was_rung =
		__atomic_exchange_n(&w->state, ARMED, __ATOMIC_ACQ_REL) == RUNG;
	end = end_of(w, &now);
	if (was_rung || end.status != DCTX_OK || end.at < w->deadline)
		fire_in_time(w);
}

static dctx_status start(struct reach reach, dctx_done_fn fn, void *arg, int fd,
			 dctx_waiter **out)
{
	struct dctx_waiter *w = make(reach, fn, arg);
	dctx_status status;

	if (w == NULL)
		return dctxi_fail(DCTX_NOMEM, "waiter");
	w->fd = fd;
	status = begin_timer(w);
	if (status != DCTX_OK) {
		w->fd = -1;
		drop(w);
		return dctxi_fail(status, "waiter");
	}
	*out = w;
	hold(w);
	begin_wait(w);
	drop(w);
	return DCTX_OK;
}

static dctx_status start_fd(struct reach reach, int *out_fd, dctx_waiter **out)
{
	dctx_status status;
	int before = errno;
	int fd = dctxi_event_open();

	if (fd < 0)
		status = dctxi_fail_system(errno);
	else
		status = start(reach, NULL, NULL, fd, out);
	errno = before;
	if (status == DCTX_OK)
		*out_fd = fd;
	else if (fd >= 0)
		dctxi_event_close(fd);
	return status;
}

static struct reach reach_of_store(const dctx_store *store)
{
	return (struct reach){dctxi_cell_of(store->cell), store->deadline};
}

static struct reach reach_of_snapshot(const dctx_snapshot *snapshot)
{
	return (struct reach){dctxi_cell_of(snapshot->cell),
			      snapshot->deadline};
}

dctx_status dctx_snapshot_on_done(dctx_snapshot *snapshot, dctx_done_fn fn,
				  void *arg, dctx_waiter **out)
{
	if (snapshot == NULL || fn == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "waiter");
	return start(reach_of_snapshot(snapshot), fn, arg, -1, out);
}

dctx_status dctx_store_on_done(dctx_store *store, dctx_done_fn fn, void *arg,
			       dctx_waiter **out)
{
	if (store == NULL || fn == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "waiter");
	return start(reach_of_store(store), fn, arg, -1, out);
}

dctx_status dctx_snapshot_on_done_fd(dctx_snapshot *snapshot, int *out_fd,
				     dctx_waiter **out)
{
	if (snapshot == NULL || out_fd == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "waiter");
	return start_fd(reach_of_snapshot(snapshot), out_fd, out);
}

dctx_status dctx_store_on_done_fd(dctx_store *store, int *out_fd,
				  dctx_waiter **out)
{
	if (store == NULL || out_fd == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "waiter");
	return start_fd(reach_of_store(store), out_fd, out);
}

/* Whether it was still armed. */
static bool disarm(struct dctx_waiter *w)
{
	bool was_armed = take(w, REMOVED);

	leave(w);
	return was_armed;
}

dctx_status dctx_waiter_remove(dctx_waiter *w)
{
	bool was_armed;

	if (w == NULL)
		return DCTX_OK;
	was_armed = disarm(w);
	drop(w);
	return was_armed ? DCTX_OK : DCTX_STALE;
}

dctx_status dctx_waiter_remove_wait(dctx_waiter *w)
{
	bool was_armed;

	if (w == NULL)
		return DCTX_OK;
	was_armed = disarm(w);
	await(w);
	drop(w);
	return was_armed ? DCTX_OK : DCTX_STALE;
}
