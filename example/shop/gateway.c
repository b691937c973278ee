/* SPDX-License-Identifier: MIT */
/*
 * gateway.c - GET /checkout?item=NAME: asks pricing and stock at once, the way
 * a server does that has its own pool of threads (pool.c); POST /checkout: a
 * basket, the way one does that has not (basket.c).
 *
 * The request's context begins here, from two headers, and needs nobody from
 * then on: through the worker threads, over the wire, and into every line. So
 * does its budget: a service that is too slow is cut off, and so is the call
 * beside it, whose answer nobody needs then.
 */
#include "basket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 2
#define WORKERS 16

struct call {
	const char *service;
	dctx_source *all; /* ends both calls */
	char url[256];
	unsigned status;
	json_t *answer;
	dctx_snapshot *gathered; /* what it has cost, whatever came of it */
};

static struct shop_pool *pool;
static const char *pricing_url;
static const char *stock_url;

/* Runs on a worker thread, in the context of the request that wants it. */
static void *ask(void *arg)
{
	struct call *call = arg;
	char why[64];

	shop_log("asking %s", call->service);
	call->answer = shop_call(call->url, &call->status);
	if (call->status == 504) {
		snprintf(why, sizeof(why), "%s was too slow", call->service);
		dctx_cancel(call->all, why);
	}
	if (dctx_gather_take(&call->gathered) != DCTX_OK)
		shop_log("what %s has cost is lost", call->service);
	return NULL;
}

/* Starts all calls, then waits for all of them. */
static void ask_all(struct call calls[CALLS])
{
	int started = 0;
	sem_t ran;

	sem_init(&ran, 0, 0);
	for (int i = 0; i < CALLS; i++) {
		dctx_work *work;
		uint64_t since = shop_now();
		dctx_status status = dctx_wrap(ask, &calls[i], &work);

		shop_took(SHOP_WRAP, since);
		if (status != DCTX_OK)
			continue; /* its status stays 0: no answer */
		shop_pool_submit(pool, work, &ran);
		started++;
	}
	while (started > 0)
		if (sem_wait(&ran) == 0)
			started--;
	sem_destroy(&ran);
}

/* What both have cost adds up, in the order of the calls. */
static void join(struct call calls[CALLS])
{
	for (int i = 0; i < CALLS; i++) {
		dctx_gather_join(&calls[i].gathered, 1);
		dctx_snapshot_unref(calls[i].gathered);
	}
}

/* The services' answers under their names; all of them or a refusal. */
static void gather(struct call calls[CALLS], struct shop_answer *answer)
{
	json_t *body;

	if (shop_cut_off(answer)) {
		for (int i = 0; i < CALLS; i++)
			json_decref(calls[i].answer);
		return;
	}
	body = shop_context();
	answer->status = 200;
	for (int i = 0; i < CALLS; i++) {
		if (calls[i].status != 200 && answer->status == 200)
			answer->status = calls[i].status == 404 ? 404 : 502;
		json_object_set_new(body, calls[i].service,
				    calls[i].answer != NULL ? calls[i].answer
							    : json_null());
	}
	json_object_set_new(body, "cost",
			    json_integer((json_int_t)dctx_get(k_cost, 0)));
	answer->body = body;
}

static void check_out(const char *item, struct shop_answer *answer)
{
	DCTX_SCOPE("checkout");
	struct call calls[CALLS] = {{.service = "pricing"},
				    {.service = "stock"}};
	dctx_source *all = NULL;
	dctx_status status = dctx_source_below_store(dctx_current(), &all);

	if (status == DCTX_OK)
		status = dctx_add_source(all);
	if (status != DCTX_OK) {
		shop_refuse(answer, 503, "%s", dctx_strerror(status));
		dctx_source_unref(all);
		return;
	}
	calls[0].all = calls[1].all = all;

	snprintf(calls[0].url, sizeof(calls[0].url), "%s/price?item=%s",
		 pricing_url, item);
	snprintf(calls[1].url, sizeof(calls[1].url), "%s/reserve?item=%s",
		 stock_url, item);
	ask_all(calls);
	join(calls);
	gather(calls, answer);
	shop_log("a %s, answers gathered", item);
	dctx_source_unref(all);
}

static void handle(const struct shop_request *request,
		   struct shop_answer *answer)
{
	const char *item = shop_argument(request, "item");

	if (strcmp(shop_path(request), "/checkout") != 0)
		shop_refuse(answer, 404, "no such page");
	else if (shop_is_post(request))
		basket_check_out(request, answer);
	else if (item == NULL || !shop_is_word(item))
		shop_refuse(answer, 400, "item: not a word");
	else
		check_out(item, answer);
}

int main(int argc, char **argv)
{
	static const struct shop_service gateway = {
		.name = "gateway",
		.takes_posts = true,
		.arrive = shop_arrive_by_headers,
		.handle = handle,
	};
	int result;

	if (argc != 4) {
		fprintf(stderr, "usage: shop_gateway PORT PRICING STOCK\n");
		return 2;
	}
	pricing_url = argv[2];
	stock_url = argv[3];
	shop_prepare(gateway.name);
	shop_client_open();
	pool = shop_pool_start(WORKERS);
	if (pool == NULL || !basket_open(pricing_url, stock_url))
		return EXIT_FAILURE;
	result = shop_run(&gateway, argv[1]);
	basket_close();
	shop_pool_stop(pool);
	shop_client_close();
	return result;
}
