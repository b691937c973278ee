/* SPDX-License-Identifier: MIT */
/*
 * note_limits_test.c - proves that notes are bounded in number, name, bytes and
 * memory, and that a note which is refused changes nothing and is told.
 */
#include "kit.h"

#include <stdio.h>

static void names_and_numbers_of_notes_are_bounded(void **state)
{
	char name[DCTX_NOTE_NAME_MAX + 2];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(dctx_note_set(name, &DCTX_ANY(1)), DCTX_INVALID);
	name[DCTX_NOTE_NAME_MAX] = '\0';
	assert_int_equal(dctx_note_set(name, &DCTX_ANY(1)), DCTX_OK);
	assert_int_equal(dctx_note_set("\xff", &DCTX_ANY(1)), DCTX_INVALID);
	for (int i = 1; i < DCTX_NOTES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(dctx_note_set(name, &DCTX_ANY(i)), DCTX_OK);
	}
	assert_int_equal(dctx_note_set("more", &DCTX_ANY(1)), DCTX_LIMIT);
	assert_int_equal(dctx_last_error()->limit, DCTX_NOTES_MAX);
	assert_string_equal(dctx_last_error()->what, "more");
	assert_int_equal(dctx_notes(NULL, 0), DCTX_NOTES_MAX);
	assert_int_equal(dctx_note_set("n7", &DCTX_ANY(0)), DCTX_OK);
	assert_int_equal(dctx_note("n255").as.i, 255);
	dctx_note_unset("n1");
	assert_int_equal(dctx_note_set("more", &DCTX_ANY(1)), DCTX_OK);
}

static void the_bytes_of_notes_are_bounded(void **state)
{
	static char large[40000];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 100000),
			 DCTX_OK);
	assert_int_equal(dctx_note_set("a", &DCTX_ANY(large)), DCTX_OK);
	assert_int_equal(dctx_note_set("b", &DCTX_ANY(large)), DCTX_OK);
	assert_int_equal(dctx_note_set("c", &DCTX_ANY(large)), DCTX_LIMIT);
	assert_string_equal(dctx_last_error()->what, "c");
	assert_int_equal(dctx_last_error()->limit, 100000);
	for (int i = 0; i < 10; i++)
		assert_int_equal(dctx_note_set("b", &DCTX_ANY(large)),
				 DCTX_OK);
	dctx_note_unset("a");
	assert_int_equal(dctx_note_set("c", &DCTX_ANY(large)), DCTX_OK);
	dctx_notes_clear();
	assert_int_equal(dctx_note_set("a", &DCTX_ANY(large)), DCTX_OK);
	assert_int_equal(dctx_note_set("b", &DCTX_ANY(large)), DCTX_OK);
}

static void a_refused_note_is_counted_told_and_kept(void **state)
{
	const struct dctxt_told *told = dctxt_listen();
	const dctx_any none = {.as.u = 0};
	const dctx_any much = {.kind = DCTX_KIND_I8, .as.i = 128};
	const dctx_any untyped = {.kind = DCTX_KIND_TYPE, .as.object = &none};

	(void)state;
	dctx_note_set("a", &DCTX_ANY(1));
	assert_int_equal(dctx_note_set("a", &none), DCTX_INVALID);
	assert_int_equal(told->event, DCTX_EV_DROPPED_WRITE);
	assert_int_equal(told->status, DCTX_INVALID);
	assert_string_equal(told->what, "a");
	assert_int_equal(dctx_scope_status(), DCTX_INVALID);
	assert_int_equal(dctx_note_set("a", &much), DCTX_INVALID);
	assert_int_equal(dctx_note_set("a", &untyped), DCTX_INVALID);
	assert_int_equal(dctx_note_set("a", NULL), DCTX_INVALID);
	assert_int_equal(dctx_note_set(NULL, &DCTX_ANY(1)), DCTX_INVALID);
	assert_int_equal(dctx_note_unset(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_note_set(NULL, "a", &DCTX_ANY(1)),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_note_unset(NULL, "a"), DCTX_INVALID);
	assert_int_equal(dctx_store_notes_clear(NULL), DCTX_INVALID);
	assert_int_equal(told->times, 9);
	assert_int_equal(dctx_note("a").as.i, 1);
	assert_int_equal(dctx_store_note(NULL, "a").kind, 0);
	assert_int_equal(dctx_note(NULL).kind, 0);
	assert_int_equal(dctx_store_notes(NULL, NULL, 0), 0);
}

static void a_dead_scope_takes_no_notes(void **state)
{
	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1), DCTX_OK);
	{
		DCTX_SCOPE("alive");
		dctx_note_set("a", &DCTX_ANY(1));
		{
			DCTX_SCOPE("dead");
			assert_int_equal(dctx_note_set("a", &DCTX_ANY(2)),
					 DCTX_DEAD_SCOPE);
			assert_int_equal(dctx_note_unset("a"),
					 DCTX_DEAD_SCOPE);
			assert_int_equal(dctx_notes_clear(), DCTX_DEAD_SCOPE);
			assert_int_equal(dctx_note("a").as.i, 1);
		}
	}
}

static void a_loop_of_notes_takes_no_more_memory(void **state)
{
	size_t bytes = 0;
	DCTX_SCOPE("loop");

	(void)state;
	for (int i = 0; i < 3000; i++) {
		DCTX_MEMO(i);
		if (i == 10)
			bytes = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), bytes);
	assert_int_equal(dctx_note("i").as.i, 2999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(names_and_numbers_of_notes_are_bounded),
		DCTXT_TEST(the_bytes_of_notes_are_bounded),
		DCTXT_TEST(a_refused_note_is_counted_told_and_kept),
		DCTXT_TEST(a_dead_scope_takes_no_notes),
		DCTXT_TEST(a_loop_of_notes_takes_no_more_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
