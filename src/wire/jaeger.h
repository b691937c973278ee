/* SPDX-License-Identifier: MIT */
/*
 * Jaeger's own headers, as its client libraries send them: uber-trace-id, and a
 * header a member of a baggage, uberctx-NAME (jaegertracing.io, Client
 * Libraries, "Propagation Format").
 */
#ifndef DCTXI_JAEGER_H
#define DCTXI_JAEGER_H

#include "wire/found.h"

#include <dctx/trace.h>

/* Reads uber-trace-id; false, with *out as it was, when it is empty or cannot
 * be read. */
bool dctxi_jaeger_read(dctx_bytes value, const struct dctxi_sink *sink,
		       dctx_trace *out);

/* Writes it, with no NUL. Returns: its length. */
#define DCTXI_JAEGER_MAX (32 + 1 + 16 + 3 + 2)
size_t dctxi_jaeger_write(const dctx_trace *trace, char out[DCTXI_JAEGER_MAX]);

/* Reads a member's value to `out`, which has room for as many bytes as the
 * value has; false, and it is told, for one that is no percent-coded UTF-8. */
bool dctxi_jaeger_value_read(dctx_bytes value, const struct dctxi_sink *sink,
			     char *out, size_t *out_len);

/* Writes a text as a member's value to `out`, which has room for three times as
 * many bytes. Returns: the value's length. */
size_t dctxi_jaeger_value_write(dctx_bytes text, char *out);

#endif
