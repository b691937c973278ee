/* SPDX-License-Identifier: MIT */
#include "plat/file.h"

#include "plat/clock.h"
#include "plat/heap.h"
#include "plat/uncancelled.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)

/* What a pipe that is writable takes without blocking (POSIX, PIPE_BUF on
 * Linux). */
#define PIECE ((size_t)4096)

/* What each call here begins and ends with. */
struct quiet {
	int error, cancel;
};

static struct quiet begin(void)
{
	return (struct quiet){errno, dctxi_uncancelled()};
}

static void end(struct quiet quiet)
{
	dctxi_uncancelled_end(quiet.cancel);
	errno = quiet.error;
}

static int open_quietly(const char *path, int flags)
{
	int fd;

	if (dctxi_refused()) {
		errno = EMFILE;
		return -1;
	}
	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			  S_IRUSR | S_IWUSR);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int dctxi_file_open(const char *path, int *out_fd)
{
	struct quiet quiet = begin();
	int fd = open_quietly(path, O_WRONLY | O_APPEND | O_CREAT);
	int error = fd < 0 ? errno : 0;

	end(quiet);
	if (error == 0)
		*out_fd = fd;
	return error;
}

void dctxi_file_close(int fd)
{
	struct quiet quiet = begin();

	(void)close(fd);
	end(quiet);
}

bool dctxi_file_is_open(int fd)
{
	struct quiet quiet = begin();
	bool is_open = fcntl(fd, F_GETFD) != -1;

	end(quiet);
	return is_open;
}

static int64_t size_of(int fd)
{
	struct stat at;

	return fstat(fd, &at) == 0 && S_ISREG(at.st_mode) ? at.st_size : -1;
}

int64_t dctxi_file_size(int fd)
{
	struct quiet quiet = begin();
	int64_t size = size_of(fd);

	end(quiet);
	return size;
}

bool dctxi_file_is_torn(const char *path)
{
	struct quiet quiet = begin();
	int fd = open_quietly(path, O_RDONLY);
	int64_t size = fd >= 0 ? size_of(fd) : -1;
	char last = '\n';

	if (size > 0 && pread(fd, &last, 1, (off_t)size - 1) != 1)
		last = '\n';
	if (fd >= 0)
		(void)close(fd);
	end(quiet);
	return last != '\n';
}

bool dctxi_file_cut(int fd, int64_t size)
{
	struct quiet quiet = begin();
	bool done = !dctxi_refused() && ftruncate(fd, (off_t)size) == 0;

	end(quiet);
	return done;
}

/* 0 once it takes something. A signal is no sign of that: who went on to write
 * would sleep there, whatever the time. */
static int await_room(int fd, int64_t until)
{
	struct pollfd polled = {.fd = fd, .events = POLLOUT};
	int n;

	do {
		int64_t left = until - dctxi_clock_real();

		if (left < 0)
			left = 0;
		/* After a day it looks again. */
		if (left > 86400 * 1000 * MS)
			left = 86400 * 1000 * MS;
		n = poll(&polled, 1, (int)((left + MS - 1) / MS));
	} while (n < 0 ? errno == EINTR
		       : n == 0 && dctxi_clock_real() < until);
	if (n == 0)
		return ETIMEDOUT;
	return n < 0 ? errno : 0;
}

/* Of what says that it takes something, and does not. */
static int pause_for(int64_t until)
{
	if (dctxi_clock_real() >= until)
		return ETIMEDOUT;
	(void)poll(NULL, 0, 1);
	return 0;
}

static ssize_t write_some(int fd, const char *bytes, size_t len)
{
	if (!dctxi_refused())
		return write(fd, bytes, len);
	errno = ENOSPC;
	return -1;
}

static int write_all(int fd, const char *bytes, size_t len, int64_t until,
		     size_t *written)
{
	bool waits = size_of(fd) < 0;
	int error = 0;

	while (error == 0 && *written < len) {
		size_t some = len - *written;
		ssize_t n;

		if (waits && (error = await_room(fd, until)) != 0)
			break;
		if (waits && some > PIECE)
			some = PIECE;
		n = write_some(fd, bytes + *written, some);
		if (n > 0)
			*written += (size_t)n;
		else if (n == 0)
			error = ENOSPC;
		else if (errno == EAGAIN && waits)
			error = pause_for(until);
		else if (errno == EAGAIN)
			waits = true;
		else if (errno != EINTR)
			error = errno;
	}
	return error;
}

/* What a write raises on its own thread: no reader, a file past its limit. */
static const struct {
	int error, signal;
} raised[] = {{EPIPE, SIGPIPE}, {EFBIG, SIGXFSZ}};
#define RAISED (sizeof raised / sizeof *raised)

/* One that is pending because of us; one that was pending before stays. */
static void take_signal(int error, const sigset_t *pending)
{
	const struct timespec now = {0, 0};
	sigset_t one;

	for (size_t i = 0; i < RAISED; i++) {
		if (error != raised[i].error ||
		    sigismember(pending, raised[i].signal))
			continue;
		(void)sigemptyset(&one);
		(void)sigaddset(&one, raised[i].signal);
		while (sigtimedwait(&one, NULL, &now) < 0 && errno == EINTR)
			continue;
	}
}

/* `until` becomes the real clock's: the program's may stand still. */
int dctxi_file_write(int fd, const char *bytes, size_t len, int64_t until,
		     size_t *out_written)
{
	struct quiet quiet = begin();
	int64_t real = dctxi_clock_plus(
		dctxi_clock_real(), dctxi_clock_plus(until, -dctxi_clock()));
	sigset_t ours, before, pending;
	int error;

	*out_written = 0;
	(void)sigemptyset(&ours);
	for (size_t i = 0; i < RAISED; i++)
		(void)sigaddset(&ours, raised[i].signal);
	(void)sigpending(&pending);
	(void)pthread_sigmask(SIG_BLOCK, &ours, &before);
	error = write_all(fd, bytes, len, real, out_written);
	take_signal(error, &pending);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	end(quiet);
	return error;
}

unsigned dctxi_file_columns(int fd)
{
	struct quiet quiet = begin();
	struct winsize size = {0};
	unsigned columns = 0;

	if (isatty(fd))
		columns = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
				  ? size.ws_col
				  : 80;
	end(quiet);
	return columns;
}
