/* SPDX-License-Identifier: MIT */
/*
 * B3, as Zipkin's tracers send it: a trace and a sampling state in one header
 * or in five (openzipkin/b3-propagation, README.md).
 */
#ifndef DCTXI_B3_H
#define DCTXI_B3_H

#include "wire/found.h"

#include <dctx/trace.h>

enum dctxi_b3 {
	DCTXI_B3_NONE,	/* nothing, or nothing that can be read */
	DCTXI_B3_STATE, /* a sampling state for whatever trace begins here */
	DCTXI_B3_TRACE	/* ids, and a state that may be "undecided" */
};

/* The five headers, as they came; an empty one counts as absent. */
struct dctxi_b3_fields {
	dctx_bytes trace_id;
	dctx_bytes span_id;
	dctx_bytes parent_id;
	dctx_bytes sampled;
	dctx_bytes flags;
};

/* Reads the single header. Of DCTXI_B3_STATE only out->flags is written, of
 * DCTXI_B3_TRACE all of *out. */
enum dctxi_b3 dctxi_b3_read(dctx_bytes value, const struct dctxi_sink *sink,
			    dctx_trace *out);

/* The same of the five; a finding's header is the one it is about. */
enum dctxi_b3 dctxi_b3_read_fields(const struct dctxi_b3_fields *fields,
				   const dctx_findings *findings,
				   dctx_trace *out);

/* Writes the single header, with no NUL. Returns: its length. */
#define DCTXI_B3_MAX (32 + 1 + 16 + 2)
size_t dctxi_b3_write(const dctx_trace *trace, char out[DCTXI_B3_MAX]);

/* The one character that says a trace's sampling state: '0', '1', 'd'; 0 where
 * it is left to the receiver. */
char dctxi_b3_state(const dctx_trace *trace);

#endif
