/* SPDX-License-Identifier: MIT */
/*
 * Memory that is given piece by piece and taken back at once: first room that
 * its owner has, then blocks. One block is kept for the next use, so that an
 * owner that comes back from a pool allocates nothing.
 */
#ifndef DCTXI_ARENA_H
#define DCTXI_ARENA_H

#include <stddef.h>

/* The owner's own room. */
#define DCTXI_ARENA_OWN 512u

struct dctxi_arena_block {
	struct dctxi_arena_block *next;
	size_t size; /* with this head */
};

struct dctxi_arena {
	char *at, *end;
	struct dctxi_arena_block *block; /* those in use, the newest first */
	struct dctxi_arena_block *spare; /* NULL: none */
	_Alignas(16) char own[DCTXI_ARENA_OWN];
};

/* Begins one, whose spare is NULL or from a use before. */
void dctxi_arena_begin(struct dctxi_arena *arena);

/* Gives `size` bytes, aligned for any type; NULL without memory. */
void *dctxi_arena_alloc(struct dctxi_arena *arena, size_t size);

/* Takes all back; one block of common size stays as the spare. */
void dctxi_arena_reset(struct dctxi_arena *arena);

/* Frees the spare, too. */
void dctxi_arena_end(struct dctxi_arena *arena);

#endif
