/* SPDX-License-Identifier: MIT */
#include "plat/pages.h"

#include "plat/heap.h"

#include <errno.h>
#include <sys/mman.h>

void *dctxi_pages_map(size_t bytes)
{
	int before = errno;
	void *pages = MAP_FAILED;

	if (!dctxi_refused())
		pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	errno = before;
	return pages != MAP_FAILED ? pages : NULL;
}

void dctxi_pages_unmap(void *pages, size_t bytes)
{
	int before = errno;

	if (pages != NULL)
		(void)munmap(pages, bytes);
	errno = before;
}
