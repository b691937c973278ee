/* SPDX-License-Identifier: MIT */
/* floors.h - what this machine's cheapest operations cost, by letter. */
#ifndef BENCH_FLOORS_H
#define BENCH_FLOORS_H

#include <stdint.h>

/*
 * F  a thread-local pointer load and a load indexed by the previous result
 * A  an atomic add that nobody else wants
 * M  malloc and free of 64 bytes
 * C  a read of the coarse clock, K of the fine one
 * W  a futex wake, from the store to the woken thread running
 * B  an atomic add of one word by two threads at once, a thread's
 */
enum floor { F, A, M, C, K, W, B, FLOORS };

#define FLOOR_LETTERS "FAMCKWB"

/* Those that are a loop, to be run in turn with a row's own; W and B, which
 * need two threads, are not. */
#define LOOP_FLOORS W

extern void (*const floor_loops[LOOP_FLOORS])(uint64_t turns);

/* Writes all of them as a JSON object; one not above 0 is null. */
void floors_print(const double *ns);

/* Measure W (0: it could not) and B: nanoseconds. */
double floor_wake(void);
double floor_both(void);

/* As a program sees a library's thread-local when it is initial-exec. */
extern __attribute__((visibility("default"))) __thread uint64_t *bench_floor_tls
	__attribute__((tls_model("initial-exec")));

#endif
