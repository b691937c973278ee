/* SPDX-License-Identifier: MIT */
/*
 * Blocking until something has happened or the current context is over. All
 * stand-ins for blocking calls sleep here and nowhere else.
 *
 * Theory. Nothing is lost between the check and the sleep: an alarm is set
 * first; setting it asks once more, after it hangs in the halls of all sources
 * above (hall.h); so a cancel is seen by that look, or finds the alarm and
 * writes to this thread's eventfd. That stays readable until it is read, so it
 * does not matter whether the write comes before, while or after poll(2) looks
 * at it. A ring that turns out to be for nothing is taken off before the next
 * look at the context, not after: one that comes in between stays. The deadline
 * needs no alarm: it is the sleep's own timeout.
 *
 * What cannot be polled (the C library's locks, a child's stop) is waited for
 * in slices of DCTXI_SLICE: there the next look at the context is never further
 * away than that.
 *
 * Under a virtual clock a sleep takes as long as the system's, and the virtual
 * time moves on by as much; but for one that waits for nothing but time.
 *
 * No signal is sent, masked or waited for. fork(2), a jump and the end of a
 * thread that sleeps here: see watch.h.
 */
#ifndef DCTXI_BLOCK_H
#define DCTXI_BLOCK_H

#include "flow/store.h"

#include <dctx/deadline.h>

#include <poll.h>
#include <signal.h>

/* Nanoseconds. */
#define DCTXI_SLICE (10 * DCTX_MS)

/* A sleep: until `until` on dctxi_clock, or less. What it returns is its
 * caller's. */
typedef int dctxi_sleep(void *arg, int64_t until);

/*
 * Sleeps. Every block of every stand-in comes through here, and so to a point
 * (point.h) after the last look at the context. Returns what `sleep` returns.
 */
int dctxi_block(dctxi_sleep *sleep, void *arg, int64_t until);

/* Whether the current context may end at all: where not, a stand-in is the
 * original. */
static inline bool dctxi_may_end(void)
{
	const struct dctx_store *store = dctx_abi1_current;

	return store->cell != NULL || store->deadline != DCTX_NO_DEADLINE;
}

/* Whether it is over: 0, ECANCELED or ETIMEDOUT. */
int dctxi_over(void);

/* The same; if so, errno says why. */
bool dctxi_is_over(void);

/* The same by the fine clock; *until becomes the end in sight, if that is
 * earlier: when to look again. */
int dctxi_look(int64_t *until);

/* ECANCELED, ETIMEDOUT, ENOMEM or 0. */
int dctxi_error_of(dctx_status status);

/* The end of a slice that begins now: DCTXI_SLICE away, `until` or the
 * context's end in sight, whichever is first. */
int64_t dctxi_slice_end(int64_t until);

/*
 * Sleeps until one of some descriptors is ready. `fds` has room for one more
 * than `n`. A NULL mask leaves the signal mask as it is.
 * Returns: how many are ready; 0 at `until`; or, below 0, -ECANCELED or
 * -ETIMEDOUT when the context is over, -EINTR after any signal handler, or why
 * it could not sleep: -ENOMEM, -EMFILE, ... It is a cancellation point.
 */
struct dctxi_polled {
	struct pollfd *fds;
	nfds_t n;
	const sigset_t *mask;
	bool idle; /* nothing but time is waited for */
};
int dctxi_block_poll(const struct dctxi_polled *polled, int64_t until);

#endif
