/* SPDX-License-Identifier: MIT */
/* What is set in a scope: deadlines, sources, graces, shields. */
#include "data/fail.h"
#include "flow/here.h"
#include "flow/reach.h"
#include "life/ask.h"
#include "life/source.h"
#include "plat/clock.h"

#include <dctx/deadline.h>
#include <dctx/shield.h>

int64_t dctx_now(void)
{
	return dctxi_clock();
}

int64_t dctx_deadline_in(int64_t timeout)
{
	int64_t now = dctxi_clock();

	if (timeout > 0)
		return dctxi_clock_plus(now, timeout);
	dctxi_deadline_passed(now);
	return now;
}

/* A failure is told as that of any other write to the scope. */
static dctx_status told(dctx_store *store, dctx_status status, const char *what)
{
	if (status == DCTX_OK)
		return DCTX_OK;
	if (store == NULL)
		return dctxi_fail(status, what);
	return dctxi_here_failed(store, DCTX_EV_DROPPED_WRITE, status, what);
}

/* Puts a cell in force, of which it takes over the reference. */
static dctx_status put(dctx_store *store, struct dctxi_cell *cell,
		       int64_t deadline, const char *what)
{
	dctx_status status = dctxi_reach_set(store, cell, deadline);

	if (status != DCTX_OK)
		dctxi_cell_drop(cell);
	return told(store, status, what);
}

dctx_status dctx_store_set_deadline(dctx_store *store, int64_t deadline)
{
	if (store == NULL)
		return told(NULL, DCTX_INVALID, "deadline");
	if (deadline >= store->deadline)
		deadline = store->deadline;
	return told(store, dctxi_reach_nearer(store, deadline), "deadline");
}

dctx_status dctx_store_set_timeout(dctx_store *store, int64_t timeout)
{
	return dctx_store_set_deadline(store, dctx_deadline_in(timeout));
}

int64_t dctx_store_deadline(const dctx_store *store)
{
	return store != NULL ? store->deadline : DCTX_NO_DEADLINE;
}

int64_t dctx_snapshot_deadline(const dctx_snapshot *snapshot)
{
	return snapshot != NULL ? snapshot->deadline : DCTX_NO_DEADLINE;
}

dctx_status dctx_store_add_source(dctx_store *store, dctx_source *source)
{
	struct dctxi_cell *cell = dctxi_source_cell(source), *above, *both;
	int64_t deadline;
	dctx_status status;

	if (store == NULL || source == NULL)
		return told(store, DCTX_INVALID, "source");
	above = dctxi_cell_of(store->cell);
	status = dctxi_cell_join(above, cell, &both);
	if (status != DCTX_OK)
		return told(store, status, "source");
	if (both != above && both != cell)
		both->scope = both->parent == above ? DCTXI_SCOPE_PARENT
						    : DCTXI_SCOPE_OTHER;
	deadline = store->deadline;
	if (cell->deadline < deadline)
		deadline = cell->deadline;
	return put(store, both, deadline, "source");
}

dctx_status dctx_store_detach(dctx_store *store)
{
	if (store == NULL)
		return told(NULL, DCTX_INVALID, "detach");
	return put(store, NULL, DCTXI_NO_DEADLINE, "detach");
}

dctx_status dctx_snapshot_detach(dctx_snapshot *snapshot, dctx_snapshot **out)
{
	dctx_snapshot *over;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "detach");
	if (snapshot == NULL)
		snapshot = &dctxi_snapshot_none;
	if (snapshot->cell == NULL && snapshot->deadline == DCTXI_NO_DEADLINE) {
		*out = dctx_snapshot_ref(snapshot);
		return DCTX_OK;
	}
	over = dctxi_snapshot_over(snapshot, dctxi_names_ref(snapshot->names),
				   NULL, DCTXI_NO_DEADLINE);
	if (over == NULL) {
		dctxi_names_unref(snapshot->names);
		return dctxi_fail(DCTX_NOMEM, "detach");
	}
	*out = over;
	return DCTX_OK;
}

/* The grace that holds: on each side of a join the nearest, since a set keeps
 * the shorter, and of these the shortest. One behind a shield is no more: the
 * shield has used it. */
static const struct dctxi_cell *grace_above(const struct dctxi_cell *cell)
{
	const struct dctxi_cell *found = NULL, *side;

	for (; cell != NULL && cell->kind != DCTXI_CELL_SHIELD;
	     cell = cell->parent) {
		side = NULL;
		if (cell->kind == DCTXI_CELL_GRACE)
			side = cell;
		else if (cell->kind == DCTXI_CELL_JOIN)
			side = grace_above(cell->u.other);
		if (side != NULL &&
		    (found == NULL || side->u.grace < found->u.grace))
			found = side;
		if (cell->kind == DCTXI_CELL_GRACE)
			break;
	}
	return found;
}

/* The nearest shield above that was set in this context: where a source was
 * added, on the scope's side; none where another context was laid over it. */
static const struct dctxi_cell *shield_above(const struct dctxi_cell *cell)
{
	while (cell != NULL && cell->kind != DCTXI_CELL_SHIELD) {
		if (cell->kind != DCTXI_CELL_JOIN)
			cell = cell->parent;
		else if (cell->scope == DCTXI_SCOPE_PARENT)
			cell = cell->parent;
		else if (cell->scope == DCTXI_SCOPE_OTHER)
			cell = cell->u.other;
		else
			return NULL;
	}
	return cell;
}

int64_t dctx_store_grace(const dctx_store *store)
{
	const struct dctxi_cell *cell = NULL;

	if (store != NULL)
		cell = grace_above((const void *)store->cell);
	return cell != NULL ? cell->u.grace : 0;
}

dctx_status dctx_store_set_grace(dctx_store *store, int64_t grace)
{
	struct dctxi_cell *above, *cell;
	const struct dctxi_cell *before;

	if (store == NULL || grace < 0)
		return told(store, DCTX_INVALID, "grace");
	above = dctxi_cell_of(store->cell);
	before = grace_above(above);
	if (before != NULL && before->u.grace < grace)
		grace = before->u.grace;
	cell = dctxi_cell_new(DCTXI_CELL_GRACE, above, DCTXI_NO_DEADLINE);
	if (cell == NULL)
		return told(store, DCTX_NOMEM, "grace");
	cell->u.grace = grace;
	return put(store, cell, store->deadline, "grace");
}

dctx_status dctx_store_shield(dctx_store *store)
{
	struct dctxi_cell *above, *cell;
	const struct dctxi_cell *outer;
	int64_t hard, grace;

	if (store == NULL)
		return told(NULL, DCTX_INVALID, "shield");
	above = dctxi_cell_of(store->cell);
	outer = shield_above(above);
	if (outer != NULL) {
		cell = (struct dctxi_cell *)(uintptr_t)outer;
		dctxi_cell_hold(cell);
		return put(store, cell, cell->deadline, "shield");
	}
	grace = dctx_store_grace(store);
	hard = dctxi_clock_plus(store->deadline, grace);
	cell = dctxi_cell_new(DCTXI_CELL_SHIELD, above, hard);
	if (cell == NULL)
		return told(store, DCTX_NOMEM, "shield");
	cell->u.grace = grace;
	return put(store, cell, hard, "shield");
}
