/* SPDX-License-Identifier: MIT */
/*
 * B3 from outside, in one header or in five, which stand one a line behind a
 * first byte of 'm': what is read is good, is written and read again as the
 * same, and findings lie in what they are about.
 */
#include "wire/b3.h"

#include "data/trace.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
	if (!condition)
		abort();
}

/* The longest of the values that a finding may be about. */
static size_t longest, told;

static void found(void *user, const dctx_finding *finding)
{
	(void)user;
	told++;
	must(finding->offset <= longest);
	must(finding->rule >= DCTX_RULE_B3_TWICE &&
	     finding->rule <= DCTX_RULE_B3_FLAGS);
	must(dctx_rule_text(finding->rule)[0] != '\0');
}

static const dctx_findings findings = {found, NULL};
static const struct dctxi_sink sink = {&findings, "b3", 0};

/* A block of exactly the value's size, for the sanitizer. */
static dctx_bytes block(const void *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);

	must(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	if (size > longest)
		longest = size;
	return (dctx_bytes){copy, size};
}

static void done(dctx_bytes value)
{
	free((void *)(uintptr_t)value.data);
}

static enum dctxi_b3 read_one(const void *data, size_t size, dctx_trace *out)
{
	dctx_bytes value = block(data, size);
	enum dctxi_b3 is = dctxi_b3_read(value, &sink, out);

	done(value);
	return is;
}

static enum dctxi_b3 read_five(const char *data, size_t size, dctx_trace *out)
{
	struct dctxi_b3_fields fields;
	dctx_bytes value[5];
	enum dctxi_b3 is;

	for (int i = 0; i < 5; i++) {
		const char *end = size > 0 ? memchr(data, '\n', size) : NULL;
		size_t len = end != NULL ? (size_t)(end - data) : size;

		value[i] = block(data, len);
		len += end != NULL;
		data += len;
		size -= len;
	}
	fields = (struct dctxi_b3_fields){value[0], value[1], value[2],
					  value[3], value[4]};
	is = dctxi_b3_read_fields(&fields, &findings, out);
	for (int i = 0; i < 5; i++)
		done(value[i]);
	return is;
}

static void comes_back(const dctx_trace *trace)
{
	char text[DCTXI_B3_MAX];
	size_t len = dctxi_b3_write(trace, text);
	dctx_trace again;

	must(len <= sizeof text);
	must(dctxi_trace_valid(trace));
	must(read_one(text, len, &again) == DCTXI_B3_TRACE);
	must(again.flags == trace->flags);
	must(memcmp(again.trace_id, trace->trace_id, DCTX_TRACE_ID) == 0);
	must(memcmp(again.span_id, trace->span_id, DCTX_SPAN_ID) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dctx_trace trace = {.flags = ~0u};
	enum dctxi_b3 is;

	longest = 0;
	told = 0;
	if (size > 0 && data[0] == 'm')
		is = read_five((const char *)data + 1, size - 1, &trace);
	else
		is = read_one(data, size, &trace);
	must(told <= 2);
	must((is == DCTXI_B3_NONE) == (trace.flags == ~0u));
	if (is == DCTXI_B3_TRACE)
		comes_back(&trace);
	return 0;
}
