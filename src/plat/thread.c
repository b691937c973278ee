/* SPDX-License-Identifier: MIT */
#include "plat/thread.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

unsigned long dctxi_thread_id(void)
{
	return (unsigned long)syscall(SYS_gettid);
}

void dctxi_thread_name(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}
