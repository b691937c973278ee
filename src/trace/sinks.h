/* SPDX-License-Identifier: MIT */
/* All sinks there are, as who closes a span sees them. */
#ifndef DCTXI_SINKS_H
#define DCTXI_SINKS_H

#include <dctx/sink.h>

/* Whether there is any: one load. */
bool dctxi_sinks_any(void);

/* Gives a closed span to each sink that wants it. Never blocks. */
void dctxi_sinks_tell(const dctx_told_span *told);

#endif
