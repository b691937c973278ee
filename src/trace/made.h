/* SPDX-License-Identifier: MIT */
/* made.h - for white-box tests: spans that nobody closed. */
#ifndef DCTXI_MADE_H
#define DCTXI_MADE_H

#include <dctx/dctx.h>
#include <dctx/sink.h>

#include <string.h>

static const dctx_span_site made_site = {.name = "made",
					 .target = "test",
					 .level = DCTX_LEVEL_INFO,
					 .file = "made.c",
					 .line = 12};

/* A span with ids of one byte each, and nothing else. */
static inline dctx_told_span made(unsigned char trace, unsigned char span,
				  unsigned char parent)
{
	dctx_told_span told = {
		.struct_size = sizeof told,
		.site = &made_site,
		.began = 1000000,
		.ended = 3500000,
		.began_unix = INT64_C(1700000000000001000),
		.ended_unix = INT64_C(1700000000002501000),
		.thread = 77,
		.chain = "",
		.values = "",
		.deadline = DCTX_NO_DEADLINE,
	};

	memset(told.trace.trace_id, trace, sizeof told.trace.trace_id);
	memset(told.trace.span_id, span, sizeof told.trace.span_id);
	memset(told.parent, parent, sizeof told.parent);
	return told;
}

#endif
