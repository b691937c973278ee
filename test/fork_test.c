/* SPDX-License-Identifier: MIT */
/*
 * fork_test.c - proves that a forked store begins with what its parent sees,
 * of every generation, values and names and removals alike, and that from then
 * on neither shows the other's changes, nor one sub-task its sibling's.
 */
#include "kit.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_U64(k_one, "one", DCTX_LOCAL);
DCTX_KEY_U64(k_two, "two", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static dctx_store *fork_of(dctx_store *store)
{
	dctx_store *task = NULL;

	assert_int_equal(dctx_store_fork(store, &task), DCTX_OK);
	return task;
}

static const char *chain_of(dctx_store *store)
{
	static char text[256];

	dctx_store_chain_text(store, "/", text, sizeof(text));
	return text;
}

static void a_fork_sees_what_its_parent_sees(void **state)
{
	dctx_store *child;

	(void)state;
	dctx_set(k_text, "root");
	DCTX_SCOPE("parent");
	dctx_set(k_num, 1);
	child = fork_of(dctx_current());
	assert_int_equal(dctx_store_get(child, k_num, 0), 1);
	assert_string_equal(dctx_store_get(child, k_text, ""), "root");
	assert_string_equal(chain_of(child), "parent");
	assert_int_equal(dctx_store_depth(child), 1);
	dctx_task_free(child);
}

static void later_changes_show_on_neither_side(void **state)
{
	dctx_store *child;

	(void)state;
	dctx_set(k_num, 1);
	child = fork_of(dctx_current());
	dctx_set(k_num, 2);
	dctx_store_set(child, k_num, 3);
	dctx_store_set(child, k_text, "of the child");
	assert_int_equal(dctx_get(k_num, 0), 2);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_store_get(child, k_num, 0), 3);
	dctx_task_free(child);
	assert_int_equal(dctx_get(k_num, 0), 2);
}

static void a_fork_outlives_its_parents_scopes(void **state)
{
	dctx_store *child;
	struct dctxt_thing made = {.id = 1};

	(void)state;
	{
		DCTX_SCOPE("ends first");
		dctx_set(k_thing, &made);
		dctx_set(k_text, "of the scope");
		child = fork_of(dctx_current());
	}
	assert_int_equal(dctx_store_get(child, k_thing, NULL)->id, 1);
	assert_string_equal(dctx_store_get(child, k_text, ""), "of the scope");
	assert_string_equal(chain_of(child), "ends first");
	assert_int_equal(atomic_load(&dctxt_things.copies), 1);
	dctx_task_free(child);
	assert_int_equal(dctxt_alive(), 0);
}

static void a_fork_of_a_fork_of_a_fork_sees_them_all(void **state)
{
	dctx_store *child, *grandchild, *last;

	(void)state;
	(void)dctx_enter("grandparent");
	dctx_set(k_num, 1);
	child = fork_of(dctx_current());
	(void)dctx_store_enter(child, "child");
	dctx_store_set(child, k_one, 11);
	grandchild = fork_of(child);
	(void)dctx_store_enter(grandchild, "grandchild");
	dctx_store_set(grandchild, k_two, 22);
	last = fork_of(grandchild);
	dctx_task_free(child);
	dctx_task_free(grandchild);
	assert_int_equal(dctx_store_get(last, k_num, 0), 1);
	assert_int_equal(dctx_store_get(last, k_one, 0), 11);
	assert_int_equal(dctx_store_get(last, k_two, 0), 22);
	(void)dctx_store_enter(last, "last");
	assert_string_equal(chain_of(last),
			    "grandparent/child/grandchild/last");
	dctx_task_free(last);
}

static void a_hundred_generations_keep_the_first_value(void **state)
{
	dctx_store *store;

	(void)state;
	dctx_set(k_text, "of the first");
	store = fork_of(dctx_current());
	for (uint64_t i = 0; i < 100; i++) {
		dctx_store *next;

		dctx_store_set(store, k_num, i);
		(void)dctx_store_enter(store, "generation");
		next = fork_of(store);
		dctx_task_free(store);
		store = next;
	}
	assert_string_equal(dctx_store_get(store, k_text, ""), "of the first");
	assert_int_equal(dctx_store_get(store, k_num, 0), 99);
	assert_int_equal(dctx_store_chain(store, NULL, 0), 64);
	dctx_task_free(store);
}

static void a_fork_under_an_attach_sees_nothing_of_the_host(void **state)
{
	dctx_store *child;
	dctx_guard attach;

	(void)state;
	dctx_set(k_num, 1);
	(void)dctx_enter("host");
	assert_int_equal(dctx_attach(NULL, &attach), DCTX_OK);
	dctx_set(k_one, 2);
	child = fork_of(dctx_current());
	assert_false(dctx_store_has(child, k_num));
	assert_int_equal(dctx_store_get(child, k_one, 0), 2);
	assert_string_equal(chain_of(child), "");
	dctx_task_free(child);
}

static void a_fork_keeps_a_removal(void **state)
{
	dctx_store *child;

	(void)state;
	dctx_set(k_num, 1);
	DCTX_SCOPE("removes");
	dctx_unset(k_num);
	child = fork_of(dctx_current());
	assert_false(dctx_store_has(child, k_num));
	dctx_task_free(child);
}

static void a_removal_in_a_fork_is_its_own(void **state)
{
	dctx_store *child;
	dctx_guard guard;

	(void)state;
	dctx_set(k_num, 1);
	child = fork_of(dctx_current());
	dctx_task_enter(child);
	guard = dctx_enter("removes");
	dctx_unset(k_num);
	assert_false(dctx_has(k_num));
	dctx_leave(guard);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_unset(k_num);
	dctx_task_leave(child);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_false(dctx_store_has(child, k_num));
	dctx_task_free(child);
}

static void interleaved_sub_tasks_keep_apart(void **state)
{
	dctx_store *tasks[2];
	dctx_guard guards[2];

	(void)state;
	dctx_set(k_num, 7);
	for (int first = 0; first < 2; first++) {
		for (uint64_t i = 0; i < 2; i++) {
			tasks[i] = fork_of(dctx_current());
			dctx_task_enter(tasks[i]);
			guards[i] = dctx_enter("sub-task");
			dctx_set(k_num, i);
			dctx_task_leave(tasks[i]);
		}
		for (int turn = 0; turn < 2; turn++) {
			int i = (first + turn) % 2;

			dctx_task_enter(tasks[i]);
			assert_int_equal(dctx_get(k_num, 9), i);
			dctx_leave(guards[i]);
			assert_int_equal(dctx_get(k_num, 9), 7);
			assert_int_equal(dctx_depth(), 1);
			dctx_task_leave(tasks[i]);
			dctx_task_free(tasks[i]);
		}
	}
	assert_int_equal(dctxt_count_all(), 0);
}

static void forks_of_an_unchanged_store_share_its_values(void **state)
{
	static char large[5000];
	dctx_store *children[50];
	const char *text;

	(void)state;
	memset(large, 'l', sizeof(large) - 1);
	dctx_set(k_text, large);
	text = dctx_get(k_text, NULL);
	for (int i = 0; i < 50; i++) {
		children[i] = fork_of(dctx_current());
		assert_ptr_equal(dctx_store_get(children[i], k_text, NULL),
				 text);
	}
	for (int i = 0; i < 50; i++)
		dctx_task_free(children[i]);
}

static void forks_in_a_loop_take_no_more_memory(void **state)
{
	size_t before = 0;

	(void)state;
	dctx_set(k_text, "some text that is here all the time");
	for (int i = 0; i < 20000; i++) {
		dctx_store *child = fork_of(dctx_current());

		dctx_task_enter(child);
		(void)dctx_enter("child");
		dctx_set(k_num, 1);
		dctx_task_leave(child);
		dctx_task_free(child);
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_fork_sees_what_its_parent_sees),
		DCTXT_TEST(later_changes_show_on_neither_side),
		DCTXT_TEST(a_fork_outlives_its_parents_scopes),
		DCTXT_TEST(a_fork_of_a_fork_of_a_fork_sees_them_all),
		DCTXT_TEST(a_hundred_generations_keep_the_first_value),
		DCTXT_TEST(a_fork_under_an_attach_sees_nothing_of_the_host),
		DCTXT_TEST(a_fork_keeps_a_removal),
		DCTXT_TEST(a_removal_in_a_fork_is_its_own),
		DCTXT_TEST(interleaved_sub_tasks_keep_apart),
		DCTXT_TEST(forks_of_an_unchanged_store_share_its_values),
		DCTXT_TEST(forks_in_a_loop_take_no_more_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
