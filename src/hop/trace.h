/* SPDX-License-Identifier: MIT */
/* What propagators put into a store besides values of keys. */
#ifndef DCTXI_HOP_TRACE_H
#define DCTXI_HOP_TRACE_H

#include "data/trace.h"

#include <dctx/store.h>

/* Puts a store into a trace whose state is known to be well formed. Returns and
 * all else: as dctx_store_trace_set. */
dctx_status dctxi_trace_put(dctx_store *store, const dctx_trace *trace);

/* Keeps members of a baggage that no key has, in place of those there are; of
 * length 0: none. At most DCTXI_MEMBERS_MAX bytes. Returns: as a set. */
dctx_status dctxi_members_put(dctx_store *store, dctx_bytes members);

#endif
