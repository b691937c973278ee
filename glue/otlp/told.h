/* SPDX-License-Identifier: MIT */
/* told.h - closed spans made by hand, for the tests of this folder. */
#ifndef DCTXT_OTLP_TOLD_H
#define DCTXT_OTLP_TOLD_H

#include <dctx/sink.h>

static const dctx_span_site told_site = {
	.name = "checkout",
	.target = "shop.gateway",
	.level = DCTX_LEVEL_INFO,
	.file = "gateway.c",
	.line = 42,
};

/* A root that went well, sampled, half a second long, with nothing in it. */
static inline dctx_told_span told_plain(void)
{
	return (dctx_told_span){
		.struct_size = sizeof(dctx_told_span),
		.site = &told_site,
		.trace = {.trace_id = "trace id 16 byte",
			  .span_id = "span 8 b",
			  .flags = DCTX_TRACE_SAMPLED},
		.began = 1000 * DCTX_S,
		.ended = 1000 * DCTX_S + 500 * DCTX_MS,
		.began_unix = INT64_C(1795815674) * DCTX_S,
		.ended_unix = INT64_C(1795815674) * DCTX_S + 500 * DCTX_MS,
		.values = "",
		.chain = "",
		.deadline = DCTX_NO_DEADLINE,
	};
}

#endif
