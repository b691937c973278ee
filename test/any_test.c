/* SPDX-License-Identifier: MIT */
/*
 * any_test.c - proves that a value whose kind is known at run time only is set
 * and read as one whose kind the compiler knows: converted where that loses no
 * meaning, refused where it does.
 */
#include "kit.h"

#include <float.h>
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
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);
DCTX_KEY_U8(k_closed, "closed", DCTX_CLOSED);

static dctx_key *const keys[] = {
	&k_bool.key, &k_i8.key,	 &k_i16.key, &k_i32.key,   &k_i64.key,
	&k_u8.key,   &k_u16.key, &k_u32.key, &k_u64.key,   &k_f32.key,
	&k_f64.key,  &k_str.key, &k_bytes.key, &k_thing.key,
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static const dctx_bytes two = {"\0b", 2};

static void set_all(void)
{
	const struct dctxt_thing thing = {.id = 5};

	dctx_set(k_bool, true);
	dctx_set(k_i8, INT8_MIN);
	dctx_set(k_i16, INT16_MIN);
	dctx_set(k_i32, INT32_MIN);
	dctx_set(k_i64, INT64_MIN);
	dctx_set(k_u8, UINT8_MAX);
	dctx_set(k_u16, UINT16_MAX);
	dctx_set(k_u32, UINT32_MAX);
	dctx_set(k_u64, UINT64_MAX);
	dctx_set(k_f32, -0.5f);
	dctx_set(k_f64, DBL_MAX);
	dctx_set(k_str, "text");
	dctx_set(k_bytes, two);
	dctx_set(k_thing, &thing);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
}

/* All that set_all set, as a get_any gives it. */
static void check_all(const dctx_any *any)
{
	assert_true(any[0].as.b);
	assert_int_equal(any[1].as.i, INT8_MIN);
	assert_int_equal(any[2].as.i, INT16_MIN);
	assert_int_equal(any[3].as.i, INT32_MIN);
	assert_true(any[4].as.i == INT64_MIN);
	assert_int_equal(any[5].as.u, UINT8_MAX);
	assert_int_equal(any[6].as.u, UINT16_MAX);
	assert_int_equal(any[7].as.u, UINT32_MAX);
	assert_true(any[8].as.u == UINT64_MAX);
	assert_true(any[9].as.f == -0.5);
	assert_true(any[10].as.f == DBL_MAX);
	assert_int_equal(any[11].as.bytes.len, 4);
	assert_string_equal(any[11].as.bytes.data, "text");
	assert_int_equal(any[12].as.bytes.len, 2);
	assert_memory_equal(any[12].as.bytes.data, "\0b", 3);
	assert_int_equal(((const struct dctxt_thing *)any[13].as.object)->id,
			 5);
	for (int i = 0; i < KEYS; i++) {
		assert_int_equal(any[i].kind, keys[i]->kind);
		assert_ptr_equal(any[i].type, keys[i]->type);
	}
}

static void every_kind_is_read_with_its_kind(void **state)
{
	dctx_any any[KEYS];
	DCTX_SNAPSHOT(nothing);

	(void)state;
	set_all();
	for (int i = 0; i < KEYS; i++)
		assert_true(dctx_get_any(keys[i], &any[i]));
	check_all(any);
	{
		DCTX_SNAPSHOT(all);

		for (int i = 0; i < KEYS; i++)
			assert_true(
				dctx_snapshot_get_any(all, keys[i], &any[i]));
		check_all(any);
	}
	for (int i = 0; i < KEYS; i++) {
		assert_false(dctx_snapshot_get_any(nothing, keys[i], &any[i]));
		assert_int_equal(any[i].kind, 0);
		assert_false(dctx_snapshot_get_any(NULL, keys[i], &any[i]));
	}
}

static void every_kind_is_set_as_it_was_read(void **state)
{
	dctx_any any[KEYS], again[KEYS];
	dctx_guard guard;

	(void)state;
	set_all();
	for (int i = 0; i < KEYS; i++)
		assert_true(dctx_get_any(keys[i], &any[i]));
	guard = dctx_enter("again");
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(dctx_unset_named(keys[i]->name), DCTX_OK);
	for (int i = 0; i < KEYS; i++) {
		assert_false(dctx_get_any(keys[i], &again[i]));
		assert_int_equal(again[i].kind, 0);
		assert_int_equal(dctx_set_any(keys[i], &any[i]), DCTX_OK);
		assert_true(dctx_get_any(keys[i], &again[i]));
	}
	check_all(again);
	assert_ptr_not_equal(again[11].as.bytes.data, any[11].as.bytes.data);
	assert_ptr_not_equal(again[13].as.object, any[13].as.object);
	dctx_leave(guard);
	for (int i = 0; i < KEYS; i++)
		assert_true(dctx_get_any(keys[i], &again[i]));
	check_all(again);
}

static void a_c_value_gets_the_kind_of_its_type(void **state)
{
	char text[] = "text";
	const char *none = NULL;
	const dctx_kind long_kind =
		sizeof(long) == 4 ? DCTX_KIND_I32 : DCTX_KIND_I64;

	(void)state;
	assert_int_equal(DCTX_ANY((bool)true).kind, DCTX_KIND_BOOL);
	assert_int_equal(DCTX_ANY((signed char)-1).kind, DCTX_KIND_I8);
	assert_int_equal(DCTX_ANY((short)-1).kind, DCTX_KIND_I16);
	assert_int_equal(DCTX_ANY(-1).kind, DCTX_KIND_I32);
	assert_int_equal(DCTX_ANY(-1L).kind, long_kind);
	assert_int_equal(DCTX_ANY(-1LL).kind, DCTX_KIND_I64);
	assert_int_equal(DCTX_ANY((unsigned char)1).kind, DCTX_KIND_U8);
	assert_int_equal(DCTX_ANY((unsigned short)1).kind, DCTX_KIND_U16);
	assert_int_equal(DCTX_ANY(1u).kind, DCTX_KIND_U32);
	assert_int_equal(DCTX_ANY(1ul).kind, long_kind + 4);
	assert_int_equal(DCTX_ANY(1ull).kind, DCTX_KIND_U64);
	assert_int_equal(DCTX_ANY(1.f).kind, DCTX_KIND_F32);
	assert_int_equal(DCTX_ANY(1.).kind, DCTX_KIND_F64);
	assert_int_equal(DCTX_ANY(text).kind, DCTX_KIND_STR);
	assert_int_equal(DCTX_ANY("text").as.bytes.len, 4);
	assert_int_equal(DCTX_ANY(none).kind, 0);
	assert_int_equal(DCTX_ANY(two).kind, DCTX_KIND_BYTES);
	assert_true(DCTX_ANY((char)-1).kind == DCTX_KIND_I8 ||
		    DCTX_ANY((char)-1).kind == DCTX_KIND_U8);
	assert_int_equal(DCTX_ANY(INT64_MIN).as.i, INT64_MIN);
	assert_int_equal(DCTX_ANY(UINT64_MAX).as.u, UINT64_MAX);
	assert_int_equal(DCTX_ANY_OBJECT(&dctxt_thing_type, text).kind,
			 DCTX_KIND_TYPE);
}

/* A number, a key, and what becomes of it. */
struct conversion {
	dctx_any from;
	dctx_key *key;
	dctx_status status;
};

#define I(v) {.kind = DCTX_KIND_I64, .as.i = (v)}
#define U(v) {.kind = DCTX_KIND_U64, .as.u = (v)}
#define F(v) {.kind = DCTX_KIND_F64, .as.f = (v)}
#define B(v) {.kind = DCTX_KIND_BOOL, .as.b = (v)}

static const struct conversion conversions[] = {
	{I(0), &k_bool.key, DCTX_OK},
	{I(1), &k_bool.key, DCTX_OK},
	{I(2), &k_bool.key, DCTX_INVALID},
	{I(-1), &k_bool.key, DCTX_INVALID},
	{B(true), &k_u8.key, DCTX_OK},
	{B(true), &k_i64.key, DCTX_OK},
	{B(true), &k_f32.key, DCTX_OK},
	{I(INT8_MIN), &k_i8.key, DCTX_OK},
	{I(INT8_MIN - 1), &k_i8.key, DCTX_INVALID},
	{I(INT8_MAX), &k_i8.key, DCTX_OK},
	{I(INT8_MAX + 1), &k_i8.key, DCTX_INVALID},
	{I(INT16_MIN - 1), &k_i16.key, DCTX_INVALID},
	{I(INT16_MAX), &k_i16.key, DCTX_OK},
	{I(INT32_MIN), &k_i32.key, DCTX_OK},
	{I((int64_t)INT32_MAX + 1), &k_i32.key, DCTX_INVALID},
	{U((uint64_t)INT64_MAX), &k_i64.key, DCTX_OK},
	{U((uint64_t)INT64_MAX + 1), &k_i64.key, DCTX_INVALID},
	{U(UINT64_MAX), &k_i8.key, DCTX_INVALID},
	{I(UINT8_MAX), &k_u8.key, DCTX_OK},
	{I(UINT8_MAX + 1), &k_u8.key, DCTX_INVALID},
	{I(-1), &k_u8.key, DCTX_INVALID},
	{I(-1), &k_u64.key, DCTX_INVALID},
	{U(UINT16_MAX + 1), &k_u16.key, DCTX_INVALID},
	{U(UINT32_MAX), &k_u32.key, DCTX_OK},
	{U((uint64_t)UINT32_MAX + 1), &k_u32.key, DCTX_INVALID},
	{F(1), &k_i32.key, DCTX_WRONG_TYPE},
	{F(0), &k_bool.key, DCTX_WRONG_TYPE},
	{I(INT64_MIN), &k_f32.key, DCTX_OK},
	{I(INT64_MIN), &k_f64.key, DCTX_OK},
	{U(UINT64_MAX), &k_f32.key, DCTX_OK},
	{F((double)FLT_MAX), &k_f32.key, DCTX_OK},
	{F((double)FLT_MAX * 1.5), &k_f32.key, DCTX_INVALID},
	{F(-(double)FLT_MAX * 1.5), &k_f32.key, DCTX_INVALID},
	{F((double)INFINITY), &k_f32.key, DCTX_OK},
	{F(-(double)INFINITY), &k_f32.key, DCTX_OK},
	{F((double)NAN), &k_f32.key, DCTX_OK},
	{I(1), &k_str.key, DCTX_WRONG_TYPE},
	{I(1), &k_bytes.key, DCTX_WRONG_TYPE},
	{I(1), &k_thing.key, DCTX_WRONG_TYPE},
};

/* A number as a double, which holds each of those above but for its end. */
static double number(const dctx_any *any)
{
	if (any->kind == DCTX_KIND_BOOL)
		return any->as.b;
	if (any->kind >= DCTX_KIND_F32)
		return any->as.f;
	return any->kind <= DCTX_KIND_I64 ? (double)any->as.i
					  : (double)any->as.u;
}

static void a_number_is_taken_where_it_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]);
	     i++) {
		const struct conversion *c = &conversions[i];
		dctx_any is;

		dctx_unset_named(c->key->name);
		assert_int_equal(dctx_set_any(c->key, &c->from), c->status);
		assert_int_equal(dctx_get_any(c->key, &is),
				 c->status == DCTX_OK);
		if (c->status != DCTX_OK || isnan(c->from.as.f))
			continue;
		assert_int_equal(is.kind, c->key->kind);
		assert_true(number(&is) == number(&c->from));
	}
	assert_int_equal(dctx_set_any(&k_f64.key, &DCTX_ANY(NAN)), DCTX_OK);
	assert_true(isnan(dctx_get(k_f64, 0)));
}

static void texts_and_bytes_are_not_one_another(void **state)
{
	const dctx_any long_text = {.kind = DCTX_KIND_STR,
				    .as.bytes = {"a\0b", 3}};
	const dctx_any empty = {.kind = DCTX_KIND_BYTES};
	dctx_any is;

	(void)state;
	assert_int_equal(dctx_set_any(&k_str.key, &DCTX_ANY(two)),
			 DCTX_WRONG_TYPE);
	assert_int_equal(dctx_set_any(&k_bytes.key, &DCTX_ANY("text")),
			 DCTX_WRONG_TYPE);
	assert_false(dctx_has(k_str) || dctx_has(k_bytes));
	assert_int_equal(dctx_set_any(&k_str.key, &long_text), DCTX_OK);
	assert_true(dctx_get_any(&k_str.key, &is));
	assert_int_equal(is.as.bytes.len, 3);
	assert_memory_equal(is.as.bytes.data, "a\0b", 4);
	assert_int_equal(dctx_set_any(&k_bytes.key, &empty), DCTX_OK);
	assert_true(dctx_get_any(&k_bytes.key, &is));
	assert_int_equal(is.as.bytes.len, 0);
}

static void an_object_has_its_keys_type_or_is_refused(void **state)
{
	dctx_type same = dctxt_thing_type, other = dctxt_thing_type;
	dctx_type odd = dctxt_thing_type;
	const struct dctxt_thing thing = {.id = 9};

	(void)state;
	other.name = "other";
	odd.size = 0;
	assert_int_equal(dctx_set_any(&k_thing.key,
				      &DCTX_ANY_OBJECT(&other, &thing)),
			 DCTX_WRONG_TYPE);
	assert_int_equal(
		dctx_set_any(&k_thing.key, &DCTX_ANY_OBJECT(&odd, &thing)),
		DCTX_INVALID);
	assert_int_equal(
		dctx_set_any(&k_thing.key, &DCTX_ANY_OBJECT(NULL, &thing)),
		DCTX_INVALID);
	assert_int_equal(
		dctx_set_any(&k_thing.key, &DCTX_ANY_OBJECT(&same, NULL)),
		DCTX_INVALID);
	assert_int_equal(
		dctx_set_any(&k_u8.key, &DCTX_ANY_OBJECT(&same, &thing)),
		DCTX_WRONG_TYPE);
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(
		dctx_set_any(&k_thing.key, &DCTX_ANY_OBJECT(&same, &thing)),
		DCTX_OK);
	assert_int_equal(dctx_get(k_thing, NULL)->id, 9);
	dctxt_things.refuse = DCTX_LIMIT;
	assert_int_equal(
		dctx_set_any(&k_thing.key, &DCTX_ANY_OBJECT(&same, &thing)),
		DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->status, DCTX_LIMIT);
	assert_string_equal(dctx_last_error()->what, "thing");
	assert_int_equal(dctx_last_error()->limit, 0);
}

static void a_wrong_type_tells_both_kinds(void **state)
{
	(void)state;
	dctx_set_any(&k_u8.key, &DCTX_ANY("text"));
	assert_int_equal(dctx_last_error()->status, DCTX_WRONG_TYPE);
	assert_string_equal(dctx_last_error()->what, "u8");
	assert_int_equal(dctx_last_error()->expected, DCTX_KIND_U8);
	assert_int_equal(dctx_last_error()->given, DCTX_KIND_STR);
	dctx_store_set_i8(dctx_current(), &k_str.key, 1);
	assert_string_equal(dctx_last_error()->what, "str");
	assert_int_equal(dctx_last_error()->expected, DCTX_KIND_STR);
	assert_int_equal(dctx_last_error()->given, DCTX_KIND_I8);
	dctx_store_set_type(dctx_current(), &k_u16.key, "object");
	assert_int_equal(dctx_last_error()->expected, DCTX_KIND_U16);
	assert_int_equal(dctx_last_error()->given, DCTX_KIND_TYPE);
	dctx_set_any(&k_u8.key, &DCTX_ANY(300));
	assert_int_equal(dctx_last_error()->status, DCTX_INVALID);
	assert_int_equal(dctx_last_error()->expected, 0);
}

static void a_refused_value_hides_a_closed_key(void **state)
{
	(void)state;
	dctx_set(k_closed, 1);
	{
		DCTX_SCOPE("inner");
		dctx_set_any(&k_closed.key, &DCTX_ANY(256));
		assert_false(dctx_has(k_closed));
	}
	assert_int_equal(dctx_get(k_closed, 0), 1);
	{
		DCTX_SCOPE("inner");
		dctx_set_any(&k_closed.key, &DCTX_ANY("text"));
		assert_false(dctx_has(k_closed));
	}
	assert_int_equal(dctx_get(k_closed, 0), 1);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 2);
}

static void odd_arguments_are_invalid(void **state)
{
	const dctx_any none = {.as.u = 1};
	const dctx_any beyond = {.kind = (dctx_kind)15};
	const dctx_any no_text = {.kind = DCTX_KIND_STR, .as.bytes = {NULL, 1}};
	dctx_key unkind = {.name = "unkind", .kind = 15};
	dctx_any out = {.kind = DCTX_KIND_U8};
	dctx_store *s = dctx_current();

	(void)state;
	assert_int_equal(dctx_set_any(&k_u8.key, NULL), DCTX_INVALID);
	assert_int_equal(dctx_set_any(&k_u8.key, &none), DCTX_INVALID);
	assert_int_equal(dctx_set_any(&k_u8.key, &beyond), DCTX_INVALID);
	assert_int_equal(dctx_set_any(&k_str.key, &no_text), DCTX_INVALID);
	assert_int_equal(dctx_set_any(&unkind, &DCTX_ANY(1)), DCTX_INVALID);
	assert_int_equal(dctx_set_any(NULL, &DCTX_ANY(1)), DCTX_INVALID);
	assert_int_equal(dctx_store_set_any(NULL, &k_u8.key, &DCTX_ANY(1)),
			 DCTX_INVALID);
	assert_false(dctx_store_get_any(NULL, &k_u8.key, &out));
	assert_false(dctx_store_get_any(s, NULL, &out));
	assert_false(dctx_snapshot_get_any(NULL, NULL, &out));
	assert_int_equal(out.kind, DCTX_KIND_U8);
	assert_false(dctx_store_get_any(s, &k_u8.key, NULL));
	assert_false(dctx_snapshot_get_any(NULL, &k_u8.key, NULL));
}

static void the_first_set_registers_a_key_of_any_kind(void **state)
{
	static dctx_key number = {
		.name = "any.number", .kind = DCTX_KIND_U16, .version = 1};
	static dctx_key thing = {.name = "any.thing",
				 .kind = DCTX_KIND_TYPE,
				 .type = &dctxt_thing_type,
				 .version = 1};
	static dctx_key bad = {.name = "any.bad", .kind = DCTX_KIND_TYPE};
	const struct dctxt_thing made = {.id = 1};
	const dctx_any object = DCTX_ANY_OBJECT(&dctxt_thing_type, &made);

	(void)state;
	assert_int_equal(dctx_set_any(&number, &DCTX_ANY(7)), DCTX_OK);
	assert_int_equal(dctx_set_any(&thing, &object), DCTX_OK);
	assert_int_equal(dctx_set_any(&bad, &object), DCTX_INVALID);
	assert_ptr_equal(dctx_registry_find(NULL, "any.thing"), &thing);
}

static void kinds_have_names(void **state)
{
	(void)state;
	assert_string_equal(dctx_kind_name(0), "none");
	assert_string_equal(dctx_kind_name(15), "unknown");
	assert_string_equal(dctx_kind_name(UINT32_MAX), "unknown");
	for (int i = 0; i < KEYS - 1; i++)
		assert_string_equal(dctx_kind_name(keys[i]->kind),
				    keys[i]->name);
	assert_string_equal(dctx_kind_name(DCTX_KIND_TYPE), "type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(every_kind_is_read_with_its_kind),
		DCTXT_TEST(every_kind_is_set_as_it_was_read),
		DCTXT_TEST(a_c_value_gets_the_kind_of_its_type),
		DCTXT_TEST(a_number_is_taken_where_it_fits),
		DCTXT_TEST(texts_and_bytes_are_not_one_another),
		DCTXT_TEST(an_object_has_its_keys_type_or_is_refused),
		DCTXT_TEST(a_wrong_type_tells_both_kinds),
		DCTXT_TEST(a_refused_value_hides_a_closed_key),
		DCTXT_TEST(odd_arguments_are_invalid),
		DCTXT_TEST(the_first_set_registers_a_key_of_any_kind),
		DCTXT_TEST(kinds_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
