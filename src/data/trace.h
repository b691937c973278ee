/* SPDX-License-Identifier: MIT */
/*
 * Which trace a context is part of, as bytes in one reserved slot, so that it
 * is scoped, captured and forked as any value is; and, in another, the members
 * of a baggage that no key of this process has, as they came.
 */
#ifndef DCTXI_TRACE_H
#define DCTXI_TRACE_H

#include <dctx/trace.h>

/* The most that is kept of a tracestate, and of unknown members. */
#define DCTXI_STATE_MAX 8192u
#define DCTXI_MEMBERS_MAX 8192u

/* The slots: bytes keys of the library's own, in no registry. */
extern dctx_key dctxi_trace_key, dctxi_members_key;

#endif
