/* SPDX-License-Identifier: MIT */
/*
 * jump_far_test.c - proves that a destroy function which jumps out leaves a
 * whole log, also when scopes over several chunks of it are left, or one that
 * retires; and that a destroy function may itself leave what stands around.
 */
#include "jumps.h"

static void the_names_of_what_is_left_go_before_a_jump(void **state)
{
	dctx_guard outer = dctx_enter("outer"), inner = dctx_enter("inner");

	(void)state;
	set_two();
	jump(1);
	if (setjmp(out) == 0)
		dctx_leave(inner);
	assert_string_equal(chain(), "outer");
	check_the_log("outer");
	dctx_leave(outer);
	check_the_log("");
}

static void a_jump_out_of_many_chunks_leaves_a_whole_log(void **state)
{
	dctx_guard outer = dctx_enter("outer"), inner;

	(void)state;
	inner = dctx_enter("inner");
	set_two();
	fill();
	(void)dctx_enter("innermost");
	set_two();
	fill();
	jump(2);
	if (setjmp(out) == 0)
		dctx_leave(inner);
	check_the_log("outer");
	dctx_leave(outer);
	check_the_log("");
}

static void a_jump_out_of_a_spread_scope_leaves_a_whole_log(void **state)
{
	dctx_guard outer = dctx_enter("outer"), inner;

	(void)state;
	fill();
	inner = dctx_enter("inner");
	fill();
	set_two();
	jump(1);
	if (setjmp(out) == 0)
		dctx_leave(inner);
	assert_int_equal(strlen(dctx_get(k_text, "")), 400);
	check_the_log("outer");
	dctx_leave(outer);
	check_the_log("");
}

/* Scopes up to one that begins a new chunk of the log. */
static dctx_guard on_the_way[64];
static int n_on_the_way;

static void enter_first_of_a_chunk(void)
{
	uintptr_t last, at = 0;

	n_on_the_way = 0;
	do {
		assert_in_range(n_on_the_way, 0, 62);
		on_the_way[n_on_the_way++] = dctx_enter("way");
		dctx_set(k_text, "here");
		last = at;
		at = (uintptr_t)dctx_get(k_text, "");
	} while (last == 0 || at - last < 400);
}

/* Leaves them one by one, down to one, as blocks do. */
static void leave_one_by_one(void)
{
	char names[256];

	while (n_on_the_way > 1) {
		dctx_leave(on_the_way[--n_on_the_way]);
		strcpy(names, "way");
		for (int i = 1; i < n_on_the_way; i++)
			strcat(names, "/way");
		check_the_log(names);
	}
	dctx_leave(on_the_way[0]);
	check_the_log("");
}

static void a_jump_out_of_a_retire_leaves_a_whole_log(void **state)
{
	dctx_guard above;

	(void)state;
	enter_first_of_a_chunk();
	set_two();
	above = dctx_enter("above");
	dctx_set(k_num, 7);
	jump(1);
	if (setjmp(out) == 0)
		(void)!dctx_scope_retire(on_the_way[n_on_the_way - 1]);
	n_on_the_way--;
	assert_int_equal(jumps_left, 0);
	assert_false(dctx_has(k_one));
	assert_int_equal(dctx_get(k_num, 0), 7);
	dctx_leave(above);
	dctx_leave(dctx_enter("goes on with the rest"));
	leave_one_by_one();
}

static dctx_guard around;

static void leave_around(const struct dctxt_thing *gone)
{
	if (gone->id == 1)
		dctx_leave(around);
}

static void retire_around(const struct dctxt_thing *gone)
{
	if (gone->id == 1)
		DCTXT_EXPECT(dctx_scope_retire(around) == DCTX_OK);
}

static void check_a_retire(void (*fn)(const struct dctxt_thing *),
			   bool above_is_left)
{
	dctx_guard top;

	enter_first_of_a_chunk();
	set_two();
	around = dctx_enter("around");
	top = dctx_enter("on top");
	dctxt_things.on_destroy = fn;
	assert_int_equal(dctx_scope_retire(on_the_way[--n_on_the_way]),
			 DCTX_OK);
	dctxt_things.on_destroy = NULL;
	if (!above_is_left)
		dctx_leave(top);
	leave_one_by_one();
}

static void a_destroy_in_a_retire_may_leave_what_is_above(void **state)
{
	(void)state;
	check_a_retire(leave_around, true);
}

static void a_destroy_in_a_retire_may_retire_what_is_above(void **state)
{
	(void)state;
	check_a_retire(retire_around, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_names_of_what_is_left_go_before_a_jump),
		DCTXT_TEST(a_jump_out_of_many_chunks_leaves_a_whole_log),
		DCTXT_TEST(a_jump_out_of_a_spread_scope_leaves_a_whole_log),
		DCTXT_TEST(a_jump_out_of_a_retire_leaves_a_whole_log),
		DCTXT_TEST(a_destroy_in_a_retire_may_leave_what_is_above),
		DCTXT_TEST(a_destroy_in_a_retire_may_retire_what_is_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
