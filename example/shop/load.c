/* SPDX-License-Identifier: MIT */
/*
 * load.c - sends requests, many at a time, and writes down what came back.
 *
 * Every request has an id of its own and a tenant of its own, but for one in
 * sixteen that is a guest's and has no x-tenant. One in so many, if asked for,
 * is for a snail, which nobody gets within its budget; another one in sixteen
 * posts a basket, by each policy in turn. Checks nothing: shop_check reads the
 * file. One line of JSON an answer, then one a process with the timings that it
 * serves.
 */
#include "shop.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_REQUESTS 1000000
#define MAX_THREADS 256
#define PATIENCE (20 * DCTX_S)

/* A snail never comes, a unicorn is not in the catalogue. */
static const struct basket {
	const char *policy;
	const char *arguments;
	const char *items;
} baskets[] = {
	{"collect", "", "[\"book\",\"lamp\",\"snail\",\"unicorn\"]"},
	{"all", "", "[\"book\",\"snail\",\"unicorn\"]"},
	{"quorum", "&k=2", "[\"pen\",\"snail\",\"pen\"]"},
};
#define BASKETS (sizeof(baskets) / sizeof(*baskets))
#define WITHIN_MS 3000

struct answer {
	unsigned status;
	uint64_t ns;
	json_t *body;
};

struct run {
	const char *gateway;
	unsigned requests;
	unsigned slow; /* one in so many; 0: none */
	atomic_uint next;
	struct answer *answers;
};

/* Guests stand at another place in each sixteen, so that no client thread
 * gets all of them. */
static json_int_t tenant_of(unsigned i)
{
	return i % 16 == (i / 16 * 7 + 5) % 16 ? 0 : 1000 + (json_int_t)i;
}

static bool is_slow(const struct run *run, unsigned i)
{
	return run->slow != 0 && i % run->slow == 3 % run->slow;
}

/* NULL: it is for one item. */
static const struct basket *basket_of(const struct run *run, unsigned i)
{
	return i % 16 == 9 && !is_slow(run, i) ? &baskets[i / 16 % BASKETS]
					       : NULL;
}

static json_t *check_out(const struct run *run, unsigned i,
			 const struct curl_slist *headers, unsigned *out_status)
{
	const struct basket *basket = basket_of(run, i);
	char url[256];

	if (basket == NULL) {
		snprintf(url, sizeof(url), "%s/checkout?item=%s", run->gateway,
			 is_slow(run, i) ? "snail" : "book");
		return shop_get(url, headers, out_status);
	}
	snprintf(url, sizeof(url), "%s/checkout?policy=%s%s&within_ms=%d",
		 run->gateway, basket->policy, basket->arguments, WITHIN_MS);
	return shop_post(url, headers, basket->items, out_status);
}

static void send_one(struct run *run, unsigned i)
{
	struct answer *answer = &run->answers[i];
	struct curl_slist *headers;
	char text[64];
	uint64_t since;

	snprintf(text, sizeof(text), "x-request-id: req-%06u", i);
	headers = curl_slist_append(NULL, text);
	if (tenant_of(i) != 0) {
		snprintf(text, sizeof(text), "x-tenant: %" PRId64,
			 (int64_t)tenant_of(i));
		headers = curl_slist_append(headers, text);
	}
	if (is_slow(run, i))
		headers = curl_slist_append(headers, "x-timeout-ms: 1000");
	since = shop_now();
	answer->body = check_out(run, i, headers, &answer->status);
	answer->ns = shop_now() - since;
	curl_slist_free_all(headers);
}

static void *send_many(void *arg)
{
	struct run *run = arg;
	unsigned i;

	while ((i = atomic_fetch_add(&run->next, 1)) < run->requests)
		send_one(run, i);
	return NULL;
}

static void send_all(struct run *run, unsigned concurrency)
{
	pthread_t threads[MAX_THREADS];
	unsigned started = 0;

	while (started < concurrency &&
	       pthread_create(&threads[started], NULL, send_many, run) == 0)
		started++;
	if (started == 0)
		send_many(run);
	while (started > 0)
		pthread_join(threads[--started], NULL);
}

static void write_line(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

static void write_answers(const struct run *run)
{
	for (unsigned i = 0; i < run->requests; i++) {
		const struct answer *answer = &run->answers[i];
		const struct basket *basket = basket_of(run, i);
		char id[32];

		snprintf(id, sizeof(id), "req-%06u", i);
		write_line(json_pack("{s:s, s:I, s:b, s:s?, s:o?, s:i, s:I, "
				     "s:o?}",
				     "request_id", id,
				     "tenant", tenant_of(i),
				     "slow", is_slow(run, i),
				     "policy", basket != NULL ? basket->policy
							      : NULL,
				     "basket", basket != NULL
						? json_loads(basket->items, 0,
							     NULL) : NULL,
				     "status", (int)answer->status,
				     "ns", (json_int_t)answer->ns,
				     "answer", answer->body));
	}
}

/* A service's timings, or NULL: once it has ended all that was cut off. */
static json_t *timings_at_rest(const char *url)
{
	int64_t late = dctx_deadline_in(PATIENCE);
	char stats[256];
	unsigned status;
	json_t *found;

	snprintf(stats, sizeof(stats), "%s/stats", url);
	for (;;) {
		found = shop_get(stats, NULL, &status);
		if (json_integer_value(json_object_get(found, SHOP_AT_WORK)) ==
		    0 || dctx_now() > late)
			break;
		json_decref(found);
		(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	}
	json_object_del(found, SHOP_AT_WORK);
	return found;
}

static void write_timings(const char *url)
{
	write_line(json_pack("{s:s, s:o?}", "timings_of", url,
			     "ns", timings_at_rest(url)));
}

static bool read_count(const char *text, unsigned max, unsigned *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*out = (unsigned)n;
	return *end == '\0' && n > 0 && n <= max;
}

int main(int argc, char **argv)
{
	struct run run = {.answers = NULL};
	unsigned concurrency;

	if (argc == 7)
		run.slow = (unsigned)strtoul(argv[6], NULL, 10);
	if (argc < 6 || argc > 7 ||
	    !read_count(argv[4], MAX_REQUESTS, &run.requests) ||
	    !read_count(argv[5], MAX_THREADS, &concurrency)) {
		fprintf(stderr, "usage: shop_load GATEWAY PRICING STOCK "
				"REQUESTS CONCURRENCY [SLOW]\n");
		return 2;
	}
	run.answers = calloc(run.requests, sizeof(*run.answers));
	if (run.answers == NULL)
		return EXIT_FAILURE;
	run.gateway = argv[1];
	shop_client_open();
	send_all(&run, concurrency);
	write_answers(&run);
	for (int i = 1; i <= 3; i++)
		write_timings(argv[i]);
	shop_client_close();
	free(run.answers);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
