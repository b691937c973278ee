/* SPDX-License-Identifier: MIT */
/*
 * carrier.h - headers as HTTP libraries keep them that know the usual names by
 * number: to find one costs next to nothing, so that a row is the format's.
 */
#ifndef BENCH_CARRIER_H
#define BENCH_CARRIER_H

#include "bench.h"

enum header {
	TRACEPARENT,
	TRACESTATE,
	BAGGAGE,
	B3,
	B3_TRACE_ID,
	B3_SPAN_ID,
	B3_PARENT_ID,
	B3_SAMPLED,
	B3_FLAGS,
	JAEGER,
	ENVELOPE,
	HEADERS
};

/* What came: of each header its lines. What is set: one text each. */
struct carried {
	struct {
		const dctx_bytes *line;
		size_t count;
	} in[HEADERS];
	struct {
		size_t len;
		char text[1024];
	} out[HEADERS];
};

/* A carrier of these. What is set is not what is got. */
dctx_carrier carried_by(struct carried *headers);

/* Has a header come, in one line. */
void came(struct carried *headers, enum header header, const char *line);

#endif
