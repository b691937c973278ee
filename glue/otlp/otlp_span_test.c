/* SPDX-License-Identifier: MIT */
/*
 * otlp_span_test.c - proves that each part of a closed span is where the
 * protocol has it, by what protobuf-c reads out of the message again.
 */
#include "read.h"

#include <math.h>

static void a_span_is_who_it_is(void **state)
{
	dctx_told_span told = told_plain();
	const Otlp__Span *span;

	(void)state;
	memcpy(told.parent, "parent 8", 8);
	told.parent_is_remote = true;
	told.kind = DCTX_SPAN_SERVER;
	told.trace.flags |= DCTX_TRACE_RANDOM | DCTX_TRACE_DEBUG;
	told.trace.state = (dctx_bytes){"vendor=1", 8};
	told.dropped_fields = 7;
	told.dropped_events = 8;
	told.dropped_links = 9;
	span = only(&told);
	is_text(span->trace_id, "trace id 16 byte");
	is_text(span->span_id, "span 8 b");
	is_text(span->parent_span_id, "parent 8");
	is_text(span->trace_state, "vendor=1");
	is_text(span->name, "checkout");
	assert_int_equal(span->kind, OTLP__SPAN_KIND__SPAN_KIND_SERVER);
	assert_int_equal(span->flags, 0x303);
	assert_int_equal(span->start_time_unix_nano, 1795815674000000000);
	assert_int_equal(span->end_time_unix_nano, 1795815674500000000);
	assert_int_equal(span->dropped_attributes_count, 7);
	assert_int_equal(span->dropped_events_count, 8);
	assert_int_equal(span->dropped_links_count, 9);
	assert_null(span->status);
	is_text(scope(0)->scope->name, "shop.gateway");
	says(attribute(span, "dctx.level"), "INFO");
	says(attribute(span, "code.file.path"), "gateway.c");
	counts(attribute(span, "code.line.number"), 42);
}

static void a_root_has_no_parent(void **state)
{
	const dctx_told_span told = told_plain();
	const Otlp__Span *span = only(&told);

	(void)state;
	assert_int_equal(span->parent_span_id.len, 0);
	assert_int_equal(span->flags, 0x101);
	assert_int_equal(span->kind, OTLP__SPAN_KIND__SPAN_KIND_INTERNAL);
	assert_int_equal(span->n_attributes, 3); /* all of them the site's */
	assert_int_equal(span->n_events + span->n_links, 0);
}

static void kinds_have_their_names(void **state)
{
	static const int expected[] = {1, 2, 3, 4, 5, 1};

	(void)state;
	for (int i = 0; i < 6; i++) {
		dctx_told_span told = told_plain();

		told.kind = (dctx_span_kind)i;
		assert_int_equal(only(&told)->kind, expected[i]);
		otlp__export_trace_service_request__free_unpacked(request,
								  NULL);
		request = NULL;
	}
}

static const char *format_name = "an object";
static size_t format_object(const void *value, char *buf, size_t size)
{
	(void)value;
	return (size_t)snprintf(buf, size, "%s", format_name);
}

static void fields_keep_their_types(void **state)
{
	const dctx_type shown = {sizeof shown, "t", .size = 1,
				 .format = format_object};
	const dctx_type named = {sizeof named, "point", .size = 1};
	const dctx_span_field fields[] = {
		{"text", DCTX_ANY("Am\xc3\xa9lie")},
		{"bool", DCTX_ANY((bool)false)},
		{"small", DCTX_ANY((signed char)-3)},
		{"large", DCTX_ANY(INT64_MIN)},
		{"unsigned", DCTX_ANY((unsigned)4000000000u)},
		{"past", DCTX_ANY(UINT64_MAX)},
		{"double", DCTX_ANY(0.1)},
		{"nan", DCTX_ANY((float)NAN)},
		{"bytes", DCTX_ANY(((dctx_bytes){"\0\xff", 2}))},
		{"shown", DCTX_ANY_OBJECT(&shown, &shown)},
		{"named", DCTX_ANY_OBJECT(&named, &named)},
		{"empty", {.kind = 0}},
		{"nul", {DCTX_KIND_STR, NULL, {.bytes = {"a\0b", 3}}}},
		{"text", DCTX_ANY("again")},
	};
	dctx_told_span told = told_plain();
	const Otlp__AnyValue *value;
	const Otlp__Span *span;

	(void)state;
	told.fields = fields;
	told.field_count = sizeof fields / sizeof *fields;
	span = only(&told);
	says(attribute(span, "text"), "Am\xc3\xa9lie");
	value = attribute(span, "bool");
	assert_int_equal(value->value_case, OTLP__ANY_VALUE__VALUE_BOOL_VALUE);
	assert_false(value->bool_value);
	counts(attribute(span, "small"), -3);
	counts(attribute(span, "large"), INT64_MIN);
	counts(attribute(span, "unsigned"), 4000000000);
	says(attribute(span, "past"), "18446744073709551615");
	value = attribute(span, "double");
	assert_int_equal(value->value_case,
			 OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE);
	assert_true(value->double_value == 0.1);
	assert_true(isnan(attribute(span, "nan")->double_value));
	value = attribute(span, "bytes");
	assert_int_equal(value->value_case, OTLP__ANY_VALUE__VALUE_BYTES_VALUE);
	assert_int_equal(value->bytes_value.len, 2);
	assert_memory_equal(value->bytes_value.data, "\0\xff", 2);
	says(attribute(span, "shown"), "an object");
	says(attribute(span, "named"), "<point>");
	assert_null(attribute(span, "empty"));
	assert_int_equal(attribute(span, "nul")->string_value.len, 3);
	assert_int_equal(span->n_attributes, 12 + 3);
}

static void a_context_is_told_beside_the_fields(void **state)
{
	const dctx_span_field field = {"tenant", DCTX_ANY("the span's")};
	dctx_told_span told = told_plain();
	const Otlp__Span *span;

	(void)state;
	told.fields = &field;
	told.field_count = 1;
	told.values = "\"tenant\":\"the key's\",\"request_id\":\"r-1\"";
	told.chain = "serve > checkout";
	told.deadline = told.began + 250 * DCTX_MS;
	told.cause = "deadline exceeded";
	told.task = 3;
	told.thread = 4711;
	span = only(&told);
	says(attribute(span, "tenant"), "the span's");
	says(attribute(span, "request_id"), "r-1");
	says(attribute(span, "dctx.chain"), "serve > checkout");
	says(attribute(span, "dctx.cause"), "deadline exceeded");
	counts(attribute(span, "dctx.deadline"), 1795815674250000000);
	counts(attribute(span, "dctx.task"), 3);
	counts(attribute(span, "thread.id"), 4711);
}

static void what_went_wrong_is_an_error(void **state)
{
	dctx_told_span told = told_plain();
	const Otlp__Span *span;

	(void)state;
	told.status = DCTX_DEADLINE_EXCEEDED;
	span = only(&told);
	assert_int_equal(span->status->code,
			 OTLP__STATUS_CODE__STATUS_CODE_ERROR);
	is_text(span->status->message, dctx_strerror(DCTX_DEADLINE_EXCEEDED));
	says(attribute(span, "error.type"),
	     dctx_strerror(DCTX_DEADLINE_EXCEEDED));
	otlp__export_trace_service_request__free_unpacked(request, NULL);
	told.status_text = "stock does not answer";
	span = only(&told);
	is_text(span->status->message, "stock does not answer");
	says(attribute(span, "error.type"),
	     dctx_strerror(DCTX_DEADLINE_EXCEEDED));
}

static void events_and_links_go_along(void **state)
{
	const dctx_span_field field = {"try", DCTX_ANY(2)};
	const dctx_told_event events[] = {
		{1000 * DCTX_S + DCTX_MS, "retry", &field, 1},
		{999 * DCTX_S, "before", NULL, 0},
	};
	const dctx_trace links[] = {
		{.trace_id = "another trace id",
		 .span_id = "another ",
		 .flags = DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG,
		 .state = {"a=b", 3}},
	};
	dctx_told_span told = told_plain();
	const Otlp__Span *span;

	(void)state;
	told.events = events;
	told.event_count = 2;
	told.links = links;
	told.link_count = 1;
	span = only(&told);
	assert_int_equal(span->n_events, 2);
	is_text(span->events[0]->name, "retry");
	assert_int_equal(span->events[0]->time_unix_nano, 1795815674001000000);
	assert_int_equal(span->events[0]->n_attributes, 1);
	counts(find(span->events[0]->attributes, 1, "try"), 2);
	is_text(span->events[1]->name, "before");
	assert_int_equal(span->events[1]->time_unix_nano, 1795815673000000000);
	assert_int_equal(span->n_links, 1);
	is_text(span->links[0]->trace_id, "another trace id");
	is_text(span->links[0]->span_id, "another ");
	is_text(span->links[0]->trace_state, "a=b");
	assert_int_equal(span->links[0]->flags, 1);
}

/* A clock that jumped, and times at the end of all time. */
static void times_stay_in_their_range(void **state)
{
	dctx_told_span told = told_plain();
	const Otlp__Span *span;

	(void)state;
	told.ended_unix = told.began_unix - DCTX_S;
	told.deadline = INT64_MAX - 1;
	span = only(&told);
	assert_int_equal(span->end_time_unix_nano, span->start_time_unix_nano);
	counts(attribute(span, "dctx.deadline"), INT64_MAX);
	otlp__export_trace_service_request__free_unpacked(request, NULL);
	told.began_unix = told.ended_unix = -1;
	span = only(&told);
	assert_int_equal(span->start_time_unix_nano, 0);
	assert_int_equal(span->end_time_unix_nano, 0);
}

/* A collector refuses all of a message for one text that is not UTF-8. */
static void every_text_is_utf8(void **state)
{
	const dctx_span_site site = {"n\xff", "t\xfe", DCTX_LEVEL_WARN,
				     "f\x80.c", 1};
	const dctx_span_field field = {"k\xc3", DCTX_ANY("v\xed\xa0\x80")};
	const dctx_told_event event = {0, "e\xf5", &field, 1};
	dctx_told_span told = told_plain();
	const Otlp__Span *span;

	(void)state;
	told.site = &site;
	told.fields = &field;
	told.field_count = 1;
	told.events = &event;
	told.event_count = 1;
	told.chain = "c\xc0\xaf";
	told.status = DCTX_SYSTEM;
	told.status_text = "s\xe2\x82";
	span = only(&told);
#define BAD "\xef\xbf\xbd"
	is_text(span->name, "n" BAD);
	is_text(scope(0)->scope->name, "t" BAD);
	is_text(span->events[0]->name, "e" BAD);
	is_text(span->status->message, "s" BAD BAD);
	says(attribute(span, "k" BAD), "v" BAD BAD BAD);
	says(attribute(span, "dctx.chain"), "c" BAD BAD);
	says(attribute(span, "code.file.path"), "f" BAD ".c");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		READ_TEST(a_span_is_who_it_is),
		READ_TEST(a_root_has_no_parent),
		READ_TEST(kinds_have_their_names),
		READ_TEST(fields_keep_their_types),
		READ_TEST(a_context_is_told_beside_the_fields),
		READ_TEST(what_went_wrong_is_an_error),
		READ_TEST(events_and_links_go_along),
		READ_TEST(times_stay_in_their_range),
		READ_TEST(every_text_is_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
