/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <dctx/weak.h>

#include <poll.h>

struct seen client_look(void)
{
	struct seen seen = {
		.remaining = dctx_weak_remaining(),
		.milliseconds = dctx_weak_milliseconds(),
		.done = dctx_weak_done(),
		.fd = dctx_weak_wait_fd(),
	};
	struct pollfd fd = {.fd = seen.fd, .events = POLLIN};

	seen.readable = poll(&fd, 1, 0);
	dctx_weak_wait_fd_done();
	return seen;
}
