/* SPDX-License-Identifier: MIT */
/* What sinks are told of a span. */
#ifndef DCTXI_SPAN_TOLD_H
#define DCTXI_SPAN_TOLD_H

#include "flow/store.h"
#include "trace/span.h"

/* Notes what is known only where and when it is opened. */
void dctxi_span_told_begin(dctx_span *span, struct dctx_store *store);

/* Tells the sinks of one that is closed. */
void dctxi_span_told_end(dctx_span *span, int64_t ended);

#endif
