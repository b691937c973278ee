/* SPDX-License-Identifier: MIT */
/*
 * grpc.c - "grpc-timeout": the time that is left to a context, as gRPC has it.
 *
 * Only a time crosses, no reason: of a context that was cancelled nothing is
 * left, and the next hop finds its deadline to be over.
 */
#include "hop/border.h"
#include "hop/limits.h"
#include "hop/lines.h"
#include "plat/clock.h"
#include "wire/grpc_timeout.h"

#include <dctx/deadline.h>

static const char name[] = "grpc-timeout";

/* The way there is paid from what is left. */
static dctx_status inject(const dctx_propagator *self,
			  const dctx_injection *injection)
{
	int64_t left = dctx_store_remaining(injection->from);
	const dctx_carrier *to = injection->to;
	char text[DCTXI_GRPC_TIMEOUT_MAX];
	size_t len;

	(void)self;
	if (left == DCTX_NO_DEADLINE ||
	    !dctxi_border_crosses(injection->hop, DCTX_CROSS_LIMITS, false))
		return DCTX_OK;
	left = left > injection->hop->hop_cost ? left - injection->hop->hop_cost
					       : 0;
	len = dctxi_grpc_timeout_write(left, text);
	return to->set(to->user, name, (dctx_bytes){text, len});
}

/* The specification has one Timeout. Of several the shortest counts: a deadline
 * is never longer than one of them asks. DCTX_NO_DEADLINE where there is none.
 */
static int64_t shortest(const dctx_extraction *extraction,
			const struct dctxi_lines *lines)
{
	struct dctxi_sink sink = {extraction->hop->findings, name, 0};
	int64_t ns, least = DCTX_NO_DEADLINE;
	bool have = false;

	for (size_t i = 0; i < lines->count; i++) {
		sink.line = i;
		if (!dctxi_grpc_timeout_read(lines->line[i], &sink, &ns))
			continue;
		if (have)
			dctxi_found(&sink, DCTX_RULE_GRPC_TIMEOUT_TWICE,
				    DCTX_KEPT, 0, (dctx_bytes){NULL, 0});
		if (ns < least)
			least = ns;
		have = true;
	}
	return least;
}

static dctx_status extract(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	struct dctxi_lines lines;
	int64_t received, ns;
	dctx_status status = dctxi_lines_get(&lines, extraction->from, name);

	(void)self;
	if (status != DCTX_OK)
		return status;
	ns = shortest(extraction, &lines);
	dctxi_lines_end(&lines);
	if (ns == DCTX_NO_DEADLINE ||
	    !dctxi_border_crosses(extraction->hop, DCTX_CROSS_LIMITS, true))
		return DCTX_OK;
	received = dctxi_received_at(extraction->hop->received_at);
	return dctx_store_set_deadline(extraction->into,
				       dctxi_clock_plus(received, ns));
}

const dctx_propagator *dctx_grpc_timeout(void)
{
	static const dctx_propagator timeout = {
		.struct_size = sizeof timeout,
		.name = name,
		.inject = inject,
		.extract = extract,
	};

	return &timeout;
}
