/* SPDX-License-Identifier: MIT */
/*
 * Codecs of keys: what they are given for each kind, and what they may leave.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

static struct message m;

/* A scalar's codec turns all its bits over, and sees that it was given a value
 * of its own type. */
#define FLIPPED(tag, T)                                                       \
	static T tag##_seen;                                                  \
	static dctx_status tag##_encode(const void *value, dctx_writer *w)    \
	{                                                                     \
		unsigned char raw[sizeof(T)];                                 \
                                                                              \
		tag##_seen = *(const T *)value;                               \
		memcpy(raw, value, sizeof raw);                               \
		for (size_t i = 0; i < sizeof raw; i++)                       \
			raw[i] ^= 0xff;                                       \
		dctx_write_raw(w, raw, sizeof raw);                           \
		return DCTX_OK;                                               \
	}                                                                     \
	static dctx_status tag##_decode(void *value, dctx_reader *r)          \
	{                                                                     \
		unsigned char raw[sizeof(T)], *to = value;                    \
		dctx_bytes bytes;                                             \
                                                                              \
		memset(raw, 0, sizeof raw);                                   \
		if (memcmp(value, raw, sizeof raw) != 0)                      \
			return DCTX_INVALID; /* it is not zeroed */           \
		if (dctx_read_raw(r, sizeof raw, &bytes) != DCTX_OK)          \
			return DCTX_CORRUPT;                                  \
		memcpy(raw, bytes.data, sizeof raw);                          \
		for (size_t i = 0; i < sizeof raw; i++)                       \
			to[i] = raw[i] ^ 0xff;                                \
		return DCTX_OK;                                               \
	}                                                                     \
	static const dctx_codec tag##_codec = {                               \
		.struct_size = sizeof(dctx_codec),                            \
		.name = "flipped " #tag,                                      \
		.encode = tag##_encode,                                       \
		.decode = tag##_decode,                                       \
	};                                                                    \
	static const dctx_key_options tag##_options = {                       \
		sizeof(dctx_key_options), &tag##_codec, NULL, 0}
FLIPPED(b, bool);
FLIPPED(i8, int8_t);
FLIPPED(i16, int16_t);
FLIPPED(i32, int32_t);
FLIPPED(i64, int64_t);
FLIPPED(u8, uint8_t);
FLIPPED(u16, uint16_t);
FLIPPED(u32, uint32_t);
FLIPPED(u64, uint64_t);
FLIPPED(f32, float);
FLIPPED(f64, double);
DCTX_KEY_BOOL(k_bool, "kind_bool", DCTX_WIRE, 1, &b_options);
DCTX_KEY_I8(k_i8, "kind_i8", DCTX_WIRE, 1, &i8_options);
DCTX_KEY_I16(k_i16, "kind_i16", DCTX_WIRE, 1, &i16_options);
DCTX_KEY_I32(k_i32, "kind_i32", DCTX_WIRE, 1, &i32_options);
DCTX_KEY_I64(k_i64, "kind_i64", DCTX_WIRE, 1, &i64_options);
DCTX_KEY_U8(k_u8, "kind_u8", DCTX_WIRE, 1, &u8_options);
DCTX_KEY_U16(k_u16, "kind_u16", DCTX_WIRE, 1, &u16_options);
DCTX_KEY_U32(k_u32, "kind_u32", DCTX_WIRE, 1, &u32_options);
DCTX_KEY_U64(k_u64, "kind_u64", DCTX_WIRE, 1, &u64_options);
DCTX_KEY_F32(k_f32, "kind_f32", DCTX_WIRE, 1, &f32_options);
DCTX_KEY_F64(k_f64, "kind_f64", DCTX_WIRE, 1, &f64_options);

/* Texts and bytes go backwards, and need room to be turned round again. */
static dctx_status back_encode(const void *value, dctx_writer *w)
{
	const dctx_bytes *bytes = value;

	for (size_t i = bytes->len; i-- > 0;)
		dctx_write_u8(w, ((const unsigned char *)bytes->data)[i]);
	return DCTX_OK;
}

static dctx_status back_decode(void *value, dctx_reader *r)
{
	dctx_bytes raw, *bytes = value;
	unsigned char *room;

	dctx_read_raw(r, dctx_read_left(r), &raw);
	room = dctx_read_room(r, raw.len);
	if (room == NULL && raw.len > 0)
		return DCTX_NOMEM;
	for (size_t i = 0; i < raw.len; i++)
		room[i] = ((const unsigned char *)raw.data)[raw.len - 1 - i];
	*bytes = (dctx_bytes){room, raw.len};
	return DCTX_OK;
}

static const dctx_codec back = {sizeof back, "back", back_encode, back_decode};
static const dctx_key_options back_options = {sizeof back_options, &back, NULL,
					      0};
DCTX_KEY_STR(k_str, "kind_str", DCTX_WIRE, 1, &back_options);
DCTX_KEY_BYTES(k_bytes, "kind_bytes", DCTX_WIRE, 1, &back_options);

/* A codec for a user's type, which has one of its own. */
static dctx_status loud_encode(const void *value, dctx_writer *w)
{
	const struct rid *rid = value;

	dctx_write_raw(w, rid->text, strlen(rid->text));
	dctx_write_u8(w, '!');
	return DCTX_OK;
}

static dctx_status loud_decode(void *value, dctx_reader *r)
{
	dctx_bytes raw;

	dctx_read_raw(r, dctx_read_left(r), &raw);
	return rid_make(value, raw.data, raw.len > 0 ? raw.len - 1 : 0);
}

static const dctx_codec loud = {sizeof loud, "loud", loud_encode, loud_decode};
static const dctx_key_options loud_options = {sizeof loud_options, &loud, NULL,
					      0};
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "kind_rid", struct rid, &rid_type, DCTX_WIRE, 1,
	      &loud_options);
/* A type that cannot be sent by itself. */
static const dctx_type mute_type = {
	.struct_size = sizeof mute_type,
	.name = "mute",
	.size = sizeof(struct rid),
	.copy = rid_copy,
	.destroy = rid_destroy,
};
DCTX_KEY_DECLARE_TYPE(k_mute, struct rid);
DCTX_KEY_TYPE(k_mute, "kind_mute", struct rid, &mute_type, DCTX_WIRE, 1,
	      &loud_options);
static const dctx_key_options own_options = {sizeof own_options,
					     &dctx_codec_builtin, NULL, 0};
DCTX_KEY_U32(k_plain, "plain", DCTX_WIRE);
DCTX_KEY_U16(k_own, "own", DCTX_WIRE, 1, &own_options);

static void put_flipped(const char *key, const void *value, size_t len)
{
	unsigned char raw[8];

	for (size_t i = 0; i < len; i++)
		raw[i] = ((const unsigned char *)value)[i] ^ 0xff;
	put_entry(&m, key, raw, len);
}

/* Encodes the store to the message that is there. */
static void assert_encoded(void)
{
	unsigned char *got = malloc(m.len);
	size_t len = 0;

	assert_int_equal(dctx_encode(NULL, 0, &len), DCTX_TOO_SMALL);
	assert_int_equal(len, m.len);
	assert_int_equal(dctx_encode(got, m.len, &len), DCTX_OK);
	assert_memory_equal(got, m.bytes, len);
	free(got);
}

static void a_codec_of_any_scalar_gets_and_leaves_the_scalar(void **state)
{
	dctx_guard guard;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_bool, true);
	dctx_set(k_i8, -8);
	dctx_set(k_i16, -16);
	dctx_set(k_i32, -32);
	dctx_set(k_i64, INT64_MIN);
	dctx_set(k_u8, 8);
	dctx_set(k_u16, 16);
	dctx_set(k_u32, UINT32_MAX);
	dctx_set(k_u64, UINT64_MAX);
	dctx_set(k_f32, -0.5f);
	dctx_set(k_f64, 1e300);
	begin(&m, 11);
	put_flipped("kind_bool", &(bool){true}, 1);
	put_flipped("kind_f32", &(float){-0.5f}, 4);
	put_flipped("kind_f64", &(double){1e300}, 8);
	put_flipped("kind_i16", &(int16_t){-16}, 2);
	put_flipped("kind_i32", &(int32_t){-32}, 4);
	put_flipped("kind_i64", &(int64_t){INT64_MIN}, 8);
	put_flipped("kind_i8", &(int8_t){-8}, 1);
	put_flipped("kind_u16", &(uint16_t){16}, 2);
	put_flipped("kind_u32", &(uint32_t){UINT32_MAX}, 4);
	put_flipped("kind_u64", &(uint64_t){UINT64_MAX}, 8);
	put_flipped("kind_u8", &(uint8_t){8}, 1);
	end(&m);
	assert_encoded();
	assert_true(b_seen);
	assert_int_equal(i8_seen, -8);
	assert_true(i64_seen == INT64_MIN);
	assert_true(f64_seen == 1e300);
	assert_int_equal(dctx_decode_here(m.bytes, m.len, &guard), DCTX_OK);
	assert_true(dctx_get(k_bool, false));
	assert_int_equal(dctx_get(k_i8, 0), -8);
	assert_int_equal(dctx_get(k_i16, 0), -16);
	assert_int_equal(dctx_get(k_i32, 0), -32);
	assert_true(dctx_get(k_i64, 0) == INT64_MIN);
	assert_int_equal(dctx_get(k_u8, 0), 8);
	assert_int_equal(dctx_get(k_u16, 0), 16);
	assert_true(dctx_get(k_u32, 0) == UINT32_MAX);
	assert_true(dctx_get(k_u64, 0) == UINT64_MAX);
	assert_true(dctx_get(k_f32, 0) == -0.5f);
	assert_true(dctx_get(k_f64, 0) == 1e300);
	dctx_leave(guard);
}

/* Short enough to stand beside its box, long enough to be an object, empty. */
static void a_text_may_stand_in_room_of_the_decodes(void **state)
{
	static const size_t lengths[] = {0, 1, 11, 511, 512, 5000};
	static char text[5001], back_text[5000];

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		text[i] = (char)('a' + i % 23);
		back_text[4999 - i] = text[i];
	}
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t len = lengths[i];
		dctx_bytes none = {NULL, 0}, got;
		dctx_guard guard;
		DCTX_SCOPE_UNNAMED;

		text[len] = '\0';
		dctx_set(k_str, text);
		dctx_set(k_bytes, ((dctx_bytes){text, len}));
		begin(&m, 2);
		put_entry(&m, "kind_bytes", back_text + 5000 - len, len);
		put_entry(&m, "kind_str", back_text + 5000 - len, len);
		end(&m);
		assert_encoded();
		assert_int_equal(dctx_decode_here(m.bytes, m.len, &guard),
				 DCTX_OK);
		assert_string_equal(dctx_get(k_str, "-"), text);
		got = dctx_get(k_bytes, none);
		assert_int_equal(got.len, len);
		assert_memory_equal(got.data, text, len);
		dctx_leave(guard);
		text[len] = (char)('a' + len % 23);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_keys_codec_goes_before_its_types_own_or_instead(void **state)
{
	dctx_snapshot *s;

	(void)state;
	begin(&m, 2);
	put_entry(&m, "kind_mute", "still!", 6);
	put_entry(&m, "kind_rid", "quiet!", 6);
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_string_equal(dctx_snapshot_get(s, k_rid, NULL)->text, "quiet");
	assert_string_equal(dctx_snapshot_get(s, k_mute, NULL)->text, "still");
	dctx_snapshot_unref(s);
	assert_int_equal(rids_alive, 0);
	DCTX_SCOPE_UNNAMED;
	dctx_set(k_rid, &(struct rid){"quiet"});
	dctx_set(k_mute, &(struct rid){"still"});
	assert_encoded();
	assert_int_equal(dctxt_count_all(), 0);
}

static void *read_backwards(void *unused)
{
	dctx_guard guard;

	(void)unused;
	DCTXT_EXPECT(dctx_decode_here(m.bytes, m.len, &guard) == DCTX_OK);
	DCTXT_EXPECT(strcmp(dctx_get(k_str, "-"), "{\"a\":1}") == 0);
	DCTXT_EXPECT(dctx_get(k_plain, 0) == 7);
	dctx_leave(guard);
	return NULL;
}

/* And keys without a codec are none of its business. */
static void what_a_codec_sent_is_read_on_another_thread(void **state)
{
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_str, "{\"a\":1}");
	dctx_set(k_plain, 7);
	begin(&m, 2);
	put_entry(&m, "kind_str", "}1:\"a\"{", 7);
	put_scalar(&m, "plain", 7, 4);
	end(&m);
	assert_encoded();
	dctxt_on_thread(read_backwards, NULL);
}

static void the_builtin_codec_is_what_a_kind_does_by_itself(void **state)
{
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_own, 258);
	begin(&m, 1);
	put_scalar(&m, "own", 258, 2);
	end(&m);
	assert_encoded();
}

static void what_a_codec_leaves_unread_is_counted(void **state)
{
	dctx_snapshot *s;

	(void)state;
	begin(&m, 1);
	put_entry(&m, "kind_u16", "1234", 4);
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), 1);
	dctx_snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_codec_of_any_scalar_gets_and_leaves_the_scalar),
		DCTXT_TEST(a_text_may_stand_in_room_of_the_decodes),
		DCTXT_TEST(a_keys_codec_goes_before_its_types_own_or_instead),
		DCTXT_TEST(what_a_codec_sent_is_read_on_another_thread),
		DCTXT_TEST(the_builtin_codec_is_what_a_kind_does_by_itself),
		DCTXT_TEST(what_a_codec_leaves_unread_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
