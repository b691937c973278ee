/* SPDX-License-Identifier: MIT */
/*
 * What the typed getters cannot tell: that a decoded number is kept in the very
 * bits that a set would have kept, and large values as objects.
 */
#include "data/registry.h"
#include "data/snapshot.h"
#include "wire/codec.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

DCTX_KEY_I8(k_i8, "i8", DCTX_WIRE);
DCTX_KEY_I16(k_i16, "i16", DCTX_WIRE);
DCTX_KEY_I32(k_i32, "i32", DCTX_WIRE);
DCTX_KEY_I64(k_i64, "i64", DCTX_WIRE);
DCTX_KEY_U32(k_u32, "u32", DCTX_WIRE);
DCTX_KEY_F32(k_f32, "f32", DCTX_WIRE);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_WIRE);

static const struct dctx_box *box_of(const dctx_snapshot *s,
				     const dctx_key *key)
{
	return dctxi_box(*dctxi_dir_slot(s->dir, dctxi_key_index(key)));
}

static void a_number_is_kept_in_the_bits_of_a_set(void **state)
{
	const dctx_key *keys[] = {&k_i8.key,  &k_i16.key, &k_i32.key,
				  &k_i64.key, &k_u32.key, &k_f32.key};
	dctx_snapshot *set = NULL, *came = NULL;
	unsigned char message[512];
	size_t len = 0;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_i8, -8);
	dctx_set(k_i16, -16);
	dctx_set(k_i32, -32);
	dctx_set(k_i64, -64);
	dctx_set(k_u32, UINT32_MAX);
	dctx_set(k_f32, -1.0f);
	assert_int_equal(dctx_capture(&set), DCTX_OK);
	assert_int_equal(dctx_encode(message, sizeof message, &len), DCTX_OK);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		assert_true(box_of(set, keys[i])->value.u ==
			    box_of(came, keys[i])->value.u);
	dctx_snapshot_unref(set);
	dctx_snapshot_unref(came);
}

/* Codecs of numbers that do what is done without them. */
#define BY_ITSELF(tag, T)                                                     \
	static dctx_status tag##_encode(const void *value, dctx_writer *w)    \
	{                                                                     \
		dctx_write_raw(w, value, sizeof(T));                          \
		return DCTX_OK;                                               \
	}                                                                     \
	static dctx_status tag##_decode(void *value, dctx_reader *r)          \
	{                                                                     \
		dctx_bytes raw;                                               \
                                                                              \
		if (dctx_read_raw(r, sizeof(T), &raw) == DCTX_OK)             \
			memcpy(value, raw.data, sizeof(T));                   \
		return DCTX_OK;                                               \
	}                                                                     \
	static const dctx_codec tag##_codec = {                               \
		sizeof(dctx_codec), #tag, tag##_encode, tag##_decode};        \
	static const dctx_key_options tag##_options = {                       \
		sizeof(dctx_key_options), &tag##_codec, NULL, 0}
BY_ITSELF(i8, int8_t);
BY_ITSELF(i16, int16_t);
BY_ITSELF(i32, int32_t);
BY_ITSELF(u32, uint32_t);
BY_ITSELF(f32, float);
DCTX_KEY_I8(k_own_i8, "own i8", DCTX_WIRE, 1, &i8_options);
DCTX_KEY_I16(k_own_i16, "own i16", DCTX_WIRE, 1, &i16_options);
DCTX_KEY_I32(k_own_i32, "own i32", DCTX_WIRE, 1, &i32_options);
DCTX_KEY_U32(k_own_u32, "own u32", DCTX_WIRE, 1, &u32_options);
DCTX_KEY_F32(k_own_f32, "own f32", DCTX_WIRE, 1, &f32_options);

static void a_codecs_number_is_kept_in_the_bits_of_a_set(void **state)
{
	const dctx_key *keys[] = {&k_own_i8.key, &k_own_i16.key, &k_own_i32.key,
				  &k_own_u32.key, &k_own_f32.key};
	dctx_snapshot *set = NULL, *came = NULL;
	unsigned char message[512];
	size_t len = 0;
	DCTX_SCOPE_UNNAMED;

	(void)state;
	dctx_set(k_own_i8, -8);
	dctx_set(k_own_i16, -16);
	dctx_set(k_own_i32, -32);
	dctx_set(k_own_u32, UINT32_MAX);
	dctx_set(k_own_f32, -1.0f);
	assert_int_equal(dctx_capture(&set), DCTX_OK);
	assert_int_equal(dctx_encode(message, sizeof message, &len), DCTX_OK);
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		assert_true(box_of(set, keys[i])->value.u ==
			    box_of(came, keys[i])->value.u);
	dctx_snapshot_unref(set);
	dctx_snapshot_unref(came);
}

static void a_large_value_is_an_object_that_captures_share(void **state)
{
	static const unsigned char large[DCTXI_INLINE_MAX];
	unsigned char message[1024];
	dctx_snapshot *came = NULL, *captured = NULL;
	dctx_guard guard;
	size_t len = 0;

	(void)state;
	{
		DCTX_SCOPE_UNNAMED;
		dctx_set(k_bytes, ((dctx_bytes){large, sizeof large}));
		assert_int_equal(dctx_encode(message, sizeof message, &len),
				 DCTX_OK);
	}
	assert_int_equal(dctx_decode(message, len, &came), DCTX_OK);
	assert_int_equal(dctx_attach(came, &guard), DCTX_OK);
	dctx_set(k_i8, 1);
	assert_int_equal(dctx_capture(&captured), DCTX_OK);
	assert_true(box_of(came, &k_bytes.key)->kind & DCTXI_BOX_COUNTED);
	assert_ptr_equal(box_of(came, &k_bytes.key)->value.p,
			 box_of(captured, &k_bytes.key)->value.p);
	dctx_leave(guard);
	dctx_snapshot_unref(came);
	dctx_snapshot_unref(captured);
}

/* A value that was skipped leaves no trace, not even one that would hide
 * another's. */
static void a_bad_value_leaves_its_slot_as_it_was(void **state)
{
	static const unsigned char message[] = {
		2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
		/* i8, then i16 with a byte too few */
		2, 0, 0, 0, 0, 0, 0, 0, 'i', '8', 1, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 0, 5,
		3, 0, 0, 0, 0, 0, 0, 0, 'i', '1', '6', 1, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 0, 5,
		0, 0, 0, 0, 0, 0, 0, 0};
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = DCTX_DECODE_SKIP_BAD};
	dctx_snapshot *came = NULL;

	(void)state;
	assert_int_equal(dctx_decode_with(message, sizeof message, &options,
					  &came),
			 DCTX_OK);
	assert_true(*dctxi_dir_slot(came->dir, dctxi_key_index(&k_i8.key)) & 1);
	assert_true(*dctxi_dir_slot(came->dir, dctxi_key_index(&k_i16.key)) ==
		    0);
	dctx_snapshot_unref(came);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_kept_in_the_bits_of_a_set),
		cmocka_unit_test(a_codecs_number_is_kept_in_the_bits_of_a_set),
		cmocka_unit_test(
			a_large_value_is_an_object_that_captures_share),
		cmocka_unit_test(a_bad_value_leaves_its_slot_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
