/* SPDX-License-Identifier: MIT */
/*
 * peer.c - peer URL FORMATS TRACEPARENT TRACESTATE [KEY=VALUE...]: GETs a URL
 * in a trace, with values of keys and of members that no key has, by the
 * formats named. Prints the traceparent that went out, for who asked to compare
 * with what arrived.
 */
#include "curl_carrier.h"
#include "curl_wait.h"

#include <dctx/dctx.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FORMATS 8
#define TIMEOUT (30 * DCTX_S)

DCTX_KEY_STR(k_name, "peer.name", DCTX_BAGGAGE);
DCTX_KEY_I64(k_count, "peer.count", DCTX_BAGGAGE);
DCTX_KEY_BOOL(k_beta, "peer.beta", DCTX_BAGGAGE);
DCTX_KEY_STR(k_own, "peer.own", DCTX_WIRE);

static const dctx_propagator *formats[MAX_FORMATS];
static size_t format_count;

static void fail(const char *what)
{
	fprintf(stderr, "peer: %s\n", what);
	exit(EXIT_FAILURE);
}

static void read_formats(char *names)
{
	char *rest;

	for (char *name = strtok_r(names, ",", &rest); name != NULL;
	     name = strtok_r(NULL, ",", &rest)) {
		const dctx_propagator *format = dctx_propagator_named(name);

		if (format == NULL || format_count == MAX_FORMATS)
			fail(name);
		formats[format_count++] = format;
	}
}

/* What was given as W3C writes it, whatever it goes out as. */
static void enter_trace(char *traceparent, char *tracestate, dctx_guard *out)
{
	dctx_header list[] = {
		{{"traceparent", 11}, {traceparent, strlen(traceparent)}},
		{{"tracestate", 10}, {tracestate, strlen(tracestate)}},
	};
	dctx_headers given = {.list = list, .count = 2, .max = 2};
	const dctx_carrier carrier = dctx_headers_carrier(&given);

	if (dctx_extract(&carrier, NULL, out) != DCTX_OK)
		fail("not extracted");
}

static void set_values(char **members)
{
	dctx_set(k_name, "Am\xc3\xa9lie \xf0\x9f\x8c\x8d, \"100 %\"; a=b\\c");
	dctx_set(k_count, INT64_MIN);
	dctx_set(k_beta, true);
	dctx_set(k_own, "stays here");
	for (; *members != NULL; members++) {
		char *at = strchr(*members, '=');
		dctx_bytes value;

		if (at == NULL)
			fail(*members);
		*at = '\0';
		value = (dctx_bytes){at + 1, strlen(at + 1)};
		if (dctx_baggage_set(*members, value, NULL) != DCTX_OK)
			fail(*members);
	}
	if (dctx_scope_status() != DCTX_OK)
		fail(dctx_strerror(dctx_scope_status()));
}

static void print_hex(const unsigned char *bytes, size_t len)
{
	while (len-- > 0)
		printf("%02x", *bytes++);
}

static void print(const dctx_trace *sent)
{
	printf("00-");
	print_hex(sent->trace_id, sizeof(sent->trace_id));
	printf("-");
	print_hex(sent->span_id, sizeof(sent->span_id));
	printf("-%02x\n", sent->flags & 0xff);
}

static size_t skip(char *data, size_t one, size_t len, void *arg)
{
	(void)data, (void)one, (void)arg;
	return len;
}

static long get(const char *url)
{
	const dctx_hop hop = {.struct_size = sizeof(hop),
			      .propagators = formats,
			      .propagator_count = format_count};
	struct curl_slist *headers = NULL;
	const dctx_carrier carrier = curl_carrier(&headers);
	CURLM *multi = curl_multi_init();
	CURL *easy = curl_easy_init();
	dctx_trace sent;
	long status = 0;

	if (dctx_inject(&carrier, &hop, &sent) != DCTX_OK)
		fail("not injected");
	print(&sent);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, skip);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_multi_add_handle(multi, easy);
	if (curl_wait(multi))
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(multi, easy);
	curl_easy_cleanup(easy);
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	return status;
}

int main(int argc, char **argv)
{
	dctx_guard guard;
	long status;

	if (argc < 5)
		fail("URL FORMATS TRACEPARENT TRACESTATE [KEY=VALUE...]");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	read_formats(argv[2]);
	enter_trace(argv[3], argv[4], &guard);
	dctx_set_timeout(TIMEOUT);
	set_values(argv + 5);
	status = get(argv[1]);
	dctx_leave(guard);
	curl_global_cleanup();
	return status == 200 ? EXIT_SUCCESS : EXIT_FAILURE;
}
