/* SPDX-License-Identifier: MIT */
/* nanosleep(2). Any signal handler ends it, as it ends the original; a stop
 * does not. */
#include "life/block.h"
#include "plat/clock.h"

#include <dctx/io.h>

#include <errno.h>

static void tell_left(struct timespec *left, int64_t until)
{
	int64_t ns = until - dctxi_clock();

	if (left == NULL)
		return;
	if (ns < 0)
		ns = 0;
	left->tv_sec = (time_t)(ns / DCTX_S);
	left->tv_nsec = (long)(ns % DCTX_S);
}

int dctx_nanosleep(const struct timespec *time, struct timespec *left)
{
	struct pollfd ring;
	struct dctxi_polled nothing = {&ring, 0, NULL, true};
	int64_t until, seconds;
	int ended;

	if (!dctxi_may_end())
		return nanosleep(time, left);
	if (dctxi_is_over())
		return -1;
	if (time == NULL || time->tv_sec < 0 || time->tv_nsec < 0 ||
	    time->tv_nsec >= DCTX_S)
		return nanosleep(time, left);
	/* 146 years are for ever. */
	seconds = time->tv_sec;
	if (seconds > INT64_MAX / DCTX_S / 2)
		seconds = INT64_MAX / DCTX_S / 2;
	until = dctxi_clock_plus(dctxi_clock(),
				 seconds * DCTX_S + time->tv_nsec);
	ended = dctxi_block_poll(&nothing, until);
	if (ended == 0)
		return 0;
	tell_left(left, until);
	errno = -ended;
	return -1;
}
