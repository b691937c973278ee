/* SPDX-License-Identifier: MIT */
/*
 * The explorer. A run has a context of its own, with a deadline, so that every
 * question goes past the inlines and comes to a point (point.h).
 *
 * Theory. One exploration at a time has `busy`; the hook looks at the rest only
 * on the exploring thread.
 */
#include <dctx/explore.h>

#include "data/fail.h"
#include "life/point.h"
#include "plat/clock.h"
#include "plat/thread.h"

#include <string.h>

#define RUNS_MAX 1000000
/* How far away the deadline is that nobody reaches but by being sent there. */
#define FAR (INT64_C(1) << 60)

void (*dctxi_point_hook)(void);

static bool busy;

static struct {
	unsigned long thread;
	struct dctxi_virtual_clock clock;
	dctx_source *source;
	size_t at, seen;
	dctx_status by;
} run;

static void point(void)
{
	if (run.thread != dctxi_thread_id() || ++run.seen != run.at)
		return;
	if (run.by == DCTX_CANCELED)
		(void)dctx_cancel(run.source, "explored");
	else
		__atomic_store_n(&run.clock.now, FAR, __ATOMIC_RELAXED);
}

/* Runs the scenario once, ended at the `at`-th point. Returns DCTX_NOMEM, or
 * whether all that was opened was closed. */
static dctx_status run_once(void (*scenario)(void *), void *arg, size_t at,
			    dctx_status by, bool *out_closed)
{
	dctx_store *store = dctx_current();
	dctx_status status;
	dctx_guard guard;
	size_t depth;

	run.clock.now = 1;
	run.at = at;
	run.seen = 0;
	run.by = by;
	status = dctx_source_new(NULL, FAR, &run.source);
	if (status != DCTX_OK)
		return status;
	guard = dctx_store_enter(store, "explored");
	(void)dctx_store_detach(store);
	status = dctx_store_add_source(store, run.source);
	depth = dctx_store_depth(store);
	if (status == DCTX_OK) {
		__atomic_store_n(&dctxi_point_hook, point, __ATOMIC_RELEASE);
		scenario(arg);
		__atomic_store_n(&dctxi_point_hook, NULL, __ATOMIC_RELEASE);
	}
	*out_closed = dctx_store_depth(store) == depth;
	dctx_leave(guard);
	run.source = dctx_source_unref(run.source);
	return status;
}

static void note(dctx_explore_report *report, size_t at, dctx_status by)
{
	report->failed++;
	if (report->failed > 1)
		return;
	report->first_failed = at;
	report->first_end = by;
}

/* Each point in turn, until a run has fewer. */
static dctx_status explore_by(void (*scenario)(void *), void *arg,
			      const dctx_explore_options *options,
			      dctx_status by, dctx_explore_report *report)
{
	size_t most = options->runs_max > 0 ? options->runs_max : RUNS_MAX;

	for (size_t at = 1;; at++) {
		dctx_status status;
		bool fine;

		if (report->runs == most)
			return dctxi_fail(DCTX_LIMIT, "explore");
		status = run_once(scenario, arg, at, by, &fine);
		if (status != DCTX_OK)
			return status;
		report->runs++;
		if (options->check != NULL && !options->check(arg))
			fine = false;
		if (!fine)
			note(report, at, by);
		if (run.seen < at) {
			report->points = run.seen;
			return DCTX_OK;
		}
	}
}

static bool known(const dctx_explore_options *options)
{
	return options->struct_size == sizeof *options &&
	       (unsigned)options->end <= DCTX_EXPLORE_EXPIRE;
}

dctx_status dctx_explore(void (*scenario)(void *arg), void *arg,
			 const dctx_explore_options *options,
			 dctx_explore_report *out)
{
	static const dctx_explore_options plain = {
		.struct_size = sizeof plain,
	};
	dctx_status status = DCTX_OK;

	if (options == NULL)
		options = &plain;
	if (scenario == NULL || out == NULL || !known(options))
		return dctxi_fail(DCTX_INVALID, "explore");
	if (__atomic_exchange_n(&busy, true, __ATOMIC_ACQ_REL))
		return dctxi_fail(DCTX_BUSY, "explore");
	memset(out, 0, sizeof *out);
	run.thread = dctxi_thread_id();
	dctxi_clock_set_virtual(&run.clock);
	if (options->end != DCTX_EXPLORE_EXPIRE)
		status = explore_by(scenario, arg, options, DCTX_CANCELED, out);
	if (status == DCTX_OK && options->end != DCTX_EXPLORE_CANCEL)
		status = explore_by(scenario, arg, options,
				    DCTX_DEADLINE_EXCEEDED, out);
	dctxi_clock_set_virtual(NULL);
	__atomic_store_n(&busy, false, __ATOMIC_RELEASE);
	return status;
}
