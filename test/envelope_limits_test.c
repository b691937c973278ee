/* SPDX-License-Identifier: MIT */
/*
 * The limits of a message, both ways: what stands exactly at one is taken or
 * sent, one more is refused with both numbers, and 0 is no limit.
 */
#include "kit.h"
#include "message.h"

DCTX_KEY_U8(k_small, "u8", DCTX_WIRE);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_WIRE);
DCTX_KEY_STR(k_str, "str", DCTX_WIRE);

static struct message m;

static void assert_taken(void)
{
	dctx_snapshot *s = NULL;

	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	dctx_snapshot_unref(s);
}

static void assert_past(const char *what, size_t size, size_t limit,
			size_t offset)
{
	const dctx_error *error;
	dctx_snapshot *s = NULL;

	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_LIMIT);
	assert_null(s);
	error = dctx_last_error();
	assert_int_equal(error->status, DCTX_LIMIT);
	assert_string_equal(error->what, what);
	assert_int_equal(error->size, size);
	assert_int_equal(error->limit, limit);
	assert_int_equal(error->offset, offset);
}

/* Two entries, the second with the longer key, and a name: 91 bytes. */
static void make(void)
{
	begin(&m, 2);
	put_scalar(&m, "u8", 1, 1);
	put_string(&m, "bytes", "ab", 2);
	put_number(&m, 1, 8);
	put_text(&m, "scope");
	assert_int_equal(m.len, 91);
}

static void each_limit_holds_on_receipt_and_not_one_below(void **state)
{
	(void)state;
	make();
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 91);
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 2);
	dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 5);
	dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 5);
	assert_taken();
	dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 4);
	assert_past("name", 5, 4, 78);
	dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 4);
	assert_past("key", 5, 4, 35);
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 1);
	assert_past("entries", 2, 1, 4);
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 90);
	assert_past("message", 91, 90, 0);
}

static void assert_unsendable(dctx_status want, const char *what, size_t size,
			      size_t limit)
{
	unsigned char buf[256];
	size_t len = 77;

	assert_int_equal(dctx_encode(buf, sizeof buf, &len), want);
	assert_string_equal(dctx_last_error()->what, what);
	assert_int_equal(dctx_last_error()->size, size);
	assert_int_equal(dctx_last_error()->limit, limit);
	assert_int_equal(dctx_encode(NULL, 0, &len), want);
	assert_int_equal(len, 77);
}

static void each_limit_holds_on_sending_and_not_one_below(void **state)
{
	unsigned char buf[91];
	size_t len = 0;
	DCTX_SCOPE("scope");

	(void)state;
	make();
	dctx_set(k_small, 1);
	dctx_set(k_bytes, ((dctx_bytes){"ab", 2}));
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 90);
	assert_unsendable(DCTX_LIMIT, "message", 91, 90);
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 91);
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 1);
	assert_unsendable(DCTX_LIMIT, "entries", 2, 1);
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 2);
	dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 4);
	assert_unsendable(DCTX_LIMIT, "bytes", 5, 4);
	dctx_limit_set(DCTX_LIMIT_KEY_BYTES, 5);
	dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 4);
	assert_unsendable(DCTX_LIMIT, "chain", 5, 4);
	{
		DCTX_SCOPE("ok");
		assert_unsendable(DCTX_LIMIT, "chain", 5, 4);
	}
	dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 5);
	assert_int_equal(dctx_encode(buf, sizeof buf, &len), DCTX_OK);
	assert_int_equal(len, 91);
}

static void zero_is_no_limit(void **state)
{
	static char name[1001];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	begin(&m, 1100);
	for (int i = 0; i < 1100; i++)
		put_entry(&m, "nobody's", NULL, 0);
	put_number(&m, 100, 8);
	for (int i = 0; i < 100; i++)
		put_text(&m, i == 0 ? name : "short");
	assert_past("entries", 1100, 1024, 4);
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 0);
	assert_past("name", 1000, 255, 12 + 1100 * 28 + 8);
	dctx_limit_set(DCTX_LIMIT_NAME_BYTES, 0);
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 1);
	assert_past("message", m.len, 1, 0);
	dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 0);
	assert_taken();
	assert_int_equal(dctxt_count(DCTX_EV_CHAIN_TRIMMED), 1);
	dctx_limit_set(DCTX_LIMIT_CHAIN, 0);
	assert_taken();
	assert_int_equal(dctxt_count(DCTX_EV_CHAIN_TRIMMED), 1);
}

static void a_chain_is_cut_to_its_newest_names(void **state)
{
	const char *names[3];
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 0);
	put_number(&m, 5, 8);
	for (int i = 0; i < 5; i++)
		put_bytes(&m, &"abcde"[i], 1);
	dctx_limit_set(DCTX_LIMIT_CHAIN, 3);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctx_snapshot_chain(s, names, 3), 3);
	assert_string_equal(names[0], "c");
	assert_string_equal(names[1], "d");
	assert_string_equal(names[2], "e");
	assert_int_equal(dctxt_count(DCTX_EV_CHAIN_TRIMMED), 1);
	dctx_snapshot_unref(s);
	/* One that is dropped must be a name all the same. */
	m.bytes[28] = 0xff;
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_CORRUPT);
	assert_int_equal(dctx_last_error()->offset, 28);
	assert_int_equal(dctxt_count(DCTX_EV_CHAIN_TRIMMED), 1);
}

static void a_text_or_name_that_is_no_utf8_is_not_sent(void **state)
{
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_bytes, ((dctx_bytes){"\xff", 1}));
	dctx_set(k_str, "caf\xe9");
	assert_unsendable(DCTX_CORRUPT, "str", 0, 0);
	dctx_unset(k_str);
	DCTX_SCOPE("\xff");
	assert_unsendable(DCTX_CORRUPT, "chain", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(each_limit_holds_on_receipt_and_not_one_below),
		DCTXT_TEST(each_limit_holds_on_sending_and_not_one_below),
		DCTXT_TEST(zero_is_no_limit),
		DCTXT_TEST(a_chain_is_cut_to_its_newest_names),
		DCTXT_TEST(a_text_or_name_that_is_no_utf8_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
