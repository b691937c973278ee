/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* IOV_MAX */
#include "life/transfer.h"

#include "plat/clock.h"
#include "plat/handler.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/time.h>

/* A descriptor that was ready in vain this often, each time within SOON, is
 * asked again in naps only: of 1 ms, then longer. */
#define IDLE 2
#define IDLE_MAX 5
#define SOON (50 * DCTX_US)

bool dctxi_transfer_lay(struct dctxi_transfer *t, const struct iovec *iov,
			size_t n)
{
	size_t total = 0;

	if (n > IOV_MAX || (iov == NULL && n > 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(total, iov[i].iov_len, &total))
			return false;
	t->iov = iov;
	t->n = n;
	t->total = total;
	return total <= SSIZE_MAX;
}

bool dctxi_transfer_lay_one(struct dctxi_transfer *t, const void *bytes,
			    size_t size)
{
	t->one.iov_base = (void *)(uintptr_t)bytes;
	t->one.iov_len = size;
	return dctxi_transfer_lay(t, &t->one, 1);
}

size_t dctxi_transfer_rest(struct dctxi_transfer *t, const struct iovec **out)
{
	size_t skip = t->moved, left = t->piece, n = 0;

	if (skip == 0 && (left == 0 || t->total <= left)) {
		*out = t->iov;
		return t->n;
	}
	if (left == 0)
		left = SIZE_MAX;
	for (size_t i = 0; i < t->n && n < DCTXI_WINDOW && left > 0; i++) {
		struct iovec part = t->iov[i];

		if (skip >= part.iov_len) {
			skip -= part.iov_len;
			continue;
		}
		part.iov_base = (char *)part.iov_base + skip;
		part.iov_len -= skip;
		skip = 0;
		if (part.iov_len > left)
			part.iov_len = left;
		left -= part.iov_len;
		t->window[n++] = part;
	}
	*out = t->window;
	return n;
}

bool dctxi_transfer_is_ready(const struct dctxi_transfer *t)
{
	struct pollfd ready = {t->fd, t->events, 0};

	errno = 0;
	if (poll(&ready, 1, 0) > 0)
		return true;
	/* A handler ran just now: that counts as if it ran in the call. */
	if (errno != EINTR || !dctxi_interrupts(t->timed))
		errno = EAGAIN;
	return false;
}

bool dctxi_interrupts(bool timed)
{
	return timed || !dctxi_handlers_restart();
}

int64_t dctxi_socket_until(int fd, int option)
{
	struct timeval timeout = {0, 0};
	socklen_t size = sizeof timeout;
	int64_t seconds;

	if (getsockopt(fd, SOL_SOCKET, option, &timeout, &size) != 0 ||
	    (timeout.tv_sec == 0 && timeout.tv_usec == 0))
		return DCTX_NO_DEADLINE;
	seconds = timeout.tv_sec;
	if (seconds > INT64_MAX / DCTX_S / 2)
		return DCTX_NO_DEADLINE;
	return dctxi_clock_plus(dctxi_clock(),
				seconds * DCTX_S + timeout.tv_usec * DCTX_US);
}

static void begin_to_wait(struct dctxi_transfer *t)
{
	t->until = DCTX_NO_DEADLINE;
	if (t->option != 0)
		t->until = dctxi_socket_until(t->fd, t->option);
	t->timed = t->until != DCTX_NO_DEADLINE;
}

/* Sleeps until another attempt may be of use, and tells what poll said. */
static int sleep_on(struct dctxi_transfer *t, short *out_events)
{
	struct pollfd fds[2] = {{t->fd, t->events, 0}};
	struct dctxi_polled polled = {fds, 1, NULL, false};
	int64_t start = dctxi_clock(), until = t->until, nap;
	int ready;

	if (t->naps || t->idle > IDLE) {
		int longer = t->idle > IDLE ? (int)t->idle - IDLE - 1 : 0;

		nap = dctxi_clock_plus(start, DCTX_MS << longer);
		polled.n = 0;
		ready = dctxi_block_poll(&polled, nap < until ? nap : until);
		/* It is ready for all one knows. */
		if (ready == 0 && nap < until)
			ready = 1;
	} else {
		ready = dctxi_block_poll(&polled, until);
		*out_events = fds[0].revents;
		if (dctxi_clock() - start >= SOON)
			t->idle = 0;
	}
	if (t->idle < IDLE_MAX)
		t->idle++;
	return ready;
}

/* Waits for a descriptor after an attempt in vain. Returns 0 for another, else
 * an error number. */
static int wait_more(struct dctxi_transfer *t)
{
	short events = 0;
	int ready;

	if (t->until == 0)
		begin_to_wait(t);
	ready = sleep_on(t, &events);
	if (ready == -EINTR)
		return dctxi_interrupts(t->timed) ? EINTR : 0;
	if (ready <= 0)
		return ready == 0 ? EAGAIN : -ready;
	/* The rest of a message for a peer that is gone: the error waits for
	 * the next call, as it would have in the kernel. */
	if (t->moved > 0 && t->option != 0 && t->events == POLLOUT &&
	    events & (POLLERR | POLLHUP))
		return EPIPE;
	return 0;
}

/* Whether the original would not have blocked, whatever the reason: it is
 * non-blocking, or not open for this. */
static bool never_blocks(const struct dctxi_transfer *t)
{
	int flags = fcntl(t->fd, F_GETFL), mode = flags & O_ACCMODE;

	if (flags < 0 || flags & O_NONBLOCK)
		return true;
	if (t->option != 0)
		return false;
	return mode == (t->events == POLLIN ? O_WRONLY : O_RDONLY);
}

static ssize_t part(const struct dctxi_transfer *t)
{
	return t->moved > 0 ? (ssize_t)t->moved : -1;
}

/* What the original makes of it after a first attempt, given that it does not
 * block: more than one piece, or an error. */
static ssize_t without_blocking(struct dctxi_transfer *t, int before)
{
	if (t->moved == 0 || t->piece > 0) {
		ssize_t n;

		t->piece = 0;
		n = t->original(t);
		if (n > 0)
			t->moved += (size_t)n;
		if (t->moved == 0)
			return n;
	}
	errno = before;
	return part(t);
}

ssize_t dctxi_transfer_run(struct dctxi_transfer *t)
{
	int before = errno, error;

	if (dctxi_is_over())
		return -1;
	for (;;) {
		ssize_t n = t->attempt(t);

		if (n >= 0) {
			t->idle = 0;
			t->moved += (size_t)n;
			if (n == 0 || t->moved >= t->wanted) {
				errno = before;
				return (ssize_t)t->moved;
			}
		} else if (errno != EAGAIN) {
			return part(t);
		}
		if (t->until == 0 && never_blocks(t))
			return without_blocking(t, before);
		error = wait_more(t);
		if (error == 0)
			continue;
		errno = error;
		return part(t);
	}
}
