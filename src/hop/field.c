/* SPDX-License-Identifier: MIT */
#include "hop/field.h"

#include "hop/border.h"
#include "hop/trace.h"
#include "wire/found.h"
#include "wire/ows.h"

#include <string.h>

/* Lines of one name that are looked at. */
#define LINES 8

bool dctxi_field_first(const dctx_extraction *extraction, const char *name,
		       dctx_rule twice, dctx_bytes *out, size_t *out_line)
{
	const dctx_carrier *from = extraction->from;
	struct dctxi_sink sink = {extraction->hop->findings, name, 0};
	dctx_bytes lines[LINES];
	size_t n = from->get(from->user, name, lines, LINES);
	bool have = false;

	for (size_t i = 0; i < n && i < LINES; i++) {
		if (dctxi_ows_trim(lines[i]).len == 0)
			continue;
		if (have) {
			sink.line = i;
			dctxi_found(&sink, twice, DCTX_IGNORED, 0,
				    (dctx_bytes){NULL, 0});
			continue;
		}
		have = true;
		*out = lines[i];
		*out_line = i;
	}
	return have;
}

static bool is_same(const dctx_trace *a, const dctx_trace *b)
{
	return memcmp(a->trace_id, b->trace_id, DCTX_TRACE_ID) == 0 &&
	       memcmp(a->span_id, b->span_id, DCTX_SPAN_ID) == 0;
}

dctx_status dctxi_field_trace(const dctx_extraction *extraction,
			      dctx_trace *trace)
{
	dctx_trace before;

	if (!dctxi_border_crosses(extraction->hop, DCTX_CROSS_TRACE, true))
		return DCTX_OK;
	if (dctx_store_trace(extraction->into, &before) &&
	    is_same(&before, trace)) {
		trace->flags |= before.flags & DCTX_TRACE_RANDOM;
		trace->state = before.state;
	}
	return dctxi_trace_put(extraction->into, trace);
}
