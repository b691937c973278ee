/* SPDX-License-Identifier: MIT */
/*
 * ops_request.c - a request comes and goes on: extract, inject, and both, with
 * a context that is left behind it.
 */
#include "bench.h"
#include "carrier.h"
#include "request.h"

#include <string.h>

#define MANY 24

static dctx_carrier from, to;
static dctx_hop hop = {.struct_size = sizeof(hop)};

/* The library's own list, to be written anew by each request. */
static dctx_header came_list[MANY], goes_list[MANY];
static char goes_text[4096];
static dctx_headers came_headers = {.list = came_list, .max = MANY};
static dctx_headers goes_headers = {.list = goes_list,
				    .max = MANY,
				    .text = goes_text,
				    .text_size = sizeof(goes_text)};

static void list_came(const char *name, const char *line)
{
	must_be(came_headers.count < MANY, "room for a header");
	came_list[came_headers.count++] =
		(dctx_header){{name, strlen(name)}, {line, strlen(line)}};
}

/* What else a request has. */
static void list_others(void)
{
	static const char *const others[][2] = {
		{"Host", "inventory.example"},
		{"User-Agent", "dctx-bench/1"},
		{"Accept", "application/json"},
		{"Accept-Encoding", "gzip, br"},
		{"Accept-Language", "en"},
		{"Content-Type", "application/json"},
		{"Content-Length", "348"},
		{"Authorization", "Bearer 0123456789abcdef"},
		{"X-Request-Id", "6f1c2b7e"},
		{"X-Forwarded-For", "192.0.2.60"},
		{"X-Forwarded-Proto", "https"},
		{"Cache-Control", "no-cache"},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		list_came(others[i][0], others[i][1]);
}

static void by_list(const char *baggage)
{
	list_others();
	list_came("Traceparent", REQUEST_TRACEPARENT);
	list_came("Tracestate", REQUEST_TRACESTATE);
	list_came("Baggage", baggage);
	from = dctx_headers_carrier(&came_headers);
	to = dctx_headers_carrier(&goes_headers);
}

static void by_number(const char *baggage)
{
	static struct carried headers;

	came(&headers, TRACEPARENT, REQUEST_TRACEPARENT);
	came(&headers, TRACESTATE, REQUEST_TRACESTATE);
	came(&headers, BAGGAGE, baggage);
	from = to = carried_by(&headers);
}

/* The envelope that the same context makes. */
static void by_envelope(void)
{
	static const dctx_propagator *envelope;
	static struct carried headers;
	static char line[sizeof(headers.out->text) + 1];

	envelope = dctx_envelope_text();
	hop.propagators = &envelope;
	hop.propagator_count = 1;
	from = to = carried_by(&headers);
	must(dctx_inject(&to, &hop, NULL));
	memcpy(line, headers.out[ENVELOPE].text, headers.out[ENVELOPE].len);
	came(&headers, ENVELOPE, line);
}

static void inject(uint64_t turns)
{
	while (turns--) {
		goes_headers.count = goes_headers.text_used = 0;
		must(dctx_inject(&to, &hop, NULL));
	}
}

static void extract(uint64_t turns)
{
	while (turns--) {
		dctx_guard guard;

		must(dctx_extract(&from, &hop, &guard));
		dctx_leave(guard);
	}
}

static void inject_extract(uint64_t turns)
{
	while (turns--) {
		dctx_guard guard;

		must(dctx_extract(&from, &hop, &guard));
		goes_headers.count = goes_headers.text_used = 0;
		must(dctx_inject(&to, &hop, NULL));
		dctx_leave(guard);
	}
}

/* Leaves the context attached, for those rows that only inject. */
static void request_setup(void)
{
	static char baggage[512];
	long keys = param("keys");
	dctx_guard guard;
	dctx_trace trace;

	register_texts(keys);
	request_baggage(baggage, sizeof(baggage), keys, param("members"),
			false);
	if (param_is("carrier", "list"))
		by_list(baggage);
	else
		by_number(baggage);
	must(dctx_extract(&from, &hop, &guard));
	if (param_is("headers", "envelope"))
		by_envelope();
	must_be(dctx_trace_get(&trace), "a trace");
	for (long i = 0; i < keys; i++)
		must_be(*dctx_get(text[i], "") != '\0', "a value");
}

/* The list has a request's other headers in it, too. */
#define W3C_8 "headers=w3c members=8 keys=8,0 carrier=number"
#define USUAL "headers=w3c members=3 keys=2 carrier=list"
#define ENVELOPE_8 "headers=envelope members=8 keys=8 carrier=number"

#define REQUEST(name, axes, limit, loop)                                       \
	{                                                                      \
		(name), axes, {{[F] = (limit)}, 0}, 0, ANY, request_setup,     \
			(loop), NULL, NULL                                     \
	}

const struct op request_ops[] = {
	REQUEST("extract", W3C_8, 0, extract),
	REQUEST("extract", USUAL, 0, extract),
	REQUEST("inject", W3C_8, 0, inject),
	REQUEST("inject", USUAL, 0, inject),
	REQUEST("inject_extract", W3C_8, 750, inject_extract),
	REQUEST("inject_extract", "headers=w3c members=8 keys=8 carrier=list",
		750, inject_extract),
	REQUEST("inject_extract", USUAL, 750, inject_extract),
	REQUEST("inject_extract", ENVELOPE_8, 0, inject_extract),
	{0},
};
