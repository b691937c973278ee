/* SPDX-License-Identifier: MIT */
/*
 * registries_test.c - proves that a registry is a set of keys of its own: what
 * is in one is in no other, a name means one key in it, many keys get in
 * together or not at all, and nothing new does once it is frozen.
 */
#include "kit.h"

#define SHOP_KEYS(X)                                                          \
	X(STR, k_user, "shop.user", DCTX_WIRE | DCTX_LOG)                     \
	X(BOOL, k_guest, "shop.guest", DCTX_LOCAL)                            \
	X(F64, k_rate, "shop.rate", DCTX_WIRE, 3)                             \
	X(TYPE, k_cart, "shop.cart", struct dctxt_thing, &dctxt_thing_type,   \
	  DCTX_WIRE, 2)
DCTX_KEYS_DECLARE(SHOP_KEYS);
DCTX_KEYS_DEFINE(SHOP_KEYS);

#define OWN_KEYS(X)                                                           \
	X(U64, k_own_num, "own.num", DCTX_WIRE)                               \
	X(BYTES, k_own_bytes, "own.bytes", DCTX_LOCAL)                        \
	X(TYPE, k_own_thing, "own.thing", struct dctxt_thing,                 \
	  &dctxt_thing_type)
DCTX_KEYS_DECLARE(OWN_KEYS);
DCTX_KEYS_DEFINE_ONLY(OWN_KEYS);

static uint32_t place(const dctx_key *key)
{
	return key->page << 3 | key->slot;
}

static dctx_registry *new_registry(const char *name)
{
	dctx_registry *registry = NULL;

	assert_int_equal(dctx_registry_new(name, &registry), DCTX_OK);
	return registry;
}

static void a_new_registry_is_empty_and_has_a_name(void **state)
{
	char name[] = "mine";
	dctx_registry *mine = new_registry(name);

	(void)state;
	name[0] = 'x';
	assert_string_equal(dctx_registry_name(mine), "mine");
	assert_int_equal(dctx_registry_size(mine), 0);
	assert_null(dctx_registry_nth(mine, 0));
	assert_null(dctx_registry_find(mine, "shop.user"));
	assert_null(dctx_registry_find(mine, NULL));
	assert_false(dctx_registry_is_frozen(mine));
	assert_null(dctx_registry_free(mine));
}

static void a_registry_without_a_good_name_is_refused(void **state)
{
	static char long_name[257];
	dctx_registry *same = (dctx_registry *)long_name, *registry = same;

	(void)state;
	memset(long_name, 'n', 256);
	assert_int_equal(dctx_registry_new(NULL, &registry), DCTX_INVALID);
	assert_int_equal(dctx_registry_new("\xff", &registry), DCTX_INVALID);
	assert_int_equal(dctx_registry_new(long_name, &registry), DCTX_INVALID);
	assert_int_equal(dctx_registry_new("name", NULL), DCTX_INVALID);
	assert_ptr_equal(registry, same);
}

static void no_registry_means_the_global_one(void **state)
{
	dctx_registry *global = dctx_registry_global();

	(void)state;
	assert_string_equal(dctx_registry_name(NULL), "global");
	assert_string_equal(dctx_registry_name(global), "global");
	assert_int_equal(dctx_registry_size(NULL), dctx_registry_size(global));
	assert_ptr_equal(dctx_registry_find(global, "shop.user"), &k_user.key);
	assert_null(dctx_registry_free(global));
	assert_null(dctx_registry_free(NULL));
	assert_ptr_equal(dctx_registry_find(NULL, "shop.user"), &k_user.key);
}

static void a_list_defines_its_keys(void **state)
{
	(void)state;
	assert_int_equal(k_user.key.policy, DCTX_WIRE | DCTX_LOG);
	assert_int_equal(k_guest.key.version, 1);
	assert_int_equal(k_rate.key.version, 3);
	assert_int_equal(k_cart.key.version, 2);
	assert_ptr_equal(k_cart.key.type, &dctxt_thing_type);
	assert_ptr_equal(dctx_registry_find(NULL, "shop.guest"), &k_guest.key);
	assert_ptr_equal(dctx_registry_find(NULL, "shop.rate"), &k_rate.key);
	assert_ptr_equal(dctx_registry_find(NULL, "shop.cart"), &k_cart.key);
}

static void a_listed_key_can_be_set_and_read(void **state)
{
	struct dctxt_thing cart = {.id = 4};

	(void)state;
	dctx_set(k_user, "eve");
	dctx_set(k_guest, true);
	dctx_set(k_rate, 0.5);
	dctx_set(k_cart, &cart);
	assert_string_equal(dctx_get(k_user, ""), "eve");
	assert_true(dctx_get(k_guest, false));
	assert_true(dctx_get(k_rate, 0) == 0.5);
	assert_int_equal(dctx_get(k_cart, NULL)->id, 4);
}

static void a_list_goes_into_a_registry_of_ones_own(void **state)
{
	dctx_registry *mine = new_registry("mine");

	(void)state;
	assert_int_equal(DCTX_REGISTER_KEYS(mine, OWN_KEYS), DCTX_OK);
	assert_int_equal(dctx_registry_size(mine), 3);
	assert_ptr_equal(dctx_registry_nth(mine, 0), &k_own_num.key);
	assert_ptr_equal(dctx_registry_nth(mine, 1), &k_own_bytes.key);
	assert_ptr_equal(dctx_registry_find(mine, "own.thing"),
			 &k_own_thing.key);
	assert_null(dctx_registry_find(NULL, "own.num"));
	dctx_set(k_own_num, 3);
	assert_int_equal(dctx_get(k_own_num, 0), 3);
	assert_null(dctx_registry_find(NULL, "own.num"));
	dctx_registry_free(mine);
}

static void a_key_can_be_in_several_registries(void **state)
{
	static dctx_key_str k_mine = DCTX_KEY_INIT_STR("several", DCTX_WIRE);
	dctx_registry *a = new_registry("a"), *b = new_registry("b");
	uint32_t size = dctx_registry_size(NULL);

	(void)state;
	assert_int_equal(dctx_registry_add(a, &k_mine.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(b, &k_mine.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(b, &k_mine.key), DCTX_OK);
	assert_int_equal(dctx_registry_size(b), 1);
	assert_ptr_equal(dctx_registry_find(a, "several"), &k_mine.key);
	assert_ptr_equal(dctx_registry_find(b, "several"), &k_mine.key);
	assert_int_equal(dctx_registry_size(NULL), size);
	assert_int_equal(dctx_key_register(&k_mine.key), DCTX_OK);
	assert_ptr_equal(dctx_registry_nth(NULL, size), &k_mine.key);
	dctx_registry_free(a);
	dctx_registry_free(b);
}

static void equal_keys_of_two_registries_share_one_place(void **state)
{
	static dctx_key_i32 k_first = DCTX_KEY_INIT_I32("shared", DCTX_WIRE);
	static dctx_key_i32 k_second = DCTX_KEY_INIT_I32("shared", DCTX_WIRE);
	dctx_registry *a = new_registry("a"), *b = new_registry("b");

	(void)state;
	assert_int_equal(DCTX_REGISTER(a, &k_first.key), DCTX_OK);
	assert_int_equal(DCTX_REGISTER(b, &k_second.key), DCTX_OK);
	assert_int_equal(place(&k_first.key), place(&k_second.key));
	assert_ptr_equal(dctx_registry_find(b, "shared"), &k_first.key);
	dctx_set(k_first, -5);
	assert_int_equal(dctx_get(k_second, 0), -5);
	dctx_registry_free(a);
	dctx_registry_free(b);
}

static void a_name_may_mean_another_key_in_each_registry(void **state)
{
	static dctx_key_u64 k_num = DCTX_KEY_INIT_U64("two", DCTX_WIRE);
	static dctx_key_u64 k_later = DCTX_KEY_INIT_U64("two", DCTX_WIRE, 2);
	static dctx_key_str k_text = DCTX_KEY_INIT_STR("two", DCTX_LOCAL);
	dctx_registry *a = new_registry("a"), *b = new_registry("b");

	(void)state;
	assert_int_equal(dctx_key_register(&k_num.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(a, &k_later.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(b, &k_text.key), DCTX_OK);
	dctx_set(k_num, 1);
	dctx_set(k_later, 2);
	dctx_set(k_text, "three");
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_get(k_later, 0), 2);
	assert_string_equal(dctx_get(k_text, ""), "three");
	assert_ptr_equal(dctx_registry_find(NULL, "two"), &k_num.key);
	assert_ptr_equal(dctx_registry_find(a, "two"), &k_later.key);
	assert_ptr_equal(dctx_registry_find(b, "two"), &k_text.key);
	dctx_registry_free(a);
	dctx_registry_free(b);
}

static void a_key_outside_the_global_registry_is_not_sent(void **state)
{
	static dctx_key_u64 k_num = DCTX_KEY_INIT_U64("sent", DCTX_WIRE);
	dctx_registry *mine = new_registry("mine");
	char message[256];
	size_t empty, len;

	(void)state;
	assert_int_equal(dctx_registry_add(mine, &k_num.key), DCTX_OK);
	assert_int_equal(dctx_encode(message, sizeof(message), &empty),
			 DCTX_OK);
	dctx_set(k_num, 1);
	assert_int_equal(dctx_encode(message, sizeof(message), &len), DCTX_OK);
	assert_int_equal(len, empty);
	assert_int_equal(dctx_key_register(&k_num.key), DCTX_OK);
	assert_int_equal(dctx_encode(message, sizeof(message), &len), DCTX_OK);
	assert_int_equal(len, empty + 8 + strlen("sent") + 4 + 8 + 8);
	dctx_registry_free(mine);
}

static void in_one_registry_it_is_a_conflict_that_names_both(void **state)
{
	static dctx_key_u64 k_num = DCTX_KEY_INIT_U64("clash", DCTX_WIRE);
	static dctx_key_u64 k_other = DCTX_KEY_INIT_U64("clash", DCTX_LOCAL);
	const struct dctxt_told *told = dctxt_listen();
	dctx_registry *mine = new_registry("mine");

	(void)state;
	assert_int_equal(dctx_registry_add(mine, &k_num.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(mine, &k_other.key), DCTX_CONFLICT);
	assert_string_equal(dctx_last_error()->what, "clash");
	assert_ptr_equal(dctx_last_error()->refused, &k_other.key);
	assert_ptr_equal(dctx_last_error()->holder, &k_num.key);
	assert_int_equal(told->event, DCTX_EV_KEY_CONFLICT);
	assert_string_equal(told->what, "clash");
	assert_int_equal(place(&k_other.key), 0);
	assert_int_equal(dctx_registry_size(mine), 1);
	dctx_registry_free(mine);
}

static void a_key_that_has_a_place_can_conflict_elsewhere(void **state)
{
	static dctx_key_bool k_here = DCTX_KEY_INIT_BOOL("else", DCTX_WIRE);
	static dctx_key_i8 k_there = DCTX_KEY_INIT_I8("else", DCTX_WIRE);
	dctx_registry *here = new_registry("here"),
		      *there = new_registry("there");

	(void)state;
	assert_int_equal(dctx_registry_add(here, &k_here.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(there, &k_there.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(there, &k_here.key), DCTX_CONFLICT);
	assert_ptr_equal(dctx_last_error()->holder, &k_there.key);
	assert_ptr_equal(dctx_registry_find(there, "else"), &k_there.key);
	dctx_registry_free(here);
	dctx_registry_free(there);
}

/* A batch whose third key cannot get in, for whatever reason. */
static void refuse_batch(dctx_registry *registry, dctx_key *bad,
			 dctx_status expected)
{
	static dctx_key_u8 k_a = DCTX_KEY_INIT_U8("batch.a", DCTX_WIRE);
	static dctx_key_u8 k_b = DCTX_KEY_INIT_U8("batch.b", DCTX_WIRE);
	static dctx_key_u8 k_c = DCTX_KEY_INIT_U8("batch.c", DCTX_WIRE);
	uint32_t size = dctx_registry_size(registry);

	assert_int_equal(DCTX_REGISTER(registry, &k_a.key, &k_b.key, bad,
				       &k_c.key),
			 expected);
	assert_int_equal(dctx_last_error()->status, expected);
	assert_ptr_equal(dctx_last_error()->refused, bad);
	assert_int_equal(dctx_registry_size(registry), size);
	assert_null(dctx_registry_find(registry, "batch.a"));
	assert_null(dctx_registry_find(registry, "batch.c"));
	assert_int_equal(place(&k_a.key), 0);
	assert_int_equal(place(&k_b.key), 0);
	assert_int_equal(place(&k_c.key), 0);
}

static void nothing_of_a_batch_with_a_bad_key_gets_in(void **state)
{
	static dctx_key_i64 k_held = DCTX_KEY_INIT_I64("held", DCTX_WIRE);
	static dctx_key_i16 k_clash = DCTX_KEY_INIT_I16("held", DCTX_WIRE);
	static dctx_key_str k_twice = DCTX_KEY_INIT_STR("batch.a", DCTX_WIRE);
	static dctx_key_str k_bad = DCTX_KEY_INIT_STR("dctx.no", DCTX_WIRE);
	dctx_registry *mine = new_registry("mine");

	(void)state;
	assert_int_equal(dctx_registry_add(mine, &k_held.key), DCTX_OK);
	refuse_batch(mine, &k_clash.key, DCTX_CONFLICT);
	assert_ptr_equal(dctx_last_error()->holder, &k_held.key);
	refuse_batch(mine, &k_twice.key, DCTX_CONFLICT);
	assert_string_equal(dctx_last_error()->holder->name, "batch.a");
	refuse_batch(mine, &k_bad.key, DCTX_INVALID);
	refuse_batch(mine, NULL, DCTX_INVALID);
	dctx_registry_freeze(mine);
	assert_int_equal(dctx_registry_add(mine, &k_held.key), DCTX_OK);
	dctx_registry_free(mine);
}

static void refused_batches_fill_no_table(void **state)
{
	static dctx_key_i64 k_late = DCTX_KEY_INIT_I64("late too", DCTX_WIRE);
	static dctx_key_str k_twice = DCTX_KEY_INIT_STR("batch.b", DCTX_WIRE);
	dctx_registry *mine = new_registry("mine");

	(void)state;
	for (int i = 0; i < 100; i++)
		refuse_batch(mine, &k_twice.key, DCTX_CONFLICT);
	assert_int_equal(dctx_registry_add(mine, &k_late.key), DCTX_OK);
	assert_ptr_equal(dctx_registry_nth(mine, 0), &k_late.key);
	assert_null(dctx_registry_find(mine, "batch.b"));
	dctx_registry_free(mine);
}

static void a_batch_may_have_equal_keys_and_known_ones(void **state)
{
	static dctx_key_f32 k_one = DCTX_KEY_INIT_F32("batch.1", DCTX_LOCAL);
	static dctx_key_f32 k_same = DCTX_KEY_INIT_F32("batch.1", DCTX_LOCAL);
	static dctx_key_f32 k_two = DCTX_KEY_INIT_F32("batch.2", DCTX_LOCAL);
	dctx_registry *mine = new_registry("mine");

	(void)state;
	assert_int_equal(dctx_registry_add(mine, &k_two.key), DCTX_OK);
	assert_int_equal(DCTX_REGISTER(mine, &k_one.key, &k_two.key,
				       &k_same.key, &k_one.key),
			 DCTX_OK);
	assert_int_equal(dctx_registry_size(mine), 2);
	assert_int_equal(place(&k_same.key), place(&k_one.key));
	assert_ptr_equal(dctx_registry_nth(mine, 1), &k_one.key);
	assert_int_equal(dctx_registry_add_all(mine, NULL, 0), DCTX_OK);
	assert_int_equal(dctx_registry_add_all(mine, NULL, 1), DCTX_INVALID);
	assert_int_equal(dctx_registry_add(mine, NULL), DCTX_INVALID);
	assert_int_equal(dctx_registry_size(mine), 2);
	dctx_registry_free(mine);
}

static void a_frozen_registry_lets_no_new_name_in(void **state)
{
	static dctx_key_str k_old = DCTX_KEY_INIT_STR("old", DCTX_WIRE);
	static dctx_key_str k_equal = DCTX_KEY_INIT_STR("old", DCTX_WIRE);
	static dctx_key_u8 k_other = DCTX_KEY_INIT_U8("old", DCTX_WIRE);
	static dctx_key_str k_new = DCTX_KEY_INIT_STR("new", DCTX_WIRE);
	dctx_registry *mine = new_registry("mine"), *open = new_registry("o");

	(void)state;
	assert_int_equal(dctx_registry_add(mine, &k_old.key), DCTX_OK);
	dctx_registry_freeze(mine);
	dctx_registry_freeze(mine);
	assert_true(dctx_registry_is_frozen(mine));
	assert_false(dctx_registry_is_frozen(open));
	assert_int_equal(dctx_registry_add(mine, &k_new.key), DCTX_FROZEN);
	assert_string_equal(dctx_last_error()->what, "new");
	assert_ptr_equal(dctx_last_error()->refused, &k_new.key);
	assert_null(dctx_last_error()->holder);
	refuse_batch(mine, NULL, DCTX_INVALID);
	assert_int_equal(place(&k_new.key), 0);
	assert_int_equal(dctx_registry_add(mine, &k_other.key), DCTX_CONFLICT);
	assert_int_equal(dctx_registry_add(mine, &k_old.key), DCTX_OK);
	assert_int_equal(dctx_registry_add(mine, &k_equal.key), DCTX_OK);
	assert_int_equal(place(&k_equal.key), place(&k_old.key));
	assert_int_equal(dctx_registry_size(mine), 1);
	assert_int_equal(dctx_registry_add(open, &k_new.key), DCTX_OK);
	dctx_registry_free(mine);
	dctx_registry_free(open);
}

static void freeze_all(void *arg)
{
	static dctx_key_u64 k_late = DCTX_KEY_INIT_U64("late", DCTX_WIRE);
	const dctx_key *refused = NULL, *holder = &k_late.key;

	(void)arg;
	dctx_registry_freeze(NULL);
	DCTXT_EXPECT(dctx_registry_is_frozen(dctx_registry_global()));
	DCTXT_EXPECT(dctx_set(k_late, 1) == DCTX_FROZEN);
	DCTXT_EXPECT(dctx_scope_status() == DCTX_FROZEN);
	DCTXT_EXPECT(!dctx_has(k_late));
	DCTXT_EXPECT(dctx_set(k_user, "eve") == DCTX_OK);
	dctx_key_register_at_load(&k_late.key);
	DCTXT_EXPECT(dctx_registry_check(&refused, &holder) == DCTX_FROZEN);
	DCTXT_EXPECT(refused == &k_late.key && holder == NULL);
}

static void a_late_key_of_a_frozen_process_is_refused(void **state)
{
	(void)state;
	assert_true(dctxt_in_child(freeze_all, NULL));
}

static void a_freed_registrys_keys_keep_their_values(void **state)
{
	static dctx_key_u32 k_stays = DCTX_KEY_INIT_U32("stays", DCTX_WIRE);
	dctx_registry *mine = new_registry("mine"), *next;
	uint32_t where;

	(void)state;
	assert_int_equal(dctx_registry_add(mine, &k_stays.key), DCTX_OK);
	where = place(&k_stays.key);
	dctx_set(k_stays, 9);
	dctx_registry_free(mine);
	assert_int_equal(dctx_get(k_stays, 0), 9);
	next = new_registry("next");
	assert_int_equal(dctx_registry_add(next, &k_stays.key), DCTX_OK);
	assert_int_equal(place(&k_stays.key), where);
	dctx_registry_free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_new_registry_is_empty_and_has_a_name),
		DCTXT_TEST(a_registry_without_a_good_name_is_refused),
		DCTXT_TEST(no_registry_means_the_global_one),
		DCTXT_TEST(a_list_defines_its_keys),
		DCTXT_TEST(a_listed_key_can_be_set_and_read),
		DCTXT_TEST(a_list_goes_into_a_registry_of_ones_own),
		DCTXT_TEST(a_key_can_be_in_several_registries),
		DCTXT_TEST(equal_keys_of_two_registries_share_one_place),
		DCTXT_TEST(a_name_may_mean_another_key_in_each_registry),
		DCTXT_TEST(a_key_outside_the_global_registry_is_not_sent),
		DCTXT_TEST(in_one_registry_it_is_a_conflict_that_names_both),
		DCTXT_TEST(a_key_that_has_a_place_can_conflict_elsewhere),
		DCTXT_TEST(nothing_of_a_batch_with_a_bad_key_gets_in),
		DCTXT_TEST(refused_batches_fill_no_table),
		DCTXT_TEST(a_batch_may_have_equal_keys_and_known_ones),
		DCTXT_TEST(a_frozen_registry_lets_no_new_name_in),
		DCTXT_TEST(a_late_key_of_a_frozen_process_is_refused),
		DCTXT_TEST(a_freed_registrys_keys_keep_their_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
