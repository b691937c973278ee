/* SPDX-License-Identifier: MIT */
/*
 * Everything that a key's codec may do wrong: it is told with the key's name,
 * and nothing is left of it.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

static struct message m;

/* What the codec of `odd_text` and `odd_bool` does. */
static dctx_status (*odd_encodes)(dctx_writer *w);
static dctx_status (*odd_decodes)(void *value, dctx_reader *r);

static dctx_status odd_encode(const void *value, dctx_writer *w)
{
	(void)value;
	return odd_encodes(w);
}

static dctx_status odd_decode(void *value, dctx_reader *r)
{
	return odd_decodes(value, r);
}

static const dctx_codec odd = {sizeof odd, "odd", odd_encode, odd_decode};
static const dctx_key_options odd_options = {sizeof odd_options, &odd, NULL, 0};
DCTX_KEY_STR(k_odd, "odd_text", DCTX_WIRE, 1, &odd_options);
DCTX_KEY_BOOL(k_odd_bool, "odd_bool", DCTX_WIRE, 1, &odd_options);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);
DCTX_KEY_STR(k_side, "side", DCTX_WIRE);

static dctx_status refuses(void *value, dctx_reader *r)
{
	(void)value;
	(void)r;
	return DCTX_INVALID;
}

static dctx_status reads_past_the_end(void *value, dctx_reader *r)
{
	dctx_read_raw(r, 99, value);
	return DCTX_OK;
}

static dctx_status has_no_memory(void *value, dctx_reader *r)
{
	(void)value;
	(void)r;
	return DCTX_NOMEM;
}

static dctx_status leaves_no_text(void *value, dctx_reader *r)
{
	dctx_read_raw(r, dctx_read_left(r), &(dctx_bytes){NULL, 0});
	*(dctx_bytes *)value = (dctx_bytes){"\xff", 1};
	return DCTX_OK;
}

static dctx_status leaves_nothing_there(void *value, dctx_reader *r)
{
	dctx_read_raw(r, dctx_read_left(r), &(dctx_bytes){NULL, 0});
	*(dctx_bytes *)value = (dctx_bytes){NULL, 1};
	return DCTX_OK;
}

static dctx_status leaves_more_than_a_value(void *value, dctx_reader *r)
{
	dctx_read_raw(r, dctx_read_left(r), &(dctx_bytes){NULL, 0});
	*(dctx_bytes *)value = (dctx_bytes){"", (size_t)UINT32_MAX};
	return DCTX_OK;
}

static dctx_status leaves_no_bool(void *value, dctx_reader *r)
{
	dctx_read_raw(r, dctx_read_left(r), &(dctx_bytes){NULL, 0});
	*(unsigned char *)value = 2;
	return DCTX_OK;
}

static dctx_status asks_for_too_much_room(void *value, dctx_reader *r)
{
	(void)value;
	if (dctx_read_room(r, dctx_limit_get(DCTX_LIMIT_MESSAGE_BYTES)) == NULL)
		return DCTX_OK;
	return dctx_read_room(r, 1) == NULL ? DCTX_INVALID : DCTX_OK;
}

static dctx_status asks_for_all_room(void *value, dctx_reader *r)
{
	(void)value;
	return dctx_read_room(r, SIZE_MAX) == NULL ? DCTX_OK : DCTX_INVALID;
}

static void whatever_a_codec_does_wrong_is_told(void **state)
{
	static const struct {
		dctx_status (*decode)(void *value, dctx_reader *r);
		const char *key;
		dctx_status status;
	} cases[] = {
		{refuses, "odd_text", DCTX_CODEC},
		{reads_past_the_end, "odd_text", DCTX_CORRUPT},
		{has_no_memory, "odd_text", DCTX_NOMEM},
		{leaves_no_text, "odd_text", DCTX_CORRUPT},
		{leaves_nothing_there, "odd_text", DCTX_CODEC},
		{leaves_more_than_a_value, "odd_text", DCTX_LIMIT},
		{leaves_no_bool, "odd_bool", DCTX_CODEC},
		{asks_for_too_much_room, "odd_text", DCTX_LIMIT},
		{asks_for_all_room, "odd_text", DCTX_LIMIT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		dctx_snapshot *s = NULL;

		begin(&m, 3);
		put_string(&m, "rid", "first", 5);
		put_string(&m, "side", "second", 6);
		put_entry(&m, cases[i].key, "12", 2);
		end(&m);
		odd_decodes = cases[i].decode;
		assert_int_equal(dctx_decode(m.bytes, m.len, &s),
				 cases[i].status);
		assert_null(s);
		assert_int_equal(rids_alive, 0);
		assert_int_equal(dctx_last_error()->status, cases[i].status);
		assert_string_equal(dctx_last_error()->what, cases[i].key);
		assert_int_equal(dctx_last_error()->version, 1);
		assert_in_range(dctx_last_error()->offset, m.len - 10,
				m.len - 8);
	}
}

static dctx_status says_no(dctx_writer *w)
{
	dctx_write_u8(w, 1);
	return DCTX_INVALID;
}

static dctx_status changes_the_store(dctx_writer *w)
{
	dctx_replace(k_side, "changed");
	dctx_replace(k_odd, "changed");
	dctx_write_u8(w, 'x');
	return DCTX_OK;
}

static void a_refusing_encode_is_named(void **state)
{
	size_t len = 77;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_odd, "text");
	odd_encodes = says_no;
	assert_int_equal(dctx_encode(NULL, 0, &len), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "odd_text");
	assert_int_equal(len, 77);
}

/* Also of a scalar or text, whose box its own flow may overwrite. */
static void a_codec_that_changes_the_store_sends_what_was(void **state)
{
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_odd_bool, true);
	dctx_set(k_side, "was");
	odd_encodes = changes_the_store;
	begin(&m, 2);
	put_entry(&m, "odd_bool", "x", 1);
	put_string(&m, "side", "was", 3);
	end(&m);
	unsigned char got[128];
	size_t len = 0;
	assert_int_equal(dctx_encode(got, sizeof got, &len), DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(got, m.bytes, len);
	assert_string_equal(dctx_get(k_side, "-"), "changed");
}

static void room_is_given_by_a_decode_only(void **state)
{
	dctx_reader r = {.status = DCTX_OK};

	(void)state;
	assert_null(dctx_read_room(&r, 0));
	assert_int_equal(r.status, DCTX_OK);
	assert_null(dctx_read_room(&r, 1));
	assert_int_equal(r.status, DCTX_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(whatever_a_codec_does_wrong_is_told),
		DCTXT_TEST(a_refusing_encode_is_named),
		DCTXT_TEST(a_codec_that_changes_the_store_sends_what_was),
		DCTXT_TEST(room_is_given_by_a_decode_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
