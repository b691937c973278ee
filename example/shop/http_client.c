/* SPDX-License-Identifier: MIT */
/*
 * http_client.c - GET a URL or POST to it, read JSON.
 *
 * A curl handle keeps its connections open, so handles that are not in use
 * wait in a list instead of being made anew; which thread gets which does not
 * matter.
 */
#include "shop.h"

#include "curl_wait.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDLE 64
#define MAX_ANSWER (1024 * 1024)

/* The connections are the multi's. */
struct client {
	CURLM *multi;
	CURL *easy;
};

static struct {
	pthread_mutex_t lock;
	struct client client[MAX_IDLE];
	size_t count;
} idle = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct text {
	char *data;
	size_t len;
};

void shop_client_open(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void discard(struct client client)
{
	curl_easy_cleanup(client.easy);
	curl_multi_cleanup(client.multi);
}

void shop_client_close(void)
{
	while (idle.count > 0)
		discard(idle.client[--idle.count]);
	curl_global_cleanup();
}

static struct client borrow(void)
{
	struct client client = {NULL, NULL};

	pthread_mutex_lock(&idle.lock);
	if (idle.count > 0)
		client = idle.client[--idle.count];
	pthread_mutex_unlock(&idle.lock);
	if (client.easy == NULL)
		client = (struct client){curl_multi_init(), curl_easy_init()};
	return client;
}

static void give_back(struct client client)
{
	curl_easy_reset(client.easy); /* the connections stay */
	pthread_mutex_lock(&idle.lock);
	if (idle.count < MAX_IDLE) {
		idle.client[idle.count++] = client;
		client = (struct client){NULL, NULL};
	}
	pthread_mutex_unlock(&idle.lock);
	if (client.easy != NULL)
		discard(client);
}

static size_t append(char *data, size_t one, size_t len, void *arg)
{
	struct text *text = arg;
	char *grown = NULL;

	(void)one; /* is 1 */
	if (text->len + len <= MAX_ANSWER)
		grown = realloc(text->data, text->len + len);
	if (grown == NULL)
		return 0;
	memcpy(grown + text->len, data, len);
	text->data = grown;
	text->len += len;
	return len;
}

static void prepare(CURL *easy, const char *url,
		    const struct curl_slist *headers, struct text *text)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, text);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 30L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

/* What the service gathered to answer. */
static void join_share(CURL *easy)
{
	struct curl_header *share;

	if (curl_easy_header(easy, SHOP_SHARE, 0, CURLH_HEADER, -1, &share) ==
	    CURLHE_OK)
		shop_join_share(share->value);
}

/* GETs without a text to post. */
static json_t *talk(const char *url, const struct curl_slist *headers,
		    const char *post, unsigned *out_status)
{
	struct client client = borrow();
	struct text text = {NULL, 0};
	json_t *answer = NULL;
	long status = 0;

	*out_status = 0;
	if (client.easy == NULL || client.multi == NULL) {
		discard(client);
		return NULL;
	}
	prepare(client.easy, url, headers, &text);
	if (post != NULL)
		curl_easy_setopt(client.easy, CURLOPT_POSTFIELDS, post);
	if (curl_multi_add_handle(client.multi, client.easy) == CURLM_OK) {
		if (curl_wait(client.multi)) {
			curl_easy_getinfo(client.easy, CURLINFO_RESPONSE_CODE,
					  &status);
			if (text.len > 0)
				answer = json_loadb(text.data, text.len, 0,
						    NULL);
			join_share(client.easy);
		}
		curl_multi_remove_handle(client.multi, client.easy);
	}
	*out_status = (unsigned)status;
	free(text.data);
	give_back(client);
	return answer;
}

json_t *shop_get(const char *url, const struct curl_slist *headers,
		 unsigned *out_status)
{
	return talk(url, headers, NULL, out_status);
}

json_t *shop_post(const char *url, const struct curl_slist *headers,
		  const char *text, unsigned *out_status)
{
	return talk(url, headers, text, out_status);
}
