/* SPDX-License-Identifier: MIT */
/* wake.h - how long it takes until a thread that sleeps runs again. */
#ifndef BENCH_WAKE_H
#define BENCH_WAKE_H

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
 * from before the wake to when the sleeper runs. */
void wake_times(const struct wake_way *const *ways, int count, double *ns);

#endif
