/* SPDX-License-Identifier: MIT */
/*
 * log_field_test.c - proves that a tracer gets single fields by their names, as
 * lines have them, also in a signal handler.
 */
#include "logged.h"

#include <dctx/field.h>

#include <signal.h>
#include <stdlib.h>

DCTX_KEY_STR(k_rid, "request-id", DCTX_LOG);
DCTX_KEY_STR(k_exact, "request_id", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_I64(k_neg, "neg", DCTX_LOG);
DCTX_KEY_BOOL(k_yes, "yes", DCTX_LOG);
DCTX_KEY_F64(k_f64, "f64", DCTX_LOG);
DCTX_KEY_BYTES(k_raw, "raw", DCTX_LOG);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_STR(k_quiet, "quiet", 0);

static char room[DCTX_LOG_TEXT];

static dctx_any field(const char *name)
{
	dctx_any any = DCTX_EMPTY;

	assert_true(dctx_log_field(name, room, &any));
	return any;
}

static void assert_field_text(const char *name, const char *text)
{
	dctx_any any = field(name);

	assert_int_equal(any.kind, DCTX_KIND_STR);
	assert_int_equal(any.as.bytes.len, strlen(text));
	assert_memory_equal(any.as.bytes.data, text, strlen(text));
}

static bool is_told(const char *name)
{
	dctx_any any;

	return dctx_log_field(name, room, &any);
}

static void a_field_has_its_type(void **state)
{
	DCTX_SCOPE("types");

	(void)state;
	dctx_set(k_exact, "r1");
	dctx_set(k_num, 7);
	dctx_set(k_neg, -8);
	dctx_set(k_yes, true);
	dctx_set(k_f64, 0.5);
	dctx_set(k_raw, ((dctx_bytes){"\x01\xab", 2}));
	assert_field_text("request_id", "r1");
	assert_field_text("raw", "01ab");
	assert_int_equal(field("num").kind, DCTX_KIND_U32);
	assert_int_equal(field("num").as.u, 7);
	assert_int_equal(field("neg").kind, DCTX_KIND_I64);
	assert_int_equal(field("neg").as.i, -8);
	assert_int_equal(field("yes").kind, DCTX_KIND_BOOL);
	assert_true(field("yes").as.b);
	assert_int_equal(field("f64").kind, DCTX_KIND_F64);
	assert_true(field("f64").as.f == 0.5);
}

static void what_lines_do_not_tell_is_no_field(void **state)
{
	dctx_any any = {.kind = DCTX_KIND_BOOL};
	DCTX_SCOPE("quiet");

	(void)state;
	dctx_set(k_quiet, "hush");
	dctx_set(k_token, "hunter2");
	assert_false(is_told("quiet"));
	assert_false(is_told("num"));
	assert_false(is_told("nu"));
	assert_false(is_told("number"));
	assert_false(is_told(""));
	assert_false(dctx_log_field(NULL, room, &any));
	assert_false(dctx_log_field("token", NULL, &any));
	assert_false(dctx_log_field("token", room, NULL));
	assert_int_equal(any.kind, DCTX_KIND_BOOL);
	assert_field_text("token", "<secret>");
}

static void the_trace_is_two_fields(void **state)
{
	dctx_trace trace = dctx_trace_new(0);
	char hex[33];
	DCTX_SCOPE("trace");

	(void)state;
	assert_false(is_told("trace_id"));
	dctx_trace_set(&trace);
	for (int i = 0; i < DCTX_TRACE_ID; i++)
		snprintf(hex + 2 * i, 3, "%02x", trace.trace_id[i]);
	assert_field_text("trace_id", hex);
	for (int i = 0; i < DCTX_SPAN_ID; i++)
		snprintf(hex + 2 * i, 3, "%02x", trace.span_id[i]);
	assert_field_text("span_id", hex);
}

static void an_underscore_stands_for_what_no_identifier_has(void **state)
{
	DCTX_SCOPE("dashed");

	(void)state;
	dctx_set(k_rid, "dashed");
	assert_field_text("request_id", "dashed");
	assert_field_text("request-id", "dashed");
	assert_false(is_told("request.id"));
	assert_false(is_told("request_i_"));
	dctx_set(k_exact, "exact");
	assert_field_text("request_id", "exact");
	assert_field_text("request-id", "dashed");
}

static size_t never(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)buf;
	(void)size;
	abort();
}

static void a_mapping_holds_at_once_and_no_format_is_called(void **state)
{
	static const dctx_field renamed = {.struct_size = DCTX_FIELD_SIZE,
					   .flags = DCTX_FIELD_LOG,
					   .name = "n"};
	static const dctx_field formatted = {.struct_size = DCTX_FIELD_SIZE,
					     .flags = DCTX_FIELD_LOG,
					     .format = never};
	static const dctx_field untold = {.struct_size = DCTX_FIELD_SIZE};
	DCTX_SCOPE("mapped");

	(void)state;
	dctx_set(k_num, 7);
	assert_int_equal(dctx_field_set(&k_num.key, &renamed), DCTX_OK);
	assert_int_equal(field("n").as.u, 7);
	assert_false(is_told("num"));
	assert_int_equal(dctx_field_set(&k_num.key, &formatted), DCTX_OK);
	assert_false(is_told("num"));
	assert_int_equal(dctx_field_set(&k_num.key, &untold), DCTX_OK);
	assert_false(is_told("num"));
	assert_int_equal(dctx_field_set(&k_num.key, NULL), DCTX_OK);
	assert_int_equal(field("num").as.u, 7);
}

static void a_long_text_is_cut_between_characters(void **state)
{
	char text[1200];
	DCTX_SCOPE("long");

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text + 1023, "\xc3\xa4", 2);
	dctx_set(k_exact, text);
	assert_int_equal(field("request_id").as.bytes.len, 1023);
}

static dctx_any heard;
static bool was_heard;

static void hear(int signo)
{
	(void)signo;
	was_heard = dctx_log_field("num", room, &heard);
}

static void a_handler_may_ask(void **state)
{
	DCTX_SCOPE("signal");

	(void)state;
	dctx_set(k_num, 9);
	assert_true(signal(SIGUSR1, hear) != SIG_ERR);
	raise(SIGUSR1);
	assert_true(was_heard);
	assert_int_equal(heard.as.u, 9);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_field_has_its_type),
		DCTXT_TEST(what_lines_do_not_tell_is_no_field),
		DCTXT_TEST(the_trace_is_two_fields),
		DCTXT_TEST(an_underscore_stands_for_what_no_identifier_has),
		DCTXT_TEST(a_mapping_holds_at_once_and_no_format_is_called),
		DCTXT_TEST(a_long_text_is_cut_between_characters),
		DCTXT_TEST(a_handler_may_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
