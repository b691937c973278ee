/* SPDX-License-Identifier: MIT */
/*
 * list_test.c - proves that all a store or a snapshot holds can be listed, in
 * one order whatever was set first: what is visible, what was removed, and what
 * the innermost scope did. model_test holds the lists against the model in
 * every state that it reaches.
 */
#include "kit.h"

#include <stdio.h>

/* Registered in this order, at load. */
DCTX_KEY_U64(k_a, "a", DCTX_LOCAL);
DCTX_KEY_STR(k_b, "b", DCTX_LOG);
DCTX_KEY_U8(k_c, "c", DCTX_CLOSED);
DCTX_KEY_DECLARE_TYPE(k_d, struct dctxt_thing);
DCTX_KEY_TYPE(k_d, "d", struct dctxt_thing, &dctxt_thing_type, DCTX_LOCAL);

enum { MAX = 8 };

/* The listed keys' names, those that were removed with a minus. */
static const char *shown(const dctx_item *items, size_t n)
{
	static char text[64];

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		strcat(text, items[i].value.kind == 0 ? "-" : "");
		strcat(text, items[i].key->name);
	}
	return text;
}

static const char *list(unsigned what)
{
	dctx_item items[MAX];

	return shown(items, dctx_list(what, items, MAX));
}

static const char *list_of(const dctx_snapshot *snapshot, unsigned what)
{
	dctx_item items[MAX];

	return shown(items, dctx_snapshot_list(snapshot, what, items, MAX));
}

static void values_are_listed_in_order_of_registration(void **state)
{
	const struct dctxt_thing thing = {.id = 4};
	dctx_item items[MAX];

	(void)state;
	assert_string_equal(list(DCTX_LIST_REMOVED), "");
	dctx_set(k_d, &thing);
	dctx_set(k_c, 3);
	dctx_set(k_b, "two");
	dctx_set(k_a, 1);
	assert_int_equal(dctx_list(DCTX_LIST_VISIBLE, items, MAX), 4);
	assert_ptr_equal(items[0].key, &k_a.key);
	assert_int_equal(items[0].value.as.u, 1);
	assert_ptr_equal(items[1].key, &k_b.key);
	assert_ptr_equal(items[1].value.as.bytes.data, dctx_get(k_b, ""));
	assert_int_equal(items[2].value.kind, DCTX_KIND_U8);
	assert_ptr_equal(items[3].value.as.object, dctx_get(k_d, NULL));
	assert_ptr_equal(items[3].value.type, &dctxt_thing_type);
}

static void no_more_is_written_than_there_is_room_for(void **state)
{
	dctx_item items[2] = {{.key = NULL}, {.key = NULL}};

	(void)state;
	dctx_set(k_a, 1);
	dctx_set(k_c, 3);
	assert_int_equal(dctx_list(DCTX_LIST_VISIBLE, NULL, 0), 2);
	assert_int_equal(dctx_list(DCTX_LIST_VISIBLE, items, 1), 2);
	assert_ptr_equal(items[0].key, &k_a.key);
	assert_null(items[1].key);
	assert_int_equal(dctx_list(DCTX_LIST_VISIBLE, NULL, 1), 0);
	assert_int_equal(dctx_store_list(NULL, 0, items, 2), 0);
	assert_int_equal(dctx_snapshot_list(NULL, 0, items, 2), 0);
	assert_int_equal(dctx_snapshot_list(dctx_snapshot_empty(), 0, NULL, 2),
			 0);
}

static void a_scope_lists_what_it_did_itself(void **state)
{
	(void)state;
	dctx_set(k_a, 1);
	dctx_set(k_b, "outer");
	assert_string_equal(list(DCTX_LIST_SCOPE), "ab");
	{
		DCTX_SCOPE("inner");
		assert_string_equal(list(DCTX_LIST_SCOPE), "");
		assert_string_equal(list(DCTX_LIST_VISIBLE), "ab");
		dctx_set(k_b, "inner");
		dctx_set(k_b, "again");
		dctx_set(k_c, 3);
		assert_string_equal(list(DCTX_LIST_SCOPE), "bc");
		assert_string_equal(list(DCTX_LIST_VISIBLE), "abc");
	}
	assert_string_equal(list(DCTX_LIST_SCOPE), "ab");
}

static void what_was_removed_is_listed_on_demand(void **state)
{
	(void)state;
	dctx_set(k_a, 1);
	dctx_set(k_b, "b");
	dctx_unset(k_b);
	dctx_unset(k_d);
	assert_string_equal(list(DCTX_LIST_VISIBLE), "a");
	assert_string_equal(list(DCTX_LIST_REMOVED), "a-b-d");
	assert_string_equal(list(DCTX_LIST_SCOPE), "a-b-d");
	{
		DCTX_SCOPE("inner");
		dctx_unset(k_a);
		assert_string_equal(list(DCTX_LIST_VISIBLE), "");
		assert_string_equal(list(DCTX_LIST_REMOVED), "-a-b-d");
		assert_string_equal(list(DCTX_LIST_SCOPE), "-a");
		dctx_set(k_a, 2);
		assert_string_equal(list(DCTX_LIST_SCOPE), "a");
	}
	assert_string_equal(list(DCTX_LIST_REMOVED), "a-b-d");
}

static void a_hidden_closed_key_counts_as_removed(void **state)
{
	(void)state;
	dctx_set(k_c, 3);
	{
		DCTX_SCOPE("inner");
		dctx_set_any(&k_c.key, &DCTX_ANY(-1));
		assert_string_equal(list(DCTX_LIST_VISIBLE), "");
		assert_string_equal(list(DCTX_LIST_SCOPE), "-c");
	}
	assert_string_equal(list(DCTX_LIST_SCOPE), "c");
	dctx_set_any(&k_c.key, &DCTX_ANY(-1));
	assert_string_equal(list(DCTX_LIST_SCOPE), "-c");
}

static void a_dead_scope_did_nothing_but_hide(void **state)
{
	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 1), DCTX_OK);
	{
		DCTX_SCOPE("alive");
		dctx_set(k_a, 1);
		dctx_set(k_c, 3);
		{
			DCTX_SCOPE("dead");
			assert_string_equal(list(DCTX_LIST_SCOPE), "");
			dctx_set(k_c, 4);
			assert_string_equal(list(DCTX_LIST_SCOPE), "-c");
			{
				DCTX_SCOPE("dead, too");
				assert_string_equal(list(DCTX_LIST_SCOPE), "");
			}
			assert_string_equal(list(DCTX_LIST_VISIBLE), "a");
		}
		assert_string_equal(list(DCTX_LIST_SCOPE), "ac");
	}
}

static void a_snapshot_lists_what_it_took(void **state)
{
	(void)state;
	dctx_set(k_b, "b");
	dctx_set(k_a, 1);
	{
		DCTX_SCOPE("inner");
		dctx_unset(k_a);
		dctx_set(k_c, 3);
		{
			DCTX_SNAPSHOT(taken);
			dctx_unset(k_b);
			assert_string_equal(list_of(taken, 0), "bc");
			assert_string_equal(list_of(taken, DCTX_LIST_REMOVED),
					    "-abc");
			assert_string_equal(list_of(taken, DCTX_LIST_SCOPE),
					    "-abc");
		}
	}
}

static void an_attach_lists_the_snapshots_values_as_not_its_own(void **state)
{
	(void)state;
	dctx_set(k_a, 1);
	dctx_unset(k_d);
	{
		DCTX_SNAPSHOT(taken);
		dctx_set(k_b, "host");
		{
			DCTX_ATTACH(taken);
			assert_string_equal(list(DCTX_LIST_REMOVED), "a-d");
			assert_string_equal(list(DCTX_LIST_SCOPE), "");
			dctx_set(k_c, 3);
			dctx_unset(k_a);
			assert_string_equal(list(DCTX_LIST_SCOPE), "-ac");
		}
		assert_string_equal(list(DCTX_LIST_SCOPE), "ab-d");
		assert_int_equal(dctx_restore(taken), DCTX_OK);
		assert_string_equal(list(DCTX_LIST_REMOVED), "a-d");
		assert_string_equal(list(DCTX_LIST_SCOPE), "");
		dctx_unset(k_d);
		assert_string_equal(list(DCTX_LIST_SCOPE), "-d");
	}
}

static void a_task_lists_only_what_it_did_itself(void **state)
{
	dctx_item items[MAX];
	dctx_store *task;

	(void)state;
	dctx_set(k_a, 1);
	assert_int_equal(dctx_fork(&task), DCTX_OK);
	assert_int_equal(dctx_store_list(task, DCTX_LIST_SCOPE, items, MAX), 0);
	assert_string_equal(
		shown(items, dctx_store_list(task, 0, items, MAX)), "a");
	dctx_store_set(task, k_b, "task");
	assert_string_equal(
		shown(items, dctx_store_list(task, DCTX_LIST_SCOPE, items,
					     MAX)),
		"b");
	dctx_task_free(task);
}

static void a_scope_in_the_middle_retires_from_the_list(void **state)
{
	dctx_guard below, above;

	(void)state;
	below = dctx_enter("below");
	dctx_set(k_a, 1);
	dctx_set(k_b, "below");
	above = dctx_enter("above");
	dctx_set(k_b, "above");
	assert_int_equal(dctx_scope_retire(below), DCTX_OK);
	assert_string_equal(list(DCTX_LIST_VISIBLE), "b");
	assert_string_equal(list(DCTX_LIST_SCOPE), "b");
	dctx_leave(above);
	assert_string_equal(list(DCTX_LIST_REMOVED), "");
}

static void equal_keys_are_listed_once(void **state)
{
	static dctx_key_u64 again = DCTX_KEY_INIT_U64("a", DCTX_LOCAL);
	dctx_item item;

	(void)state;
	dctx_set(again, 5);
	assert_int_equal(dctx_list(DCTX_LIST_VISIBLE, &item, 1), 1);
	assert_ptr_equal(item.key, &k_a.key);
}

static void keys_of_any_registry_are_listed(void **state)
{
	static dctx_key_u8 mine = DCTX_KEY_INIT_U8("mine", DCTX_LOCAL);
	dctx_registry *registry;

	(void)state;
	assert_int_equal(dctx_registry_new("list", &registry), DCTX_OK);
	assert_int_equal(dctx_registry_add(registry, &mine.key), DCTX_OK);
	dctx_set(mine, 1);
	assert_string_equal(list(DCTX_LIST_VISIBLE), "mine");
	dctx_registry_free(registry);
	assert_string_equal(list(DCTX_LIST_SCOPE), "mine");
}

static void more_than_a_chunk_of_values_is_listed(void **state)
{
	static dctx_key many[200];
	static char names[200][16];
	static dctx_item items[300];
	DCTX_SCOPE("many");

	(void)state;
	dctx_set(k_a, 1);
	for (int i = 0; i < 200; i++) {
		snprintf(names[i], sizeof(names[i]), "list.%d", i);
		many[i].name = names[i];
		many[i].kind = DCTX_KIND_STR;
		assert_int_equal(dctx_store_set_str(dctx_current(), &many[i],
						    "a text of some length"),
				 DCTX_OK);
	}
	assert_int_equal(dctx_list(DCTX_LIST_SCOPE, items, 300), 201);
	for (int i = 0; i < 200; i++)
		assert_ptr_equal(items[i + 1].key, &many[i]);
	dctx_set(k_b, "behind them");
	assert_int_equal(dctx_list(DCTX_LIST_SCOPE, items, 300), 202);
	assert_ptr_equal(items[1].key, &k_b.key);
}

static void *list_a_new_thread(void *arg)
{
	DCTXT_EXPECT(dctx_list(DCTX_LIST_SCOPE, NULL, 0) == 0);
	DCTXT_EXPECT(dctx_list(DCTX_LIST_REMOVED, NULL, 0) == 0);
	DCTXT_EXPECT(dctx_snapshot_list(NULL, DCTX_LIST_VISIBLE, NULL, 0) == 0);
	DCTXT_EXPECT(dctx_snapshot_list(dctx_snapshot_empty(),
					DCTX_LIST_VISIBLE, NULL, 0) == 0);
	return arg;
}

static void a_thread_that_did_nothing_lists_nothing(void **state)
{
	(void)state;
	dctxt_on_thread(list_a_new_thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(values_are_listed_in_order_of_registration),
		DCTXT_TEST(no_more_is_written_than_there_is_room_for),
		DCTXT_TEST(a_scope_lists_what_it_did_itself),
		DCTXT_TEST(what_was_removed_is_listed_on_demand),
		DCTXT_TEST(a_hidden_closed_key_counts_as_removed),
		DCTXT_TEST(a_dead_scope_did_nothing_but_hide),
		DCTXT_TEST(a_snapshot_lists_what_it_took),
		DCTXT_TEST(an_attach_lists_the_snapshots_values_as_not_its_own),
		DCTXT_TEST(a_task_lists_only_what_it_did_itself),
		DCTXT_TEST(a_scope_in_the_middle_retires_from_the_list),
		DCTXT_TEST(equal_keys_are_listed_once),
		DCTXT_TEST(keys_of_any_registry_are_listed),
		DCTXT_TEST(more_than_a_chunk_of_values_is_listed),
		DCTXT_TEST(a_thread_that_did_nothing_lists_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
