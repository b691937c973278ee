/* SPDX-License-Identifier: MIT */
/*
 * accessor_test.c - proves that lists of accessors are ordered, take only what
 * is whole and new, may be part of each other but not of themselves, and change
 * without a change to what was captured before.
 */
#include "slot.h"

#include <stdio.h>

static bool none_captured(dctx_accessors *list)
{
	dctx_locals *locals;

	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	dctx_locals_unref(locals);
	return strstr(slot_log, "capture") == NULL;
}

static const char *captured(dctx_accessors *list)
{
	slot_log[0] = '\0';
	(void)none_captured(list);
	return slot_log;
}

static void a_list_captures_in_the_order_in_which_it_was_filled(void **state)
{
	dctx_accessors *list = slots_abc();

	(void)state;
	assert_string_equal(captured(list), "capture a capture b capture c ");
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	assert_string_equal(captured(list), "capture b capture c capture a ");
	assert_null(dctx_accessors_unref(list));
}

static void an_empty_list_carries_nothing(void **state)
{
	dctx_accessors *list;

	(void)state;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_true(none_captured(list));
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	assert_true(none_captured(list));
	assert_true(none_captured(dctx_accessors_none()));
	assert_true(none_captured(dctx_accessors_default()));
	dctx_accessors_unref(list);
}

static void the_lasting_lists_outlive_their_references(void **state)
{
	(void)state;
	assert_null(dctx_accessors_unref(dctx_accessors_default()));
	assert_null(dctx_accessors_unref(dctx_accessors_none()));
	assert_ptr_equal(dctx_accessors_ref(dctx_accessors_none()),
			 dctx_accessors_none());
	assert_null(dctx_accessors_ref(NULL));
	assert_null(dctx_accessors_unref(NULL));
	assert_int_equal(slot_add(dctx_accessors_none(), &slot_a), DCTX_FROZEN);
	assert_int_equal(slot_add(dctx_accessors_default(), &slot_a), DCTX_OK);
	assert_int_equal(dctx_accessor_remove(dctx_accessors_default(), "a"),
			 DCTX_OK);
}

static void a_name_stands_once_in_a_list(void **state)
{
	dctx_accessors *list = slots_abc(), *inner;

	(void)state;
	assert_int_equal(slot_add(list, &slot_b), DCTX_CONFLICT);
	assert_string_equal(dctx_last_error()->what, "b");
	assert_int_equal(dctx_accessors_new(&inner), DCTX_OK);
	assert_int_equal(slot_add(inner, &slot_c), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list, inner), DCTX_CONFLICT);
	assert_int_equal(dctx_accessor_remove(list, "c"), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list, inner), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list, inner), DCTX_CONFLICT);
	assert_int_equal(slot_add(list, &slot_c), DCTX_CONFLICT);
	assert_int_equal(dctx_accessor_remove(list, "c"), DCTX_UNKNOWN_KEY);
	dctx_accessors_unref(inner);
	dctx_accessors_unref(list);
}

static void a_list_in_a_list_counts_in_its_place_as_it_is_then(void **state)
{
	dctx_accessors *list, *inner;

	(void)state;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessors_new(&inner), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list, inner), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_c), DCTX_OK);
	assert_string_equal(captured(list), "capture a capture c ");
	assert_int_equal(slot_add(inner, &slot_b), DCTX_OK);
	assert_string_equal(captured(list), "capture a capture b capture c ");
	assert_int_equal(dctx_accessors_exclude(list, inner), DCTX_OK);
	assert_int_equal(dctx_accessors_exclude(list, inner), DCTX_UNKNOWN_KEY);
	assert_string_equal(captured(list), "capture a capture c ");
	dctx_accessors_unref(inner);
	dctx_accessors_unref(list);
}

static void a_list_is_never_part_of_itself(void **state)
{
	dctx_accessors *list[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(dctx_accessors_new(&list[i]), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list[0], list[0]),
			 DCTX_INVALID);
	assert_int_equal(dctx_accessors_include(list[0], list[1]), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list[1], list[2]), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list[2], list[0]),
			 DCTX_INVALID);
	assert_int_equal(slot_add(list[2], &slot_a), DCTX_OK);
	/* A list holds those in it. */
	dctx_accessors_unref(list[2]);
	dctx_accessors_unref(list[1]);
	assert_string_equal(captured(list[0]), "capture a ");
	dctx_accessors_unref(list[0]);
}

static void only_a_whole_accessor_is_taken(void **state)
{
	const dctx_accessor whole = slot_accessor(&slot_a);
	dctx_accessor part[5] = {whole, whole, whole, whole, {.name = "none"}};
	dctx_accessors *list;

	(void)state;
	part[0].name = NULL;
	part[1].capture = NULL;
	part[2].set = NULL;
	part[3].restore = NULL;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	for (int i = 0; i < 5; i++)
		assert_int_equal(dctx_accessor_add(list, &part[i]),
				 DCTX_INVALID);
	assert_int_equal(dctx_accessor_add(list, NULL), DCTX_INVALID);
	assert_int_equal(dctx_accessor_add(NULL, &whole), DCTX_INVALID);
	assert_int_equal(dctx_accessors_include(list, NULL), DCTX_INVALID);
	assert_int_equal(dctx_accessors_include(NULL, list), DCTX_INVALID);
	assert_int_equal(dctx_accessors_exclude(list, NULL), DCTX_INVALID);
	assert_int_equal(dctx_accessor_remove(list, NULL), DCTX_INVALID);
	assert_int_equal(dctx_accessor_remove(NULL, "a"), DCTX_INVALID);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_accessor_remove_wait(list, "a", 0),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_accessors_new(NULL), DCTX_INVALID);
	assert_true(none_captured(list));
	dctx_accessors_unref(list);
}

static void past_the_limit_there_is_an_error(void **state)
{
	static struct slot many[DCTX_ACCESSORS_MAX + 1];
	static char name[DCTX_ACCESSORS_MAX + 1][16];
	dctx_accessors *list, *inner;
	dctx_locals *locals = NULL;

	(void)state;
	slot_logs = false;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessors_new(&inner), DCTX_OK);
	assert_int_equal(dctx_accessors_include(list, inner), DCTX_OK);
	for (int i = 0; i <= DCTX_ACCESSORS_MAX; i++) {
		snprintf(name[i], sizeof(name[i]), "many %d", i);
		many[i].name = name[i];
	}
	for (int i = 0; i < DCTX_ACCESSORS_MAX - 1; i++)
		assert_int_equal(slot_add(list, &many[i]), DCTX_OK);
	assert_int_equal(slot_add(inner, &many[DCTX_ACCESSORS_MAX]), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->limit, DCTX_ACCESSORS_MAX);
	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	dctx_locals_unref(locals);
	/* What is in a list does not know where it is. */
	locals = NULL;
	assert_int_equal(slot_add(inner, &slot_a), DCTX_OK);
	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_LIMIT);
	assert_null(locals);
	dctx_accessors_unref(inner);
	dctx_accessors_unref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(a_list_captures_in_the_order_in_which_it_was_filled),
		SLOT_TEST(an_empty_list_carries_nothing),
		SLOT_TEST(the_lasting_lists_outlive_their_references),
		SLOT_TEST(a_name_stands_once_in_a_list),
		SLOT_TEST(a_list_in_a_list_counts_in_its_place_as_it_is_then),
		SLOT_TEST(a_list_is_never_part_of_itself),
		SLOT_TEST(only_a_whole_accessor_is_taken),
		SLOT_TEST(past_the_limit_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
