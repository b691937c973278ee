/* SPDX-License-Identifier: MIT */
/*
 * uber-trace-id from outside, and behind a first byte of 'v' the value of a
 * member of the baggage: what is read is good, is written and read again as the
 * same, and findings lie in what they are about.
 */
#include "wire/jaeger.h"

#include "data/trace.h"
#include "data/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

static size_t read_size, ignored;

static void found(void *user, const dctx_finding *finding)
{
	(void)user;
	ignored += finding->effect != DCTX_KEPT;
	must(finding->offset <= read_size);
	must(finding->rule >= DCTX_RULE_JAEGER_TWICE &&
	     finding->rule <= DCTX_RULE_JAEGER_BAGGAGE);
}

static const dctx_findings findings = {found, NULL};
static const struct dctxi_sink sink = {&findings, "uber-trace-id", 0};

/* A block of exactly this size, for the sanitizer. */
static char *block(const void *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);

	must(copy != NULL);
	if (size > 0 && data != NULL)
		memcpy(copy, data, size);
	read_size = size;
	return copy;
}

static bool read_trace(const void *data, size_t size, dctx_trace *out)
{
	char *copy = block(data, size);
	bool good = dctxi_jaeger_read((dctx_bytes){copy, size}, &sink, out);

	free(copy);
	return good;
}

static void a_trace(const void *data, size_t size)
{
	dctx_trace trace = {.flags = ~0u}, again;
	char text[DCTXI_JAEGER_MAX];

	ignored = 0;
	if (!read_trace(data, size, &trace)) {
		must(trace.flags == ~0u && ignored <= 1);
		return;
	}
	must(ignored == 0);
	must(dctxi_trace_valid(&trace));
	must(dctxi_jaeger_write(&trace, text) == sizeof text);
	must(read_trace(text, sizeof text, &again));
	must(again.flags == trace.flags);
	must(memcmp(again.trace_id, trace.trace_id, DCTX_TRACE_ID) == 0);
	must(memcmp(again.span_id, trace.span_id, DCTX_SPAN_ID) == 0);
}

static void a_value(const void *data, size_t size)
{
	char *copy = block(data, size), *text = block(NULL, size);
	char *coded, *back;
	size_t len = 0, n, again;

	ignored = 0;
	if (!dctxi_jaeger_value_read((dctx_bytes){copy, size}, &sink, text,
				     &len)) {
		must(ignored == 1);
		free(copy);
		free(text);
		return;
	}
	must(ignored == 0 && len <= size && dctxi_utf8_valid(text, len));
	coded = block(NULL, 3 * len);
	n = dctxi_jaeger_value_write((dctx_bytes){text, len}, coded);
	must(n >= len && n <= 3 * len);
	back = block(NULL, n);
	must(dctxi_jaeger_value_read((dctx_bytes){coded, n}, &sink, back,
				     &again));
	must(again == len && (len == 0 || memcmp(back, text, len) == 0));
	free(copy);
	free(text);
	free(coded);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == 'v')
		a_value(data + 1, size - 1);
	else
		a_trace(data, size);
	return 0;
}
