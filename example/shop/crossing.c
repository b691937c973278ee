/* SPDX-License-Identifier: MIT */
/*
 * crossing.c - how a context comes in over HTTP and goes out again.
 *
 * At the edge it begins from two plain headers; between the services it is the
 * whole envelope, as base64 in a header x-dctx.
 */
#include "shop.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HEADER "x-dctx: "
/* What a request may take when it does not say, and at most. */
#define BUDGET_MS 30000
/* The time in which a service's refusal still comes back. */
#define HOP_COST (20 * DCTX_MS)
#define ENVELOPE_SIZE 4096
#define TEXT_SIZE DCTX_BASE64_SIZE(ENVELOPE_SIZE)

static const char *make_id(char id[32])
{
	uint64_t number = 0;

	while (getrandom(&number, sizeof(number), 0) < 0 && errno == EINTR)
		continue;
	snprintf(id, 32, "made-%016" PRIx64, number);
	return id;
}

static bool read_tenant(const char *text, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 18 || text[digits] != '\0')
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

/* The budget in milliseconds. */
static bool read_budget(const char *text, uint64_t *out)
{
	return read_tenant(text, out) && *out <= BUDGET_MS;
}

/* A request without x-tenant is a guest's: nothing is set for it, and whoever
 * asks for the tenant reads the default of 0. */
bool shop_arrive_by_headers(const struct shop_request *request,
			    dctx_guard *out, struct shop_answer *refusal)
{
	const char *id = shop_header(request, "x-request-id");
	const char *tenant = shop_header(request, "x-tenant");
	const char *timeout = shop_header(request, "x-timeout-ms");
	uint64_t number = 0, budget = BUDGET_MS;
	char made[32];

	if (id != NULL && !shop_is_word(id))
		return shop_refuse(refusal, 400, "x-request-id: not a word");
	if (tenant != NULL && !read_tenant(tenant, &number))
		return shop_refuse(refusal, 400, "x-tenant: not a number");
	if (timeout != NULL && !read_budget(timeout, &budget))
		return shop_refuse(refusal, 400, "x-timeout-ms: 0 to %d",
				   BUDGET_MS);
	*out = dctx_enter(NULL);
	dctx_set_timeout((int64_t)budget * DCTX_MS);
	dctx_set(k_request_id, id != NULL ? id : make_id(made));
	if (tenant != NULL)
		dctx_set(k_tenant, number);
	dctx_status status = dctx_scope_status();
	if (status == DCTX_OK)
		return true;
	dctx_leave(*out);
	return shop_refuse(refusal, 503, "%s", dctx_strerror(status));
}

static dctx_status write_envelope(char text[TEXT_SIZE])
{
	const dctx_encode_options options = {.struct_size = sizeof(options),
					     .hop_cost = HOP_COST};
	unsigned char bytes[ENVELOPE_SIZE];
	size_t len;

	uint64_t since = shop_now();
	dctx_status status =
		dctx_encode_with(&options, bytes, sizeof(bytes), &len);
	shop_took(SHOP_ENCODE, since);
	if (status != DCTX_OK)
		return status;
	since = shop_now();
	status = dctx_base64_encode(DCTX_BASE64, bytes, len, text, TEXT_SIZE,
				    NULL);
	shop_took(SHOP_TO_BASE64, since);
	return status;
}

json_t *shop_call(const char *url, unsigned *out_status)
{
	char header[sizeof(HEADER) + TEXT_SIZE] = HEADER;
	dctx_status status = write_envelope(header + strlen(HEADER));
	struct curl_slist *headers;
	json_t *answer = NULL;

	*out_status = 0;
	if (status != DCTX_OK) {
		shop_log("x-dctx: %s", dctx_strerror(status));
		return NULL;
	}
	headers = curl_slist_append(NULL, header);
	if (headers != NULL)
		answer = shop_get(url, headers, out_status);
	curl_slist_free_all(headers);
	return answer;
}

/* Attaches what the caller sent: nothing of this thread shows through. */
static dctx_status read_envelope(const char *text, dctx_guard *out)
{
	unsigned char bytes[ENVELOPE_SIZE];
	size_t len = strlen(text);

	if (len >= TEXT_SIZE)
		return DCTX_LIMIT;
	uint64_t since = shop_now();
	dctx_status status = dctx_base64_decode(DCTX_BASE64, text, len, bytes,
						sizeof(bytes), &len);
	shop_took(SHOP_FROM_BASE64, since);
	if (status != DCTX_OK)
		return status;
	since = shop_now();
	status = dctx_decode_here(bytes, len, out);
	shop_took(SHOP_DECODE, since);
	return status;
}

bool shop_arrive_by_envelope(const struct shop_request *request,
			     dctx_guard *out, struct shop_answer *refusal)
{
	const char *text = shop_header(request, "x-dctx");

	if (text == NULL)
		return shop_refuse(refusal, 400, "x-dctx: missing");
	dctx_status status = read_envelope(text, out);
	if (status != DCTX_OK)
		return shop_refuse(refusal, 400, "x-dctx: %s",
				   dctx_strerror(status));
	return true;
}
