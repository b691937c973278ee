/* SPDX-License-Identifier: MIT */
/*
 * ops_traceparent.c - a traceparent's text read and written, and nothing else:
 * the library's own functions, which it does not export and which are compiled
 * into this program, too. Into a context and out of it: ops_header.c.
 */
#include "bench.h"
#include "request.h"
#include "wire/traceparent.h"

#include <string.h>

static dctx_bytes came;
static dctx_trace trace;

/* In place of the library's, for the reader: what it reads here is good. */
void dctxi_found(const struct dctxi_sink *sink, dctx_rule rule,
		 dctx_effect effect, size_t offset, dctx_bytes what)
{
	(void)sink, (void)effect, (void)offset, (void)what;
	must_be(false, dctx_rule_name(rule));
}

static void read_setup(void)
{
	came = (dctx_bytes){REQUEST_TRACEPARENT, strlen(REQUEST_TRACEPARENT)};
	must_be(dctxi_traceparent_read(came, NULL, &trace), "a traceparent");
}

static void read_text(uint64_t turns)
{
	while (turns--) {
		must_be(dctxi_traceparent_read(came, NULL, &trace), "it");
		BARRIER();
	}
}

static void write_text(uint64_t turns)
{
	char out[DCTXI_TRACEPARENT];

	while (turns--) {
		dctxi_traceparent_write(&trace, out);
		consume((uintptr_t)out);
	}
}

const struct op traceparent_ops[] = {
	{"traceparent_parse",
	 "context=no",
	 {{[F] = 30}, 0},
	 0,
	 ANY,
	 read_setup,
	 read_text,
	 NULL,
	 NULL},
	{"traceparent_format",
	 "context=no",
	 {{0}, 0},
	 0,
	 ANY,
	 read_setup,
	 write_text,
	 NULL,
	 NULL},
	{0},
};
