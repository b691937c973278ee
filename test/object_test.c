/* SPDX-License-Identifier: MIT */
/*
 * object_test.c - proves that a user's object is copied once and destroyed
 * once, whatever way its scope ends, and that its functions may call dctx or
 * jump out without a value being lost or ended twice.
 */
#include "kit.h"

DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_rest, struct dctxt_thing);
DCTX_KEY_TYPE(k_rest, "rest", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);
DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

/* A type without functions, and one of the largest size. */
struct point {
	int x, y;
};
static const dctx_type point_type = {.struct_size = sizeof(dctx_type),
				     .name = "point",
				     .size = sizeof(struct point)};
DCTX_KEY_DECLARE_TYPE(k_point, struct point);
DCTX_KEY_TYPE(k_point, "point", struct point, &point_type, DCTX_LOCAL);

struct block {
	char bytes[1 << 20];
};
static const dctx_type block_type = {.struct_size = sizeof(dctx_type),
				     .name = "block",
				     .size = sizeof(struct block)};
DCTX_KEY_DECLARE_TYPE(k_block, struct block);
DCTX_KEY_TYPE(k_block, "block", struct block, &block_type, DCTX_LOCAL);

static struct dctxt_thing thing(int id)
{
	struct dctxt_thing made = {.id = id};

	return made;
}

static int copies(void)
{
	return atomic_load(&dctxt_things.copies);
}

static int destroys(void)
{
	return atomic_load(&dctxt_things.destroys);
}

static void set_thing(int id)
{
	struct dctxt_thing made = thing(id);

	assert_int_equal(dctx_set(k_thing, &made), DCTX_OK);
}

static int visible(void)
{
	const struct dctxt_thing *found = dctx_get(k_thing, NULL);

	return found != NULL ? found->id : 0;
}

static void an_object_is_copied_once_and_destroyed_once(void **state)
{
	(void)state;
	{
		DCTX_SCOPE("holds");
		set_thing(1);
		assert_int_equal(copies(), 1);
		assert_int_equal(visible(), 1);
		{
			DCTX_SCOPE("reads");
			assert_int_equal(visible(), 1);
		}
		assert_int_equal(destroys(), 0);
	}
	assert_int_equal(copies(), 1);
	assert_int_equal(destroys(), 1);
	assert_int_equal(visible(), 0);
}

static void a_replaced_object_lives_until_its_scope_is_left(void **state)
{
	(void)state;
	{
		const struct dctxt_thing *first;
		DCTX_SCOPE("sets twice");

		set_thing(1);
		first = dctx_get(k_thing, NULL);
		set_thing(2);
		dctx_unset(k_thing);
		assert_int_equal(destroys(), 0);
		assert_int_equal(first->id, 1);
	}
	assert_int_equal(destroys(), 2);
}

static void a_replace_destroys_at_once(void **state)
{
	struct dctxt_thing made = thing(3);

	(void)state;
	set_thing(1);
	{
		DCTX_SCOPE("replaces");
		assert_int_equal(dctx_replace(k_thing, &made), DCTX_OK);
		assert_int_equal(destroys(), 0);
		made.id = 4;
		assert_int_equal(dctx_replace(k_thing, &made), DCTX_OK);
		assert_int_equal(destroys(), 1);
		assert_int_equal(dctxt_things.last_destroyed, 3);
	}
	assert_int_equal(destroys(), 2);
	assert_int_equal(visible(), 1);
}

static void a_loop_of_replaces_keeps_two_objects(void **state)
{
	size_t before = 0;
	DCTX_SCOPE("loop");

	(void)state;
	for (int i = 1; i <= 100000; i++) {
		struct dctxt_thing made = thing(i);

		if (i == 100)
			before = dctxt_heap_bytes();
		assert_int_equal(dctx_replace(k_thing, &made), DCTX_OK);
		assert_in_range(dctxt_alive(), 1, 2);
	}
	assert_in_range(dctxt_heap_bytes(), 0, before + 4096);
	assert_int_equal(visible(), 100000);
}

static void a_copy_that_fails_changes_nothing(void **state)
{
	struct dctxt_thing made = thing(2);
	DCTX_SCOPE("refused");

	(void)state;
	set_thing(1);
	dctxt_things.refuse = DCTX_CODEC;
	assert_int_equal(dctx_set(k_thing, &made), DCTX_CODEC);
	assert_int_equal(dctx_replace(k_thing, &made), DCTX_CODEC);
	assert_int_equal(visible(), 1);
	assert_int_equal(destroys(), 0);
	assert_int_equal(dctx_scope_status(), DCTX_CODEC);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 2);
}

static void an_object_that_is_null_is_invalid(void **state)
{
	dctx_store *store = dctx_current();

	(void)state;
	set_thing(1);
	assert_int_equal(dctx_store_set_type(store, &k_thing.key, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_replace_type(store, &k_thing.key, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_set_type(store, NULL, store), DCTX_INVALID);
	assert_int_equal(visible(), 1);
}

static void a_type_without_functions_is_plain_memory(void **state)
{
	struct point at = {3, 4};
	const struct point *found;

	(void)state;
	assert_int_equal(dctx_set(k_point, &at), DCTX_OK);
	at.x = 9;
	found = dctx_get(k_point, NULL);
	assert_ptr_not_equal(found, &at);
	assert_int_equal(found->x, 3);
	assert_int_equal(found->y, 4);
	assert_int_equal((uintptr_t)found % _Alignof(max_align_t), 0);
}

static void the_largest_type_fits(void **state)
{
	static struct block block;

	(void)state;
	memset(&block, 'b', sizeof(block));
	assert_int_equal(dctx_set(k_block, &block), DCTX_OK);
	assert_memory_equal(dctx_get(k_block, NULL), &block, sizeof(block));
}

/* Uses every part of the API that a destroy function may want. */
static void use_dctx(const struct dctxt_thing *gone)
{
	dctx_snapshot *snapshot;
	DCTX_SCOPE("destroying");

	dctx_set(k_num, (uint64_t)gone->id);
	dctx_set(k_text, "in destroy");
	DCTXT_EXPECT(dctx_get(k_num, 0) == (uint64_t)gone->id);
	DCTXT_EXPECT(dctx_capture(&snapshot) == DCTX_OK);
	{
		DCTX_ATTACH(snapshot);
		DCTXT_EXPECT(strcmp(dctx_get(k_text, ""), "in destroy") == 0);
	}
	dctx_snapshot_unref(snapshot);
}

static void a_destroy_may_use_dctx_while_a_scope_is_left(void **state)
{
	(void)state;
	dctx_set(k_num, 7);
	dctxt_things.on_destroy = use_dctx;
	for (int i = 0; i < 10; i++) {
		DCTX_SCOPE("holds");
		set_thing(1);
		set_thing(2);
		dctx_set(k_num, 8);
	}
	assert_int_equal(destroys(), 20);
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_false(dctx_has(k_text));
	assert_int_equal(dctx_depth(), 1);
}

static void see_new_value(const struct dctxt_thing *gone)
{
	const struct dctxt_thing *now = dctx_get(k_thing, NULL);

	DCTXT_EXPECT(now != NULL && now->id == gone->id + 1);
}

static void a_destroy_in_a_replace_sees_the_new_value(void **state)
{
	DCTX_SCOPE("replaces");

	(void)state;
	dctxt_things.on_destroy = see_new_value;
	for (int i = 1; i <= 100; i++) {
		struct dctxt_thing made = thing(i);

		assert_int_equal(dctx_replace(k_thing, &made), DCTX_OK);
	}
	dctxt_things.on_destroy = NULL;
}

static void set_while_destroyed(const struct dctxt_thing *gone)
{
	struct dctxt_thing made = thing(gone->id + 100);

	if (gone->id < 100)
		dctx_replace(k_thing, &made);
}

static void a_destroy_may_replace_its_own_key(void **state)
{
	struct dctxt_thing made = thing(2);

	(void)state;
	{
		DCTX_SCOPE("replaces");
		set_thing(1);
		dctxt_things.on_destroy = set_while_destroyed;
		assert_int_equal(dctx_replace(k_thing, &made), DCTX_OK);
		assert_in_range(visible(), 101, 102);
		dctxt_things.on_destroy = NULL;
	}
	assert_int_equal(dctxt_alive(), 0);
}

static void a_destroy_may_replace_while_a_scope_is_left(void **state)
{
	(void)state;
	{
		DCTX_SCOPE("outer");
		dctxt_things.on_destroy = set_while_destroyed;
		{
			DCTX_SCOPE("holds");
			set_thing(1);
		}
		assert_int_equal(visible(), 101);
		dctxt_things.on_destroy = NULL;
	}
	assert_int_equal(dctxt_alive(), 0);
}

static dctx_guard left_by_destroy;

static void leave_the_outer_scope(const struct dctxt_thing *gone)
{
	(void)gone;
	dctx_leave(left_by_destroy);
}

static void a_destroy_may_leave_an_outer_scope(void **state)
{
	dctx_guard inner;

	(void)state;
	left_by_destroy = dctx_enter("outer");
	dctx_set(k_num, 1);
	inner = dctx_enter("inner");
	set_thing(1);
	dctxt_things.on_destroy = leave_the_outer_scope;
	dctx_leave(inner);
	dctxt_things.on_destroy = NULL;
	assert_int_equal(dctx_depth(), 1);
	assert_false(dctx_has(k_num));
	assert_int_equal(destroys(), 1);
}

static dctx_status copy_with_dctx(void *dst, const void *src)
{
	DCTX_SCOPE("copying");

	dctx_set(k_num, 99);
	dctx_set(k_text, "while copying");
	memcpy(dst, src, sizeof(struct point));
	return DCTX_OK;
}

static const dctx_type busy_type = {.struct_size = sizeof(dctx_type),
				    .name = "busy point",
				    .size = sizeof(struct point),
				    .copy = copy_with_dctx};
DCTX_KEY_DECLARE_TYPE(k_busy, struct point);
DCTX_KEY_TYPE(k_busy, "busy", struct point, &busy_type, DCTX_LOCAL);

static void a_copy_may_use_dctx(void **state)
{
	struct point at = {1, 2};

	(void)state;
	dctx_set(k_num, 1);
	{
		DCTX_SCOPE("copies");
		assert_int_equal(dctx_set(k_busy, &at), DCTX_OK);
		assert_int_equal(dctx_get(k_busy, NULL)->y, 2);
		assert_int_equal(dctx_replace(k_busy, &at), DCTX_OK);
		assert_int_equal(dctx_get(k_num, 0), 1);
	}
	assert_false(dctx_has(k_busy));
}

static dctx_status copy_into_itself(void *dst, const void *src)
{
	static bool inside;
	struct point at = {7, 7};

	if (!inside) {
		inside = true;
		dctx_store_set_type(dctx_current(), &k_point.key, &at);
		inside = false;
	}
	memcpy(dst, src, sizeof(struct point));
	return DCTX_OK;
}

static const dctx_type nested_type = {.struct_size = sizeof(dctx_type),
				      .name = "nested point",
				      .size = sizeof(struct point),
				      .copy = copy_into_itself};
DCTX_KEY_DECLARE_TYPE(k_nested, struct point);
DCTX_KEY_TYPE(k_nested, "nested", struct point, &nested_type, DCTX_LOCAL);

static void a_copy_may_set_another_key(void **state)
{
	struct point at = {1, 2};

	(void)state;
	{
		DCTX_SCOPE("copies");
		assert_int_equal(dctx_set(k_nested, &at), DCTX_OK);
		assert_int_equal(dctx_get(k_nested, NULL)->x, 1);
		assert_int_equal(dctx_get(k_point, NULL)->x, 7);
	}
	assert_false(dctx_has(k_nested));
	assert_false(dctx_has(k_point));
}

static void set_by(dctx_status (*how)(dctx_store *, dctx_key *, const void *),
		   int id)
{
	struct dctxt_thing made = {.id = id};

	assert_int_equal(how(dctx_current(), &k_thing.key, &made), DCTX_OK);
	assert_int_equal(dctx_get(k_thing, NULL)->id, id);
}

/* Every row of five sets, replaces and unsets. */
static void sets_and_replaces_in_turn_revert_with_their_scope(void **state)
{
	(void)state;
	set_by(dctx_store_set_type, 100);
	for (int row = 0; row < 243; row++) {
		dctx_guard guard = dctx_enter("sets and replaces"), above;

		for (int i = 0, left = row; i < 5; i++, left /= 3) {
			if (left % 3 == 0)
				set_by(dctx_store_set_type, i);
			else if (left % 3 == 1)
				set_by(dctx_store_replace_type, i);
			else
				dctx_unset(k_thing);
		}
		above = dctx_enter("above");
		if (row % 2 == 0)
			assert_int_equal(dctx_scope_retire(guard), DCTX_OK);
		dctx_leave(above);
		if (row % 2 != 0)
			dctx_leave(guard);
		assert_int_equal(dctx_get(k_thing, NULL)->id, 100);
		assert_int_equal(dctxt_alive(), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_object_is_copied_once_and_destroyed_once),
		DCTXT_TEST(a_replaced_object_lives_until_its_scope_is_left),
		DCTXT_TEST(a_replace_destroys_at_once),
		DCTXT_TEST(a_loop_of_replaces_keeps_two_objects),
		DCTXT_TEST(a_copy_that_fails_changes_nothing),
		DCTXT_TEST(an_object_that_is_null_is_invalid),
		DCTXT_TEST(a_type_without_functions_is_plain_memory),
		DCTXT_TEST(the_largest_type_fits),
		DCTXT_TEST(a_destroy_may_use_dctx_while_a_scope_is_left),
		DCTXT_TEST(a_destroy_in_a_replace_sees_the_new_value),
		DCTXT_TEST(a_destroy_may_replace_its_own_key),
		DCTXT_TEST(a_destroy_may_replace_while_a_scope_is_left),
		DCTXT_TEST(a_destroy_may_leave_an_outer_scope),
		DCTXT_TEST(a_copy_may_use_dctx),
		DCTXT_TEST(a_copy_may_set_another_key),
		DCTXT_TEST(sets_and_replaces_in_turn_revert_with_their_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
