/* SPDX-License-Identifier: MIT */
/*
 * recv(2), send(2) and their like: MSG_DONTWAIT keeps each attempt from
 * blocking. What makes the original go on makes this go on: MSG_WAITALL and
 * SO_RCVLOWAT where the socket is a stream, and a stream's message that has
 * not been taken whole.
 *
 * The original is called, once the context was asked, with MSG_DONTWAIT,
 * MSG_OOB and MSG_ERRQUEUE, which do not block, and with MSG_FASTOPEN, which
 * may block until the peer answers.
 *
 * Ancillary data come with the first piece of a message that is sent. Of what a
 * local stream hands over, a piece that brought some is the last, so that none
 * is written over; there MSG_WAITALL may give less than asked for. MSG_PEEK
 * with MSG_WAITALL looks again every few milliseconds.
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "life/socket.h"

#include <dctx/io.h>

#include <errno.h>
#include <limits.h>

/* With these the original does not block, or not in a way we know of. */
#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0
#endif
#define ORIGINAL (MSG_DONTWAIT | MSG_OOB | MSG_ERRQUEUE | MSG_FASTOPEN)

static int socket_option(int fd, int option)
{
	int value = 0;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value
								      : 0;
}

/* The message of an attempt: the caller's, with what is not moved yet. */
static struct msghdr message_of(struct dctxi_transfer *t)
{
	const struct msghdr *whole = t->with;
	struct msghdr message = {.msg_name = NULL};
	const struct iovec *iov;

	if (whole != NULL)
		message = *whole;
	message.msg_iovlen = dctxi_transfer_rest(t, &iov);
	message.msg_iov = (struct iovec *)(uintptr_t)iov;
	return message;
}

static bool is_at_end(int fd)
{
	struct pollfd end = {fd, POLLRDHUP, 0};

	return poll(&end, 1, 0) > 0;
}

/* How much the original waits for, when there was less than asked for. A mark
 * above 1 means that poll does not tell of the last few bytes. */
static size_t wanted(struct dctxi_transfer *t, size_t got)
{
	size_t want = t->total;
	int least;

	if (got == 0 || got >= want)
		return 0;
	least = socket_option(t->fd, SO_RCVLOWAT);
	t->naps = least > 1;
	if (!(t->flags & MSG_WAITALL)) {
		if (least <= 0 || (size_t)least <= got)
			return 0;
		if ((size_t)least < want)
			want = (size_t)least;
	}
	return socket_option(t->fd, SO_TYPE) == SOCK_STREAM ? want : 0;
}

/* Gives the caller what came beside the bytes. */
static void hand_over(struct dctxi_transfer *t, const struct msghdr *message)
{
	struct msghdr *whole = t->with;

	whole->msg_namelen = message->msg_namelen;
	whole->msg_flags = message->msg_flags;
	if (message->msg_controllen > 0 || t->moved == 0)
		t->control = message->msg_controllen;
	if ((message->msg_controllen > 0 || message->msg_flags & MSG_CTRUNC) &&
	    socket_option(t->fd, SO_DOMAIN) == AF_UNIX)
		t->wanted = 0;
}

static ssize_t receive(struct dctxi_transfer *t)
{
	struct msghdr message;
	bool first;
	ssize_t n;

	/* Each look begins at the front. */
	if (t->flags & MSG_PEEK)
		t->moved = 0;
	first = t->moved == 0;
	message = message_of(t);
	n = recvmsg(t->fd, &message, t->flags | MSG_DONTWAIT);
	if (n < 0)
		return n;
	if (first)
		t->wanted = wanted(t, (size_t)n);
	if (t->with != NULL)
		hand_over(t, &message);
	if (t->flags & MSG_PEEK && (size_t)n < t->wanted) {
		/* What was seen keeps poll ready. */
		t->naps = true;
		if (is_at_end(t->fd))
			t->wanted = 0;
	}
	return n;
}

static ssize_t plain_receive(struct dctxi_transfer *t)
{
	struct msghdr message = message_of(t);
	ssize_t n = recvmsg(t->fd, &message, t->flags);

	if (n >= 0 && t->with != NULL)
		hand_over(t, &message);
	return n;
}

static ssize_t transmit(struct dctxi_transfer *t)
{
	struct msghdr message = message_of(t);

	if (t->moved > 0) {
		message.msg_name = NULL;
		message.msg_namelen = 0;
		message.msg_control = NULL;
		message.msg_controllen = 0;
	}
	return sendmsg(t->fd, &message, t->flags | MSG_DONTWAIT);
}

static ssize_t plain_transmit(struct dctxi_transfer *t)
{
	struct msghdr message = message_of(t);

	return sendmsg(t->fd, &message, t->flags);
}

void dctxi_socket_read(struct dctxi_transfer *t)
{
	t->events = POLLIN;
	t->option = SO_RCVTIMEO;
	t->attempt = receive;
	t->original = plain_receive;
}

void dctxi_socket_write(struct dctxi_transfer *t)
{
	t->events = POLLOUT;
	t->option = SO_SNDTIMEO;
	t->attempt = transmit;
	t->original = plain_transmit;
	t->wanted = t->total;
	/* write(2) ends a record (Linux, sock_write_iter). */
	if (t->with == NULL && socket_option(t->fd, SO_TYPE) == SOCK_SEQPACKET)
		t->flags |= MSG_EOR;
}

ssize_t dctx_recv(int fd, void *bytes, size_t size, int flags)
{
	struct dctxi_transfer t = {.fd = fd, .flags = flags};

	if (!dctxi_may_end())
		return recv(fd, bytes, size, flags);
	if (dctxi_is_over())
		return -1;
	(void)dctxi_transfer_lay_one(&t, bytes, size);
	if (flags & ORIGINAL || size > SSIZE_MAX)
		return recv(fd, bytes, size, flags);
	dctxi_socket_read(&t);
	return dctxi_transfer_run(&t);
}

ssize_t dctx_send(int fd, const void *bytes, size_t size, int flags)
{
	struct dctxi_transfer t = {.fd = fd, .flags = flags};
	struct msghdr plain = {.msg_name = NULL};

	if (!dctxi_may_end())
		return send(fd, bytes, size, flags);
	if (dctxi_is_over())
		return -1;
	(void)dctxi_transfer_lay_one(&t, bytes, size);
	if (flags & ORIGINAL || size > SSIZE_MAX)
		return send(fd, bytes, size, flags);
	t.with = &plain;
	dctxi_socket_write(&t);
	return dctxi_transfer_run(&t);
}

ssize_t dctx_recvmsg(int fd, struct msghdr *message, int flags)
{
	struct dctxi_transfer t = {.fd = fd, .flags = flags};
	ssize_t n;

	if (!dctxi_may_end())
		return recvmsg(fd, message, flags);
	if (dctxi_is_over())
		return -1;
	if (flags & ORIGINAL || message == NULL ||
	    !dctxi_transfer_lay(&t, message->msg_iov, message->msg_iovlen))
		return recvmsg(fd, message, flags);
	t.with = message;
	dctxi_socket_read(&t);
	n = dctxi_transfer_run(&t);
	if (n >= 0)
		message->msg_controllen = t.control;
	return n;
}

ssize_t dctx_sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct dctxi_transfer t = {.fd = fd, .flags = flags};

	if (!dctxi_may_end())
		return sendmsg(fd, message, flags);
	if (dctxi_is_over())
		return -1;
	if (flags & ORIGINAL || message == NULL ||
	    !dctxi_transfer_lay(&t, message->msg_iov, message->msg_iovlen))
		return sendmsg(fd, message, flags);
	t.with = (void *)(uintptr_t)message;
	dctxi_socket_write(&t);
	return dctxi_transfer_run(&t);
}
