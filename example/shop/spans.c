/* SPDX-License-Identifier: MIT */
/*
 * spans.c - what is told of a request: a span where it is served, one where
 * another process is called, and who gets them.
 *
 * A span is a scope of its name, too, by the layer that is mounted here: so log
 * lines have it in their chain. Which trace a span is part of, and whose child
 * it is, nobody here says: the context does, over threads and processes.
 */
#include "shop.h"

#ifdef SHOP_OTLP
#include <dctx_otlp.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where it is served, and where it is asked for. */
struct sites {
	dctx_span_site served, called;
};
#define SITES(name)                                                            \
	{                                                                      \
		{name, "shop.server", DCTX_LEVEL_INFO, __FILE__, __LINE__},    \
		{                                                              \
			name, "shop.client", DCTX_LEVEL_INFO, __FILE__,        \
				__LINE__                                       \
		}                                                              \
	}

/* Names are of routes, not of URLs: there are few of them. */
#define ROUTE(method, path)                                                    \
	{                                                                      \
		method, path, SITES(method " " path)                           \
	}

static const struct route {
	const char *method;
	const char *path;
	struct sites sites;
} routes[] = {
	ROUTE("GET", "/checkout"),
	ROUTE("POST", "/checkout"),
	ROUTE("GET", "/price"),
	ROUTE("GET", "/reserve"),
};

static const struct sites no_route[] = {SITES("GET"), SITES("POST")};

static const struct sites *sites_of(bool is_post, const char *path, size_t len)
{
	const char *method = is_post ? "POST" : "GET";

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (strcmp(routes[i].method, method) == 0 &&
		    strlen(routes[i].path) == len &&
		    memcmp(routes[i].path, path, len) == 0)
			return &routes[i].sites;
	return &no_route[is_post];
}

/* A file a process, for `dctx trace` and for Perfetto. */
static dctx_status write_files(const char *process)
{
	const dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
					   .process = process};
	const char *folder = getenv("SHOP_TRACES");
	char path[4096];
	dctx_sink *sink;

	if (folder == NULL || folder[0] == '\0')
		return DCTX_OK;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s-%%p.json", folder,
			     process) >= sizeof(path))
		return DCTX_LIMIT;
	return dctx_sink_chrome(path, &options, &sink);
}

/* To a collector, where one is named and the library for it was there. */
static dctx_status send_to_collector(const char *process)
{
#ifdef SHOP_OTLP
	const dctx_otlp_options options = {
		.struct_size = DCTX_OTLP_OPTIONS_SIZE, .service = process};
	const char *endpoint = getenv("OTEL_EXPORTER_OTLP_ENDPOINT");
	dctx_sink *sink;

	if (endpoint != NULL && endpoint[0] != '\0')
		return dctx_otlp_new(&options, &sink);
#endif
	(void)process;
	return DCTX_OK;
}

/* Sinks end with the process, which flushes them. */
dctx_status shop_spans_open(const char *process)
{
	dctx_status status = dctx_layer_mount(dctx_layer_sync(), 0);

	if (status == DCTX_OK)
		status = write_files(process);
	if (status == DCTX_OK)
		status = send_to_collector(process);
	return status;
}

dctx_span *shop_span_of_request(bool is_post, const char *path)
{
	static const dctx_span_options server = {.struct_size = DCTX_SPAN_SIZE,
						 .kind = DCTX_SPAN_SERVER};
	const dctx_span_field fields[] = {
		{"http.request.method", DCTX_ANY(is_post ? "POST" : "GET")},
		{"url.path", DCTX_ANY(path)},
	};

	return dctx_span_open(&sites_of(is_post, path, strlen(path))->served,
			      &server, fields,
			      sizeof(fields) / sizeof(*fields));
}

dctx_span *shop_span_of_call(const char *url)
{
	static const dctx_span_options client = {.struct_size = DCTX_SPAN_SIZE,
						 .kind = DCTX_SPAN_CLIENT};
	const dctx_span_field fields[] = {
		{"http.request.method", DCTX_ANY("GET")},
		{"url.full", DCTX_ANY(url)},
	};
	const char *host = strstr(url, "://");
	const char *path = strchr(host != NULL ? host + 3 : url, '/');

	if (path == NULL)
		path = "";
	return dctx_span_open(
		&sites_of(false, path, strcspn(path, "?"))->called, &client,
		fields, sizeof(fields) / sizeof(*fields));
}

dctx_status shop_meaning(unsigned http)
{
	dctx_status status = dctx_done();

	if (http == 200 || status != DCTX_OK)
		return http == 200 ? DCTX_OK : status;
	switch (http) {
	case 504:
		return DCTX_DEADLINE_EXCEEDED;
	case 404:
		return DCTX_INVALID;
	default:
		return DCTX_SYSTEM;
	}
}

/* A refusal's reason, or what became of a basket. */
static const char *reason_in(const json_t *body)
{
	const json_t *reason = json_object_get(body, "error");

	return json_string_value(
		reason != NULL ? reason : json_object_get(body, "status"));
}

/* That a client asks for what is not there is no failure of a server's. */
void shop_span_answered(dctx_span *span, unsigned http, const json_t *body)
{
	(void)dctx_span_record(span, "http.response.status_code",
			       &DCTX_ANY(http));
	if (http >= 500)
		(void)dctx_span_status(span, shop_meaning(http),
				       reason_in(body));
}

void shop_span_called(dctx_span *span, unsigned http, const json_t *body)
{
	if (http != 0)
		shop_span_answered(span, http, body);
	if (http < 500)
		(void)dctx_span_status(span, shop_meaning(http),
				       http == 0 ? "no answer"
						 : reason_in(body));
}

void shop_span_leave(dctx_span *span)
{
	dctx_snapshot *gathered = NULL;

	if (span == NULL)
		return;
	if (dctx_gather_take(&gathered) != DCTX_OK)
		shop_log("what was gathered is lost");
	dctx_span_leave(span);
	dctx_gather_join(&gathered, 1);
	dctx_snapshot_unref(gathered);
}
