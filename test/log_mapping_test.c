/* SPDX-License-Identifier: MIT */
/*
 * log_mapping_test.c - proves that how a key is told can be set and set anew at
 * any time, and holds from the next line on for every thread.
 */
#include "logged.h"

#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);
DCTX_KEY_STR(k_same, "same", DCTX_LOG);

static int asked;

/* How a field is told in these tests, with a name and a format. */
static dctx_field field(const char *name,
			size_t (*format)(const dctx_any *, char *, size_t))
{
	return (dctx_field){.struct_size = DCTX_FIELD_SIZE,
			    .flags = DCTX_FIELD_LOG,
			    .name = name,
			    .format = format};
}

static void map(dctx_key *key, const char *name,
		size_t (*format)(const dctx_any *, char *, size_t))
{
	const dctx_field as = field(name, format);

	assert_int_equal(dctx_field_set(key, &as), DCTX_OK);
}

static int unmap(void **state)
{
	int status = dctxt_end(state);

	asked = 0;
	dctx_field_set(&k_rid.key, NULL);
	dctx_field_set(&k_num.key, NULL);
	dctx_field_set(&k_token.key, NULL);
	dctx_field_set(&k_same.key, NULL);
	return status;
}

static size_t debug(const dctx_any *value, char *buf, size_t size)
{
	asked++;
	if (value->kind == DCTX_KIND_U32)
		return (size_t)snprintf(buf, size, "#%u",
					(unsigned)value->as.u);
	return (size_t)snprintf(buf, size, "'%s'",
				(const char *)value->as.bytes.data);
}

static void a_mapping_holds_from_the_next_line_on(void **state)
{
	(void)state;
	dctx_set(k_rid, "7");
	dctx_set(k_num, 3);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=7");
	map(&k_num.key, NULL, NULL);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=3 rid=7");
	map(&k_num.key, "z", debug);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=7 z=#3");
	map(&k_rid.key, "request", debug);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "request='7' z=#3");
	dctx_field_set(&k_rid.key, NULL);
	dctx_field_set(&k_num.key, NULL);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=7");
}

static void a_mapping_without_the_flag_keeps_a_key_out(void **state)
{
	dctx_field as = field(NULL, NULL);

	(void)state;
	as.flags = DCTX_FIELD_RECORD | DCTX_FIELD_EXTRACT;
	dctx_set(k_rid, "7");
	assert_int_equal(dctx_field_set(&k_rid.key, &as), DCTX_OK);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "");
}

static void what_was_set_is_told(void **state)
{
	dctx_field as = field("request", debug), told;
	dctx_key later = {.kind = DCTX_KIND_U8, .name = "never registered"};

	(void)state;
	as.extract_as = "x.request.id";
	assert_false(dctx_field_get(&k_rid.key, &told));
	assert_int_equal(dctx_field_set(&k_rid.key, &as), DCTX_OK);
	assert_true(dctx_field_get(&k_rid.key, &told));
	assert_int_equal(told.flags, DCTX_FIELD_LOG);
	assert_string_equal(told.name, "request");
	assert_null(told.record_as);
	assert_string_equal(told.extract_as, "x.request.id");
	assert_ptr_equal(told.format, debug);
	assert_false(dctx_field_get(NULL, &told));
	assert_false(dctx_field_get(&k_rid.key, NULL));
	assert_false(dctx_field_get(&later, &told));
}

static void what_cannot_be_is_refused(void **state)
{
	dctx_field as = field("n", NULL);

	(void)state;
	assert_int_equal(dctx_field_set(NULL, &as), DCTX_INVALID);
	as.flags = 8;
	assert_int_equal(dctx_field_set(&k_rid.key, &as), DCTX_INVALID);
	as.flags = DCTX_FIELD_LOG;
	as.struct_size = DCTX_FIELD_SIZE - 1;
	assert_int_equal(dctx_field_set(&k_rid.key, &as), DCTX_INVALID);
	assert_false(dctx_field_get(&k_rid.key, &as));
}

/* The other keys of this program have their places by a constructor. */
static void a_key_that_is_registered_later_is_told(void **state)
{
	static dctx_key_str late = DCTX_KEY_INIT_STR("late", DCTX_LOG);
	static dctx_key_str mapped = DCTX_KEY_INIT_STR("mapped", DCTX_LOCAL);

	(void)state;
	dctx_set(k_rid, "7");
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=7");
	assert_int_equal(dctx_key_register(&late.key), DCTX_OK);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "rid=7");
	dctx_set(late, "now");
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "late=now rid=7");
	map(&mapped.key, "m", NULL);
	dctx_set(mapped, "too");
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT),
			    "late=now m=too rid=7");
}

static void of_two_keys_with_one_name_the_first_is_told(void **state)
{
	dctx_trace trace = dctx_trace_new(0);

	(void)state;
	dctx_trace_set(&trace);
	dctx_set(k_rid, "first");
	dctx_set(k_same, "second");
	map(&k_same.key, "rid", NULL);
	assert_null(strstr(dctxt_logged(DCTX_LOG_LOGFMT), "second"));
	map(&k_same.key, "trace_id", NULL);
	assert_non_null(
		strstr(dctxt_logged(DCTX_LOG_LOGFMT), " trace_id=second"));
	assert_null(strstr(strstr(dctxt_logged(DCTX_LOG_JSON), "trace_id") + 1,
			   "trace_id"));
}

static void no_format_sees_a_secret(void **state)
{
	(void)state;
	dctx_set(k_token, "hunter2");
	map(&k_token.key, "t", debug);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "t=<secret>");
	assert_int_equal(asked, 0);
}

static bool count_text(void *user, const char *name, const dctx_any *value,
		       dctx_bytes text)
{
	(void)name;
	(void)value;
	*(size_t *)user = text.len;
	return true;
}

static void a_callback_gets_what_the_format_made(void **state)
{
	size_t len = 99;

	(void)state;
	dctx_set(k_num, 41);
	map(&k_num.key, NULL, debug);
	dctx_log_fields(count_text, &len);
	assert_int_equal(len, 3);
	map(&k_num.key, NULL, NULL);
	dctx_log_fields(count_text, &len);
	assert_int_equal(len, 0);
}

static void to_and_fro_takes_no_memory(void **state)
{
	size_t bytes;

	(void)state;
	dctx_set(k_num, 3);
	map(&k_num.key, "a", NULL);
	map(&k_num.key, "b", debug);
	dctxt_logged(DCTX_LOG_LOGFMT);
	bytes = dctxt_heap_bytes();
	for (int i = 0; i < 1000; i++) {
		map(&k_num.key, i % 2 ? "a" : "b", i % 2 ? NULL : debug);
		assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT),
				    i % 2 ? "a=3" : "b=#3");
	}
	assert_int_equal(dctxt_heap_bytes(), bytes);
}

/* One sets, others log: each line has one of the two names, and once the setter
 * said that it is done, the last one. */
static atomic_int round_done;

static void *log_all_along(void *unused)
{
	char buf[64];

	(void)unused;
	dctx_set(k_num, 3);
	for (int i = 0; i < 2000; i++) {
		int done = atomic_load(&round_done);

		dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf));
		DCTXT_EXPECT(strcmp(buf, "a=3") == 0 ||
			     strcmp(buf, "b=#3") == 0);
		if (done)
			DCTXT_EXPECT(strcmp(buf, "b=#3") == 0);
	}
	DCTXT_EXPECT(dctx_restore(NULL) == DCTX_OK);
	return NULL;
}

static size_t plain_b(const dctx_any *value, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, "#%u", (unsigned)value->as.u);
}

static void *log_or_map(void *item)
{
	const dctx_field a = field("a", NULL), b = field("b", plain_b);

	if (*(int *)item != 0)
		return log_all_along(NULL);
	for (int i = 0; i < 500; i++) {
		dctx_field_set(&k_num.key, &a);
		dctx_field_set(&k_num.key, &b);
	}
	atomic_store(&round_done, 1);
	return NULL;
}

static void all_threads_see_a_mapping_at_once(void **state)
{
	int numbers[4] = {0, 1, 2, 3};

	(void)state;
	map(&k_num.key, "a", NULL);
	atomic_store(&round_done, 0);
	dctxt_together(4, log_or_map, numbers, sizeof(*numbers));
}

#define MAPPING_TEST(f) cmocka_unit_test_setup_teardown(f, dctxt_begin, unmap)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MAPPING_TEST(a_mapping_holds_from_the_next_line_on),
		MAPPING_TEST(a_mapping_without_the_flag_keeps_a_key_out),
		MAPPING_TEST(what_was_set_is_told),
		MAPPING_TEST(what_cannot_be_is_refused),
		MAPPING_TEST(a_key_that_is_registered_later_is_told),
		MAPPING_TEST(of_two_keys_with_one_name_the_first_is_told),
		MAPPING_TEST(no_format_sees_a_secret),
		MAPPING_TEST(a_callback_gets_what_the_format_made),
		MAPPING_TEST(to_and_fro_takes_no_memory),
		MAPPING_TEST(all_threads_see_a_mapping_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
