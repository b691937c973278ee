/* SPDX-License-Identifier: MIT */
/*
 * locals_test.c - proves that what accessors captured is set whole and in order
 * and undone in reverse, to what was there before, in both modes and through
 * filters; and that guards used wrongly do no harm and are counted.
 */
#include "slot.h"

static dctx_locals *capture_of(dctx_accessors *list,
			       const dctx_accessor_filter *filter)
{
	dctx_locals *locals = NULL;

	assert_int_equal(dctx_locals_capture(list, filter, &locals), DCTX_OK);
	assert_non_null(locals);
	return locals;
}

static dctx_locals_guard open_as(dctx_locals *locals, dctx_carry carry,
				 const dctx_accessor_filter *filter)
{
	dctx_locals_guard guard;

	assert_int_equal(dctx_locals_open(locals, carry, filter, &guard),
			 DCTX_OK);
	return guard;
}

/* A capture of what the three are now. */
static dctx_locals *capture_abc(void)
{
	dctx_accessors *list = slots_abc();
	dctx_locals *locals = capture_of(list, NULL);

	dctx_accessors_unref(list);
	slot_log[0] = '\0';
	return locals;
}

static bool is_a(void *user, const char *name)
{
	(void)user;
	return strcmp(name, "a") == 0;
}

static const dctx_accessor_filter only_a = {.passes = is_a};

static void values_are_set_in_order_and_restored_in_reverse(void **state)
{
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", "B", "C");
	locals = capture_abc();
	slots_are("x", "y", NULL);
	guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	assert_string_equal(slots_text(), "A B C");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x y -");
	assert_string_equal(slot_log, "set a set b set c "
				      "restore c restore b restore a ");
	slot_log[0] = '\0';
	assert_null(dctx_locals_unref(locals));
	assert_string_equal(slot_log, "free c free b free a ");
}

static void overlay_leaves_what_was_not_captured(void **state)
{
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", NULL, NULL);
	locals = capture_abc();
	slots_are(NULL, "y", NULL);
	guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	assert_string_equal(slots_text(), "A y -");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "- y -");
	dctx_locals_unref(locals);
}

static void exact_clears_what_was_not_captured_and_restores_it(void **state)
{
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", NULL, NULL);
	locals = capture_abc();
	slots_are("x", "y", NULL);
	guard = open_as(locals, DCTX_EXACT_LOCALS, NULL);
	assert_string_equal(slots_text(), "A - -");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x y -");
	dctx_locals_unref(locals);
}

static void a_filter_of_the_capture_keeps_out_the_rest(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", "B", "C");
	slot_log[0] = '\0';
	locals = capture_of(list, &only_a);
	assert_string_equal(slot_log, "capture a ");
	slots_are("x", "y", "z");
	guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	assert_string_equal(slots_text(), "A y z");
	dctx_locals_close(guard);
	guard = open_as(locals, DCTX_EXACT_LOCALS, NULL);
	assert_string_equal(slots_text(), "A - -");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x y z");
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
}

static void a_filter_of_the_opening_limits_setting_and_clearing(void **state)
{
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", "B", NULL);
	locals = capture_abc();
	slots_are("x", "y", "z");
	guard = open_as(locals, DCTX_EXACT_LOCALS, &only_a);
	assert_string_equal(slots_text(), "A y z");
	dctx_locals_close(guard);
	slots_are(NULL, NULL, NULL);
	dctx_locals_unref(locals);
	locals = capture_abc();
	slots_are("x", "y", "z");
	guard = open_as(locals, DCTX_EXACT_LOCALS, &only_a);
	assert_string_equal(slots_text(), "- y z");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x y z");
	dctx_locals_unref(locals);
}

static void a_capture_of_nothing_clears_in_exact_mode_only(void **state)
{
	dctx_locals *locals = capture_abc();
	dctx_locals_guard guard;

	(void)state;
	slots_are("x", NULL, NULL);
	guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	assert_string_equal(slots_text(), "x - -");
	dctx_locals_close(guard);
	guard = open_as(locals, DCTX_EXACT_LOCALS, NULL);
	assert_string_equal(slots_text(), "- - -");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x - -");
	dctx_locals_unref(locals);
}

static void one_that_cannot_clear_is_left_as_it_is(void **state)
{
	dctx_accessor accessor = slot_accessor(&slot_a);
	dctx_locals_guard guard;
	dctx_accessors *list;
	dctx_locals *locals;

	(void)state;
	accessor.clear = NULL;
	accessor.free = NULL;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &accessor), DCTX_OK);
	locals = capture_of(list, NULL);
	slots_are("x", NULL, NULL);
	guard = open_as(locals, DCTX_EXACT_LOCALS, NULL);
	assert_string_equal(slots_text(), "x - -");
	dctx_locals_close(guard);
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
}

static void nested_openings_unwind_layer_by_layer(void **state)
{
	dctx_locals *outer, *inner, *empty;
	dctx_locals_guard guard[3];

	(void)state;
	empty = capture_abc();
	slots_are("A", NULL, "C");
	outer = capture_abc();
	slots_are("1", "2", NULL);
	inner = capture_abc();
	slots_are(NULL, NULL, "z");
	guard[0] = open_as(outer, DCTX_EXACT_LOCALS, NULL);
	assert_string_equal(slots_text(), "A - C");
	guard[1] = open_as(inner, DCTX_OVERLAY_LOCALS, NULL);
	assert_string_equal(slots_text(), "1 2 C");
	guard[2] = open_as(empty, DCTX_EXACT_LOCALS, NULL);
	assert_string_equal(slots_text(), "- - -");
	dctx_locals_close(guard[2]);
	assert_string_equal(slots_text(), "1 2 C");
	dctx_locals_close(guard[1]);
	assert_string_equal(slots_text(), "A - C");
	dctx_locals_close(guard[0]);
	assert_string_equal(slots_text(), "- - z");
	dctx_locals_unref(outer);
	dctx_locals_unref(inner);
	dctx_locals_unref(empty);
}

/* "alias" has the same variable as "a". */
static void two_accessors_of_one_variable_unwind_in_reverse(void **state)
{
	struct slot alias = {.name = "alias", .index = 0};
	dctx_accessors *list = slots_abc();
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	assert_int_equal(slot_add(list, &alias), DCTX_OK);
	slots_are("A", NULL, NULL);
	locals = capture_of(list, NULL);
	slots_are("x", NULL, NULL);
	guard = open_as(locals, DCTX_EXACT_LOCALS, NULL);
	assert_string_equal(slots_text(), "A - -");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x - -");
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
}

static void a_capture_that_fails_in_the_middle_captures_nothing(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_locals *locals = NULL;

	(void)state;
	slots_are("A", "B", "C");
	slot_b.capture_fails = DCTX_CODEC;
	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "b");
	assert_null(locals);
	assert_string_equal(slot_log, "capture a capture b free a ");
	dctx_accessors_unref(list);
}

static void an_opening_that_fails_in_the_middle_puts_all_back(void **state)
{
	dctx_locals_guard guard = {77};
	dctx_locals *locals;

	(void)state;
	slots_are("A", "B", "C");
	locals = capture_abc();
	slots_are("x", "y", "z");
	slot_c.set_fails = DCTX_BUSY;
	assert_int_equal(dctx_locals_open(locals, DCTX_EXACT_LOCALS, NULL,
					  &guard),
			 DCTX_BUSY);
	assert_string_equal(dctx_last_error()->what, "c");
	assert_int_equal(guard.id, 77);
	assert_string_equal(slots_text(), "x y z");
	assert_string_equal(slot_log,
			    "set a set b set c restore b restore a ");
	dctx_locals_unref(locals);
}

static void a_guard_closed_twice_changes_nothing_and_is_counted(void **state)
{
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", NULL, NULL);
	locals = capture_abc();
	slots_are("x", NULL, NULL);
	guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	dctx_locals_close(guard);
	slots_are("later", NULL, NULL);
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "later - -");
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	dctx_locals_close((dctx_locals_guard){0});
	assert_int_equal(dctxt_count_all(), 1);
	dctx_locals_unref(locals);
}

static void *close_there(void *guard)
{
	slots_are("there", NULL, NULL);
	dctx_locals_close(*(dctx_locals_guard *)guard);
	DCTXT_EXPECT(strcmp(slots_text(), "there - -") == 0);
	return NULL;
}

static void a_guard_closed_on_another_thread_changes_neither(void **state)
{
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", NULL, NULL);
	locals = capture_abc();
	slots_are("x", NULL, NULL);
	guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	dctxt_on_thread(close_there, &guard);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	assert_string_equal(slots_text(), "A - -");
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x - -");
	dctx_locals_unref(locals);
}

static void an_outer_guard_closes_the_inner_ones_first(void **state)
{
	dctx_locals_guard outer, inner;
	dctx_locals *locals, *other;

	(void)state;
	slots_are("A", "B", NULL);
	locals = capture_abc();
	slots_are("1", NULL, NULL);
	other = capture_abc();
	slots_are("x", "y", "z");
	outer = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	inner = open_as(other, DCTX_EXACT_LOCALS, NULL);
	dctx_locals_close(outer);
	assert_string_equal(slots_text(), "x y z");
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	dctx_locals_close(inner);
	assert_string_equal(slots_text(), "x y z");
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	dctx_locals_unref(locals);
	dctx_locals_unref(other);
}

static void an_open_guard_keeps_what_was_captured(void **state)
{
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", NULL, NULL);
	locals = capture_abc();
	guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
	assert_ptr_equal(dctx_locals_ref(locals), locals);
	dctx_locals_unref(locals);
	dctx_locals_unref(locals);
	assert_int_equal(slots_alive, 1);
	assert_string_equal(slots_text(), "A - -");
	dctx_locals_close(guard);
	assert_int_equal(slots_alive, 0);
}

static dctx_locals_guard outer_guard;

static void close_outer(void *user, void *before)
{
	dctx_locals_close(outer_guard);
	slot_restore(user, before);
}

static dctx_status close_outer_and_set(void *user, void *value,
				       void **out_before)
{
	dctx_locals_close(outer_guard);
	return slot_set(user, value, out_before);
}

static void a_function_that_closes_around_itself_does_no_harm(void **state)
{
	dctx_accessor accessor[2] = {slot_accessor(&slot_b),
				     slot_accessor(&slot_b)};
	dctx_locals *locals, *inner;
	dctx_locals_guard guard;
	dctx_accessors *list;

	(void)state;
	accessor[0].restore = close_outer;
	accessor[1].set = close_outer_and_set;
	slots_are("A", "B", NULL);
	locals = capture_abc();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
		assert_int_equal(dctx_accessor_add(list, &accessor[i]),
				 DCTX_OK);
		slots_are("1", "2", NULL);
		inner = capture_of(list, NULL);
		slots_are("x", "y", NULL);
		outer_guard = open_as(locals, DCTX_OVERLAY_LOCALS, NULL);
		guard = open_as(inner, DCTX_OVERLAY_LOCALS, NULL);
		dctx_locals_close(guard);
		/* The outer one is closed, with no record used again. */
		assert_string_equal(slot_now[0], "x");
		dctx_locals_unref(inner);
		dctx_accessors_unref(list);
	}
	dctx_locals_unref(locals);
}

static void a_null_argument_is_invalid(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_locals *locals = capture_of(list, NULL);
	dctx_locals_guard guard;

	(void)state;
	assert_int_equal(dctx_locals_capture(NULL, NULL, &locals),
			 DCTX_INVALID);
	assert_int_equal(dctx_locals_capture(list, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_locals_open(NULL, DCTX_OVERLAY_LOCALS, NULL,
					  &guard),
			 DCTX_INVALID);
	assert_int_equal(dctx_locals_open(locals, DCTX_OVERLAY_LOCALS, NULL,
					  NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_locals_open(locals, (dctx_carry)2, NULL, &guard),
			 DCTX_INVALID);
	assert_null(dctx_locals_ref(NULL));
	assert_null(dctx_locals_unref(NULL));
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(values_are_set_in_order_and_restored_in_reverse),
		SLOT_TEST(overlay_leaves_what_was_not_captured),
		SLOT_TEST(exact_clears_what_was_not_captured_and_restores_it),
		SLOT_TEST(a_filter_of_the_capture_keeps_out_the_rest),
		SLOT_TEST(a_filter_of_the_opening_limits_setting_and_clearing),
		SLOT_TEST(a_capture_of_nothing_clears_in_exact_mode_only),
		SLOT_TEST(one_that_cannot_clear_is_left_as_it_is),
		SLOT_TEST(nested_openings_unwind_layer_by_layer),
		SLOT_TEST(two_accessors_of_one_variable_unwind_in_reverse),
		SLOT_TEST(a_capture_that_fails_in_the_middle_captures_nothing),
		SLOT_TEST(an_opening_that_fails_in_the_middle_puts_all_back),
		SLOT_TEST(a_guard_closed_twice_changes_nothing_and_is_counted),
		SLOT_TEST(a_guard_closed_on_another_thread_changes_neither),
		SLOT_TEST(an_outer_guard_closes_the_inner_ones_first),
		SLOT_TEST(an_open_guard_keeps_what_was_captured),
		SLOT_TEST(a_function_that_closes_around_itself_does_no_harm),
		SLOT_TEST(a_null_argument_is_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
