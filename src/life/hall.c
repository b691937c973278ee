/* SPDX-License-Identifier: MIT */
#include "life/hall.h"

#include "plat/fork.h"
#include "plat/heap.h"
#include "plat/local.h"
#include "plat/uncancelled.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

/* Bits of a hall's word; HALLS only of the cell's own. */
#define LOCKED 1u
#define HALLS DCTXI_CELL_HALLS
#define PENDING 4u
#define AGE 8u
#define BITS ((uintptr_t)15)

#define LINE 64
#define MANY (DCTXI_CELL_HALLS_SIZE / LINE)

/* How often a locked hall is looked at before the processor is given up, and
 * how often that, before a nap: a yield lets no lower priority run. */
#define SPINS 64
#define YIELDS 16

/* How many are rung before others may have the lock. */
#define BATCH 64

/* A load of a word is relaxed where the lock is held, or where it only says
 * what to try: the compare-and-swap that follows has the order. */
struct hall {
	uintptr_t word;
} __attribute__((aligned(LINE)));

void (*dctxi_hall_more)(struct dctxi_link *list);

static struct dctxi_link *first_of(uintptr_t word)
{
	return (struct dctxi_link *)(word & ~BITS);
}

static struct hall *halls_of(uintptr_t word)
{
	return (struct hall *)(word & ~BITS);
}

static uintptr_t lock_bits(void)
{
	return LOCKED | (dctxi_fork_count() & 1 ? AGE : 0);
}

/* Whether a word is locked by somebody of this process. */
static bool is_locked(uintptr_t word)
{
	return word & LOCKED && ((word ^ lock_bits()) & AGE) == 0;
}

/* What somebody left in the middle, who is not in this process. */
static void mend(struct dctxi_link *first)
{
	struct dctxi_link *prev = NULL;

	for (struct dctxi_link *l = first; l != NULL; l = l->next) {
		l->prev = prev;
		l->in = true;
		prev = l;
	}
}

/* One try at a word that was seen to be `old`. */
static bool lock_seen(uintptr_t *word, uintptr_t old)
{
	/* Acquire what the last one did under it; release for who sees that a
	 * canceller was here. */
	if (!__atomic_compare_exchange_n(
		    word, &old, (old & ~(uintptr_t)AGE) | lock_bits(), false,
		    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	if (old & LOCKED)
		mend(first_of(old));
	return true;
}

static bool try_lock(uintptr_t *word)
{
	uintptr_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

	return !is_locked(old) && !(old & HALLS) && lock_seen(word, old);
}

static void nap(void)
{
	static const struct timespec time = {0, 50000};
	int cancel = dctxi_uncancelled();

	(void)nanosleep(&time, NULL);
	dctxi_uncancelled_end(cancel);
}

static void pause_for(int tries)
{
	int before = errno;

	if (tries >= SPINS + YIELDS)
		nap();
	else if (tries >= SPINS)
		sched_yield();
	errno = before;
}

/* Takes links off the front and rings them, at most `n`. Adds those with more
 * to do to *more. Returns the rest. */
static struct dctxi_link *ring_some(struct dctxi_link *first, int n,
				    struct dctxi_link **more)
{
	while (first != NULL && n-- > 0) {
		struct dctxi_link *link = first;

		first = link->next;
		link->in = false;
		if (!link->waiting->ring(link))
			continue;
		link->next = *more;
		*more = link;
	}
	if (first != NULL)
		first->prev = NULL;
	return first;
}

static struct dctxi_link *ring_every(struct dctxi_link *first)
{
	struct dctxi_link *more = NULL;

	while (first != NULL)
		first = ring_some(first, BATCH, &more);
	return more;
}

/* Lets go of a word, which is `to` from now on; false when a signal handler
 * left something to do before. */
static bool let_go(uintptr_t *word, uintptr_t to)
{
	uintptr_t now = __atomic_load_n(word, __ATOMIC_RELAXED);

	/* Release the list, and new halls. */
	while (!(now & PENDING))
		if (__atomic_compare_exchange_n(word, &now, to, false,
						__ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return true;
	/* Acquire the cause that the handler showed. */
	__atomic_fetch_and(word, ~(uintptr_t)PENDING, __ATOMIC_ACQUIRE);
	return false;
}

/* Does what a signal handler left. */
static void ring_for_signal(struct dctxi_link *first)
{
	struct dctxi_link *more = ring_every(first);

	if (more != NULL)
		dctxi_hall_more(more);
}

static void unlock(uintptr_t *word, struct dctxi_link *first)
{
	while (!let_go(word, (uintptr_t)first)) {
		ring_for_signal(first);
		first = NULL;
	}
}

/* Makes a cell's hall many, if there is memory: the links that are there stay
 * together, in the first. */
static void make_many(struct dctxi_cell *cell)
{
	struct hall *halls = dctxi_alloc(DCTXI_CELL_HALLS_SIZE);
	struct dctxi_link *first;
	int tries = 0;

	if (halls == NULL)
		return;
	memset(halls, 0, DCTXI_CELL_HALLS_SIZE);
	while (!try_lock(&cell->waiters)) {
		if (__atomic_load_n(&cell->waiters, __ATOMIC_RELAXED) & HALLS) {
			dctxi_free(halls, DCTXI_CELL_HALLS_SIZE);
			return;
		}
		pause_for(tries++);
	}
	first = first_of(__atomic_load_n(&cell->waiters, __ATOMIC_RELAXED));
	halls[0].word = (uintptr_t)first;
	while (!let_go(&cell->waiters, (uintptr_t)halls | HALLS)) {
		ring_for_signal(first);
		first = NULL;
		halls[0].word = 0;
	}
}

/* The word of the `hall`-th, which is the only one until there are many. */
static uintptr_t *word_of(struct dctxi_cell *cell, unsigned hall)
{
	/* Acquire the halls that somebody made. */
	uintptr_t word = __atomic_load_n(&cell->waiters, __ATOMIC_ACQUIRE);

	return word & HALLS ? &halls_of(word)[hall].word : &cell->waiters;
}

/* Locks the hall that has or is to have a link; `entering`: of which there may
 * be more than one. Returns its word. */
static uintptr_t *lock(struct dctxi_link *link, bool entering)
{
	unsigned mine = (unsigned)(dctxi_id_now / DCTXI_ID_BLOCK % MANY);

	for (int tries = 0;; tries++) {
		unsigned hall = entering ? mine : link->hall;
		uintptr_t *word = word_of(link->cell, hall);

		if (try_lock(word)) {
			if (entering)
				link->hall = word == &link->cell->waiters
						     ? 0
						     : (uint8_t)hall;
			return word;
		}
		if (entering && tries == SPINS / 2 &&
		    word == &link->cell->waiters)
			make_many(link->cell);
		else
			pause_for(tries);
	}
}

void dctxi_hall_enter(struct dctxi_link *link)
{
	uintptr_t *word = lock(link, true);
	struct dctxi_link *first =
		first_of(__atomic_load_n(word, __ATOMIC_RELAXED));

	link->next = first;
	link->prev = NULL;
	link->in = true;
	if (first != NULL)
		first->prev = link;
	unlock(word, link);
}

void dctxi_hall_leave(struct dctxi_link *link)
{
	uintptr_t *word = lock(link, false);
	struct dctxi_link *first =
		first_of(__atomic_load_n(word, __ATOMIC_RELAXED));

	if (link->in) {
		if (link->prev != NULL)
			link->prev->next = link->next;
		else
			first = link->next;
		if (link->next != NULL)
			link->next->prev = link->prev;
		link->in = false;
	}
	unlock(word, first);
}

/* False when the cell got many halls meanwhile. */
static bool ring_hall(uintptr_t *word, struct dctxi_link **more)
{
	struct dctxi_link *rest;
	int tries = 0;

	do {
		while (!try_lock(word)) {
			if (__atomic_load_n(word, __ATOMIC_RELAXED) & HALLS)
				return false;
			pause_for(tries++);
		}
		rest = first_of(__atomic_load_n(word, __ATOMIC_RELAXED));
		rest = ring_some(rest, BATCH, more);
		unlock(word, rest);
	} while (rest != NULL);
	return true;
}

struct dctxi_link *dctxi_hall_ring(struct dctxi_cell *cell)
{
	struct dctxi_link *more = NULL;

	if (word_of(cell, 0) == &cell->waiters &&
	    ring_hall(&cell->waiters, &more))
		return more;
	for (unsigned i = 0; i < MANY; i++)
		(void)ring_hall(word_of(cell, i), &more);
	return more;
}

static bool ring_hall_from_signal(uintptr_t *word)
{
	uintptr_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

	while (!(old & HALLS)) {
		if (!is_locked(old) && lock_seen(word, old)) {
			ring_for_signal(first_of(old));
			unlock(word, NULL);
			return true;
		}
		/* Release the cause to who unlocks. */
		if (is_locked(old) &&
		    __atomic_compare_exchange_n(word, &old, old | PENDING,
						false, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return true;
		old = __atomic_load_n(word, __ATOMIC_RELAXED);
	}
	return false;
}

void dctxi_hall_ring_from_signal(struct dctxi_cell *cell)
{
	if (word_of(cell, 0) == &cell->waiters &&
	    ring_hall_from_signal(&cell->waiters))
		return;
	for (unsigned i = 0; i < MANY; i++)
		(void)ring_hall_from_signal(word_of(cell, i));
}
