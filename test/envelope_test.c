/* SPDX-License-Identifier: MIT */
/*
 * The envelope as it should be: the crate's golden bytes, every kind of value
 * there and back, what stays behind, and buffers of every size.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

#include <stdio.h>

DCTX_KEY_BOOL(k_bool, "kind_bool", DCTX_WIRE);
DCTX_KEY_I8(k_i8, "kind_i8", DCTX_WIRE);
DCTX_KEY_I16(k_i16, "kind_i16", DCTX_WIRE);
DCTX_KEY_I32(k_i32, "kind_i32", DCTX_WIRE);
DCTX_KEY_I64(k_i64, "kind_i64", DCTX_WIRE);
DCTX_KEY_U8(k_u8, "kind_u8", DCTX_WIRE);
DCTX_KEY_U16(k_u16, "kind_u16", DCTX_WIRE);
DCTX_KEY_U32(k_u32, "kind_u32", DCTX_WIRE);
DCTX_KEY_U64(k_u64, "kind_u64", DCTX_WIRE);
DCTX_KEY_F32(k_f32, "kind_f32", DCTX_WIRE);
DCTX_KEY_F64(k_f64, "kind_f64", DCTX_WIRE);
DCTX_KEY_STR(k_str, "kind_str", DCTX_WIRE);
DCTX_KEY_BYTES(k_bytes, "kind_bytes", DCTX_WIRE);
DCTX_KEY_STR(k_local, "local", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);

/* Ten keys, registered in no order at all. */
DCTX_KEY_U8(k_z, "z", DCTX_WIRE);
DCTX_KEY_U8(k_e_acute, "\xc3\xa9", DCTX_WIRE);
DCTX_KEY_U8(k_long_2, "a_name_of_seventeen_2", DCTX_WIRE);
DCTX_KEY_U8(k_ab, "ab", DCTX_WIRE);
DCTX_KEY_U8(k_eight, "a_name_of_eight", DCTX_WIRE);
DCTX_KEY_U8(k_long, "a_name_of_sevent", DCTX_WIRE);
DCTX_KEY_U8(k_long_1, "a_name_of_seventeen_1", DCTX_WIRE);
DCTX_KEY_U8(k_empty, "", DCTX_WIRE);
DCTX_KEY_U8(k_a, "a", DCTX_WIRE);
DCTX_KEY_U8(k_longer, "a_name_of_seventeen_10", DCTX_WIRE);

static size_t unhex(const char *hex, unsigned char *out)
{
	size_t n = 0;
	unsigned byte;
	int used;

	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		out[n++] = (unsigned char)byte;
		hex += used;
	}
	return n;
}

/* The current store encodes to exactly these bytes. */
static void assert_encodes_to(const void *want, size_t want_len)
{
	unsigned char *got = malloc(want_len);
	size_t len = 0;

	assert_int_equal(dctx_encode(got, want_len, &len), DCTX_OK);
	assert_int_equal(len, want_len);
	assert_memory_equal(got, want, want_len);
	free(got);
}

static void assert_golden(const char *hex)
{
	unsigned char want[256];

	assert_encodes_to(want, unhex(hex, want));
}

static dctx_snapshot *decoded(const struct message *m)
{
	dctx_snapshot *s = NULL;

	assert_int_equal(dctx_decode(m->bytes, m->len, &s), DCTX_OK);
	return s;
}

/* A message whose entries are sorted is written again as it was. */
static void assert_same_again(const struct message *m)
{
	dctx_snapshot *s = decoded(m);
	unsigned char *again = malloc(m->len);
	size_t len = 0;

	assert_int_equal(dctx_snapshot_encode(s, again, m->len, &len), DCTX_OK);
	assert_int_equal(len, m->len);
	assert_memory_equal(again, m->bytes, len);
	free(again);
	dctx_snapshot_unref(s);
}

static void the_golden_messages_are_written(void **state)
{
	DCTX_SCOPE_UNNAMED;

	(void)state;
	assert_golden("02000000 0000000000000000 0000000000000000");
	assert_int_equal(dctx_set(k_rid, &(struct rid){"req-1"}), DCTX_OK);
	assert_golden("02000000 0100000000000000 0300000000000000 726964"
		      "01000000 0d00000000000000 0500000000000000 7265712d31"
		      "0000000000000000");
	DCTX_SCOPE("app");
	DCTX_SCOPE("svc");
	assert_golden("02000000 0100000000000000 0300000000000000 726964"
		      "01000000 0d00000000000000 0500000000000000 7265712d31"
		      "0200000000000000 0300000000000000 617070"
		      "0300000000000000 737663");
}

/* The order is the bytes' own: "" first, a prefix before what it begins, and
 * what is not ASCII last. */
static void entries_are_sorted_by_the_bytes_of_their_keys(void **state)
{
	static const char *const sorted[] = {"", "a", "a_name_of_eight",
					     "a_name_of_sevent",
					     "a_name_of_seventeen_1",
					     "a_name_of_seventeen_10",
					     "a_name_of_seventeen_2", "ab", "z",
					     "\xc3\xa9"};
	DCTX_SCOPE_UNNAMED;
	struct message m;

	(void)state;
	dctx_set(k_z, 8);
	dctx_set(k_long_1, 4);
	dctx_set(k_a, 1);
	dctx_set(k_e_acute, 9);
	dctx_set(k_long_2, 6);
	dctx_set(k_longer, 5);
	dctx_set(k_empty, 0);
	dctx_set(k_ab, 7);
	dctx_set(k_eight, 2);
	dctx_set(k_long, 3);
	begin(&m, 10);
	for (size_t i = 0; i < 10; i++)
		put_scalar(&m, sorted[i], i, 1);
	end(&m);
	assert_encodes_to(m.bytes, m.len);
}

/* More than what is kept on the stack, of entries and of names. */
static void three_hundred_entries_and_names_go_there_and_back(void **state)
{
	static char names[300][16];
	static dctx_key keys[300];
	static struct message m;

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_CHAIN, 0), DCTX_OK);
	begin(&m, 300);
	for (unsigned i = 0; i < 300; i++) {
		snprintf(names[i], sizeof names[i], "many_%03u", i);
		put_scalar(&m, names[i], i * 1000, 4);
	}
	put_number(&m, 300, 8);
	for (unsigned i = 0; i < 300; i++) {
		dctx_key *key = &keys[i * 7 % 300];

		key->name = names[i * 7 % 300];
		key->kind = DCTX_KIND_U32;
		key->policy = DCTX_WIRE;
		key->version = 1;
		assert_int_equal(dctx_key_register(key), DCTX_OK);
		put_text(&m, names[i]);
	}
	assert_same_again(&m);
	dctx_limit_set(DCTX_LIMIT_CHAIN, 64);
}

static void set_all_kinds(void)
{
	dctx_set(k_bool, true);
	dctx_set(k_i8, INT8_MIN);
	dctx_set(k_i16, INT16_MIN);
	dctx_set(k_i32, INT32_MIN);
	dctx_set(k_i64, INT64_MIN);
	dctx_set(k_u8, UINT8_MAX);
	dctx_set(k_u16, UINT16_MAX);
	dctx_set(k_u32, UINT32_MAX);
	dctx_set(k_u64, UINT64_MAX);
	dctx_set(k_f32, -1.5f);
	dctx_set(k_f64, 1e300);
	dctx_set(k_str, "h\xc3\xa9");
	dctx_set(k_bytes, ((dctx_bytes){"\0\xff", 2}));
	dctx_set(k_rid, &(struct rid){"req-1"});
}

static void assert_all_kinds(void)
{
	dctx_bytes none = {NULL, 0}, bytes = dctx_get(k_bytes, none);

	assert_true(dctx_get(k_bool, false));
	assert_int_equal(dctx_get(k_i8, 0), INT8_MIN);
	assert_int_equal(dctx_get(k_i16, 0), INT16_MIN);
	assert_int_equal(dctx_get(k_i32, 0), INT32_MIN);
	assert_true(dctx_get(k_i64, 0) == INT64_MIN);
	assert_int_equal(dctx_get(k_u8, 0), UINT8_MAX);
	assert_int_equal(dctx_get(k_u16, 0), UINT16_MAX);
	assert_int_equal(dctx_get(k_u32, 0), UINT32_MAX);
	assert_true(dctx_get(k_u64, 0) == UINT64_MAX);
	assert_true(dctx_get(k_f32, 0) == -1.5f);
	assert_true(dctx_get(k_f64, 0) == 1e300);
	assert_string_equal(dctx_get(k_str, ""), "h\xc3\xa9");
	assert_int_equal(bytes.len, 2);
	assert_memory_equal(bytes.data, "\0\xff", 2);
	assert_string_equal(dctx_get(k_rid, NULL)->text, "req-1");
}

static void every_kind_of_value_comes_back(void **state)
{
	unsigned char message[1024];
	dctx_guard guard;
	size_t len = 0;

	(void)state;
	{
		DCTX_SCOPE_UNNAMED;
		set_all_kinds();
		assert_int_equal(dctx_encode(message, sizeof message, &len),
				 DCTX_OK);
	}
	assert_int_equal(dctx_decode_here(message, len, &guard), DCTX_OK);
	assert_all_kinds();
	assert_encodes_to(message, len);
	dctx_leave(guard);
	assert_int_equal(rids_alive, 0);
}

static void long_and_empty_texts_and_nuls_inside_come_back(void **state)
{
	static const size_t lengths[] = {0, 1, 7, 8, 16, 17, 511, 512, 20000};
	static struct message m;
	static char text[20000];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = "abc\0"[i % 4];
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		begin(&m, 2);
		put_string(&m, "kind_bytes", text, lengths[i]);
		put_string(&m, "kind_str", text, lengths[i]);
		end(&m);
		assert_same_again(&m);
	}
}

/* An object each, once they are long. */
static void of_long_texts_for_one_key_the_last_is_kept(void **state)
{
	static char texts[3][601];
	static struct message m;
	dctx_snapshot *s;

	(void)state;
	begin(&m, 3);
	for (int i = 0; i < 3; i++) {
		memset(texts[i], 'a' + i, 600);
		put_string(&m, "kind_str", texts[i], 600);
	}
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_string_equal(dctx_snapshot_get(s, k_str, "-"), texts[2]);
	dctx_snapshot_unref(s);
}

static void every_smaller_buffer_is_told_the_size(void **state)
{
	unsigned char whole[1024];
	size_t full = 0, len;
	DCTX_SCOPE("a name");

	(void)state;
	set_all_kinds();
	assert_int_equal(dctx_encode(whole, sizeof whole, &full), DCTX_OK);
	for (size_t size = 0; size < full; size++) {
		unsigned char *buf = size > 0 ? malloc(size) : NULL;

		len = 0;
		assert_int_equal(dctx_encode(buf, size, &len), DCTX_TOO_SMALL);
		assert_int_equal(len, full);
		free(buf);
		if (size == 0)
			continue; /* to ask is no failure */
		assert_int_equal(dctx_last_error()->status, DCTX_TOO_SMALL);
		assert_int_equal(dctx_last_error()->size, full);
		assert_int_equal(dctx_last_error()->limit, size);
	}
}

static void an_allocated_message_is_the_same_message(void **state)
{
	unsigned char whole[1024];
	size_t full = 0, len = 0;
	void *message = NULL;
	DCTX_SCOPE("a name");

	(void)state;
	set_all_kinds();
	assert_int_equal(dctx_encode(whole, sizeof whole, &full), DCTX_OK);
	assert_int_equal(dctx_encode_alloc(&message, &len), DCTX_OK);
	assert_int_equal(len, full);
	assert_memory_equal(message, whole, full);
	free(message);
}

static void what_is_local_or_removed_stays_and_what_is_empty_goes(void **state)
{
	static char large[1000];
	struct message m;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_local, "here");
	dctx_set(k_u8, 1);
	dctx_set(k_str, "");
	DCTX_SCOPE_UNNAMED;
	dctx_unset(k_u8);
	begin(&m, 1);
	put_string(&m, "kind_str", "", 0);
	end(&m);
	assert_encodes_to(m.bytes, m.len);
	memset(large, 'L', sizeof(large) - 1);
	dctx_set(k_local, large);
	assert_encodes_to(m.bytes, m.len);
}

static void a_message_goes_as_text_and_comes_back(void **state)
{
	char text[DCTX_BASE64_SIZE(1024)];
	unsigned char message[1024];
	size_t len = 0, text_len = 0, got = 0;
	dctx_guard guard;

	(void)state;
	{
		DCTX_SCOPE("svc");
		set_all_kinds();
		assert_int_equal(dctx_encode(message, sizeof message, &len),
				 DCTX_OK);
	}
	assert_int_equal(dctx_base64_encode(DCTX_BASE64_URL, message, len, text,
					    sizeof text, &text_len),
			 DCTX_OK);
	assert_int_equal(dctx_base64_decode(DCTX_BASE64_URL, text, text_len,
					    text, sizeof text, &got),
			 DCTX_OK);
	assert_int_equal(dctx_decode_here(text, got, &guard), DCTX_OK);
	assert_all_kinds();
	assert_encodes_to(message, len);
	dctx_leave(guard);
}

static void an_empty_message_is_the_empty_snapshot(void **state)
{
	struct message m;
	dctx_snapshot *s;

	(void)state;
	begin(&m, 0);
	end(&m);
	s = decoded(&m);
	assert_ptr_equal(s, dctx_snapshot_empty());
	dctx_snapshot_unref(s);
}

static void what_makes_no_sense_is_invalid(void **state)
{
	unsigned char buf[64];
	dctx_snapshot *s, *empty = dctx_snapshot_empty();
	dctx_guard guard;
	size_t len;
	void *out;

	(void)state;
	assert_int_equal(dctx_snapshot_encode(NULL, buf, 64, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_snapshot_encode(empty, NULL, 64, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_snapshot_encode(empty, buf, 64, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_encode(NULL, 1, &len), DCTX_INVALID);
	assert_int_equal(dctx_encode(buf, 64, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_encode(NULL, buf, 64, &len), DCTX_INVALID);
	assert_int_equal(dctx_encode_alloc(NULL, &len), DCTX_INVALID);
	assert_int_equal(dctx_encode_alloc(&out, NULL), DCTX_INVALID);
	assert_int_equal(dctx_decode(NULL, 1, &s), DCTX_INVALID);
	assert_int_equal(dctx_decode(NULL, 0, &s), DCTX_CORRUPT);
	assert_int_equal(dctx_decode(buf, 0, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_decode(NULL, buf, 0, &guard), DCTX_INVALID);
	assert_int_equal(dctx_decode_here(buf, 0, NULL), DCTX_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_golden_messages_are_written),
		DCTXT_TEST(entries_are_sorted_by_the_bytes_of_their_keys),
		DCTXT_TEST(
			three_hundred_entries_and_names_go_there_and_back),
		DCTXT_TEST(every_kind_of_value_comes_back),
		DCTXT_TEST(
			long_and_empty_texts_and_nuls_inside_come_back),
		DCTXT_TEST(of_long_texts_for_one_key_the_last_is_kept),
		DCTXT_TEST(every_smaller_buffer_is_told_the_size),
		DCTXT_TEST(an_allocated_message_is_the_same_message),
		DCTXT_TEST(
			what_is_local_or_removed_stays_and_what_is_empty_goes),
		DCTXT_TEST(a_message_goes_as_text_and_comes_back),
		DCTXT_TEST(an_empty_message_is_the_empty_snapshot),
		DCTXT_TEST(what_makes_no_sense_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
