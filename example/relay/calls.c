/* SPDX-License-Identifier: MIT */
/* calls.c - a list of calls, as JSON, and what came of them, as JSON. All of it
 * is looked at before the first call is made. */
#include "relay.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_CALLS 64
#define MAX_URL 2048
/* A call may take this long; all of them together what the server says. */
#define CALL_TIMEOUT (3 * DCTX_S)

struct relay_answer relay_refusal(unsigned status, const char *why)
{
	return (struct relay_answer){status, json_pack("{s:s}", "error", why)};
}

/* curl knows files and mail, too; neither is meant. It would not see what
 * follows a NUL. */
static bool is_http(const json_t *value)
{
	const char *url = json_string_value(value);
	size_t len = json_string_length(value);

	return url != NULL && len <= MAX_URL && strlen(url) == len &&
	       (strncasecmp(url, "http://", 7) == 0 ||
		strncasecmp(url, "https://", 8) == 0);
}

/* Why it is no list of calls, or NULL. */
static const char *fault_of(const json_t *calls)
{
	const json_t *call;
	size_t i;

	if (!json_is_array(calls))
		return "the body is no JSON array";
	if (json_array_size(calls) > MAX_CALLS)
		return "too many calls";
	json_array_foreach(calls, i, call)
	{
		if (!is_http(json_object_get(call, "url")))
			return "a call has no url that can be called";
	}
	return NULL;
}

static unsigned make(struct relay_client *client, const char *url,
		     const json_t *arguments)
{
	DCTX_SCOPE("call");
	char *body =
		arguments != NULL
			? json_dumps(arguments, JSON_COMPACT | JSON_ENCODE_ANY)
			: strdup("[]");
	unsigned status = 0;

	dctx_set_timeout(CALL_TIMEOUT);
	if (body != NULL)
		status = relay_post(client, url, body);
	free(body);
	return status;
}

static json_t *make_all(struct relay_client *client, const json_t *calls)
{
	json_t *results = json_array();
	const json_t *call;
	size_t i;

	json_array_foreach(calls, i, call)
	{
		const char *url =
			json_string_value(json_object_get(call, "url"));
		unsigned status =
			make(client, url, json_object_get(call, "arguments"));

		json_array_append_new(results,
				      json_pack("{s:s, s:i}", "url", url,
						"status", (int)status));
	}
	return results;
}

struct relay_answer relay_calls(const char *text, size_t len)
{
	json_t *calls = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	const char *fault = fault_of(calls);
	struct relay_client *client;
	struct relay_answer answer;

	if (fault != NULL) {
		json_decref(calls);
		return relay_refusal(400, fault);
	}
	client = relay_client_new();
	if (client == NULL) {
		json_decref(calls);
		return relay_refusal(503, "out of memory");
	}
	answer = (struct relay_answer){200, make_all(client, calls)};
	relay_client_free(client);
	json_decref(calls);
	return answer;
}
