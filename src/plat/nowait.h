/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing at the file's own position without blocking, whatever
 * O_NONBLOCK says (Linux, preadv2(2) with RWF_NOWAIT). Where the kernel or the
 * file cannot: -1 with EOPNOTSUPP, and nothing is done.
 */
#ifndef DCTXI_NOWAIT_H
#define DCTXI_NOWAIT_H

#include <sys/types.h>
#include <sys/uio.h>

ssize_t dctxi_readv_nowait(int fd, const struct iovec *iov, int n);
ssize_t dctxi_writev_nowait(int fd, const struct iovec *iov, int n);

#endif
