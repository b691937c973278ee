/* SPDX-License-Identifier: MIT */
/*
 * read(2), write(2) and their like. Linux lets a call fail instead of block,
 * whatever O_NONBLOCK says, for some kinds of files:
 *
 * | file                      | how it is kept from blocking                 |
 * |---------------------------|----------------------------------------------|
 * | regular, directory, block | not at all: they are always "ready", and the |
 * |                           | original is called once the context was asked |
 * | socket                    | MSG_DONTWAIT (socket.c)                      |
 * | pipe, FIFO, eventfd,      | RWF_NOWAIT: since Linux 6.4 for pipes; else  |
 * | timerfd, ...              | as a device                                  |
 * | tty, other devices        | poll, then the original                      |
 *
 * Poll, then the original: where two read one tty, or a pipe on an old kernel,
 * the other may take what poll saw, and the original then blocks. What poll
 * says of room is for PIPE_BUF bytes of a pipe, and for a little of a tty, so
 * more than that is written in pieces; a tty may block in a piece. From a tty
 * whose VMIN is 0 a read blocks for VTIME at most: the original is called. In
 * the background it stops (SIGTTIN) once there is input, not at once.
 */
#include "life/socket.h"
#include "life/transfer.h"
#include "plat/nowait.h"

#include <dctx/io.h>

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* A tty is "ready" from this much room on (Linux, n_tty.c). */
#define TTY_PIECE 256

static ssize_t plain_read(struct dctxi_transfer *t)
{
	return readv(t->fd, t->iov, (int)t->n);
}

static ssize_t plain_write(struct dctxi_transfer *t)
{
	const struct iovec *iov;
	size_t n = dctxi_transfer_rest(t, &iov);

	return writev(t->fd, iov, (int)n);
}

static ssize_t read_if_ready(struct dctxi_transfer *t)
{
	return dctxi_transfer_is_ready(t) ? plain_read(t) : -1;
}

static ssize_t write_if_ready(struct dctxi_transfer *t)
{
	return dctxi_transfer_is_ready(t) ? plain_write(t) : -1;
}

static ssize_t read_nowait(struct dctxi_transfer *t)
{
	ssize_t n = dctxi_readv_nowait(t->fd, t->iov, (int)t->n);

	if (n >= 0 || errno != EOPNOTSUPP)
		return n;
	t->attempt = read_if_ready;
	return read_if_ready(t);
}

static ssize_t write_nowait(struct dctxi_transfer *t)
{
	const struct iovec *iov;
	size_t count = dctxi_transfer_rest(t, &iov);
	ssize_t n = dctxi_writev_nowait(t->fd, iov, (int)count);

	if (n >= 0 || errno != EOPNOTSUPP)
		return n;
	t->attempt = write_if_ready;
	if (t->wanted > 0)
		t->piece = PIPE_BUF;
	return write_if_ready(t);
}

static bool returns_by_itself(int fd)
{
	struct termios tty;

	return tcgetattr(fd, &tty) == 0 && !(tty.c_lflag & ICANON) &&
	       tty.c_cc[VMIN] == 0;
}

/* Of what kind a file is; those that never block are S_IFREG, and what is none
 * is the original's matter, too. */
static mode_t kind_of(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return S_IFREG;
	switch (status.st_mode & S_IFMT) {
	case S_IFDIR:
	case S_IFBLK:
	case S_IFLNK:
		return S_IFREG;
	default:
		return status.st_mode & S_IFMT;
	}
}

/* Finds out how a read is kept from blocking; false: not at all. */
static bool prepare_read(struct dctxi_transfer *t)
{
	t->events = POLLIN;
	t->original = plain_read;
	switch (kind_of(t->fd)) {
	case S_IFREG:
		return false;
	case S_IFSOCK:
		dctxi_socket_read(t);
		return true;
	case S_IFCHR:
		t->attempt = read_if_ready;
		return !returns_by_itself(t->fd);
	default:
		t->attempt = read_nowait;
		return true;
	}
}

/* The same of a write. All of it is written to what takes a stream. */
static bool prepare_write(struct dctxi_transfer *t)
{
	t->events = POLLOUT;
	t->original = plain_write;
	switch (kind_of(t->fd)) {
	case S_IFREG:
		return false;
	case S_IFSOCK:
		dctxi_socket_write(t);
		return true;
	case S_IFCHR:
		t->attempt = write_if_ready;
		if (isatty(t->fd)) {
			t->wanted = t->total;
			t->piece = TTY_PIECE;
		}
		return true;
	case S_IFIFO:
		t->wanted = t->total;
		t->attempt = write_nowait;
		return true;
	default:
		t->attempt = write_nowait;
		return true;
	}
}

/* Whether a transfer may block. What fstat and its like said is no matter of
 * the caller's; nothing at all is the original's to move. */
static bool prepare(struct dctxi_transfer *t,
		    bool (*how)(struct dctxi_transfer *t))
{
	int before = errno;
	bool may_block = t->total > 0 && how(t);

	errno = before;
	return may_block;
}

ssize_t dctx_read(int fd, void *bytes, size_t size)
{
	struct dctxi_transfer t = {.fd = fd};

	if (!dctxi_may_end())
		return read(fd, bytes, size);
	if (dctxi_is_over())
		return -1;
	if (dctxi_transfer_lay_one(&t, bytes, size) &&
	    prepare(&t, prepare_read))
		return dctxi_transfer_run(&t);
	return read(fd, bytes, size);
}

ssize_t dctx_readv(int fd, const struct iovec *iov, int n)
{
	struct dctxi_transfer t = {.fd = fd};

	if (!dctxi_may_end())
		return readv(fd, iov, n);
	if (dctxi_is_over())
		return -1;
	if (n > 0 && dctxi_transfer_lay(&t, iov, (size_t)n) &&
	    prepare(&t, prepare_read))
		return dctxi_transfer_run(&t);
	return readv(fd, iov, n);
}

ssize_t dctx_write(int fd, const void *bytes, size_t size)
{
	struct dctxi_transfer t = {.fd = fd};

	if (!dctxi_may_end())
		return write(fd, bytes, size);
	if (dctxi_is_over())
		return -1;
	if (dctxi_transfer_lay_one(&t, bytes, size) &&
	    prepare(&t, prepare_write))
		return dctxi_transfer_run(&t);
	return write(fd, bytes, size);
}

ssize_t dctx_writev(int fd, const struct iovec *iov, int n)
{
	struct dctxi_transfer t = {.fd = fd};

	if (!dctxi_may_end())
		return writev(fd, iov, n);
	if (dctxi_is_over())
		return -1;
	if (n > 0 && dctxi_transfer_lay(&t, iov, (size_t)n) &&
	    prepare(&t, prepare_write))
		return dctxi_transfer_run(&t);
	return writev(fd, iov, n);
}
