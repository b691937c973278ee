/* SPDX-License-Identifier: MIT */
#include "plat/child.h"

#include "plat/heap.h"
#include "plat/uncancelled.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

int dctxi_child_open(pid_t pid)
{
	int before = errno, fd = -1;

#ifdef SYS_pidfd_open
	if (!dctxi_refused())
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
#endif
	errno = before;
	return fd;
}

void dctxi_child_close(int fd)
{
	int before = errno, cancel = dctxi_uncancelled();

	(void)close(fd);
	dctxi_uncancelled_end(cancel);
	errno = before;
}
