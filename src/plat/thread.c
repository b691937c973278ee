/* SPDX-License-Identifier: MIT */
#include "plat/thread.h"

#include <sys/syscall.h>
#include <unistd.h>

unsigned long dctxi_thread_id(void)
{
	return (unsigned long)syscall(SYS_gettid);
}
