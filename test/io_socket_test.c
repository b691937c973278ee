/* SPDX-License-Identifier: MIT */
/*
 * io_socket_test.c - proves that sockets below a context keep what is theirs:
 * MSG_WAITALL, low-water marks, timeouts, records, ancillary data, peeking.
 */
#include "below.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin_below, end_below)

static void pair(int type)
{
	assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
}

/* A connected pair over the loopback. */
static void tcp(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof in;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (void *)&in, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (void *)&in, &size), 0);
	fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[1], (void *)&in, size), 0);
	fds[0] = accept(listener, NULL, NULL);
	assert_true(fds[0] >= 0);
	close(listener);
}

static void write_abc(void *arg)
{
	(void)arg;
	DCTXT_EXPECT(write(fds[1], "abc", 3) == 3);
}

static void waitall_waits_for_all(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct dctxt_later later;
		char bytes[9];

		if (i == 0)
			pair(SOCK_STREAM);
		else
			tcp();
		dctxt_again(&later, 5, write_abc, NULL);
		assert_int_equal(dctx_recv(fds[0], bytes, 9, MSG_WAITALL), 9);
		assert_memory_equal(bytes, "abcabcabc", 9);
		dctxt_join(&later);
		if (i == 0) {
			close(fds[0]);
			close(fds[1]);
		}
	}
}

static void waitall_that_is_cancelled_gives_the_part(void **state)
{
	struct dctxt_later later;
	char bytes[9];

	(void)state;
	pair(SOCK_STREAM);
	write_abc(NULL);
	dctxt_later(&later, 20, dctxt_cancel, source);
	assert_int_equal(dctx_recv(fds[0], bytes, 9, MSG_WAITALL), 3);
	assert_memory_equal(bytes, "abc", 3);
	fails(dctx_recv(fds[0], bytes, 9, MSG_WAITALL), ECANCELED);
	dctxt_join(&later);
}

static void waitall_ends_with_the_stream(void **state)
{
	char bytes[9];

	(void)state;
	pair(SOCK_STREAM);
	write_abc(NULL);
	close(fds[1]);
	fds[1] = -1;
	assert_int_equal(dctx_recv(fds[0], bytes, 9, MSG_WAITALL), 3);
}

static void waitall_of_a_datagram_is_one_datagram(void **state)
{
	char bytes[9];

	(void)state;
	pair(SOCK_DGRAM);
	write_abc(NULL);
	assert_int_equal(dctx_recv(fds[0], bytes, 9, MSG_WAITALL), 3);
}

static void a_peek_that_waits_for_all_takes_nothing(void **state)
{
	struct dctxt_later later;
	char bytes[9];
	int flags = MSG_PEEK | MSG_WAITALL;

	(void)state;
	tcp();
	write_abc(NULL);
	dctxt_later(&later, 20, write_abc, NULL);
	assert_int_equal(dctx_recv(fds[0], bytes, 6, flags), 6);
	dctxt_join(&later);
	assert_memory_equal(bytes, "abcabc", 6);
	assert_int_equal(dctx_recv(fds[0], bytes, 9, MSG_PEEK), 6);
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	assert_int_equal(dctx_recv(fds[0], bytes, 9, flags), 6);
	assert_int_equal(dctx_recv(fds[0], bytes, 9, 0), 6);
}

/* What it has seen stays readable meanwhile. */
static void a_peek_that_waits_for_all_does_not_run_hot(void **state)
{
	clock_t used = clock();
	char bytes[9];

	(void)state;
	pair(SOCK_STREAM);
	write_abc(NULL);
	assert_int_equal(dctx_set_timeout(500 * DCTX_MS), DCTX_OK);
	assert_int_equal(dctx_recv(fds[0], bytes, 6, MSG_PEEK | MSG_WAITALL),
			 3);
	assert_true(clock() - used < CLOCKS_PER_SEC / 4);
}

static void a_low_water_mark_is_waited_for(void **state)
{
	struct dctxt_later later;
	char bytes[64];
	int least = 6;

	(void)state;
	tcp();
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_RCVLOWAT, &least,
				    sizeof least),
			 0);
	write_abc(NULL);
	dctxt_later(&later, 20, write_abc, NULL);
	assert_int_equal(dctx_read(fds[0], bytes, sizeof bytes), 6);
	dctxt_join(&later);
	assert_memory_equal(bytes, "abcabc", 6);
	/* No more than was asked for. */
	write_abc(NULL);
	dctxt_later(&later, 20, write_abc, NULL);
	assert_int_equal(dctx_recv(fds[0], bytes, 5, MSG_WAITALL), 5);
	dctxt_join(&later);
	assert_int_equal(dctx_recv(fds[0], bytes, 1, MSG_WAITALL), 1);
}

static void a_sockets_own_timeout_holds(void **state)
{
	static const struct timeval timeout = {0, 30000};
	char *bytes = calloc(1, 1 << 20);
	int64_t start = dctx_now();

	(void)state;
	pair(SOCK_STREAM);
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout,
				    sizeof timeout),
			 0);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDTIMEO, &timeout,
				    sizeof timeout),
			 0);
	fails(dctx_recv(fds[0], bytes, 1, 0), EAGAIN);
	assert_true(dctx_now() - start >= 30 * DCTX_MS);
	start = dctx_now();
	assert_in_range(dctx_send(fds[1], bytes, 1 << 20, 0), 1, 1 << 20);
	assert_true(dctx_now() - start >= 30 * DCTX_MS);
	fails(dctx_write(fds[1], bytes, 1 << 20), EAGAIN);
	free(bytes);
}

/* signal(7): a call on such a socket is never restarted. */
static void with_a_timeout_no_handler_restarts_it(void **state)
{
	static const struct timeval timeout = {1000, 0};
	struct dctxt_later signals;
	char byte;

	(void)state;
	pair(SOCK_STREAM);
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout,
				    sizeof timeout),
			 0);
	dctxt_handle(SA_RESTART);
	dctxt_again(&signals, 5, dctxt_signal, NULL);
	fails(dctx_recv(fds[0], &byte, 1, 0), EINTR);
	dctxt_join(&signals);
	dctxt_unhandle();
}

static void records_stay_records(void **state)
{
	static const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
	char bytes[9];

	(void)state;
	for (int i = 0; i < 2; i++) {
		pair(types[i]);
		assert_int_equal(dctx_write(fds[1], "abc", 3), 3);
		assert_int_equal(dctx_send(fds[1], "de", 2, 0), 2);
		assert_int_equal(dctx_send(fds[1], "", 0, 0), 0);
		assert_int_equal(dctx_write(fds[1], "f", 1), 1);
		assert_int_equal(dctx_recv(fds[0], bytes, 9, MSG_PEEK), 3);
		assert_int_equal(dctx_read(fds[0], bytes, 2), 2);
		assert_int_equal(dctx_recv(fds[0], bytes, 1, MSG_TRUNC), 2);
		assert_int_equal(dctx_recv(fds[0], bytes, 9, 0), 0);
		assert_int_equal(dctx_read(fds[0], bytes, 9), 1);
		if (i == 0) {
			close(fds[0]);
			close(fds[1]);
		}
	}
}

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static struct msghdr with_control(struct iovec *iov, union control *control)
{
	struct msghdr message = {.msg_iov = iov,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof *control};

	memset(control, 0, sizeof *control);
	return message;
}

struct sending {
	char *bytes;
	size_t size;
	ssize_t sent;
};

/* Sends [1] itself along. */
static void *send_with_descriptor(void *arg)
{
	struct sending *s = arg;
	struct iovec iov = {s->bytes, s->size};
	union control control;
	struct msghdr message = with_control(&iov, &control);
	DCTX_SCOPE("sender");

	DCTXT_EXPECT(dctx_set_timeout(1000 * DCTX_S) == DCTX_OK);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fds[1], sizeof(int));
	s->sent = dctx_sendmsg(fds[1], &message, 0);
	return NULL;
}

/* The message is far more than fits, and its descriptor comes once. */
static void a_descriptor_comes_along_once(void **state)
{
	struct sending s = {calloc(1, 1 << 20), 1 << 20, 0};
	char *bytes = malloc(1 << 20);
	struct iovec iov = {bytes, 1 << 20};
	size_t got = 0, descriptors = 0;
	pthread_t sender;

	(void)state;
	pair(SOCK_STREAM);
	assert_int_equal(
		pthread_create(&sender, NULL, send_with_descriptor, &s), 0);
	while (got < s.size) {
		union control control;
		struct msghdr message = with_control(&iov, &control);
		ssize_t n;
		int fd;

		iov.iov_len = s.size - got;
		n = dctx_recvmsg(fds[0], &message, MSG_WAITALL);
		assert_true(n > 0);
		got += (size_t)n;
		assert_int_equal(message.msg_flags & MSG_CTRUNC, 0);
		if (message.msg_controllen == 0)
			continue;
		descriptors++;
		memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
		assert_int_equal(close(fd), 0);
	}
	assert_int_equal(pthread_join(sender, NULL), 0);
	assert_int_equal(s.sent, s.size);
	assert_int_equal(descriptors, 1);
	free(s.bytes);
	free(bytes);
}

static void who_sent_it_is_told(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET}, from;
	char bytes[9];
	struct iovec iov = {bytes, sizeof bytes};
	struct msghdr message = {.msg_name = &from,
				 .msg_namelen = sizeof from,
				 .msg_iov = &iov,
				 .msg_iovlen = 1};
	socklen_t size = sizeof in;

	(void)state;
	fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
	fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fds[0], (void *)&in, size), 0);
	assert_int_equal(getsockname(fds[0], (void *)&in, &size), 0);
	assert_int_equal(connect(fds[1], (void *)&in, size), 0);
	assert_int_equal(getsockname(fds[1], (void *)&in, &size), 0);
	assert_int_equal(dctx_send(fds[1], "hello, you", 10, 0), 10);
	assert_int_equal(dctx_recvmsg(fds[0], &message, 0), 9);
	assert_int_equal(message.msg_flags, MSG_TRUNC);
	assert_int_equal(message.msg_namelen, sizeof from);
	assert_int_equal(from.sin_port, in.sin_port);
}

/* poll says that there is room, which the receiver has not: no end of tries
 * without a nap, and the end is seen. */
static void ready_in_vain_is_waited_for_in_naps(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct iovec iov = {(char[1]){'x'}, 1};
	struct msghdr message = {
		.msg_name = &un, .msg_iov = &iov, .msg_iovlen = 1};
	socklen_t size = sizeof un;
	struct dctxt_later later;
	clock_t used;

	(void)state;
	fds[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
	fds[1] = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(bind(fds[0], (void *)&un, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(fds[0], (void *)&un, &size), 0);
	message.msg_namelen = size;
	while (sendmsg(fds[1], &message, MSG_DONTWAIT) == 1)
		continue;
	used = clock();
	dctxt_later(&later, 300, dctxt_cancel, source);
	fails(dctx_sendmsg(fds[1], &message, 0), ECANCELED);
	dctxt_join(&later);
	assert_true(clock() - used < CLOCKS_PER_SEC / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(waitall_waits_for_all),
		TEST(waitall_that_is_cancelled_gives_the_part),
		TEST(waitall_ends_with_the_stream),
		TEST(waitall_of_a_datagram_is_one_datagram),
		TEST(a_peek_that_waits_for_all_takes_nothing),
		TEST(a_peek_that_waits_for_all_does_not_run_hot),
		TEST(a_low_water_mark_is_waited_for),
		TEST(a_sockets_own_timeout_holds),
		TEST(with_a_timeout_no_handler_restarts_it),
		TEST(records_stay_records),
		TEST(a_descriptor_comes_along_once),
		TEST(who_sent_it_is_told),
		TEST(ready_in_vain_is_waited_for_in_naps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
