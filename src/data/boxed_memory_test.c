/* SPDX-License-Identifier: MIT */
/*
 * boxed_memory_test.c - proves that a box that finds no memory is none: the
 * call fails and nothing is written, whatever the value's kind.
 */
#include "plat/heap.h"
#include "plat/local.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static const dctx_type type = {
	.struct_size = sizeof type, .name = "plain", .size = sizeof(int)};

static void a_box_without_memory_is_none(void **state)
{
	const dctx_any values[] = {
		{.kind = DCTX_KIND_U8, .as.u = 1},
		{.kind = DCTX_KIND_STR, .as.bytes = {"text", 4}},
		{.kind = DCTX_KIND_TYPE, .type = &type, .as.object = "type"},
	};
	dctx_boxed *boxed = (dctx_boxed *)(uintptr_t)&type;

	(void)state;
	assert_int_equal(dctx_set(k_num, 1), DCTX_OK);
	dctxi_cache_drop(dctxi_local_now);
	dctxi_refusal.once = false;
	dctxi_refusal.countdown = 0;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		assert_int_equal(dctx_boxed_new(&values[i], &boxed),
				 DCTX_NOMEM);
	assert_int_equal(dctx_boxed_move(&type, "type", &boxed), DCTX_NOMEM);
	assert_int_equal(dctx_store_share(dctx_current(), &k_num.key, &boxed),
			 DCTX_NOMEM);
	dctxi_refusal.countdown = -1;
	assert_ptr_equal(boxed, &type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_without_memory_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
