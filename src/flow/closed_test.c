/* SPDX-License-Identifier: MIT */
/*
 * A closed key's set fails while no page and no directory is to be had: what
 * hides it lies in the log. What is set after that, and leaving, must make no
 * more of the level than they would have, and give all of it back.
 */
#include "plat/heap.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* They fill a page, whatever their order, so that the closed key, which is
 * registered by its first set, is on another one. */
DCTX_KEY_U64(k_0, "0", DCTX_LOCAL);
DCTX_KEY_U64(k_1, "1", DCTX_LOCAL);
DCTX_KEY_U64(k_2, "2", DCTX_LOCAL);
DCTX_KEY_U64(k_3, "3", DCTX_LOCAL);
DCTX_KEY_U64(k_4, "4", DCTX_LOCAL);
DCTX_KEY_U64(k_5, "5", DCTX_LOCAL);
DCTX_KEY_U64(k_6, "6", DCTX_LOCAL);
DCTX_KEY_U64(k_7, "7", DCTX_LOCAL);
static dctx_key tenant = {.kind = DCTX_KIND_STR,
			  .policy = DCTX_CLOSED,
			  .name = "tenant"};

static const char *get_tenant(void)
{
	return dctx_store_get_str(dctx_current(), &tenant, "-");
}

static void refuse_a_set(void)
{
	static char large[3000];

	memset(large, 'x', sizeof(large) - 1);
	dctxi_refusal.countdown = 0;
	assert_int_equal(dctx_store_set_str(dctx_current(), &tenant, large),
			 DCTX_NOMEM);
	dctxi_refusal.countdown = -1;
	assert_string_equal(get_tenant(), "-");
}

/* Sets keys of a page that the level had before; gives how often memory was
 * asked for. */
static long set_more(void)
{
	long before = dctxi_refusal.asked;

	for (uint64_t i = 0; i < 10; i++) {
		assert_int_equal(dctx_set(k_0, i), DCTX_OK);
		assert_int_equal(dctx_set(k_1, i), DCTX_OK);
	}
	return dctxi_refusal.asked - before;
}

static void sets_after_a_hiding_ask_for_one_directory(void **state)
{
	dctx_snapshot *snapshot;
	dctx_guard attach;

	(void)state;
	dctx_store_set_str(dctx_current(), &tenant, "outer");
	dctx_set(k_0, 1);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_int_equal(dctx_attach(snapshot, &attach), DCTX_OK);
	dctx_set(k_0, 2);
	{
		DCTX_SCOPE("inner");
		refuse_a_set();
		assert_true(set_more() <= 1);
		assert_string_equal(get_tenant(), "-");
	}
	assert_int_equal(dctx_get(k_0, 0), 2);
	assert_false(dctx_has(k_1));
	assert_string_equal(get_tenant(), "outer");
	refuse_a_set();
	assert_true(set_more() <= 1);
	dctx_leave(attach);
	assert_int_equal(dctx_get(k_0, 0), 1);
	assert_string_equal(get_tenant(), "outer");
	dctx_snapshot_unref(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_after_a_hiding_ask_for_one_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
