/* SPDX-License-Identifier: MIT */
/*
 * poll(2) and ppoll(2), with one descriptor more: so the caller's array is
 * copied, onto the stack or, when it is long, to memory that hangs on the
 * thread meanwhile (plat/local.h).
 */
#define _GNU_SOURCE /* ppoll */
#include "life/block.h"
#include "data/fail.h"
#include "plat/clock.h"
#include "plat/heap.h"
#include "plat/local.h"

#include <dctx/io.h>

#include <errno.h>
#include <string.h>

#define FEW 32

static int64_t until_of(const struct timespec *timeout)
{
	int64_t seconds, ns;

	if (timeout == NULL)
		return DCTX_NO_DEADLINE;
	seconds = timeout->tv_sec;
	if (seconds > INT64_MAX / DCTX_S - 1)
		return DCTX_NO_DEADLINE;
	ns = seconds * DCTX_S + timeout->tv_nsec;
	return dctxi_clock_plus(dctxi_clock(), ns);
}

static bool is_valid(const struct timespec *timeout)
{
	return timeout == NULL ||
	       (timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 &&
		timeout->tv_nsec < DCTX_S);
}

static int wait_for(struct pollfd *copy, struct pollfd *fds, nfds_t n,
		    int64_t until, const sigset_t *mask)
{
	struct dctxi_polled polled = {copy, n, mask, n == 0};
	int ready;

	if (n > 0)
		memcpy(copy, fds, n * sizeof *fds);
	ready = dctxi_block_poll(&polled, until);
	for (nfds_t i = 0; ready >= 0 && i < n; i++)
		fds[i].revents = copy[i].revents;
	return ready;
}

/* A block that hangs on the thread begins with a link. */
struct many {
	void *next;
	struct pollfd fds[];
};

static int wait_for_many(struct pollfd *fds, nfds_t n, int64_t until,
			 const sigset_t *mask)
{
	struct many *many =
		dctxi_raw_alloc(sizeof *many + (n + 1) * sizeof *fds);
	int ready;

	if (many == NULL || !dctxi_hold(&many->next)) {
		dctxi_raw_free(many);
		(void)dctxi_fail(DCTX_NOMEM, "poll");
		return -ENOMEM;
	}
	ready = wait_for(many->fds, fds, n, until, mask);
	dctxi_let_go(&many->next);
	dctxi_raw_free(many);
	return ready;
}

int dctx_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
	       const sigset_t *mask)
{
	static const struct timespec now = {0, 0};
	struct pollfd few[FEW + 1];
	int64_t until;
	int ready;

	if (!dctxi_may_end())
		return ppoll(fds, n, timeout, mask);
	if (dctxi_is_over())
		return -1;
	if (!is_valid(timeout))
		return ppoll(fds, n, timeout, mask);
	until = until_of(timeout);
	ready = ppoll(fds, n, &now, mask);
	if (ready != 0 ||
	    (timeout != NULL && timeout->tv_sec == 0 && timeout->tv_nsec == 0))
		return ready;
	if (n <= FEW)
		ready = wait_for(few, fds, n, until, mask);
	else
		ready = wait_for_many(fds, n, until, mask);
	if (ready >= 0)
		return ready;
	errno = -ready;
	return -1;
}

int dctx_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000,
				   timeout_ms % 1000 * 1000000L};

	if (!dctxi_may_end())
		return poll(fds, n, timeout_ms);
	return dctx_ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, NULL);
}
