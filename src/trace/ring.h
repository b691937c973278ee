/* SPDX-License-Identifier: MIT */
/*
 * A ring of records that any number of threads write and one reads.
 *
 * Theory. `head` and `tail` count bytes for ever; what lies between them is
 * given out, and a record's place is its count modulo the size, a power of two.
 * A record is a head of 16 bytes and its memory, in one piece: where the end of
 * the ring comes in between, a record that is passed over fills it up.
 *
 * Writers move `head` by a compare-and-swap, write, and then say in the
 * record's head that it is whole (release); the reader stops at the first that
 * is not (acquire). So a writer that is put to sleep in between holds up what
 * was written after it, and nobody else; in a signal handler, too, one may
 * write.
 *
 * All that is not between the two is zero: the reader clears what it gives back
 * before it moves `tail` (release; writers load it with acquire). Therefore a
 * place that was given out and not written to reads as a record that is not
 * whole, whatever lay there before.
 *
 * fork(2): writers that are not in the child never finish; dctxi_ring_forget
 * clears it there.
 */
#ifndef DCTXI_RING_H
#define DCTXI_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dctxi_ring {
	char *bytes;
	size_t size;
	/* Each on a cache line of its own. */
	_Alignas(64) uint64_t head; /* atomic */
	_Alignas(64) uint64_t tail; /* atomic; the reader writes it */
};

#define DCTXI_RING_LEAST 4096

/* `bytes` is cut to a power of two, and at least the least. False without
 * memory. */
bool dctxi_ring_init(struct dctxi_ring *ring, size_t bytes);
void dctxi_ring_done(struct dctxi_ring *ring);

/* Writers. Gives memory of `size` bytes, aligned to 16; NULL without room, and
 * for more than half of the ring less a head. It must be given to commit, or,
 * when there is nothing to be read, to withdraw. */
void *dctxi_ring_reserve(struct dctxi_ring *ring, size_t size);
void dctxi_ring_commit(void *memory);
void dctxi_ring_withdraw(void *memory);

/* How much is given out, of all. */
size_t dctxi_ring_used(const struct dctxi_ring *ring);

/* The reader. Gives the first whole record at or after a place, and moves that
 * past it; NULL when there is none. */
void *dctxi_ring_next(const struct dctxi_ring *ring, uint64_t *at);

/* Gives back all before a place. */
void dctxi_ring_release(struct dctxi_ring *ring, uint64_t to);

/* Of the only thread there is: drops all, whole or not. */
void dctxi_ring_forget(struct dctxi_ring *ring);

static inline uint64_t dctxi_ring_tail(const struct dctxi_ring *ring)
{
	return __atomic_load_n(&ring->tail, __ATOMIC_RELAXED);
}

static inline uint64_t dctxi_ring_head(const struct dctxi_ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
}

#endif
