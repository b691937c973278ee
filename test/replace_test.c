/* SPDX-License-Identifier: MIT */
/*
 * replace_test.c - proves that sets, replaces and unsets of one key mix in any
 * order, and that all of them revert with their scope.
 */
#include "kit.h"

DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static void set_by(dctx_status (*how)(dctx_store *, dctx_key *, const void *),
		   int id)
{
	struct dctxt_thing made = {.id = id};

	assert_int_equal(how(dctx_current(), &k_thing.key, &made), DCTX_OK);
	assert_int_equal(dctx_get(k_thing, NULL)->id, id);
}

/* Every row of five sets, replaces and unsets. */
static void sets_and_replaces_in_turn_revert_with_their_scope(void **state)
{
	(void)state;
	set_by(dctx_store_set_type, 100);
	for (int row = 0; row < 243; row++) {
		dctx_guard guard = dctx_enter("sets and replaces"), above;

		for (int i = 0, left = row; i < 5; i++, left /= 3) {
			if (left % 3 == 0)
				set_by(dctx_store_set_type, i);
			else if (left % 3 == 1)
				set_by(dctx_store_replace_type, i);
			else
				dctx_unset(k_thing);
		}
		above = dctx_enter("above");
		if (row % 2 == 0)
			assert_int_equal(dctx_scope_retire(guard), DCTX_OK);
		dctx_leave(above);
		if (row % 2 != 0)
			dctx_leave(guard);
		assert_int_equal(dctx_get(k_thing, NULL)->id, 100);
		assert_int_equal(dctxt_alive(), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(sets_and_replaces_in_turn_revert_with_their_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
