/* SPDX-License-Identifier: MIT */
#include "plat/exit.h"

#include "plat/heap.h"

#include <errno.h>
#include <stdlib.h>

bool dctxi_at_exit(void (*fn)(void))
{
	int before = errno;
	bool done = !dctxi_refused() && atexit(fn) == 0;

	errno = before;
	return done;
}
