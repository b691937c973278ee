/* SPDX-License-Identifier: MIT */
/*
 * binding_test.c - proves that what the headers inline is exported too, under
 * the same name and with the same outcome, for bindings and for plug-ins that
 * may not use the library's thread-local: here every form is a call.
 */
#define DCTX_TLS_DYNAMIC
#include "kit.h"

DCTX_KEY_BOOL(k_bool, "bool", DCTX_LOCAL);
DCTX_KEY_I8(k_i8, "i8", DCTX_LOCAL);
DCTX_KEY_I16(k_i16, "i16", DCTX_LOCAL);
DCTX_KEY_I32(k_i32, "i32", DCTX_LOCAL);
DCTX_KEY_I64(k_i64, "i64", DCTX_LOCAL);
DCTX_KEY_U8(k_u8, "u8", DCTX_LOCAL);
DCTX_KEY_U16(k_u16, "u16", DCTX_LOCAL);
DCTX_KEY_U32(k_u32, "u32", DCTX_LOCAL);
DCTX_KEY_U64(k_u64, "u64", DCTX_LOCAL);
DCTX_KEY_F32(k_f32, "f32", DCTX_LOCAL);
DCTX_KEY_F64(k_f64, "f64", DCTX_LOCAL);
DCTX_KEY_STR(k_str, "str", DCTX_LOCAL);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static const dctx_bytes none = {NULL, 0};

static void set_all(dctx_store *s)
{
	const dctx_bytes bytes = {"\0b", 2};
	struct dctxt_thing thing = {.id = 5};

	dctx_store_set_bool(s, &k_bool.key, true);
	dctx_store_set_i8(s, &k_i8.key, -8);
	dctx_store_set_i16(s, &k_i16.key, -16);
	dctx_store_set_i32(s, &k_i32.key, -32);
	dctx_store_set_i64(s, &k_i64.key, INT64_MIN);
	dctx_store_set_u8(s, &k_u8.key, UINT8_MAX);
	dctx_store_set_u16(s, &k_u16.key, UINT16_MAX);
	dctx_store_set_u32(s, &k_u32.key, UINT32_MAX);
	dctx_store_set_u64(s, &k_u64.key, UINT64_MAX);
	dctx_store_set_f32(s, &k_f32.key, 0.5f);
	dctx_store_set_f64(s, &k_f64.key, -0.25);
	dctx_store_set_str(s, &k_str.key, "text");
	dctx_store_set_bytes(s, &k_bytes.key, bytes);
	dctx_store_set_type(s, &k_thing.key, &thing);
	assert_int_equal(dctx_store_status(s), DCTX_OK);
}

static void every_kind_is_read_from_a_store_by_a_call(void **state)
{
	dctx_store *s = dctx_current();

	(void)state;
	set_all(s);
	assert_true(dctx_store_get_bool(s, &k_bool.key, false));
	assert_int_equal(dctx_store_get_i8(s, &k_i8.key, 0), -8);
	assert_int_equal(dctx_store_get_i16(s, &k_i16.key, 0), -16);
	assert_int_equal(dctx_store_get_i32(s, &k_i32.key, 0), -32);
	assert_true(dctx_store_get_i64(s, &k_i64.key, 0) == INT64_MIN);
	assert_int_equal(dctx_store_get_u8(s, &k_u8.key, 0), UINT8_MAX);
	assert_int_equal(dctx_store_get_u16(s, &k_u16.key, 0), UINT16_MAX);
	assert_int_equal(dctx_store_get_u32(s, &k_u32.key, 0), UINT32_MAX);
	assert_true(dctx_store_get_u64(s, &k_u64.key, 0) == UINT64_MAX);
	assert_true(dctx_store_get_f32(s, &k_f32.key, 0) == 0.5f);
	assert_true(dctx_store_get_f64(s, &k_f64.key, 0) == -0.25);
	assert_string_equal(dctx_store_get_str(s, &k_str.key, ""), "text");
	assert_int_equal(dctx_store_get_bytes(s, &k_bytes.key, none).len, 2);
	assert_non_null(dctx_store_get_type(s, &k_thing.key, NULL));
	assert_true(dctx_store_has_key(s, &k_str.key));
}

static void every_kind_is_read_from_a_snapshot_by_a_call(void **state)
{
	dctx_snapshot *s;

	(void)state;
	set_all(dctx_current());
	assert_int_equal(dctx_capture(&s), DCTX_OK);
	assert_true(dctx_snapshot_get_bool(s, &k_bool.key, false));
	assert_int_equal(dctx_snapshot_get_i8(s, &k_i8.key, 0), -8);
	assert_int_equal(dctx_snapshot_get_i16(s, &k_i16.key, 0), -16);
	assert_int_equal(dctx_snapshot_get_i32(s, &k_i32.key, 0), -32);
	assert_true(dctx_snapshot_get_i64(s, &k_i64.key, 0) == INT64_MIN);
	assert_int_equal(dctx_snapshot_get_u8(s, &k_u8.key, 0), UINT8_MAX);
	assert_int_equal(dctx_snapshot_get_u16(s, &k_u16.key, 0), UINT16_MAX);
	assert_int_equal(dctx_snapshot_get_u32(s, &k_u32.key, 0), UINT32_MAX);
	assert_true(dctx_snapshot_get_u64(s, &k_u64.key, 0) == UINT64_MAX);
	assert_true(dctx_snapshot_get_f32(s, &k_f32.key, 0) == 0.5f);
	assert_true(dctx_snapshot_get_f64(s, &k_f64.key, 0) == -0.25);
	assert_string_equal(dctx_snapshot_get_str(s, &k_str.key, ""), "text");
	assert_int_equal(dctx_snapshot_get_bytes(s, &k_bytes.key, none).len, 2);
	assert_non_null(dctx_snapshot_get_type(s, &k_thing.key, NULL));
	assert_true(dctx_snapshot_has_key(s, &k_str.key));
	dctx_snapshot_unref(s);
}

static void a_call_checks_the_keys_kind(void **state)
{
	dctx_store *s = dctx_current();

	(void)state;
	set_all(s);
	assert_int_equal(dctx_store_get_u64(s, &k_u32.key, 7), 7);
	assert_int_equal(dctx_store_get_u32(s, &k_i32.key, 7), 7);
	assert_null(dctx_store_get_str(s, &k_bytes.key, NULL));
	assert_null(dctx_store_get_type(s, &k_str.key, NULL));
	assert_int_equal(dctx_store_set_f32(s, &k_f64.key, 1),
			 DCTX_WRONG_TYPE);
}

static void add_one(uint64_t *value, void *unused)
{
	(void)unused;
	++*value;
}

static void the_typed_forms_become_calls(void **state)
{
	dctx_store *s = dctx_current();
	char hex[DCTX_HEX_ID_SIZE], other[DCTX_HEX_ID_SIZE];

	(void)state;
	dctx_set(k_u64, 1);
	assert_int_equal(dctx_store_update(s, k_u64, 0, add_one, NULL),
			 DCTX_OK);
	assert_int_equal(dctx_store_replace(s, k_str, "replaced"), DCTX_OK);
	assert_int_equal(dctx_get(k_u64, 0), 2);
	assert_string_equal(dctx_get(k_str, ""), "replaced");
	assert_string_equal(dctx_store_hex_id(s, hex), dctx_hex_id(other));
	assert_int_equal(dctx_unset(k_str), DCTX_OK);
	assert_false(dctx_has(k_str));
}

static void a_block_is_three_calls(void **state)
{
	dctx_snapshot *snapshot;
	dctx_guard scope, attach;

	(void)state;
	scope = dctx_enter_here("by hand");
	dctx_set(k_u64, 1);
	snapshot = dctx_capture_here();
	assert_non_null(snapshot);
	dctx_set(k_u64, 2);
	attach = dctx_attach_here(snapshot);
	assert_int_equal(dctx_get(k_u64, 0), 1);
	dctx_leave(attach);
	assert_int_equal(dctx_get(k_u64, 0), 2);
	assert_int_equal(dctx_store_attach_borrowed(dctx_current(), snapshot,
						    &attach),
			 DCTX_OK);
	assert_int_equal(dctx_get(k_u64, 0), 1);
	dctx_leave(attach);
	dctx_leave(scope);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_task_is_entered_and_left_by_calls(void **state)
{
	dctx_store *outer, *inner;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &outer), DCTX_OK);
	assert_int_equal(dctx_fork(&inner), DCTX_OK);
	dctx_task_enter(outer);
	dctx_set(k_u64, 1);
	dctx_task_enter_checked(inner);
	assert_ptr_equal(dctx_current(), inner);
	assert_false(dctx_has(k_u64));
	dctx_task_leave(inner);
	assert_int_equal(dctx_get(k_u64, 0), 1);
	dctx_task_enter(inner);
	dctx_task_leave_slow(outer);
	assert_ptr_equal(dctx_current(), dctx_thread());
	assert_int_equal(dctxt_count(DCTX_EV_TASK_MISUSE), 1);
	dctx_task_free(inner);
	dctx_task_free(outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_kind_is_read_from_a_store_by_a_call),
		DCTXT_TEST(every_kind_is_read_from_a_snapshot_by_a_call),
		DCTXT_TEST(a_call_checks_the_keys_kind),
		DCTXT_TEST(the_typed_forms_become_calls),
		DCTXT_TEST(a_block_is_three_calls),
		DCTXT_TEST(a_task_is_entered_and_left_by_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
