/* SPDX-License-Identifier: MIT */
/* Who is told of spans when they are closed. */
#ifndef DCTXI_SINKS_H
#define DCTXI_SINKS_H

#include <dctx/sink.h>

/* Copies a span to each sink that wants its level; all of it is borrowed.
 * Allocates nothing, never waits, and calls the system only to wake a thread,
 * or to make it at its first span. */
void dctxi_sinks_tell(const dctx_told_span *told);

/* How many sinks there are; a number that others only compare with 0. */
extern uint32_t dctxi_sinks_open;

static inline bool dctxi_sinks_any(void)
{
	return __atomic_load_n(&dctxi_sinks_open, __ATOMIC_RELAXED) != 0;
}

#endif
