// SPDX-License-Identifier: MIT
/*
 * cxx_test.cc - proves that C++17 defines, lists, registers and uses keys as C
 * does, by value and in namespaces.
 */
#include <dctx/dctx.h>

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" {
#include <cmocka.h>
}

namespace
{
struct user {
	int id;
};

const dctx_type user_type = {sizeof(dctx_type), "cxx user", sizeof(user),
			     nullptr,		nullptr,    nullptr,
			     nullptr,		nullptr,    nullptr};
const dctx_meta label = {"cxx.label"};
}

#define SHOP_KEYS(X)                                                          \
	X(STR, k_rid, "cxx.rid", DCTX_WIRE | DCTX_LOG)                        \
	X(I64, k_count, "cxx.count", DCTX_LOCAL)                              \
	X(TYPE, k_user, "cxx.user", user, &user_type)
DCTX_KEYS_DECLARE(SHOP_KEYS);
DCTX_KEYS_DEFINE(SHOP_KEYS);
DCTX_KEY_META(k_rid, label, "request");

#define OWN_KEYS(X)                                                           \
	X(BOOL, k_own, "cxx.own", DCTX_WIRE, 2)                               \
	X(STR, k_other, "cxx.rid", DCTX_LOCAL)
DCTX_KEYS_DECLARE(OWN_KEYS);
DCTX_KEYS_DEFINE_ONLY(OWN_KEYS);

namespace shop
{
static DCTX_KEY_OF(user) k_guest =
	DCTX_KEY_INIT_TYPE("cxx.guest", user, &user_type);
static dctx_key_u8 k_level = DCTX_KEY_INIT_U8("cxx.level", DCTX_LOCAL);
}

static void a_list_defines_its_keys_in_cxx(void **)
{
	const user eve = {7};
	const char *text = static_cast<const char *>(
		dctx_meta_get(&k_rid.key, &label));
	dctx_scope scope("cxx");

	assert_ptr_equal(dctx_registry_find(nullptr, "cxx.rid"), &k_rid.key);
	assert_string_equal(text, "request");
	dctx_set(k_rid, "r-1");
	dctx_set(k_count, -4);
	dctx_set(k_user, &eve);
	assert_string_equal(dctx_get(k_rid, ""), "r-1");
	assert_int_equal(dctx_get(k_count, 0), -4);
	assert_int_equal(dctx_get(k_user, nullptr)->id, 7);
}

static void keys_go_into_a_registry_of_ones_own_in_cxx(void **)
{
	dctx_registry *mine = nullptr;

	assert_int_equal(dctx_registry_new("mine", &mine), DCTX_OK);
	assert_int_equal(DCTX_REGISTER_KEYS(mine, OWN_KEYS), DCTX_OK);
	assert_int_equal(DCTX_REGISTER(mine, &shop::k_guest.key,
				       &shop::k_level.key),
			 DCTX_OK);
	assert_int_equal(DCTX_REGISTER(mine, &k_rid.key), DCTX_CONFLICT);
	assert_ptr_equal(dctx_last_error()->holder, &k_other.key);
	assert_int_equal(dctx_registry_size(mine), 4);
	assert_ptr_equal(dctx_registry_nth(mine, 3), &shop::k_level.key);
	assert_null(dctx_registry_find(nullptr, "cxx.own"));
	dctx_registry_free(mine);
}

static void a_key_by_value_is_used_like_any_other(void **)
{
	static dctx_key_str copy = DCTX_KEY_INIT_STR("cxx.copy", DCTX_WIRE);
	static dctx_key_str twin = copy;
	const user guest = {3};
	dctx_scope scope("cxx");

	dctx_set(copy, "one");
	dctx_set(twin, "two");
	dctx_set(shop::k_guest, &guest);
	dctx_set(shop::k_level, 200);
	assert_string_equal(dctx_get(copy, ""), "two");
	assert_int_equal(dctx_get(shop::k_guest, nullptr)->id, 3);
	assert_int_equal(dctx_get(shop::k_level, 0), 200);
}

static dctx_status convert(const void *older, void *newer, dctx_reader *)
{
	*static_cast<std::uint32_t *>(newer) =
		*static_cast<const std::uint16_t *>(older);
	return DCTX_OK;
}

static void options_are_written_in_cxx(void **)
{
	static const dctx_migration older[] = {
		{1, 0, DCTX_KIND_U16, nullptr, nullptr, convert}};
	static const dctx_key_options options = {
		sizeof(dctx_key_options), &dctx_codec_builtin, older, 1};
	static dctx_key_u32 key =
		DCTX_KEY_INIT_U32("cxx.options", DCTX_WIRE, 2, &options);
	static dctx_key_u32 self =
		DCTX_KEY_INIT_U32("cxx.self", DCTX_WIRE, 1, &options);

	assert_int_equal(dctx_key_register(&key.key), DCTX_OK);
	assert_int_equal(dctx_key_register(&self.key), DCTX_INVALID);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_defines_its_keys_in_cxx),
		cmocka_unit_test(keys_go_into_a_registry_of_ones_own_in_cxx),
		cmocka_unit_test(a_key_by_value_is_used_like_any_other),
		cmocka_unit_test(options_are_written_in_cxx),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
