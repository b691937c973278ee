/* SPDX-License-Identifier: MIT */
/*
 * select(2): its sets are waited for by poll, since the thread's eventfd may be
 * too big a number for a set, and then shown to select itself, which knows best
 * what it makes of them.
 */
#include "life/block.h"
#include "plat/clock.h"

#include <dctx/io.h>

#include <errno.h>

struct sets {
	int n;
	fd_set *of[3]; /* read, write, except; each may be NULL */
};

static int64_t until_of(const struct timeval *timeout)
{
	int64_t seconds, us;

	if (timeout == NULL)
		return DCTX_NO_DEADLINE;
	seconds = timeout->tv_sec;
	us = timeout->tv_usec;
	if (seconds > INT64_MAX / DCTX_S / 2 || us > INT64_MAX / DCTX_US / 2)
		return DCTX_NO_DEADLINE;
	return dctxi_clock_plus(dctxi_clock(), seconds * DCTX_S + us * DCTX_US);
}

/* What is ready now goes into the caller's sets; 0 leaves them alone. */
static int select_now(const struct sets *sets)
{
	struct timeval none = {0, 0};
	fd_set copy[3];
	int ready;

	for (int i = 0; i < 3; i++)
		if (sets->of[i] != NULL)
			copy[i] = *sets->of[i];
	ready = select(sets->n, sets->of[0] ? &copy[0] : NULL,
		       sets->of[1] ? &copy[1] : NULL,
		       sets->of[2] ? &copy[2] : NULL, &none);
	for (int i = 0; ready > 0 && i < 3; i++)
		if (sets->of[i] != NULL)
			*sets->of[i] = copy[i];
	return ready;
}

static nfds_t fill(const struct sets *sets, struct pollfd *fds)
{
	static const short events[3] = {POLLIN, POLLOUT, POLLPRI};
	nfds_t n = 0;

	for (int fd = 0; fd < sets->n; fd++) {
		short wanted = 0;

		for (int i = 0; i < 3; i++)
			if (sets->of[i] != NULL && FD_ISSET(fd, sets->of[i]))
				wanted |= events[i];
		if (wanted != 0)
			fds[n++] = (struct pollfd){fd, wanted, 0};
	}
	return n;
}

/* Waits until select may find something. What it does not look at, such as a
 * hang-up, keeps poll ready: then in naps. */
static int wait_more(const struct sets *sets, int64_t until, bool napping)
{
	struct pollfd fds[FD_SETSIZE + 1];
	struct dctxi_polled polled = {fds, 0, NULL, false};

	if (napping) {
		int64_t nap = dctxi_clock_plus(dctxi_clock(), DCTX_MS);
		int ready =
			dctxi_block_poll(&polled, nap < until ? nap : until);

		return ready == 0 && nap < until ? 1 : ready;
	}
	polled.n = fill(sets, fds);
	return dctxi_block_poll(&polled, until);
}

static int select_until(const struct sets *sets, int64_t until)
{
	int ready = select_now(sets);

	for (bool napping = false; ready == 0; napping = true) {
		int may = wait_more(sets, until, napping);

		if (may < 0) {
			errno = -may;
			return -1;
		}
		ready = select_now(sets);
		if (may == 0)
			break;
	}
	/* Nothing: as the original leaves it. */
	for (int i = 0; ready == 0 && i < 3; i++)
		if (sets->of[i] != NULL)
			FD_ZERO(sets->of[i]);
	return ready;
}

static void tell_left(struct timeval *timeout, int64_t until)
{
	int64_t left = until - dctxi_clock();

	if (timeout == NULL || until == DCTX_NO_DEADLINE)
		return;
	if (left < 0)
		left = 0;
	timeout->tv_sec = (time_t)(left / DCTX_S);
	timeout->tv_usec = (suseconds_t)(left % DCTX_S / DCTX_US);
}

int dctx_select(int n, fd_set *read, fd_set *write, fd_set *except,
		struct timeval *timeout)
{
	struct sets sets = {n, {read, write, except}};
	int64_t until;
	int ready;

	if (!dctxi_may_end())
		return select(n, read, write, except, timeout);
	if (dctxi_is_over())
		return -1;
	if (n > FD_SETSIZE) {
		errno = EINVAL;
		return -1;
	}
	if (n < 0 || (timeout != NULL &&
		      (timeout->tv_sec < 0 || timeout->tv_usec < 0 ||
		       (timeout->tv_sec == 0 && timeout->tv_usec == 0))))
		return select(n, read, write, except, timeout);
	until = until_of(timeout);
	ready = select_until(&sets, until);
	tell_left(timeout, until);
	return ready;
}
