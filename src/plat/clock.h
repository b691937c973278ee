/* SPDX-License-Identifier: MIT */
/*
 * The monotonic clock, in nanoseconds; fine, or coarse and cheap. It does not
 * jump when somebody sets the time of day (POSIX.1-2017, clock_gettime).
 *
 * Theory. A virtual clock, installed by one thread while others may ask, is a
 * pointer that is swapped; what it points at stays until the next swap. Both
 * loads are relaxed or acquire of one word, so a signal handler may ask.
 */
#ifndef DCTXI_CLOCK_H
#define DCTXI_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Now, never negative. The coarse one lags behind the fine one by up to a
 * tick. */
int64_t dctxi_clock(void);
int64_t dctxi_clock_coarse(void);

/* Nanoseconds since 1970, of the system's clock, which may be set. */
int64_t dctxi_clock_unix(void);

/* What to add to a time of dctxi_clock's to have it since 1970. `now` is what
 * that clock just said. The same for all times of a process, so that what is
 * between two of them stays that; another once somebody set the system's clock,
 * by more than a millisecond. */
int64_t dctxi_clock_to_unix(int64_t now);

/* The system's, also while a virtual clock is installed: for what sleeps on a
 * thread of the library's own. */
int64_t dctxi_clock_real(void);

/* How far the coarse clock may lag: its resolution. */
int64_t dctxi_clock_tick(void);

/* `at` + `ns` without overflow: the far future at most. */
static inline int64_t dctxi_clock_plus(int64_t at, int64_t ns)
{
	int64_t sum;

	if (__builtin_add_overflow(at, ns, &sum))
		return ns < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

/* What both clocks say while it is installed; NULL: the system's again. */
struct dctxi_virtual_clock {
	int64_t now; /* atomic */
	int64_t lag; /* the coarse clock's, when it stands still */
};
void dctxi_clock_set_virtual(struct dctxi_virtual_clock *clock);
struct dctxi_virtual_clock *dctxi_clock_virtual(void);

/* Moves the virtual clock forward to a time, as a sleep until then would;
 * false, and nothing, when there is none. */
bool dctxi_clock_pass(int64_t until);

#endif
