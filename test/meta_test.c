/* SPDX-License-Identifier: MIT */
/*
 * meta_test.c - proves that a key has one value of each type of metadata,
 * shared with its equals, found in the order of registration, closed with the
 * registry, bounded, and readable while others write.
 */
#include "kit.h"

#include <stdio.h>

static const dctx_meta log_field = {"test.log_field"};
static const dctx_meta header = {"test.header"};

DCTX_KEY_STR(k_rid, "rid", DCTX_WIRE | DCTX_LOG);
DCTX_KEY_META(k_rid, log_field, "request_id");
DCTX_KEY_META(k_rid, header, "x-request-id");
DCTX_KEY_U64(k_tenant, "tenant", DCTX_WIRE);
DCTX_KEY_META(k_tenant, log_field, "tenant_id");
DCTX_KEY_U64(k_plain, "plain", DCTX_LOCAL);

static void metadata_is_there_before_main_by_its_type(void **state)
{
	(void)state;
	assert_string_equal(dctx_meta_get(&k_rid.key, &log_field),
			    "request_id");
	assert_string_equal(dctx_meta_get(&k_rid.key, &header), "x-request-id");
	assert_string_equal(dctx_meta_get(&k_tenant.key, &log_field),
			    "tenant_id");
	assert_null(dctx_meta_get(&k_tenant.key, &header));
	assert_null(dctx_meta_get(&k_plain.key, &log_field));
}

static void equal_names_mean_the_same_type_of_metadata(void **state)
{
	const dctx_meta twin = {"test.log_field"};

	(void)state;
	assert_string_equal(dctx_meta_get(&k_rid.key, &twin), "request_id");
}

static void metadata_is_kept_replaced_and_taken_away(void **state)
{
	static const dctx_meta note = {"test.note"};
	static const int one = 1, two = 2;

	(void)state;
	assert_int_equal(dctx_meta_set(&k_plain.key, &note, NULL), DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_plain.key, &note, &one), DCTX_OK);
	assert_ptr_equal(dctx_meta_get(&k_plain.key, &note), &one);
	assert_int_equal(dctx_meta_set(&k_plain.key, &note, &two), DCTX_OK);
	assert_ptr_equal(dctx_meta_get(&k_plain.key, &note), &two);
	assert_int_equal(dctx_meta_set(&k_plain.key, &note, NULL), DCTX_OK);
	assert_null(dctx_meta_get(&k_plain.key, &note));
	assert_null(dctx_meta_next(NULL, &note, NULL));
	assert_int_equal(dctx_meta_set(&k_plain.key, &note, &one), DCTX_OK);
	assert_ptr_equal(dctx_meta_next(NULL, &note, NULL), &k_plain.key);
	assert_int_equal(dctx_meta_set(&k_plain.key, &note, NULL), DCTX_OK);
}

static void equal_keys_share_their_metadata(void **state)
{
	static dctx_key_u64 k_twin = DCTX_KEY_INIT_U64("tenant", DCTX_WIRE);
	static dctx_key_u64 k_other = DCTX_KEY_INIT_U64("rid", DCTX_LOCAL);
	dctx_registry *mine = NULL;

	(void)state;
	assert_null(dctx_meta_get(&k_twin.key, &log_field));
	assert_int_equal(dctx_registry_new("mine", &mine), DCTX_OK);
	assert_int_equal(dctx_registry_add(mine, &k_twin.key), DCTX_OK);
	assert_string_equal(dctx_meta_get(&k_twin.key, &log_field),
			    "tenant_id");
	dctx_registry_free(mine);
	assert_int_equal(dctx_registry_new("other", &mine), DCTX_OK);
	assert_int_equal(dctx_registry_add(mine, &k_other.key), DCTX_OK);
	assert_null(dctx_meta_get(&k_other.key, &log_field));
	assert_null(dctx_meta_next(mine, &log_field, NULL));
	assert_non_null(dctx_meta_next(NULL, &log_field, &k_rid.key));
	assert_null(dctx_meta_next(NULL, &log_field, &k_other.key));
	dctx_registry_free(mine);
}

static void a_key_made_by_hand_is_registered_by_its_metadata(void **state)
{
	static dctx_key_bool k_hand = DCTX_KEY_INIT_BOOL("hand", DCTX_LOCAL);
	static dctx_key_bool k_clash = DCTX_KEY_INIT_BOOL("rid", DCTX_LOCAL);

	(void)state;
	assert_int_equal(dctx_meta_set(&k_hand.key, &header, "x"), DCTX_OK);
	assert_ptr_equal(dctx_registry_find(NULL, "hand"), &k_hand.key);
	assert_int_equal(dctx_meta_set(&k_hand.key, &header, NULL), DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_clash.key, &header, "x"),
			 DCTX_CONFLICT);
	assert_ptr_equal(dctx_last_error()->holder, &k_rid.key);
	assert_string_equal(dctx_meta_get(&k_rid.key, &header), "x-request-id");
}

static void keys_with_metadata_come_in_order_of_registration(void **state)
{
	static dctx_key_u8 k_a = DCTX_KEY_INIT_U8("order.a", DCTX_LOCAL);
	static dctx_key_u8 k_b = DCTX_KEY_INIT_U8("order.b", DCTX_LOCAL);
	static dctx_key_u8 k_c = DCTX_KEY_INIT_U8("order.c", DCTX_LOCAL);
	static const dctx_meta mark = {"test.mark"};
	dctx_registry *mine = NULL;

	(void)state;
	assert_int_equal(dctx_registry_new("mine", &mine), DCTX_OK);
	assert_int_equal(DCTX_REGISTER(mine, &k_c.key, &k_a.key, &k_b.key),
			 DCTX_OK);
	assert_null(dctx_meta_next(mine, &mark, NULL));
	assert_int_equal(dctx_meta_set(&k_a.key, &mark, "1"), DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_c.key, &mark, "2"), DCTX_OK);
	assert_ptr_equal(dctx_meta_next(mine, &mark, NULL), &k_c.key);
	assert_ptr_equal(dctx_meta_next(mine, &mark, &k_c.key), &k_a.key);
	assert_null(dctx_meta_next(mine, &mark, &k_a.key));
	assert_null(dctx_meta_next(mine, &mark, &k_b.key));
	assert_null(dctx_meta_next(NULL, &mark, NULL));
	assert_null(dctx_meta_next(mine, &mark, &k_rid.key));
	dctx_registry_free(mine);
}

static void a_bad_argument_changes_nothing(void **state)
{
	static char long_name[257];
	static const dctx_meta bad[] = {
		{NULL}, {""}, {"\xff"}, {long_name}};
	static const dctx_key nowhere = {.kind = DCTX_KIND_U8};
	static dctx_key_u8 k_new = DCTX_KEY_INIT_U8("never", DCTX_LOCAL);

	(void)state;
	memset(long_name, 'm', 256);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(dctx_meta_set(&k_new.key, &bad[i], "x"),
				 DCTX_INVALID);
		assert_null(dctx_meta_get(&k_rid.key, &bad[i]));
	}
	assert_int_equal(dctx_meta_set(NULL, &header, "x"), DCTX_INVALID);
	assert_int_equal(dctx_meta_set(&k_new.key, NULL, "x"), DCTX_INVALID);
	assert_null(dctx_registry_find(NULL, "never"));
	assert_null(dctx_meta_get(NULL, &header));
	assert_null(dctx_meta_get(&k_rid.key, NULL));
	assert_null(dctx_meta_get(&nowhere, &header));
	assert_null(dctx_meta_next(NULL, NULL, NULL));
	assert_null(dctx_meta_next(NULL, &header, &nowhere));
}

static void a_frozen_registrys_keys_keep_their_metadata(void **state)
{
	static dctx_key_u8 k_mine = DCTX_KEY_INIT_U8("frozen", DCTX_LOCAL);
	dctx_registry *mine = NULL;

	(void)state;
	assert_int_equal(dctx_registry_new("mine", &mine), DCTX_OK);
	assert_int_equal(DCTX_REGISTER(mine, &k_mine.key, &k_rid.key), DCTX_OK);
	dctx_registry_freeze(mine);
	assert_int_equal(dctx_meta_set(&k_mine.key, &header, "x"), DCTX_FROZEN);
	assert_string_equal(dctx_last_error()->what, "frozen");
	assert_int_equal(dctx_meta_set(&k_rid.key, &header, NULL), DCTX_FROZEN);
	assert_int_equal(dctx_meta_set(&k_mine.key, &header, NULL), DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_rid.key, &header,
				       dctx_meta_get(&k_rid.key, &header)),
			 DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_tenant.key, &header, "t"), DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_tenant.key, &header, NULL), DCTX_OK);
	assert_string_equal(dctx_meta_get(&k_rid.key, &header), "x-request-id");
	dctx_registry_free(mine);
	assert_int_equal(dctx_meta_set(&k_mine.key, &header, "x"), DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_mine.key, &header, NULL), DCTX_OK);
}

static void refuse_at_load(void *arg)
{
	static dctx_key_u8 k_clash = DCTX_KEY_INIT_U8("rid", DCTX_LOCAL);
	const dctx_key *refused = NULL, *holder = &k_rid.key;

	(void)arg;
	dctx_registry_freeze(NULL);
	dctx_meta_set_at_load(&k_plain.key, &header, "x");
	DCTXT_EXPECT(dctx_registry_check(&refused, &holder) == DCTX_FROZEN);
	DCTXT_EXPECT(refused == &k_plain.key && holder == NULL);
	DCTXT_EXPECT(dctxt_count(DCTX_EV_KEY_CONFLICT) == 1);
	dctx_meta_set_at_load(&k_clash.key, &header, "x");
	DCTXT_EXPECT(dctxt_count(DCTX_EV_KEY_CONFLICT) == 2);
	dctx_meta_set_at_load(&k_plain.key, NULL, "x");
	DCTXT_EXPECT(dctxt_count(DCTX_EV_KEY_CONFLICT) == 3);
	dctx_key_register_at_load(NULL);
	DCTXT_EXPECT(dctxt_count(DCTX_EV_KEY_CONFLICT) == 4);
	DCTXT_EXPECT(dctx_meta_get(&k_plain.key, &header) == NULL);
}

static void a_refusal_at_load_is_told(void **state)
{
	(void)state;
	assert_true(
		dctxt_in_child(refuse_at_load, NULL));
}

enum { TYPES = 64 };
static char type_names[TYPES + 1][24];
static dctx_meta types[TYPES + 1];

static void name_types(void)
{
	for (int i = 0; i <= TYPES; i++) {
		snprintf(type_names[i], sizeof(type_names[i]), "type %d", i);
		types[i].name = type_names[i];
	}
}

static void a_key_has_sixty_four_types_at_most(void **state)
{
	static dctx_key_u8 k_full = DCTX_KEY_INIT_U8("full", DCTX_LOCAL);

	(void)state;
	name_types();
	for (int i = 0; i < TYPES; i++)
		assert_int_equal(dctx_meta_set(&k_full.key, &types[i], "x"),
				 DCTX_OK);
	assert_int_equal(dctx_meta_set(&k_full.key, &types[TYPES], "x"),
			 DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->limit, TYPES);
	assert_string_equal(dctx_last_error()->what, "full");
	assert_int_equal(dctx_meta_set(&k_full.key, &types[3], "y"), DCTX_OK);
	assert_string_equal(dctx_meta_get(&k_full.key, &types[3]), "y");
	assert_null(dctx_meta_get(&k_full.key, &types[TYPES]));
}

enum { THREADS = 4, OWN = 15, ROUNDS = 2000 };
static const char *const values[THREADS] = {"0", "1", "2", "3"};
static dctx_key_u8 k_busy = DCTX_KEY_INIT_U8("busy", DCTX_LOCAL);
static const dctx_meta busy = {"test.busy"};

struct writer {
	int number;
};

/* Each writes one type that all write, and some that nobody else does. */
static void *write_and_read(void *arg)
{
	const struct writer *me = arg;

	for (int i = 0; i < ROUNDS; i++) {
		const dctx_meta *own = &types[me->number * OWN + i % OWN];
		const char *seen;

		DCTXT_EXPECT(dctx_meta_set(&k_busy.key, &busy,
					   values[me->number]) == DCTX_OK);
		seen = dctx_meta_get(&k_busy.key, &busy);
		DCTXT_EXPECT(seen != NULL && *seen >= '0' && *seen <= '3');
		DCTXT_EXPECT(dctx_meta_get(&k_busy.key, own) ==
			     (i < OWN ? NULL : own));
		DCTXT_EXPECT(dctx_meta_set(&k_busy.key, own, own) == DCTX_OK);
		DCTXT_EXPECT(dctx_meta_next(NULL, &busy, NULL) == &k_busy.key);
	}
	return NULL;
}

static void metadata_is_read_while_others_write(void **state)
{
	struct writer writers[THREADS] = {{0}, {1}, {2}, {3}};

	(void)state;
	name_types();
	assert_int_equal(dctx_key_register(&k_busy.key), DCTX_OK);
	dctxt_together(THREADS, write_and_read, writers, sizeof(writers[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(metadata_is_there_before_main_by_its_type),
		DCTXT_TEST(equal_names_mean_the_same_type_of_metadata),
		DCTXT_TEST(metadata_is_kept_replaced_and_taken_away),
		DCTXT_TEST(equal_keys_share_their_metadata),
		DCTXT_TEST(a_key_made_by_hand_is_registered_by_its_metadata),
		DCTXT_TEST(keys_with_metadata_come_in_order_of_registration),
		DCTXT_TEST(a_bad_argument_changes_nothing),
		DCTXT_TEST(a_frozen_registrys_keys_keep_their_metadata),
		DCTXT_TEST(a_refusal_at_load_is_told),
		DCTXT_TEST(a_key_has_sixty_four_types_at_most),
		DCTXT_TEST(metadata_is_read_while_others_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
