/* SPDX-License-Identifier: MIT */
/* The public questions: is it over, how long until then, and why. */
#include "data/fail.h"
#include "flow/store.h"
#include "life/ask.h"
#include "life/point.h"
#include "life/source.h"
#include "plat/clock.h"

#include <dctx/done.h>

#include <errno.h>
#include <string.h>

/* What is asked: the two words of a store, a snapshot or a source. */
struct reach {
	const struct dctx_cell *cell;
	int64_t deadline;
};

static struct reach reach_of_store(const dctx_store *store)
{
	if (store == NULL)
		return (struct reach){NULL, DCTXI_NO_DEADLINE};
	return (struct reach){store->cell, store->deadline};
}

static struct reach reach_of_snapshot(const dctx_snapshot *snapshot)
{
	if (snapshot == NULL)
		return (struct reach){NULL, DCTXI_NO_DEADLINE};
	return (struct reach){snapshot->cell, snapshot->deadline};
}

static struct reach reach_of_source(const dctx_source *source)
{
	const struct dctxi_cell *cell = dctxi_source_cell(source);

	if (cell == NULL)
		return (struct reach){NULL, DCTXI_NO_DEADLINE};
	return (struct reach){&cell->abi, cell->deadline};
}

/* The first who sees that it is over is who noticed. */
static void notice(const struct dctxi_end *end, int64_t now)
{
	struct dctxi_cause *cause;
	int64_t nobody = 0;

	if (end->by == NULL)
		return;
	cause = dctxi_cell_cause(end->by);
	/* Relaxed: a number for people. */
	if (dctxi_cause_is_spare(cause) ||
	    __atomic_load_n(&cause->noticed, __ATOMIC_RELAXED) != 0)
		return;
	if (now == 0)
		now = dctxi_clock();
	(void)__atomic_compare_exchange_n(&cause->noticed, &nobody, now, false,
					  __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static dctx_status done(struct reach reach)
{
	struct dctxi_end end;

	dctxi_point();
	if (dctxi_is_far(reach.cell, reach.deadline))
		return DCTX_OK;
	end = dctxi_end_of(reach.cell, reach.deadline);
	if (end.status != DCTX_OK)
		notice(&end, 0);
	return end.status;
}

dctx_status dctx_store_done_slow(const dctx_store *store)
{
	return done(reach_of_store(store));
}

dctx_status dctx_snapshot_done(const dctx_snapshot *snapshot)
{
	return done(reach_of_snapshot(snapshot));
}

dctx_status dctx_source_done(const dctx_source *source)
{
	return done(reach_of_source(source));
}

static int errno_of(dctx_status status)
{
	if (status == DCTX_OK)
		return 0;
	return status == DCTX_DEADLINE_EXCEEDED ? ETIMEDOUT : ECANCELED;
}

int dctx_store_done_errno(const dctx_store *store)
{
	return errno_of(dctx_store_done(store));
}

int dctx_snapshot_done_errno(const dctx_snapshot *snapshot)
{
	return errno_of(dctx_snapshot_done(snapshot));
}

int dctx_done_errno(void)
{
	return errno_of(dctx_done());
}

static int64_t remaining(struct reach reach)
{
	int64_t now;
	struct dctxi_end end;

	if (reach.cell == NULL && reach.deadline == DCTXI_NO_DEADLINE)
		return DCTX_NO_DEADLINE;
	end = dctxi_end_now(reach.cell, reach.deadline, &now);
	if (end.status != DCTX_OK)
		return 0;
	return end.at == DCTXI_NO_DEADLINE ? DCTX_NO_DEADLINE : end.at - now;
}

int64_t dctx_store_remaining(const dctx_store *store)
{
	return remaining(reach_of_store(store));
}

int64_t dctx_snapshot_remaining(const dctx_snapshot *snapshot)
{
	return remaining(reach_of_snapshot(snapshot));
}

int64_t dctx_remaining(void)
{
	return dctx_store_remaining(dctx_abi1_current);
}

/* How many sources lie on the way up to another. Where joins part the way it
 * is looked for on both sides, as the walk that asks does. */
static bool distance_to(const struct dctxi_cell *cell,
			const struct dctxi_cell *above, unsigned *distance)
{
	unsigned before;

	for (; cell != NULL && cell != above; cell = cell->parent) {
		before = *distance;
		if (cell->kind == DCTXI_CELL_JOIN &&
		    distance_to(cell->u.other, above, distance))
			return true;
		*distance = before + (cell->kind == DCTXI_CELL_SOURCE);
	}
	return cell != NULL;
}

static void tell(const struct dctxi_end *end, const struct dctx_cell *cell,
		 dctx_cause_info *out)
{
	struct dctxi_cause *cause = dctxi_cell_cause(end->by);
	int64_t when = dctxi_cell_when(end->by);
	int64_t noticed = __atomic_load_n(&cause->noticed, __ATOMIC_RELAXED);

	out->code = cause->code;
	out->message = cause->message;
	out->file = cause->file;
	out->line = cause->line;
	out->thread = cause->thread;
	out->when = when;
	out->noticed_after = noticed > when ? noticed - when : 0;
	(void)distance_to((const void *)cell, end->by, &out->distance);
}

static dctx_status cause_read(struct reach reach, bool noticing,
			      dctx_cause_info *out)
{
	struct dctxi_end end;
	int64_t now;

	memset(out, 0, sizeof *out);
	out->message = "";
	end = dctxi_end_now(reach.cell, reach.deadline, &now);
	out->status = end.status;
	if (end.status == DCTX_OK)
		return DCTX_OK;
	if (noticing)
		notice(&end, now);
	if (end.by != NULL) {
		tell(&end, reach.cell, out);
		return end.status;
	}
	out->message = "deadline exceeded";
	out->when = end.at;
	out->noticed_after = now - end.at;
	return end.status;
}

dctx_status dctxi_cause_read(const struct dctx_cell *cell, int64_t deadline,
			     dctx_cause_info *out)
{
	return cause_read((struct reach){cell, deadline}, false, out);
}

static dctx_status cause(struct reach reach, dctx_cause_info *out)
{
	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "cause");
	return cause_read(reach, true, out);
}

dctx_status dctx_store_cause(const dctx_store *store, dctx_cause_info *out)
{
	return cause(reach_of_store(store), out);
}

dctx_status dctx_snapshot_cause(const dctx_snapshot *snapshot,
				dctx_cause_info *out)
{
	return cause(reach_of_snapshot(snapshot), out);
}

dctx_status dctx_source_cause(const dctx_source *source, dctx_cause_info *out)
{
	return cause(reach_of_source(source), out);
}
