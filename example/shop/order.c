/* SPDX-License-Identifier: MIT */
/*
 * order.c - the items of a basket, all at once: one slice an item, and in each
 * one slice a service, on a pool that is far smaller than what it is asked for.
 *
 * Nothing here knows the request, its deadline, or what it costs. Slices run
 * under the request's context, end when it does, and what the services say that
 * they have gathered adds up on its way back through both scatters.
 */
#include "basket.h"

#include <stdio.h>
#include <string.h>

#define WORKERS 16
#define PATIENCE (5 * DCTX_S)

static const struct service {
	const char *name;
	const char *page;
} services[] = {{"pricing", "price"}, {"stock", "reserve"}};
#define SERVICES (sizeof(services) / sizeof(*services))

static const char *urls[SERVICES];
static dctx_executor *pool;

bool orders_open(const char *pricing, const char *stock)
{
	static const dctx_pool_options options = {
		.struct_size = DCTX_POOL_SIZE,
		.name = "orders",
		.threads = WORKERS,
	};

	urls[0] = pricing;
	urls[1] = stock;
	return dctx_pool_new(&options, &pool) == DCTX_OK;
}

void orders_close(void)
{
	dctx_executor_shutdown(pool, true, dctx_deadline_in(PATIENCE));
	pool = dctx_executor_unref(pool);
}

/* A slice of an order: asks one service. */
static dctx_status ask(void *user, size_t i, void **out_answer)
{
	const struct order *order = user;
	char url[256];
	unsigned http;

	snprintf(url, sizeof(url), "%s/%s?item=%s", urls[i], services[i].page,
		 order->item);
	shop_log("asking %s for a %s", services[i].name, order->item);
	*out_answer = shop_call(url, &http);
	return shop_meaning(http);
}

/* Says who gave this order up, or which service did not do its part. */
static void explain(struct order *order, const dctx_slice slice[SERVICES],
		    dctx_status status)
{
	dctx_cause_info cause;
	const char *error;
	size_t i = 0;

	if (dctx_cause(&cause) != DCTX_OK) {
		dctx_cause_text(&cause, order->why, sizeof(order->why));
		return;
	}
	while (i + 1 < SERVICES && slice[i].status != status)
		i++;
	error = json_string_value(json_object_get(slice[i].result, "error"));
	snprintf(order->why, sizeof(order->why), "%s: %s", services[i].name,
		 error != NULL ? error : dctx_strerror(status));
}

/* Both services at once, or neither is any use. */
static dctx_status fetch_one(struct order *order, void **out_answers)
{
	const dctx_scatter_options how = {.struct_size = DCTX_SCATTER_SIZE,
					  .executor = pool,
					  .policy = DCTX_ALL};
	dctx_slice slice[SERVICES];
	json_t *answers = json_object();
	dctx_status status = dctx_scatter(SERVICES, ask, order, &how, slice);

	if (status != DCTX_OK) {
		explain(order, slice, status);
		/* What was spent on it would add up all the same. But nobody
		 * pays for what does not come. */
		dctx_unset(k_cost);
	}
	for (size_t s = 0; s < SERVICES; s++)
		json_object_set_new(answers, services[s].name,
				    slice[s].result != NULL ? slice[s].result
							    : json_null());
	*out_answers = answers;
	return status;
}

/* A slice of a basket, as a span. */
static dctx_status fetch(void *user, size_t i, void **out_answers)
{
	static const dctx_span_site site = {
		"item", "shop.orders", DCTX_LEVEL_INFO, __FILE__, __LINE__};
	struct order *order = &((struct basket *)user)->order[i];
	const dctx_span_field fields[] = {{"item", DCTX_ANY(order->item)},
					  {"slice", DCTX_ANY(i)}};
	dctx_span *span = dctx_span_begin(&site, fields, 2);
	dctx_status status = fetch_one(order, out_answers);

	(void)dctx_span_status(span, status, order->why);
	shop_span_leave(span);
	dctx_span_close(span);
	return status;
}

dctx_status orders_fetch(struct basket *basket)
{
	dctx_scatter_options how = basket->how;

	how.executor = pool;
	return dctx_scatter(basket->count, fetch, basket, &how, basket->slice);
}
