/* SPDX-License-Identifier: MIT */
/*
 * A cell: what can be cancelled, and what is below something that can be.
 *
 * A cell points at those above it and never at those below: to make a child
 * costs its parent a count, to cancel costs nothing for children that nobody
 * waits on. Kinds: a cancel source's own; a join, which ends with either of
 * two; a grace, which says how long clean-up may go on below it; a shield,
 * below which what is above ends that much later.
 *
 * Theory. Who makes a cell owns it until it is shown; from then on `kind` to
 * `deadline` never change. The rest is atomic, and each says why:
 *
 * refs      Relaxed up, acquire-release down, as with snapshots.
 * u.cause   NULL to the cause of the cancel, once, by compare-and-swap: the
 *           first cancel wins, and with that it has happened.
 * when      0 to the time of the cancel, once, by the canceller or by whoever
 *           sees the cause first: so nobody who was told "not yet at time t"
 *           is told of a cancel before t later.
 * clean     An epoch (see life/ask.c).
 * by        NULL to the cancel that is this cell's answer, once: what was
 *           answered never changes.
 * waiters   A lock and a list (see life/hall.c).
 *
 * A child holds a reference on each cell above, so a path stays as long as its
 * lowest cell. fork(2): the child process has its own copy of all of it; no
 * lock is needed to read. Signal handlers may ask and may cancel.
 */
#ifndef DCTXI_CELL_H
#define DCTXI_CELL_H

#include "data/cause.h"

#include <stdbool.h>

enum dctxi_cell_kind {
	DCTXI_CELL_SOURCE,
	DCTXI_CELL_JOIN,
	DCTXI_CELL_GRACE,
	DCTXI_CELL_SHIELD,
};

/* Which of a join's two a source was added to. */
enum dctxi_cell_scope {
	DCTXI_SCOPE_NONE, /* contexts were laid over each other */
	DCTXI_SCOPE_PARENT,
	DCTXI_SCOPE_OTHER,
};

struct dctxi_cell {
	struct dctx_cell abi; /* first: inlines read it */
	uint32_t refs;
	uint8_t kind;
	uint8_t rank;	  /* how deep the walk of joins recurs */
	uint8_t shielded; /* a shield is on the path up, or this is one */
	uint8_t scope;    /* of a join: enum dctxi_cell_scope */
	struct dctxi_cell *parent; /* NULL: none above */
	union {
		struct dctxi_cell *other;  /* a join's */
		struct dctxi_cause *cause; /* a source's, once cancelled */
		int64_t grace;		   /* a grace's and a shield's, ns */
	} u;
	int64_t deadline; /* the earliest of it and of all above */
	int64_t when;
	uintptr_t waiters;
	struct dctxi_cell *by;
};

/* The deadline of what has none. */
#define DCTXI_NO_DEADLINE INT64_MAX

/* The halls of a cell that many wait on (life/hall.c): `waiters` is the address
 * of this many bytes, plus this bit. */
#define DCTXI_CELL_HALLS 2u
#define DCTXI_CELL_HALLS_SIZE 1024

static inline struct dctxi_cell *dctxi_cell_of(struct dctx_cell *cell)
{
	return (struct dctxi_cell *)(void *)cell;
}

/* Makes a cell below `parent` (NULL: none), of which it takes a reference of
 * its own. It is known to be live as of the epoch that `parent` is, or without
 * one as of now. NULL without memory. */
struct dctxi_cell *dctxi_cell_new(enum dctxi_cell_kind kind,
				  struct dctxi_cell *parent, int64_t deadline);

/* Makes a cell that ends with either; either may be NULL, and *out is then the
 * other. *out is a reference of the caller's, also when it is no new one since
 * one is above the other. Returns: DCTX_OK; DCTX_NOMEM; DCTX_LIMIT when joins
 * of joins stand too deep. */
dctx_status dctxi_cell_join(struct dctxi_cell *a, struct dctxi_cell *b,
			    struct dctxi_cell **out);

/* Whether a source is its one owner's again, and was never cancelled; then the
 * second function makes it a new one, as dctxi_cell_new would. */
bool dctxi_cell_unused(const struct dctxi_cell *cell);
void dctxi_cell_renew(struct dctxi_cell *cell, struct dctxi_cell *parent,
		      int64_t deadline);

/* Frees one after its last reference, and those above that it was the last to
 * hold. */
void dctxi_cell_end(struct dctxi_cell *cell);

/* Of a source, NULL while nobody cancelled it. */
static inline struct dctxi_cause *dctxi_cell_cause(struct dctxi_cell *cell)
{
	/* Acquire: what stands in it. */
	return __atomic_load_n(&cell->u.cause, __ATOMIC_ACQUIRE);
}

/* NULL is fine. */
static inline void dctxi_cell_hold(struct dctxi_cell *cell)
{
	/* Relaxed: the caller already has a reference. */
	if (cell != NULL)
		__atomic_fetch_add(&cell->refs, 1, __ATOMIC_RELAXED);
}

static inline void dctxi_cell_drop(struct dctxi_cell *cell)
{
	/* Release what this thread read; acquire what others did, before the
	 * block is reused. */
	if (cell != NULL &&
	    __atomic_fetch_sub(&cell->refs, 1, __ATOMIC_ACQ_REL) == 1)
		dctxi_cell_end(cell);
}

#endif
