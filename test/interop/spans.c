/* SPDX-License-Identifier: MIT */
/*
 * spans.c - spans [HOP [HEADER...]]: serves a request in a process of its own,
 * and calls the next of three by executing itself with the headers that it
 * would send. Each sends its spans to where the environment says, when it
 * exits.
 */
#define _GNU_SOURCE /* asprintf, program_invocation_short_name */
#include <dctx_otlp.h>

#include <dctx/dctx.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOPS 3
#define HEADERS 8

DCTX_KEY_STR(k_request, "request_id", DCTX_BAGGAGE | DCTX_LOG);

static const char *const services[HOPS] = {"gateway", "stock", "pricing"};

static void fail(const char *what, dctx_status status)
{
	fprintf(stderr, "spans: %s: %s\n", what, dctx_strerror(status));
	exit(EXIT_FAILURE);
}

/* "name: value" as it is given. */
static void enter(char **lines, int n, dctx_guard *out)
{
	dctx_header list[HEADERS];
	dctx_headers given = {.list = list, .max = HEADERS};
	const dctx_carrier carrier = dctx_headers_carrier(&given);
	dctx_status status;

	for (int i = 0; i < n && i < HEADERS; i++) {
		char *value = strstr(lines[i], ": ");

		list[given.count++] =
			(dctx_header){{lines[i], (size_t)(value - lines[i])},
				      {value + 2, strlen(value + 2)}};
	}
	status = dctx_extract(&carrier, NULL, out);
	if (status != DCTX_OK)
		fail("extract", status);
}

static char *line_of(const dctx_header *header)
{
	char *line = NULL;

	if (asprintf(&line, "%.*s: %.*s", (int)header->name.len,
		     (const char *)header->name.data, (int)header->value.len,
		     (const char *)header->value.data) < 0)
		fail("headers", DCTX_NOMEM);
	return line;
}

/* The next hop as a child, with this flow's headers as arguments: its parent is
 * the span that is entered here. */
static void call(int hop)
{
	const dctx_hop as_span = {.struct_size = sizeof as_span,
				  .flags = DCTX_HOP_SAME_SPAN};
	char number[] = {(char)('0' + hop), '\0'}, self[] = "/proc/self/exe";
	char *argv[HEADERS + 3] = {program_invocation_short_name, number},
			     text[4096];
	dctx_header list[HEADERS];
	dctx_headers sent = {.list = list,
			     .max = HEADERS,
			     .text = text,
			     .text_size = sizeof text};
	const dctx_carrier carrier = dctx_headers_carrier(&sent);
	dctx_status status = dctx_inject(&carrier, &as_span, NULL);
	int result = 0;
	pid_t pid;

	if (status != DCTX_OK)
		fail("inject", status);
	for (size_t i = 0; i < sent.count; i++)
		argv[i + 2] = line_of(&list[i]);
	pid = fork();
	if (pid == 0) {
		execv(self, argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &result, 0) != pid || result != 0)
		fail("the next hop", DCTX_SYSTEM);
	for (size_t i = 0; i < sent.count; i++)
		free(argv[i + 2]);
}

static void call_in_span(int hop)
{
	static const dctx_span_site site = {"call", "interop.client",
					    DCTX_LEVEL_INFO, "spans.c", 80};
	const dctx_span_options options = {.struct_size = DCTX_SPAN_SIZE,
					   .kind = DCTX_SPAN_CLIENT};
	const dctx_span_field fields[] = {{"peer", DCTX_ANY(services[hop])}};
	dctx_span *span = dctx_span_open(&site, &options, fields, 1);

	dctx_span_enter(span);
	call(hop);
	dctx_span_leave(span);
	dctx_span_close(span);
}

/* A field of each type, and what is no text. */
static void record(dctx_span *span)
{
	const dctx_span_field tried[] = {{"try", DCTX_ANY(2)}};
	const dctx_bytes bytes = {"\0\x01\xff", 3};

	(void)dctx_span_record(span, "text", &DCTX_ANY("Am\xc3\xa9lie \xff"));
	(void)dctx_span_record(span, "int", &DCTX_ANY(INT64_MIN));
	(void)dctx_span_record(span, "large", &DCTX_ANY(UINT64_MAX));
	(void)dctx_span_record(span, "double", &DCTX_ANY(0.1));
	(void)dctx_span_record(span, "bool", &DCTX_ANY((bool)true));
	(void)dctx_span_record(span, "bytes", &DCTX_ANY(bytes));
	(void)dctx_span_event(span, "retry", tried, 1);
	(void)dctx_span_status(span, DCTX_DEADLINE_EXCEEDED,
			       "prices took too long");
}

static void serve(int hop)
{
	static const dctx_span_site site = {"serve", "interop.server",
					    DCTX_LEVEL_INFO, "spans.c", 110};
	const dctx_trace link = dctx_trace_new(DCTX_TRACE_SAMPLED);
	const dctx_span_options options = {.struct_size = DCTX_SPAN_SIZE,
					   .kind = DCTX_SPAN_SERVER,
					   .links = &link,
					   .link_count = hop == 0};
	dctx_span *span;

	span = dctx_span_open(&site, &options, NULL, 0);
	dctx_span_enter(span);
	if (hop + 1 < HOPS)
		call_in_span(hop + 1);
	else
		record(span);
	dctx_span_leave(span);
	dctx_span_close(span);
}

int main(int argc, char **argv)
{
	const int hop = argc > 1 ? atoi(argv[1]) : 0;
	const char *patience = getenv("PATIENCE");
	const dctx_sink_options waits = {
		.struct_size = DCTX_SINK_SIZE,
		.patience = patience != NULL ? atoi(patience) * DCTX_MS : 0};
	dctx_otlp_options options = {.struct_size = DCTX_OTLP_OPTIONS_SIZE,
				     .sink = &waits};
	dctx_guard guard;
	dctx_sink *sink;
	dctx_status status;

	if (hop < 0 || hop >= HOPS)
		fail("[HOP [HEADER...]]", DCTX_INVALID);
	options.service = services[hop];
	status = dctx_otlp_new(&options, &sink);
	if (status != DCTX_OK)
		fail("sink", status);
	(void)dctx_span_sampling(DCTX_SAMPLE_PARENT, 1);
	if (hop > 0)
		enter(argv + 2, argc - 2, &guard);
	else
		dctx_set(k_request, "r-1");
	dctx_set_timeout(30 * DCTX_S);
	serve(hop);
	return EXIT_SUCCESS; /* what is closed is sent now */
}
