/* SPDX-License-Identifier: MIT */
#include "members.h"

#include <stdio.h>

dctx_header dctxt_line_list[2048];
dctx_headers dctxt_lines;
char dctxt_told[1024];

static char text[1 << 16];

static void found(void *user, const dctx_finding *finding)
{
	size_t len = strlen(dctxt_told);

	(void)user;
	snprintf(dctxt_told + len, sizeof dctxt_told - len,
		 "%s %s@%zu:%zu(%.*s) ", dctx_rule_name(finding->rule),
		 dctx_effect_name(finding->effect), finding->line,
		 finding->offset, (int)finding->what.len,
		 (const char *)finding->what.data);
}

static const dctx_findings findings = {found, NULL};

dctx_hop dctxt_baggage_hop(dctx_trust trust)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_w3c_baggage();
	dctxt_told[0] = '\0';
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = formats,
			  .propagator_count = 1,
			  .trust = trust,
			  .findings = &findings};
}

dctx_carrier dctxt_no_lines(void)
{
	dctxt_lines =
		(dctx_headers){dctxt_line_list, 0, 2048, text, sizeof text, 0};
	return dctx_headers_carrier(&dctxt_lines);
}

void dctxt_line(const char *value)
{
	dctxt_line_list[dctxt_lines.count++] =
		(dctx_header){{"Baggage", 7}, {value, strlen(value)}};
}

const char *dctxt_injected_by(const dctx_hop *hop)
{
	static char out[8193];
	const dctx_header *line = dctxt_line_list;
	dctx_carrier carrier = dctxt_no_lines();

	assert_int_equal(dctx_inject(&carrier, hop, NULL), DCTX_OK);
	assert_true(dctxt_lines.count <= 1);
	if (dctxt_lines.count == 0)
		return "";
	assert_int_equal(line->name.len, 7);
	assert_memory_equal(line->name.data, "baggage", 7);
	assert_true(line->value.len <= 8192);
	memcpy(out, line->value.data, line->value.len);
	out[line->value.len] = '\0';
	return out;
}

const char *dctxt_injected(void)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);

	return dctxt_injected_by(&hop);
}

dctx_guard dctxt_extracted_by(const char *value, const dctx_hop *hop)
{
	dctx_carrier carrier = dctxt_no_lines();
	dctx_guard guard;

	dctxt_line(value);
	assert_int_equal(dctx_extract(&carrier, hop, &guard), DCTX_OK);
	return guard;
}

dctx_guard dctxt_extracted_line(const char *value)
{
	dctx_hop hop = dctxt_baggage_hop(DCTX_INTERNAL);

	return dctxt_extracted_by(value, &hop);
}
