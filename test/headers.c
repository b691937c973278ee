/* SPDX-License-Identifier: MIT */
#include "headers.h"

#include <stdio.h>

static dctx_header list[128];
static char text[16384];
static dctx_headers headers;

struct dctxt_finding dctxt_finding;

static void found(void *user, const dctx_finding *finding)
{
	struct dctxt_finding *f = user;
	size_t len = finding->what.len;

	f->times++;
	f->rule = finding->rule;
	f->effect = finding->effect;
	f->line = finding->line;
	f->offset = finding->offset;
	snprintf(f->header, sizeof f->header, "%s", finding->header);
	if (len >= sizeof f->what)
		len = sizeof f->what - 1;
	if (len > 0)
		memcpy(f->what, finding->what.data, len);
	f->what[len] = '\0';
}

dctx_carrier dctxt_headers(void)
{
	memset(&dctxt_finding, 0, sizeof dctxt_finding);
	headers = (dctx_headers){list, 0,	    sizeof list / sizeof *list,
				 text, sizeof text, 0};
	return dctx_headers_carrier(&headers);
}

void dctxt_header(const char *name, const char *value)
{
	assert_true(headers.count < headers.max);
	list[headers.count++] =
		(dctx_header){{name, strlen(name)}, {value, strlen(value)}};
}

size_t dctxt_header_count(void)
{
	return headers.count;
}

const char *dctxt_header_value(const char *name)
{
	static char value[16384];
	dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_bytes line;

	if (carrier.get(&headers, name, &line, 1) == 0)
		return NULL;
	assert_true(line.len < sizeof value);
	memcpy(value, line.data, line.len);
	value[line.len] = '\0';
	return value;
}

dctx_hop dctxt_hop(const dctx_propagator *const *propagators, size_t n)
{
	static const dctx_findings findings = {found, &dctxt_finding};

	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = propagators,
			  .propagator_count = n,
			  .findings = &findings};
}

const char *dctxt_extracted(const dctx_carrier *carrier, const dctx_hop *hop)
{
	static char out[64];
	dctx_snapshot *snapshot = NULL;
	dctx_trace trace;
	int n = 0;

	assert_int_equal(dctx_snapshot_extract(carrier, hop, &snapshot),
			 DCTX_OK);
	if (!dctx_snapshot_trace(snapshot, &trace)) {
		dctx_snapshot_unref(snapshot);
		return "none";
	}
	for (size_t i = 0; i < DCTX_TRACE_ID; i++)
		n += sprintf(out + n, "%02x", trace.trace_id[i]);
	out[n++] = '-';
	for (size_t i = 0; i < DCTX_SPAN_ID; i++)
		n += sprintf(out + n, "%02x", trace.span_id[i]);
	sprintf(out + n, "-%02x", (unsigned)(trace.flags & 0xff));
	dctx_snapshot_unref(snapshot);
	return out;
}
