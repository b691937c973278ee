/* SPDX-License-Identifier: MIT */
/*
 * Random numbers that are unique, not secret.
 *
 * Theory. Each thread has a generator (xoshiro256**, Blackman and Vigna 2018)
 * in its block, which nobody else touches. The system seeds it at the first
 * number and again when the count of forks (fork.c) has moved, so a child does
 * not repeat its parent's. Where the system has none yet, clocks and addresses
 * do. A thread without a block asks the system each time.
 */
#ifndef DCTXI_RANDOM_H
#define DCTXI_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct dctxi_random {
	uint64_t word[4];
	uint32_t forks; /* the count at the seeding, plus 1; 0: not seeded */
};

/* Makes so many, none of them 0, as no id may be. */
void dctxi_random(uint64_t *out, size_t n);

#endif
