/* SPDX-License-Identifier: MIT */
/*
 * accept4(2). No flag keeps it from blocking but O_NONBLOCK, which the socket's
 * other users would see. So it is polled, then called: a connection that is
 * there cannot go but by another accept.
 *
 * Threads of this process that do so meet at a turn, one a descriptor's hash:
 * who has it polls and accepts; the others come again in a while. It is a word,
 * its holder's id or 0; whoever takes it with acquire finds the backlog without
 * what was taken under it.
 *
 * A holder may be held up between its look and its call, or blocks there, since
 * another process took the connection. It is not overtaken: who did would take
 * what it then waits for, past every cancel. So others take a turn over only
 * when its holder was jumped out of it, as who holds it already knows of
 * itself; when there is no such thread, as in a fork's child; or when a
 * connection has been there for long and the holder did not come for it.
 */
#define _GNU_SOURCE /* accept4 */
#include "life/transfer.h"
#include "plat/clock.h"
#include "plat/thread.h"

#include <dctx/io.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

#define TURNS 64

/* For so long a holder is waited for, while there is a connection. */
#define PATIENCE (5 * DCTX_S)

static uint32_t turns[TURNS];

struct accepting {
	struct sockaddr *address;
	socklen_t *size;
	uint32_t *turn;
	uint32_t self;	/* the calling thread */
	uint32_t other; /* who was found to have the turn; 0: nobody */
	int64_t since;	/* when first */
	int accepted;
};

static void let_go(void *with)
{
	const struct accepting *how = with;
	uint32_t is = how->self;

	/* Somebody else's by now, if it took very long. */
	(void)__atomic_compare_exchange_n(how->turn, &is, 0, false,
					  __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* Whether a turn's holder does not come back to it. */
static bool is_left(struct accepting *how, uint32_t holder)
{
	if (holder == how->self || dctxi_thread_is_gone(holder))
		return true;
	if (holder != how->other) {
		how->other = holder;
		how->since = dctxi_clock();
	}
	return dctxi_clock() - how->since >= PATIENCE;
}

static bool take_turn(struct accepting *how)
{
	uint32_t is = 0;

	if (__atomic_compare_exchange_n(how->turn, &is, how->self, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return true;
	return is_left(how, is) &&
	       __atomic_compare_exchange_n(how->turn, &is, how->self, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static int accept_now(const struct dctxi_transfer *t)
{
	const struct accepting *how = t->with;

	return accept4(t->fd, how->address, how->size, t->flags);
}

static ssize_t attempt(struct dctxi_transfer *t)
{
	struct accepting *how = t->with;

	if (!dctxi_transfer_is_ready(t)) {
		how->other = 0;
		return -1;
	}
	if (!take_turn(how)) {
		errno = EAGAIN;
		return -1;
	}
	how->accepted = -1;
	pthread_cleanup_push(let_go, how);
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
	struct accepting how = {
		.address = address,
		.size = size,
		.turn = &turns[(unsigned)fd % TURNS],
	};
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
	how.self = (uint32_t)dctxi_thread_id();
	return (int)dctxi_transfer_run(&t);
}
