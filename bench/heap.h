/* SPDX-License-Identifier: MIT */
/* heap.h - what heap.c counts, in the programs that it is linked into. */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#include "engine.h"

__attribute__((weak)) uint64_t heap_calls(void);
__attribute__((weak)) int64_t heap_live(void);

/* Calls a turn of a loop, once it is warm; 0 for NULL. */
__attribute__((weak)) double heap_calls_a_turn(loop_fn *loop);

#endif
