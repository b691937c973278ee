/* SPDX-License-Identifier: MIT */
/*
 * Migrations between kinds: a text that becomes a number, an object that
 * becomes bytes; by which codec each older value is read; and the longest way
 * there can be.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

#include <stdio.h>

static struct message m;

static void make(const char *key, uint32_t version, const void *value,
		 size_t len)
{
	begin(&m, 1);
	put_versioned(&m, key, version, value, len);
	end(&m);
}

/* Seconds: today a u32; before that minutes, a u16 that a codec sent highest
 * byte first; at first a text of minutes. */
static dctx_status net_encode(const void *value, dctx_writer *w)
{
	const uint16_t *v = value;

	dctx_write_u8(w, (uint8_t)(*v >> 8));
	dctx_write_u8(w, (uint8_t)*v);
	return DCTX_OK;
}

static dctx_status net_decode(void *value, dctx_reader *r)
{
	uint8_t high = 0, low = 0;

	dctx_read_u8(r, &high);
	dctx_read_u8(r, &low);
	*(uint16_t *)value = (uint16_t)(high << 8 | low);
	return DCTX_OK;
}

static const dctx_codec net = {sizeof net, "net16", net_encode, net_decode};

static dctx_status minutes_from_text(const void *older, void *newer,
				     dctx_reader *room)
{
	const dctx_bytes *text = older;
	uint16_t *minutes = newer;

	(void)room;
	for (size_t i = 0; i < text->len; i++) {
		char digit = ((const char *)text->data)[i];

		if (digit < '0' || digit > '9')
			return DCTX_INVALID;
		*minutes = (uint16_t)(*minutes * 10 + digit - '0');
	}
	return DCTX_OK;
}

static dctx_status seconds_from_minutes(const void *older, void *newer,
					dctx_reader *room)
{
	(void)room;
	*(uint32_t *)newer = *(const uint16_t *)older * 60u;
	return DCTX_OK;
}

static const dctx_migration ttl_older[] = {
	{1, 2, DCTX_KIND_STR, NULL, NULL, minutes_from_text},
	{2, 3, DCTX_KIND_U16, NULL, &net, seconds_from_minutes},
};
static const dctx_key_options ttl_options = {sizeof ttl_options, NULL,
					     ttl_older, 2};
DCTX_KEY_U32(k_ttl, "ttl", DCTX_WIRE, 3, &ttl_options);

static uint32_t ttl_of(uint32_t version, const void *value, size_t len)
{
	dctx_snapshot *s = NULL;
	uint32_t ttl = UINT32_MAX;

	make("ttl", version, value, len);
	if (dctx_decode(m.bytes, m.len, &s) == DCTX_OK)
		ttl = dctx_snapshot_get(s, k_ttl, 0);
	dctx_snapshot_unref(s);
	return ttl;
}

static void a_number_was_another_number_and_once_a_text(void **state)
{
	(void)state;
	assert_int_equal(ttl_of(3, "\1\2\0\0", 4), 513);
	assert_int_equal(ttl_of(2, "\1\2", 2), 258 * 60);
	assert_int_equal(ttl_of(1, "\2\0\0\0\0\0\0\0\64\62", 10), 42 * 60);
	assert_int_equal(ttl_of(1, "\0\0\0\0\0\0\0\0", 8), 0);
	/* No digit; no UTF-8; too short for the codec. */
	assert_int_equal(ttl_of(1, "\1\0\0\0\0\0\0\0x", 9), UINT32_MAX);
	assert_int_equal(dctx_last_error()->status, DCTX_CODEC);
	assert_int_equal(ttl_of(1, "\1\0\0\0\0\0\0\0\xff", 9), UINT32_MAX);
	assert_int_equal(dctx_last_error()->status, DCTX_CORRUPT);
	assert_int_equal(ttl_of(2, "\1", 1), UINT32_MAX);
	assert_int_equal(dctx_last_error()->status, DCTX_CORRUPT);
}

/* A text whose codec sends it bare, without its length. */
static dctx_status bare_encode(const void *value, dctx_writer *w)
{
	const dctx_bytes *text = value;

	dctx_write_raw(w, text->data, text->len);
	return DCTX_OK;
}

static dctx_status bare_decode(void *value, dctx_reader *r)
{
	return dctx_read_raw(r, dctx_read_left(r), value);
}

static const dctx_codec bare = {sizeof bare, "bare", bare_encode, bare_decode};

/* What comes out is a view of what went in. */
static dctx_status same_text(const void *older, void *newer, dctx_reader *room)
{
	(void)room;
	*(dctx_bytes *)newer = *(const dctx_bytes *)older;
	return DCTX_OK;
}

static dctx_status text_of_rid(const void *older, void *newer,
			       dctx_reader *room)
{
	const struct rid *rid = older;
	size_t len = strlen(rid->text);
	void *copy = dctx_read_room(room, len);

	if (copy == NULL)
		return DCTX_NOMEM;
	memcpy(copy, rid->text, len);
	*(dctx_bytes *)newer = (dctx_bytes){copy, len};
	return DCTX_OK;
}

static dctx_status text_of_number(const void *older, void *newer,
				  dctx_reader *room)
{
	char *text = dctx_read_room(room, 32);

	if (text == NULL)
		return DCTX_NOMEM;
	*(dctx_bytes *)newer =
		(dctx_bytes){text, (size_t)snprintf(text, 32, "%g",
						    *(const double *)older)};
	return DCTX_OK;
}

static const dctx_migration label_older[] = {
	{1, 0, DCTX_KIND_STR, NULL, &dctx_codec_builtin, same_text},
	{2, 0, DCTX_KIND_STR, NULL, NULL, same_text},
	{3, 1, DCTX_KIND_BYTES, NULL, NULL, same_text},
	{4, 0, DCTX_KIND_TYPE, &rid_type, NULL, text_of_rid},
	{5, 0, DCTX_KIND_F64, NULL, NULL, text_of_number},
};
static const dctx_key_options label_options = {sizeof label_options, &bare,
					       label_older, 5};
DCTX_KEY_STR(k_label, "label", DCTX_WIRE, 9, &label_options);

static void assert_label(uint32_t version, const void *value, size_t len,
			 const char *want)
{
	dctx_snapshot *s = NULL;

	make("label", version, value, len);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_string_equal(dctx_snapshot_get(s, k_label, "-"), want);
	dctx_snapshot_unref(s);
	assert_int_equal(rids_alive, 0);
}

static void each_older_value_is_read_by_its_own_codec(void **state)
{
	(void)state;
	assert_label(9, "now", 3, "now");
	/* The kind's own, by name. */
	assert_label(1, "\3\0\0\0\0\0\0\0old", 11, "old");
	/* The key's, since it is a text as the key's are. */
	assert_label(2, "bare", 4, "bare");
	/* The kind's own, of another kind. */
	assert_label(3, "\3\0\0\0\0\0\0\0raw", 11, "raw");
	assert_label(4, "\3\0\0\0\0\0\0\0rid", 11, "rid");
	assert_label(5, "\0\0\0\0\0\0\xf8\x3f", 8, "1.5");
	assert_int_equal(dctxt_count_all(), 0);
}

/* Bytes that become a text are looked at as one. */
static void what_a_migration_makes_must_be_of_its_kind(void **state)
{
	dctx_snapshot *s = NULL;

	(void)state;
	make("label", 3, "\1\0\0\0\0\0\0\0\xff", 9);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_CORRUPT);
	assert_null(s);
	assert_string_equal(dctx_last_error()->what, "label");
}

static void a_long_text_outlives_its_message(void **state)
{
	static char value[2008], want[2001];
	dctx_snapshot *s = NULL;

	(void)state;
	memset(want, 'w', 2000);
	memset(value, 'w', sizeof value);
	memcpy(value, "\xd0\7\0\0\0\0\0\0", 8);
	for (uint32_t version = 1; version <= 4; version++) {
		size_t skip = version == 2 ? 8 : 0; /* bare */

		make("label", version, value + skip, sizeof value - skip);
		assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
		memset(m.bytes, 0, sizeof m.bytes);
		assert_string_equal(dctx_snapshot_get(s, k_label, "-"), want);
		dctx_snapshot_unref(s);
	}
}

static dctx_status bool_of_u8(const void *older, void *newer, dctx_reader *room)
{
	(void)room;
	memcpy(newer, older, 1);
	return DCTX_OK;
}

static const dctx_migration flag_older[] = {
	{1, 0, DCTX_KIND_U8, NULL, NULL, bool_of_u8}};
static const dctx_key_options flag_options = {sizeof flag_options, NULL,
					      flag_older, 1};
DCTX_KEY_BOOL(k_flag, "flag", DCTX_WIRE, 2, &flag_options);

static void a_bool_is_zero_or_one_here_too(void **state)
{
	dctx_snapshot *s = NULL;

	(void)state;
	make("flag", 1, "\1", 1);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_true(dctx_snapshot_get(s, k_flag, false));
	s = dctx_snapshot_unref(s);
	make("flag", 1, "\2", 1);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_CODEC);
	assert_null(s);
}

/* Bytes that are all 1 begin with a 1 on any machine. */
static dctx_status widened(const void *older, void *newer, dctx_reader *room)
{
	(void)room;
	memcpy(newer, older, 1);
	return DCTX_OK;
}

static const dctx_migration narrow[] = {
	{1, 0, DCTX_KIND_BOOL, NULL, NULL, widened},
	{2, 0, DCTX_KIND_I8, NULL, NULL, widened},
	{3, 0, DCTX_KIND_I16, NULL, NULL, widened},
	{4, 0, DCTX_KIND_U16, NULL, NULL, widened},
	{5, 0, DCTX_KIND_I32, NULL, NULL, widened},
	{6, 0, DCTX_KIND_U32, NULL, NULL, widened},
	{7, 0, DCTX_KIND_F32, NULL, NULL, widened},
	{8, 0, DCTX_KIND_I64, NULL, NULL, widened}};
static const dctx_key_options wide_options = {sizeof wide_options, NULL,
					      narrow, 8};
DCTX_KEY_U8(k_wide, "wide", DCTX_WIRE, 9, &wide_options);

static void older_numbers_have_their_own_width(void **state)
{
	static const size_t width[] = {1, 1, 2, 2, 4, 4, 4, 8};
	const unsigned char same[8] = {1, 1, 1, 1, 1, 1, 1, 1};

	(void)state;
	for (uint32_t i = 0; i < 8; i++) {
		dctx_snapshot *s = NULL;

		make("wide", i + 1, same, width[i]);
		assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
		assert_int_equal(dctx_snapshot_get(s, k_wide, 0), 1);
		s = dctx_snapshot_unref(s);
		make("wide", i + 1, same, width[i] - 1);
		assert_int_equal(dctx_decode(m.bytes, m.len, &s),
				 DCTX_CORRUPT);
		assert_null(s);
	}
}

static dctx_status one_more(const void *older, void *newer, dctx_reader *room)
{
	(void)room;
	*(int64_t *)newer = *(const int64_t *)older + 1;
	return DCTX_OK;
}

static dctx_migration steps[64];
static const dctx_key_options far_options = {sizeof far_options, NULL, steps,
					     64};
static dctx_key far = {.name = "far",
		       .kind = DCTX_KIND_I64,
		       .policy = DCTX_WIRE,
		       .version = 65,
		       .options = &far_options};

static void the_longest_way_has_sixty_four_steps(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		steps[i] = (dctx_migration){i + 1, i + 2, DCTX_KIND_I64, NULL,
					    NULL, one_more};
	assert_int_equal(dctx_key_register(&far), DCTX_OK);
	for (uint32_t version = 1; version <= 65; version++) {
		dctx_snapshot *s = NULL;

		make("far", version, "\0\0\0\0\0\0\0\0", 8);
		assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
		assert_int_equal(dctx_snapshot_get_i64(s, &far, 99),
				 65 - version);
		dctx_snapshot_unref(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_number_was_another_number_and_once_a_text),
		DCTXT_TEST(each_older_value_is_read_by_its_own_codec),
		DCTXT_TEST(what_a_migration_makes_must_be_of_its_kind),
		DCTXT_TEST(a_long_text_outlives_its_message),
		DCTXT_TEST(a_bool_is_zero_or_one_here_too),
		DCTXT_TEST(older_numbers_have_their_own_width),
		DCTXT_TEST(the_longest_way_has_sixty_four_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
