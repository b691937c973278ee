/* SPDX-License-Identifier: MIT */
/*
 * log_test.c - proves what lines have of a context: which values, in which
 * order, and how each kind looks in each style.
 */
#include "logged.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOG);
DCTX_KEY_STR(k_quiet, "quiet", DCTX_WIRE);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_BOOL(k_bool, "bool", DCTX_LOG);
DCTX_KEY_I64(k_i64, "i64", DCTX_LOG);
DCTX_KEY_F64(k_f64, "f64", DCTX_LOG);
DCTX_KEY_F32(k_f32, "f32", DCTX_LOG);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOG);
DCTX_KEY_STR(k_long, "a.long", DCTX_LOG);
DCTX_KEY_STR(k_after, "z", DCTX_LOG);

struct user {
	const char *name;
};

static size_t user_format(const void *value, char *buf, size_t size)
{
	const struct user *user = value;

	return (size_t)snprintf(buf, size, "user %s", user->name);
}

static const dctx_type user_type = {.struct_size = sizeof(dctx_type),
				    .name = "user",
				    .size = sizeof(struct user),
				    .format = user_format};
static const dctx_type opaque_type = {.struct_size = sizeof(dctx_type),
				      .name = "opaque",
				      .size = sizeof(struct user)};
DCTX_KEY_DECLARE_TYPE(k_user, struct user);
DCTX_KEY_TYPE(k_user, "user", struct user, &user_type, DCTX_LOG);
DCTX_KEY_DECLARE_TYPE(k_opaque, struct user);
DCTX_KEY_TYPE(k_opaque, "opaque", struct user, &opaque_type, DCTX_LOG);

static void a_context_without_any_says_nothing(void **state)
{
	char none[1] = {'x'};

	(void)state;
	dctxt_check_logged("", "", "");
	dctx_set(k_quiet, "not for logs");
	dctxt_check_logged("", "", "");
	assert_string_equal(dctx_log_here(DCTX_LOG_JSON), "");
	assert_string_equal(dctx_log_before(DCTX_LOG_JSON), "");
	assert_int_equal(dctx_log_text(DCTX_LOG_LOGFMT, none, 1), 0);
	assert_int_equal(none[0], '\0');
	assert_int_equal(dctx_log_text(DCTX_LOG_LOGFMT, NULL, 0), 0);
	assert_int_equal(dctx_store_log_text(NULL, DCTX_LOG_LOGFMT, NULL, 0),
			 0);
}

static void values_stand_by_name_in_each_style(void **state)
{
	(void)state;
	dctx_set(k_tenant, 7);
	dctx_set(k_rid, "4711 b");
	dctx_set(k_quiet, "not for logs");
	dctxt_check_logged("rid=\"4711 b\" tenant=7",
			   "\"rid\":\"4711 b\",\"tenant\":7",
			   "[dctx@32473 rid=\"4711 b\" tenant=\"7\"]");
	dctx_unset(k_rid);
	dctxt_check_logged("tenant=7", "\"tenant\":7",
			   "[dctx@32473 tenant=\"7\"]");
}

static void a_scope_is_told_while_it_is_open(void **state)
{
	(void)state;
	dctx_set(k_rid, "outer");
	{
		DCTX_SCOPE("inner");
		dctx_set(k_rid, "inner");
		assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=inner");
	}
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=outer");
}

static void a_secret_is_told_to_nobody(void **state)
{
	(void)state;
	dctx_set(k_token, "hunter2");
	dctxt_check_logged("token=<secret>", "\"token\":\"<secret>\"",
			   "[dctx@32473 token=\"<secret>\"]");
}

static void numbers_stand_as_they_are(void **state)
{
	(void)state;
	dctx_set(k_bool, true);
	dctx_set(k_i64, INT64_MIN);
	dctx_set(k_tenant, UINT64_MAX);
	dctxt_check_logged(
		"bool=true i64=-9223372036854775808 "
		"tenant=18446744073709551615",
		/* No double has these. */
		"\"bool\":true,\"i64\":\"-9223372036854775808\","
		"\"tenant\":\"18446744073709551615\"",
		"[dctx@32473 bool=\"true\" i64=\"-9223372036854775808\" "
		"tenant=\"18446744073709551615\"]");
}

static void floats_read_back_as_they_were(void **state)
{
	(void)state;
	dctx_set(k_f32, 0.1f);
	dctx_set(k_f64, 0.1);
	assert_string_equal(dctxt_logged(DCTX_LOG_JSON),
			    "\"f32\":0.1,\"f64\":0.1");
	dctx_set(k_f32, -INFINITY);
	dctx_set(k_f64, NAN);
	dctxt_check_logged("f32=-inf f64=nan",
			   "\"f32\":\"-inf\",\"f64\":\"nan\"",
			   "[dctx@32473 f32=\"-inf\" f64=\"nan\"]");
}

static void bytes_are_hex_and_objects_what_their_type_says(void **state)
{
	const struct user ann = {"ann"};

	(void)state;
	dctx_set(k_bytes, ((dctx_bytes){"\x00\xff", 2}));
	dctx_set(k_user, &ann);
	dctx_set(k_opaque, &ann);
	dctxt_check_logged("bytes=00ff opaque=<opaque> user=\"user ann\"",
			   "\"bytes\":\"00ff\",\"opaque\":\"<opaque>\","
			   "\"user\":\"user ann\"",
			   "[dctx@32473 bytes=\"00ff\" opaque=\"<opaque>\" "
			   "user=\"user ann\"]");
}

static void the_trace_has_its_place_among_the_names(void **state)
{
	dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED);

	(void)state;
	memset(trace.trace_id, 0xab, sizeof(trace.trace_id));
	memset(trace.span_id, 0x0c, sizeof(trace.span_id));
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	dctx_set(k_rid, "1");
	dctx_set(k_user, &(struct user){"x"});
	assert_string_equal(
		dctxt_logged(DCTX_LOG_LOGFMT),
		"rid=1 span_id=0c0c0c0c0c0c0c0c "
		"trace_id=abababababababababababababababab user=\"user x\"");
	assert_int_equal(dctx_trace_set(NULL), DCTX_OK);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT),
			    "rid=1 user=\"user x\"");
}

static void a_small_buffer_has_whole_fields(void **state)
{
	const char *whole = "rid=abc tenant=7";
	char buf[32];

	(void)state;
	dctx_set(k_rid, "abc");
	dctx_set(k_tenant, 7);
	for (size_t size = 1; size <= strlen(whole) + 1; size++) {
		const char *want = size <= 7		   ? ""
				   : size <= strlen(whole) ? "rid=abc"
							   : whole;

		memset(buf, 'x', sizeof(buf));
		assert_int_equal(dctx_log_text(DCTX_LOG_LOGFMT, buf, size),
				 strlen(whole));
		assert_string_equal(buf, want);
		assert_int_equal(buf[size], 'x');
	}
}

static void cut_structured_data_is_still_closed(void **state)
{
	const char *whole = "[dctx@32473 rid=\"abc\" tenant=\"7\"]";
	const char *first = "[dctx@32473 rid=\"abc\"]";
	char buf[64];

	(void)state;
	dctx_set(k_rid, "abc");
	dctx_set(k_tenant, 7);
	for (size_t size = 0; size <= strlen(whole) + 1; size++) {
		const char *want = size <= strlen(first)   ? ""
				   : size <= strlen(whole) ? first
							   : whole;

		memset(buf, 'x', sizeof(buf));
		assert_int_equal(dctx_log_text(DCTX_LOG_SYSLOG, buf, size),
				 strlen(whole));
		if (size > 0)
			assert_string_equal(buf, want);
		assert_int_equal(buf[size], 'x');
	}
}

static void a_large_value_is_cut_between_characters(void **state)
{
	static char text[1 << 20];
	struct dctxt_fields fields;

	(void)state;
	/* 1 + 3 * 341 bytes are 1,024; 2 + 3 * 340 are what is below. */
	for (size_t begin = 1; begin <= 2; begin++) {
		memset(text, 0, sizeof(text));
		memset(text, 'a', begin);
		for (size_t i = begin; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		dctx_set(k_long, text);
		dctxt_read_json(dctxt_logged(DCTX_LOG_JSON), &fields);
		assert_int_equal(fields.field[0].len,
				 (begin == 1 ? 1024 : 1022) + 3);
		assert_string_equal(
			fields.field[0].value + fields.field[0].len - 3, "...");
		assert_int_equal(strncmp(fields.field[0].value, text,
					 fields.field[0].len - 3),
				 0);
	}
}

static void what_is_past_the_limit_is_left_out_and_counted(void **state)
{
	static char text[1100];
	static dctx_key_str keys[10];
	static char names[10][8];
	struct dctxt_fields fields;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (int i = 0; i < 10; i++) {
		snprintf(names[i], sizeof(names[i]), "big%d", i);
		keys[i] = (dctx_key_str)DCTX_KEY_INIT_STR(NULL, DCTX_LOG);
		keys[i].key.name = names[i];
		dctx_set(keys[i], text);
	}
	dctx_set(k_after, "left out, too");
	dctxt_read_logfmt(dctxt_logged(DCTX_LOG_LOGFMT), &fields);
	assert_int_equal(fields.n, 7);
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 4);
	dctxt_read_logfmt(dctxt_logged(DCTX_LOG_LOGFMT), &fields);
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 4);
	dctxt_read_syslog(dctxt_logged(DCTX_LOG_SYSLOG), &fields);
	assert_int_equal(fields.n, 7);
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 8);
}

static void more_fields_than_are_sorted_at_a_time_are_in_order(void **state)
{
	static dctx_key_u8 keys[100];
	static char names[100][8];
	char want[1000] = "";

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(names[i], sizeof(names[i]), "n%02d", i * 37 % 100);
		keys[i] = (dctx_key_u8)DCTX_KEY_INIT_U8(NULL, DCTX_LOG);
		keys[i].key.name = names[i];
		dctx_set(keys[i], 1);
		snprintf(want + strlen(want), 8, "%sn%02d=1", i > 0 ? " " : "",
			 i);
	}
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), want);
}

struct seen {
	size_t n, stop_at;
	char names[8][16];
	dctx_any values[8];
	char texts[8][32];
};

static bool see(void *user, const char *name, const dctx_any *value,
		dctx_bytes text)
{
	struct seen *seen = user;

	snprintf(seen->names[seen->n], 16, "%s", name);
	snprintf(seen->texts[seen->n], 32, "%.*s", (int)text.len,
		 text.len > 0 ? (const char *)text.data : "");
	seen->values[seen->n] = *value;
	return ++seen->n != seen->stop_at;
}

static void a_callback_gets_each_value_as_it_is(void **state)
{
	struct seen seen = {.n = 0};

	(void)state;
	dctx_set(k_tenant, 7);
	dctx_set(k_rid, "abc");
	dctx_set(k_token, "hunter2");
	dctx_log_fields(see, &seen);
	assert_int_equal(seen.n, 3);
	assert_string_equal(seen.names[0], "rid");
	assert_int_equal(seen.values[0].kind, DCTX_KIND_STR);
	assert_int_equal(seen.values[0].as.bytes.len, 3);
	assert_string_equal(seen.texts[0], "");
	assert_string_equal(seen.names[1], "tenant");
	assert_int_equal(seen.values[1].kind, DCTX_KIND_U64);
	assert_int_equal(seen.values[1].as.u, 7);
	assert_string_equal(seen.names[2], "token");
	assert_memory_equal(seen.values[2].as.bytes.data, "<secret>", 8);
	seen = (struct seen){.stop_at = 2};
	dctx_log_fields(see, &seen);
	assert_int_equal(seen.n, 2);
	dctx_store_log_fields(NULL, see, &seen);
	dctx_store_log_fields(dctx_current(), NULL, &seen);
	assert_int_equal(seen.n, 2);
}

static size_t too_long(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	memset(buf, 'f', size - 1);
	return 5000;
}

static bool see_cut(void *user, const char *name, const dctx_any *value,
		    dctx_bytes text)
{
	bool *seen = user;

	(void)name;
	(void)value;
	assert_int_equal(text.len, 1024 + 3);
	assert_memory_equal((const char *)text.data + 1023, "f...", 4);
	*seen = true;
	return true;
}

static void a_callback_gets_what_formats_made(void **state)
{
	const dctx_field mapping = {.struct_size = DCTX_FIELD_SIZE,
				    .flags = DCTX_FIELD_LOG,
				    .format = too_long};
	struct seen seen = {.n = 0};
	bool cut = false;

	(void)state;
	dctx_set(k_user, &(struct user){"ann"});
	dctx_set(k_opaque, &(struct user){"bob"});
	dctx_log_fields(see, &seen);
	assert_int_equal(seen.n, 2);
	assert_string_equal(seen.texts[0], "<opaque>");
	assert_string_equal(seen.texts[1], "user ann");
	dctx_unset(k_user);
	dctx_unset(k_opaque);
	dctx_set(k_tenant, 7);
	assert_int_equal(dctx_field_set(&k_tenant.key, &mapping), DCTX_OK);
	dctx_log_fields(see_cut, &cut);
	assert_int_equal(dctx_field_set(&k_tenant.key, NULL), DCTX_OK);
	assert_true(cut);
}

/* A callback that logs, and changes what it is told of. */
static bool meddle(void *user, const char *name, const dctx_any *value,
		   dctx_bytes text)
{
	size_t *n = user;

	(void)value;
	(void)text;
	assert_string_equal(name, "rid");
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=abc tenant=7");
	dctx_unset(k_tenant);
	++*n;
	return true;
}

static void a_callback_may_log_and_change_the_store(void **state)
{
	size_t n = 0;

	(void)state;
	dctx_set(k_rid, "abc");
	dctx_set(k_tenant, 7);
	dctx_log_fields(meddle, &n);
	assert_int_equal(n, 1);
}

static void no_line_touches_errno(void **state)
{
	(void)state;
	dctx_set(k_f64, 1e-320);
	errno = E2BIG;
	(void)dctxt_logged(DCTX_LOG_JSON);
	(void)dctx_log_here(DCTX_LOG_LOGFMT);
	assert_int_equal(errno, E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_context_without_any_says_nothing),
		DCTXT_TEST(values_stand_by_name_in_each_style),
		DCTXT_TEST(a_scope_is_told_while_it_is_open),
		DCTXT_TEST(a_secret_is_told_to_nobody),
		DCTXT_TEST(numbers_stand_as_they_are),
		DCTXT_TEST(floats_read_back_as_they_were),
		DCTXT_TEST(bytes_are_hex_and_objects_what_their_type_says),
		DCTXT_TEST(the_trace_has_its_place_among_the_names),
		DCTXT_TEST(a_small_buffer_has_whole_fields),
		DCTXT_TEST(cut_structured_data_is_still_closed),
		DCTXT_TEST(a_large_value_is_cut_between_characters),
		DCTXT_TEST(what_is_past_the_limit_is_left_out_and_counted),
		DCTXT_TEST(more_fields_than_are_sorted_at_a_time_are_in_order),
		DCTXT_TEST(a_callback_gets_each_value_as_it_is),
		DCTXT_TEST(a_callback_gets_what_formats_made),
		DCTXT_TEST(a_callback_may_log_and_change_the_store),
		DCTXT_TEST(no_line_touches_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
