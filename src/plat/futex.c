/* SPDX-License-Identifier: MIT */
#include "plat/futex.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

/* Of <linux/futex.h>, which not every C library comes with. */
#define FUTEX_WAKE_PRIVATE (1 | 128)
#define FUTEX_WAIT_BITSET_PRIVATE (9 | 128)
#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

/* The C library's timespec may have 64-bit seconds on a 32-bit machine, whose
 * kernel then has a call of its own for it. */
#if defined(SYS_futex_time64) && !defined(__LP64__)
#define CALL(clock64) ((clock64) ? SYS_futex_time64 : SYS_futex)
#else
#define CALL(clock64) SYS_futex
#endif

int dctxi_futex_wait(const uint32_t *word, uint32_t expected, int64_t deadline)
{
	int before = errno, result = 0;
	struct timespec until = {(time_t)(deadline / SECOND),
				 (long)(deadline % SECOND)};
	const struct timespec *at = &until;

	if (deadline <= 0)
		return ETIMEDOUT;
	/* Past what its seconds hold is as good as for ever. */
	if (deadline == INT64_MAX || until.tv_sec != deadline / SECOND)
		at = NULL;
	if (syscall(CALL(sizeof until.tv_sec > 4), word,
		    FUTEX_WAIT_BITSET_PRIVATE, expected, at, NULL,
		    FUTEX_BITSET_MATCH_ANY) != 0)
		result = errno;
	errno = before;
	return result;
}

void dctxi_futex_wake(const uint32_t *word, int n)
{
	int before = errno;

	(void)syscall(CALL(sizeof(time_t) > 4), word, FUTEX_WAKE_PRIVATE, n,
		      NULL, NULL, 0);
	errno = before;
}
