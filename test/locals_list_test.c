/* SPDX-License-Identifier: MIT */
/*
 * locals_list_test.c - proves that lists of lists of accessors go along like
 * one list: set in the order in which they stand, undone in reverse, all or
 * nothing; also one of a name that came to stand there twice; and what a filter
 * leaves alone when a capture is opened.
 */
#include "slot.h"

static dctx_accessors *list_of(struct slot *slot)
{
	dctx_accessors *list;

	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	if (slot != NULL)
		assert_int_equal(slot_add(list, slot), DCTX_OK);
	return list;
}

/* Lists of lists: ((a) ((b)) c). */
static dctx_accessors *nested_abc(void)
{
	dctx_accessors *all = list_of(NULL), *first = list_of(&slot_a);
	dctx_accessors *second = list_of(NULL), *inner = list_of(&slot_b);

	assert_int_equal(dctx_accessors_include(second, inner), DCTX_OK);
	assert_int_equal(dctx_accessors_include(all, first), DCTX_OK);
	assert_int_equal(dctx_accessors_include(all, second), DCTX_OK);
	assert_int_equal(slot_add(all, &slot_c), DCTX_OK);
	dctx_accessors_unref(inner);
	dctx_accessors_unref(second);
	dctx_accessors_unref(first);
	return all;
}

static char seen[64];

static void *see(void *arg)
{
	strcpy(seen, slots_text());
	return arg;
}

static dctx_work *wrap_by(dctx_accessors *list)
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list,
					 .carry = DCTX_EXACT_LOCALS};
	dctx_work *work = NULL;

	assert_int_equal(dctx_wrap_with(see, seen, &how, &work), DCTX_OK);
	return work;
}

static void *run_there(void *work)
{
	void *result = NULL;

	slots_are("x", "y", "z");
	DCTXT_EXPECT(dctx_work_run(work, &result) == DCTX_OK);
	DCTXT_EXPECT(result == seen);
	DCTXT_EXPECT(strcmp(slots_text(), "x y z") == 0);
	return NULL;
}

static void lists_of_lists_go_along_as_one_list(void **state)
{
	dctx_accessors *list = nested_abc();
	dctx_work *work;

	(void)state;
	slots_are("A", NULL, "C");
	work = wrap_by(list);
	dctx_accessors_unref(list);
	assert_string_equal(slot_log, "capture a capture b capture c ");
	slot_log[0] = '\0';
	dctxt_on_thread(run_there, work);
	assert_string_equal(seen, "A - C");
	assert_string_equal(slot_log, "set a clear b set c "
				      "restore c restore b restore a "
				      "free c free a ");
}

static void they_are_set_all_or_not_at_all(void **state)
{
	dctx_accessors *list = nested_abc();
	dctx_work *work;

	(void)state;
	slots_are("A", "B", "C");
	work = wrap_by(list);
	slots_are("x", "y", "z");
	seen[0] = '\0';
	slot_c.set_fails = DCTX_CODEC;
	assert_int_equal(dctx_work_run(work, NULL), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "c");
	assert_string_equal(seen, "");
	assert_string_equal(slots_text(), "x y z");
	dctx_accessors_unref(list);
}

/* The fault of a key listed twice: the second time, what the first one set is
 * taken for what was there before. */
static void one_that_stands_there_twice_restores_what_was_there(void **state)
{
	dctx_accessors *list = list_of(NULL), *inner = list_of(NULL);

	(void)state;
	assert_int_equal(dctx_accessors_include(list, inner), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	/* What is in a list does not know where it is. */
	assert_int_equal(slot_add(inner, &slot_a), DCTX_OK);
	slots_are("A", NULL, NULL);
	dctxt_on_thread(run_there, wrap_by(list));
	assert_string_equal(seen, "A y z");
	assert_non_null(
		strstr(slot_log, "set a set a restore a restore a free a"));
	dctx_accessors_unref(inner);
	dctx_accessors_unref(list);
}

static bool is(void *user, const char *name)
{
	return strcmp(name, user) == 0;
}

/* Opens a capture of "A - C" over "x y z" for one name; gives what is there
 * then. */
static const char *opened_for(const char *name, dctx_carry carry)
{
	const dctx_accessor_filter only = {is, (void *)(uintptr_t)name};
	dctx_accessors *list = slots_abc();
	dctx_locals_guard guard;
	dctx_locals *locals;

	slots_are("A", NULL, "C");
	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	slots_are("x", "y", "z");
	assert_int_equal(dctx_locals_open(locals, carry, &only, &guard),
			 DCTX_OK);
	strcpy(seen, slots_text());
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x y z");
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
	return seen;
}

static void what_a_filter_does_not_name_is_left_in_both_modes(void **state)
{
	(void)state;
	assert_string_equal(opened_for("a", DCTX_OVERLAY_LOCALS), "A y z");
	assert_string_equal(opened_for("b", DCTX_OVERLAY_LOCALS), "x y z");
	assert_string_equal(opened_for("c", DCTX_OVERLAY_LOCALS), "x y C");
	assert_string_equal(opened_for("none", DCTX_OVERLAY_LOCALS), "x y z");
	assert_string_equal(opened_for("a", DCTX_EXACT_LOCALS), "A y z");
	assert_string_equal(opened_for("b", DCTX_EXACT_LOCALS), "x - z");
	assert_string_equal(opened_for("c", DCTX_EXACT_LOCALS), "x y C");
	assert_string_equal(opened_for("none", DCTX_EXACT_LOCALS), "x y z");
}

static void what_nobody_has_stays_nothing(void **state)
{
	(void)state;
	for (int carry = 0; carry < 2; carry++) {
		dctx_accessors *list = slots_abc();
		dctx_locals_guard guard;
		dctx_locals *locals;

		assert_int_equal(dctx_locals_capture(list, NULL, &locals),
				 DCTX_OK);
		assert_int_equal(slots_alive, 0);
		assert_int_equal(dctx_locals_open(locals, (dctx_carry)carry,
						  NULL, &guard),
				 DCTX_OK);
		assert_string_equal(slots_text(), "- - -");
		dctx_locals_close(guard);
		assert_string_equal(slots_text(), "- - -");
		dctx_locals_unref(locals);
		dctx_accessors_unref(list);
	}
}

struct opener {
	dctx_locals *locals;
	const char *own;
};

static void *open_often(void *arg)
{
	const struct opener *o = arg;

	for (int i = 0; i < 500; i++) {
		dctx_locals_guard guard;

		slots_are(o->own, NULL, "z");
		if (!DCTXT_EXPECT(dctx_locals_open(o->locals, DCTX_EXACT_LOCALS,
						   NULL, &guard) == DCTX_OK))
			break;
		DCTXT_EXPECT(strcmp(slots_text(), "A B -") == 0);
		slots_are("changed", "here", "only");
		dctx_locals_close(guard);
		DCTXT_EXPECT(slot_now[0] == o->own && slot_now[1] == NULL &&
			     strcmp(slot_now[2], "z") == 0);
	}
	return NULL;
}

static void threads_open_one_capture_at_once(void **state)
{
	static const char *const own[] = {"1", NULL, "3", "4"};
	dctx_accessors *list = slots_abc();
	struct opener opener[4];
	dctx_locals *locals;

	(void)state;
	slot_logs = false;
	slots_are("A", "B", NULL);
	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	for (int i = 0; i < 4; i++)
		opener[i] = (struct opener){locals, own[i]};
	dctxt_together(4, open_often, opener, sizeof(opener[0]));
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(lists_of_lists_go_along_as_one_list),
		SLOT_TEST(they_are_set_all_or_not_at_all),
		SLOT_TEST(one_that_stands_there_twice_restores_what_was_there),
		SLOT_TEST(what_a_filter_does_not_name_is_left_in_both_modes),
		SLOT_TEST(what_nobody_has_stays_nothing),
		SLOT_TEST(threads_open_one_capture_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
