/* SPDX-License-Identifier: MIT */
/*
 * Theory. One word says whether something is mounted, or about to be, and who
 * moves it from one to the other owns the rest meanwhile: no lock, which a
 * fork's child could find held.
 */
#include "dctx_lttng.h"

#include "context.h"
#include "spans.h"

enum { IDLE, CHANGING, MOUNTED };
static int state = IDLE;
static unsigned mounted;

static bool move(int from, int to)
{
	/* Acquire and release what goes with it. */
	return __atomic_compare_exchange_n(&state, &from, to, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* The spans last: their events may have the context at once. */
static dctx_status mount(unsigned what)
{
	dctx_status status = DCTX_OK;

	if ((what & DCTX_LTTNG_CONTEXT) && !dctxi_lttng_context_begin())
		return DCTX_CONFLICT;
	if (what & DCTX_LTTNG_SPANS)
		status = dctx_layer_mount(&dctxi_lttng_spans, 0);
	if (status != DCTX_OK && (what & DCTX_LTTNG_CONTEXT))
		dctxi_lttng_context_end();
	return status;
}

dctx_status dctx_lttng_mount(unsigned what)
{
	dctx_status status;

	if (what == 0 || (what & ~(DCTX_LTTNG_SPANS | DCTX_LTTNG_CONTEXT)) != 0)
		return DCTX_INVALID;
	if (!move(IDLE, CHANGING))
		return DCTX_CONFLICT;
	status = mount(what);
	mounted = what;
	(void)move(CHANGING, status == DCTX_OK ? MOUNTED : IDLE);
	return status;
}

dctx_status dctx_lttng_unmount(void)
{
	if (!move(MOUNTED, CHANGING))
		return DCTX_STALE;
	if (mounted & DCTX_LTTNG_SPANS)
		(void)dctx_layer_unmount(&dctxi_lttng_spans);
	if (mounted & DCTX_LTTNG_CONTEXT)
		dctxi_lttng_context_end();
	(void)move(CHANGING, IDLE);
	return DCTX_OK;
}
