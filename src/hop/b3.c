/* SPDX-License-Identifier: MIT */
/*
 * b3.c - "b3" and "b3multi": Zipkin's headers, in one line or in five. Both
 * read both; they differ in what they write (OpenTelemetry, Propagators API,
 * "B3 Requirements"; openzipkin/b3-propagation, README.md).
 */
#include "hop/field.h"
#include "wire/b3.h"
#include "wire/hex.h"

static const dctx_propagator single, multi;

/* The parent span's id is not sent: a hop's span is its own. */
static dctx_status inject_single(const dctx_propagator *self,
				 const dctx_injection *injection)
{
	const dctx_carrier *to = injection->to;
	char text[DCTXI_B3_MAX];
	size_t len;

	(void)self;
	if (injection->trace == NULL)
		return DCTX_OK;
	len = dctxi_b3_write(injection->trace, text);
	return to->set(to->user, "b3", (dctx_bytes){text, len});
}

/* Sets a header, unless one before it failed. */
static void put(const dctx_carrier *to, const char *name, const char *text,
		size_t len, dctx_status *status)
{
	if (*status == DCTX_OK)
		*status = to->set(to->user, name, (dctx_bytes){text, len});
}

/* "Debug implies an accept decision, so don't also send the X-B3-Sampled
 * header." What was set before a failure cannot be taken back, so half of the
 * five must be no trace: the state goes first, which alone is good, as ids
 * without it are not; the trace's id last, since who does not find it begins a
 * trace, by that state, and looks at no span's. */
static dctx_status inject_multi(const dctx_propagator *self,
				const dctx_injection *injection)
{
	char trace_id[2 * DCTX_TRACE_ID], span_id[2 * DCTX_SPAN_ID], state;
	const dctx_trace *trace = injection->trace;
	const dctx_carrier *to = injection->to;
	dctx_status status = DCTX_OK;

	(void)self;
	if (trace == NULL)
		return DCTX_OK;
	dctxi_hex_write(trace->trace_id, DCTX_TRACE_ID, trace_id);
	dctxi_hex_write(trace->span_id, DCTX_SPAN_ID, span_id);
	state = dctxi_b3_state(trace);
	if (state == 'd')
		put(to, "x-b3-flags", "1", 1, &status);
	else if (state != '\0')
		put(to, "x-b3-sampled", &state, 1, &status);
	put(to, "x-b3-spanid", span_id, sizeof span_id, &status);
	put(to, "x-b3-traceid", trace_id, sizeof trace_id, &status);
	return status;
}

static dctx_bytes first(const dctx_extraction *extraction, const char *name)
{
	dctx_bytes value = {NULL, 0};
	size_t line;

	(void)dctxi_field_first(extraction, name, DCTX_RULE_B3_TWICE, &value,
				&line);
	return value;
}

static enum dctxi_b3 read_multi(const dctx_extraction *extraction,
				dctx_trace *out)
{
	struct dctxi_b3_fields fields;

	fields.trace_id = first(extraction, "x-b3-traceid");
	fields.span_id = first(extraction, "x-b3-spanid");
	fields.parent_id = first(extraction, "x-b3-parentspanid");
	fields.sampled = first(extraction, "x-b3-sampled");
	fields.flags = first(extraction, "x-b3-flags");
	return dctxi_b3_read_fields(&fields, extraction->hop->findings, out);
}

/* "When extracting state headers, the first value wins", and "The single-header
 * variant takes precedence": where it can be read, the five are not looked at,
 * also when it has no more than a sampling state. Where it cannot, it counts as
 * absent, as with Zipkin's tracers. */
static enum dctxi_b3 read_either(const dctx_extraction *extraction,
				 dctx_trace *out)
{
	struct dctxi_sink sink = {extraction->hop->findings, "b3", 0};
	enum dctxi_b3 is = DCTXI_B3_NONE;
	dctx_bytes value;

	if (dctxi_field_first(extraction, sink.header, DCTX_RULE_B3_TWICE,
			      &value, &sink.line))
		is = dctxi_b3_read(value, &sink, out);
	return is != DCTXI_B3_NONE ? is : read_multi(extraction, out);
}

/* Whether the other of the two, which would find the same, comes later. */
static bool is_first(const dctx_hop *hop, const dctx_propagator *self)
{
	for (size_t i = 0; i < hop->propagator_count; i++)
		if (hop->propagators[i] == &single ||
		    hop->propagators[i] == &multi)
			return hop->propagators[i] == self;
	return true;
}

/* A sampling state without ids is for whatever trace begins here, which is not
 * ours to begin. */
static dctx_status extract(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	dctx_trace trace;

	if (!is_first(extraction->hop, self) ||
	    read_either(extraction, &trace) != DCTXI_B3_TRACE)
		return DCTX_OK;
	return dctxi_field_trace(extraction, &trace);
}

static const dctx_propagator single = {
	.struct_size = sizeof single,
	.name = "b3",
	.inject = inject_single,
	.extract = extract,
};

static const dctx_propagator multi = {
	.struct_size = sizeof multi,
	.name = "b3multi",
	.inject = inject_multi,
	.extract = extract,
};

const dctx_propagator *dctx_b3(void)
{
	return &single;
}

const dctx_propagator *dctx_b3_multi(void)
{
	return &multi;
}
