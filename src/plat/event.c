/* SPDX-License-Identifier: MIT */
#include "plat/event.h"

#include "plat/heap.h"
#include "plat/uncancelled.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int dctxi_event_open(void)
{
	if (dctxi_refused()) {
		errno = EMFILE;
		return -1;
	}
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* A counter at its end is as readable as any. */
void dctxi_event_set(int fd)
{
	static const uint64_t one = 1;
	int before = errno, cancel = dctxi_uncancelled();

	while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
		continue;
	dctxi_uncancelled_end(cancel);
	errno = before;
}

void dctxi_event_unset(int fd)
{
	uint64_t count;
	int before = errno, cancel = dctxi_uncancelled();

	while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
		continue;
	dctxi_uncancelled_end(cancel);
	errno = before;
}

void dctxi_event_close(int fd)
{
	int before = errno, cancel = dctxi_uncancelled();

	(void)close(fd);
	dctxi_uncancelled_end(cancel);
	errno = before;
}
