/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* preadv2 */
#include "plat/nowait.h"

#include "plat/heap.h"

#include <errno.h>
#include <stdbool.h>

static ssize_t unsupported(void)
{
	errno = EOPNOTSUPP;
	return -1;
}

#ifdef RWF_NOWAIT
/* An old kernel does not know the call, or this flag of it. */
static ssize_t told(ssize_t n)
{
	if (n < 0 && errno == ENOSYS)
		errno = EOPNOTSUPP;
	return n;
}

ssize_t dctxi_readv_nowait(int fd, const struct iovec *iov, int n)
{
	if (dctxi_refused())
		return unsupported();
	return told(preadv2(fd, iov, n, -1, RWF_NOWAIT));
}

ssize_t dctxi_writev_nowait(int fd, const struct iovec *iov, int n)
{
	if (dctxi_refused())
		return unsupported();
	return told(pwritev2(fd, iov, n, -1, RWF_NOWAIT));
}
#else
ssize_t dctxi_readv_nowait(int fd, const struct iovec *iov, int n)
{
	(void)fd;
	(void)iov;
	(void)n;
	return unsupported();
}

ssize_t dctxi_writev_nowait(int fd, const struct iovec *iov, int n)
{
	return dctxi_readv_nowait(fd, iov, n);
}
#endif
