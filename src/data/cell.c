/* SPDX-License-Identifier: MIT */
#include "data/cell.h"

#include "plat/heap.h"

_Static_assert(sizeof(void *) != 8 || sizeof(struct dctxi_cell) == 64,
	       "a cell is one cache line");

/* Joins of joins of equal depth, each as wide as the one below: 2^32 cells. */
#define RANK_MAX 32

/* How far up is looked for the other of a join. */
#define LOOK_UP 32

uintptr_t dctx_abi1_epoch = 1;

/* A new one is as live as the one above, and what is known of that holds for it
 * (life/ask.c); of a join's other nothing is known here. */
static uintptr_t clean_of(enum dctxi_cell_kind kind,
			  const struct dctxi_cell *parent)
{
	if (kind == DCTXI_CELL_JOIN)
		return 0;
	if (parent != NULL)
		return __atomic_load_n(&parent->abi.clean, __ATOMIC_RELAXED);
	return __atomic_load_n(&dctx_abi1_epoch, __ATOMIC_ACQUIRE);
}

static void fill(struct dctxi_cell *cell, enum dctxi_cell_kind kind,
		 struct dctxi_cell *parent, int64_t deadline)
{
	dctxi_cell_hold(parent);
	*cell = (struct dctxi_cell){
		.abi.clean = clean_of(kind, parent),
		.refs = 1,
		.kind = (uint8_t)kind,
		.parent = parent,
		.deadline = deadline,
		.shielded = kind == DCTXI_CELL_SHIELD,
	};
	if (parent == NULL)
		return;
	cell->rank = parent->rank;
	cell->shielded |= parent->shielded;
	if (parent->deadline < deadline && kind != DCTXI_CELL_SHIELD)
		cell->deadline = parent->deadline;
}

struct dctxi_cell *dctxi_cell_new(enum dctxi_cell_kind kind,
				  struct dctxi_cell *parent, int64_t deadline)
{
	struct dctxi_cell *cell = dctxi_alloc(sizeof *cell);

	if (cell != NULL)
		fill(cell, kind, parent, deadline);
	return cell;
}

bool dctxi_cell_unused(const struct dctxi_cell *cell)
{
	/* Acquire what others did before they gave theirs back; after that
	 * nobody is left to change the others. */
	return __atomic_load_n(&cell->refs, __ATOMIC_ACQUIRE) == 1 &&
	       cell->kind == DCTXI_CELL_SOURCE && cell->u.cause == NULL &&
	       (cell->waiters & DCTXI_CELL_HALLS) == 0;
}

void dctxi_cell_renew(struct dctxi_cell *cell, struct dctxi_cell *parent,
		      int64_t deadline)
{
	struct dctxi_cell *old = cell->parent;

	fill(cell, DCTXI_CELL_SOURCE, parent, deadline);
	dctxi_cell_drop(old);
}

/* Whether a cell is another or is found close above it. */
static bool is_above(const struct dctxi_cell *above,
		     const struct dctxi_cell *cell)
{
	for (int i = 0; i < LOOK_UP && cell != NULL; i++) {
		if (cell == above)
			return true;
		/* What is behind a shield does not end what is before it. */
		if (cell->kind == DCTXI_CELL_SHIELD)
			return false;
		cell = cell->parent;
	}
	return false;
}

/* One of two that needs no join, as a reference; NULL when both are needed. */
static struct dctxi_cell *one_of(struct dctxi_cell *a, struct dctxi_cell *b)
{
	struct dctxi_cell *one = NULL;

	if (b == NULL || (a != NULL && is_above(b, a)))
		one = a;
	else if (a == NULL || is_above(a, b))
		one = b;
	dctxi_cell_hold(one);
	return one;
}

/* The walk goes up the parents and recurs into the others: so the one of the
 * lower rank is the other (Strahler's number of the tree of joins). */
dctx_status dctxi_cell_join(struct dctxi_cell *a, struct dctxi_cell *b,
			    struct dctxi_cell **out)
{
	struct dctxi_cell *high = a, *low = b, *join;
	uint8_t rank;

	if (a == NULL && b == NULL) {
		*out = NULL;
		return DCTX_OK;
	}
	join = one_of(a, b);
	if (join != NULL) {
		*out = join;
		return DCTX_OK;
	}
	if (b->rank > a->rank) {
		high = b;
		low = a;
	}
	rank = high->rank + (high->rank == low->rank);
	if (rank > RANK_MAX)
		return DCTX_LIMIT;
	join = dctxi_cell_new(DCTXI_CELL_JOIN, high, low->deadline);
	if (join == NULL)
		return DCTX_NOMEM;
	dctxi_cell_hold(low);
	join->u.other = low;
	join->rank = rank;
	join->shielded |= low->shielded;
	*out = join;
	return DCTX_OK;
}

/* Puts a cell that lost its last reference on a list, linked by `by`. */
static struct dctxi_cell *drop_onto(struct dctxi_cell *list,
				    struct dctxi_cell *cell)
{
	/* As dctxi_cell_drop does. */
	if (cell == NULL ||
	    __atomic_fetch_sub(&cell->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return list;
	cell->by = list;
	return cell;
}

static void cell_free(struct dctxi_cell *cell)
{
	uintptr_t halls = cell->waiters;

	if (cell->kind == DCTXI_CELL_SOURCE)
		dctxi_cause_free(cell->u.cause);
	if (halls & DCTXI_CELL_HALLS)
		dctxi_free((void *)(halls - DCTXI_CELL_HALLS),
			   DCTXI_CELL_HALLS_SIZE);
	dctxi_free(cell, sizeof *cell);
}

/* A line of any length ends without recursion. */
void dctxi_cell_end(struct dctxi_cell *cell)
{
	struct dctxi_cell *list = cell;

	cell->by = NULL;
	while (list != NULL) {
		cell = list;
		list = cell->by;
		list = drop_onto(list, cell->parent);
		if (cell->kind == DCTXI_CELL_JOIN)
			list = drop_onto(list, cell->u.other);
		cell_free(cell);
	}
}
