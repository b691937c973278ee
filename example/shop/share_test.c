/* SPDX-License-Identifier: MIT */
/* share_test.c - what a service may say that it has gathered. */
#include "shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a service says that has set so much; no tenant goes back. */
static void say(char *text, size_t size, int cents)
{
	DCTX_SCOPE("service");
	dctx_gather_add(&k_cost.key, &DCTX_ANY(cents));
	dctx_gather_add(&k_warnings.key, &DCTX_ANY("few left"));
	dctx_set(k_tenant, 7);
	assert_true(shop_give_share(text, size));
}

static void a_share_adds_up_with_what_is_there(void **state)
{
	char text[256];

	(void)state;
	say(text, sizeof(text), 40);
	DCTX_SCOPE("caller");
	dctx_gather_add(&k_cost.key, &DCTX_ANY(2));
	shop_join_share(text);
	shop_join_share(text);
	assert_int_equal(82, dctx_get(k_cost, 0));
	assert_string_equal("few left", dctx_get(k_warnings, ""));
	assert_int_equal(0, dctx_get(k_tenant, 0));
}

static void a_share_of_nothing_is_one(void **state)
{
	char text[256];

	(void)state;
	DCTX_SCOPE("service");
	assert_true(shop_give_share(text, sizeof(text)));
	shop_join_share(text);
	assert_false(dctx_has(k_cost));
}

static void a_share_that_has_no_room_is_not_given(void **state)
{
	char text[8];

	(void)state;
	DCTX_SCOPE("service");
	dctx_gather_add(&k_cost.key, &DCTX_ANY(2));
	assert_false(shop_give_share(text, sizeof(text)));
}

static void a_share_that_is_none_changes_nothing(void **state)
{
	char text[8 * 1024];

	(void)state;
	DCTX_SCOPE("caller");
	dctx_gather_add(&k_cost.key, &DCTX_ANY(2));
	shop_join_share("");
	shop_join_share("no*base64");
	shop_join_share("AgAAAP////8=");
	memset(text, 'A', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	shop_join_share(text);
	assert_int_equal(2, dctx_get(k_cost, 0));
}

static void a_cut_share_changes_nothing(void **state)
{
	char text[256];

	(void)state;
	say(text, sizeof(text), 40);
	DCTX_SCOPE("caller");
	for (size_t len = strlen(text); len-- > 0;) {
		text[len] = '\0';
		shop_join_share(text);
	}
	assert_false(dctx_has(k_cost));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_share_adds_up_with_what_is_there),
		cmocka_unit_test(a_share_of_nothing_is_one),
		cmocka_unit_test(a_share_that_has_no_room_is_not_given),
		cmocka_unit_test(a_share_that_is_none_changes_nothing),
		cmocka_unit_test(a_cut_share_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
