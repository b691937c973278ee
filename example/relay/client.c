/* SPDX-License-Identifier: MIT */
/* client.c - POST a body to a URL. Connections stay open for the next call. */
#include "relay.h"

#include "curl_carrier.h"
#include "curl_wait.h"

#include <stdlib.h>

#define MAX_ANSWER (1024u * 1024u)

struct relay_client {
	CURLM *multi;
	CURL *easy;
	size_t came; /* bytes of this answer */
};

struct relay_client *relay_client_free(struct relay_client *client)
{
	if (client == NULL)
		return NULL;
	curl_easy_cleanup(client->easy);
	curl_multi_cleanup(client->multi);
	free(client);
	return NULL;
}

struct relay_client *relay_client_new(void)
{
	struct relay_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return NULL;
	client->multi = curl_multi_init();
	client->easy = curl_easy_init();
	if (client->multi == NULL || client->easy == NULL)
		return relay_client_free(client);
	return client;
}

/* Nobody wants to read an answer, least of all one without an end. */
static size_t skip(char *data, size_t one, size_t len, void *arg)
{
	struct relay_client *client = arg;

	(void)data;
	(void)one; /* is 1 */
	client->came += len;
	return client->came <= MAX_ANSWER ? len : 0;
}

/* The lines of one request: every call gets a parent id of its own, since each
 * is injected for itself. NULL for a failure. */
static struct curl_slist *headers(void)
{
	struct curl_slist *list =
		curl_slist_append(NULL, "content-type: application/json");
	const dctx_carrier carrier = curl_carrier(&list);

	if (list != NULL && dctx_inject(&carrier, NULL, NULL) == DCTX_OK)
		return list;
	curl_slist_free_all(list);
	return NULL;
}

static void prepare(struct relay_client *client, const char *url,
		    const char *body, const struct curl_slist *headers)
{
	CURL *easy = client->easy;

	client->came = 0;
	curl_easy_reset(easy); /* the connections stay */
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, skip);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

unsigned relay_post(struct relay_client *client, const char *url,
		    const char *body)
{
	struct curl_slist *list = headers();
	long status = 0;

	if (list == NULL)
		return 0;
	prepare(client, url, body, list);
	if (curl_multi_add_handle(client->multi, client->easy) == CURLM_OK) {
		if (curl_wait(client->multi))
			curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE,
					  &status);
		curl_multi_remove_handle(client->multi, client->easy);
	}
	curl_slist_free_all(list);
	return (unsigned)status;
}
