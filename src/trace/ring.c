/* SPDX-License-Identifier: MIT */
#include "trace/ring.h"

#include "plat/pages.h"

#include <string.h>

#define HEAD 16u

/* What a record's head says; 0: it is being written. */
enum { WHOLE = 1, PASSED_OVER };

struct head {
	uint32_t state; /* atomic */
	uint32_t unused;
	uint64_t size; /* with this */
};
_Static_assert(sizeof(struct head) == HEAD, "what follows is aligned to it");

bool dctxi_ring_init(struct dctxi_ring *ring, size_t bytes)
{
	size_t size = DCTXI_RING_LEAST;

	while (size <= bytes / 2)
		size *= 2;
	*ring = (struct dctxi_ring){.bytes = dctxi_pages_map(size),
				    .size = size};
	return ring->bytes != NULL;
}

void dctxi_ring_done(struct dctxi_ring *ring)
{
	dctxi_pages_unmap(ring->bytes, ring->size);
	ring->bytes = NULL;
}

static struct head *head_at(const struct dctxi_ring *ring, uint64_t at)
{
	return (struct head *)(ring->bytes + (at & (ring->size - 1)));
}

static void say(struct head *head, uint32_t state)
{
	/* Release the record; see dctxi_ring_next. */
	__atomic_store_n(&head->state, state, __ATOMIC_RELEASE);
}

void *dctxi_ring_reserve(struct dctxi_ring *ring, size_t size)
{
	uint64_t at = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
	size_t whole, to_end, filled;
	struct head *head;

	if (size > ring->size / 2 - HEAD)
		return NULL;
	whole = HEAD + (size + HEAD - 1) / HEAD * HEAD;
	do {
		/* Acquire: that what the reader gave back is cleared. */
		uint64_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);

		to_end = ring->size - (size_t)(at & (ring->size - 1));
		filled = to_end < whole ? to_end : 0;
		/* The reader has passed it meanwhile: the exchange will fail,
		 * and say where the head is now. */
		if (tail > at)
			continue;
		if (at - tail + filled + whole > ring->size)
			return NULL;
	} while (!__atomic_compare_exchange_n(
		&ring->head, &at, at + filled + whole, true, __ATOMIC_RELAXED,
		__ATOMIC_RELAXED));
	if (filled > 0) {
		head = head_at(ring, at);
		head->size = filled;
		say(head, PASSED_OVER);
	}
	head = head_at(ring, at + filled);
	head->size = whole;
	return head + 1;
}

void dctxi_ring_commit(void *memory)
{
	say((struct head *)memory - 1, WHOLE);
}

void dctxi_ring_withdraw(void *memory)
{
	say((struct head *)memory - 1, PASSED_OVER);
}

size_t dctxi_ring_used(const struct dctxi_ring *ring)
{
	uint64_t tail = dctxi_ring_tail(ring);
	uint64_t head = dctxi_ring_head(ring);

	return head > tail ? (size_t)(head - tail) : 0;
}

void *dctxi_ring_next(const struct dctxi_ring *ring, uint64_t *at)
{
	uint64_t tail = dctxi_ring_tail(ring);

	/* In a full ring the place after the last is that of the first. */
	while (*at - tail < ring->size) {
		struct head *head = head_at(ring, *at);
		uint32_t state =
			__atomic_load_n(&head->state, __ATOMIC_ACQUIRE);

		if (state == 0)
			return NULL;
		*at += head->size;
		if (state == WHOLE)
			return head + 1;
	}
	return NULL;
}

void dctxi_ring_release(struct dctxi_ring *ring, uint64_t to)
{
	uint64_t tail = dctxi_ring_tail(ring);
	size_t from = (size_t)(tail & (ring->size - 1));
	size_t size = (size_t)(to - tail);
	size_t first = ring->size - from < size ? ring->size - from : size;

	memset(ring->bytes + from, 0, first);
	memset(ring->bytes, 0, size - first);
	__atomic_store_n(&ring->tail, to, __ATOMIC_RELEASE);
}

void dctxi_ring_forget(struct dctxi_ring *ring)
{
	dctxi_ring_release(ring, dctxi_ring_head(ring));
}
