/* SPDX-License-Identifier: MIT */
/* floors.c - the floors that are a loop: floors.h says what each is. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void chain(uint64_t turns)
{
	uint64_t at = 0;

	while (turns--) {
		at = bench_floor_tls[at];
		BARRIER();
	}
	consume(at);
}

static void atomic_add(uint64_t turns)
{
	static uint64_t count;

	while (turns--)
		__atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
}

static void malloc_free(uint64_t turns)
{
	while (turns--) {
		void *memory = malloc(64);

		consume((uintptr_t)memory);
		free(memory);
	}
}

static void read_clock(clockid_t clock, uint64_t turns)
{
	struct timespec now;

	while (turns--) {
		clock_gettime(clock, &now);
		consume((uint64_t)now.tv_nsec);
	}
}

static void coarse_clock(uint64_t turns)
{
	read_clock(CLOCK_MONOTONIC_COARSE, turns);
}

static void fine_clock(uint64_t turns)
{
	read_clock(CLOCK_MONOTONIC, turns);
}

void (*const floor_loops[LOOP_FLOORS])(uint64_t turns) = {
	[F] = chain,
	[A] = atomic_add,
	[M] = malloc_free,
	[C] = coarse_clock,
	[K] = fine_clock,
};

void floors_print(const double *ns)
{
	printf("{");
	for (int i = 0; i < FLOORS; i++) {
		printf("%s\"%c\": ", i > 0 ? ", " : "", FLOOR_LETTERS[i]);
		printf(ns[i] > 0 ? "%.3f" : "null", ns[i]);
	}
	printf("}");
}
