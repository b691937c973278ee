/* SPDX-License-Identifier: MIT */
/* What propagators of traces share: a header that should come once, and a trace
 * that was found. */
#ifndef DCTXI_HOP_FIELD_H
#define DCTXI_HOP_FIELD_H

#include <dctx/hop.h>

/* Finds the first value of a name that is not empty, and its line. That there
 * are more is told as the rule. Returns: whether there is one. */
bool dctxi_field_first(const dctx_extraction *extraction, const char *name,
		       dctx_rule twice, dctx_bytes *out, size_t *out_line);

/* Puts what is extracted into a trace, if the border lets it in. Where another
 * header has the same two ids already, what this one cannot have stays: the
 * tracestate, and that the id is random. Returns: as dctx_store_trace_set. */
dctx_status dctxi_field_trace(const dctx_extraction *extraction,
			      dctx_trace *trace);

#endif
