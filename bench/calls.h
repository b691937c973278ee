/* SPDX-License-Identifier: MIT */
/* calls.h - counts the system calls of a loop. */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "engine.h"

/*
 * What a loop asks of the system in the warm state, a turn: its own thread's
 * calls, of which this process is told as a debugger is. `setup` comes first,
 * in the process that is looked at. Returns: below 0 where that is not allowed.
 */
double system_calls_a_turn(void (*setup)(void), loop_fn *loop);

#endif
