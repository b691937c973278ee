/* SPDX-License-Identifier: MIT */
/*
 * heap.c - malloc and its kin, counted: how many calls, how many bytes live, as
 * they were asked for. In front of each block stands what was asked.
 */
#include "heap.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

#define COUNTED_TURNS 1000

struct head {
	_Alignas(max_align_t) void *block;
	size_t size;
};

static uint64_t calls;
static int64_t live;

uint64_t heap_calls(void)
{
	return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}

int64_t heap_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

double heap_calls_a_turn(loop_fn *loop)
{
	uint64_t before;

	if (loop == NULL)
		return 0;
	loop(COUNTED_TURNS);
	before = heap_calls();
	loop(COUNTED_TURNS);
	return (double)(heap_calls() - before) / COUNTED_TURNS;
}

static struct head *head_of(void *memory)
{
	return (struct head *)memory - 1;
}

static void *take(size_t alignment, size_t size)
{
	size_t front = alignment;
	char *block;

	if (alignment < sizeof(struct head))
		alignment = front = sizeof(struct head);
	if (size > PTRDIFF_MAX - front)
		return NULL;
	block = __libc_memalign(alignment, front + size);
	if (block == NULL)
		return NULL;
	*head_of(block + front) = (struct head){block, size};
	__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&live, (int64_t)size, __ATOMIC_RELAXED);
	return block + front;
}

static void *or_errno(void *memory)
{
	if (memory == NULL)
		errno = ENOMEM;
	return memory;
}

void *malloc(size_t size)
{
	return or_errno(take(1, size));
}

void *calloc(size_t count, size_t each)
{
	size_t size;
	void *memory = NULL;

	if (!__builtin_mul_overflow(count, each, &size))
		memory = take(1, size);
	if (memory != NULL)
		memset(memory, 0, size);
	return or_errno(memory);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return or_errno(take(alignment, size));
}

void *memalign(size_t alignment, size_t size)
{
	return or_errno(take(alignment, size));
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *memory = take(alignment, size);

	if (memory == NULL)
		return ENOMEM;
	*out = memory;
	return 0;
}

void free(void *memory)
{
	if (memory == NULL)
		return;
	__atomic_fetch_sub(&live, (int64_t)head_of(memory)->size,
			   __ATOMIC_RELAXED);
	__libc_free(head_of(memory)->block);
}

void *realloc(void *memory, size_t size)
{
	void *moved = or_errno(take(1, size));
	size_t old;

	if (memory == NULL || moved == NULL)
		return moved;
	old = head_of(memory)->size;
	memcpy(moved, memory, old < size ? old : size);
	free(memory);
	return moved;
}

size_t malloc_usable_size(void *memory)
{
	return memory != NULL ? head_of(memory)->size : 0;
}
