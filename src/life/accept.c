/* SPDX-License-Identifier: MIT */
/*
 * accept4(2). No flag keeps it from blocking but O_NONBLOCK, which the socket's
 * other users would see. So it is polled, then called: a connection that is
 * there cannot go but by another accept.
 *
 * Threads of this process that do so meet at a turn, one a descriptor's hash:
 * who has it polls and accepts; the others come again in a while. A turn that
 * is not let go within a few tries (its holder was jumped out of, is gone in a
 * fork's child, or blocks, since another process took the connection) is
 * passed over. It is a word, 0 or 1; whoever takes it with acquire finds the
 * backlog without what was taken under it.
 */
#define _GNU_SOURCE /* accept4 */
#include "life/transfer.h"

#include <dctx/io.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

#define TURNS 64

/* So many tries in vain, in naps of 1 ms and more, and it is passed over. */
#define PATIENCE 6

static uint32_t turns[TURNS];

struct accepting {
	struct sockaddr *address;
	socklen_t *size;
	unsigned patience;
	int accepted;
};

static uint32_t *turn_of(int fd)
{
	return &turns[(unsigned)fd % TURNS];
}

static void let_go(void *turn)
{
	__atomic_store_n((uint32_t *)turn, 0, __ATOMIC_RELEASE);
}

static int accept_now(const struct dctxi_transfer *t)
{
	const struct accepting *how = t->with;

	return accept4(t->fd, how->address, how->size, t->flags);
}

static ssize_t attempt(struct dctxi_transfer *t)
{
	struct accepting *how = t->with;
	uint32_t *turn = turn_of(t->fd);

	if (!dctxi_transfer_is_ready(t))
		return -1;
	if (__atomic_exchange_n(turn, 1, __ATOMIC_ACQUIRE) != 0 &&
	    how->patience-- > 0) {
		errno = EAGAIN;
		return -1;
	}
	how->patience = PATIENCE;
	how->accepted = -1;
	pthread_cleanup_push(let_go, turn);
	if (dctxi_transfer_is_ready(t))
		how->accepted = accept_now(t);
	pthread_cleanup_pop(1);
	return how->accepted;
}

static ssize_t original(struct dctxi_transfer *t)
{
	return accept_now(t);
}

/* Whether there is anything to wait for. */
static bool listens(int fd)
{
	int before = errno, value = 0;
	socklen_t size = sizeof value;
	bool failed = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size);

	errno = before;
	return !failed && value != 0;
}

/* As the kernel does: the accept4 of musl 1.2.3 then goes on without any, and
 * blocks. */
static int refuse_flags(int fd)
{
	if (fcntl(fd, F_GETFD) >= 0)
		errno = EINVAL;
	return -1;
}

int dctx_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	struct accepting how = {address, size, PATIENCE, -1};
	struct dctxi_transfer t = {.fd = fd,
				   .events = POLLIN,
				   .option = SO_RCVTIMEO,
				   .attempt = attempt,
				   .original = original,
				   .flags = flags,
				   .with = &how};

	if (!dctxi_may_end())
		return accept4(fd, address, size, flags);
	if (dctxi_is_over())
		return -1;
	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return refuse_flags(fd);
	if (!listens(fd))
		return accept4(fd, address, size, flags);
	return (int)dctxi_transfer_run(&t);
}
