/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 32768

struct chunk {
	struct chunk *next;
	size_t size;
	max_align_t memory[];
};

static size_t rounded(size_t size)
{
	const size_t to = _Alignof(max_align_t);

	return (size + to - 1) / to * to;
}

/* What is left of the chunk before is lost; a large piece has one of its own,
 * behind that. */
static void *chunk_take(struct arena *arena, size_t size)
{
	const size_t room = size > CHUNK / 4 ? size : CHUNK;
	struct chunk *chunk;

	chunk = malloc(sizeof *chunk + room);
	if (chunk == NULL)
		return NULL;
	chunk->size = room;
	if (room > size || arena->chunks == NULL) {
		chunk->next = arena->chunks;
		arena->chunks = chunk;
		arena->left = room - size;
	} else {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	}
	return chunk->memory;
}

static void *piece_take(struct arena *arena, size_t size)
{
	const struct chunk *chunk = arena->chunks;
	const size_t left = arena->left;

	if (size > left || chunk == NULL)
		return chunk_take(arena, size);
	arena->left -= size;
	return (char *)chunk->memory + (chunk->size - left);
}

void *dctxi_otlp_take(struct arena *arena, size_t size)
{
	void *memory = NULL;

	if (size < SIZE_MAX / 2) {
		size = rounded(size);
		if (arena->most == 0 || size <= arena->most - arena->all)
			memory = piece_take(arena, size);
	}
	if (memory != NULL)
		arena->all += size;
	else
		arena->failed = true;
	return memory;
}

char *dctxi_otlp_take_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = dctxi_otlp_take(arena, len + 1);

	if (copy != NULL) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

void dctxi_otlp_give_back(struct arena *arena)
{
	struct chunk *next;

	for (struct chunk *chunk = arena->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	*arena = (struct arena){.most = arena->most};
}
