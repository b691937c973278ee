/* SPDX-License-Identifier: MIT */
/* wake.h - how long until a thread that sleeps runs again; knows no library. */
#ifndef BENCH_WAKE_H
#define BENCH_WAKE_H

#include <stdbool.h>

/* At most so many wakes of a way. */
#define WAKES 301

/* A way to sleep and to be woken, both of the same number of a wake. */
struct wake_way {
	void (*sleep)(int number);
	void (*wake)(int number);
};

/* On a word of its own, with no library in between: floor W. */
extern const struct wake_way wake_bare;

/* Takes `count` ways in turn, WAKES times, on two CPUs: ns[i] is the median
 * from before the wake to when the sleeper runs. False without a thread. */
bool wake_times(const struct wake_way *const *ways, int count, double *ns);

#endif
