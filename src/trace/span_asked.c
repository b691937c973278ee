/* SPDX-License-Identifier: MIT */
/* What was known of a span when it was opened. */
#include "trace/span.h"

#include <string.h>

const dctx_span_site *dctx_span_site_of(const dctx_span *span)
{
	return span != NULL ? span->site : NULL;
}

bool dctx_span_trace(const dctx_span *span, dctx_trace *out)
{
	if (span == NULL)
		return dctx_trace_get(out);
	if (out == NULL)
		return false;
	*out = span->head.trace;
	return true;
}

bool dctx_span_layer(const dctx_span *span, const dctx_layer *layer,
		     unsigned *out_flags)
{
	const struct dctxi_layers *layers = span != NULL ? span->layers : NULL;

	for (unsigned i = 0; layers != NULL && i < layers->n; i++) {
		if (layers->layer[i] != layer)
			continue;
		if (out_flags != NULL)
			*out_flags = layers->flags[i];
		return true;
	}
	return false;
}

bool dctx_span_parent(const dctx_span *span, unsigned char out_id[DCTX_SPAN_ID])
{
	if (span == NULL || out_id == NULL)
		return false;
	memcpy(out_id, span->parent, sizeof span->parent);
	return span->remote;
}
