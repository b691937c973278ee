/* SPDX-License-Identifier: MIT */
/*
 * key_test.c - proves that a name means one key in the whole process: equal
 * definitions share a place, unequal ones are refused and named, bad ones
 * never get in, and threads that register at once agree.
 */
#include "kit.h"

#include <stdio.h>

/* The second of these is a mistake that check must report; the first is which
 * the linker says. */
DCTX_KEY_U64(k_clash, "clash", DCTX_WIRE);
DCTX_KEY_STR(k_clash_too, "clash", DCTX_WIRE);

DCTX_KEY_U64(k_plain, "plain", DCTX_LOCAL);
DCTX_KEY_STR(k_versioned, "versioned", DCTX_WIRE | DCTX_LOG, 7);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_WIRE, 3);

/* Keys that share a place share their value; 0 is that of no key. */
static uint32_t place(const dctx_key *key)
{
	return key->page << 3 | key->slot;
}

static void a_macro_fills_in_what_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(k_plain.key.policy, DCTX_LOCAL);
	assert_int_equal(k_plain.key.version, 1);
	assert_int_equal(k_versioned.key.policy, DCTX_WIRE | DCTX_LOG);
	assert_int_equal(k_versioned.key.version, 7);
	assert_int_equal(k_thing.key.kind, DCTX_KIND_TYPE);
	assert_int_equal(k_thing.key.version, 3);
	assert_ptr_equal(k_thing.key.type, &dctxt_thing_type);
}

static void a_defined_key_is_registered_before_main(void **state)
{
	(void)state;
	assert_int_not_equal(place(&k_plain.key), 0);
	assert_ptr_equal(dctx_registry_find(NULL, "plain"), &k_plain.key);
}

static void a_refusal_at_load_is_kept_with_both_keys(void **state)
{
	const dctx_key *refused = NULL, *holder = NULL;

	(void)state;
	assert_int_equal(dctx_registry_check(&refused, &holder), DCTX_CONFLICT);
	assert_true((holder == &k_clash.key && refused == &k_clash_too.key) ||
		    (refused == &k_clash.key && holder == &k_clash_too.key));
	assert_int_equal(dctx_registry_check(NULL, NULL), DCTX_CONFLICT);
	assert_ptr_equal(dctx_registry_find(NULL, "clash"), holder);
	assert_int_equal(place(refused), 0);
}

static void a_refusal_at_load_is_counted_and_told(void **state)
{
	static dctx_key other = {.kind = DCTX_KIND_BOOL, .name = "plain"};
	const struct dctxt_told *told = dctxt_listen();

	(void)state;
	dctx_key_register_at_load(&other);
	assert_int_equal(told->times, 1);
	assert_int_equal(told->event, DCTX_EV_KEY_CONFLICT);
	assert_int_equal(told->status, DCTX_CONFLICT);
	assert_string_equal(told->what, "plain");
	assert_int_equal(dctxt_count(DCTX_EV_KEY_CONFLICT), 1);
}

static void registering_again_changes_nothing(void **state)
{
	uint32_t before = place(&k_plain.key), count = dctx_registry_size(NULL);

	(void)state;
	assert_int_equal(dctx_key_register(&k_plain.key), DCTX_OK);
	assert_int_equal(place(&k_plain.key), before);
	assert_int_equal(dctx_registry_size(NULL), count);
}

static void equal_keys_share_one_place(void **state)
{
	static dctx_key twin = {
		.kind = DCTX_KIND_U64, .version = 1, .name = "plain"};
	uint32_t count = dctx_registry_size(NULL);

	(void)state;
	assert_int_equal(dctx_key_register(&twin), DCTX_OK);
	assert_int_equal(place(&twin), place(&k_plain.key));
	assert_int_equal(dctx_registry_size(NULL), count);
	assert_ptr_equal(dctx_registry_find(NULL, "plain"), &k_plain.key);
	dctx_set(k_plain, 5);
	assert_int_equal(dctx_store_get_u64(dctx_current(), &twin, 0), 5);
}

static void equal_names_of_a_type_mean_the_same_type(void **state)
{
	static dctx_type copy;
	static dctx_key twin = {.kind = DCTX_KIND_TYPE,
				.policy = DCTX_WIRE,
				.version = 3,
				.name = "thing",
				.type = &copy};

	(void)state;
	copy = dctxt_thing_type;
	assert_int_equal(dctx_key_register(&twin), DCTX_OK);
	assert_int_equal(place(&twin), place(&k_thing.key));
}

/* Registers a key by hand that must be refused as a conflict. */
static void refuse(dctx_key *key)
{
	uint32_t count = dctx_registry_size(NULL);

	assert_int_equal(dctx_key_register(key), DCTX_CONFLICT);
	assert_int_equal(place(key), 0);
	assert_int_equal(dctx_registry_size(NULL), count);
	assert_int_equal(dctx_last_error()->status, DCTX_CONFLICT);
	assert_string_equal(dctx_last_error()->what, key->name);
}

static void another_kind_is_a_conflict_that_names_the_key(void **state)
{
	static dctx_key key = {
		.kind = DCTX_KIND_I64, .version = 1, .name = "plain"};

	(void)state;
	refuse(&key);
	assert_ptr_equal(dctx_registry_find(NULL, "plain"), &k_plain.key);
}

static void another_type_is_a_conflict(void **state)
{
	static const dctx_type other = {.struct_size = sizeof(dctx_type),
					.name = "other thing",
					.size = sizeof(struct dctxt_thing)};
	static dctx_key key = {.kind = DCTX_KIND_TYPE,
			       .policy = DCTX_WIRE,
			       .version = 3,
			       .name = "thing",
			       .type = &other};

	(void)state;
	refuse(&key);
}

static void other_options_are_a_conflict(void **state)
{
	static dctx_key policy = {.kind = DCTX_KIND_U64,
				  .policy = DCTX_WIRE,
				  .version = 1,
				  .name = "plain"};
	static dctx_key version = {.kind = DCTX_KIND_STR,
				   .policy = DCTX_WIRE | DCTX_LOG,
				   .version = 8,
				   .name = "versioned"};

	(void)state;
	refuse(&policy);
	refuse(&version);
}

static void a_version_is_for_keys_that_travel(void **state)
{
	static dctx_key local = {
		.kind = DCTX_KIND_U64, .version = 2, .name = "local"};
	static dctx_key unsaid = {.kind = DCTX_KIND_U64, .name = "plain"};

	(void)state;
	assert_int_equal(dctx_key_register(&local), DCTX_INVALID);
	assert_int_equal(place(&local), 0);
	assert_int_equal(dctx_key_register(&unsaid), DCTX_OK);
	assert_int_equal(place(&unsaid), place(&k_plain.key));
}

static void a_bad_key_is_invalid(void **state)
{
	static const dctx_type nameless = {.struct_size = sizeof(dctx_type),
					   .size = 4};
	static const dctx_type sizeless = {.struct_size = sizeof(dctx_type),
					   .name = "sizeless"};
	static const dctx_type older = {.struct_size = 8,
					.name = "older",
					.size = 4};
	static const dctx_type huge = {.struct_size = sizeof(dctx_type),
				       .name = "huge",
				       .size = (1 << 20) + 1};
	static dctx_key keys[] = {
		{.kind = DCTX_KIND_U64, .name = NULL},
		{.kind = 0, .name = "kind 0"},
		{.kind = DCTX_KIND_TYPE + 1, .name = "kind 15"},
		{.kind = UINT32_MAX, .name = "kind max"},
		{.kind = DCTX_KIND_TYPE, .name = "no type"},
		{.kind = DCTX_KIND_TYPE, .name = "t1", .type = &nameless},
		{.kind = DCTX_KIND_TYPE, .name = "t2", .type = &sizeless},
		{.kind = DCTX_KIND_TYPE, .name = "t3", .type = &older},
		{.kind = DCTX_KIND_TYPE, .name = "t4", .type = &huge},
		{.kind = DCTX_KIND_U64, .name = "dctx."},
		{.kind = DCTX_KIND_U64, .name = "dctx.deadline"},
	};

	(void)state;
	assert_int_equal(dctx_key_register(NULL), DCTX_INVALID);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_int_equal(dctx_key_register(&keys[i]), DCTX_INVALID);
		assert_int_equal(place(&keys[i]), 0);
		if (keys[i].name != NULL)
			assert_null(dctx_registry_find(NULL, keys[i].name));
	}
}

static void a_name_that_is_not_utf8_is_invalid(void **state)
{
	static dctx_key keys[] = {
		{.kind = DCTX_KIND_U64, .name = "\xff"},
		{.kind = DCTX_KIND_U64, .name = "a\x80"},
		{.kind = DCTX_KIND_U64, .name = "cut \xe2\x82"},
		{.kind = DCTX_KIND_U64, .name = "overlong \xc0\xaf"},
		{.kind = DCTX_KIND_U64, .name = "overlong \xe0\x80\xaf"},
		{.kind = DCTX_KIND_U64, .name = "surrogate \xed\xa0\x80"},
		{.kind = DCTX_KIND_U64, .name = "past \xf4\x90\x80\x80"},
		{.kind = DCTX_KIND_U64, .name = "past \xf5\x80\x80\x80"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_int_equal(dctx_key_register(&keys[i]), DCTX_INVALID);
}

static void a_name_may_be_empty_long_or_nearly_reserved(void **state)
{
	static char long_name[257];
	static dctx_key keys[] = {
		{.kind = DCTX_KIND_U64, .name = ""},
		{.kind = DCTX_KIND_U64, .name = "dctx"},
		{.kind = DCTX_KIND_U64, .name = "dctx_x"},
		{.kind = DCTX_KIND_U64, .name = "\xf4\x8f\xbf\xbf"},
		{.kind = DCTX_KIND_U64, .name = "\xe2\x82\xac and \xc3\xa9"},
		{.kind = DCTX_KIND_U64, .name = long_name + 1},
	};
	static dctx_key too_long = {.kind = DCTX_KIND_U64, .name = long_name};

	(void)state;
	memset(long_name, 'n', 256);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_int_equal(dctx_key_register(&keys[i]), DCTX_OK);
		assert_ptr_equal(dctx_registry_find(NULL, keys[i].name),
				 &keys[i]);
	}
	assert_int_equal(dctx_key_register(&too_long), DCTX_INVALID);
}

static void a_name_is_found_by_its_text_wherever_that_stands(void **state)
{
	static dctx_key keys[] = {
		{.kind = DCTX_KIND_U64, .name = "seven c"},
		{.kind = DCTX_KIND_U64, .name = "8 chars."},
		{.kind = DCTX_KIND_U64, .name = "sixteen chars..."},
		{.kind = DCTX_KIND_U64, .name = "a name of 28 characters, ..."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_int_equal(dctx_key_register(&keys[i]), DCTX_OK);
		for (size_t at = 0; at < 16; at++) {
			char text[64];

			memset(text, (int)('a' + at), sizeof(text));
			strcpy(text + at, keys[i].name);
			assert_ptr_equal(
				dctx_registry_find(NULL, text + at), &keys[i]);
		}
	}
}

static void every_number_below_the_size_has_its_key(void **state)
{
	uint32_t count = dctx_registry_size(NULL);

	(void)state;
	assert_null(dctx_registry_nth(NULL, count));
	assert_null(dctx_registry_nth(NULL, UINT32_MAX));
	for (uint32_t i = 0; i < count; i++) {
		const dctx_key *key = dctx_registry_nth(NULL, i);

		assert_non_null(key);
		assert_ptr_equal(dctx_registry_find(NULL, key->name), key);
	}
	assert_null(dctx_registry_find(NULL, "never registered"));
}

static void the_first_set_registers_a_key_made_by_hand(void **state)
{
	static dctx_key key = {
		.kind = DCTX_KIND_I32, .version = 1, .name = "by hand"};

	(void)state;
	assert_int_equal(dctx_store_get_i32(dctx_current(), &key, -1), -1);
	assert_int_equal(dctx_store_set_i32(dctx_current(), &key, 4), DCTX_OK);
	assert_int_not_equal(place(&key), 0);
	assert_int_equal(dctx_store_get_i32(dctx_current(), &key, -1), 4);
}

static void the_first_set_of_a_bad_key_says_what_register_says(void **state)
{
	static dctx_key other = {.kind = DCTX_KIND_BOOL, .name = "plain"};
	static dctx_key reserved = {.kind = DCTX_KIND_BOOL, .name = "dctx.b"};
	dctx_store *store = dctx_current();

	(void)state;
	assert_int_equal(dctx_store_set_bool(store, &other, true),
			 DCTX_CONFLICT);
	assert_int_equal(dctx_store_set_bool(store, &reserved, true),
			 DCTX_INVALID);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 2);
	assert_false(dctx_store_has_key(store, &other));
}

static void an_unregistered_key_reads_as_absent(void **state)
{
	static const dctx_key zeroed;
	static dctx_key twin = {
		.kind = DCTX_KIND_U64, .version = 1, .name = "plain"};
	dctx_store *store = dctx_current();

	(void)state;
	dctx_set(k_plain, 1);
	assert_false(dctx_store_has_key(store, &zeroed));
	assert_int_equal(dctx_store_get_u64(store, &zeroed, 9), 9);
	assert_int_equal(dctx_store_get_u64(store, &twin, 9), 9);
	assert_int_equal(dctx_key_register(&twin), DCTX_OK);
	assert_int_equal(dctx_store_get_u64(store, &twin, 9), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_macro_fills_in_what_is_left_out),
		DCTXT_TEST(a_defined_key_is_registered_before_main),
		DCTXT_TEST(a_refusal_at_load_is_kept_with_both_keys),
		DCTXT_TEST(a_refusal_at_load_is_counted_and_told),
		DCTXT_TEST(registering_again_changes_nothing),
		DCTXT_TEST(equal_keys_share_one_place),
		DCTXT_TEST(equal_names_of_a_type_mean_the_same_type),
		DCTXT_TEST(another_kind_is_a_conflict_that_names_the_key),
		DCTXT_TEST(another_type_is_a_conflict),
		DCTXT_TEST(other_options_are_a_conflict),
		DCTXT_TEST(a_version_is_for_keys_that_travel),
		DCTXT_TEST(a_bad_key_is_invalid),
		DCTXT_TEST(a_name_that_is_not_utf8_is_invalid),
		DCTXT_TEST(a_name_may_be_empty_long_or_nearly_reserved),
		DCTXT_TEST(a_name_is_found_by_its_text_wherever_that_stands),
		DCTXT_TEST(every_number_below_the_size_has_its_key),
		DCTXT_TEST(the_first_set_registers_a_key_made_by_hand),
		DCTXT_TEST(the_first_set_of_a_bad_key_says_what_register_says),
		DCTXT_TEST(an_unregistered_key_reads_as_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
