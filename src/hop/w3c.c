/* SPDX-License-Identifier: MIT */
/*
 * w3c.c - "tracecontext": traceparent and tracestate of W3C Trace Context
 * Level 2. How each is read stands in src/wire; here is how they hang together.
 */
#include "data/trace.h"
#include "hop/border.h"
#include "hop/trace.h"
#include "wire/traceparent.h"
#include "wire/tracestate.h"

/* More lines of tracestate than this are not looked at, nor are they then. With
 * members in each, half of them would be too many. */
#define LINES 64

static dctx_status inject(const dctx_propagator *self,
			  const dctx_injection *injection)
{
	const dctx_carrier *to = injection->to;
	const dctx_trace *trace = injection->trace;
	char text[DCTXI_TRACEPARENT];
	dctx_status status;

	(void)self;
	if (trace == NULL)
		return DCTX_OK;
	dctxi_traceparent_write(trace, text);
	status = to->set(to->user, "traceparent",
			 (dctx_bytes){text, sizeof text});
	/* An empty tracestate should not be sent (3.3.2). */
	if (status != DCTX_OK || trace->state.len == 0)
		return status;
	return to->set(to->user, "tracestate", trace->state);
}

static bool read_parent(const dctx_extraction *extraction, dctx_trace *out)
{
	const dctx_carrier *from = extraction->from;
	const struct dctxi_sink sink = {extraction->hop->findings,
					"traceparent", 0};
	dctx_bytes value;
	size_t n = from->get(from->user, "traceparent", &value, 1);

	if (n == 0)
		return false;
	/* A field that is no list must not come twice; joined by commas
	 * (RFC 9110, 5.3) it would be no traceparent. */
	if (n > 1) {
		dctxi_found(&sink, DCTX_RULE_TRACEPARENT_TWICE, DCTX_IGNORED, 0,
			    (dctx_bytes){NULL, 0});
		return false;
	}
	return dctxi_traceparent_read(value, &sink, out);
}

/* Members that do not stand in one line as they should. Apart from the others,
 * for its room on the stack. */
__attribute__((noinline)) static dctx_status
put_joined(dctx_store *store, dctx_trace *trace, struct dctxi_tracestate *state)
{
	char text[DCTXI_STATE_MAX];

	dctxi_tracestate_write(state, text);
	trace->state = (dctx_bytes){text, dctxi_tracestate_len(state)};
	return dctxi_trace_put(store, trace);
}

static dctx_status put(const dctx_extraction *extraction, dctx_trace *trace,
		       const dctx_bytes *lines, size_t n)
{
	const struct dctxi_sink sink = {extraction->hop->findings, "tracestate",
					0};
	struct dctxi_tracestate state;

	if (n > LINES)
		dctxi_found(&sink, DCTX_RULE_TRACESTATE_MEMBERS, DCTX_IGNORED,
			    0, (dctx_bytes){NULL, 0});
	/* What is wrong with it does not touch the trace (3.3). */
	if (n > LINES || !dctxi_tracestate_read(lines, n, &sink, &state))
		return dctxi_trace_put(extraction->into, trace);
	dctxi_tracestate_cut(&state, &sink);
	if (!dctxi_tracestate_view(&state, &trace->state))
		return put_joined(extraction->into, trace, &state);
	return dctxi_trace_put(extraction->into, trace);
}

static dctx_status extract(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	const dctx_carrier *from = extraction->from;
	const struct dctxi_sink sink = {extraction->hop->findings, "tracestate",
					0};
	dctx_trace trace = {.flags = 0};
	dctx_bytes lines[LINES];
	size_t n;

	(void)self;
	if (read_parent(extraction, &trace)) {
		if (!dctxi_border_crosses(extraction->hop, DCTX_CROSS_TRACE,
					  true))
			return DCTX_OK;
		n = from->get(from->user, "tracestate", lines, LINES);
		return put(extraction, &trace, lines, n);
	}
	/* Without a traceparent that could be read a tracestate must not be
	 * looked at (3.3). */
	if (from->get(from->user, "tracestate", lines, 1) > 0)
		dctxi_found(&sink, DCTX_RULE_TRACESTATE_ALONE, DCTX_IGNORED, 0,
			    (dctx_bytes){NULL, 0});
	return DCTX_OK;
}

const dctx_propagator *dctx_w3c_trace(void)
{
	static const dctx_propagator tracecontext = {
		.struct_size = sizeof(dctx_propagator),
		.name = "tracecontext",
		.inject = inject,
		.extract = extract,
	};

	return &tracecontext;
}
