/* SPDX-License-Identifier: MIT */
/*
 * basket.c - POST /checkout: ["book", "pen", ...], and what came of each.
 *
 *     ?policy=collect       whatever comes in time; else none of all,
 *                           quorum (and how many: &k=2), or first
 *     &within_ms=1000       the time for the whole basket; the request's own
 *                           (x-timeout-ms) is a limit to it
 *
 * An item that is slow or fails is one of such a name: a snail, and whatever
 * pricing has not in its catalogue.
 */
#include "basket.h"

#include <stdlib.h>
#include <string.h>

#define WITHIN_MS 1000
#define WITHIN_MS_MAX 30000

static const struct policy {
	const char *name;
	dctx_scatter_policy policy;
} policies[] = {
	{"collect", DCTX_COLLECT},
	{"all", DCTX_ALL},
	{"quorum", DCTX_QUORUM},
	{"first", DCTX_FIRST_SUCCESS},
};

bool basket_open(const char *pricing, const char *stock)
{
	return orders_open(pricing, stock);
}

void basket_close(void)
{
	orders_close();
}

static bool read_items(const struct shop_request *request,
		       struct basket *basket, struct shop_answer *refusal)
{
	json_error_t error;
	size_t len;
	const char *body = shop_body(request, &len);

	basket->items = json_loadb(body, len, 0, &error);
	if (basket->items == NULL)
		return shop_refuse(refusal, 400, "basket: not JSON, at byte %d",
				   error.position);
	basket->count = json_array_size(basket->items);
	if (!json_is_array(basket->items))
		return shop_refuse(refusal, 400, "basket: not a list");
	if (basket->count > BASKET_MAX)
		return shop_refuse(refusal, 400, "basket: more than %d items",
				   BASKET_MAX);
	for (size_t i = 0; i < basket->count; i++) {
		const char *item = json_string_value(
			json_array_get(basket->items, i));

		if (item == NULL || !shop_is_word(item))
			return shop_refuse(refusal, 400,
					   "basket: item %zu: not a word", i);
		basket->order[i].item = item;
	}
	return true;
}

/* Reads a number from 1 to max; without one *out stays. */
static bool read_number(const struct shop_request *request, const char *name,
			uint64_t max, uint64_t *out,
			struct shop_answer *refusal)
{
	const char *text = shop_argument(request, name);

	if (text != NULL && (!shop_is_number(text, out) || *out < 1))
		*out = UINT64_MAX;
	return (*out >= 1 && *out <= max) ||
	       shop_refuse(refusal, 400, "%s: not 1 to %llu", name,
			   (unsigned long long)max);
}

static bool read_policy(const struct shop_request *request,
			struct basket *basket, struct shop_answer *refusal)
{
	const char *name = shop_argument(request, "policy");
	const struct policy *policy = policies;
	const struct policy *end =
		policies + sizeof(policies) / sizeof(*policies);
	uint64_t within = WITHIN_MS, k = 0;

	while (name != NULL && policy < end && strcmp(policy->name, name) != 0)
		policy++;
	if (policy == end)
		return shop_refuse(refusal, 400, "policy: no such policy");
	if (!read_number(request, "within_ms", WITHIN_MS_MAX, &within, refusal))
		return false;
	if (policy->policy == DCTX_QUORUM &&
	    !read_number(request, "k", basket->count, &k, refusal))
		return false;
	basket->policy = policy->name;
	basket->how = (dctx_scatter_options){
		.struct_size = DCTX_SCATTER_SIZE,
		.policy = policy->policy,
		.quorum = (size_t)k,
		.timeout = (int64_t)within * DCTX_MS,
		.flags = DCTX_SCATTER_TIMED,
	};
	return true;
}

/* Of one that never began only the others can tell why. */
static json_t *why_not_begun(const struct basket *basket, size_t i,
			     dctx_status decided)
{
	const char *status = dctx_strerror(basket->slice[i].status);
	size_t first = 0;

	if (basket->slice[i].status != DCTX_CANCELED)
		return json_sprintf("not begun: %s", status);
	while (first < basket->count &&
	       (!basket->slice[first].ran ||
		basket->slice[first].status != decided))
		first++;
	if (decided == DCTX_OK || first == basket->count)
		return json_string("not begun: enough slices have succeeded");
	return json_sprintf("not begun: slice %zu failed: %s", first,
			    dctx_strerror(decided));
}

/* What became of an item; its answers go along. */
static json_t *outcome(const struct basket *basket, size_t i,
		       dctx_status decided)
{
	const struct order *order = &basket->order[i];
	const dctx_slice *slice = &basket->slice[i];
	json_t *outcome = json_pack("{s:s, s:s, s:I}",
				    "item", order->item,
				    "status", dctx_strerror(slice->status),
				    "us", (json_int_t)(slice->ns / DCTX_US));

	if (!slice->ran)
		json_object_set_new(outcome, "why",
				    why_not_begun(basket, i, decided));
	else if (slice->status != DCTX_OK)
		json_object_set_new(outcome, "why", json_string(
				order->why[0] != '\0' ? order->why
						      : "came too late"));
	json_object_update_new(outcome, slice->result != NULL ? slice->result
							      : json_object());
	return outcome;
}

static unsigned http_of(dctx_status status)
{
	switch (status) {
	case DCTX_OK:
		return 200;
	case DCTX_CANCELED:
	case DCTX_DEADLINE_EXCEEDED:
		return 504;
	default:
		return 502;
	}
}

static void tell(const struct basket *basket, dctx_status status,
		 struct shop_answer *answer)
{
	json_t *outcomes = json_array();
	size_t came = 0;

	for (size_t i = 0; i < basket->count; i++) {
		came += basket->slice[i].status == DCTX_OK;
		json_array_append_new(outcomes, outcome(basket, i, status));
	}
	*answer = (struct shop_answer){http_of(status), shop_context()};
	json_object_update_new(answer->body, json_pack(
		"{s:s, s:s, s:I, s:I, s:I, s:s, s:o}",
		"policy", basket->policy,
		"status", dctx_strerror(status),
		"came", (json_int_t)came,
		"of", (json_int_t)basket->count,
		"cost", (json_int_t)dctx_get(k_cost, 0),
		"warnings", dctx_get(k_warnings, ""),
		"items", outcomes));
	shop_log("%zu of %zu came: %s", came, basket->count,
		 dctx_strerror(status));
}

void basket_check_out(const struct shop_request *request,
		      struct shop_answer *answer)
{
	DCTX_SCOPE("checkout");
	struct basket basket = {.count = 0};

	if (read_items(request, &basket, answer) &&
	    read_policy(request, &basket, answer))
		tell(&basket, orders_fetch(&basket), answer);
	json_decref(basket.items);
}
