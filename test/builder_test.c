/* SPDX-License-Identifier: MIT */
/*
 * builder_test.c - proves that contexts can be made and passed by hand: a
 * child sees its parent's values and may set them otherwise, the parent sees
 * nothing of it, and lines of any length and any number of children are fine.
 */
#include "kit.h"

#include <pthread.h>

DCTX_KEY_STR(k_name, "name", DCTX_LOCAL);
DCTX_KEY_I64(k_number, "number", DCTX_LOCAL);
DCTX_KEY_U64(k_other, "other", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static dctx_builder *background(void)
{
	dctx_builder *b = NULL;

	assert_int_equal(dctx_builder_background(&b), DCTX_OK);
	return b;
}

static dctx_builder *child(dctx_snapshot *parent)
{
	dctx_builder *b = NULL;

	assert_int_equal(dctx_builder_child(parent, &b), DCTX_OK);
	return b;
}

static dctx_snapshot *freeze(dctx_builder *b)
{
	dctx_snapshot *context = NULL;

	assert_int_equal(dctx_builder_freeze(b, &context), DCTX_OK);
	return context;
}

/* What a function sees of the context that it is passed. */
static int64_t number_of(const dctx_snapshot *context)
{
	return dctx_snapshot_get(context, k_number, -1);
}

static void values_are_there_when_added_and_not_before(void **state)
{
	dctx_builder *b = background();
	dctx_snapshot *context;

	(void)state;
	assert_false(dctx_builder_has(b, k_name));
	assert_int_equal(dctx_builder_get(b, k_number, 5), 5);
	assert_int_equal(dctx_builder_set(b, k_name, "a text"), DCTX_OK);
	assert_int_equal(dctx_builder_set(b, k_number, 123), DCTX_OK);
	assert_string_equal(dctx_builder_get(b, k_name, ""), "a text");
	context = freeze(b);
	assert_string_equal(dctx_snapshot_get(context, k_name, ""), "a text");
	assert_int_equal(number_of(context), 123);
	assert_false(dctx_snapshot_has(context, k_other));
	assert_false(dctx_has(k_number));
	dctx_snapshot_unref(context);
}

static void objects_are_values_too(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_builder *b = background();
	dctx_snapshot *context;

	(void)state;
	assert_int_equal(dctx_builder_set(b, k_thing, &made), DCTX_OK);
	made.id = 2;
	context = freeze(b);
	assert_int_equal(dctx_snapshot_get(context, k_thing, NULL)->id, 1);
	assert_int_equal(dctxt_alive(), 1);
	dctx_snapshot_unref(context);
}

static void a_child_sees_its_parent_and_not_the_reverse(void **state)
{
	dctx_builder *b = background();
	dctx_snapshot *parent, *context;

	(void)state;
	(void)dctx_builder_set(b, k_name, "of the parent");
	parent = freeze(b);
	b = child(parent);
	(void)dctx_builder_set(b, k_number, 7);
	assert_string_equal(dctx_builder_get(b, k_name, ""), "of the parent");
	context = freeze(b);
	assert_int_equal(number_of(context), 7);
	assert_int_equal(number_of(parent), -1);
	dctx_snapshot_unref(parent);
	assert_string_equal(dctx_snapshot_get(context, k_name, ""),
			    "of the parent");
	dctx_snapshot_unref(context);
}

static void a_child_shadows_and_removes(void **state)
{
	dctx_builder *b = background();
	dctx_snapshot *parent, *context;

	(void)state;
	(void)dctx_builder_set(b, k_number, 1);
	(void)dctx_builder_set(b, k_name, "of the parent");
	parent = freeze(b);
	b = child(parent);
	(void)dctx_builder_set(b, k_number, 2);
	(void)dctx_builder_unset(b, k_name);
	context = freeze(b);
	assert_int_equal(number_of(parent), 1);
	assert_int_equal(number_of(context), 2);
	assert_true(dctx_snapshot_has(parent, k_name));
	assert_false(dctx_snapshot_has(context, k_name));
	dctx_snapshot_unref(parent);
	dctx_snapshot_unref(context);
}

static void a_value_set_again_is_the_last_one(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_builder *b = background();
	dctx_snapshot *context;

	(void)state;
	for (made.id = 1; made.id <= 3; made.id++) {
		(void)dctx_builder_set(b, k_thing, &made);
		(void)dctx_builder_set(b, k_number, made.id);
	}
	context = freeze(b);
	assert_int_equal(number_of(context), 3);
	assert_int_equal(dctx_snapshot_get(context, k_thing, NULL)->id, 3);
	assert_int_equal(dctxt_alive(), 1);
	dctx_snapshot_unref(context);
}

static void another_type_finds_nothing_and_the_right_one_does(void **state)
{
	dctx_builder *b = background();
	dctx_snapshot *context;

	(void)state;
	(void)dctx_builder_set(b, k_number, 7);
	context = freeze(b);
	assert_int_equal(dctx_snapshot_get_u64(context, &k_number.key, 5), 5);
	assert_null(dctx_snapshot_get_str(context, &k_number.key, NULL));
	assert_int_equal(number_of(context), 7);
	dctx_snapshot_unref(context);
}

static void names_are_added_to_the_parents(void **state)
{
	dctx_builder *b = background();
	dctx_snapshot *parent, *context;
	char text[64];

	(void)state;
	assert_int_equal(dctx_builder_name(b, "main"), DCTX_OK);
	parent = freeze(b);
	b = child(parent);
	(void)dctx_builder_set(b, k_number, 1);
	assert_int_equal(dctx_builder_name(b, "handle"), DCTX_OK);
	(void)dctx_builder_set(b, k_number, 2);
	assert_int_equal(dctx_builder_name(b, "lookup"), DCTX_OK);
	context = freeze(b);
	dctx_snapshot_chain_text(context, "/", text, sizeof(text));
	assert_string_equal(text, "main/handle/lookup");
	dctx_snapshot_chain_text(parent, "/", text, sizeof(text));
	assert_string_equal(text, "main");
	assert_int_equal(number_of(context), 2);
	dctx_snapshot_unref(parent);
	dctx_snapshot_unref(context);
}

static void a_child_of_the_current_context_takes_it_along(void **state)
{
	dctx_snapshot *context;
	dctx_builder *b;
	dctx_guard guard;

	(void)state;
	guard = dctx_enter("current");
	dctx_set(k_name, "of the current one");
	{
		DCTX_SNAPSHOT(here);
		b = child(here);
	}
	dctx_leave(guard);
	(void)dctx_builder_set(b, k_number, 7);
	context = freeze(b);
	{
		DCTX_ATTACH(context);
		assert_string_equal(dctx_get(k_name, ""), "of the current one");
		assert_int_equal(dctx_get(k_number, 0), 7);
	}
	dctx_snapshot_unref(context);
}

static void a_child_that_adds_nothing_is_its_parent(void **state)
{
	dctx_builder *b = background();
	dctx_snapshot *parent, *context;

	(void)state;
	(void)dctx_builder_set(b, k_number, 1);
	parent = freeze(b);
	context = freeze(child(parent));
	assert_ptr_equal(context, parent);
	dctx_snapshot_unref(context);
	dctx_snapshot_unref(parent);
	context = freeze(background());
	assert_ptr_equal(context, dctx_snapshot_empty());
}

enum { GENERATIONS = 300000 };

static void a_line_of_300000_generations_is_fine(void **state)
{
	dctx_snapshot *context = dctx_snapshot_empty();

	(void)state;
	for (int i = 0; i < GENERATIONS; i++) {
		dctx_builder *b = child(context);

		dctx_snapshot_unref(context);
		(void)dctx_builder_set(b, k_number, i);
		if (i == 0)
			(void)dctx_builder_set(b, k_name, "of the first");
		assert_int_equal(dctx_builder_name(b, "generation"), DCTX_OK);
		context = freeze(b);
	}
	assert_int_equal(number_of(context), GENERATIONS - 1);
	assert_string_equal(dctx_snapshot_get(context, k_name, ""),
			    "of the first");
	assert_int_equal(dctx_snapshot_chain(context, NULL, 0), 64);
	dctx_snapshot_unref(context);
}

/* Every name kept, and every generation alive until the end. */
static void a_line_of_300000_names_ends_without_recursion(void **state)
{
	static dctx_snapshot *line[GENERATIONS + 1];

	(void)state;
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_CHAIN, 0), DCTX_OK);
	for (int i = 0; i < GENERATIONS; i++) {
		dctx_builder *b = child(line[i]);

		assert_int_equal(dctx_builder_name(b, "generation"), DCTX_OK);
		line[i + 1] = freeze(b);
	}
	assert_int_equal(dctx_snapshot_chain(line[GENERATIONS], NULL, 0),
			 GENERATIONS);
	for (int i = 1; i <= GENERATIONS; i++)
		line[i] = dctx_snapshot_unref(line[i]);
}

static void a_parent_has_many_children(void **state)
{
	dctx_snapshot *children[100], *parent;
	dctx_builder *b = background();

	(void)state;
	(void)dctx_builder_set(b, k_name, "of the parent");
	parent = freeze(b);
	for (int i = 0; i < 100; i++) {
		b = child(parent);
		(void)dctx_builder_set(b, k_number, i);
		children[i] = freeze(b);
	}
	dctx_snapshot_unref(parent);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(number_of(children[i]), i);
		assert_string_equal(dctx_snapshot_get(children[i], k_name, ""),
				    "of the parent");
		dctx_snapshot_unref(children[i]);
	}
}

static void *build_on(void *arg)
{
	struct dctxt_thing made = {.id = 2};
	dctx_snapshot *context = NULL;

	DCTXT_EXPECT(dctx_builder_get(arg, k_number, 0) == 1);
	DCTXT_EXPECT(dctx_builder_set(arg, k_thing, &made) == DCTX_OK);
	DCTXT_EXPECT(dctx_builder_name(arg, "elsewhere") == DCTX_OK);
	DCTXT_EXPECT(dctx_builder_freeze(arg, &context) == DCTX_OK);
	DCTXT_EXPECT(!dctx_has(k_number));
	return context;
}

static void a_builder_may_move_to_another_thread(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_builder *b = background();
	dctx_snapshot *context;

	(void)state;
	(void)dctx_builder_set(b, k_number, 1);
	(void)dctx_builder_set(b, k_thing, &made);
	context = dctxt_on_thread(build_on, b);
	assert_int_equal(number_of(context), 1);
	assert_int_equal(dctx_snapshot_get(context, k_thing, NULL)->id, 2);
	assert_int_equal(dctxt_alive(), 1);
	dctx_snapshot_unref(context);
}

enum { OWNERS = 4 };

static void *own_a_child(void *arg)
{
	dctx_snapshot *parent = *(dctx_snapshot **)arg;

	for (int i = 0; i < 1000; i++) {
		dctx_snapshot *context = NULL;
		dctx_builder *b = NULL;

		DCTXT_EXPECT(dctx_builder_child(parent, &b) == DCTX_OK);
		(void)dctx_builder_set(b, k_number, i);
		DCTXT_EXPECT(dctx_builder_freeze(b, &context) == DCTX_OK);
		DCTXT_EXPECT(number_of(context) == i);
		DCTXT_EXPECT(dctx_snapshot_has(context, k_thing));
		dctx_snapshot_unref(context);
	}
	return NULL;
}

static void threads_own_children_of_one_parent(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_builder *b = background();
	dctx_snapshot *parents[OWNERS];

	(void)state;
	(void)dctx_builder_set(b, k_thing, &made);
	parents[0] = freeze(b);
	for (int i = 1; i < OWNERS; i++)
		parents[i] = parents[0];
	dctxt_together(OWNERS, own_a_child, parents, sizeof(parents[0]));
	dctx_snapshot_unref(parents[0]);
}

static void a_builder_is_freed_with_what_it_has(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_builder *b = background();

	(void)state;
	(void)dctx_builder_set(b, k_thing, &made);
	(void)!dctx_builder_name(b, "named");
	(void)dctx_builder_set(b, k_thing, &made);
	assert_null(dctx_builder_free(b));
	assert_int_equal(dctxt_alive(), 0);
	assert_null(dctx_builder_free(NULL));
}

static void a_failed_set_is_not_frozen(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_snapshot *context = NULL;
	dctx_builder *b = background();

	(void)state;
	dctxt_things.refuse = DCTX_CODEC;
	assert_int_equal(dctx_builder_set(b, k_thing, &made), DCTX_CODEC);
	dctxt_things.refuse = DCTX_OK;
	assert_int_equal(dctx_builder_set(b, k_number, 1), DCTX_OK);
	assert_int_equal(dctx_builder_name(b, "after"), DCTX_CODEC);
	assert_int_equal(dctx_builder_freeze(b, &context), DCTX_CODEC);
	assert_null(context);
	dctx_builder_free(b);
}

static void wrong_arguments_are_invalid(void **state)
{
	dctx_snapshot *context = NULL;
	dctx_builder *b = background();

	(void)state;
	assert_int_equal(dctx_builder_background(NULL), DCTX_INVALID);
	assert_int_equal(dctx_builder_child(NULL, NULL), DCTX_INVALID);
	assert_null(dctx_builder_store(NULL));
	assert_int_equal(dctx_builder_set(NULL, k_number, 1), DCTX_INVALID);
	assert_int_equal(dctx_builder_name(b, NULL), DCTX_INVALID);
	assert_int_equal(dctx_builder_name(NULL, "none"), DCTX_INVALID);
	assert_int_equal(dctx_builder_freeze(b, NULL), DCTX_INVALID);
	assert_int_equal(dctx_builder_freeze(NULL, &context), DCTX_INVALID);
	assert_null(context);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_DEPTH, 2), DCTX_OK);
	assert_int_equal(dctx_builder_name(b, "first"), DCTX_OK);
	assert_int_equal(dctx_builder_name(b, "second"), DCTX_OK);
	assert_int_equal(dctx_builder_name(b, "third"), DCTX_LIMIT);
	context = freeze(b);
	assert_int_equal(dctx_snapshot_chain(context, NULL, 0), 2);
	dctx_snapshot_unref(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(values_are_there_when_added_and_not_before),
		DCTXT_TEST(objects_are_values_too),
		DCTXT_TEST(a_child_sees_its_parent_and_not_the_reverse),
		DCTXT_TEST(a_child_shadows_and_removes),
		DCTXT_TEST(a_value_set_again_is_the_last_one),
		DCTXT_TEST(another_type_finds_nothing_and_the_right_one_does),
		DCTXT_TEST(names_are_added_to_the_parents),
		DCTXT_TEST(a_child_of_the_current_context_takes_it_along),
		DCTXT_TEST(a_child_that_adds_nothing_is_its_parent),
		DCTXT_TEST(a_line_of_300000_generations_is_fine),
		DCTXT_TEST(a_line_of_300000_names_ends_without_recursion),
		DCTXT_TEST(a_parent_has_many_children),
		DCTXT_TEST(a_builder_may_move_to_another_thread),
		DCTXT_TEST(threads_own_children_of_one_parent),
		DCTXT_TEST(a_builder_is_freed_with_what_it_has),
		DCTXT_TEST(a_failed_set_is_not_frozen),
		DCTXT_TEST(wrong_arguments_are_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
