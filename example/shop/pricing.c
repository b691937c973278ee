/* SPDX-License-Identifier: MIT */
/* pricing.c - GET /price?item=NAME: what it costs this tenant. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

static const struct item {
	const char *name;
	int cents;
} catalogue[] = {
	{"book", 1200}, {"lamp", 2900}, {"pen", 150}, {"snail", 40}};

static const struct item *find(const char *name)
{
	for (size_t i = 0; i < sizeof(catalogue) / sizeof(*catalogue); i++)
		if (name != NULL && strcmp(catalogue[i].name, name) == 0)
			return &catalogue[i];
	return NULL;
}

/* Guests, whose tenant is 0, pay the full price. What it costs adds up with
 * whatever else the request costs, where and for whom nobody here knows. */
static void discount(const struct item *item, struct shop_answer *answer)
{
	DCTX_GATHER_SCOPE("discount");
	int percent = (int)(dctx_get(k_tenant, 0) % 30);
	int cents = item->cents - item->cents * percent / 100;

	if (!shop_toil(item->name) && shop_cut_off(answer))
		return;
	shop_log("%d %% off a %s", percent, item->name);
	dctx_gather_add(&k_cost.key, &DCTX_ANY(cents));
	*answer = (struct shop_answer){200, shop_context()};
	json_object_set_new(answer->body, "cents", json_integer(cents));
}

static void price(const struct shop_request *request,
		  struct shop_answer *answer)
{
	const struct item *item = find(shop_argument(request, "item"));

	if (strcmp(shop_path(request), "/price") != 0 || item == NULL)
		shop_refuse(answer, 404, "no such item");
	else
		discount(item, answer);
}

int main(int argc, char **argv)
{
	static const struct shop_service pricing = {
		.name = "pricing",
		.arrive = shop_arrive_by_envelope,
		.depart = shop_give_share,
		.handle = price,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: shop_pricing PORT\n");
		return 2;
	}
	shop_prepare(pricing.name);
	return shop_run(&pricing, argv[1]);
}
