/* SPDX-License-Identifier: MIT */
/* pair.h - two threads at once, on what they share and on what is their own. */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include "bench.h"

/* Whose object a thread works on that sleeps meanwhile. */
#define NOBODY (-1)

/* What the two do at the same moment, and what a turn of it took: the mean of
 * those who took part, of each repeat. */
struct lap {
	void (*loop)(void *object, uint64_t turns);
	int whose[2]; /* the object of which thread each works on */
	double ns[REPEATS];
};

#define LAP_OWN(loop)                                                          \
	{                                                                      \
		(loop), {0, 1},                                                \
		{                                                              \
			0                                                      \
		}                                                              \
	}
#define LAP_SHARED(loop)                                                       \
	{                                                                      \
		(loop), {0, 0},                                                \
		{                                                              \
			0                                                      \
		}                                                              \
	}
#define LAP_ALONE(loop)                                                        \
	{                                                                      \
		(loop), {0, NOBODY},                                           \
		{                                                              \
			0                                                      \
		}                                                              \
	}

/* Runs laps in turn, each once a repeat. `make` gives a thread's object, on
 * that thread, so that the two objects have no cache line in common; NULL: the
 * loops need none. */
void pair_run(void *(*make)(void), struct lap *laps, int count);

/* By how many percent the first takes longer than the second. */
double pair_percent(const struct lap *lap, const struct lap *than);

/* Floor B, as a lap among others: an atomic add of one word. */
void pair_add(void *unused, uint64_t turns);

#endif
