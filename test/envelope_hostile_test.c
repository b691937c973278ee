/* SPDX-License-Identifier: MIT */
/*
 * Messages that mean ill. Each is refused for its own reason, at its own
 * place, and nothing is left of it; the blocks are of exactly the message's
 * size, so that a sanitizer sees one byte too many.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

#include <stdlib.h>

DCTX_KEY_BOOL(k_bool, "bool", DCTX_WIRE);
DCTX_KEY_I8(k_i8, "i8", DCTX_WIRE);
DCTX_KEY_I16(k_i16, "i16", DCTX_WIRE);
DCTX_KEY_I32(k_i32, "i32", DCTX_WIRE);
DCTX_KEY_I64(k_i64, "i64", DCTX_WIRE);
DCTX_KEY_U8(k_u8, "u8", DCTX_WIRE);
DCTX_KEY_U16(k_u16, "u16", DCTX_WIRE);
DCTX_KEY_U32(k_u32, "u32", DCTX_WIRE);
DCTX_KEY_U64(k_u64, "u64", DCTX_WIRE);
DCTX_KEY_F32(k_f32, "f32", DCTX_WIRE);
DCTX_KEY_F64(k_f64, "f64", DCTX_WIRE);
DCTX_KEY_STR(k_str, "str", DCTX_WIRE);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_WIRE);
DCTX_KEY_U8(k_local, "local", DCTX_LOCAL);
DCTX_KEY_STR(k_seven, "seven", DCTX_WIRE, 7);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);

static struct message m;

/* Decodes from a block of its own. */
static dctx_status decode(const void *data, size_t len, dctx_snapshot **out)
{
	void *block = malloc(len > 0 ? len : 1);
	dctx_status status;

	if (len > 0)
		memcpy(block, data, len);
	status = dctx_decode(block, len, out);
	free(block);
	return status;
}

/* Refused with a status, at a place, for a key or field. */
static void assert_refused(dctx_status want, size_t offset, const char *what)
{
	dctx_snapshot *s = (dctx_snapshot *)&m;

	assert_int_equal(decode(m.bytes, m.len, &s), want);
	assert_ptr_equal(s, &m);
	assert_int_equal(dctx_last_error()->status, want);
	assert_int_equal(dctx_last_error()->offset, offset);
	assert_string_equal(dctx_last_error()->what, what);
}

static void assert_taken(void)
{
	dctx_snapshot *s;

	assert_int_equal(decode(m.bytes, m.len, &s), DCTX_OK);
	dctx_snapshot_unref(s);
}

/* A message with everything in it. */
static void make_rich(void)
{
	static char text[700];

	memset(text, 'x', sizeof text);
	begin(&m, 8);
	put_scalar(&m, "bool", 1, 1);
	put_scalar(&m, "i32", 5, 4);
	put_string(&m, "bytes", text, sizeof text);
	put_string(&m, "rid", "req-1", 5);
	put_scalar(&m, "local", 1, 1);
	put_string(&m, "nobody's", "z", 1);
	put_string(&m, "rid", "req-2", 5);
	put_string(&m, "str", "h\xc3\xa9", 3);
	put_number(&m, 2, 8);
	put_text(&m, "app");
	put_text(&m, "");
}

static void every_truncation_is_refused_and_leaves_the_store(void **state)
{
	struct message whole;
	const char *names[4];
	DCTX_SCOPE("host");

	(void)state;
	dctx_set(k_u8, 7);
	make_rich();
	whole = m;
	for (size_t len = 0; len < whole.len; len++) {
		dctx_snapshot *s = NULL;
		dctx_guard guard = {NULL, 99};

		assert_int_equal(decode(whole.bytes, len, &s), DCTX_CORRUPT);
		assert_null(s);
		assert_true(dctx_last_error()->offset <= len);
		assert_int_equal(dctx_decode_here(whole.bytes, len, &guard),
				 DCTX_CORRUPT);
		assert_int_equal(guard.id, 99);
		assert_int_equal(rids_alive, 0);
	}
	assert_int_equal(dctx_get(k_u8, 0), 7);
	assert_int_equal(dctx_chain(names, 4), 1);
	assert_int_equal(dctx_depth(), 2);
	assert_int_equal(dctxt_count_all(), 0);
	assert_taken();
}

/* Whatever one changed byte makes of it: refused, or taken and then stable. */
static void no_single_changed_byte_does_harm(void **state)
{
	static const unsigned char changes[] = {0x01, 0x80, 0xff};
	size_t taken = 0;

	(void)state;
	make_rich();
	for (size_t i = 0; i < m.len * sizeof changes; i++) {
		unsigned char *byte = &m.bytes[i / sizeof changes];
		unsigned char kept = *byte;
		dctx_snapshot *s = NULL;
		size_t len = 0;

		*byte ^= changes[i % sizeof changes];
		if (decode(m.bytes, m.len, &s) == DCTX_OK) {
			taken++;
			assert_int_equal(dctx_snapshot_encode(s, NULL, 0, &len),
					 DCTX_TOO_SMALL);
			dctx_snapshot_unref(s);
		} else {
			assert_null(s);
		}
		assert_int_equal(rids_alive, 0);
		*byte = kept;
	}
	assert_in_range(taken, 1, m.len * sizeof changes - 1);
}

static void any_other_version_is_unsupported_whatever_follows(void **state)
{
	static const uint32_t versions[] = {0, 3, 0x02000000, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		make_rich();
		put_number_at(&m, 0, versions[i], 4);
		assert_refused(DCTX_UNSUPPORTED, 0, "version");
		assert_int_equal(dctx_last_error()->version, versions[i]);
		dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 10);
		assert_refused(DCTX_UNSUPPORTED, 0, "version");
		dctx_limit_set(DCTX_LIMIT_MESSAGE_BYTES, 0);
		m.len = 4;
		assert_refused(DCTX_UNSUPPORTED, 0, "version");
	}
}

/* Behind the entries stands nothing, or one chain to the last byte. */
static void version_1_ends_after_its_entries_or_with_one_chain(void **state)
{
	struct message whole;
	size_t entries;

	(void)state;
	begin(&m, 1);
	put_scalar(&m, "u8", 1, 1);
	entries = m.len;
	put_number(&m, 2, 8);
	put_text(&m, "app");
	put_text(&m, "");
	m.bytes[0] = 1;
	assert_taken();
	whole = m;
	for (m.len = 0; m.len < whole.len; m.len++) {
		dctx_snapshot *s = NULL;

		assert_int_equal(decode(m.bytes, m.len, &s),
				 m.len == entries ? DCTX_OK : DCTX_CORRUPT);
		dctx_snapshot_unref(s);
	}
	put_raw(&m, "x", 1);
	assert_refused(DCTX_CORRUPT, whole.len, "message");
	m.len = entries;
	end(&m);
	assert_taken();
	put_raw(&m, "x", 1);
	assert_refused(DCTX_CORRUPT, entries + 8, "message");
	m.bytes[entries] = 1;
	assert_refused(DCTX_CORRUPT, entries, "chain");
	assert_int_equal(dctxt_count_all(), 0);
}

/* Numbers that are more than the bytes behind them can hold, up to those that
 * would wrap round. */
static void counts_and_lengths_that_cannot_be_are_refused(void **state)
{
	static const uint64_t huge[] = {4, 1u << 31, UINT64_C(1) << 60,
					UINT64_C(1) << 63, UINT64_MAX - 7,
					UINT64_MAX};

	(void)state;
	dctx_limit_set(DCTX_LIMIT_ENTRIES, 0);
	for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
		begin(&m, huge[i]);
		end(&m);
		assert_refused(DCTX_CORRUPT, 4, "entries");
		begin(&m, 0);
		put_number(&m, huge[i], 8);
		assert_refused(DCTX_CORRUPT, 12, "chain");
		begin(&m, 0);
		put_number(&m, 1, 8);
		put_number(&m, huge[i], 8);
		assert_refused(DCTX_CORRUPT, 20, "name");
		begin(&m, 1);
		put_number(&m, huge[i] + 100, 8);
		put_raw(&m, "0123456789abcdef", 16);
		assert_refused(DCTX_CORRUPT, 12, "key");
		begin(&m, 1);
		put_text(&m, "str");
		put_number(&m, 1, 4);
		put_number(&m, huge[i] + 100, 8);
		end(&m);
		assert_refused(DCTX_CORRUPT, 27, "str");
		/* A key that is no text is not shown as one. */
		m.bytes[21] = 0xff;
		assert_refused(DCTX_CORRUPT, 27, "key");
	}
}

static void what_is_no_utf8_is_refused_where_it_stands(void **state)
{
	(void)state;
	begin(&m, 1);
	put_entry(&m, "k\xff", NULL, 0);
	end(&m);
	assert_refused(DCTX_CORRUPT, 20, "key");
	begin(&m, 1);
	put_string(&m, "str", "\xed\xa0\x80", 3);
	end(&m);
	assert_refused(DCTX_CORRUPT, 35, "str");
	begin(&m, 0);
	put_number(&m, 2, 8);
	put_text(&m, "ok");
	put_text(&m, "\xf0\x9f\x98");
	assert_refused(DCTX_CORRUPT, 38, "name");
	begin(&m, 0);
	put_number(&m, 1, 8);
	put_bytes(&m, "a\0b", 3);
	assert_refused(DCTX_CORRUPT, 28, "name");
}

static void a_value_too_short_for_its_kind_is_refused(void **state)
{
	static const struct {
		const char *key;
		size_t width;
	} kinds[] = {
		{"bool", 1}, {"i8", 1},	 {"i16", 2}, {"i32", 4}, {"i64", 8},
		{"u8", 1},   {"u16", 2}, {"u32", 4}, {"u64", 8}, {"f32", 4},
		{"f64", 8},  {"str", 8}, {"bytes", 8}, {"rid", 8},
	};
	const unsigned char zeros[8] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		for (size_t len = 0; len < kinds[i].width; len++) {
			begin(&m, 1);
			put_entry(&m, kinds[i].key, zeros, len);
			end(&m);
			assert_refused(DCTX_CORRUPT,
				       12 + 8 + strlen(kinds[i].key) + 12,
				       kinds[i].key);
		}
		begin(&m, 1);
		put_entry(&m, kinds[i].key, zeros, kinds[i].width);
		end(&m);
		assert_taken();
	}
}

/* The length inside a value, against the value and not the message. */
static void a_text_may_not_reach_past_its_value(void **state)
{
	static const uint64_t lengths[] = {3, 10, 11, 20, UINT64_MAX};
	static const char *const keys[] = {"str", "bytes", "rid"};

	(void)state;
	for (size_t i = 0; i < 5 * 3; i++) {
		size_t key_len = strlen(keys[i % 3]);

		begin(&m, 1);
		put_string(&m, keys[i % 3], "ab", 2);
		end(&m);
		put_number_at(&m, 12 + 8 + key_len + 12, lengths[i / 3], 8);
		assert_refused(DCTX_CORRUPT, 12 + 8 + key_len + 12,
			       keys[i % 3]);
	}
}

static void a_bool_is_zero_or_one(void **state)
{
	(void)state;
	for (unsigned v = 2; v < 256; v++) {
		begin(&m, 1);
		put_scalar(&m, "bool", v, 1);
		end(&m);
		assert_refused(DCTX_CORRUPT, 36, "bool");
	}
}

static void a_value_of_another_version_is_unsupported_by_name(void **state)
{
	(void)state;
	begin(&m, 2);
	put_scalar(&m, "u8", 1, 1);
	put_string(&m, "seven", "v", 1); /* of version 1 */
	end(&m);
	assert_refused(DCTX_UNSUPPORTED, 12 + 23 + 8 + 5, "seven");
	assert_int_equal(dctx_last_error()->version, 1);
	m.bytes[12 + 23 + 8 + 5] = 7;
	assert_taken();
}

static void of_duplicates_the_last_wins_but_each_must_be_good(void **state)
{
	static char large[1000];
	dctx_snapshot *s;

	(void)state;
	memset(large, 'L', sizeof large);
	begin(&m, 3);
	put_scalar(&m, "u8", 1, 1);
	put_scalar(&m, "u16", 5, 2);
	put_scalar(&m, "u8", 2, 1);
	end(&m);
	assert_int_equal(decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(s, k_u8, 0), 2);
	assert_int_equal(dctx_snapshot_get(s, k_u16, 0), 5);
	assert_int_equal(dctxt_count(DCTX_EV_DUPLICATE_ENTRY), 1);
	dctx_snapshot_unref(s);
	begin(&m, 2);
	put_string(&m, "str", large, sizeof large);
	put_string(&m, "str", "last", 4);
	end(&m);
	assert_int_equal(decode(m.bytes, m.len, &s), DCTX_OK);
	assert_string_equal(dctx_snapshot_get(s, k_str, ""), "last");
	dctx_snapshot_unref(s);
	begin(&m, 2);
	put_scalar(&m, "bool", 2, 1);
	put_scalar(&m, "bool", 1, 1);
	end(&m);
	assert_refused(DCTX_CORRUPT, 36, "bool");
}

static void what_is_passed_over_is_counted_and_told_once_a_kind(void **state)
{
	const struct dctxt_told *told = dctxt_listen();
	dctx_snapshot *s;

	(void)state;
	begin(&m, 4);
	put_entry(&m, "nobody's", NULL, 0);
	put_entry(&m, "dctx.later", "\xff", 1);
	put_entry(&m, "dctx.", NULL, 0);
	put_entry(&m, "dctx", NULL, 0);
	end(&m);
	assert_taken();
	assert_int_equal(dctxt_count(DCTX_EV_UNKNOWN_ENTRY), 2);
	assert_int_equal(dctxt_count(DCTX_EV_RESERVED_ENTRY), 2);
	assert_int_equal(told->times, 2);
	assert_int_equal(told->event, DCTX_EV_RESERVED_ENTRY);
	assert_string_equal(told->what, "dctx.later");
	begin(&m, 1);
	put_scalar(&m, "u8", 0xaa02, 2);
	end(&m);
	assert_int_equal(decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(s, k_u8, 0), 2);
	dctx_snapshot_unref(s);
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), 1);
	assert_string_equal(told->what, "u8");
	begin(&m, 1);
	put_scalar(&m, "local", 9, 1);
	put_number(&m, 0, 8);
	put_raw(&m, "behind", 6);
	assert_int_equal(decode(m.bytes, m.len, &s), DCTX_OK);
	assert_false(dctx_snapshot_has(s, k_local));
	dctx_snapshot_unref(s);
	assert_int_equal(dctxt_count(DCTX_EV_LOCAL_ENTRY), 1);
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), 2);
	assert_string_equal(told->what, "message");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_truncation_is_refused_and_leaves_the_store),
		DCTXT_TEST(no_single_changed_byte_does_harm),
		DCTXT_TEST(any_other_version_is_unsupported_whatever_follows),
		DCTXT_TEST(
			version_1_ends_after_its_entries_or_with_one_chain),
		DCTXT_TEST(counts_and_lengths_that_cannot_be_are_refused),
		DCTXT_TEST(what_is_no_utf8_is_refused_where_it_stands),
		DCTXT_TEST(a_value_too_short_for_its_kind_is_refused),
		DCTXT_TEST(a_text_may_not_reach_past_its_value),
		DCTXT_TEST(a_bool_is_zero_or_one),
		DCTXT_TEST(a_value_of_another_version_is_unsupported_by_name),
		DCTXT_TEST(of_duplicates_the_last_wins_but_each_must_be_good),
		DCTXT_TEST(what_is_passed_over_is_counted_and_told_once_a_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
