/* SPDX-License-Identifier: MIT */
/*
 * otlp_message_test.c - proves whose spans a message says they are, in which
 * order, and what becomes of one that has no memory.
 */
#include "read.h"

static void spans_stand_under_their_targets(void **state)
{
	static const char again[] = "shop.gateway";
	const dctx_span_site sites[] = {
		{"a", "shop.gateway", DCTX_LEVEL_INFO, "a.c", 1},
		{"b", NULL, DCTX_LEVEL_INFO, "b.c", 2},
		{"c", again, DCTX_LEVEL_INFO, "c.c", 3},
		{"d", "shop.stock", DCTX_LEVEL_INFO, "d.c", 4},
	};
	dctx_told_span spans[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		spans[i] = told_plain();
		spans[i].site = &sites[i];
	}
	tell(spans, 4);
	assert_int_equal(request->resource_spans[0]->n_scope_spans, 3);
	is_text(scope(0)->scope->name, "shop.gateway");
	assert_int_equal(scope(0)->n_spans, 2);
	is_text(scope(0)->spans[0]->name, "a");
	is_text(scope(0)->spans[1]->name, "c");
	is_text(scope(1)->scope->name, "b.c");
	is_text(scope(1)->spans[0]->name, "b");
	is_text(scope(2)->scope->name, "shop.stock");
	is_text(scope(2)->spans[0]->name, "d");
}

static void what_is_not_sampled_is_not_said(void **state)
{
	struct arena arena = {.chunks = NULL};
	ProtobufCBinaryData out = {0, NULL};
	dctx_told_span spans[2];
	size_t said = 7;

	(void)state;
	spans[0] = spans[1] = told_plain();
	spans[0].trace.flags = 0;
	tell(spans, 2);
	assert_int_equal(scope(0)->n_spans, 1);
	assert_int_equal(say(spans, 1, &arena, &out, &said), DCTX_OK);
	assert_int_equal(said, 0);
	assert_int_equal(out.len, 0);
	dctxi_otlp_give_back(&arena);
}

static void spans_of_a_newer_library_are_larger(void **state)
{
	struct {
		dctx_told_span span;
		char more[64];
	} spans[2] = {{.span = told_plain()}, {.span = told_plain()}};

	(void)state;
	spans[0].span.struct_size = spans[1].span.struct_size = sizeof *spans;
	memcpy(spans[1].span.trace.span_id, "second  ", 8);
	tell(&spans[0].span, 2);
	is_text(scope(0)->spans[0]->span_id, "span 8 b");
	is_text(scope(0)->spans[1]->span_id, "second  ");
}

static void a_resource_tells_the_process(void **state)
{
	const dctx_told_span told = told_plain();
	const Otlp__Resource *resource;
	char host[256];

	(void)state;
	tell(&told, 1);
	resource = request->resource_spans[0]->resource;
#define OF_RESOURCE(name)                                                      \
	find(resource->attributes, resource->n_attributes, (name))
	says(OF_RESOURCE("service.name"), "shop");
	says(OF_RESOURCE("telemetry.sdk.name"), "dctx");
	says(OF_RESOURCE("telemetry.sdk.language"), "c");
	says(OF_RESOURCE("telemetry.sdk.version"), DCTX_VERSION_TEXT);
	counts(OF_RESOURCE("process.pid"), getpid());
	says(OF_RESOURCE("process.executable.name"), "otlp_message_test");
	assert_int_equal(gethostname(host, sizeof host), 0);
	says(OF_RESOURCE("host.name"), host);
}

/* As many of all as a span may have, and long. */
static void the_largest_span_is_said(void **state)
{
	enum { MANY = DCTX_SPAN_FIELDS, LONG = 60000 };
	static char names[MANY][8], text[LONG + 1];
	static dctx_span_field fields[MANY];
	static dctx_told_event events[MANY];
	static dctx_trace links[MANY];
	dctx_told_span told = told_plain();
	const Otlp__Span *span;

	(void)state;
	memset(text, 'x', LONG);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof names[i], "f%d", i);
		fields[i] = (dctx_span_field){names[i], DCTX_ANY(i)};
		events[i] =
			(dctx_told_event){told.began, names[i], fields, MANY};
		links[i] = told.trace;
	}
	fields[0].value = DCTX_ANY((const char *)text);
	told.fields = fields;
	told.field_count = MANY;
	told.events = events;
	told.event_count = MANY;
	told.links = links;
	told.link_count = MANY;
	span = only(&told);
	assert_int_equal(attribute(span, "f0")->string_value.len, LONG);
	assert_int_equal(span->n_events, MANY);
	assert_int_equal(span->events[MANY - 1]->n_attributes, MANY);
	assert_int_equal(span->n_links, MANY);
}

/* Each allocation fails once: the message is then not there, and whole once
 * none does. */
static void without_memory_there_is_no_message(void **state)
{
	dctx_told_span told = told_plain();
	const dctx_span_field field = {"bad", DCTX_ANY("\xff")};
	long failing = 0;
	dctx_status status;
	size_t blocks;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	told.fields = &field;
	told.field_count = 1;
	told.values = "\"a\":\"\\u0041\",\"b\":1.5";
	blocks = dctxt_heap_blocks();
	do {
		struct arena arena = {.chunks = NULL};
		ProtobufCBinaryData out = {0, NULL};
		size_t said;

		dctxt_heap_fail(++failing, false);
		status = say(&told, 1, &arena, &out, &said);
		(void)dctxt_heap_relent();
		assert_true(status == DCTX_OK || status == DCTX_NOMEM);
		assert_int_equal(out.data != NULL, status == DCTX_OK);
		dctxi_otlp_give_back(&arena);
		assert_int_equal(dctxt_heap_blocks(), blocks);
	} while (status != DCTX_OK);
	assert_true(failing > 1);
}

/* A bound does to each piece what missing memory does to a chunk of them. */
static void every_piece_may_be_the_one_without_memory(void **state)
{
	const dctx_span_field field = {"bad", DCTX_ANY("\xff")};
	const dctx_told_event event = {0, "e\xff", &field, 1};
	dctx_told_span told = told_plain();
	dctx_status status;
	size_t most = 0;

	(void)state;
	told.fields = &field;
	told.field_count = 1;
	told.values = "\"a\":\"\\u0041\",\"b\":1.5,\"c\":2";
	told.events = &event;
	told.event_count = 1;
	told.links = &told.trace;
	told.link_count = 1;
	told.status = DCTX_SYSTEM;
	do {
		struct arena arena = {.most = most += 16};
		ProtobufCBinaryData out = {0, NULL};
		size_t said;

		status = say(&told, 1, &arena, &out, &said);
		assert_int_equal(out.data != NULL, status == DCTX_OK);
		dctxi_otlp_give_back(&arena);
	} while (status != DCTX_OK);
	assert_true(most > 1000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		READ_TEST(spans_stand_under_their_targets),
		READ_TEST(what_is_not_sampled_is_not_said),
		READ_TEST(spans_of_a_newer_library_are_larger),
		READ_TEST(a_resource_tells_the_process),
		READ_TEST(the_largest_span_is_said),
		READ_TEST(without_memory_there_is_no_message),
		READ_TEST(every_piece_may_be_the_one_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
