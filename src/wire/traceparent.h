/* SPDX-License-Identifier: MIT */
/* traceparent.h - W3C's header that says which trace, and whose child. */
#ifndef DCTXI_TRACEPARENT_H
#define DCTXI_TRACEPARENT_H

#include "wire/found.h"

#include <dctx/trace.h>

/* Characters of version 00. */
#define DCTXI_TRACEPARENT 55

/* Reads the value of the only traceparent that came. Returns: whether there is
 * a trace; *out, without a state, is then written. Why not is told. */
bool dctxi_traceparent_read(dctx_bytes value, const struct dctxi_sink *sink,
			    dctx_trace *out);

/* Writes it in version 00, no NUL. */
void dctxi_traceparent_write(const dctx_trace *trace,
			     char out[DCTXI_TRACEPARENT]);

#endif
