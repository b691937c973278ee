/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT_DEFAULT (10 * DCTX_S)
#define URL_DEFAULT "http://localhost:4318/v1/traces"
#define PATH "/v1/traces"

/* A variable that is empty is one that is not set. */
static const char *variable(const char *name)
{
	const char *text = getenv(name);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* The signal's own variable, else that of all signals. */
static const char *either(const char *own, const char *all)
{
	const char *text = variable(own);

	return text != NULL ? text : variable(all);
}

static const char *copy(struct config *config, const char *text)
{
	return text != NULL ? dctxi_otlp_take_text(&config->arena, text,
						   strlen(text))
			    : NULL;
}

/* An URL as HTTP has it; of libcurl's other schemes none. */
static dctx_status url_check(const char *text)
{
	CURLU *url = curl_url();
	CURLUcode result = CURLUE_OUT_OF_MEMORY;
	char *scheme = NULL;

	if (url != NULL)
		result = curl_url_set(url, CURLUPART_URL, text, 0);
	if (result == CURLUE_OK)
		result = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	if (result == CURLUE_OK && strcmp(scheme, "http") != 0 &&
	    strcmp(scheme, "https") != 0)
		result = CURLUE_UNSUPPORTED_SCHEME;
	curl_free(scheme);
	curl_url_cleanup(url);
	if (result == CURLUE_OUT_OF_MEMORY)
		return DCTX_NOMEM;
	return result == CURLUE_OK ? DCTX_OK : DCTX_INVALID;
}

static const char *under_base(struct config *config, const char *base)
{
	size_t len = strlen(base);
	char *url;

	while (len > 0 && base[len - 1] == '/')
		len--;
	url = dctxi_otlp_take(&config->arena, len + sizeof PATH);
	if (url != NULL) {
		memcpy(url, base, len);
		memcpy(url + len, PATH, sizeof PATH);
	}
	return url;
}

static dctx_status url_read(struct config *config, const char *given)
{
	const char *own = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
	const char *base = variable("OTEL_EXPORTER_OTLP_ENDPOINT");

	if (given == NULL)
		given = own;
	if (given != NULL || base == NULL)
		config->url = copy(config, given != NULL ? given : URL_DEFAULT);
	else
		config->url = under_base(config, base);
	return config->url != NULL ? url_check(config->url) : DCTX_NOMEM;
}

/* Of an option a mistake is told, of a variable it is counted. */
static dctx_status forgive(struct config *config, const char *given,
			   dctx_status status)
{
	if (status != DCTX_INVALID || given != NULL)
		return status;
	config->ignored++;
	return DCTX_OK;
}

static bool is_token(const char *name)
{
	return name[strspn(name, "!#$%&'*+-.^_`|~0123456789"
				 "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

/* Nothing that would begin another line, or make another message of ours. */
static bool is_header(const struct pair *pair)
{
	static const char *const ours[] = {"content-type", "content-encoding",
					   "content-length",
					   "transfer-encoding", "expect"};

	if (!is_token(pair->name))
		return false;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcasecmp(pair->name, ours[i]) == 0)
			return false;
	for (const char *at = pair->value; *at != '\0'; at++)
		if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7f)
			return false;
	return true;
}

static dctx_status headers_read(struct config *config, const char *given)
{
	const char *text = given;
	struct pair *headers = NULL;
	dctx_status status = DCTX_OK;

	if (text == NULL)
		text = either("OTEL_EXPORTER_OTLP_TRACES_HEADERS",
			      "OTEL_EXPORTER_OTLP_HEADERS");
	if (text != NULL)
		status = dctxi_otlp_pairs(&config->arena, text, &headers);
	for (struct pair *at = headers; at != NULL && status == DCTX_OK;
	     at = at->next)
		if (!is_header(at))
			status = DCTX_INVALID;
	if (status == DCTX_OK)
		config->headers = headers;
	return forgive(config, given, status);
}

static dctx_status resource_read(struct config *config,
				 const dctx_otlp_options *o)
{
	const char *given[] = {o->resource,
			       variable("OTEL_RESOURCE_ATTRIBUTES")};
	const char *service = variable("OTEL_SERVICE_NAME");

	for (int i = 0; i < 2; i++) {
		dctx_status status = DCTX_OK;

		if (given[i] != NULL)
			status = dctxi_otlp_pairs(&config->arena, given[i],
						  &config->resource[i]);
		status = forgive(config, i == 0 ? given[i] : NULL, status);
		if (status != DCTX_OK)
			return status;
	}
	config->service =
		copy(config, o->service != NULL ? o->service : service);
	return DCTX_OK;
}

static dctx_status compression_read(struct config *config, const char *given)
{
	const char *text = given;

	if (text == NULL)
		text = either("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
			      "OTEL_EXPORTER_OTLP_COMPRESSION");
	if (text == NULL)
		return DCTX_OK;
	config->gzip = strcmp(text, "gzip") == 0;
	if (config->gzip || strcmp(text, "none") == 0)
		return DCTX_OK;
	return forgive(config, given, DCTX_INVALID);
}

static void files_read(struct config *config, const dctx_otlp_options *o)
{
#define FILE_OF(given, name)                                                   \
	copy(config, (given) != NULL                                           \
			     ? (given)                                         \
			     : either("OTEL_EXPORTER_OTLP_TRACES_" name,       \
				      "OTEL_EXPORTER_OTLP_" name))
	config->ca_file = FILE_OF(o->ca_file, "CERTIFICATE");
	config->client_certificate =
		FILE_OF(o->client_certificate, "CLIENT_CERTIFICATE");
	config->client_key = FILE_OF(o->client_key, "CLIENT_KEY");
#undef FILE_OF
}

/* Milliseconds, a day at most. */
static int64_t timeout_of(const char *text)
{
	int64_t ms = 0;

	for (; *text >= '0' && *text <= '9' && ms < 8640000; text++)
		ms = 10 * ms + (*text - '0');
	return *text == '\0' ? ms * DCTX_MS : 0;
}

static dctx_status timeout_read(struct config *config, int64_t given)
{
	const char *text = either("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
				  "OTEL_EXPORTER_OTLP_TIMEOUT");

	if (given < 0)
		return DCTX_INVALID;
	config->timeout = given;
	if (given == 0 && text != NULL) {
		config->timeout = timeout_of(text);
		config->ignored += config->timeout == 0;
	}
	if (config->timeout == 0)
		config->timeout = TIMEOUT_DEFAULT;
	return DCTX_OK;
}

dctx_status dctxi_otlp_configure(struct config *config,
				 const dctx_otlp_options *options)
{
	dctx_status status;

	*config = (struct config){.url = NULL};
	status = url_read(config, options->endpoint);
	if (status == DCTX_OK)
		status = headers_read(config, options->headers);
	if (status == DCTX_OK)
		status = resource_read(config, options);
	if (status == DCTX_OK)
		status = compression_read(config, options->compression);
	if (status == DCTX_OK)
		status = timeout_read(config, options->timeout);
	files_read(config, options);
	if (status == DCTX_OK && config->arena.failed)
		status = DCTX_NOMEM;
	if (status != DCTX_OK)
		dctxi_otlp_give_back(&config->arena);
	return status;
}
