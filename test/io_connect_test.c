/* SPDX-License-Identifier: MIT */
/*
 * io_connect_test.c - proves that accept4 and connect below a context are what
 * they are without one, and that many may wait on one socket.
 */
#define _GNU_SOURCE /* accept4 */
#include "listening.h"

#include <fcntl.h>

static int begin(void **state)
{
	return begin_listening(state, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end_listening)

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

static int connect_to(int fd)
{
	return dctx_connect(fd, (void *)&in, sizeof in);
}

static void a_connection_is_made_and_accepted(void **state)
{
	int fd = new_socket(), accepted;

	(void)state;
	errno = 4711;
	assert_int_equal(connect_to(fd), 0);
	assert_int_equal(errno, 4711);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	fails(connect_to(fd), EISCONN);
	accepted = dctx_accept4(listener, NULL, NULL,
				SOCK_NONBLOCK | SOCK_CLOEXEC);
	assert_true(accepted >= 0);
	assert_int_equal(errno, EISCONN);
	assert_true(fcntl(accepted, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(accepted, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(dctx_write(fd, "x", 1), 1);
	close(accepted);
	close(fd);
}

static void a_refused_connection_says_so(void **state)
{
	int fd = new_socket();

	(void)state;
	close(listener);
	listener = -1;
	fails(connect_to(fd), ECONNREFUSED);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	/* As after the original, another try is a try. */
	fails(connect_to(fd), ECONNREFUSED);
	close(fd);
}

/* Fills the backlog, so that a further connection has to wait. */
static int fill(int *waiting)
{
	int n = 0;

	do {
		waiting[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(waiting[n], (void *)&in, sizeof in);
		usleep(20000);
		n++;
	} while (n < 4);
	return n;
}

static void drain(int *waiting, int n)
{
	for (int i = 0; i < n; i++)
		close(waiting[i]);
}

static void waiting_to_be_connected_ends_with_the_context(void **state)
{
	int waiting[4], n = fill(waiting), fd = new_socket();
	struct timeval timeout = {0, 30000};
	struct dctxt_later later;
	int64_t start = dctx_now();

	(void)state;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
				    sizeof timeout),
			 0);
	fails(connect_to(fd), EINPROGRESS);
	assert_true(dctx_now() - start >= 30 * DCTX_MS);
	timeout.tv_usec = 0;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
				    sizeof timeout),
			 0);
	dctxt_later(&later, 30, dctxt_cancel, source);
	/* The first one is under way: this waits for it. */
	fails(connect_to(fd), ECANCELED);
	dctxt_join(&later);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	close(fd);
	drain(waiting, n);
}

static void nothing_waits_on_a_nonblocking_socket(void **state)
{
	int waiting[4], n, fd = new_socket();

	(void)state;
	assert_int_equal(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	fails(dctx_accept4(listener, NULL, NULL, 0), EAGAIN);
	n = fill(waiting);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	fails(connect_to(fd), EINPROGRESS);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	fails(connect_to(fd), EALREADY);
	close(fd);
	drain(waiting, n);
}

static void errors_are_the_originals(void **state)
{
	int fd = new_socket();

	(void)state;
	assert_int_equal(pipe(fds), 0);
	fails(dctx_accept4(fd, NULL, NULL, 0), EINVAL);
	fails(dctx_accept4(listener, NULL, NULL, 1 << 30), EINVAL);
	fails(dctx_accept4(fds[0], NULL, NULL, 0), ENOTSOCK);
	fails(dctx_accept4(-1, NULL, NULL, 0), EBADF);
	fails(connect_to(fds[0]), ENOTSOCK);
	fails(connect_to(-1), EBADF);
	fails(dctx_connect(fd, NULL, sizeof in), EFAULT);
	fails(dctx_connect(fd, (void *)&in, 1), EINVAL);
	close(fd);
}

static void accepts_own_timeout_holds(void **state)
{
	static const struct timeval timeout = {0, 30000};
	int64_t start = dctx_now();

	(void)state;
	assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &timeout,
				    sizeof timeout),
			 0);
	fails(dctx_accept4(listener, NULL, NULL, 0), EAGAIN);
	assert_true(dctx_now() - start >= 30 * DCTX_MS);
}

/* What each thread accepted until it was over. */
static void *accept_all(void *arg)
{
	int *n = arg;
	int fd;
	DCTX_SCOPE("acceptor");

	DCTXT_EXPECT(dctx_add_source(source) == DCTX_OK);
	while ((fd = dctx_accept4(listener, NULL, NULL, 0)) >= 0) {
		close(fd);
		++*n;
	}
	DCTXT_EXPECT(errno == ECANCELED);
	return NULL;
}

static void many_accept_and_all_of_them_end(void **state)
{
	pthread_t threads[8];
	int n[8] = {0}, all = 0;

	(void)state;
	assert_int_equal(listen(listener, 64), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, accept_all, &n[i]),
			0);
	for (int i = 0; i < 200; i++) {
		int fd = new_socket();

		assert_int_equal(connect_to(fd), 0);
		close(fd);
	}
	for (int i = 0; i < 5000; i++) {
		struct pollfd left = {listener, POLLIN, 0};

		if (poll(&left, 1, 0) == 0)
			break;
		usleep(1000);
	}
	dctxt_cancel(source);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		all += n[i];
	}
	assert_int_equal(all, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_connection_is_made_and_accepted),
		TEST(a_refused_connection_says_so),
		TEST(waiting_to_be_connected_ends_with_the_context),
		TEST(nothing_waits_on_a_nonblocking_socket),
		TEST(errors_are_the_originals),
		TEST(accepts_own_timeout_holds),
		TEST(many_accept_and_all_of_them_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
