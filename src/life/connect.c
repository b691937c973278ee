/* SPDX-License-Identifier: MIT */
/*
 * connect(2). No flag keeps it from blocking but O_NONBLOCK, which is set while
 * this runs. The kernel goes on connecting whatever becomes of the call, so
 * what was begun is then waited for like output, and asked for its outcome:
 * by connect once more where that is known to give it (TCP: 0 or the error, as
 * from the first call), else by SO_ERROR.
 *
 * A local socket whose peer's backlog is full says EAGAIN, and nothing tells
 * when there is room: it is tried again, after 1 ms at first and 8 at last.
 */
#include "life/transfer.h"
#include "plat/clock.h"

#include <dctx/io.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

/* In steps of twice as long, from 1 ms. */
#define NAPS 3

struct connecting {
	int fd;
	const struct sockaddr *address;
	socklen_t size;
	int64_t until; /* SO_SNDTIMEO */
	unsigned naps;
	int error;
};

/* Others may have changed other flags meanwhile. */
static void block_again(void *arg)
{
	const int *fd = arg;
	int before = errno, flags = fcntl(*fd, F_GETFL);

	if (flags >= 0)
		(void)fcntl(*fd, F_SETFL, flags & ~O_NONBLOCK);
	errno = before;
}

static int socket_option(int fd, int option)
{
	int value = 0;
	socklen_t size = sizeof value;

	if (getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0)
		return errno;
	return value;
}

static int try_connect(const struct connecting *c)
{
	return connect(c->fd, c->address, c->size) == 0 ? 0 : errno;
}

/* What became of it. */
static int outcome(const struct connecting *c)
{
	int domain = socket_option(c->fd, SO_DOMAIN);

	if (domain == AF_INET || domain == AF_INET6)
		return try_connect(c);
	return socket_option(c->fd, SO_ERROR);
}

/* Waits, after `error`. Returns what became of it, or why not to go on. */
static int wait_on(struct connecting *c, int error)
{
	struct pollfd fds[2] = {{c->fd, POLLOUT, 0}};
	struct dctxi_polled polled = {fds, error != EAGAIN, NULL, false};
	int64_t until = c->until;
	int ready;

	if (error == EAGAIN) {
		until = dctxi_clock_plus(dctxi_clock(), DCTX_MS << c->naps);
		if (c->naps < NAPS)
			c->naps++;
		if (until > c->until)
			until = c->until;
	}
	ready = dctxi_block_poll(&polled, until);
	/* A nap is not begun again: handlers may come faster than it ends. */
	if (ready == -EINTR && !dctxi_interrupts(c->until != DCTX_NO_DEADLINE))
		return error == EAGAIN ? try_connect(c) : error;
	if (ready < 0)
		return -ready;
	if (error == EAGAIN)
		return until < c->until ? try_connect(c) : ETIME;
	return ready > 0 ? outcome(c) : ETIME;
}

/* What the original says when its socket's time is over. */
static int of_time(int error)
{
	return error == EAGAIN ? EAGAIN : EINPROGRESS;
}

static int connect_on(struct connecting *c)
{
	int error = try_connect(c);

	if (error != EINPROGRESS && error != EALREADY && error != EAGAIN)
		return error;
	c->until = dctxi_socket_until(c->fd, SO_SNDTIMEO);
	while (error == EINPROGRESS || error == EALREADY || error == EAGAIN) {
		int next = wait_on(c, error);

		if (next == ETIME)
			return of_time(error);
		error = next;
	}
	return error;
}

/* Takes the flag off again, also when the thread is cancelled in here. */
static void connect_and_unflag(struct connecting *c)
{
	pthread_cleanup_push(block_again, &c->fd);
	c->error = connect_on(c);
	pthread_cleanup_pop(1);
}

int dctx_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	struct connecting c = {fd, address, size, 0, 0, 0};
	int before = errno, flags;

	if (!dctxi_may_end())
		return connect(fd, address, size);
	if (dctxi_is_over())
		return -1;
	flags = fcntl(fd, F_GETFL);
	errno = before;
	if (flags < 0 || flags & O_NONBLOCK ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return connect(fd, address, size);
	connect_and_unflag(&c);
	errno = c.error != 0 ? c.error : before;
	return c.error != 0 ? -1 : 0;
}
