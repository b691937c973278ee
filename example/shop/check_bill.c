/* SPDX-License-Identifier: MIT */
/* check_bill.c - what requests must have cost, and what must have become of
 * each item of a basket. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PACKING 30

/* In cents, for guests. */
static const struct price {
	const char *item;
	json_int_t cents;
} prices[] = {
	{"book", 1200}, {"lamp", 2900}, {"pen", 150},
};

/* What the policy of load.c's baskets leaves no choice about. */
static const struct fate {
	const char *policy;
	const char *item;
	const char *status;
	const char *why; /* a part of it */
} fates[] = {
	{"collect", "book", "done", ""},
	{"collect", "lamp", "done", ""},
	{"collect", "snail", "the deadline is over", "deadline exceeded"},
	{"collect", "unicorn", "an argument is invalid", "no such item"},
	{"all", "snail", "canceled", "slice 2 failed"},
	{"all", "unicorn", "an argument is invalid", "no such item"},
	{"quorum", "pen", "done", ""},
	{"quorum", "snail", "canceled", "enough slices have succeeded"},
};

json_int_t cost_of(const json_t *sent, const char *item)
{
	json_int_t percent = number_of(sent, "tenant") % 30;
	size_t i = 0;

	while (i < sizeof(prices) / sizeof(*prices) &&
	       strcmp(prices[i].item, item) != 0)
		i++;
	if (i == sizeof(prices) / sizeof(*prices))
		return -1;
	return prices[i].cents - prices[i].cents * percent / 100 + PACKING;
}

void check_cost(const json_t *sent, json_int_t cents)
{
	json_int_t found = number_of(json_object_get(sent, "answer"), "cost");
	char text[64];

	if (found == cents)
		return;
	snprintf(text, sizeof(text), "%" PRId64 ", not %" PRId64,
		 (int64_t)found, (int64_t)cents);
	mix_up(sent, "answer", "costs", text);
}

/* What a service said of an item, if it did. */
static void check_part(const json_t *sent, const json_t *item,
		       const char *service, const char *chain)
{
	const json_t *part = json_object_get(item, service);

	if (json_object_get(part, "request_id") != NULL)
		check_context(sent, service, part, chain);
	else if (strcmp(text_of(item, "status"), "done") == 0)
		mix_up(sent, service, "said nothing of", text_of(item, "item"));
}

static void check_fate(const json_t *sent, const json_t *item)
{
	const char *policy = text_of(sent, "policy");
	const char *name = text_of(item, "item");

	for (size_t i = 0; i < sizeof(fates) / sizeof(*fates); i++) {
		if (strcmp(fates[i].policy, policy) != 0 ||
		    strcmp(fates[i].item, name) != 0)
			continue;
		if (strcmp(fates[i].status, text_of(item, "status")) != 0)
			mix_up(sent, name, "is", text_of(item, "status"));
		else if (strstr(text_of(item, "why"), fates[i].why) == NULL)
			mix_up(sent, name, "is so because",
			       text_of(item, "why"));
	}
}

/* Whatever came is paid for, and nothing else. */
void check_basket(const json_t *sent)
{
	const json_t *answer = json_object_get(sent, "answer");
	const json_t *items = json_object_get(answer, "items");
	json_int_t cost = 0;
	size_t i;
	json_t *name;

	check_context(sent, "gateway's answer", answer, BASKET);
	if (strcmp(text_of(sent, "policy"), text_of(answer, "policy")) != 0)
		mix_up(sent, "basket", "has policy", text_of(answer, "policy"));
	json_array_foreach(json_object_get(sent, "basket"), i, name) {
		const json_t *item = json_array_get(items, i);

		if (strcmp(json_string_value(name), text_of(item, "item")) != 0)
			mix_up(sent, "basket", "has", text_of(item, "item"));
		check_fate(sent, item);
		check_part(sent, item, "pricing",
			   BASKET " > item > " PRICED " > discount");
		check_part(sent, item, "stock",
			   BASKET " > item > " RESERVED " > reserve");
		if (strcmp(text_of(item, "status"), "done") == 0)
			cost += cost_of(sent, text_of(item, "item"));
	}
	if (json_array_size(items) != i)
		mix_up(sent, "basket", "has", "more than was put into it");
	check_cost(sent, cost);
}
