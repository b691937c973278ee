/* SPDX-License-Identifier: MIT */
/*
 * layer_record_test.c - proves that a span's declared and empty fields take
 * what the context has for them, as the keys' mappings say, that a value of the
 * user's is never written over, and that nothing recorded so comes back into
 * the context.
 */
#include "layered.h"

#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);
DCTX_KEY_STR(k_token, "token", DCTX_LOCAL | DCTX_SECRET);

static dctx_key *const keys[] = {&k_rid.key, &k_tenant.key, &k_token.key};

static const dctx_field recorded = {.struct_size = DCTX_FIELD_SIZE,
				    .flags = DCTX_FIELD_RECORD};

static const dctx_span_site site = {"handle", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};

static int begin(void **state)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_int_equal(dctx_field_set(keys[i], &recorded), DCTX_OK);
	return dctxt_begin_both(state);
}

static int end(void **state)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		assert_int_equal(dctx_field_set(keys[i], NULL), DCTX_OK);
	return dctxt_layers_end(state);
}

/* A span with one field that is declared and empty, entered. */
static dctx_span *span_with(const char *field)
{
	return dctxt_span_begin(&site, field, NULL);
}

static void check_text(dctx_span *span, const char *field, const char *expected)
{
	char text[64];
	dctx_any value;

	assert_true(
		dctx_span_field_get(span, field, text, sizeof(text), &value));
	assert_int_equal(value.kind, DCTX_KIND_STR);
	assert_string_equal(text, expected);
}

static void check_empty(dctx_span *span, const char *field)
{
	char text[64];
	dctx_any value;

	assert_true(
		dctx_span_field_get(span, field, text, sizeof(text), &value));
	assert_int_equal(value.kind, 0);
}

static void a_declared_field_takes_what_the_context_has(void **state)
{
	char text[8];
	dctx_any value;
	dctx_span *span;

	(void)state;
	dctx_set(k_rid, "4711");
	dctx_set(k_tenant, 7);
	span = span_with("rid");
	check_text(span, "rid", "4711");
	dctxt_span_end(span);
	span = span_with("tenant");
	assert_true(dctx_span_field_get(span, "tenant", text, sizeof(text),
					&value));
	assert_int_equal(value.kind, DCTX_KIND_U64);
	assert_int_equal(value.as.u, 7);
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_field_that_is_not_declared_stays_away(void **state)
{
	dctx_span *span;
	dctx_any value;

	(void)state;
	dctx_set(k_rid, "4711");
	span = span_with("other");
	assert_false(dctx_span_field_get(span, "rid", NULL, 0, &value));
	check_empty(span, "other");
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_key_without_a_value_leaves_it_empty(void **state)
{
	dctx_span *span = span_with("rid");

	(void)state;
	check_empty(span, "rid");
	dctxt_span_end(span);
}

static void a_value_of_the_users_is_never_written_over(void **state)
{
	dctx_span *span;

	(void)state;
	dctx_set(k_rid, "context's");
	span = dctxt_span_begin(&site, "rid", &DCTX_ANY("user's"));
	check_text(span, "rid", "user's");
	dctxt_span_end(span);
	span = dctx_span_open(&site, NULL, &(dctx_span_field){.name = "rid"},
			      1);
	dctx_span_record(span, "rid", &DCTX_ANY("user's"));
	dctx_span_enter(span);
	check_text(span, "rid", "user's");
	dctxt_span_end(span);
	span = span_with("rid");
	check_text(span, "rid", "context's");
	dctx_span_record(span, "rid", &DCTX_ANY("user's"));
	dctx_span_leave(span);
	dctx_span_enter(span);
	check_text(span, "rid", "user's");
	dctxt_span_end(span);
}

static void entered_again_it_takes_what_the_context_has_then(void **state)
{
	dctx_span *span;

	(void)state;
	dctx_set(k_rid, "first");
	span = span_with("rid");
	dctx_span_leave(span);
	dctx_set(k_rid, "second");
	dctx_span_enter(span);
	check_text(span, "rid", "second");
	dctxt_span_end(span);
}

/* Recording is not heard by layers as a record of the user's. */
static void what_is_recorded_comes_not_back_into_the_context(void **state)
{
	dctx_field both = recorded;
	dctx_span *span;

	(void)state;
	both.flags |= DCTX_FIELD_EXTRACT;
	assert_int_equal(dctx_field_set(&k_rid.key, &both), DCTX_OK);
	dctx_set(k_rid, "first");
	span = span_with("rid");
	dctxt_recorded.times = 0;
	dctx_span_leave(span);
	dctx_set(k_rid, "second");
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "second");
	check_text(span, "rid", "second");
	assert_int_equal(dctxt_recorded.times, 0);
	dctxt_span_end(span);
}

static void what_was_extracted_is_recorded_elsewhere(void **state)
{
	dctx_field both = recorded;
	const dctx_span_field fields[] = {{"in", DCTX_ANY("4711")},
					  {"out", DCTX_EMPTY}};
	dctx_span *span;

	(void)state;
	both.flags |= DCTX_FIELD_EXTRACT;
	both.extract_as = "in";
	both.record_as = "out";
	assert_int_equal(dctx_field_set(&k_rid.key, &both), DCTX_OK);
	span = dctx_span_open(&site, NULL, fields, 2);
	dctx_span_enter(span);
	check_text(span, "out", "4711");
	dctxt_span_end(span);
}

static void the_fields_name_is_that_of_the_log_or_ones_own(void **state)
{
	dctx_field named = recorded;
	dctx_span *span;

	(void)state;
	named.name = "request";
	assert_int_equal(dctx_field_set(&k_rid.key, &named), DCTX_OK);
	dctx_set(k_rid, "4711");
	span = span_with("request");
	check_text(span, "request", "4711");
	dctxt_span_end(span);
	named.record_as = "http.request_id";
	assert_int_equal(dctx_field_set(&k_rid.key, &named), DCTX_OK);
	span = span_with("http.request_id");
	check_text(span, "http.request_id", "4711");
	dctxt_span_end(span);
	span = span_with("request");
	check_empty(span, "request");
	dctxt_span_end(span);
}

static size_t as_hex(const dctx_any *value, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, "0x%llx",
				(unsigned long long)value->as.u);
}

static size_t in_brackets(const dctx_any *value, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, "<%llu>",
				(unsigned long long)value->as.u);
}

static size_t refuses(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)buf;
	(void)size;
	return (size_t)-1;
}

static void a_format_makes_the_text(void **state)
{
	dctx_field shaped = recorded;
	dctx_span *span;

	(void)state;
	dctx_set(k_tenant, 255);
	shaped.format = as_hex;
	assert_int_equal(dctx_field_set(&k_tenant.key, &shaped), DCTX_OK);
	span = span_with("tenant");
	check_text(span, "tenant", "0xff");
	dctxt_span_end(span);
	shaped.format_span = in_brackets;
	assert_int_equal(dctx_field_set(&k_tenant.key, &shaped), DCTX_OK);
	span = span_with("tenant");
	check_text(span, "tenant", "<255>");
	dctxt_span_end(span);
	shaped.format_span = refuses;
	assert_int_equal(dctx_field_set(&k_tenant.key, &shaped), DCTX_OK);
	span = span_with("tenant");
	check_empty(span, "tenant");
	dctxt_span_end(span);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_FORMAT), 1);
}

static void a_mapping_for_logs_alone_records_nothing(void **state)
{
	dctx_field only = recorded;
	dctx_span *span;

	(void)state;
	only.flags = DCTX_FIELD_LOG;
	assert_int_equal(dctx_field_set(&k_rid.key, &only), DCTX_OK);
	dctx_set(k_rid, "4711");
	span = span_with("rid");
	check_empty(span, "rid");
	dctxt_span_end(span);
}

static void one_mapping_serves_logs_and_spans_or_either(void **state)
{
	dctx_field both = recorded;
	char line[64];
	dctx_span *span;

	(void)state;
	both.flags = DCTX_FIELD_LOG | DCTX_FIELD_RECORD;
	both.name = "request";
	assert_int_equal(dctx_field_set(&k_rid.key, &both), DCTX_OK);
	dctx_set(k_rid, "4711");
	dctx_set(k_tenant, 7); /* of spans alone */
	dctx_log_text(DCTX_LOG_LOGFMT, line, sizeof(line));
	assert_string_equal(line, "request=4711");
	span = span_with("request");
	check_text(span, "request", "4711");
	dctxt_span_end(span);
}

static void a_secret_is_not_told(void **state)
{
	dctx_span *span;

	(void)state;
	dctx_set(k_token, "hunter2");
	span = span_with("token");
	check_text(span, "token", "<secret>");
	dctxt_span_end(span);
}

static void a_span_of_a_task_is_recorded_too(void **state)
{
	dctx_store *task;
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	dctx_set(k_rid, "4711");
	span = span_with("rid");
	check_text(span, "rid", "4711");
	dctx_span_leave(span);
	dctx_set(k_rid, "4712");
	dctx_span_enter(span);
	check_text(span, "rid", "4712");
	dctxt_span_end(span);
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(dctxt_count_all(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_declared_field_takes_what_the_context_has),
		TEST(a_field_that_is_not_declared_stays_away),
		TEST(a_key_without_a_value_leaves_it_empty),
		TEST(a_value_of_the_users_is_never_written_over),
		TEST(entered_again_it_takes_what_the_context_has_then),
		TEST(what_is_recorded_comes_not_back_into_the_context),
		TEST(what_was_extracted_is_recorded_elsewhere),
		TEST(the_fields_name_is_that_of_the_log_or_ones_own),
		TEST(a_format_makes_the_text),
		TEST(a_mapping_for_logs_alone_records_nothing),
		TEST(one_mapping_serves_logs_and_spans_or_either),
		TEST(a_secret_is_not_told),
		TEST(a_span_of_a_task_is_recorded_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
