/* SPDX-License-Identifier: MIT */
#include "plat/thread.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned long dctxi_thread_id(void)
{
	return (unsigned long)syscall(SYS_gettid);
}

bool dctxi_thread_is_gone(unsigned long id)
{
	int before = errno;
	bool gone;

	gone = syscall(SYS_tgkill, getpid(), (pid_t)id, 0) != 0 &&
	       errno == ESRCH;
	errno = before;
	return gone;
}

void dctxi_thread_name(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}
