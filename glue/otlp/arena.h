/* SPDX-License-Identifier: MIT */
/*
 * arena.h - memory that is given back at once: of a message in the making, of
 * an answer that is read, of what a sink was made with.
 *
 * Once there was none, `failed` says so until the end. So what builds something
 * of many pieces leaves out the piece that had no memory, goes on, and is asked
 * once.
 */
#ifndef DCTXI_OTLP_ARENA_H
#define DCTXI_OTLP_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct chunk;

struct arena {
	struct chunk *chunks; /* the one that is taken from first */
	size_t left;	      /* in that one */
	size_t most;	      /* bytes of all pieces; 0: no bound */
	size_t all;	      /* that were taken */
	bool failed;
};

/* Takes memory for any type. Returns NULL without. */
void *dctxi_otlp_take(struct arena *arena, size_t size);

/* Takes a copy of a text, with a NUL. Returns NULL without memory. */
char *dctxi_otlp_take_text(struct arena *arena, const char *text, size_t len);

/* Gives all of it back; it can be taken from again. */
void dctxi_otlp_give_back(struct arena *arena);

#endif
