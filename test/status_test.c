/* SPDX-License-Identifier: MIT */
/*
 * status_test.c - proves that every outcome has its text, that a thread's last
 * failure is kept for it alone, that limits take only what is in their range,
 * and that the library which is loaded is the headers' version.
 */
#include "kit.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static void every_status_has_a_text_of_its_own(void **state)
{
	const char *unknown = dctx_strerror((dctx_status)999);

	(void)state;
	assert_string_equal(unknown, "unknown status");
	assert_string_equal(dctx_strerror((dctx_status)-1), unknown);
	for (int i = 0; i <= DCTX_DROPPED; i++) {
		const char *text = dctx_strerror((dctx_status)i);

		assert_int_not_equal(strlen(text), 0);
		assert_string_not_equal(text, unknown);
		assert_int_not_equal(text[strlen(text) - 1], '.');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(text,
						dctx_strerror((dctx_status)j));
	}
}

/* One limit: its default, the range it takes. */
struct range {
	dctx_limit limit;
	size_t initial, least, most;
};

static const struct range ranges[] = {
	{DCTX_LIMIT_DEPTH, 1024, 1, 1000000},
	{DCTX_LIMIT_CHAIN, 64, 0, 100000},
	{DCTX_LIMIT_STORE_BYTES, 16 << 20, 0, 1 << 30},
	{DCTX_LIMIT_MESSAGE_BYTES, 1 << 20, 0, 1 << 30},
	{DCTX_LIMIT_ENTRIES, 1024, 0, 1 << 20},
	{DCTX_LIMIT_KEY_BYTES, 255, 1, 255},
	{DCTX_LIMIT_NAME_BYTES, 255, 0, 1 << 20},
};

static void a_limit_takes_what_is_in_its_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct range *r = &ranges[i];

		assert_int_equal(dctx_limit_get(r->limit), r->initial);
		assert_int_equal(dctx_limit_set(r->limit, r->most), DCTX_OK);
		assert_int_equal(dctx_limit_get(r->limit), r->most);
		assert_int_equal(dctx_limit_set(r->limit, r->least), DCTX_OK);
		assert_int_equal(dctx_limit_get(r->limit), r->least);
	}
}

static void a_limit_refuses_what_is_out_of_its_range(void **state)
{
	const dctx_limit none = (dctx_limit)(DCTX_LIMIT_NAME_BYTES + 1);

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 0), DCTX_INVALID);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1000001),
			 DCTX_INVALID);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 0),
			 DCTX_INVALID);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 256),
			 DCTX_INVALID);
	assert_int_equal(dctx_limit_get(DCTX_LIMIT_DEPTH), 1024);
	assert_int_equal(dctx_limit_get(DCTX_LIMIT_KEY_BYTES), 255);
	assert_int_equal(dctx_limit_set(none, 1), DCTX_INVALID);
	assert_int_equal(dctx_limit_set((dctx_limit)-1, 1), DCTX_INVALID);
	assert_int_equal(dctx_limit_get(none), 0);
	assert_int_equal(dctx_limit_get((dctx_limit)-1), 0);
}

static void *read_error(void *arg)
{
	DCTXT_EXPECT(dctx_last_error()->status == DCTX_OK);
	dctx_store_set_str(dctx_current(), &k_text.key, NULL);
	DCTXT_EXPECT(dctx_last_error()->status == DCTX_INVALID);
	return arg;
}

static void the_last_error_is_the_threads_own(void **state)
{
	(void)state;
	dctx_store_set_bool(dctx_current(), &k_num.key, true);
	assert_int_equal(dctx_last_error()->status, DCTX_WRONG_TYPE);
	(void)dctxt_on_thread(read_error, NULL);
	assert_int_equal(dctx_last_error()->status, DCTX_WRONG_TYPE);
	assert_string_equal(dctx_last_error()->what, "num");
	dctx_set(k_num, 1);
	assert_int_equal(dctx_last_error()->status, DCTX_WRONG_TYPE);
}

static void a_long_name_is_cut_in_the_last_error(void **state)
{
	static char name[256];
	static dctx_key key = {
		.kind = DCTX_KIND_U64, .version = 1, .name = name};

	(void)state;
	memset(name, 'k', 255);
	assert_int_equal(dctx_key_register(&key), DCTX_OK);
	dctx_store_set_bool(dctx_current(), &key, true);
	assert_int_equal(strlen(dctx_last_error()->what), 63);
	assert_memory_equal(dctx_last_error()->what, name, 63);
}

static void the_librarys_version_is_the_headers(void **state)
{
	(void)state;
	assert_int_equal(dctx_version(), DCTX_VERSION);
	assert_int_equal(DCTX_VERSION, 100);
	assert_string_equal(DCTX_VERSION_TEXT, "0.1.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_status_has_a_text_of_its_own),
		DCTXT_TEST(a_limit_takes_what_is_in_its_range),
		DCTXT_TEST(a_limit_refuses_what_is_out_of_its_range),
		DCTXT_TEST(the_last_error_is_the_threads_own),
		DCTXT_TEST(a_long_name_is_cut_in_the_last_error),
		DCTXT_TEST(the_librarys_version_is_the_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
