/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* sched_setaffinity */
#include "plat/sched.h"

#include "plat/heap.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

int dctxi_affinity(struct dctxi_cpus *out)
{
	const int before = errno;
	int error = EAGAIN;

	memset(out, 0, sizeof *out);
	if (!dctxi_refused())
		error = sched_getaffinity(0, sizeof *out, (void *)out) < 0
				? errno
				: 0;
	errno = before;
	return error;
}

int dctxi_affinity_set(const struct dctxi_cpus *cpus)
{
	const int before = errno;
	int error = EAGAIN;

	if (!dctxi_refused())
		error = sched_setaffinity(0, sizeof *cpus, (const void *)cpus) <
					0
				? errno
				: 0;
	errno = before;
	return error;
}

/* -1 is a value, too: errno says which it is. */
int dctxi_nice(int *out)
{
	const int before = errno;
	int error = EAGAIN;

	if (!dctxi_refused()) {
		errno = 0;
		*out = getpriority(PRIO_PROCESS, 0);
		error = errno;
	}
	errno = before;
	return error;
}

int dctxi_nice_set(int nice)
{
	const int before = errno;
	int error = EAGAIN;

	if (!dctxi_refused())
		error = setpriority(PRIO_PROCESS, 0, nice) < 0 ? errno : 0;
	errno = before;
	return error;
}
