/* SPDX-License-Identifier: MIT */
/* request.h - a batch of closed spans as the message that a collector takes. */
#ifndef DCTXI_OTLP_REQUEST_H
#define DCTXI_OTLP_REQUEST_H

#include "arena.h"
#include "attributes.h"

#include <dctx/sink.h>

/* Says one closed span. All of it is borrowed but what the arena has. NULL
 * without memory; what lacks a piece for want of it is told by the arena. */
Otlp__Span *dctxi_otlp_span(struct arena *arena, const dctx_told_span *told);

/*
 * Makes a message of a batch, under a resource, one scope a target. Spans that
 * are not sampled are none of a collector's: *out_said counts the others, and
 * without any there is no message.
 * Returns: DCTX_OK; DCTX_NOMEM. The bytes are the arena's.
 */
dctx_status dctxi_otlp_request(struct arena *arena, Otlp__Resource *resource,
			       const dctx_told_span *spans, size_t n,
			       ProtobufCBinaryData *out, size_t *out_said);

#endif
