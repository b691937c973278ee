/* SPDX-License-Identifier: MIT */
/* basket_test.c - what becomes of baskets: a gateway and the services behind
 * it, over HTTP, in one process. */
#include "basket.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What pricing asks for any item, and stock besides. */
#define PRICE 100
#define PACKING 5

static struct shop_server *services, *gateway;
static atomic_bool closing;
static unsigned http; /* of the answer that came last */

/* Both services: "slow" takes as long as its context lives, "lost" has no
 * price and "broken" cannot be put aside. */
static void serve(const struct shop_request *request,
		  struct shop_answer *answer)
{
	const char *item = shop_argument(request, "item");
	bool pricing = strcmp(shop_path(request), "/price") == 0;

	while (strcmp(item, "slow") == 0 && !closing && dctx_done() == DCTX_OK)
		(void)dctx_wait(dctx_deadline_in(10 * DCTX_MS));
	if (shop_cut_off(answer))
		return;
	if (pricing && strcmp(item, "lost") == 0) {
		shop_refuse(answer, 404, "no such item");
	} else if (!pricing && strcmp(item, "broken") == 0) {
		shop_refuse(answer, 500, "it broke");
	} else {
		dctx_gather_add(&k_cost.key,
				&DCTX_ANY(pricing ? PRICE : PACKING));
		dctx_gather_add(&k_warnings.key, &DCTX_ANY("fragile"));
		*answer = (struct shop_answer){200, shop_context()};
	}
}

static int start(void **state)
{
	static const struct shop_service inner = {
		.name = "inner",
		.arrive = shop_arrive_by_envelope,
		.handle = serve,
		.depart = shop_give_share,
	};
	static const struct shop_service edge = {
		.name = "edge",
		.takes_posts = true,
		.arrive = shop_arrive_by_headers,
		.handle = basket_check_out,
	};
	static char url[64];

	(void)state;
	shop_client_open();
	services = shop_server_start(&inner, 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u",
		 shop_server_port(services));
	if (!basket_open(url, url))
		return -1;
	gateway = shop_server_start(&edge, 0);
	return gateway != NULL ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	closing = true;
	shop_server_stop(gateway);
	basket_close();
	shop_server_stop(services);
	shop_client_close();
	return 0;
}

/* Posts a body, for a tenant and with a header or NULL. Returns: the answer,
 * to be given back with json_decref. */
static json_t *post(const char *arguments, const char *header, const char *body)
{
	struct curl_slist *headers =
		curl_slist_append(NULL, "x-tenant: 7");
	json_t *answer;
	char url[256];

	if (header != NULL)
		headers = curl_slist_append(headers, header);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/checkout%s",
		 shop_server_port(gateway), arguments);
	answer = shop_post(url, headers, body, &http);
	curl_slist_free_all(headers);
	assert_non_null(answer);
	return answer;
}

static json_int_t number_of(const json_t *answer, const char *name)
{
	assert_true(json_is_integer(json_object_get(answer, name)));
	return json_integer_value(json_object_get(answer, name));
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "(none)";
}

static const json_t *item_of(const json_t *answer, size_t i)
{
	return json_array_get(json_object_get(answer, "items"), i);
}

/* So many came and are paid for, both services each. */
static void assert_came(const json_t *answer, unsigned came, unsigned of)
{
	assert_int_equal(came, number_of(answer, "came"));
	assert_int_equal(of, number_of(answer, "of"));
	assert_int_equal(came * (PRICE + PACKING), number_of(answer, "cost"));
}

static void assert_item(const json_t *answer, size_t i, dctx_status status,
			const char *why)
{
	const json_t *item = item_of(answer, i);

	assert_string_equal(dctx_strerror(status), text_of(item, "status"));
	if (strstr(text_of(item, "why"), why) == NULL)
		assert_string_equal(why, text_of(item, "why"));
}

static void assert_refused(const char *arguments, const char *body,
			   const char *why)
{
	json_t *answer = post(arguments, NULL, body);
	const char *error = text_of(answer, "error");

	assert_int_equal(400, http);
	if (strncmp(error, why, strlen(why)) != 0)
		assert_string_equal(why, error);
	json_decref(answer);
}

static void what_comes_adds_up_across_processes(void **state)
{
	json_t *answer = post("?within_ms=30000", NULL,
			      "[\"book\", \"pen\", \"pen\"]");

	(void)state;
	assert_int_equal(200, http);
	assert_came(answer, 3, 3);
	assert_string_equal("fragile", text_of(answer, "warnings"));
	json_decref(answer);
}

static void items_are_answered_in_their_order_each_in_its_context(void **state)
{
	static const char *const items[] = {"a", "b", "c", "d", "e", "f"};
	json_t *answer =
		post("?within_ms=30000", NULL,
		     "[\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]");

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		const json_t *item = item_of(answer, i);
		const json_t *stock = json_object_get(item, "stock");

		assert_string_equal(items[i], text_of(item, "item"));
		assert_int_equal(7, number_of(stock, "tenant"));
		assert_string_equal(text_of(answer, "request_id"),
				    text_of(stock, "request_id"));
		assert_string_equal("edge > POST /checkout > checkout > item > "
				    "GET /reserve > inner > GET /reserve",
				    text_of(stock, "chain"));
	}
	json_decref(answer);
}

static void baskets_larger_than_the_pool_come_whole(void **state)
{
	char body[BASKET_MAX * 4 + 2] = "[\"a\"";
	json_t *answer;

	(void)state;
	for (int i = 1; i < BASKET_MAX; i++)
		strcat(body, ",\"a\"");
	strcat(body, "]");
	answer = post("?policy=all&within_ms=30000", NULL, body);
	assert_int_equal(200, http);
	assert_came(answer, BASKET_MAX, BASKET_MAX);
	json_decref(answer);
}

static void an_empty_basket_is_answered_and_costs_nothing(void **state)
{
	json_t *answer = post("", NULL, "[]");

	(void)state;
	assert_int_equal(200, http);
	assert_came(answer, 0, 0);
	assert_int_equal(0, json_array_size(json_object_get(answer, "items")));
	json_decref(answer);
}

/* The services' own deadline is earlier by the way back. */
static void a_slow_item_is_cut_off_and_the_others_add_up(void **state)
{
	int64_t soonest = dctx_deadline_in(2980 * DCTX_MS);
	json_t *answer = post("?within_ms=3000", NULL,
			      "[\"book\", \"slow\", \"pen\"]");

	(void)state;
	assert_true(dctx_now() >= soonest);
	assert_int_equal(200, http);
	assert_came(answer, 2, 3);
	assert_item(answer, 0, DCTX_OK, "(none)");
	assert_item(answer, 1, DCTX_DEADLINE_EXCEEDED, "deadline exceeded");
	assert_item(answer, 2, DCTX_OK, "(none)");
	json_decref(answer);
}

static void the_requests_own_time_is_a_limit(void **state)
{
	int64_t soonest = dctx_deadline_in(2980 * DCTX_MS);
	int64_t latest = dctx_deadline_in(20 * DCTX_S);
	json_t *answer = post("?within_ms=30000", "x-timeout-ms: 3000",
			      "[\"slow\", \"book\"]");

	(void)state;
	assert_true(dctx_now() >= soonest);
	assert_true(dctx_now() < latest);
	assert_came(answer, 1, 2);
	assert_item(answer, 0, DCTX_DEADLINE_EXCEEDED, "deadline exceeded");
	json_decref(answer);
}

static void an_item_that_fails_ends_none_but_itself(void **state)
{
	json_t *answer = post("?within_ms=30000", NULL,
			      "[\"lost\", \"book\", \"broken\"]");

	(void)state;
	assert_int_equal(200, http);
	assert_came(answer, 1, 3);
	assert_item(answer, 0, DCTX_INVALID, "pricing: no such item");
	assert_item(answer, 2, DCTX_SYSTEM, "stock: it broke");
	json_decref(answer);
}

static void of_all_one_that_fails_cancels_the_others_and_says_why(void **state)
{
	int64_t latest = dctx_deadline_in(20 * DCTX_S);
	json_t *answer = post("?policy=all&within_ms=30000", NULL,
			      "[\"slow\", \"lost\", \"slow\"]");

	(void)state;
	assert_true(dctx_now() < latest);
	assert_int_equal(502, http);
	assert_came(answer, 0, 3);
	assert_string_equal(dctx_strerror(DCTX_INVALID),
			    text_of(answer, "status"));
	assert_item(answer, 0, DCTX_CANCELED, "slice 1 failed");
	assert_item(answer, 1, DCTX_INVALID, "pricing: no such item");
	json_decref(answer);
}

static void a_quorum_cancels_what_it_can_do_without(void **state)
{
	int64_t latest = dctx_deadline_in(20 * DCTX_S);
	json_t *answer = post("?policy=quorum&k=2&within_ms=30000", NULL,
			      "[\"slow\", \"book\", \"pen\"]");

	(void)state;
	assert_true(dctx_now() < latest);
	assert_int_equal(200, http);
	assert_came(answer, 2, 3);
	assert_item(answer, 0, DCTX_CANCELED, "enough slices have succeeded");
	json_decref(answer);
}

static void a_quorum_that_cannot_be_reached_fails(void **state)
{
	json_t *answer = post("?policy=quorum&k=2&within_ms=30000", NULL,
			      "[\"lost\", \"slow\", \"lost\"]");

	(void)state;
	assert_int_equal(502, http);
	assert_came(answer, 0, 3);
	json_decref(answer);
}

/* Posts one item and 31 slow ones, more than can run at once. */
static json_t *post_with_slow_ones(const char *arguments, const char *item)
{
	char body[BASKET_MAX * 8 + 16];
	int len = snprintf(body, sizeof(body), "[\"%s\"", item);

	for (int i = 1; i < BASKET_MAX; i++)
		len += snprintf(body + len, sizeof(body) - (size_t)len,
				",\"slow\"");
	strcpy(body + len, "]");
	return post(arguments, NULL, body);
}

static void what_never_began_is_told_why_as_well(void **state)
{
	json_t *answer;

	(void)state;
	answer = post_with_slow_ones("?policy=all&within_ms=30000", "lost");
	assert_came(answer, 0, BASKET_MAX);
	assert_item(answer, BASKET_MAX - 1, DCTX_CANCELED,
		    "not begun: slice 0 failed: an argument is invalid");
	json_decref(answer);
	answer = post_with_slow_ones("?policy=first&within_ms=30000", "book");
	assert_came(answer, 1, BASKET_MAX);
	assert_item(answer, BASKET_MAX - 1, DCTX_CANCELED,
		    "not begun: enough slices have succeeded");
	json_decref(answer);
}

static void what_is_no_basket_is_refused(void **state)
{
	char many[BASKET_MAX * 4 + 8] = "[\"a\"";
	char deep[4001];

	(void)state;
	assert_refused("", "", "basket: not JSON, at byte ");
	assert_refused("", "[\"book\"", "basket: not JSON, at byte ");
	assert_refused("", "[\"\xff\"]", "basket: not JSON, at byte ");
	assert_refused("", "{\"item\": \"book\"}", "basket: not a list");
	assert_refused("", "[\"book\", 1]", "basket: item 1: not a word");
	assert_refused("", "[\"a&b=c\"]", "basket: item 0: not a word");
	assert_refused("", "[[\"book\"]]", "basket: item 0: not a word");
	for (int i = 0; i < BASKET_MAX; i++)
		strcat(many, ",\"a\"");
	strcat(many, "]");
	assert_refused("", many, "basket: more than 32 items");
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_refused("", deep, "basket: not JSON, at byte ");
}

static void a_basket_that_is_too_big_is_refused(void **state)
{
	char body[4096 + 2];
	json_t *answer;

	(void)state;
	memset(body, ' ', sizeof(body));
	memcpy(body, "[]", 2);
	body[4096] = '\0';
	answer = post("", NULL, body);
	assert_int_equal(200, http);
	json_decref(answer);
	body[4096] = ' ';
	body[4097] = '\0';
	answer = post("", NULL, body);
	assert_int_equal(413, http);
	assert_string_equal("more than 4096 bytes", text_of(answer, "error"));
	json_decref(answer);
}

static void policies_that_are_none_are_refused(void **state)
{
	(void)state;
	assert_refused("?policy=some", "[\"a\"]", "policy: no such policy");
	assert_refused("?policy=", "[\"a\"]", "policy: no such policy");
	assert_refused("?policy=quorum", "[\"a\"]", "k: not 1 to 1");
	assert_refused("?policy=quorum&k=0", "[\"a\"]", "k: not 1 to 1");
	assert_refused("?policy=quorum&k=2", "[\"a\"]", "k: not 1 to 1");
	assert_refused("?policy=quorum&k=-1", "[\"a\"]", "k: not 1 to 1");
	assert_refused("?policy=quorum&k=1", "[]", "k: not 1 to 0");
	assert_refused("?within_ms=0", "[]", "within_ms: not 1 to 30000");
	assert_refused("?within_ms=30001", "[]", "within_ms: not 1 to 30000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_adds_up_across_processes),
		cmocka_unit_test(
			items_are_answered_in_their_order_each_in_its_context),
		cmocka_unit_test(baskets_larger_than_the_pool_come_whole),
		cmocka_unit_test(an_empty_basket_is_answered_and_costs_nothing),
		cmocka_unit_test(a_slow_item_is_cut_off_and_the_others_add_up),
		cmocka_unit_test(the_requests_own_time_is_a_limit),
		cmocka_unit_test(an_item_that_fails_ends_none_but_itself),
		cmocka_unit_test(
			of_all_one_that_fails_cancels_the_others_and_says_why),
		cmocka_unit_test(a_quorum_cancels_what_it_can_do_without),
		cmocka_unit_test(a_quorum_that_cannot_be_reached_fails),
		cmocka_unit_test(what_never_began_is_told_why_as_well),
		cmocka_unit_test(what_is_no_basket_is_refused),
		cmocka_unit_test(a_basket_that_is_too_big_is_refused),
		cmocka_unit_test(policies_that_are_none_are_refused),
	};

	if (!shop_crossing_open() || shop_spans_open("test") != DCTX_OK)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, start, stop);
}
