/* SPDX-License-Identifier: MIT */
/*
 * io_fault_test.c - proves that it is the kernel, below a context as without
 * one, who finds that a pointer points nowhere, or that a count is too large.
 *
 * Not under: valgrind asan tsan - they look there themselves.
 */
#include "below.h"

static int begin(void **state)
{
	if (begin_below(state) != 0)
		return -1;
	return pipe(fds);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end_below)

static void no_bytes_are_efault(void **state)
{
	(void)state;
	assert_int_equal(write(fds[1], "x", 1), 1);
	fails(dctx_read(fds[0], NULL, 1), EFAULT);
	fails(dctx_write(fds[1], NULL, 1), EFAULT);
}

static void too_many_pieces_are_einval(void **state)
{
	char byte = 0;
	struct iovec iov = {&byte, 1};

	(void)state;
	fails(dctx_readv(fds[0], &iov, 100000), EINVAL);
	fails(dctx_writev(fds[1], &iov, 100000), EINVAL);
}

static void no_message_of_no_socket_is_ebadf(void **state)
{
	(void)state;
#if defined(__GLIBC__) && !defined(DCTXT_QEMU)
	/* musl and qemu look there themselves, too. */
	fails(dctx_recvmsg(-1, NULL, 0), EBADF);
	fails(dctx_sendmsg(-1, NULL, 0), EBADF);
#endif
}

static void no_descriptors_to_poll_are_efault_and_too_many_einval(void **state)
{
	struct pollfd fd = {fds[0], POLLIN, 0};

	(void)state;
	fails(dctx_poll(NULL, 1, -1), EFAULT);
	fails(dctx_poll(&fd, (nfds_t)-1, -1), EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_bytes_are_efault),
		TEST(too_many_pieces_are_einval),
		TEST(no_message_of_no_socket_is_ebadf),
		TEST(no_descriptors_to_poll_are_efault_and_too_many_einval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
