/* SPDX-License-Identifier: MIT */
/*
 * crossing.c - how a context comes in over HTTP and goes out again.
 *
 * At the edge it begins from two plain headers and, when the caller is in a
 * trace already, from what its tracing says of it; between the services it is
 * the whole envelope, in a header x-dctx, and the trace beside it for those who
 * read no envelopes.
 */
#include "shop.h"

#include "curl_carrier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What a request may take when it does not say, and at most. */
#define BUDGET_MS 30000
/* The time in which a service's refusal still comes back. */
#define HOP_COST (20 * DCTX_MS)
#define MAX_FORMATS 8

/* The envelope, and then what everybody reads. */
static const dctx_propagator *formats[1 + MAX_FORMATS];
static size_t format_count;

/* By their names, with commas between: "tracecontext,baggage,b3". */
static bool add_formats(char *names)
{
	char *rest;

	for (char *name = strtok_r(names, ",", &rest); name != NULL;
	     name = strtok_r(NULL, ",", &rest)) {
		const dctx_propagator *format = dctx_propagator_named(name);

		if (format == NULL || format_count > MAX_FORMATS)
			return false;
		formats[format_count++] = format;
	}
	return true;
}

bool shop_crossing_open(void)
{
	const char *given = getenv("SHOP_PROPAGATORS");
	char *names = strdup(given != NULL ? given : "tracecontext,baggage");
	bool known;

	format_count = 0;
	formats[format_count++] = dctx_envelope_text();
	known = names != NULL && add_formats(names);
	free(names);
	return known;
}

static const char *make_id(char id[32])
{
	uint64_t number = 0;

	while (getrandom(&number, sizeof(number), 0) < 0 && errno == EINTR)
		continue;
	snprintf(id, 32, "made-%016" PRIx64, number);
	return id;
}

/* The budget in milliseconds. */
static bool read_budget(const char *text, uint64_t *out)
{
	return shop_is_number(text, out) && *out <= BUDGET_MS;
}

/* Nothing of this thread shows through from here on. With FAULT=1 it does: see
 * log_the_end. */
static dctx_status begin(const struct shop_request *request, dctx_guard *out)
{
	const dctx_carrier headers = shop_headers(request);
	const dctx_hop hop = {.struct_size = sizeof(hop),
			      .propagators = formats + 1,
			      .propagator_count = format_count - 1};

	if (!shop_is_faulty())
		return dctx_extract(&headers, &hop, out);
	*out = dctx_enter(NULL);
	return DCTX_OK;
}

/* A request without x-tenant is a guest's: nothing is set for it, and whoever
 * asks for the tenant reads the default of 0. One that is in no trace begins
 * one with its span. */
bool shop_arrive_by_headers(const struct shop_request *request, dctx_guard *out,
			    struct shop_answer *refusal)
{
	const char *id = shop_header(request, "x-request-id");
	const char *tenant = shop_header(request, "x-tenant");
	const char *timeout = shop_header(request, "x-timeout-ms");
	uint64_t number = 0, budget = BUDGET_MS;
	char made[32];

	if (id != NULL && !shop_is_word(id))
		return shop_refuse(refusal, 400, "x-request-id: not a word");
	if (tenant != NULL && !shop_is_number(tenant, &number))
		return shop_refuse(refusal, 400, "x-tenant: not a number");
	if (timeout != NULL && !read_budget(timeout, &budget))
		return shop_refuse(refusal, 400, "x-timeout-ms: 0 to %d",
				   BUDGET_MS);
	dctx_status status = begin(request, out);
	if (status != DCTX_OK)
		return shop_refuse(refusal, 503, "%s", dctx_strerror(status));
	dctx_set_timeout((int64_t)budget * DCTX_MS);
	dctx_set(k_request_id, id != NULL ? id : make_id(made));
	if (tenant != NULL)
		dctx_set(k_tenant, number);
	status = dctx_scope_status();
	if (status == DCTX_OK)
		return true;
	dctx_leave(*out);
	return shop_refuse(refusal, 503, "%s", dctx_strerror(status));
}

/* The span that is entered here is the parent of the one over there. */
static json_t *call(const char *url, unsigned *out_status)
{
	const dctx_hop hop = {.struct_size = sizeof(hop),
			      .propagators = formats,
			      .propagator_count = format_count,
			      .hop_cost = HOP_COST};
	struct curl_slist *headers = NULL;
	const dctx_carrier carrier = curl_carrier(&headers);
	json_t *answer = NULL;
	uint64_t since = shop_now();
	dctx_status status = dctx_inject(&carrier, &hop, NULL);

	shop_took(SHOP_INJECT, since);
	*out_status = 0;
	if (status == DCTX_OK)
		answer = shop_get(url, headers, out_status);
	else
		shop_log("not asked: %s", dctx_strerror(status));
	curl_slist_free_all(headers);
	return answer;
}

json_t *shop_call(const char *url, unsigned *out_status)
{
	dctx_span *span = shop_span_of_call(url);
	json_t *answer;

	dctx_span_enter(span);
	answer = call(url, out_status);
	shop_span_called(span, *out_status, answer);
	shop_span_leave(span);
	dctx_span_close(span);
	return answer;
}

/* Keeps what is wrong with an envelope. */
static void complain(void *user, const dctx_finding *finding)
{
	const char **why = user;

	if (finding->effect == DCTX_IGNORED &&
	    strcmp(finding->header, "x-dctx") == 0)
		*why = dctx_rule_text(finding->rule);
}

/* Attaches what the caller sent: nothing of this thread shows through. */
bool shop_arrive_by_envelope(const struct shop_request *request,
			     dctx_guard *out, struct shop_answer *refusal)
{
	const dctx_carrier headers = shop_headers(request);
	const char *why = NULL;
	const dctx_findings findings = {complain, &why};
	const dctx_hop hop = {.struct_size = sizeof(hop),
			      .propagators = formats,
			      .propagator_count = format_count,
			      .findings = &findings};

	if (shop_header(request, "x-dctx") == NULL)
		return shop_refuse(refusal, 400, "x-dctx: missing");
	uint64_t since = shop_now();
	dctx_status status = dctx_extract(&headers, &hop, out);
	shop_took(SHOP_EXTRACT, since);
	if (status != DCTX_OK)
		return shop_refuse(refusal, 503, "%s", dctx_strerror(status));
	if (why == NULL)
		return true;
	dctx_leave(*out);
	return shop_refuse(refusal, 400, "x-dctx: %s", why);
}
