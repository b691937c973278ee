/* SPDX-License-Identifier: MIT */
/* spans_test.c - what is told of requests and calls: a server that calls
 * another over HTTP, in one process, and a sink that keeps what it gets. */
#include "basket.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KEPT 64
#define PATIENCE (60 * DCTX_S)

struct kept {
	char name[64];
	dctx_span_kind kind;
	unsigned char id[DCTX_SPAN_ID], parent[DCTX_SPAN_ID];
	unsigned char trace_id[DCTX_TRACE_ID];
	bool is_remote;
	dctx_status status;
	char why[256], chain[256], values[256];
	uint64_t http; /* 0: not said */
	char item[32];
};

static struct kept kept[KEPT]; /* is read when it is flushed */
static size_t count;
static dctx_sink *sink;
static struct shop_server *service, *edge;
static char service_url[64], edge_url[64];

static void keep_field(struct kept *k, const dctx_span_field *field)
{
	if (strcmp(field->name, "http.response.status_code") == 0)
		k->http = field->value.as.u;
	if (strcmp(field->name, "item") == 0)
		snprintf(k->item, sizeof(k->item), "%.*s",
			 (int)field->value.as.bytes.len,
			 (const char *)field->value.as.bytes.data);
}

static void keep(const dctx_told_span *told)
{
	struct kept *k = &kept[count++ % KEPT];

	*k = (struct kept){.kind = told->kind,
			   .is_remote = told->parent_is_remote,
			   .status = told->status};
	snprintf(k->name, sizeof(k->name), "%s", told->site->name);
	memcpy(k->id, told->trace.span_id, sizeof(k->id));
	memcpy(k->parent, told->parent, sizeof(k->parent));
	memcpy(k->trace_id, told->trace.trace_id, sizeof(k->trace_id));
	snprintf(k->why, sizeof(k->why), "%s",
		 told->status_text != NULL ? told->status_text : "");
	snprintf(k->chain, sizeof(k->chain), "%s", told->chain);
	snprintf(k->values, sizeof(k->values), "%s", told->values);
	for (size_t i = 0; i < told->field_count; i++)
		keep_field(k, &told->fields[i]);
}

static dctx_status export_spans(void *user, const dctx_told_span *spans,
				size_t n, int64_t until)
{
	(void)user;
	(void)until;
	for (size_t i = 0; i < n; i++)
		keep(&spans[i]);
	return DCTX_OK;
}

static void serve(const struct shop_request *request,
		  struct shop_answer *answer)
{
	const char *item = shop_argument(request, "item");

	dctx_gather_add(&k_cost.key, &DCTX_ANY(5));
	if (item != NULL && strcmp(item, "lost") == 0 &&
	    strcmp(shop_path(request), "/price") == 0)
		shop_refuse(answer, 404, "no such item");
	else if (item != NULL && strcmp(item, "broken") == 0)
		shop_refuse(answer, 500, "it broke");
	else
		*answer = (struct shop_answer){200, shop_context()};
}

/* Asks the service once, and says what that cost. */
static void pass_on(const struct shop_request *request,
		    struct shop_answer *answer)
{
	const char *item = shop_argument(request, "item");
	char url[256];
	unsigned http;

	if (shop_is_post(request)) {
		basket_check_out(request, answer);
		return;
	}
	snprintf(url, sizeof(url), "%s/price?item=%s", service_url,
		 item != NULL ? item : "");
	json_decref(shop_call(url, &http));
	*answer = (struct shop_answer){http, shop_context()};
	json_object_set_new(answer->body, "cost",
			    json_integer((json_int_t)dctx_get(k_cost, 0)));
	if (http >= 500)
		json_object_set_new(answer->body, "error",
				    json_string("no price"));
}

static int start(void **state)
{
	static const dctx_sink_ops ops = {.struct_size = DCTX_SINK_OPS_SIZE,
					  .name = "kept",
					  .export_spans = export_spans};
	static const struct shop_service inner = {
		.name = "inner",
		.arrive = shop_arrive_by_envelope,
		.handle = serve,
		.depart = shop_give_share,
	};
	static const struct shop_service outer = {
		.name = "outer",
		.takes_posts = true,
		.arrive = shop_arrive_by_headers,
		.handle = pass_on,
	};

	(void)state;
	shop_client_open();
	service = shop_server_start(&inner, 0);
	edge = shop_server_start(&outer, 0);
	if (service == NULL || edge == NULL)
		return -1;
	snprintf(service_url, sizeof(service_url), "http://127.0.0.1:%u",
		 shop_server_port(service));
	snprintf(edge_url, sizeof(edge_url), "http://127.0.0.1:%u",
		 shop_server_port(edge));
	if (!basket_open(service_url, service_url))
		return -1;
	return dctx_sink_new(&ops, NULL, NULL, &sink) == DCTX_OK ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	shop_server_stop(edge);
	basket_close();
	shop_server_stop(service);
	shop_client_close();
	dctx_sink_end(sink);
	return 0;
}

/* A span of a request ends a little after its answer. */
static void await(size_t n)
{
	int64_t late = dctx_deadline_in(PATIENCE);

	do {
		assert_int_equal(DCTX_OK, dctx_sink_flush(sink, late));
		if (count < n)
			(void)dctx_wait(dctx_deadline_in(DCTX_MS));
	} while (count < n && dctx_now() < late);
	assert_int_equal(n, count);
}

/* Asks the edge, with a header or NULL. Returns: its answer. */
static json_t *ask(const char *page, const char *header, size_t spans)
{
	struct curl_slist *headers = NULL;
	char url[256];
	unsigned http;
	json_t *answer;

	count = 0;
	snprintf(url, sizeof(url), "%s%s", edge_url, page);
	headers = curl_slist_append(headers, "x-tenant: 7");
	if (header != NULL)
		headers = curl_slist_append(headers, header);
	answer = shop_get(url, headers, &http);
	curl_slist_free_all(headers);
	assert_non_null(answer);
	await(spans);
	return answer;
}

static const struct kept *span_of(const char *name, dctx_span_kind kind)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(kept[i].name, name) == 0 && kept[i].kind == kind)
			return &kept[i];
	fail_msg("no span %s", name);
	return NULL;
}

static bool has_span(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(kept[i].name, name) == 0)
			return true;
	return false;
}

static bool is_child(const struct kept *child, const struct kept *parent)
{
	return memcmp(child->parent, parent->id, sizeof(child->parent)) == 0 &&
	       memcmp(child->trace_id, parent->trace_id,
		      sizeof(child->trace_id)) == 0;
}

static void a_call_is_a_span_and_the_request_there_its_child(void **state)
{
	static const unsigned char root[DCTX_SPAN_ID];
	json_t *answer = ask("/checkout?item=book", NULL, 3);
	const struct kept *request = span_of("GET /checkout", DCTX_SPAN_SERVER);
	const struct kept *call = span_of("GET /price", DCTX_SPAN_CLIENT);
	const struct kept *there = span_of("GET /price", DCTX_SPAN_SERVER);

	(void)state;
	assert_memory_equal(root, request->parent, sizeof(root));
	assert_false(request->is_remote);
	assert_true(is_child(call, request));
	assert_false(call->is_remote);
	assert_true(is_child(there, call));
	assert_true(there->is_remote);
	assert_int_equal(200, request->http);
	assert_int_equal(200, call->http);
	assert_int_equal(200, there->http);
	json_decref(answer);
}

static void a_span_is_a_scope_and_knows_the_requests_values(void **state)
{
	json_t *answer = ask("/checkout?item=book", "x-request-id: abc", 3);
	const struct kept *there = span_of("GET /price", DCTX_SPAN_SERVER);

	(void)state;
	assert_string_equal("outer > GET /checkout > GET /price > inner",
			    there->chain);
	assert_non_null(strstr(there->values, "\"request_id\":\"abc\""));
	assert_non_null(strstr(there->values, "\"tenant\":7"));
	json_decref(answer);
}

static void what_is_gathered_comes_out_of_spans(void **state)
{
	json_t *answer = ask("/checkout?item=book", NULL, 3);

	(void)state;
	assert_int_equal(5,
			 json_integer_value(json_object_get(answer, "cost")));
	json_decref(answer);
}

static void a_request_goes_on_with_the_trace_it_comes_in(void **state)
{
	json_t *answer = ask("/checkout?item=book",
			     "traceparent: 00-0123456789abcdef0123456789abcdef-"
			     "fedcba9876543210-01",
			     3);
	const struct kept *request = span_of("GET /checkout", DCTX_SPAN_SERVER);

	(void)state;
	assert_memory_equal("\xfe\xdc\xba\x98\x76\x54\x32\x10", request->parent,
			    DCTX_SPAN_ID);
	assert_memory_equal("\x01\x23\x45\x67\x89\xab\xcd\xef",
			    request->trace_id, 8);
	assert_true(request->is_remote);
	json_decref(answer);
}

static void nobody_is_told_of_a_trace_that_is_not_sampled(void **state)
{
	json_t *answer = ask("/checkout?item=book",
			     "traceparent: 00-0123456789abcdef0123456789abcdef-"
			     "fedcba9876543210-00",
			     0);

	(void)state;
	assert_string_equal(
		"0123456789abcdef0123456789abcdef",
		json_string_value(json_object_get(answer, "trace")));
	json_decref(answer);
	answer = ask("/checkout?item=book", NULL, 3);
	json_decref(answer);
}

static void what_fails_says_so_where_it_did(void **state)
{
	json_t *answer = ask("/checkout?item=broken", NULL, 3);
	const struct kept *call = span_of("GET /price", DCTX_SPAN_CLIENT);
	const struct kept *there = span_of("GET /price", DCTX_SPAN_SERVER);

	(void)state;
	assert_int_equal(DCTX_SYSTEM, there->status);
	assert_string_equal("it broke", there->why);
	assert_int_equal(500, there->http);
	assert_int_equal(DCTX_SYSTEM, call->status);
	assert_string_equal("it broke", call->why);
	assert_string_equal("no price",
			    span_of("GET /checkout", DCTX_SPAN_SERVER)->why);
	json_decref(answer);
}

static void what_is_not_there_is_a_failure_of_who_asked(void **state)
{
	json_t *answer = ask("/checkout?item=lost", NULL, 3);
	const struct kept *call = span_of("GET /price", DCTX_SPAN_CLIENT);
	const struct kept *there = span_of("GET /price", DCTX_SPAN_SERVER);

	(void)state;
	assert_int_equal(DCTX_OK, there->status);
	assert_int_equal(404, there->http);
	assert_int_equal(DCTX_INVALID, call->status);
	assert_string_equal("no such item", call->why);
	json_decref(answer);
}

static void a_call_that_is_cut_off_says_why(void **state)
{
	const struct kept *call;
	unsigned http;

	(void)state;
	count = 0;
	{
		DCTX_SCOPE("late");
		dctx_set_timeout(0);
		assert_null(shop_call(service_url, &http));
	}
	await(1);
	call = span_of("GET", DCTX_SPAN_CLIENT);
	assert_int_equal(0, http);
	assert_int_equal(0, call->http);
	assert_int_equal(DCTX_DEADLINE_EXCEEDED, call->status);
}

static void a_page_that_nobody_knows_gives_no_name(void **state)
{
	json_t *answer = ask("/checkout/4711", NULL, 3);

	(void)state;
	assert_int_equal(200, span_of("GET", DCTX_SPAN_SERVER)->http);
	json_decref(answer);
}

static void check_out(const char *basket)
{
	unsigned http;
	char url[256];

	count = 0;
	snprintf(url, sizeof(url), "%s/checkout?within_ms=30000", edge_url);
	json_decref(shop_post(url, NULL, basket, &http));
}

static void an_item_is_a_span_and_its_calls_are_children(void **state)
{
	const struct kept *basket;
	unsigned items = 0, calls = 0;

	(void)state;
	check_out("[\"book\", \"pen\"]");
	await(11);
	basket = span_of("POST /checkout", DCTX_SPAN_SERVER);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(kept[i].name, "item") != 0)
			continue;
		items++;
		assert_true(is_child(&kept[i], basket));
		assert_int_equal(DCTX_OK, kept[i].status);
		for (size_t c = 0; c < count; c++)
			calls += is_child(&kept[c], &kept[i]);
	}
	assert_int_equal(2, items);
	assert_int_equal(4, calls);
}

/* The last one: whether stock was asked, too, and when that ends, nobody knows.
 */
static void an_item_that_does_not_come_says_why(void **state)
{
	int64_t late = dctx_deadline_in(PATIENCE);
	const struct kept *item;

	(void)state;
	check_out("[\"lost\"]");
	while (!has_span("POST /checkout") && dctx_now() < late)
		assert_int_equal(DCTX_OK, dctx_sink_flush(sink, late));
	item = span_of("item", DCTX_SPAN_INTERNAL);
	assert_string_equal("lost", item->item);
	assert_int_equal(DCTX_INVALID, item->status);
	assert_string_equal("pricing: no such item", item->why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_call_is_a_span_and_the_request_there_its_child),
		cmocka_unit_test(
			a_span_is_a_scope_and_knows_the_requests_values),
		cmocka_unit_test(what_is_gathered_comes_out_of_spans),
		cmocka_unit_test(a_request_goes_on_with_the_trace_it_comes_in),
		cmocka_unit_test(nobody_is_told_of_a_trace_that_is_not_sampled),
		cmocka_unit_test(what_fails_says_so_where_it_did),
		cmocka_unit_test(what_is_not_there_is_a_failure_of_who_asked),
		cmocka_unit_test(a_call_that_is_cut_off_says_why),
		cmocka_unit_test(a_page_that_nobody_knows_gives_no_name),
		cmocka_unit_test(an_item_is_a_span_and_its_calls_are_children),
		cmocka_unit_test(an_item_that_does_not_come_says_why),
	};

	if (!shop_crossing_open() || shop_spans_open("test") != DCTX_OK)
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, start, stop);
}
