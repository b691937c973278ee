/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "plat/process.h"

#include "plat/heap.h"
#include "plat/uncancelled.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

long dctxi_process_id(void)
{
	return (long)getpid();
}

const char *dctxi_process_name(void)
{
	const char *name = program_invocation_short_name;

	return name != NULL ? name : "";
}

void dctxi_host_name(char *buf, size_t size)
{
	struct utsname names;
	int before = errno;

	if (uname(&names) != 0)
		names.nodename[0] = '\0';
	(void)snprintf(buf, size, "%s", names.nodename);
	errno = before;
}

bool dctxi_thread_named(unsigned long thread, char name[DCTXI_THREAD_NAME])
{
	int before = errno, cancel = dctxi_uncancelled(), fd = -1;
	char path[64];
	ssize_t n = -1;

	(void)snprintf(path, sizeof path, "/proc/self/task/%lu/comm", thread);
	if (!dctxi_refused())
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, name, DCTXI_THREAD_NAME - 1);
		(void)close(fd);
	}
	if (n > 0) {
		name[n] = '\0';
		name[strcspn(name, "\n")] = '\0';
	}
	dctxi_uncancelled_end(cancel);
	errno = before;
	return n > 0;
}
