/* SPDX-License-Identifier: MIT */
/* Which store is meant: this thread's, the entered task's, none yet. */
#ifndef DCTXI_HERE_H
#define DCTXI_HERE_H

#include "flow/store.h"

#include <dctx/store.h>

/* Makes a store ready for a change: the cold one becomes the thread's own, a
 * task's gets its log. *store is replaced. Returns: DCTX_OK; DCTX_INVALID for
 * NULL; DCTX_NOMEM. */
dctx_status dctxi_here(struct dctx_store **store);

/* Whether a store is the current one or one below it on this thread. */
bool dctxi_is_here(const struct dctx_store *store);

/* Leaves the tasks that were entered on this thread above a store that is
 * here. */
void dctxi_task_leave_above(struct dctx_store *store);

/* Notes a failure of a call on a store: the thread's last error has its
 * details already, or gets the status and `what`; the scope keeps the first
 * one; it is counted and told. Returns the status. */
dctx_status dctxi_here_failed(struct dctx_store *store, dctx_event event,
			      dctx_status status, const char *what);

/* Writes an id as dctx_store_hex_id does. Returns `buf`. */
char *dctxi_hex_id(uint64_t id, char buf[DCTX_HEX_ID_SIZE]);

/* Makes a store of 64 bytes that has changed nothing; takes over a reference
 * of `base`. */
void dctxi_store_lay(struct dctx_store *store, struct dctx_snapshot *base);

#endif
