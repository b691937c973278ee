/* SPDX-License-Identifier: MIT */
/*
 * value_test.c - proves that a scalar comes back bit for bit, that absent,
 * empty and removed stay three things, and that a set which fails changes
 * nothing, but for a closed key, which then reads as absent.
 */
#include "kit.h"

#include <math.h>

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
DCTX_KEY_U64(k_other, "other", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_CLOSED);
DCTX_KEY_STR(k_owner, "owner", DCTX_CLOSED);

static void signed_kinds_keep_their_extremes(void **state)
{
	(void)state;
	dctx_set(k_i8, INT8_MIN);
	assert_int_equal(dctx_get(k_i8, 0), INT8_MIN);
	dctx_set(k_i8, INT8_MAX);
	assert_int_equal(dctx_get(k_i8, 0), INT8_MAX);
	dctx_set(k_i16, INT16_MIN);
	assert_int_equal(dctx_get(k_i16, 0), INT16_MIN);
	dctx_set(k_i32, INT32_MIN);
	assert_int_equal(dctx_get(k_i32, 0), INT32_MIN);
	dctx_set(k_i64, INT64_MIN);
	assert_true(dctx_get(k_i64, 0) == INT64_MIN);
	dctx_set(k_i64, INT64_MAX);
	assert_true(dctx_get(k_i64, 0) == INT64_MAX);
	dctx_set(k_i64, -1);
	assert_true(dctx_get(k_i64, 0) == -1);
}

static void unsigned_kinds_keep_their_extremes(void **state)
{
	(void)state;
	dctx_set(k_u8, UINT8_MAX);
	assert_int_equal(dctx_get(k_u8, 0), UINT8_MAX);
	dctx_set(k_u16, UINT16_MAX);
	assert_int_equal(dctx_get(k_u16, 0), UINT16_MAX);
	dctx_set(k_u32, UINT32_MAX);
	assert_int_equal(dctx_get(k_u32, 0), UINT32_MAX);
	dctx_set(k_u64, UINT64_MAX);
	assert_true(dctx_get(k_u64, 0) == UINT64_MAX);
	dctx_set(k_u64, 0);
	assert_true(dctx_has(k_u64));
	assert_true(dctx_get(k_u64, 7) == 0);
}

static void a_bool_is_true_or_false(void **state)
{
	(void)state;
	assert_true(dctx_get(k_bool, true));
	dctx_set(k_bool, false);
	assert_false(dctx_get(k_bool, true));
	dctx_set(k_bool, true);
	assert_true(dctx_get(k_bool, false));
	assert_int_equal(dctx_store_set_bool(dctx_current(), &k_bool.key, 2),
			 DCTX_OK);
	assert_int_equal(dctx_get(k_bool, false), 1);
}

static void a_double_keeps_every_bit(void **state)
{
	static const uint64_t bits[] = {
		0x8000000000000000, 0x7ff0000000000000, 0xfff0000000000000,
		0x7ff8000000000123, 0xfff8dead00000001, 1, 0x7fefffffffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		double in, out;

		memcpy(&in, &bits[i], sizeof(in));
		assert_int_equal(dctx_set(k_f64, in), DCTX_OK);
		out = dctx_get(k_f64, 0.5);
		assert_memory_equal(&out, &in, sizeof(in));
	}
}

static void a_float_keeps_every_bit(void **state)
{
	static const uint32_t bits[] = {0x80000000, 0x7f800000, 0x7fc00123,
					0xffc0beef, 1,          0x7f7fffff};

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		float in, out;

		memcpy(&in, &bits[i], sizeof(in));
		assert_int_equal(dctx_set(k_f32, in), DCTX_OK);
		out = dctx_get(k_f32, 0.5f);
		assert_memory_equal(&out, &in, sizeof(in));
	}
}

static void bits_set_a_scalar_of_any_kind(void **state)
{
	dctx_store *store = dctx_current();

	(void)state;
	assert_int_equal(dctx_store_set_bits(store, &k_i16.key, DCTX_KIND_I16,
					     (uint64_t)INT64_C(-5)),
			 DCTX_OK);
	assert_int_equal(dctx_get(k_i16, 0), -5);
	assert_int_equal(dctx_store_set_bits(store, &k_f64.key, DCTX_KIND_F64,
					     0x3ff8000000000000),
			 DCTX_OK);
	assert_true(dctx_get(k_f64, 0) == 1.5);
	assert_int_equal(dctx_store_set_bits(store, &k_f64.key, DCTX_KIND_U64,
					     1),
			 DCTX_WRONG_TYPE);
}

static void bits_of_a_kind_that_has_none_are_invalid(void **state)
{
	dctx_store *store = dctx_current();

	(void)state;
	assert_int_equal(dctx_store_set_bits(store, &k_str.key, DCTX_KIND_STR,
					     1),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_set_bits(store, &k_bytes.key,
					     DCTX_KIND_BYTES, 1),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_set_bits(store, &k_str.key, 0, 1),
			 DCTX_INVALID);
	assert_false(dctx_has(k_str));
	assert_false(dctx_has(k_bytes));
}

static void a_miss_gives_the_default_of_every_kind(void **state)
{
	const dctx_bytes otherwise = {"xy", 2};

	(void)state;
	assert_int_equal(dctx_get(k_i8, -3), -3);
	assert_int_equal(dctx_get(k_u16, 9), 9);
	assert_true(dctx_get(k_f32, 2.5f) == 2.5f);
	assert_true(isnan(dctx_get(k_f64, NAN)));
	assert_string_equal(dctx_get(k_str, "-"), "-");
	assert_null(dctx_get(k_str, NULL));
	assert_ptr_equal(dctx_get(k_bytes, otherwise).data, otherwise.data);
}

static void absent_empty_and_removed_are_three_things(void **state)
{
	(void)state;
	assert_false(dctx_has(k_str));
	dctx_set(k_str, "");
	assert_true(dctx_has(k_str));
	assert_string_equal(dctx_get(k_str, "-"), "");
	{
		DCTX_SCOPE("removes");
		assert_int_equal(dctx_unset(k_str), DCTX_OK);
		assert_false(dctx_has(k_str));
		assert_string_equal(dctx_get(k_str, "-"), "-");
		dctx_set(k_str, "again");
		assert_string_equal(dctx_get(k_str, "-"), "again");
	}
	assert_string_equal(dctx_get(k_str, "-"), "");
}

static void removing_what_is_absent_is_fine(void **state)
{
	DCTX_SCOPE("removes");

	(void)state;
	assert_int_equal(dctx_unset(k_u64), DCTX_OK);
	assert_int_equal(dctx_unset(k_u64), DCTX_OK);
	assert_false(dctx_has(k_u64));
	assert_int_equal(dctx_scope_status(), DCTX_OK);
}

static void two_keys_are_independent(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		dctx_set(k_u64, i);
		dctx_set(k_other, i * 2);
		assert_int_equal(dctx_get(k_u64, 0), i);
		assert_int_equal(dctx_get(k_other, 0), i * 2);
	}
	dctx_unset(k_u64);
	assert_int_equal(dctx_get(k_other, 0), 198);
}

static void a_get_of_another_kind_gives_the_default(void **state)
{
	const dctx_store *store = dctx_current();
	const dctx_bytes none = {NULL, 0};

	(void)state;
	dctx_set(k_u64, 1);
	assert_int_equal(dctx_store_get_i64(store, &k_u64.key, 42), 42);
	assert_true(dctx_store_get_f64(store, &k_u64.key, 0.5) == 0.5);
	assert_null(dctx_store_get_str(store, &k_u64.key, NULL));
	assert_null(dctx_store_get_type(store, &k_u64.key, NULL));
	assert_null(dctx_store_get_bytes(store, &k_u64.key, none).data);
}

static void a_set_of_another_kind_is_a_wrong_type(void **state)
{
	dctx_store *store = dctx_current();
	const dctx_bytes bytes = {"b", 1};

	(void)state;
	dctx_set(k_u64, 1);
	assert_int_equal(dctx_store_set_i64(store, &k_u64.key, 2),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_store_set_str(store, &k_u64.key, "2"),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_store_replace_bytes(store, &k_u64.key, bytes),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_store_set_type(store, &k_u64.key, &bytes),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_get(k_u64, 0), 1);
	assert_int_equal(dctx_last_error()->status, DCTX_WRONG_TYPE);
	assert_string_equal(dctx_last_error()->what, "u64");
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 4);
}

static void a_null_argument_is_invalid(void **state)
{
	dctx_store *store = dctx_current();

	(void)state;
	assert_int_equal(dctx_store_set_u64(NULL, &k_u64.key, 1),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_set_u64(store, NULL, 1), DCTX_INVALID);
	assert_int_equal(dctx_store_unset_key(NULL, &k_u64.key), DCTX_INVALID);
	assert_int_equal(dctx_store_unset_key(store, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_set_str(NULL, &k_str.key, "x"),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_set_str(store, NULL, "x"), DCTX_INVALID);
	assert_int_equal(dctx_store_replace_str(store, NULL, "x"),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_replace_str(NULL, &k_str.key, "x"),
			 DCTX_INVALID);
	assert_false(dctx_has(k_u64));
	assert_int_equal(dctx_scope_status(), DCTX_INVALID);
}

static void a_scalar_set_in_a_loop_takes_no_memory(void **state)
{
	/* One of 64 bits must be of one word: see value.h. */
	const bool words = sizeof(void *) == 8;
	size_t before;
	DCTX_SCOPE("loop");

	(void)state;
	dctx_set(k_u32, 0);
	dctx_set(k_u64, 0);
	dctx_set(k_f32, 0);
	before = dctxt_heap_bytes();
	for (uint32_t i = 1; i <= 100000; i++) {
		assert_int_equal(dctx_set(k_u32, i), DCTX_OK);
		assert_int_equal(words ? dctx_set(k_u64, i) : DCTX_OK, DCTX_OK);
		assert_int_equal(dctx_replace(k_f32, (float)i), DCTX_OK);
	}
	assert_int_equal(dctxt_heap_bytes(), before);
	assert_int_equal(dctx_get(k_u32, 0), 100000);
}

static void add(uint64_t *value, int *amount)
{
	*value += (uint64_t)*amount;
}

static void an_update_starts_from_the_value_or_the_default(void **state)
{
	int five = 5;

	(void)state;
	assert_int_equal(dctx_update(k_u64, 42, add, &five), DCTX_OK);
	assert_int_equal(dctx_get(k_u64, 0), 47);
	{
		DCTX_SCOPE("inner");
		assert_int_equal(dctx_update(k_u64, 42, add, &five), DCTX_OK);
		assert_int_equal(dctx_get(k_u64, 0), 52);
	}
	assert_int_equal(dctx_get(k_u64, 0), 47);
}

static void merge(const char **value, void *unused)
{
	static char merged[32];
	DCTX_FN;

	(void)unused;
	dctx_set(k_u64, 1);
	strcpy(merged, *value);
	strcat(merged, dctx_get(k_owner, "?"));
	*value = merged;
}

static void an_update_may_use_dctx(void **state)
{
	(void)state;
	dctx_set(k_owner, "-bbb");
	assert_int_equal(dctx_update(k_str, "merged", merge, NULL), DCTX_OK);
	assert_string_equal(dctx_get(k_str, ""), "merged-bbb");
	assert_string_equal(dctx_get(k_owner, ""), "-bbb");
	assert_false(dctx_has(k_u64));
	assert_int_equal(dctx_depth(), 1);
}

static void an_open_key_keeps_its_value_after_a_failed_set(void **state)
{
	dctx_store *store = dctx_current();
	DCTX_SCOPE("fails");

	(void)state;
	dctx_set(k_str, "kept");
	assert_int_equal(dctx_store_set_str(store, &k_str.key, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_replace_str(store, &k_str.key, NULL),
			 DCTX_INVALID);
	assert_string_equal(dctx_get(k_str, "-"), "kept");
}

static void a_closed_key_reads_as_absent_after_a_failed_set(void **state)
{
	dctx_store *store = dctx_current();

	(void)state;
	dctx_set(k_tenant, 1);
	dctx_set(k_owner, "one");
	{
		DCTX_SCOPE("fails");
		assert_int_equal(dctx_store_set_i8(store, &k_tenant.key, 2),
				 DCTX_WRONG_TYPE);
		assert_false(dctx_has(k_tenant));
		assert_int_equal(dctx_get(k_tenant, 99), 99);
		assert_int_equal(dctx_store_set_str(store, &k_owner.key, NULL),
				 DCTX_INVALID);
		assert_string_equal(dctx_get(k_owner, "nobody"), "nobody");
	}
	assert_int_equal(dctx_get(k_tenant, 99), 1);
	assert_string_equal(dctx_get(k_owner, "nobody"), "one");
}

static void a_hidden_closed_key_can_be_set_again(void **state)
{
	dctx_store *store = dctx_current();
	DCTX_SCOPE("fails");

	(void)state;
	dctx_store_set_i8(store, &k_tenant.key, 2);
	assert_false(dctx_has(k_tenant));
	assert_int_equal(dctx_set(k_tenant, 3), DCTX_OK);
	assert_int_equal(dctx_get(k_tenant, 99), 3);
	assert_int_equal(dctx_scope_status(), DCTX_WRONG_TYPE);
}

static void a_hidden_closed_key_is_absent_from_a_capture(void **state)
{
	dctx_store *store = dctx_current();

	(void)state;
	dctx_set(k_tenant, 1);
	DCTX_SCOPE("fails");
	dctx_store_set_i8(store, &k_tenant.key, 2);
	DCTX_SNAPSHOT(snapshot);
	assert_non_null(snapshot);
	assert_false(dctx_snapshot_has(snapshot, k_tenant));
	DCTX_ATTACH(snapshot);
	assert_false(dctx_has(k_tenant));
}

static void a_key_closed_in_two_scopes_stays_so_when_one_retires(void **state)
{
	dctx_store *store = dctx_current();
	dctx_guard outer, inner;

	(void)state;
	dctx_set(k_tenant, 1);
	outer = dctx_enter("fails");
	dctx_store_set_i8(store, &k_tenant.key, 2);
	inner = dctx_enter("fails too");
	dctx_store_set_i8(store, &k_tenant.key, 2);
	assert_int_equal(dctx_scope_retire(outer), DCTX_OK);
	assert_false(dctx_has(k_tenant));
	dctx_leave(inner);
	assert_int_equal(dctx_get(k_tenant, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(signed_kinds_keep_their_extremes),
		DCTXT_TEST(unsigned_kinds_keep_their_extremes),
		DCTXT_TEST(a_bool_is_true_or_false),
		DCTXT_TEST(a_double_keeps_every_bit),
		DCTXT_TEST(a_float_keeps_every_bit),
		DCTXT_TEST(bits_set_a_scalar_of_any_kind),
		DCTXT_TEST(bits_of_a_kind_that_has_none_are_invalid),
		DCTXT_TEST(a_miss_gives_the_default_of_every_kind),
		DCTXT_TEST(absent_empty_and_removed_are_three_things),
		DCTXT_TEST(removing_what_is_absent_is_fine),
		DCTXT_TEST(two_keys_are_independent),
		DCTXT_TEST(a_get_of_another_kind_gives_the_default),
		DCTXT_TEST(a_set_of_another_kind_is_a_wrong_type),
		DCTXT_TEST(a_null_argument_is_invalid),
		DCTXT_TEST(a_scalar_set_in_a_loop_takes_no_memory),
		DCTXT_TEST(an_update_starts_from_the_value_or_the_default),
		DCTXT_TEST(an_update_may_use_dctx),
		DCTXT_TEST(an_open_key_keeps_its_value_after_a_failed_set),
		DCTXT_TEST(a_closed_key_reads_as_absent_after_a_failed_set),
		DCTXT_TEST(a_hidden_closed_key_can_be_set_again),
		DCTXT_TEST(a_hidden_closed_key_is_absent_from_a_capture),
		DCTXT_TEST(
			a_key_closed_in_two_scopes_stays_so_when_one_retires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
