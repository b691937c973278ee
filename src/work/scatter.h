/* SPDX-License-Identifier: MIT */
/*
 * A scatter from inside: what its slices share, and who runs them.
 *
 * Theory. A slice is claimed by taking the next number, so one thread at most
 * runs it, and writes its outcome. Runners claim until there are none: the
 * caller is one (runner[0]), and each other one is an item of the executor's.
 * So an item that comes late, or never, keeps nothing back: somebody else has
 * taken its slices, and it finds none. Closing a scatter is claiming all that
 * are left.
 *
 * The caller owns it, and each item in the executor's hands has a reference. No
 * slice runs once `ended` is n, which the caller waits for: what belongs to the
 * call (the slices, the snapshot, the source, the user's functions) is used
 * before that only; an item that is left in a queue finds numbers, no context.
 *
 * n .. born  never change after the first item is given away (release in the
 *            executor's own lock).
 * next       the next slice; relaxed: it orders nothing but itself.
 * ended      how many are over, told by each runner when it finds no more.
 *            Release what its slices wrote, acquire by the one who brings it
 *            to n and so wakes the caller.
 * live       items that the executor has, and one for the caller while it
 *            submits: at 0 nobody but the caller will run anything.
 * lost       of those that were given, so many ended with their thread; the
 *            caller gives others for them. Relaxed: a ring comes after.
 * places     of an at_a_time, those that are free; compare-and-swap, relaxed.
 * lock       for the counts and what was decided by them, and for the alarm:
 *            who rings holds it, so the caller cannot free what is rung; a
 *            sleeper is woken after it. User code never runs under it.
 *
 * After fork(2) in a slice on the caller's thread the child has that thread
 * only: the call ends there with what is claimed by others as cancelled, and
 * the block stays allocated. A thread that ends in a slice ends the slice with
 * DCTX_CANCELED; the caller's, the whole call, after waiting for the others.
 */
#ifndef DCTXI_SCATTER_H
#define DCTXI_SCATTER_H

#include "plat/mutex.h"
#include "work/along.h"
#include "work/item.h"
#include "work/publish.h"
#include "work/work.h"

#include <dctx/scatter.h>

#define DCTXI_NO_SLICE SIZE_MAX

struct dctxi_scatter;

/* Who claims slices and runs them. */
struct dctxi_runner {
	dctx_runnable item; /* first */
	struct dctxi_scatter *scatter;
	struct dctxi_runner *before; /* that this thread was when it began */
	size_t at;     /* atomic: the slice that it runs, or DCTXI_NO_SLICE */
	bool told;     /* the caller's: it was reported as stuck */
	size_t done;   /* slices that are over and not yet in `ended` */
	dctx_status end; /* what its context said when it was last asked */
	void *held;      /* what hung on the thread then (plat/local.h) */
	int64_t began;   /* the slice, if that is timed */
	struct dctxi_call call; /* the context the slice runs under */
	bool inside;		/* it stays for the next slice */
	dctx_guard name;
	dctx_store *task; /* of its own, with DCTX_SUBMIT_FORK */
	dctx_slice what;	/* what comes of it */
	bool came_back;		/* the thread did not end in it */
	struct dctxi_published published;
};

struct dctxi_scatter {
	uint32_t refs;
	uint32_t live;
	size_t room;  /* runners */
	size_t given; /* of these are in use, runner[0] too; the caller's */
	size_t lost;

	size_t n;
	dctx_slice_fn fn;
	void *user;
	void *told_user;   /* for `merge` and `stuck` */
	dctx_slice *slice; /* NULL: outcomes are only counted */
	dctx_scatter_options options;
	dctx_submit_options submit;
	size_t quorum; /* 0: nothing is decided before the end */
	bool limited;  /* by at_a_time */
	int64_t deadline;
	dctx_snapshot *snapshot;
	dctx_source *source;
	struct dctxi_along along; /* captured once for all slices */
	dctx_snapshot **gathered; /* a slice's share each; NULL: none */
	uint32_t born;		  /* dctxi_fork_count then */

	size_t next;
	size_t ended;
	size_t places;
	dctx_status refusal; /* atomic: the last the executor gave */

	struct dctxi_mutex lock;
	struct dctxi_alarm *alarm; /* NULL: nobody waits */
	size_t succeeded, failed;
	bool closed;
	dctx_status decided; /* what the first that made it fail was */

	struct dctxi_runner runner[];
};

/* What the alarm's word says besides. The caller sets that it sleeps, so that
 * nobody who rings asks the system for nothing. */
#define DCTXI_SCATTER_OVER 2u /* no slice runs or will */
#define DCTXI_SCATTER_ASLEEP 4u
#define DCTXI_SCATTER_LOOK 8u /* counted up: the executor has an item less */

/* The runner whose slice this thread is in, or NULL. */
struct dctxi_runner *dctxi_runner_here(void);

/* Runs the slice that this thread is in: what accessors capture for. */
extern const dctx_call dctxi_slice_call;

/* Makes one with room for so many runners, of which the caller's is in use; all
 * else is zero. NULL without memory. And gives back a reference. */
struct dctxi_scatter *dctxi_scatter_new(size_t runners);
void dctxi_scatter_unref(struct dctxi_scatter *s);

/* Whether this is a fork's child, without the threads that had the rest. */
bool dctxi_scatter_orphaned(const struct dctxi_scatter *s);

/* Rings the caller: DCTXI_SCATTER_OVER or _LOOK. */
void dctxi_scatter_ring(struct dctxi_scatter *s, uint32_t what);

/* Claims all that nobody claimed yet; they are over with a status. */
void dctxi_scatter_close(struct dctxi_scatter *s, dctx_status status);

/* Claims and runs at most `most` slices. Returns how many. */
size_t dctxi_runner_go(struct dctxi_runner *runner, size_t most);

/* Gives the executor as many runners as may run, and goes on until all is
 * over. */
void dctxi_scatter_spread(struct dctxi_scatter *s);
void dctxi_scatter_wait(struct dctxi_scatter *s);

/* A scatter whose arguments are known to be good. `until` is when the timeout
 * ends; `told_user` is for merge and stuck. */
struct dctxi_scatter_call {
	size_t n;
	dctx_slice_fn fn;
	void *user, *told_user;
	const dctx_scatter_options *options;
	int64_t until;
	dctx_slice *slice;
	size_t failed; /* out */
};
dctx_status dctxi_scatter_call(struct dctxi_scatter_call *call);

/* Whether options are good for n slices: DCTX_OK or DCTX_INVALID. */
dctx_status dctxi_scatter_check(const dctx_scatter_options *options, size_t n);

/* When it must be over, by the timeout and the submit options. */
int64_t dctxi_scatter_until(const dctx_scatter_options *options);

#endif
