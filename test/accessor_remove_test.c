/* SPDX-License-Identifier: MIT */
/*
 * accessor_remove_test.c - proves that an accessor that is removed or replaced
 * serves what captured it until that is gone, that waiting for that waits no
 * longer and no less, and that threads may capture while others change lists.
 */
#include "slot.h"

#include <time.h>

static dctx_locals *capture_of(dctx_accessors *list)
{
	dctx_locals *locals = NULL;

	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	return locals;
}

static void a_removed_accessor_still_restores_what_it_set(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	slots_are("A", "B", NULL);
	locals = capture_of(list);
	slots_are("x", "y", NULL);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	assert_int_equal(dctx_locals_open(locals, DCTX_OVERLAY_LOCALS, NULL,
					  &guard),
			 DCTX_OK);
	assert_string_equal(slots_text(), "A B -");
	assert_int_equal(dctx_accessor_remove(list, "b"), DCTX_OK);
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x y -");
	dctx_accessors_unref(list);
	dctx_locals_unref(locals);
}

static void restore_nothing(void *user, void *before)
{
	(void)before;
	DCTXT_EXPECT(user == NULL);
}

static void one_that_replaces_another_does_not_restore_for_it(void **state)
{
	dctx_accessor other = slot_accessor(&slot_a);
	dctx_accessors *list = slots_abc();
	dctx_locals_guard guard;
	dctx_locals *locals;

	(void)state;
	other.restore = restore_nothing;
	slots_are("A", NULL, NULL);
	locals = capture_of(list);
	slots_are("x", NULL, NULL);
	assert_int_equal(dctx_locals_open(locals, DCTX_OVERLAY_LOCALS, NULL,
					  &guard),
			 DCTX_OK);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &other), DCTX_OK);
	dctx_locals_close(guard);
	assert_string_equal(slots_text(), "x - -");
	dctx_accessors_unref(list);
	dctx_locals_unref(locals);
}

static void waiting_says_when_a_capture_is_still_there(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_locals *locals = capture_of(list);
	int64_t until = dctx_deadline_in(5 * DCTX_MS);

	(void)state;
	assert_int_equal(dctx_accessor_remove_wait(list, "a", until),
			 DCTX_BUSY);
	assert_true(dctx_now() >= until);
	assert_int_equal(dctx_accessor_remove(list, "a"), DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_accessor_remove_wait(list, "b", 0), DCTX_BUSY);
	dctx_locals_unref(locals);
	assert_int_equal(dctx_accessor_remove_wait(list, "c", 0), DCTX_OK);
	dctx_accessors_unref(list);
}

static void waiting_ends_with_the_context(void **state)
{
	dctx_accessors *list = slots_abc();
	dctx_locals *locals = capture_of(list);

	(void)state;
	assert_int_equal(dctx_set_timeout(2 * DCTX_MS), DCTX_OK);
	assert_int_equal(dctx_accessor_remove_wait(list, "a",
						   DCTX_NO_DEADLINE),
			 DCTX_DEADLINE_EXCEEDED);
	dctx_locals_unref(locals);
	dctx_accessors_unref(list);
}

static atomic_bool given_back;

static void *give_back(void *locals)
{
	struct timespec nap = {.tv_nsec = 5 * DCTX_MS};

	nanosleep(&nap, NULL);
	given_back = true;
	dctx_locals_unref(locals);
	return NULL;
}

static void waiting_ends_once_the_last_capture_is_gone(void **state)
{
	dctx_accessors *list = slots_abc();
	pthread_t thread;

	(void)state;
	given_back = false;
	assert_int_equal(pthread_create(&thread, NULL, give_back,
					capture_of(list)),
			 0);
	assert_int_equal(dctx_accessor_remove_wait(list, "b",
						   DCTX_NO_DEADLINE),
			 DCTX_OK);
	assert_true(given_back);
	pthread_join(thread, NULL);
	dctx_accessors_unref(list);
}

enum { CAPTURERS = 3, ROUNDS = 2000 };

static dctx_accessors *shared, *shared_inner;
static atomic_int capturing;

static void *capture_and_open(void *arg)
{
	(void)arg;
	slots_are("A", "B", NULL);
	for (int i = 0; i < ROUNDS; i++) {
		dctx_locals *locals = NULL;
		dctx_locals_guard guard;

		if (!DCTXT_EXPECT(dctx_locals_capture(shared, NULL, &locals) ==
				  DCTX_OK))
			break;
		slots_are("x", "y", NULL);
		DCTXT_EXPECT(dctx_locals_open(locals, DCTX_OVERLAY_LOCALS, NULL,
					      &guard) == DCTX_OK);
		/* "a" is there always, whatever happens to "b". */
		DCTXT_EXPECT(strcmp(slot_now[0], "A") == 0);
		dctx_locals_close(guard);
		DCTXT_EXPECT(strcmp(slots_text(), "x y -") == 0);
		dctx_locals_unref(locals);
		slots_are("A", "B", NULL);
	}
	capturing--;
	return NULL;
}

static void *change_lists(void *arg)
{
	(void)arg;
	while (capturing > 0) {
		DCTXT_EXPECT(slot_add(shared_inner, &slot_b) == DCTX_OK);
		DCTXT_EXPECT(dctx_accessors_exclude(shared, shared_inner) ==
			     DCTX_OK);
		DCTXT_EXPECT(dctx_accessors_include(shared, shared_inner) ==
			     DCTX_OK);
		DCTXT_EXPECT(dctx_accessor_remove_wait(shared_inner, "b",
						       DCTX_NO_DEADLINE) ==
			     DCTX_OK);
	}
	return NULL;
}

static void *one_of_them(void *item)
{
	return *(int *)item < CAPTURERS ? capture_and_open(item)
					: change_lists(item);
}

static void threads_capture_while_another_changes_the_lists(void **state)
{
	int number[CAPTURERS + 1];

	(void)state;
	slot_logs = false;
	for (int i = 0; i <= CAPTURERS; i++)
		number[i] = i;
	capturing = CAPTURERS;
	assert_int_equal(dctx_accessors_new(&shared), DCTX_OK);
	assert_int_equal(dctx_accessors_new(&shared_inner), DCTX_OK);
	assert_int_equal(slot_add(shared, &slot_a), DCTX_OK);
	assert_int_equal(dctx_accessors_include(shared, shared_inner), DCTX_OK);
	dctxt_together(CAPTURERS + 1, one_of_them, number, sizeof(number[0]));
	dctx_accessors_unref(shared);
	dctx_accessors_unref(shared_inner);
}

static void in_a_child(void *list)
{
	dctx_locals *locals = NULL;

	DCTXT_EXPECT(dctx_locals_capture(list, NULL, &locals) == DCTX_OK);
	DCTXT_EXPECT(dctx_accessor_remove_wait(list, "a", 0) == DCTX_BUSY);
	dctx_locals_unref(locals);
	DCTXT_EXPECT(dctx_accessor_remove_wait(list, "b", 0) == DCTX_OK);
}

static void lists_go_on_in_a_forks_child(void **state)
{
	dctx_accessors *list = slots_abc();

	(void)state;
	assert_true(dctxt_in_child(in_a_child, list));
	dctx_accessors_unref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(a_removed_accessor_still_restores_what_it_set),
		SLOT_TEST(one_that_replaces_another_does_not_restore_for_it),
		SLOT_TEST(waiting_says_when_a_capture_is_still_there),
		SLOT_TEST(waiting_ends_with_the_context),
		SLOT_TEST(waiting_ends_once_the_last_capture_is_gone),
		SLOT_TEST(threads_capture_while_another_changes_the_lists),
		SLOT_TEST(lists_go_on_in_a_forks_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
