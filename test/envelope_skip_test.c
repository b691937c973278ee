/* SPDX-License-Identifier: MIT */
/*
 * Messages of which single bad values are skipped: they are told and counted,
 * their keys are absent, and all else is taken.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

DCTX_KEY_BOOL(k_bool, "bool", DCTX_WIRE);
DCTX_KEY_STR(k_str, "str", DCTX_WIRE);
DCTX_KEY_U8(k_seven, "seven", DCTX_WIRE, 7);
DCTX_KEY_U8(k_last, "zz", DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);

static struct message m;

/* What a report was told. */
static struct {
	size_t n;
	dctx_bad_entry bad[8];
	dctx_snapshot **out;
	bool has_snapshot;
} told;

static void report(void *user, const dctx_bad_entry *bad)
{
	assert_ptr_equal(user, &told);
	assert_in_range(told.n, 0, 7);
	told.bad[told.n++] = *bad;
	told.has_snapshot = *told.out != NULL;
}

static dctx_status take_good(unsigned flags, dctx_snapshot **out)
{
	const dctx_decode_options options = {
		.struct_size = sizeof options,
		.flags = DCTX_DECODE_SKIP_BAD | flags,
		.report = report,
		.user = &told};

	memset(&told, 0, sizeof told);
	told.out = out;
	return dctx_decode_with(m.bytes, m.len, &options, out);
}

static void assert_told(size_t i, const dctx_key *key, dctx_status status,
			uint32_t version, size_t offset)
{
	const dctx_entry *entry = &told.bad[i].entry;

	assert_ptr_equal(told.bad[i].key, key);
	assert_int_equal(told.bad[i].status, status);
	assert_int_equal(entry->key.len, strlen(key->name));
	assert_memory_equal(entry->key.data, key->name, entry->key.len);
	assert_int_equal(entry->version, version);
	assert_int_equal(entry->offset, offset);
	assert_ptr_equal(entry->key.data, m.bytes + offset + 8);
}

static void bad_values_are_skipped_told_and_counted(void **state)
{
	const dctx_decode_options silent = {.struct_size = sizeof silent,
					    .flags = DCTX_DECODE_SKIP_BAD};
	const struct dctxt_told *heard = dctxt_listen();
	size_t at[4];
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 5);
	at[0] = m.len;
	put_scalar(&m, "bool", 7, 1);
	at[1] = m.len;
	put_versioned(&m, "seven", 3, "\1", 1);
	at[2] = m.len;
	put_string(&m, "rid", "!", 1); /* its codec refuses that */
	put_scalar(&m, "zz", 9, 1);
	at[3] = m.len;
	put_string(&m, "str", "\xff", 1);
	put_number(&m, 1, 8);
	put_text(&m, "app");
	assert_int_equal(take_good(0, &s), DCTX_OK);
	assert_int_equal(told.n, 4);
	assert_true(told.has_snapshot);
	assert_told(0, &k_bool.key, DCTX_CORRUPT, 1, at[0]);
	assert_told(1, &k_seven.key, DCTX_UNSUPPORTED, 3, at[1]);
	assert_told(2, &k_rid.key, DCTX_CODEC, 1, at[2]);
	assert_told(3, &k_str.key, DCTX_CORRUPT, 1, at[3]);
	assert_int_equal(told.bad[2].entry.value.len, 9);
	assert_int_equal(heard->event, DCTX_EV_BAD_ENTRY);
	assert_int_equal(heard->times, 1);
	assert_string_equal(heard->what, "bool");
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 4);
	assert_int_equal(dctxt_count_all(), 4);
	assert_false(dctx_snapshot_has(s, k_bool));
	assert_false(dctx_snapshot_has(s, k_seven));
	assert_false(dctx_snapshot_has(s, k_rid));
	assert_false(dctx_snapshot_has(s, k_str));
	assert_int_equal(dctx_snapshot_get(s, k_last, 0), 9);
	assert_int_equal(dctx_snapshot_chain(s, NULL, 0), 1);
	s = dctx_snapshot_unref(s);
	/* Without a report they are counted only. */
	assert_int_equal(dctx_decode_with(m.bytes, m.len, &silent, &s),
			 DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 8);
	dctx_snapshot_unref(s);
	assert_int_equal(rids_alive, 0);
}

/* Whether the first pass finds it or a codec does. */
static void of_a_key_twice_the_last_decides_though_it_is_bad(void **state)
{
	static const char *const texts[][3] = {
		{"good", "!", NULL}, {"!", "good", "good"}, {"!", "!", NULL}};
	dctx_snapshot *s = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&m, 4);
		put_scalar(&m, "bool", texts[i][0][0] == 'g' ? 1 : 2, 1);
		put_string(&m, "rid", texts[i][0], strlen(texts[i][0]));
		put_string(&m, "rid", texts[i][1], strlen(texts[i][1]));
		put_scalar(&m, "bool", texts[i][1][0] == 'g' ? 1 : 2, 1);
		end(&m);
		assert_int_equal(take_good(0, &s), DCTX_OK);
		assert_int_equal(told.n, i == 2 ? 4 : 2);
		assert_int_equal(dctx_snapshot_has(s, k_rid), i == 1);
		assert_int_equal(dctx_snapshot_has(s, k_bool), i == 1);
		s = dctx_snapshot_unref(s);
		assert_int_equal(rids_alive, 0);
	}
}

static void what_is_no_single_value_is_still_refused(void **state)
{
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 2);
	put_scalar(&m, "bool", 2, 1);
	put_entry(&m, "k\xff", NULL, 0);
	end(&m);
	assert_int_equal(take_good(0, &s), DCTX_CORRUPT);
	assert_int_equal(told.n, 0);
	assert_int_equal(dctxt_count_all(), 0);
	begin(&m, 1);
	put_scalar(&m, "bool", 2, 1);
	put_number(&m, 1, 8);
	put_text(&m, "a\xff");
	assert_int_equal(take_good(0, &s), DCTX_CORRUPT);
	begin(&m, 1);
	put_scalar(&m, "bool", 2, 1);
	m.bytes[12 + 8 + 4 + 4] = 99; /* the value's length */
	end(&m);
	assert_int_equal(take_good(0, &s), DCTX_CORRUPT);
	assert_null(s);
	assert_int_equal(told.n, 0);
}

static void strictness_makes_a_tail_a_bad_value(void **state)
{
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 2);
	put_scalar(&m, "zz", 0xaa02, 2);
	put_entry(&m, "rid", "\1\0\0\0\0\0\0\0xy", 10);
	end(&m);
	assert_int_equal(take_good(DCTX_DECODE_STRICT, &s), DCTX_OK);
	assert_int_equal(told.n, 2);
	assert_told(0, &k_last.key, DCTX_CORRUPT, 1, 12);
	assert_false(dctx_snapshot_has(s, k_last));
	assert_false(dctx_snapshot_has(s, k_rid));
	s = dctx_snapshot_unref(s);
	put_raw(&m, "behind", 6);
	assert_int_equal(take_good(DCTX_DECODE_STRICT, &s), DCTX_CORRUPT);
	assert_null(s);
	assert_int_equal(rids_alive, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(bad_values_are_skipped_told_and_counted),
		DCTXT_TEST(of_a_key_twice_the_last_decides_though_it_is_bad),
		DCTXT_TEST(what_is_no_single_value_is_still_refused),
		DCTXT_TEST(strictness_makes_a_tail_a_bad_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
