/* SPDX-License-Identifier: MIT */
/* basket.h - what is bought at once: read and answered by basket.c, fetched by
 * order.c. */
#ifndef SHOP_BASKET_H
#define SHOP_BASKET_H

#include "shop.h"

#define BASKET_MAX 32

/* One item, and why it did not come. */
struct order {
	const char *item;
	char why[256]; /* "" for one that came, or whose turn never came */
};

struct basket {
	json_t *items; /* has the orders' names */
	size_t count;
	struct order order[BASKET_MAX];
	/* How they are fetched, and what became of each: a result is a json_t
	 * with the services' answers. */
	const char *policy;
	dctx_scatter_options how;
	dctx_slice slice[BASKET_MAX];
};

/* basket.c: POST /checkout. */
bool basket_open(const char *pricing, const char *stock);
void basket_close(void);
void basket_check_out(const struct shop_request *request,
		      struct shop_answer *answer);

/* order.c: asks the services, one slice an item. */
bool orders_open(const char *pricing, const char *stock);
void orders_close(void);
dctx_status orders_fetch(struct basket *basket);

#endif
