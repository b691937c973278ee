/* SPDX-License-Identifier: MIT */
/*
 * The hall of a cell: where those who wait for its end are known to it.
 *
 * Theory. A waiter hangs a link into the hall of each source on its path, then
 * asks whether any of them was cancelled; a canceller shows its cause, then
 * takes the hall's lock and rings whoever is there. If it found the hall
 * without the link, the waiter took the lock after it, and sees the cause: so
 * no end is missed (model/wait.pml). The lock is taken with acquire and let go
 * with release, also to look at an empty hall; that is all it needs.
 *
 * A hall is a word: the address of the first link, and bits. LOCKED is held for
 * a few instructions, or for one look at all who wait. When a hall was found
 * locked it is made many, one a cache line, of which a thread uses one: those
 * who register on a hot cell do not meet then. Many they stay until the cell
 * goes.
 *
 * A signal handler that finds a hall locked, perhaps by what it interrupted,
 * leaves PENDING in it, and who unlocks does the handler's work. So no handler
 * ever waits (model/signal.pml).
 *
 * fork(2): a thread that is not in the child may have held a lock. AGE, in the
 * word of a locked hall, is whether the process had an odd number of forks
 * above it then: a lock of another age is nobody's, and is taken over. Links
 * are hung in and taken out so that the list is whole, seen from its head, at
 * every moment; who takes a lock over mends the way back.
 */
#ifndef DCTXI_HALL_H
#define DCTXI_HALL_H

#include "data/cell.h"

struct dctxi_waiting;

/* One of a waiter's links. */
struct dctxi_link {
	struct dctxi_link *next;
	struct dctxi_link *prev;
	struct dctxi_cell *cell; /* whose hall */
	struct dctxi_waiting *waiting;
	int64_t later;	   /* the graces of the shields in between */
	uint32_t distance; /* how many sources below `cell` the waiter is */
	uint8_t hall;	   /* which, of many */
	bool in;	   /* under the lock */
} __attribute__((aligned(16)));

/* What is rung: the part of a waiter that halls know. */
struct dctxi_waiting {
	/* Under the lock: may not block, call the user, take a lock or free.
	 * The link is out of the hall. Returns whether there is more to do
	 * for it when the lock is off, for which it has taken a reference. */
	bool (*ring)(struct dctxi_link *link);
	/* Does it, and drops that reference. */
	void (*more)(struct dctxi_link *link);
};

/* Hangs a link in, takes it out again. After the second nobody touches it,
 * unless it was rung and there is more to do for it. */
void dctxi_hall_enter(struct dctxi_link *link);
void dctxi_hall_leave(struct dctxi_link *link);

/* Rings all who are in a cell's hall. Returns those for whom there is more to
 * do, linked by `next`. */
struct dctxi_link *dctxi_hall_ring(struct dctxi_cell *cell);

/* The same in a signal handler, which does not wait. Those with more to do are
 * handed to dctxi_hall_more, here or by who unlocks. */
void dctxi_hall_ring_from_signal(struct dctxi_cell *cell);

/* Set by who does more. Signal-safe. */
extern void (*dctxi_hall_more)(struct dctxi_link *list);

#endif
