/* SPDX-License-Identifier: MIT */
/*
 * snapshot_build_test.c - proves that of several items for one key the last
 * counts, and that every object of those before it is let go once.
 */
#include "data/snapshot.h"

#include "data/box.h"
#include "data/registry.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int destroyed;

static void destroy(void *object)
{
	(void)object;
	destroyed++;
}

static const dctx_type type = {.struct_size = sizeof type,
			       .name = "counting",
			       .size = sizeof(int),
			       .destroy = destroy};
DCTX_KEY_DECLARE_TYPE(k_object, int);
DCTX_KEY_TYPE(k_object, "object", int, &type, DCTX_LOCAL);

static struct dctxi_item item(int value)
{
	struct dctxi_item made = {.index = dctxi_key_index(&k_object.key),
				  .pointer = true,
				  .counted = true};
	struct dctxi_object *object;

	assert_int_equal(dctxi_object_copy(&type, &value, &object), DCTX_OK);
	made.value.p = object->data;
	return made;
}

static dctx_snapshot *build(const struct dctxi_item *items, size_t n)
{
	dctx_snapshot *snapshot;

	assert_int_equal(dctxi_snapshot_build(items, n, NULL, &snapshot),
			 DCTX_OK);
	return snapshot;
}

static void the_last_of_several_items_counts(void **state)
{
	const struct dctxi_item items[] = {item(1), item(2), item(3)};
	dctx_snapshot *snapshot = build(items, 3);
	const int *value = dctx_snapshot_get(snapshot, k_object, NULL);

	(void)state;
	assert_int_equal(*value, 3);
	assert_int_equal(destroyed, 2);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(destroyed, 3);
}

static void a_removal_hides_the_items_before_it(void **state)
{
	struct dctxi_item items[] = {item(1), item(2)};
	struct dctx_snapshot *snapshot;

	(void)state;
	dctxi_object_unref(items[1].value.p);
	items[1] = (struct dctxi_item){.index = items[0].index,
				       .removed = true};
	destroyed = 0;
	snapshot = build(items, 2);
	assert_false(dctx_snapshot_has(snapshot, k_object));
	assert_int_equal(destroyed, 1);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(destroyed, 1);
}

static void a_plain_item_gives_way_to_a_later_one(void **state)
{
	struct dctxi_item items[2] = {{.index = 0}, item(2)};
	dctx_snapshot *snapshot;

	(void)state;
	items[0].index = items[1].index;
	items[0].value.u = 1;
	destroyed = 0;
	snapshot = build(items, 2);
	assert_int_equal(*dctx_snapshot_get(snapshot, k_object, NULL), 2);
	assert_int_equal(destroyed, 0);
	dctx_snapshot_unref(snapshot);
	assert_int_equal(destroyed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_of_several_items_counts),
		cmocka_unit_test(a_removal_hides_the_items_before_it),
		cmocka_unit_test(a_plain_item_gives_way_to_a_later_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
