/* SPDX-License-Identifier: MIT */
/*
 * io_transfer_test.c - proves that reading and writing below a context is what
 * it is without one: all of it or a part that is not lost, O_NONBLOCK, timeouts
 * of sockets, files of each kind, and errors.
 */
#define _GNU_SOURCE /* posix_openpt */
#include "below.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>

#define BIG (1 << 20)

/* [1] is written to, [0] read from. */
static int begin(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	return begin_below(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end_below)

static void stream(void)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static char pattern(size_t i)
{
	return (char)(i * 31 + i / 251);
}

static char *big(void)
{
	char *bytes = malloc(BIG);

	assert_non_null(bytes);
	for (size_t i = 0; i < BIG; i++)
		bytes[i] = pattern(i);
	return bytes;
}

/* Reads until the end, slowly at first, and gives how much was as written. */
static void *read_all(void *arg)
{
	size_t got = 0;
	char bytes[5000];
	ssize_t n;

	(void)arg;
	usleep(20000);
	while ((n = read(fds[0], bytes, sizeof bytes)) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			if (!DCTXT_EXPECT(bytes[i] == pattern(got)))
				return NULL;
	return (void *)(uintptr_t)got;
}

static ssize_t write_big(const char *bytes)
{
	return dctx_write(fds[1], bytes, BIG);
}

static ssize_t send_big(const char *bytes)
{
	return dctx_send(fds[1], bytes, BIG, 0);
}

/* In pieces of all sizes, some of them empty. */
static ssize_t write_in_pieces(const char *bytes)
{
	struct iovec iov[64];
	size_t at = 0;

	for (size_t i = 0; i < 64; i++) {
		size_t size = i % 5 == 0 ? 0 : i * 613;

		if (i == 63 || size > BIG - at)
			size = BIG - at;
		iov[i].iov_base = (char *)(uintptr_t)bytes + at;
		iov[i].iov_len = size;
		at += size;
	}
	return dctx_writev(fds[1], iov, 64);
}

static void written_whole(ssize_t (*how)(const char *bytes))
{
	char *bytes = big();
	pthread_t reader;
	void *got;

	assert_int_equal(pthread_create(&reader, NULL, read_all, NULL), 0);
	assert_int_equal(how(bytes), BIG);
	close(fds[1]);
	assert_int_equal(pthread_join(reader, &got), 0);
	assert_int_equal((uintptr_t)got, BIG);
	free(bytes);
}

static void a_big_write_is_written_whole(void **state)
{
	ssize_t (*const hows[])(const char *) = {write_big, write_in_pieces,
						 send_big};

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(fds), 0);
		written_whole(hows[i]);
		close(fds[0]);
	}
	for (int i = 0; i < 3; i++) {
		stream();
		written_whole(hows[i]);
		close(fds[0]);
	}
}

static void ended_in_the_middle(ssize_t (*how)(const char *bytes))
{
	char *bytes = big();
	struct dctxt_later later;
	pthread_t reader;
	ssize_t n;
	void *got;

	dctxt_later(&later, 10, dctxt_cancel, source);
	n = how(bytes);
	assert_true(n > 0 && n < BIG);
	errno = 0;
	assert_int_equal(how(bytes), -1);
	assert_int_equal(errno, ECANCELED);
	dctxt_join(&later);
	close(fds[1]);
	assert_int_equal(pthread_create(&reader, NULL, read_all, NULL), 0);
	assert_int_equal(pthread_join(reader, &got), 0);
	assert_int_equal((uintptr_t)got, n);
	free(bytes);
}

static void a_write_that_is_cancelled_returns_its_part(void **state)
{
	(void)state;
	assert_int_equal(pipe(fds), 0);
	ended_in_the_middle(write_big);
}

static void a_writev_that_is_cancelled_returns_its_part(void **state)
{
	(void)state;
	stream();
	ended_in_the_middle(write_in_pieces);
}

static void a_send_that_is_cancelled_returns_its_part(void **state)
{
	(void)state;
	stream();
	ended_in_the_middle(send_big);
}

static void a_signal_in_the_middle_returns_the_part(void **state)
{
	char *bytes = big();
	struct dctxt_later signals;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	dctxt_handle(0);
	dctxt_again(&signals, 20, dctxt_signal, NULL);
	assert_in_range(dctx_write(fds[1], bytes, BIG), 1, BIG - 1);
	assert_int_equal(dctx_write(fds[1], bytes, BIG), -1);
	assert_int_equal(errno, EINTR);
	dctxt_join(&signals);
	dctxt_unhandle();
	free(bytes);
}

static atomic_int broken_pipes;

static void count_broken(int number)
{
	(void)number;
	atomic_fetch_add(&broken_pipes, 1);
}

static void close_reader(void *arg)
{
	(void)arg;
	close(fds[0]);
}

/* A socket's error waits for the next call, and so does its signal. */
static void a_reader_that_goes_leaves_the_part(void **state)
{
	char *bytes = big();
	struct dctxt_later later;
	ssize_t n;

	(void)state;
	signal(SIGPIPE, count_broken);
	stream();
	dctxt_later(&later, 20, close_reader, NULL);
	n = dctx_write(fds[1], bytes, BIG);
	assert_true(n > 0 && n < BIG);
	assert_int_equal(atomic_load(&broken_pipes), 0);
	assert_int_equal(dctx_write(fds[1], bytes, BIG), -1);
	assert_true(errno == EPIPE || errno == ECONNRESET);
	dctxt_join(&later);
	free(bytes);
}

static void nothing_waits_on_a_nonblocking_descriptor(void **state)
{
	char *bytes = big();
	ssize_t n;

	(void)state;
	for (int i = 0; i < 2; i++) {
		if (i == 0)
			assert_int_equal(pipe(fds), 0);
		else
			stream();
		assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
		assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
		assert_int_equal(dctx_read(fds[0], bytes, 1), -1);
		assert_int_equal(errno, EAGAIN);
		n = dctx_write(fds[1], bytes, BIG);
		assert_true(n > 0 && n < BIG);
		assert_int_equal(dctx_write(fds[1], bytes, BIG), -1);
		assert_int_equal(errno, EAGAIN);
		assert_int_equal(dctx_read(fds[0], bytes, 1), 1);
		if (i == 0) {
			close(fds[0]);
			close(fds[1]);
		}
	}
	free(bytes);
}

static void nothing_waits_with_msg_dontwait(void **state)
{
	struct iovec iov = {(char[1]){0}, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	char *bytes = big();
	ssize_t n;

	(void)state;
	stream();
	assert_int_equal(dctx_recv(fds[0], bytes, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(dctx_recvmsg(fds[0], &message, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	n = dctx_send(fds[1], bytes, BIG, MSG_DONTWAIT);
	assert_true(n > 0 && n < BIG);
	while (dctx_sendmsg(fds[1], &message, MSG_DONTWAIT) > 0)
		continue;
	assert_int_equal(errno, EAGAIN);
	free(bytes);
}

static void nothing_and_the_end_are_0(void **state)
{
	char byte;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dctx_read(fds[0], &byte, 0), 0);
	assert_int_equal(dctx_write(fds[1], &byte, 0), 0);
	assert_int_equal(dctx_readv(fds[0], NULL, 0), 0);
	close(fds[1]);
	errno = 4711;
	assert_int_equal(dctx_read(fds[0], &byte, 1), 0);
	assert_int_equal(errno, 4711);
	fds[1] = -1;
	close(fds[0]);
	stream();
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	assert_int_equal(dctx_recv(fds[0], &byte, 1, MSG_WAITALL), 0);
	assert_int_equal(dctx_read(fds[0], &byte, 1), 0);
}

static void errors_are_the_originals(void **state)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	(void)state;
	assert_int_equal(pipe(fds), 0);
	fails(dctx_read(fds[1], &byte, 1), EBADF);
	fails(dctx_write(fds[0], &byte, 1), EBADF);
	fails(dctx_read(-1, &byte, 1), EBADF);
	fails(dctx_write(9999, &byte, 1), EBADF);
	fails(dctx_recv(fds[0], &byte, 1, 0), ENOTSOCK);
	fails(dctx_send(fds[1], &byte, 1, 0), ENOTSOCK);
	fails(dctx_readv(fds[0], &iov, -1), EINVAL);
	fails(dctx_writev(fds[1], &iov, -1), EINVAL);
	fails(dctx_recvmsg(-1, &message, 0), EBADF);
	close(fds[0]);
	fails(dctx_write(fds[1], &byte, 1), EPIPE);
	fds[0] = open("/", O_RDONLY | O_DIRECTORY);
	fails(dctx_read(fds[0], &byte, 1), EISDIR);
}

static void files_and_devices_are_read_whole(void **state)
{
	char name[] = "/tmp/dctx-io-XXXXXX", *bytes = big(), *read_back = big();
	int file = mkstemp(name), zero = open("/dev/zero", O_RDONLY);
	int null = open("/dev/null", O_RDWR);

	(void)state;
	assert_true(file >= 0 && zero >= 0 && null >= 0);
	assert_int_equal(dctx_write(file, bytes, BIG), BIG);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_int_equal(dctx_read(file, read_back, BIG), BIG);
	assert_memory_equal(bytes, read_back, BIG);
	assert_int_equal(dctx_read(file, read_back, BIG), 0);
	assert_int_equal(dctx_read(zero, read_back, BIG), BIG);
	assert_int_equal(read_back[BIG - 1], 0);
	assert_int_equal(dctx_read(null, read_back, BIG), 0);
	assert_int_equal(dctx_write(null, bytes, BIG), BIG);
	close(file);
	close(zero);
	close(null);
	unlink(name);
	free(bytes);
	free(read_back);
}

/* Opens a terminal: [0] is its user's side, [1] the program's. */
static void terminal(bool canonical, unsigned char vmin)
{
	struct termios tty;

	fds[0] = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(fds[0] >= 0);
	assert_int_equal(grantpt(fds[0]), 0);
	assert_int_equal(unlockpt(fds[0]), 0);
	fds[1] = open(ptsname(fds[0]), O_RDWR | O_NOCTTY);
	assert_true(fds[1] >= 0);
	assert_int_equal(tcgetattr(fds[1], &tty), 0);
	cfmakeraw(&tty);
	if (canonical)
		tty.c_lflag |= ICANON;
	tty.c_cc[VMIN] = vmin;
	assert_int_equal(tcsetattr(fds[1], TCSANOW, &tty), 0);
}

static void a_terminal_is_waited_for(void **state)
{
	char bytes[16];
	struct dctxt_later later;

	(void)state;
	terminal(false, 0);
	assert_int_equal(dctx_read(fds[1], bytes, 16), 0);
	close(fds[0]);
	close(fds[1]);
	terminal(true, 1);
	assert_int_equal(write(fds[0], "one\ntw", 6), 6);
	assert_int_equal(dctx_read(fds[1], bytes, 16), 4);
	dctxt_later(&later, 20, dctxt_cancel, source);
	fails(dctx_read(fds[1], bytes, 16), ECANCELED);
	dctxt_join(&later);
}

/* Nobody reads what is written. */
static void a_full_terminal_gives_the_part(void **state)
{
	char *bytes = big();
	struct dctxt_later later;
	ssize_t n;

	(void)state;
	terminal(false, 1);
	dctxt_later(&later, 50, dctxt_cancel, source);
	n = dctx_write(fds[1], bytes, BIG);
	assert_true(n > 0 && n < BIG);
	fails(dctx_write(fds[1], bytes, BIG), ECANCELED);
	dctxt_join(&later);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_big_write_is_written_whole),
		TEST(a_write_that_is_cancelled_returns_its_part),
		TEST(a_writev_that_is_cancelled_returns_its_part),
		TEST(a_send_that_is_cancelled_returns_its_part),
		TEST(a_signal_in_the_middle_returns_the_part),
		TEST(a_reader_that_goes_leaves_the_part),
		TEST(nothing_waits_on_a_nonblocking_descriptor),
		TEST(nothing_waits_with_msg_dontwait),
		TEST(nothing_and_the_end_are_0),
		TEST(errors_are_the_originals),
		TEST(files_and_devices_are_read_whole),
		TEST(a_terminal_is_waited_for),
		TEST(a_full_terminal_gives_the_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
