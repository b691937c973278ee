// SPDX-License-Identifier: MIT
/*
 * any_cxx_test.cc - proves that C++17 makes values of any kind, keeps memos and
 * shares boxes as C does.
 */
#include <dctx/dctx.h>

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>

extern "C" {
#include <cmocka.h>
}

namespace
{
struct user {
	int id;
};

const dctx_type user_type = {sizeof(dctx_type), "any user", sizeof(user),
			     nullptr,		nullptr,    nullptr,
			     nullptr,		nullptr,    nullptr};
enum colour { red, green };
}

DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);
DCTX_KEY_STR(k_name, "name", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_user, user);
DCTX_KEY_TYPE(k_user, "user", user, &user_type);

static void a_cxx_value_gets_the_kind_of_its_type(void **)
{
	char text[] = "text";
	const char *none = nullptr;
	const dctx_bytes bytes = {"b", 1};
	const user eve = {7};

	assert_int_equal(DCTX_ANY(true).kind, DCTX_KIND_BOOL);
	assert_int_equal(DCTX_ANY(static_cast<std::int8_t>(-1)).kind,
			 DCTX_KIND_I8);
	assert_int_equal(DCTX_ANY(static_cast<std::uint16_t>(1)).kind,
			 DCTX_KIND_U16);
	assert_int_equal(DCTX_ANY(-1).kind, DCTX_KIND_I32);
	assert_int_equal(DCTX_ANY(INT64_MIN).kind, DCTX_KIND_I64);
	assert_true(DCTX_ANY(INT64_MIN).as.i == INT64_MIN);
	assert_true(DCTX_ANY(UINT64_MAX).as.u == UINT64_MAX);
	assert_int_equal(DCTX_ANY(1.5f).kind, DCTX_KIND_F32);
	assert_int_equal(DCTX_ANY(1.5).kind, DCTX_KIND_F64);
	assert_int_equal(DCTX_ANY(text).kind, DCTX_KIND_STR);
	assert_int_equal(DCTX_ANY("text").as.bytes.len, 4);
	assert_int_equal(DCTX_ANY(none).kind, 0);
	assert_int_equal(DCTX_ANY(bytes).kind, DCTX_KIND_BYTES);
	assert_true(DCTX_ANY(green).as.u == 1);
	assert_ptr_equal(DCTX_ANY_OBJECT(&user_type, &eve).as.object, &eve);
}

static void values_are_set_and_read_by_name(void **)
{
	const std::string name = "ann";
	const user eve = {7};
	dctx_any value = DCTX_ANY(8);
	dctx_scope scope("named");

	assert_int_equal(dctx_set_named("tenant", &DCTX_ANY(7)), DCTX_OK);
	assert_int_equal(dctx_get(k_tenant, 0), 7);
	assert_int_equal(dctx_set_any(&k_tenant.key, &value), DCTX_OK);
	assert_int_equal(dctx_get(k_tenant, 0), 8);
	assert_int_equal(dctx_set_named("name", &DCTX_ANY(name.c_str())),
			 DCTX_OK);
	assert_int_equal(
		dctx_set_named("user", &DCTX_ANY_OBJECT(&user_type, &eve)),
		DCTX_OK);
	assert_int_equal(dctx_get(k_user, nullptr)->id, 7);
	assert_int_equal(dctx_get_named("name", &value), DCTX_OK);
	assert_string_equal(value.as.bytes.data, "ann");
	assert_int_equal(dctx_set_named("name", &DCTX_ANY(1)),
			 DCTX_WRONG_TYPE);
}

static void all_is_listed(void **)
{
	dctx_item items[4];
	dctx_scope scope("listed");

	dctx_set(k_name, "ann");
	dctx_set(k_tenant, 7);
	assert_int_equal(dctx_list(DCTX_LIST_SCOPE, items, 4), 2);
	assert_ptr_equal(items[0].key, &k_tenant.key);
	assert_int_equal(items[0].value.as.u, 7);
}

static void a_memo_keeps_a_local_under_its_name(void **)
{
	int attempt = 3;
	const char *place = "here";
	const std::string text = "text";
	dctx_scope scope("memo");

	assert_int_equal(DCTX_MEMO(attempt), DCTX_OK);
	attempt = 4;
	DCTX_MEMO(place);
	dctx_note_set("text", &DCTX_ANY(text.c_str()));
	{
		dctx_scope inner("inner");
		DCTX_MEMO(attempt);
		assert_int_equal(dctx_note("attempt").as.i, 4);
	}
	assert_int_equal(dctx_note("attempt").as.i, 3);
	assert_string_equal(dctx_note("place").as.bytes.data, "here");
	assert_string_equal(dctx_note("text").as.bytes.data, "text");
	assert_int_equal(dctx_notes(nullptr, 0), 3);
}

static void a_box_is_adopted(void **)
{
	dctx_boxed *box = nullptr, *again = nullptr;
	dctx_scope scope("boxed");

	assert_int_equal(dctx_boxed_new(&DCTX_ANY("boxed"), &box), DCTX_OK);
	assert_int_equal(dctx_adopt(&k_name.key, box), DCTX_OK);
	assert_string_equal(dctx_get(k_name, ""), "boxed");
	assert_int_equal(dctx_share(&k_name.key, &again), DCTX_OK);
	assert_ptr_equal(again, box);
	dctx_boxed_unref(again);
}

int main()
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cxx_value_gets_the_kind_of_its_type),
		cmocka_unit_test(values_are_set_and_read_by_name),
		cmocka_unit_test(all_is_listed),
		cmocka_unit_test(a_memo_keeps_a_local_under_its_name),
		cmocka_unit_test(a_box_is_adopted),
	};

	return cmocka_run_group_tests(tests, nullptr, nullptr);
}
