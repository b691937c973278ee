/* SPDX-License-Identifier: MIT */
/* Inserts from inside: what cannot be put, and what a rewind takes out. */
#include "data/registry.h"
#include "flow/insert.h"
#include "plat/heap.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const dctx_layer none = {.struct_size = DCTX_LAYER_SIZE, .name = "none"};
static const dctx_span_site site = {"span", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};

static int begin(void **state)
{
	(void)state;
	return dctx_layer_mount(&none, 0);
}

static int end(void **state)
{
	(void)state;
	return dctx_layer_unmount(&none);
}

static void a_key_for_which_there_is_no_room_puts_nothing(void **state)
{
	static dctx_key many[DCTXI_INDEX_END];
	static char names[DCTXI_INDEX_END][8];
	dctx_key *last = &many[DCTXI_INDEX_END - 1];
	const struct dctxi_insert_what what = {
		.object_key = last,
		.bytes_key = last,
	};
	struct dctx_store *store = dctx_current();
	struct dctxi_insert_walk walk;

	(void)state;
	for (unsigned i = 0; i < DCTXI_INDEX_END; i++) {
		snprintf(names[i], sizeof names[i], "n%x", i);
		many[i] = (dctx_key){.kind = DCTX_KIND_U64, .name = names[i]};
		(void)dctxi_key_reserve(&many[i]);
	}
	assert_int_equal(dctxi_key_reserve(last), DCTX_LIMIT);
	assert_int_equal(dctxi_insert_put(store, &what), DCTX_LIMIT);
	walk = dctxi_insert_walk(store);
	assert_null(dctxi_insert_next(&walk));
}

/* Also what was captured in the span, which the store keeps for the next who
 * asks. */
static void a_rewind_leaves_a_span_that_was_captured(void **state)
{
	dctx_span *span = dctx_span_open(&site, NULL, NULL, 0);
	dctx_mark mark = dctx_mark_here();
	dctx_snapshot *taken;

	(void)state;
	assert_non_null(span);
	dctx_span_enter(span);
	assert_int_equal(dctx_capture(&taken), DCTX_OK);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_null(dctx_span_current());
	dctx_span_close(span);
	dctx_snapshot_unref(taken);
}

static void a_rewind_stays_in_the_span_of_a_scope_below(void **state)
{
	dctx_span *span = dctx_span_open(&site, NULL, NULL, 0);

	(void)state;
	assert_non_null(span);
	dctx_span_enter(span);
	{
		DCTX_SCOPE("in the span");
		dctx_mark mark = dctx_mark_here();

		assert_int_equal(dctx_rewind(mark), DCTX_OK);
		assert_ptr_equal(dctx_span_current(), span);
	}
	dctx_span_leave(span);
	assert_null(dctx_span_current());
	dctx_span_close(span);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rewind_leaves_a_span_that_was_captured),
		cmocka_unit_test(a_rewind_stays_in_the_span_of_a_scope_below),
		/* Last: keys are for ever. */
		cmocka_unit_test(a_key_for_which_there_is_no_room_puts_nothing),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
