/* SPDX-License-Identifier: MIT */
/* stand.c - the table of stand.h. */
#define _GNU_SOURCE /* SOCK_CLOEXEC, accept4 */
#include "stand.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a system call's stand-in gave, as an error number. */
static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static void close_all(struct dctxt_stage *s)
{
	close(s->fd);
	if (s->peer >= 0)
		close(s->peer);
	if (s->kept >= 0)
		close(s->kept);
}

/* Makes a descriptor full, then blocking again. */
static void fill(int fd)
{
	static const char bytes[4096];

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	for (size_t size = sizeof bytes; size > 0; size /= 2)
		while (write(fd, bytes, size) > 0)
			continue;
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

static void pipe_to_read(struct dctxt_stage *s)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	s->fd = fds[0];
	s->peer = fds[1];
}

static void pipe_to_write(struct dctxt_stage *s)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	s->fd = fds[1];
	s->peer = fds[0];
	fill(s->fd);
}

static void pair(struct dctxt_stage *s, int type)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
	s->fd = fds[0];
	s->peer = fds[1];
}

static void stream(struct dctxt_stage *s)
{
	pair(s, SOCK_STREAM);
}

static void full_stream(struct dctxt_stage *s)
{
	pair(s, SOCK_STREAM);
	fill(s->fd);
}

static void datagrams(struct dctxt_stage *s)
{
	pair(s, SOCK_DGRAM);
}

static void full_datagrams(struct dctxt_stage *s)
{
	pair(s, SOCK_DGRAM);
	fill(s->fd);
}

static void write_one(struct dctxt_stage *s)
{
	DCTXT_EXPECT(write(s->peer, "x", 1) == 1);
}

/* Makes room for what the call may write. */
static void drain(struct dctxt_stage *s)
{
	char bytes[4096];

	DCTXT_EXPECT(fcntl(s->peer, F_SETFL, O_NONBLOCK) == 0);
	while (read(s->peer, bytes, sizeof bytes) > 0)
		continue;
}

static int call_read(struct dctxt_stage *s)
{
	return error_of(dctx_read(s->fd, s->bytes, 1));
}

static int call_readv(struct dctxt_stage *s)
{
	struct iovec iov[2] = {{s->bytes, 1}, {s->bytes + 1, 1}};

	return error_of(dctx_readv(s->fd, iov, 2));
}

static int call_write(struct dctxt_stage *s)
{
	return error_of(dctx_write(s->fd, "y", 1));
}

static int call_writev(struct dctxt_stage *s)
{
	struct iovec iov[2] = {{s->bytes, 1}, {s->bytes + 1, 1}};

	return error_of(dctx_writev(s->fd, iov, 2));
}

static int call_recv(struct dctxt_stage *s)
{
	return error_of(dctx_recv(s->fd, s->bytes, 1, 0));
}

static int call_send(struct dctxt_stage *s)
{
	return error_of(dctx_send(s->fd, "y", 1, 0));
}

static int call_recvmsg(struct dctxt_stage *s)
{
	struct iovec iov = {s->bytes, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	return error_of(dctx_recvmsg(s->fd, &message, 0));
}

static int call_sendmsg(struct dctxt_stage *s)
{
	struct iovec iov = {s->bytes, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	return error_of(dctx_sendmsg(s->fd, &message, 0));
}

static void listener(struct dctxt_stage *s)
{
	struct sockaddr_in *in = (void *)&s->address;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->size = sizeof *in;
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (void *)in, s->size), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (void *)in, &s->size), 0);
}

static int call_accept4(struct dctxt_stage *s)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	int error;

	s->kept = dctx_accept4(s->fd, (void *)&from, &size, SOCK_CLOEXEC);
	error = error_of(s->kept);
	if (error == 0)
		assert_int_equal(from.ss_family, AF_INET);
	return error;
}

static void connect_one(struct dctxt_stage *s)
{
	s->peer = socket(AF_INET, SOCK_STREAM, 0);
	DCTXT_EXPECT(connect(s->peer, (void *)&s->address, s->size) == 0);
}

/* A local socket whose backlog is full: `peer` listens, `kept` waits there. */
static void full_backlog(struct dctxt_stage *s)
{
	struct sockaddr_un *un = (void *)&s->address;

	un->sun_family = AF_UNIX;
	s->size = sizeof(sa_family_t);
	s->peer = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s->peer, (void *)un, s->size), 0);
	s->size = sizeof *un;
	assert_int_equal(getsockname(s->peer, (void *)un, &s->size), 0);
	assert_int_equal(listen(s->peer, 0), 0);
	s->kept = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(s->kept, (void *)un, s->size), 0);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
}

static int call_connect(struct dctxt_stage *s)
{
	int error = error_of(dctx_connect(s->fd, (void *)&s->address, s->size));

	assert_int_equal(fcntl(s->fd, F_GETFL) & O_NONBLOCK, 0);
	return error;
}

static void accept_one(struct dctxt_stage *s)
{
	int fd = accept(s->peer, NULL, NULL);

	DCTXT_EXPECT(fd >= 0);
	close(fd);
}

static int call_poll(struct dctxt_stage *s)
{
	struct pollfd fd = {s->fd, POLLIN, 0};
	int n = dctx_poll(&fd, 1, -1);

	if (n >= 0)
		assert_int_equal(fd.revents, POLLIN);
	return error_of(n);
}

static int call_ppoll(struct dctxt_stage *s)
{
	struct pollfd fd = {s->fd, POLLIN, 0};
	struct timespec timeout = {100000, 0};
	sigset_t mask;
	int n;

	sigemptyset(&mask);
	n = dctx_ppoll(&fd, 1, &timeout, &mask);
	if (n >= 0)
		assert_int_equal(fd.revents, POLLIN);
	return error_of(n);
}

static int call_select(struct dctxt_stage *s)
{
	struct timeval timeout = {100000, 0};
	fd_set set;
	int n;

	FD_ZERO(&set);
	FD_SET(s->fd, &set);
	n = dctx_select(s->fd + 1, &set, NULL, NULL, &timeout);
	assert_true(timeout.tv_sec <= 100000);
	if (n >= 0)
		assert_true(FD_ISSET(s->fd, &set));
	return error_of(n);
}

static int call_nanosleep(struct dctxt_stage *s)
{
	struct timespec time = {100000, 0}, left = {0, 0};
	int error = error_of(dctx_nanosleep(&time, &left));

	(void)s;
	if (error == EINTR)
		assert_true(left.tv_sec >= 90000 && left.tv_sec < 100000);
	return error;
}

static void nothing(struct dctxt_stage *s)
{
	(void)s;
}

static void semaphore(struct dctxt_stage *s)
{
	assert_int_equal(sem_init(&s->semaphore, 0, 0), 0);
}

static void semaphore_end(struct dctxt_stage *s)
{
	assert_int_equal(sem_destroy(&s->semaphore), 0);
}

static int call_sem_wait(struct dctxt_stage *s)
{
	return error_of(dctx_sem_wait(&s->semaphore));
}

static void post(struct dctxt_stage *s)
{
	DCTXT_EXPECT(sem_post(&s->semaphore) == 0);
}

/* Both mutexes are held by a thread of their own until it has the baton. */
static void *hold(void *arg)
{
	struct dctxt_stage *s = arg;

	DCTXT_EXPECT(dctx_mutex_lock(&s->own) == 0);
	pthread_mutex_lock(&s->mutex);
	dctxt_baton_pass(&s->baton, 1);
	dctxt_baton_wait(&s->baton, 2);
	pthread_mutex_unlock(&s->mutex);
	dctx_mutex_unlock(&s->own);
	return NULL;
}

static void held(struct dctxt_stage *s)
{
	assert_int_equal(pthread_create(&s->holder, NULL, hold, s), 0);
	dctxt_baton_wait(&s->baton, 1);
}

static void release(struct dctxt_stage *s)
{
	dctxt_baton_pass(&s->baton, 2);
}

static void held_end(struct dctxt_stage *s)
{
	release(s);
	if (s->held)
		pthread_mutex_unlock(&s->mutex);
	assert_int_equal(pthread_join(s->holder, NULL), 0);
}

static int call_mutex_lock(struct dctxt_stage *s)
{
	int error = dctx_pthread_mutex_lock(&s->mutex);

	s->held = error == 0;
	return error;
}

static int call_own_lock(struct dctxt_stage *s)
{
	int error = dctx_mutex_lock(&s->own);

	if (error == 0)
		dctx_mutex_unlock(&s->own);
	return error;
}

static int call_cond_wait(struct dctxt_stage *s)
{
	int error = 0;

	pthread_mutex_lock(&s->mutex);
	while (!s->ready && error == 0)
		error = dctx_pthread_cond_wait(&s->condition, &s->mutex);
	assert_int_equal(pthread_mutex_unlock(&s->mutex), 0);
	return error;
}

static void show_ready(struct dctxt_stage *s)
{
	pthread_mutex_lock(&s->mutex);
	s->ready = true;
	pthread_mutex_unlock(&s->mutex);
	pthread_cond_signal(&s->condition);
}

/* A child that ends when its pipe is closed. */
static void child(struct dctxt_stage *s)
{
	char byte;

	pipe_to_read(s);
	s->pid = fork();
	if (s->pid == 0) {
		close(s->peer);
		_exit(read(s->fd, &byte, 1) == 0 ? 7 : 1);
	}
	assert_true(s->pid > 0);
}

static void child_end(struct dctxt_stage *s)
{
	close_all(s);
	if (s->pid > 0)
		assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
}

static void let_child_end(struct dctxt_stage *s)
{
	close(s->peer);
	s->peer = -1;
}

static int wait_for(struct dctxt_stage *s, pid_t pid)
{
	int status = 0;
	pid_t got = dctx_waitpid(pid, &status, 0);

	if (got < 0)
		return errno;
	assert_int_equal(got, s->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	s->pid = 0;
	return 0;
}

static int call_waitpid(struct dctxt_stage *s)
{
	return wait_for(s, s->pid);
}

static int call_wait_any(struct dctxt_stage *s)
{
	return wait_for(s, -1);
}

const struct dctxt_stand dctxt_stands[] = {
	{"read", pipe_to_read, close_all, call_read, write_one, 0},
	{"readv", stream, close_all, call_readv, write_one, 0},
	{"write", pipe_to_write, close_all, call_write, drain, 0},
	{"writev", full_stream, close_all, call_writev, drain, 0},
	{"recv", stream, close_all, call_recv, write_one, 0},
	{"send", full_stream, close_all, call_send, drain, 0},
	{"recvmsg", datagrams, close_all, call_recvmsg, write_one, 0},
	{"sendmsg", full_datagrams, close_all, call_sendmsg, drain, 0},
	{"accept4", listener, close_all, call_accept4, connect_one, 0},
	{"connect", full_backlog, close_all, call_connect, accept_one, 0},
	{"poll", pipe_to_read, close_all, call_poll, write_one,
	 DCTXT_NO_RESTART},
	{"ppoll", pipe_to_read, close_all, call_ppoll, write_one,
	 DCTXT_NO_RESTART},
	{"select", pipe_to_read, close_all, call_select, write_one,
	 DCTXT_NO_RESTART},
	{"nanosleep", nothing, nothing, call_nanosleep, NULL, DCTXT_NO_RESTART},
	{"sem_wait", semaphore, semaphore_end, call_sem_wait, post, 0},
	{"pthread_mutex_lock", held, held_end, call_mutex_lock, release,
	 DCTXT_GOES_ON},
	{"pthread_cond_wait", nothing, nothing, call_cond_wait, show_ready,
	 DCTXT_GOES_ON | DCTXT_FORGETS},
	{"dctx_mutex_lock", held, held_end, call_own_lock, release,
	 DCTXT_GOES_ON},
	{"waitpid", child, child_end, call_waitpid, let_child_end, 0},
	{"waitpid_of_any", child, child_end, call_wait_any, let_child_end, 0},
};

const size_t dctxt_stands_n = sizeof dctxt_stands / sizeof dctxt_stands[0];
