/* SPDX-License-Identifier: MIT */
/*
 * ops_header.c - each format of headers by itself: what came, into a context,
 * and out of one. The propagator is called as a user's own composite may: what
 * inject and extract do around it is in the rows of ops_request.c.
 */
#include "bench.h"
#include "carrier.h"
#include "request.h"

static struct carried headers;
static dctx_carrier carrier;
static const dctx_propagator *format;
static dctx_hop hop = {.struct_size = sizeof(hop),
		       .propagators = &format,
		       .propagator_count = 1};
static dctx_trace trace;

static void use(const dctx_propagator *propagator)
{
	format = propagator;
	carrier = carried_by(&headers);
}

/* Into an empty context each, as extract does. */
static void parse(uint64_t turns)
{
	while (turns--) {
		dctx_extraction extraction = {&carrier, NULL, &hop};
		dctx_guard guard;

		must(dctx_attach(NULL, &guard));
		extraction.into = dctx_current();
		must(format->extract(format, &extraction));
		dctx_leave(guard);
	}
}

static void attach_alone(uint64_t turns)
{
	while (turns--) {
		dctx_guard guard;

		must(dctx_attach(NULL, &guard));
		dctx_leave(guard);
	}
}

static void write_out(uint64_t turns)
{
	dctx_injection injection = {dctx_current(), &carrier, &hop, &trace};

	while (turns--) {
		must(format->inject(format, &injection));
		BARRIER();
	}
}

/* What came is there, and what goes says the same: else the row would be of
 * something else. */
static void ready(enum header header)
{
	dctx_extraction in = {&carrier, dctx_current(), &hop};

	must(format->extract(format, &in));
	if (header != BAGGAGE)
		must_be(dctx_trace_get(&trace), "a trace");
	write_out(1);
	must_be(headers.out[header].len > 0, "a header");
}

static void w3c_setup(void)
{
	use(dctx_w3c_trace());
	came(&headers, TRACEPARENT, REQUEST_TRACEPARENT);
	if (param("state") > 0)
		came(&headers, TRACESTATE, REQUEST_TRACESTATE);
	ready(TRACEPARENT);
}

static void baggage_setup(void)
{
	static char line[512];

	use(dctx_w3c_baggage());
	register_texts(param("keys"));
	request_baggage(line, sizeof(line), param("keys"), param("members"),
			param_is("text", "coded"));
	came(&headers, BAGGAGE, line);
	ready(BAGGAGE);
}

static void b3_setup(void)
{
	if (param_is("encoding", "single")) {
		use(dctx_b3());
		came(&headers, B3,
		     "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1");
		ready(B3);
		return;
	}
	use(dctx_b3_multi());
	came(&headers, B3_TRACE_ID, "0af7651916cd43dd8448eb211c80319c");
	came(&headers, B3_SPAN_ID, "b7ad6b7169203331");
	came(&headers, B3_SAMPLED, "1");
	ready(B3_TRACE_ID);
}

static void jaeger_setup(void)
{
	use(dctx_jaeger());
	came(&headers, JAEGER,
	     "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1");
	ready(JAEGER);
}

#define PARSE(name, axes, limit, setup)                                        \
	{                                                                      \
		(name), axes, {{[F] = (limit)}, 0}, 0, ANY, (setup), parse,    \
			attach_alone, NULL                                     \
	}
#define FORMAT(name, axes, setup)                                              \
	{                                                                      \
		(name), axes, {{0}, 0}, 0, ANY, (setup), write_out, NULL, NULL \
	}

const struct op header_ops[] = {
	PARSE("traceparent_parse", "context=yes state=0,3", 0, w3c_setup),
	FORMAT("traceparent_format", "context=yes state=0,3", w3c_setup),
	PARSE("baggage_parse", "members=8 keys=8,0 text=plain,coded", 0,
	      baggage_setup),
	FORMAT("baggage_format", "members=8 keys=8,0 text=plain,coded",
	       baggage_setup),
	PARSE("b3_parse", "encoding=single,multi", 0, b3_setup),
	FORMAT("b3_format", "encoding=single,multi", b3_setup),
	PARSE("jaeger_parse", "", 0, jaeger_setup),
	FORMAT("jaeger_format", "", jaeger_setup),
	{0},
};
