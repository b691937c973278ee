/* SPDX-License-Identifier: MIT */
#include "trace/span.h"

#include <string.h>

bool dctx_span_parent(const dctx_span *span, unsigned char out_id[DCTX_SPAN_ID])
{
	if (span == NULL || out_id == NULL)
		return false;
	memcpy(out_id, span->parent, sizeof span->parent);
	return span->remote;
}
