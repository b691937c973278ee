/* SPDX-License-Identifier: MIT */
/*
 * A traceparent: what is read is written as version 00 and read as the same,
 * what is not has exactly one reason, and each reason a place inside.
 */
#include "wire/traceparent.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* What was told of the value under way. */
static size_t told, ignored, length;

static void hear(void *user, const dctx_finding *finding)
{
	(void)user;
	must(finding->offset <= length && finding->what.len == 0);
	must(dctx_rule_name(finding->rule)[0] != '\0');
	told++;
	ignored += finding->effect == DCTX_IGNORED;
}

static bool reads(const void *text, size_t len, dctx_trace *out)
{
	static const dctx_findings listener = {hear, NULL};
	const struct dctxi_sink sink = {&listener, "traceparent", 0};

	told = ignored = 0;
	length = len;
	return dctxi_traceparent_read((dctx_bytes){text, len}, &sink, out);
}

static void must_be_the_same(const dctx_trace *a, const dctx_trace *b)
{
	must(memcmp(a->trace_id, b->trace_id, DCTX_TRACE_ID) == 0);
	must(memcmp(a->span_id, b->span_id, DCTX_SPAN_ID) == 0);
	must(a->flags == b->flags && b->state.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(DCTXI_TRACEPARENT);
	dctx_trace trace, again;
	size_t odd;

	must(text != NULL);
	memset(&trace, 0x5a, sizeof trace);
	again = trace;
	if (!reads(data, size, &trace)) {
		must(told == 1 && ignored == 1);
		must(memcmp(&trace, &again, sizeof trace) == 0);
		free(text);
		return 0;
	}
	odd = told;
	must(ignored == 0 && (trace.flags & ~3u) == 0);
	dctxi_traceparent_write(&trace, text);
	must(reads(text, DCTXI_TRACEPARENT, &again) && told == 0);
	must_be_the_same(&trace, &again);
	/* One that is not odd, and has nothing around it, is written as it was.
	 */
	if (odd == 0 && size == DCTXI_TRACEPARENT)
		must(memcmp(text, data, size) == 0);
	free(text);
	return 0;
}
