/* SPDX-License-Identifier: MIT */
/*
 * options_test.c - proves that a key's options are looked at when it is
 * registered: a codec must be whole, migrations must each lead to the version
 * there is, none of it is for a key that stays, and all of it counts when two
 * keys are compared.
 */
#include "kit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static dctx_status encode(const void *value, dctx_writer *w)
{
	dctx_write_u32(w, *(const uint32_t *)value);
	return DCTX_OK;
}

static dctx_status decode(void *value, dctx_reader *r)
{
	return dctx_read_u32(r, value);
}

static dctx_status convert(const void *older, void *newer, dctx_reader *room)
{
	(void)room;
	memcpy(newer, older, sizeof(uint32_t));
	return DCTX_OK;
}

static const dctx_codec wide = {sizeof(dctx_codec), "wide", encode, decode};
static const dctx_type opaque = {.struct_size = sizeof(dctx_type),
				 .name = "opaque",
				 .size = 4};

/* A key that travels, with a codec and migrations; each its own name. */
static dctx_key *key_with(uint32_t version, const dctx_codec *codec,
			  const dctx_migration *migrations, size_t n)
{
	enum { MOST = 100 };
	static dctx_key keys[MOST];
	static dctx_key_options options[MOST];
	static char names[MOST][8];
	static int used;

	assert_in_range(used, 0, MOST - 1);
	names[used][0] = (char)('a' + used / 26);
	names[used][1] = (char)('a' + used % 26);
	options[used] = (dctx_key_options){sizeof(dctx_key_options), codec,
					   migrations, n};
	keys[used] = (dctx_key){.kind = DCTX_KIND_U32,
				.policy = DCTX_WIRE,
				.version = version,
				.name = names[used],
				.options = &options[used]};
	return &keys[used++];
}

static dctx_status try_key(uint32_t version, const dctx_codec *codec,
			   const dctx_migration *migrations, size_t n)
{
	dctx_key *key = key_with(version, codec, migrations, n);
	dctx_status status = dctx_key_register(key);

	assert_int_equal(key->page != 0, status == DCTX_OK);
	return status;
}

static const dctx_key_options with_codec = {sizeof(dctx_key_options), &wide,
					    NULL, 0};
DCTX_KEY_U32(k_coded, "coded", DCTX_WIRE, 2, &with_codec);
DCTX_KEY_DECLARE_TYPE(k_typed, struct dctxt_thing);
DCTX_KEY_TYPE(k_typed, "typed", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_WIRE, 1, &with_codec);

static void a_macro_takes_options(void **state)
{
	static const dctx_key_u32 k_init =
		DCTX_KEY_INIT_U32("init", DCTX_WIRE, 3, &with_codec);
	static const DCTX_KEY_OF(struct dctxt_thing) k_of = DCTX_KEY_INIT_TYPE(
		"of", struct dctxt_thing, &dctxt_thing_type, DCTX_WIRE, 5,
		&with_codec);

	(void)state;
	assert_ptr_equal(k_coded.key.options, &with_codec);
	assert_ptr_equal(k_typed.key.options, &with_codec);
	assert_ptr_equal(k_init.key.options, &with_codec);
	assert_int_equal(k_init.key.version, 3);
	assert_ptr_equal(k_of.key.options, &with_codec);
	assert_int_equal(k_of.key.version, 5);
	assert_int_not_equal(k_coded.key.page, 0);
	assert_int_not_equal(k_typed.key.page, 0);
}

static void a_key_of_a_type_needs_no_declaration(void **state)
{
	static DCTX_KEY_OF(struct dctxt_thing) k_thing = DCTX_KEY_INIT_TYPE(
		"undeclared", struct dctxt_thing, &dctxt_thing_type);
	struct dctxt_thing thing = {.id = 6};

	(void)state;
	assert_int_equal(dctx_set(k_thing, &thing), DCTX_OK);
	assert_int_equal(dctx_get(k_thing, NULL)->id, 6);
}

static void a_codec_must_be_whole(void **state)
{
	static char long_name[257];
	static const dctx_codec bad[] = {
		{sizeof(dctx_codec) - 1, "short", encode, decode},
		{sizeof(dctx_codec), NULL, encode, decode},
		{sizeof(dctx_codec), "", encode, decode},
		{sizeof(dctx_codec), "\xff", encode, decode},
		{sizeof(dctx_codec), long_name, encode, decode},
		{sizeof(dctx_codec), "reads", NULL, decode},
		{sizeof(dctx_codec), "writes", encode, NULL},
	};

	(void)state;
	memset(long_name, 'c', 256);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(try_key(1, &bad[i], NULL, 0), DCTX_INVALID);
	assert_int_equal(try_key(1, &wide, NULL, 0), DCTX_OK);
	assert_int_equal(try_key(1, &dctx_codec_builtin, NULL, 0), DCTX_OK);
	assert_int_equal(try_key(1, NULL, NULL, 0), DCTX_OK);
}

static void options_must_be_whole(void **state)
{
	static const dctx_key_options bad[] = {
		{sizeof(dctx_key_options) - 1, NULL, NULL, 0},
		{sizeof(dctx_key_options), NULL, NULL, 1},
		{sizeof(dctx_key_options), NULL, NULL, SIZE_MAX},
	};
	static dctx_key keys[COUNT(bad)];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		keys[i] = (dctx_key){.kind = DCTX_KIND_U32,
				     .policy = DCTX_WIRE,
				     .version = 1,
				     .name = "bad options",
				     .options = &bad[i]};
		assert_int_equal(dctx_key_register(&keys[i]), DCTX_INVALID);
	}
}

static void a_key_that_stays_has_no_codec_or_migration(void **state)
{
	static const dctx_migration m = {2,	1,    DCTX_KIND_U32,
					 NULL, NULL, convert};
	dctx_key *coded = key_with(1, &wide, NULL, 0);
	dctx_key *migrated = key_with(1, NULL, &m, 1);
	dctx_key *neither = key_with(1, NULL, NULL, 0);

	(void)state;
	coded->policy = DCTX_BAGGAGE | DCTX_LOG;
	migrated->policy = neither->policy = DCTX_LOCAL;
	assert_int_equal(dctx_key_register(coded), DCTX_INVALID);
	assert_int_equal(dctx_key_register(migrated), DCTX_INVALID);
	assert_int_equal(dctx_key_register(neither), DCTX_OK);
}

static void migrations_may_be_direct_chained_and_downgrades(void **state)
{
	static const dctx_migration direct[] = {
		{1, 0, DCTX_KIND_U16, NULL, NULL, convert},
		{2, 3, DCTX_KIND_STR, NULL, &wide, convert},
		{9, 0, DCTX_KIND_U32, NULL, &dctx_codec_builtin, convert},
	};
	static const dctx_migration chained[] = {
		{4, 3, DCTX_KIND_U64, NULL, NULL, convert},
		{2, 5, DCTX_KIND_U32, NULL, NULL, convert},
		{1, 2, DCTX_KIND_U16, NULL, NULL, convert},
		{3, 1, DCTX_KIND_TYPE, &dctxt_thing_type, NULL, convert},
	};

	(void)state;
	assert_int_equal(try_key(3, &wide, direct, COUNT(direct)), DCTX_OK);
	assert_int_equal(try_key(5, NULL, chained, COUNT(chained)), DCTX_OK);
}

static void a_migration_must_be_whole(void **state)
{
	static const dctx_type nameless = {.struct_size = sizeof(dctx_type),
					   .size = 4};
	static const dctx_codec half = {sizeof(dctx_codec), "half", encode,
					NULL};
	static const dctx_codec reads = {sizeof(dctx_codec), "reads", NULL,
					 decode};
	static const dctx_migration bad[] = {
		{2, 0, DCTX_KIND_U32, NULL, NULL, convert}, /* its own */
		{1, 0, DCTX_KIND_U32, NULL, NULL, NULL},
		{1, 0, (dctx_kind)0, NULL, NULL, convert},
		{1, 0, (dctx_kind)15, NULL, NULL, convert},
		{1, 0, DCTX_KIND_TYPE, NULL, NULL, convert},
		{1, 0, DCTX_KIND_U32, &dctxt_thing_type, NULL, convert},
		{1, 0, DCTX_KIND_TYPE, &nameless, NULL, convert},
		{1, 0, DCTX_KIND_TYPE, &opaque, NULL, convert},
		{1, 0, DCTX_KIND_TYPE, &opaque, &dctx_codec_builtin, convert},
		{1, 0, DCTX_KIND_U32, NULL, &half, convert},
	};
	static const dctx_migration coded = {1,	      0,      DCTX_KIND_TYPE,
					     &opaque, &reads, convert};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(try_key(2, NULL, &bad[i], 1), DCTX_INVALID);
	assert_int_equal(try_key(2, NULL, &coded, 1), DCTX_OK);
}

static void a_chain_that_does_not_arrive_is_invalid(void **state)
{
	static const dctx_migration astray = {1,    2,	  DCTX_KIND_U32,
					      NULL, NULL, convert};
	static const dctx_migration self = {1,	  1,	DCTX_KIND_U32,
					    NULL, NULL, convert};
	static const dctx_migration loop[] = {
		{1, 2, DCTX_KIND_U32, NULL, NULL, convert},
		{2, 1, DCTX_KIND_U32, NULL, NULL, convert},
		{3, 0, DCTX_KIND_U32, NULL, NULL, convert},
	};
	static const dctx_migration twice[] = {
		{1, 0, DCTX_KIND_U32, NULL, NULL, convert},
		{1, 0, DCTX_KIND_U16, NULL, NULL, convert},
	};

	(void)state;
	assert_int_equal(try_key(4, NULL, &astray, 1), DCTX_INVALID);
	assert_int_equal(try_key(4, NULL, &self, 1), DCTX_INVALID);
	assert_int_equal(try_key(4, NULL, loop, 2), DCTX_INVALID);
	assert_int_equal(try_key(4, NULL, loop, 3), DCTX_INVALID);
	assert_int_equal(try_key(4, NULL, twice, 2), DCTX_INVALID);
}

static void a_key_has_sixty_four_migrations_at_most(void **state)
{
	static dctx_migration many[65];

	(void)state;
	for (uint32_t i = 0; i < COUNT(many); i++)
		many[i] = (dctx_migration){
			.from = i + 1,
			.to = i + 2,
			.kind = DCTX_KIND_U32,
			.convert = convert,
		};
	assert_int_equal(try_key(65, NULL, many, 64), DCTX_OK);
	assert_int_equal(try_key(66, NULL, many, 65), DCTX_INVALID);
}

/* Two keys of one name, that are equal or not. */
static dctx_status pair(dctx_key *first, dctx_key *second)
{
	second->name = first->name;
	assert_int_equal(dctx_key_register(first), DCTX_OK);
	return dctx_key_register(second);
}

static void codecs_are_compared_by_name(void **state)
{
	static const dctx_codec twin = {sizeof(dctx_codec), "wide", encode,
					decode};
	static const dctx_codec other = {sizeof(dctx_codec), "other", encode,
					 decode};

	(void)state;
	assert_int_equal(pair(key_with(1, &wide, NULL, 0),
			      key_with(1, &twin, NULL, 0)),
			 DCTX_OK);
	assert_int_equal(pair(key_with(1, &wide, NULL, 0),
			      key_with(1, &other, NULL, 0)),
			 DCTX_CONFLICT);
	assert_int_equal(pair(key_with(1, &wide, NULL, 0),
			      key_with(1, NULL, NULL, 0)),
			 DCTX_CONFLICT);
	assert_int_equal(pair(key_with(1, &dctx_codec_builtin, NULL, 0),
			      key_with(1, NULL, NULL, 0)),
			 DCTX_OK);
}

#define LAST {2, 3, DCTX_KIND_U32, NULL, NULL, convert}

static void migrations_are_compared_step_by_step(void **state)
{
	static const dctx_migration base[] = {
		{1, 2, DCTX_KIND_U16, NULL, NULL, convert},
		LAST,
	};
	static const dctx_migration same[] = {
		{2, 0, DCTX_KIND_U32, NULL, &dctx_codec_builtin, convert},
		{1, 2, DCTX_KIND_U16, NULL, NULL, convert},
	};
	static const dctx_migration others[][2] = {
		{{1, 3, DCTX_KIND_U16, NULL, NULL, convert}, LAST},
		{{1, 2, DCTX_KIND_U8, NULL, NULL, convert}, LAST},
		{{1, 2, DCTX_KIND_U16, NULL, &wide, convert}, LAST},
		{{4, 2, DCTX_KIND_U16, NULL, NULL, convert}, LAST},
		{{1, 0, DCTX_KIND_U16, NULL, NULL, convert}, LAST},
	};

	(void)state;
	assert_int_equal(pair(key_with(3, NULL, base, 2),
			      key_with(3, NULL, same, 2)),
			 DCTX_OK);
	assert_int_equal(pair(key_with(3, NULL, same, 2),
			      key_with(3, NULL, base, 2)),
			 DCTX_OK);
	assert_int_equal(pair(key_with(3, NULL, base, 2),
			      key_with(3, NULL, &base[1], 1)),
			 DCTX_CONFLICT);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(pair(key_with(3, NULL, base, 2),
				      key_with(3, NULL, others[i], 2)),
				 DCTX_CONFLICT);
}

static void an_older_value_may_be_of_another_type(void **state)
{
	static const dctx_type now = {.struct_size = sizeof(dctx_type),
				      .name = "now",
				      .size = 4,
				      .decode = decode};
	static const dctx_type then = {.struct_size = sizeof(dctx_type),
				       .name = "then",
				       .size = 4,
				       .decode = decode};
	static const dctx_migration of_then = {
		1, 0, DCTX_KIND_TYPE, &then, NULL, convert};
	static const dctx_migration of_now = {
		1, 0, DCTX_KIND_TYPE, &now, NULL, convert};

	(void)state;
	for (int same = 0; same < 2; same++) {
		dctx_key *a = key_with(2, &wide, &of_then, 1);
		dctx_key *b = key_with(2, &wide, same ? &of_then : &of_now, 1);

		a->kind = b->kind = DCTX_KIND_TYPE;
		a->type = b->type = &now;
		assert_int_equal(pair(a, b), same ? DCTX_OK : DCTX_CONFLICT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_macro_takes_options),
		DCTXT_TEST(a_key_of_a_type_needs_no_declaration),
		DCTXT_TEST(a_codec_must_be_whole),
		DCTXT_TEST(options_must_be_whole),
		DCTXT_TEST(a_key_that_stays_has_no_codec_or_migration),
		DCTXT_TEST(migrations_may_be_direct_chained_and_downgrades),
		DCTXT_TEST(a_migration_must_be_whole),
		DCTXT_TEST(a_chain_that_does_not_arrive_is_invalid),
		DCTXT_TEST(a_key_has_sixty_four_migrations_at_most),
		DCTXT_TEST(codecs_are_compared_by_name),
		DCTXT_TEST(migrations_are_compared_step_by_step),
		DCTXT_TEST(an_older_value_may_be_of_another_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
