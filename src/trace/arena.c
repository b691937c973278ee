/* SPDX-License-Identifier: MIT */
#include "trace/arena.h"

#include "plat/heap.h"

#include <stdint.h>

/* What a block has at least; only such a one is kept. */
#define COMMON 2048u
#define ALIGN 16u

void dctxi_arena_begin(struct dctxi_arena *arena)
{
	arena->at = arena->own;
	arena->end = arena->own + sizeof arena->own;
	arena->block = NULL;
}

static struct dctxi_arena_block *block_new(struct dctxi_arena *arena,
					   size_t size)
{
	struct dctxi_arena_block *block = arena->spare;

	if (size <= COMMON && block != NULL) {
		arena->spare = NULL;
		return block;
	}
	if (size < COMMON)
		size = COMMON;
	block = dctxi_raw_alloc(size);
	if (block != NULL)
		block->size = size;
	return block;
}

void *dctxi_arena_alloc(struct dctxi_arena *arena, size_t size)
{
	struct dctxi_arena_block *block;
	size_t head = (sizeof *block + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	char *given;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if ((size_t)(arena->end - arena->at) < size) {
		block = block_new(arena, head + size);
		if (block == NULL)
			return NULL;
		block->next = arena->block;
		arena->block = block;
		arena->at = (char *)block + head;
		arena->end = (char *)block + block->size;
	}
	given = arena->at;
	arena->at += size;
	return given;
}

void dctxi_arena_reset(struct dctxi_arena *arena)
{
	struct dctxi_arena_block *block = arena->block;

	while (block != NULL) {
		struct dctxi_arena_block *next = block->next;

		if (arena->spare == NULL && block->size == COMMON)
			arena->spare = block;
		else
			dctxi_raw_free(block);
		block = next;
	}
	dctxi_arena_begin(arena);
}

void dctxi_arena_end(struct dctxi_arena *arena)
{
	dctxi_arena_reset(arena);
	dctxi_raw_free(arena->spare);
	arena->spare = NULL;
}
