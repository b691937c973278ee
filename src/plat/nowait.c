/* SPDX-License-Identifier: MIT */
/*
 * musl had no preadv2 before 1.2.5, but the kernel has: there it is called by
 * its number. That is no cancellation point by itself.
 */
#define _GNU_SOURCE /* preadv2, syscall */
#include "plat/nowait.h"

#include "plat/heap.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static ssize_t unsupported(void)
{
	errno = EOPNOTSUPP;
	return -1;
}

#ifdef RWF_NOWAIT
#define READ(fd, iov, n) preadv2((fd), (iov), (n), -1, RWF_NOWAIT)
#define WRITE(fd, iov, n) pwritev2((fd), (iov), (n), -1, RWF_NOWAIT)
#else
#define NOWAIT 0x8L /* linux/fs.h */
#define READ(fd, iov, n) by_number(SYS_preadv2, (fd), (iov), (n))
#define WRITE(fd, iov, n) by_number(SYS_pwritev2, (fd), (iov), (n))

/* The position, -1, is two words. */
static ssize_t by_number(long number, long fd, const struct iovec *iov, long n)
{
	pthread_testcancel();
	return syscall(number, fd, iov, n, -1L, -1L, NOWAIT);
}
#endif

/* An old kernel does not know the call, or this flag of it. */
static ssize_t told(ssize_t n)
{
	if (n < 0 && errno == ENOSYS)
		errno = EOPNOTSUPP;
	return n;
}

ssize_t dctxi_readv_nowait(int fd, const struct iovec *iov, int n)
{
	return dctxi_refused() ? unsupported() : told(READ(fd, iov, n));
}

ssize_t dctxi_writev_nowait(int fd, const struct iovec *iov, int n)
{
	return dctxi_refused() ? unsupported() : told(WRITE(fd, iov, n));
}
