/* SPDX-License-Identifier: MIT */
/* Where spans are entered. */
#ifndef DCTXI_SPAN_ENTER_H
#define DCTXI_SPAN_ENTER_H

#include "trace/span.h"

/* Leaves a span in the current store, however often it is entered here. */
void dctxi_span_leave_here(dctx_span *span);

/* A call was one too many, or at the wrong time. */
void dctxi_span_unbalanced(const char *name, const char *what);

/* It is closed: notes whether it has inserts elsewhere; and that its last
 * reference went, and so these. */
void dctxi_span_astray(dctx_span *span);
void dctxi_span_found(dctx_span *span);

#endif
