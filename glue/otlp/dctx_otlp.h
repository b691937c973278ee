/* SPDX-License-Identifier: MIT */
/*
 * dctx_otlp.h - a sink (dctx/sink.h) that sends closed spans to an
 * OpenTelemetry collector, or to any backend that takes OTLP over HTTP.
 *
 *     dctx_sink *sink;
 *
 *     status = dctx_otlp_new(NULL, &sink);  // to OTEL_EXPORTER_OTLP_ENDPOINT,
 *                                           // else to localhost:4318
 *     ...
 *     dctx_sink_end(sink);
 *
 * A request of the program's never waits for the collector: the sink's thread
 * sends, and what finds no room in the sink's ring meanwhile is counted there.
 * A batch that the collector cannot take now is offered again, after as long as
 * it asks for; one that it refuses is dropped and counted.
 */
#ifndef DCTX_OTLP_H
#define DCTX_OTLP_H

#include <dctx/sink.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Where to, and whose spans. struct_size is DCTX_OTLP_OPTIONS_SIZE; all else
 * may be zero. Each text that is NULL is the environment's, of which the first
 * variable named here that is set and not empty counts, else the default.
 * Since: 0.1. Source: OpenTelemetry, OTLP Exporter Configuration; Resource SDK.
 */
typedef struct dctx_otlp_options {
	size_t struct_size;
	/* An http or https URL, used as it is.
	 * OTEL_EXPORTER_OTLP_TRACES_ENDPOINT; OTEL_EXPORTER_OTLP_ENDPOINT and
	 * then /v1/traces; http://localhost:4318/v1/traces. */
	const char *endpoint;
	/* Headers of every request, "name=value,name=value", values and names
	 * percent-encoded where they need to be. They may be secret: nothing
	 * tells them. OTEL_EXPORTER_OTLP_TRACES_HEADERS;
	 * OTEL_EXPORTER_OTLP_HEADERS; none. */
	const char *headers;
	/* service.name. OTEL_SERVICE_NAME; what the resource's attributes say;
	 * "unknown_service:" and the program's name. */
	const char *service;
	/* More attributes of the resource, as `headers` are written; they come
	 * before those of OTEL_RESOURCE_ATTRIBUTES, which are added. */
	const char *resource;
	/* "gzip" or "none". OTEL_EXPORTER_OTLP_TRACES_COMPRESSION;
	 * OTEL_EXPORTER_OTLP_COMPRESSION; none. */
	const char *compression;
	/* Files of PEM: whom to believe, and nobody else; and who we are, by a
	 * key without a pass phrase.
	 * OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE, ..._CLIENT_CERTIFICATE and
	 * ..._CLIENT_KEY; the same without TRACES_; those of libcurl. */
	const char *ca_file, *client_certificate, *client_key;
	/* How long a request may take; at most as long as the sink's patience,
	 * 5 s unless set. 0: OTEL_EXPORTER_OTLP_TRACES_TIMEOUT;
	 * OTEL_EXPORTER_OTLP_TIMEOUT, both in milliseconds; 10 s. */
	int64_t timeout;
	/* NULL: as dctx/sink.h has it. */
	const dctx_sink_options *sink;
} dctx_otlp_options;
#define DCTX_OTLP_OPTIONS_SIZE sizeof(dctx_otlp_options)

/*
 * Makes a sink that sends. `options` may be NULL, and is copied; the
 * environment is read in this call.
 *
 * It sends what is sampled. Every answer of the collector's is bounded, no
 * redirect is followed, and no signal raised. Answers 429, 502, 503 and 504,
 * and none at all, have the batch offered again, not before Retry-After says so
 * (5 minutes at most); other answers but 2xx drop it. What was sent and not
 * answered in time may arrive twice.
 *
 * A fork's child closes its copies of the parent's connections at once, and
 * opens its own; its resource has its own process.pid. libcurl is initialised
 * by the first call in a process and stays so; it takes proxies from the
 * environment.
 *
 * Owns: the caller gets the sink, for dctx_sink_end. *out is written only on
 * success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL out, a smaller struct_size, an
 * endpoint that is no http or https URL, also of the environment's, and options
 * that do not say what they should; DCTX_NOMEM; DCTX_UNSUPPORTED when libcurl
 * cannot be had; else as dctx_sink_new. A variable of the environment that does
 * not say what it should, but an endpoint, is passed over and counted.
 * Threads: any, also while others use libcurl (7.85 or later). Blocks: never.
 * Allocates. Since: 0.1.
 * Source: OTLP 1.x, OTLP/HTTP; RFC 9110, 10.2.3.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_otlp_new(const dctx_otlp_options *options, dctx_sink **out);

/*
 * What became of it, besides what dctx_sink_stats_read tells. Counts are of
 * spans but where it says otherwise; in a fork's child they go on from the
 * parent's. Since: 0.1.
 */
typedef struct dctx_otlp_stats {
	size_t struct_size;
	uint64_t accepted;  /* the collector has them */
	uint64_t rejected;  /* it took the others of their request: partial
			       success */
	uint64_t refused;   /* it refused the request for good */
	uint64_t nomem;	    /* there was no memory to say them */
	uint64_t unsampled; /* nobody wants them */
	uint64_t requests;  /* that were made */
	uint64_t retried;   /* of these, those to be made again */
	uint64_t garbled;   /* answers that nobody understands, or that had no
			       end */
	uint64_t ignored;   /* variables of the environment */
	int code;	    /* of the last answer; 0: none yet */
	char last[128];	    /* what was said of the last thing that went wrong,
			       by the collector or by libcurl, as UTF-8 in
			       which nothing controls; "": nothing */
} dctx_otlp_stats;

/*
 * Reads what became of a sink's spans. out->struct_size is set by the caller.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, a smaller struct_size, and a sink
 * that is none of dctx_otlp_new's. Threads: any. Blocks: for a few
 * instructions of another's. Allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_otlp_stats_read(const dctx_sink *sink,
					  dctx_otlp_stats *out);

#ifdef __cplusplus
}
#endif
#endif
