/* SPDX-License-Identifier: MIT */
/*
 * Codecs of the user's in messages: the forms that a Rust program sends, and
 * everything that a codec may do wrong, after which each object was still
 * destroyed exactly once.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

DCTX_KEY_DECLARE_TYPE(k_first, struct rid);
DCTX_KEY_TYPE(k_first, "rid_1", struct rid, &rid_type, DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_second, struct rid);
DCTX_KEY_TYPE(k_second, "rid_2", struct rid, &rid_type, DCTX_WIRE);

/* What `odd`'s codec does. */
static dctx_status (*odd_encodes)(dctx_writer *w);
static dctx_status (*odd_decodes)(dctx_reader *r);
static int odds_destroyed;

static dctx_status odd_encode(const void *value, dctx_writer *w)
{
	(void)value;
	return odd_encodes(w);
}

static dctx_status odd_decode(void *value, dctx_reader *r)
{
	(void)value;
	return odd_decodes(r);
}

static void odd_destroy(void *value)
{
	(void)value;
	odds_destroyed++;
}

struct odd {
	int unused;
};

static const dctx_type odd_type = {
	.struct_size = sizeof odd_type,
	.name = "odd",
	.size = sizeof(struct odd),
	.destroy = odd_destroy,
	.encode = odd_encode,
	.decode = odd_decode,
};
static const dctx_type mute_type = {
	.struct_size = sizeof mute_type,
	.name = "mute",
	.size = sizeof(struct odd),
};
DCTX_KEY_DECLARE_TYPE(k_odd, struct odd);
DCTX_KEY_TYPE(k_odd, "odd", struct odd, &odd_type, DCTX_WIRE);
DCTX_KEY_DECLARE_TYPE(k_mute, struct odd);
DCTX_KEY_TYPE(k_mute, "mute", struct odd, &mute_type, DCTX_WIRE);
DCTX_KEY_U8(k_side, "side", DCTX_WIRE);

static void write_rec(dctx_writer *w)
{
	dctx_write_str(w, "h\xc3\xa9");
	dctx_write_u32(w, 1);
	dctx_write_bool(w, true);
	dctx_write_bool(w, true); /* Some */
	dctx_write_u16(w, 258);
	dctx_write_bytes(w, "\1\2\3", 3);
	dctx_write_i64(w, -2);
	dctx_write_f64(w, 1.5);
	dctx_write_u8(w, 7);
	dctx_write_raw(w, "\xc3\xa9", 2);
}

static dctx_status encode_rec(dctx_writer *w)
{
	write_rec(w);
	return w->status;
}

static dctx_status decode_rec(dctx_reader *r)
{
	unsigned char written[64], read[64];
	dctx_bytes all;
	dctx_writer w = {written, written + 64, 0, DCTX_OK};

	write_rec(&w);
	if (dctx_read_raw(r, w.len, &all) != DCTX_OK)
		return DCTX_CORRUPT;
	memcpy(read, all.data, all.len);
	return memcmp(read, written, w.len) == 0 ? DCTX_OK : DCTX_CORRUPT;
}

/* A struct of every form, as the crate's bincode writes it. */
static void a_record_travels_as_a_rust_program_sends_it(void **state)
{
	static const unsigned char value[] = {
		3, 0, 0, 0, 0, 0, 0, 0, 0x68, 0xc3, 0xa9,
		1, 0, 0, 0, 1,
		1, 0x02, 0x01,
		3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3,
		0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0, 0, 0, 0, 0, 0, 0xf8, 0x3f,
		7, 0xc3, 0xa9};
	unsigned char got[256];
	struct message m;
	dctx_snapshot *s;
	size_t len = 0;

	(void)state;
	odd_encodes = encode_rec;
	odd_decodes = decode_rec;
	begin(&m, 1);
	put_entry(&m, "odd", value, sizeof value);
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	/* The codec hands on TOO_SMALL, which is no refusal. */
	assert_int_equal(dctx_snapshot_encode(s, NULL, 0, &len),
			 DCTX_TOO_SMALL);
	assert_int_equal(len, m.len);
	assert_int_equal(dctx_snapshot_encode(s, got, sizeof got, &len),
			 DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(got, m.bytes, len);
	dctx_snapshot_unref(s);
}

static dctx_status says_no(dctx_writer *w)
{
	dctx_write_u8(w, 1);
	return DCTX_INVALID;
}

static dctx_status writes_no_text(dctx_writer *w)
{
	dctx_write_str(w, "\xff");
	return DCTX_OK;
}

static dctx_status writes_nothing_there(dctx_writer *w)
{
	dctx_write_raw(w, NULL, 1);
	return DCTX_OK;
}

static dctx_status has_no_memory(dctx_writer *w)
{
	(void)w;
	return DCTX_NOMEM;
}

static void a_refusing_encode_is_named_in_a_size_query_too(void **state)
{
	static const struct {
		dctx_status (*encode)(dctx_writer *w);
		dctx_status status;
	} cases[] = {
		{says_no, DCTX_CODEC},
		{writes_no_text, DCTX_CORRUPT},
		{writes_nothing_there, DCTX_INVALID},
		{has_no_memory, DCTX_NOMEM},
	};
	unsigned char buf[256];
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_odd, &(struct odd){0});
	dctx_set(k_side, 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = 77;
		void *out = buf;

		odd_encodes = cases[i].encode;
		assert_int_equal(dctx_encode(buf, sizeof buf, &len),
				 cases[i].status);
		assert_string_equal(dctx_last_error()->what, "odd");
		assert_int_equal(dctx_encode(NULL, 0, &len), cases[i].status);
		assert_int_equal(dctx_encode_alloc(&out, &len),
				 cases[i].status);
		assert_int_equal(dctx_last_error()->status, cases[i].status);
		assert_string_equal(dctx_last_error()->what, "odd");
		assert_int_equal(len, 77);
		assert_ptr_equal(out, buf);
	}
}

static dctx_status refuses(dctx_reader *r)
{
	uint8_t byte;

	dctx_read_u8(r, &byte);
	return DCTX_INVALID;
}

static dctx_status reads_too_much(dctx_reader *r)
{
	uint64_t word;

	dctx_read_u8(r, (uint8_t *)&word);
	return dctx_read_u64(r, &word);
}

static dctx_status does_not_look(dctx_reader *r)
{
	reads_too_much(r);
	return DCTX_OK;
}

static dctx_status finds_no_memory(dctx_reader *r)
{
	(void)r;
	return DCTX_NOMEM;
}

/* Two good values, a bad one, and in front of all a value that is long enough
 * to be an object too. */
static void make_bad_third(struct message *m)
{
	static char text[600];

	memset(text, 'a', sizeof text);
	begin(m, 3);
	put_string(m, "rid_1", text, sizeof text);
	put_string(m, "rid_2", "two", 3);
	put_entry(m, "odd", "ab", 2);
	end(m);
}

static void a_refused_value_releases_those_before_it(void **state)
{
	static const struct {
		dctx_status (*decode)(dctx_reader *r);
		dctx_status status;
		size_t offset; /* in the value */
		int destroyed;
	} cases[] = {
		{refuses, DCTX_CODEC, 1, 0},
		{reads_too_much, DCTX_CORRUPT, 1, 0},
		{does_not_look, DCTX_CORRUPT, 1, 1},
		{finds_no_memory, DCTX_NOMEM, 0, 0},
	};
	static struct message m;

	(void)state;
	make_bad_third(&m);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		dctx_snapshot *s = NULL;

		odd_decodes = cases[i].decode;
		odds_destroyed = 0;
		rids_destroyed = 0;
		assert_int_equal(dctx_decode(m.bytes, m.len, &s),
				 cases[i].status);
		assert_null(s);
		assert_int_equal(rids_alive, 0);
		assert_int_equal(rids_destroyed, 2);
		assert_int_equal(odds_destroyed, cases[i].destroyed);
		assert_string_equal(dctx_last_error()->what, "odd");
		assert_int_equal(dctx_last_error()->status, cases[i].status);
		assert_int_equal(dctx_last_error()->offset,
				 m.len - 8 - 2 + cases[i].offset);
	}
}

static void an_object_is_destroyed_once_however_far_it_went(void **state)
{
	struct message m;
	dctx_guard first, second;
	dctx_snapshot *s, *captured = NULL;

	(void)state;
	begin(&m, 1);
	put_string(&m, "rid_1", "one", 3);
	end(&m);
	rids_destroyed = 0;
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctx_attach(s, &first), DCTX_OK);
	dctx_snapshot_unref(s);
	assert_int_equal(dctx_capture(&captured), DCTX_OK);
	assert_int_equal(dctx_attach(captured, &second), DCTX_OK);
	assert_string_equal(dctx_get(k_first, NULL)->text, "one");
	dctx_leave(second);
	dctx_leave(first);
	assert_int_equal(rids_destroyed, 0);
	dctx_snapshot_unref(captured);
	assert_int_equal(rids_destroyed, 1);
	assert_int_equal(rids_alive, 0);
}

/* Each at once: a message cannot fill the memory with one key. */
static void of_values_for_one_key_the_earlier_are_destroyed(void **state)
{
	struct message m;
	dctx_snapshot *s;

	(void)state;
	begin(&m, 3);
	put_string(&m, "rid_1", "one", 3);
	put_string(&m, "rid_1", "two", 3);
	put_string(&m, "rid_1", "three", 5);
	end(&m);
	rids_destroyed = rids_most = 0;
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(rids_destroyed, 2);
	assert_int_equal(rids_most, 1);
	assert_int_equal(dctxt_count(DCTX_EV_DUPLICATE_ENTRY), 2);
	assert_string_equal(dctx_snapshot_get(s, k_first, NULL)->text, "three");
	dctx_snapshot_unref(s);
	assert_int_equal(rids_alive, 0);
}

static void a_type_without_a_codec_stays_and_is_counted(void **state)
{
	unsigned char buf[64];
	struct message m;
	dctx_snapshot *s;
	size_t len = 0;
	void *out = NULL;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_mute, &(struct odd){0});
	begin(&m, 0);
	end(&m);
	assert_int_equal(dctx_encode(buf, sizeof buf, &len), DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(buf, m.bytes, len);
	assert_int_equal(dctxt_count(DCTX_EV_UNSENT_VALUE), 1);
	/* Asking for the size first does not count it twice. */
	assert_int_equal(dctx_encode_alloc(&out, &len), DCTX_OK);
	free(out);
	assert_int_equal(dctxt_count(DCTX_EV_UNSENT_VALUE), 2);
	begin(&m, 1);
	put_entry(&m, "mute", "any", 3);
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_LOCAL_ENTRY), 1);
	dctx_snapshot_unref(s);
}

static dctx_status replaces(dctx_writer *w)
{
	(void)w;
	dctx_set(k_side, dctx_get(k_side, 0) + 1);
	dctx_replace(k_odd, &(struct odd){0});
	dctx_replace(k_second, &(struct rid){"other"});
	return DCTX_OK;
}

/* "odd" is written before "rid_2" and "side". */
static void an_encode_that_changes_the_store_sends_what_was(void **state)
{
	unsigned char buf[256];
	struct message m;
	size_t len = 0;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	odd_encodes = replaces;
	dctx_set(k_odd, &(struct odd){0});
	dctx_set(k_side, 7);
	dctx_set(k_second, &(struct rid){"mine"});
	begin(&m, 3);
	put_entry(&m, "odd", NULL, 0);
	put_string(&m, "rid_2", "mine", 4);
	put_scalar(&m, "side", 7, 1);
	end(&m);
	assert_int_equal(dctx_encode(buf, sizeof buf, &len), DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(buf, m.bytes, len);
	assert_int_equal(dctx_get(k_side, 0), 8);
}

static dctx_status reads_one(dctx_reader *r)
{
	uint8_t byte;

	return dctx_read_u8(r, &byte);
}

static dctx_status writes_more_each_time(dctx_writer *w)
{
	static unsigned calls;

	for (unsigned i = 0; i <= calls; i++)
		dctx_write_u8(w, 1);
	if (calls < 4)
		calls++;
	return DCTX_OK;
}

static void an_allocated_message_grows_with_its_values(void **state)
{
	void *out = NULL;
	size_t len = 0;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	odd_encodes = writes_more_each_time;
	dctx_set(k_odd, &(struct odd){0});
	assert_int_equal(dctx_encode_alloc(&out, &len), DCTX_OK);
	assert_int_equal(len, 20 + 20 + 3 + 5);
	free(out);
}

static void what_a_codec_leaves_is_counted(void **state)
{
	struct message m;
	dctx_snapshot *s;

	(void)state;
	odd_decodes = reads_one;
	begin(&m, 1);
	put_entry(&m, "odd", "abc", 3);
	end(&m);
	assert_int_equal(dctx_decode(m.bytes, m.len, &s), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), 1);
	dctx_snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_record_travels_as_a_rust_program_sends_it),
		DCTXT_TEST(a_refusing_encode_is_named_in_a_size_query_too),
		DCTXT_TEST(a_refused_value_releases_those_before_it),
		DCTXT_TEST(an_object_is_destroyed_once_however_far_it_went),
		DCTXT_TEST(
			of_values_for_one_key_the_earlier_are_destroyed),
		DCTXT_TEST(a_type_without_a_codec_stays_and_is_counted),
		DCTXT_TEST(
			an_encode_that_changes_the_store_sends_what_was),
		DCTXT_TEST(an_allocated_message_grows_with_its_values),
		DCTXT_TEST(what_a_codec_leaves_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
