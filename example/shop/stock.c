/* SPDX-License-Identifier: MIT */
/* stock.c - GET /reserve?item=NAME: puts one aside, packed. */
#include "shop.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define PACKING 30 /* cents */

static void reserve(const char *item, struct shop_answer *answer)
{
	DCTX_GATHER_SCOPE("reserve");
	static atomic_uint last;
	unsigned number;

	if (!shop_toil(item) && shop_cut_off(answer))
		return;
	number = atomic_fetch_add(&last, 1) + 1;
	shop_log("put a %s aside, number %u", item, number);
	dctx_gather_add(&k_cost.key, &DCTX_ANY(PACKING));
	if (strcmp(item, "pen") == 0)
		dctx_gather_add(&k_warnings.key, &DCTX_ANY("few pens left"));
	*answer = (struct shop_answer){200, shop_context()};
	json_object_set_new(answer->body, "reservation", json_integer(number));
}

static void put_aside(const struct shop_request *request,
		      struct shop_answer *answer)
{
	const char *item = shop_argument(request, "item");

	if (strcmp(shop_path(request), "/reserve") != 0)
		shop_refuse(answer, 404, "no such page");
	else if (item == NULL || !shop_is_word(item))
		shop_refuse(answer, 400, "item: not a word");
	else
		reserve(item, answer);
}

int main(int argc, char **argv)
{
	static const struct shop_service stock = {
		.name = "stock",
		.arrive = shop_arrive_by_envelope,
		.depart = shop_give_share,
		.handle = put_aside,
	};

	if (argc != 2) {
		fprintf(stderr, "usage: shop_stock PORT\n");
		return 2;
	}
	shop_prepare(stock.name);
	return shop_run(&stock, argv[1]);
}
