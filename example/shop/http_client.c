/* SPDX-License-Identifier: MIT */
/*
 * http_client.c - GET a URL, read JSON.
 *
 * A curl handle keeps its connections open, so handles that are not in use
 * wait in a list instead of being made anew; which thread gets which does not
 * matter.
 */
#include "shop.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IDLE 64
#define MAX_ANSWER (1024 * 1024)

static struct {
	pthread_mutex_t lock;
	CURL *handle[MAX_IDLE];
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

void shop_client_close(void)
{
	while (idle.count > 0)
		curl_easy_cleanup(idle.handle[--idle.count]);
	curl_global_cleanup();
}

static CURL *borrow(void)
{
	CURL *curl = NULL;

	pthread_mutex_lock(&idle.lock);
	if (idle.count > 0)
		curl = idle.handle[--idle.count];
	pthread_mutex_unlock(&idle.lock);
	return curl != NULL ? curl : curl_easy_init();
}

static void give_back(CURL *curl)
{
	curl_easy_reset(curl); /* the connections stay */
	pthread_mutex_lock(&idle.lock);
	if (idle.count < MAX_IDLE) {
		idle.handle[idle.count++] = curl;
		curl = NULL;
	}
	pthread_mutex_unlock(&idle.lock);
	curl_easy_cleanup(curl);
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

json_t *shop_get(const char *url, const struct curl_slist *headers,
		 unsigned *out_status)
{
	CURL *curl = borrow();
	struct text text = {NULL, 0};
	json_t *answer = NULL;
	long status = 0;

	*out_status = 0;
	if (curl == NULL)
		return NULL;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (curl_easy_perform(curl) == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		if (text.len > 0)
			answer = json_loadb(text.data, text.len, 0, NULL);
	}
	*out_status = (unsigned)status;
	free(text.data);
	give_back(curl);
	return answer;
}
