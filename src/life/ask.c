/* SPDX-License-Identifier: MIT */
/*
 * Asking. One process-wide number, the epoch, is moved by every cancel; a cell
 * remembers the epoch as of which it and all above it were known to be live.
 * Where the two agree, which an inline sees (dctx/done.h), nothing was
 * cancelled. Else the path is walked up to the first cell that is known to be
 * live, and marked.
 *
 * Theory. A cancel shows its cause in its cell, then moves the epoch
 * (source.c). Here the epoch is read first, with acquire, then the cells; so
 * what is marked with an epoch was live when that epoch was read or
 * later, and a cancel that is missed moves the epoch after. The mark itself may
 * be relaxed: it is a number that says something of cells only to who reads
 * that same number from the epoch, by which it has synchronized with the
 * cancels that made it.
 *
 * A new cell takes over the mark of the one above, for it could not have been
 * cancelled before it was there; only one that is made as cancelled (source.c)
 * takes none.
 *
 * The time of a cancel is decided once, by compare-and-swap from 0, and only
 * after it has happened and the epoch has moved, by whoever moved it: so
 * whoever finds a cell live at a time t, or known to be live by the epoch then,
 * knows that it is not cancelled before t. Hence of a deadline and a cancel, or
 * of two cancels, that one wins which was first in time, and everybody says so
 * at any later time. What a cell's answer is, of two cancels in the same
 * moment, the first who asks decides, by compare-and-swap of `by`.
 *
 * A coarse clock stands still when nobody has a processor to move it (a virtual
 * machine that waits), for more than its tick. So a deadline that was said to
 * have come, or had when it was set, is kept, the latest of all, and the coarse
 * clock counts as no earlier than it; and of a cancel, which is past, the fine
 * clock is asked.
 *
 * Clocks of two processors could be apart by what it takes to move a cache line
 * between them (Linux keeps them closer), within which no order is observed.
 */
#include "life/ask.h"

#include "plat/clock.h"
#include "plat/probe.h"

static inline uintptr_t epoch(void)
{
	/* Acquire: see above. */
	return __atomic_load_n(&dctx_abi1_epoch, __ATOMIC_ACQUIRE);
}

static inline bool is_clean(const struct dctxi_cell *cell, uintptr_t as_of)
{
	return __atomic_load_n(&cell->abi.clean, __ATOMIC_RELAXED) == as_of;
}

int64_t dctxi_cell_when(struct dctxi_cell *cell)
{
	int64_t when, none = 0;

	if (dctxi_cell_cause(cell) == NULL)
		return 0;
	/* Acquire, with the release below: who sees the time, also a canceller
	 * that was helped, comes after the epoch's move. */
	when = __atomic_load_n(&cell->when, __ATOMIC_ACQUIRE);
	if (when != 0)
		return when;
	/* Sequentially consistent: see source.c. The canceller, or one who sees
	 * that it is not further than that yet. */
	__atomic_fetch_add(&dctx_abi1_epoch, 1, __ATOMIC_SEQ_CST);
	when = dctxi_clock();
	if (when == 0)
		when = 1;
	if (__atomic_compare_exchange_n(&cell->when, &none, when, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return when;
	return none;
}

/* What is above a shield ends it later. */
struct walk {
	uintptr_t as_of;
	bool shielded;
	int64_t later;
	struct dctxi_cancel found;
};

static void found(struct walk *walk, struct dctxi_cell *by, int64_t when)
{
	int64_t at = dctxi_clock_plus(when, walk->later);

	if (walk->found.by != NULL && walk->found.at < at)
		return;
	/* No answer is kept behind a shield. Of two in the same moment the one
	 * further up came first, and perhaps its answer. */
	if (walk->found.by != NULL && walk->found.at == at && !walk->shielded)
		return;
	walk->found.by = by;
	walk->found.at = at;
}

static void walk_up(struct walk *walk, struct dctxi_cell *cell);

/* Looks at one cell. Returns the next, or NULL when no more need be seen. */
static struct dctxi_cell *walk_step(struct walk *walk, struct dctxi_cell *cell)
{
	/* Acquire: the cause and the time that the one who kept it saw. */
	struct dctxi_cell *by = __atomic_load_n(&cell->by, __ATOMIC_ACQUIRE);
	int64_t later = walk->later, when;

	if (by != NULL) {
		found(walk, by, dctxi_cell_when(by));
		return NULL;
	}
	switch ((enum dctxi_cell_kind)cell->kind) {
	case DCTXI_CELL_SOURCE:
		when = dctxi_cell_when(cell);
		if (when != 0)
			found(walk, cell, when);
		break;
	case DCTXI_CELL_JOIN:
		/* No deeper than joins have ranks. */
		walk_up(walk, cell->u.other);
		walk->later = later;
		break;
	case DCTXI_CELL_SHIELD:
		walk->later = dctxi_clock_plus(later, cell->u.grace);
		break;
	case DCTXI_CELL_GRACE:
		break;
	}
	return cell->parent;
}

/* Marks a path that was found live, as far as the next cell that is known. */
static void mark(struct dctxi_cell *cell, uintptr_t as_of)
{
	/* Relaxed: see above. */
	for (; cell != NULL && !is_clean(cell, as_of); cell = cell->parent)
		__atomic_store_n(&cell->abi.clean, as_of, __ATOMIC_RELAXED);
}

static void walk_up(struct walk *walk, struct dctxi_cell *cell)
{
	const struct dctxi_cell *before = walk->found.by;
	struct dctxi_cell *c = cell;

	while (c != NULL && !is_clean(c, walk->as_of))
		c = walk_step(walk, c);
	if (walk->found.by == before && before == NULL)
		mark(cell, walk->as_of);
}

struct dctxi_cancel dctxi_ask(struct dctxi_cell *cell)
{
	struct walk walk = {.found.by = NULL};
	struct dctxi_cell *none = NULL, *known;

	if (cell == NULL)
		return walk.found;
	/* One that a walk passed may have been cancelled behind it, before the
	 * one that it found: the answer is what two walks in a row find. */
	do {
		known = walk.found.by;
		walk = (struct walk){
			.as_of = epoch(),
			.shielded = cell->shielded,
		};
		walk_up(&walk, cell);
	} while (walk.found.by != known);
	/* Behind a shield the same cancel is earlier or later, by where one
	 * looks from: it is looked for anew. */
	if (walk.found.by == NULL || cell->shielded)
		return walk.found;
	/* Release the cause and the time; acquire another's. */
	if (!__atomic_compare_exchange_n(&cell->by, &none, walk.found.by, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		walk.found.by = none;
		walk.found.at = dctxi_cell_when(none);
	}
	return walk.found;
}

/* The latest deadline that was said to have come. */
static int64_t latest = INT64_MIN;

static int64_t coarse(void)
{
	int64_t now = dctxi_clock_coarse();
	/* Relaxed: who knows of an answer has a later value. */
	int64_t told = __atomic_load_n(&latest, __ATOMIC_RELAXED);

	return now > told ? now : told;
}

void dctxi_deadline_passed(int64_t deadline)
{
	/* Relaxed: a number that only grows, and nothing goes with it. */
	int64_t told = __atomic_load_n(&latest, __ATOMIC_RELAXED);

	while (told < deadline &&
	       !__atomic_compare_exchange_n(&latest, &told, deadline, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

/* Each that is later than those before it. */
static void say_passed(int64_t deadline)
{
	if (__atomic_load_n(&latest, __ATOMIC_RELAXED) >= deadline)
		return;
	dctxi_deadline_passed(deadline);
	DCTXI_PROBE1(deadline, deadline);
}

/* The one that is first in time; `now` tells whether it has come. */
static struct dctxi_end decide(struct dctxi_cancel cancel, int64_t deadline,
			       int64_t now)
{
	struct dctxi_end end = {DCTX_OK, deadline, NULL};

	if (cancel.by != NULL && cancel.at < deadline) {
		end.at = cancel.at;
		end.by = cancel.by;
	}
	if (now < end.at || end.at == DCTXI_NO_DEADLINE)
		return end;
	end.status = DCTX_DEADLINE_EXCEEDED;
	if (end.by != NULL)
		end.status = dctxi_cell_cause(end.by)->status;
	else
		say_passed(deadline);
	return end;
}

/* The clock is read before the cells: if the deadline has come by then, a
 * cancel that the cells do not show yet is later than it. One that came in
 * between may be later than that reading: then both are looked at anew, since
 * another may have come meanwhile, and earlier. */
struct dctxi_end dctxi_end_now(const struct dctx_cell *cell, int64_t deadline,
			       int64_t *out_now)
{
	struct dctxi_cell *asked = dctxi_cell_of((void *)(uintptr_t)cell);
	struct dctxi_cancel cancel;

	do {
		*out_now = dctxi_clock();
		cancel = dctxi_ask(asked);
	} while (cancel.by != NULL && cancel.at > *out_now &&
		 cancel.at <= dctxi_clock());
	return decide(cancel, deadline, *out_now);
}

bool dctxi_is_far(const struct dctx_cell *cell, int64_t deadline)
{
	int64_t now;

	if (cell != NULL && !is_clean((const void *)cell, epoch()))
		return false;
	if (deadline == DCTXI_NO_DEADLINE)
		return true;
	now = coarse();
	return deadline > now && deadline - now > 2 * dctxi_clock_tick();
}

struct dctxi_end dctxi_end_of(const struct dctx_cell *cell, int64_t deadline)
{
	struct dctxi_cancel cancel = {NULL, 0};
	int64_t now;

	if (cell != NULL && !is_clean((const void *)cell, epoch()))
		cancel = dctxi_ask((struct dctxi_cell *)(uintptr_t)cell);
	/* Without a shield in between a cancel is past, and needs no clock. */
	if (cancel.by != NULL && !((const struct dctxi_cell *)cell)->shielded)
		return decide(cancel, deadline, cancel.at);
	if (cancel.by != NULL)
		return dctxi_end_now(cell, deadline, &now);
	if (deadline == DCTXI_NO_DEADLINE)
		return decide(cancel, deadline, 0);
	now = coarse();
	if (deadline > now && deadline - now > 2 * dctxi_clock_tick())
		return decide(cancel, deadline, now);
	return dctxi_end_now(cell, deadline, &now);
}
