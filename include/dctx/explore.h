/* SPDX-License-Identifier: MIT */
/*
 * dctx/explore.h - the cancellation explorer, for tests of one's own clean-up.
 *
 * It runs a scenario again and again, and ends its context at the first place
 * where the scenario asks or blocks, then at the second, and so on, until a run
 * comes to its own end. Under a checker of memory (ASan, valgrind), and with a
 * check of one's own after each run, whatever clean-up forgets shows.
 *
 *     static void scenario(void *arg)
 *     {
 *             struct session *s = session_open();      // asks dctx_done()
 *
 *             if (s != NULL && session_login(s) == 0)  // blocks in dctx_read
 *                     session_work(s);
 *             session_close(s);
 *     }
 *
 *     dctx_explore_report report;
 *
 *     assert(dctx_explore(scenario, NULL, NULL, &report) == DCTX_OK);
 *     assert(report.failed == 0);
 *
 * Time is virtual meanwhile, in the whole process: it stands still but where
 * the scenario sleeps, which takes no time. So run it in a test program, one
 * exploration at a time. This header is not part of dctx/dctx.h.
 */
#ifndef DCTX_EXPLORE_H
#define DCTX_EXPLORE_H

#include <dctx/done.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What ends the scenario's context. Since: 0.1. */
typedef enum dctx_explore_end {
	DCTX_EXPLORE_BOTH,   /* first each point with the one, then the other */
	DCTX_EXPLORE_CANCEL, /* a cancel */
	DCTX_EXPLORE_EXPIRE  /* its deadline */
} dctx_explore_end;

/*
 * How to explore. NULL, where such options are asked for, and zeros mean: both,
 * no check, a million runs at most.
 * Since: 0.1.
 */
typedef struct dctx_explore_options {
	/* sizeof(dctx_explore_options), so that the struct can grow. */
	size_t struct_size;
	dctx_explore_end end;
	/* Called after each run; false: something is wrong. */
	bool (*check)(void *arg);
	size_t runs_max;
} dctx_explore_options;

/*
 * What was found. Runs failed whose check said so, or that left a scope open.
 * Since: 0.1.
 */
typedef struct dctx_explore_report {
	size_t points; /* where an undisturbed run asks or blocks */
	size_t runs;
	size_t failed;
	size_t first_failed; /* the point at which it was ended; 0: none */
	dctx_status first_end; /* by what: DCTX_CANCELED, _DEADLINE_EXCEEDED */
} dctx_explore_report;

/*
 * Explores a scenario on this thread, in the current store. Only what the
 * scenario asks on this thread counts as a point; what it asks of contexts that
 * were detached does not.
 * Returns: DCTX_OK, whatever was found; DCTX_INVALID for a NULL scenario or out
 * or for options it does not know; DCTX_BUSY while another exploration runs;
 * DCTX_LIMIT when runs_max was reached; DCTX_NOMEM. *out is written but for
 * DCTX_INVALID and DCTX_BUSY.
 * Threads: one of the process. Blocks: as the scenario. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_explore(void (*scenario)(void *arg), void *arg,
	     const dctx_explore_options *options, dctx_explore_report *out);

#ifdef __cplusplus
}
#endif
#endif
