/* SPDX-License-Identifier: MIT */
/*
 * jump_test.c - proves that a user's function which jumps out with longjmp, or
 * ends its thread, leaves a store that goes on: every value is destroyed, none
 * twice, no memory is lost, and what was visible before is visible again.
 */
#include "kit.h"

#include <pthread.h>

DCTX_KEY_DECLARE_TYPE(k_one, struct dctxt_thing);
DCTX_KEY_TYPE(k_one, "one", struct dctxt_thing, &dctxt_thing_type, DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_two, struct dctxt_thing);
DCTX_KEY_TYPE(k_two, "two", struct dctxt_thing, &dctxt_thing_type, DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_three, struct dctxt_thing);
DCTX_KEY_TYPE(k_three, "three", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);
DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

static jmp_buf out;
static int jumps_left;

static void jump_out(const struct dctxt_thing *gone)
{
	(void)gone;
	if (jumps_left > 0) {
		jumps_left--;
		longjmp(out, 1);
	}
}

static void jump(int times)
{
	jumps_left = times;
	dctxt_things.on_destroy = jump_out;
}

/* Sets three objects and some plain values around them. */
static void set_three(void)
{
	struct dctxt_thing made = {.id = 1};

	dctx_set(k_num, 2);
	dctx_set(k_one, &made);
	dctx_set(k_text, "a text in between");
	made.id = 2;
	dctx_set(k_two, &made);
	made.id = 3;
	dctx_set(k_three, &made);
	dctx_set(k_num, 3);
}

/* Checks that everything is as it was before any scope, and works. */
static void check_the_root(void)
{
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_string_equal(dctx_get(k_text, "-"), "root");
	assert_false(dctx_has(k_one));
	assert_false(dctx_has(k_two));
	assert_false(dctx_has(k_three));
	{
		DCTX_SCOPE("next");
		set_three();
		assert_int_equal(dctx_get(k_two, NULL)->id, 2);
	}
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctxt_alive(), 0);
}

static void a_destroy_may_jump_out_of_a_leave(void **state)
{
	volatile int jumped = 0;
	dctx_guard guard;

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	guard = dctx_enter("left by a jump");
	set_three();
	jump(1);
	if (setjmp(out) == 0)
		dctx_leave(guard);
	else
		jumped = jumped + 1;
	assert_int_equal(jumped, 1);
	check_the_root();
	assert_int_equal(atomic_load(&dctxt_things.destroys), 6);
}

/* Leaves a scope; after a jump out of it the next operations go on. */
static void leave_through_jumps(dctx_guard guard)
{
	static int tries;

	tries = 0;
	(void)setjmp(out);
	if (tries++ == 0)
		dctx_leave(guard);
	while (tries++ < 5)
		dctx_leave(dctx_enter("goes on"));
	dctxt_things.on_destroy = NULL;
}

static void every_destroy_may_jump_out(void **state)
{
	dctx_guard guard;

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	guard = dctx_enter("left by jumps");
	set_three();
	jump(3);
	leave_through_jumps(guard);
	assert_int_equal(jumps_left, 0);
	check_the_root();
	assert_int_equal(atomic_load(&dctxt_things.destroys), 6);
}

static void a_jump_out_of_nested_leaves_loses_no_scope(void **state)
{
	dctx_guard outer;

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	outer = dctx_enter("outer");
	set_three();
	(void)dctx_enter("inner");
	set_three();
	jump(2);
	leave_through_jumps(outer);
	assert_int_equal(jumps_left, 0);
	check_the_root();
	assert_int_equal(atomic_load(&dctxt_things.destroys), 9);
}

static void a_destroy_may_jump_out_of_a_replace(void **state)
{
	struct dctxt_thing made = {.id = 8};

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	{
		DCTX_SCOPE("replaces");
		set_three();
		jump(1);
		if (setjmp(out) == 0)
			dctx_replace(k_two, &made);
		assert_int_equal(jumps_left, 0);
		assert_int_equal(dctx_get(k_two, NULL)->id, 8);
		assert_int_equal(dctx_get(k_one, NULL)->id, 1);
	}
	check_the_root();
}

static void a_destroy_may_jump_out_of_a_restore(void **state)
{
	(void)state;
	set_three();
	(void)dctx_enter("open");
	set_three();
	jump(1);
	if (setjmp(out) == 0)
		(void)!dctx_restore(NULL);
	assert_int_equal(jumps_left, 0);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	dctx_leave(dctx_enter("goes on"));
	assert_int_equal(dctxt_alive(), 0);
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	check_the_root();
}

static void a_destroy_of_the_root_may_jump_out_of_a_restore(void **state)
{
	(void)state;
	set_three();
	jump(1);
	if (setjmp(out) == 0)
		(void)!dctx_restore(NULL);
	assert_int_equal(jumps_left, 0);
	dctx_leave(dctx_enter("goes on"));
	assert_int_equal(dctxt_alive(), 0);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	check_the_root();
}

static void a_jump_past_open_scopes_is_left_by_an_outer_guard(void **state)
{
	dctx_guard outer;

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	outer = dctx_enter("outer");
	if (setjmp(out) == 0) {
		DCTX_SCOPE("jumped past");
		set_three();
		longjmp(out, 1);
	}
	assert_int_equal(dctx_depth(), 3);
	dctx_leave(outer);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	check_the_root();
}

/* An object too large to stand in the store's log, and a copy that jumps. */
struct large {
	char bytes[5000];
};

static dctx_status copy_by_jumping(void *dst, const void *src)
{
	memcpy(dst, src, sizeof(struct large));
	if (jumps_left > 0) {
		jumps_left--;
		longjmp(out, 1);
	}
	return DCTX_OK;
}

static const dctx_type large_type = {.struct_size = sizeof(dctx_type),
				     .name = "large",
				     .size = sizeof(struct large),
				     .copy = copy_by_jumping};
DCTX_KEY_DECLARE_TYPE(k_large, struct large);
DCTX_KEY_TYPE(k_large, "large", struct large, &large_type, DCTX_LOCAL);

/* Sets the object `times` times with a copy that jumps out. */
static void jump_from_copies(int times)
{
	static struct large large;

	jumps_left = times;
	(void)setjmp(out);
	if (jumps_left > 0)
		dctx_set(k_large, &large);
}

static void a_copy_may_jump_out_and_sets_nothing(void **state)
{
	static struct large large;

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	{
		DCTX_SCOPE("sets");
		jump_from_copies(1);
		assert_false(dctx_has(k_large));
		set_three();
		assert_int_equal(dctx_set(k_large, &large), DCTX_OK);
		assert_true(dctx_has(k_large));
	}
	check_the_root();
}

static void *copies_that_jump(void *arg)
{
	for (int round = 0; round < 100; round++) {
		DCTX_SCOPE("sets");
		jump_from_copies(10);
		dctx_set(k_num, 1);
	}
	return arg;
}

/* The thread's end gives back what its copies left. */
static void copies_that_jump_lose_no_memory(void **state)
{
	size_t before;
	pthread_t thread;

	(void)state;
	dctx_set(k_num, 1);
	before = dctxt_heap_bytes();
	assert_int_equal(pthread_create(&thread, NULL, copies_that_jump, NULL),
			 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_in_range(dctxt_heap_bytes(), 0, before + 16384);
}

static bool jumped_inside;

/* Sets another object, whose own copy jumps back in here. */
static dctx_status copy_around_a_jump(void *dst, const void *src)
{
	static struct large large;

	jumps_left = 1;
	if (setjmp(out) == 0)
		dctx_set(k_large, &large);
	else
		jumped_inside = true;
	memcpy(dst, src, sizeof(struct large));
	return DCTX_OK;
}

static const dctx_type around_type = {.struct_size = sizeof(dctx_type),
				      .name = "around",
				      .size = sizeof(struct large),
				      .copy = copy_around_a_jump};
DCTX_KEY_DECLARE_TYPE(k_around, struct large);
DCTX_KEY_TYPE(k_around, "around", struct large, &around_type, DCTX_LOCAL);

static void a_copy_inside_a_copy_may_jump_back_to_it(void **state)
{
	static struct large large;

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "root");
	for (int i = 0; i < 3; i++) {
		DCTX_SCOPE("sets");
		jumped_inside = false;
		assert_int_equal(dctx_set(k_around, &large), DCTX_OK);
		assert_true(jumped_inside);
		assert_true(dctx_has(k_around));
		assert_false(dctx_has(k_large));
	}
	assert_false(dctx_has(k_around));
	check_the_root();
}

static void end_thread(const struct dctxt_thing *gone)
{
	if (gone->id == 2)
		pthread_exit((void *)&dctxt_things);
}

static void *leave_and_end(void *arg)
{
	dctx_guard guard = dctx_enter("thread");

	set_three();
	dctx_leave(guard);
	return arg;
}

static void a_destroy_may_end_its_thread(void **state)
{
	(void)state;
	dctxt_things.on_destroy = end_thread;
	assert_ptr_equal(dctxt_on_thread(leave_and_end, NULL), &dctxt_things);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 3);
}

static void *keep_and_end(void *arg)
{
	(void)dctx_enter("left open");
	set_three();
	return arg;
}

static void a_destroy_at_a_threads_end_may_use_dctx(void **state)
{
	(void)state;
	(void)dctxt_on_thread(keep_and_end, NULL);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_destroy_may_jump_out_of_a_leave),
		DCTXT_TEST(every_destroy_may_jump_out),
		DCTXT_TEST(a_jump_out_of_nested_leaves_loses_no_scope),
		DCTXT_TEST(a_destroy_may_jump_out_of_a_replace),
		DCTXT_TEST(a_destroy_may_jump_out_of_a_restore),
		DCTXT_TEST(a_destroy_of_the_root_may_jump_out_of_a_restore),
		DCTXT_TEST(a_jump_past_open_scopes_is_left_by_an_outer_guard),
		DCTXT_TEST(a_copy_may_jump_out_and_sets_nothing),
		DCTXT_TEST(copies_that_jump_lose_no_memory),
		DCTXT_TEST(a_copy_inside_a_copy_may_jump_back_to_it),
		DCTXT_TEST(a_destroy_may_end_its_thread),
		DCTXT_TEST(a_destroy_at_a_threads_end_may_use_dctx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
