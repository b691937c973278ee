/* SPDX-License-Identifier: MIT */
/*
 * Messages read and written by the keys of one registry; and messages read
 * strictly.
 */
#include "kit.h"
#include "message.h"
#include "rid.h"

static struct message m;

/* Two programs' ideas of one name, and of names of their own. */
static dctx_key_str a_name = DCTX_KEY_INIT_STR("name", DCTX_WIRE);
static dctx_key_u32 a_count = DCTX_KEY_INIT_U32("count", DCTX_WIRE);
static dctx_key_u64 b_name = DCTX_KEY_INIT_U64("name", DCTX_WIRE);
static dctx_key_u8 b_only = DCTX_KEY_INIT_U8("only", DCTX_WIRE);
static dctx_key_i64 b_later = DCTX_KEY_INIT_I64("later", DCTX_WIRE, 2);
static dctx_registry *a, *b;

/* What the global registry has. */
DCTX_KEY_STR(k_str, "str", DCTX_WIRE);
DCTX_KEY_U8(k_last, "zz", DCTX_WIRE);
DCTX_KEY_U8(k_local, "local", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_rid, struct rid);
DCTX_KEY_TYPE(k_rid, "rid", struct rid, &rid_type, DCTX_WIRE);

static dctx_status decode(unsigned flags, dctx_snapshot **out)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags};

	return dctx_decode_with(m.bytes, m.len, &options, out);
}

static dctx_status decode_by(const dctx_registry *registry,
			     dctx_snapshot **out)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .registry = registry};

	return dctx_decode_with(m.bytes, m.len, &options, out);
}

static void assert_encoded_by(const dctx_registry *registry)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .registry = registry};
	unsigned char got[256];
	size_t len = 0;

	assert_int_equal(dctx_encode_with(&options, got, sizeof got, &len),
			 DCTX_OK);
	assert_int_equal(len, m.len);
	assert_memory_equal(got, m.bytes, len);
}

static void a_registry_reads_its_own_keys_only(void **state)
{
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 3);
	put_string(&m, "name", "text", 4);
	put_scalar(&m, "count", 5, 4);
	put_scalar(&m, "only", 6, 1);
	end(&m);
	assert_int_equal(decode_by(a, &s), DCTX_OK);
	assert_string_equal(dctx_snapshot_get(s, a_name, "-"), "text");
	assert_int_equal(dctx_snapshot_get(s, a_count, 0), 5);
	assert_false(dctx_snapshot_has(s, b_name));
	assert_false(dctx_snapshot_has(s, b_only));
	assert_int_equal(dctxt_count(DCTX_EV_UNKNOWN_ENTRY), 1);
	dctx_snapshot_unref(s);
	/* For b the name is a number, of which the text is a good one. */
	assert_int_equal(decode_by(b, &s), DCTX_OK);
	assert_true(dctx_snapshot_get(s, b_name, 0) == 4);
	assert_int_equal(dctx_snapshot_get(s, b_only, 0), 6);
	assert_false(dctx_snapshot_has(s, a_name));
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), 1);
	dctx_snapshot_unref(s);
	assert_int_equal(decode_by(NULL, &s), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_UNKNOWN_ENTRY), 1 + 1 + 3);
	dctx_snapshot_unref(s);
}

static void a_registry_writes_its_own_keys_only(void **state)
{
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(a_name, "text");
	dctx_set(b_name, 9);
	dctx_set(b_only, 6);
	dctx_set(k_last, 7);
	begin(&m, 1);
	put_string(&m, "name", "text", 4);
	end(&m);
	assert_encoded_by(a);
	begin(&m, 2);
	put_scalar(&m, "name", 9, 8);
	put_scalar(&m, "only", 6, 1);
	end(&m);
	assert_encoded_by(b);
	begin(&m, 1);
	put_scalar(&m, "zz", 7, 1);
	end(&m);
	assert_encoded_by(NULL);
}

/* With a key of version 2 and names. */
static void a_registry_reads_what_it_wrote(void **state)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .registry = b};
	dctx_snapshot *s = NULL;
	DCTX_SCOPE("app");

	(void)state;
	dctx_set(b_later, -5);
	dctx_set(b_name, 9);
	assert_int_equal(dctx_encode_with(&options, m.bytes, sizeof m.bytes,
					  &m.len),
			 DCTX_OK);
	assert_int_equal(m.bytes[12 + 8 + 5], 2);
	assert_int_equal(decode_by(b, &s), DCTX_OK);
	assert_true(dctx_snapshot_get(s, b_later, 0) == -5);
	assert_true(dctx_snapshot_get(s, b_name, 0) == 9);
	assert_int_equal(dctx_snapshot_chain(s, NULL, 0), 1);
	dctx_snapshot_unref(s);
}

static void assert_strictly_refused(size_t offset, const char *what)
{
	dctx_snapshot *s = NULL;

	assert_int_equal(decode(0, &s), DCTX_OK);
	s = dctx_snapshot_unref(s);
	assert_int_equal(decode(DCTX_DECODE_STRICT, &s), DCTX_CORRUPT);
	assert_null(s);
	assert_int_equal(dctx_last_error()->offset, offset);
	assert_string_equal(dctx_last_error()->what, what);
	assert_int_equal(rids_alive, 0);
}

static void strictness_refuses_tails(void **state)
{
	(void)state;
	begin(&m, 1);
	put_scalar(&m, "zz", 0xaa02, 2);
	end(&m);
	assert_strictly_refused(12 + 8 + 2 + 12 + 1, "zz");
	begin(&m, 1);
	put_entry(&m, "str", "\1\0\0\0\0\0\0\0xy", 10);
	end(&m);
	assert_strictly_refused(12 + 8 + 3 + 12 + 9, "str");
	begin(&m, 1);
	put_entry(&m, "rid", "\1\0\0\0\0\0\0\0xy", 10);
	end(&m);
	assert_strictly_refused(12 + 8 + 3 + 12 + 9, "rid");
	begin(&m, 0);
	end(&m);
	put_raw(&m, "behind", 6);
	assert_strictly_refused(20, "message");
}

/* Of keys that are ours, that must not come in, that nobody knows, that are
 * reserved; where they stand next to each other and where they do not. */
static void strictness_refuses_a_key_twice(void **state)
{
	static const char *const keys[] = {"zz", "local", "nobody's", "dctx.x",
					   ""};
	char name[16];
	size_t again;

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		begin(&m, 32);
		put_scalar(&m, keys[i], 1, 1);
		for (int n = 0; n < 30; n++) {
			memcpy(name, "filler __", 10);
			name[7] = (char)('a' + n * 7 % 30);
			put_scalar(&m, name, 1, 1);
		}
		again = m.len + 8;
		put_scalar(&m, keys[i], 2, 1);
		end(&m);
		assert_strictly_refused(again, keys[i]);
	}
}

static void strictness_takes_what_it_need_not_know(void **state)
{
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 5);
	put_scalar(&m, "zz", 2, 1);
	put_string(&m, "nobody's", "a", 1);
	put_string(&m, "nobody's too", "a", 1);
	put_scalar(&m, "local", 2, 1);
	put_string(&m, "dctx.later", "a", 1);
	end(&m);
	assert_int_equal(decode(DCTX_DECODE_STRICT, &s), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(s, k_last, 0), 2);
	dctx_snapshot_unref(s);
	assert_int_equal(dctxt_count_all(), 4);
}

static void the_store_can_take_a_message_with_options(void **state)
{
	const dctx_decode_options options = {
		.struct_size = sizeof options,
		.registry = a,
		.flags = DCTX_DECODE_SKIP_BAD};
	dctx_guard guard = {NULL, 99};

	(void)state;
	begin(&m, 2);
	put_scalar(&m, "count", 5, 4);
	put_scalar(&m, "name", 5, 1);
	end(&m);
	assert_int_equal(dctx_decode_here_with(m.bytes, m.len, &options,
					       &guard),
			 DCTX_OK);
	assert_int_equal(dctx_get(a_count, 0), 5);
	assert_false(dctx_has(a_name));
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 1);
	dctx_leave(guard);
	m.bytes[4] = 99;
	guard.id = 99;
	assert_int_equal(dctx_decode_here_with(m.bytes, m.len, &options,
					       &guard),
			 DCTX_CORRUPT);
	assert_int_equal(guard.id, 99);
}

static void options_nobody_knows_are_invalid(void **state)
{
	dctx_decode_options options = {.struct_size = sizeof options - 1};
	dctx_snapshot *s = NULL;
	dctx_guard guard;

	(void)state;
	begin(&m, 0);
	end(&m);
	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 DCTX_INVALID);
	options.struct_size = sizeof options;
	options.flags = 4;
	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 DCTX_INVALID);
	assert_string_equal(dctx_last_error()->what, "options");
	assert_int_equal(dctx_decode_here_with(m.bytes, m.len, &options,
					       &guard),
			 DCTX_INVALID);
	assert_null(s);
	options.flags = 0;
	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, NULL),
			 DCTX_INVALID);
}

static int make_registries(void **state)
{
	(void)state;
	return dctx_registry_new("a", &a) != DCTX_OK ||
	       dctx_registry_new("b", &b) != DCTX_OK ||
	       DCTX_REGISTER(a, &a_name.key, &a_count.key) != DCTX_OK ||
	       DCTX_REGISTER(b, &b_name.key, &b_only.key, &b_later.key) !=
		       DCTX_OK;
}

static int free_registries(void **state)
{
	(void)state;
	a = dctx_registry_free(a);
	b = dctx_registry_free(b);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_registry_reads_its_own_keys_only),
		DCTXT_TEST(a_registry_writes_its_own_keys_only),
		DCTXT_TEST(a_registry_reads_what_it_wrote),
		DCTXT_TEST(strictness_refuses_tails),
		DCTXT_TEST(strictness_refuses_a_key_twice),
		DCTXT_TEST(strictness_takes_what_it_need_not_know),
		DCTXT_TEST(the_store_can_take_a_message_with_options),
		DCTXT_TEST(options_nobody_knows_are_invalid),
	};

	return cmocka_run_group_tests(tests, make_registries, free_registries);
}
