/* SPDX-License-Identifier: MIT */
/*
 * Making and cancelling. The order in a cancel is what the rest relies on: the
 * cause, which claims the cell; the epoch, after which nobody takes the cell
 * for live; the time; then the hall. The epoch is moved sequentially
 * consistent, so that it is in every later epoch's history, and before the time
 * is decided, so that nobody who took the cell for live did it later than that
 * (ask.c).
 *
 * The canceller holds a reference of its own meanwhile: one who is woken may
 * drop the last other one.
 */
#include "life/source.h"

#include "data/fail.h"
#include "flow/store.h"
#include "life/ask.h"
#include "life/rung.h"
#include "plat/clock.h"
#include "plat/probe.h"
#include "plat/thread.h"

dctx_status dctxi_source_make(struct dctxi_cell *parent, int64_t deadline,
			      dctx_source **out)
{
	struct dctxi_cell *cell;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "source");
	cell = dctxi_cell_new(DCTXI_CELL_SOURCE, parent, deadline);
	if (cell == NULL)
		return dctxi_fail(DCTX_NOMEM, "source");
	*out = (dctx_source *)(void *)cell;
	return DCTX_OK;
}

dctx_status dctx_source_new(dctx_source *parent, int64_t deadline,
			    dctx_source **out)
{
	return dctxi_source_make(dctxi_source_cell(parent), deadline, out);
}

dctx_status dctx_source_below(const dctx_snapshot *snapshot, dctx_source **out)
{
	if (snapshot == NULL)
		return dctxi_source_make(NULL, DCTXI_NO_DEADLINE, out);
	return dctxi_source_make(dctxi_cell_of(snapshot->cell),
				 snapshot->deadline, out);
}

dctx_status dctx_source_below_store(const dctx_store *store, dctx_source **out)
{
	if (store == NULL)
		return dctxi_fail(DCTX_INVALID, "source");
	return dctxi_source_make(dctxi_cell_of(store->cell), store->deadline,
				 out);
}

dctx_source *dctx_source_ref(dctx_source *source)
{
	dctxi_cell_hold(dctxi_source_cell(source));
	return source;
}

dctx_source *dctx_source_unref(dctx_source *source)
{
	dctxi_cell_drop(dctxi_source_cell(source));
	return NULL;
}

/* A first cancel may not be further than its cause: its caller is to find it
 * over all the same. */
static dctx_status already(struct dctxi_cell *cell)
{
	(void)dctxi_cell_when(cell);
	return DCTX_STALE;
}

dctx_status dctxi_source_end(struct dctxi_cell *cell, struct dctxi_cause *cause,
			     bool from_signal)
{
	struct dctxi_cause *none = NULL;

	/* Release what stands in the cause; the hall's lock and the epoch, both
	 * touched after it, show it to who waits and who asks. More than that
	 * costs a compare-and-swap nothing. Relaxed: another's is not read. */
	if (!__atomic_compare_exchange_n(&cell->u.cause, &none, cause, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
		dctxi_cause_free(cause);
		return already(cell);
	}
	dctxi_cell_hold(cell);
	(void)dctxi_cell_when(cell);
	DCTXI_PROBE4(cancel, cause->message, cause->status, cause->code, cell);
	if (from_signal) {
		dctxi_hall_ring_from_signal(cell);
		/* Not the last: the handler's caller has one, too. Release as
		 * dctxi_cell_drop does. */
		__atomic_fetch_sub(&cell->refs, 1, __ATOMIC_ACQ_REL);
		return DCTX_OK;
	}
	dctxi_rung_call(dctxi_hall_ring(cell));
	dctxi_cell_drop(cell);
	return DCTX_OK;
}

/* Its `clean` is made no epoch's, as is that of each cell that will be made
 * below: so whoever asks there walks up and finds it. */
struct dctxi_cell *dctxi_source_ended(struct dctxi_cause *cause)
{
	struct dctxi_cell *cell =
		dctxi_cell_new(DCTXI_CELL_SOURCE, NULL, DCTXI_NO_DEADLINE);

	if (cell == NULL)
		return NULL;
	cell->abi.clean = 0;
	cell->u.cause = cause;
	cell->when = dctxi_clock();
	if (cell->when == 0)
		cell->when = 1;
	return cell;
}

/* What the canceller says, and who it is. One that has no memory for its
 * message is still known by the rest. */
static struct dctxi_cause *cause_make(const dctx_reason *reason)
{
	const char *message = reason->message;
	struct dctxi_cause *cause =
		dctxi_cause_new(message != NULL ? message : "canceled");

	if (cause == NULL)
		cause = dctxi_cause_static("canceled");
	if (dctxi_cause_is_spare(cause))
		return cause;
	cause->status =
		reason->status != DCTX_OK ? reason->status : DCTX_CANCELED;
	cause->code = reason->code;
	cause->file = reason->file;
	cause->line = reason->line;
	cause->thread = dctxi_thread_id();
	return cause;
}

dctx_status dctx_source_cancel(dctx_source *source, const dctx_reason *reason)
{
	static const dctx_reason plain;
	struct dctxi_cell *cell = dctxi_source_cell(source);

	if (reason == NULL)
		reason = &plain;
	if (cell == NULL ||
	    (reason->status != DCTX_OK && reason->status != DCTX_CANCELED &&
	     reason->status != DCTX_DEADLINE_EXCEEDED))
		return dctxi_fail(DCTX_INVALID, "cancel");
	if (dctxi_cell_cause(cell) != NULL)
		return already(cell);
	return dctxi_source_end(cell, cause_make(reason), false);
}

dctx_status dctx_source_cancel_at(dctx_source *source, const char *message,
				  const char *file, unsigned line)
{
	dctx_reason reason = {.message = message, .file = file, .line = line};

	return dctx_source_cancel(source, &reason);
}

dctx_status dctx_cancel_from_signal(dctx_source *source, const char *message)
{
	struct dctxi_cell *cell = dctxi_source_cell(source);
	struct dctxi_cause *cause;

	if (cell == NULL)
		return DCTX_INVALID;
	if (dctxi_cell_cause(cell) != NULL)
		return already(cell);
	cause = dctxi_cause_static(message != NULL ? message : "canceled");
	if (!dctxi_cause_is_spare(cause)) {
		cause->status = DCTX_CANCELED;
		cause->thread = dctxi_thread_id();
	}
	return dctxi_source_end(cell, cause, true);
}
