/* SPDX-License-Identifier: MIT */
/* How a failure is noted for dctx_last_error, and how an event is counted. */
#ifndef DCTXI_FAIL_H
#define DCTXI_FAIL_H

#include <dctx/diag.h>

/* Note a failure and return its status. `what` may be NULL and is cut to fit.
 * The second form has the size asked for and the limit; the third the place in
 * a message; the fourth the system's error. */
dctx_status dctxi_fail(dctx_status status, const char *what);
dctx_status dctxi_fail_limit(const char *what, size_t size, size_t limit);
dctx_status dctxi_fail_at(dctx_status status, const char *what, size_t offset);
dctx_status dctxi_fail_system(int error);

/* Notes that a key is of another kind than what was given for it. */
dctx_status dctxi_fail_kinds(const char *what, uint32_t expected,
			     uint32_t given);

/* Notes a failure of which several of these are known, and returns its status.
 */
dctx_status dctxi_fail_with(const dctx_error *known);

/* Counts an event and tells the hook. Runs the user's code: never call it while
 * a store is half-changed or a lock is held. */
void dctxi_event(dctx_event event, dctx_status status, const char *what);

/* The same of DCTX_EV_SECOND_COPY, which may come before there can be a hook:
 * the first one is told of it when it is installed. `where` is kept. */
void dctxi_event_copy(const char *where);

/* Counts `n` > 0 of an event at once, and tells the hook once. */
void dctxi_events(dctx_event event, uint64_t n, dctx_status status,
		  const char *what);

#endif
