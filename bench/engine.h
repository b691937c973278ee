/* SPDX-License-Identifier: MIT */
/* engine.h - times an operation and the floors in turn; knows no library. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "floors.h"

#include <stdbool.h>

/* How often a figure is taken; its median is what is told. */
#define REPEATS 9

struct timing {
	double ns;
	double floors[FLOORS];
};

/* An operation, so many times. */
typedef void loop_fn(uint64_t turns);

/* Times `loop` less `without`, in `repeats` of at most REPEATS. Either may be
 * NULL: no loop is the floors alone. */
void engine_time(loop_fn *loop, loop_fn *without, int repeats,
		 struct timing *out);

/* Takes back what the operation did, each time when it was timed; NULL when it
 * takes itself back. */
extern void (*engine_undo)(void);

/* So many turns at most are taken back at a time; 0: any number. */
extern uint64_t engine_most;

/* Starts an idle thread: libc spares a process of one thread the atomics that
 * others pay. Returns: whether it could. */
bool engine_company(void);

double now_ns(void);
double median(double *values, int count);

/* Keeps the calling thread on the n-th of the CPUs it may use. */
void pin(int n);

/* Memory is another after this, as far as the compiler knows. */
#define BARRIER() __asm__ volatile("" ::: "memory")

/* Somebody needs this value, as far as the compiler knows. */
static inline void consume(uint64_t value)
{
	__asm__ volatile("" ::"r"(value) : "memory");
}

#endif
