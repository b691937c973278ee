/* SPDX-License-Identifier: MIT */
/*
 * snapshot_test.c - proves that a snapshot is what was visible when it was
 * taken, never changes after, is the same object as long as nothing changed,
 * and is shared by reference with any number of threads.
 */
#include "kit.h"

#include <pthread.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_F64(k_ratio, "ratio", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static const dctx_bytes no_bytes = {NULL, 0};

static dctx_snapshot *capture(void)
{
	dctx_snapshot *snapshot = NULL;

	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	assert_non_null(snapshot);
	return snapshot;
}

static void set_all(uint64_t num, const char *text)
{
	struct dctxt_thing made = {.id = (int)num};
	const dctx_bytes bytes = {text, strlen(text)};

	assert_int_equal(dctx_set(k_num, num), DCTX_OK);
	assert_int_equal(dctx_set(k_ratio, (double)num / 2), DCTX_OK);
	assert_int_equal(dctx_set(k_text, text), DCTX_OK);
	assert_int_equal(dctx_set(k_bytes, bytes), DCTX_OK);
	assert_int_equal(dctx_set(k_thing, &made), DCTX_OK);
}

/* What set_all left in a snapshot. */
static void check_all(const dctx_snapshot *s, uint64_t num, const char *text)
{
	dctx_bytes bytes = dctx_snapshot_get(s, k_bytes, no_bytes);

	assert_int_equal(dctx_snapshot_get(s, k_num, 0), num);
	assert_true(dctx_snapshot_get(s, k_ratio, -1) == (double)num / 2);
	assert_string_equal(dctx_snapshot_get(s, k_text, "-"), text);
	assert_int_equal(bytes.len, strlen(text));
	assert_memory_equal(bytes.data, text, bytes.len);
	assert_int_equal(dctx_snapshot_get(s, k_thing, NULL)->id, num);
}

static void a_snapshot_has_every_visible_value(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	set_all(7, "seven");
	snapshot = capture();
	check_all(snapshot, 7, "seven");
	dctx_snapshot_unref(snapshot);
}

static void later_changes_do_not_show_in_it(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	set_all(1, "one");
	snapshot = capture();
	set_all(2, "two");
	dctx_unset(k_ratio);
	check_all(snapshot, 1, "one");
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	check_all(snapshot, 1, "one");
	dctx_snapshot_unref(snapshot);
}

static void a_miss_in_it_gives_the_default(void **state)
{
	dctx_snapshot *snapshot = capture();

	(void)state;
	assert_int_equal(dctx_snapshot_get(snapshot, k_num, 5), 5);
	assert_string_equal(dctx_snapshot_get(snapshot, k_text, "-"), "-");
	assert_false(dctx_snapshot_has(snapshot, k_thing));
	assert_int_equal(dctx_snapshot_get_i64(snapshot, &k_num.key, 5), 5);
	dctx_snapshot_unref(snapshot);
}

static void no_snapshot_reads_as_the_empty_one(void **state)
{
	(void)state;
	assert_int_equal(dctx_snapshot_get(NULL, k_num, 5), 5);
	assert_string_equal(dctx_snapshot_get(NULL, k_text, "-"), "-");
	assert_false(dctx_snapshot_has(NULL, k_num));
	assert_int_equal(dctx_snapshot_chain(NULL, NULL, 0), 0);
	assert_int_equal(dctx_snapshot_chain_text(NULL, "/", NULL, 0), 0);
}

static void the_empty_snapshot_takes_any_unref(void **state)
{
	dctx_snapshot *empty = dctx_snapshot_empty();

	(void)state;
	assert_non_null(empty);
	for (int i = 0; i < 10; i++)
		assert_null(dctx_snapshot_unref(empty));
	assert_ptr_equal(dctx_snapshot_ref(empty), empty);
	assert_ptr_equal(dctx_snapshot_empty(), empty);
	assert_false(dctx_snapshot_has(empty, k_num));
	assert_null(dctx_snapshot_unref(NULL));
	assert_null(dctx_snapshot_ref(NULL));
}

static void a_null_argument_is_invalid(void **state)
{
	dctx_snapshot *snapshot = NULL;

	(void)state;
	assert_int_equal(dctx_capture(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_capture(NULL, &snapshot), DCTX_INVALID);
	assert_null(snapshot);
}

static void an_unchanged_store_gives_the_same_object(void **state)
{
	dctx_snapshot *first, *second;

	(void)state;
	set_all(1, "one");
	first = capture();
	assert_string_equal(dctx_get(k_text, ""), "one");
	second = capture();
	assert_ptr_equal(first, second);
	dctx_snapshot_unref(second);
	check_all(first, 1, "one");
	dctx_snapshot_unref(first);
}

static void it_is_the_same_after_a_nested_scope_was_left(void **state)
{
	dctx_snapshot *outer, *inner, *again;

	(void)state;
	dctx_set(k_num, 1);
	outer = capture();
	{
		DCTX_SCOPE("nested");
		dctx_set(k_num, 2);
		inner = capture();
		assert_ptr_not_equal(inner, outer);
	}
	again = capture();
	assert_ptr_equal(again, outer);
	assert_int_equal(dctx_snapshot_get(inner, k_num, 0), 2);
	dctx_snapshot_unref(outer);
	dctx_snapshot_unref(inner);
	dctx_snapshot_unref(again);
}

static void it_is_the_same_in_an_unnamed_scope_without_a_change(void **state)
{
	dctx_snapshot *outer, *inner;
	DCTX_SCOPE("outer");

	(void)state;
	dctx_set(k_num, 1);
	outer = capture();
	DCTX_SCOPE_UNNAMED;
	inner = capture();
	assert_ptr_equal(inner, outer);
	dctx_snapshot_unref(outer);
	dctx_snapshot_unref(inner);
}

static void it_is_another_after_every_kind_of_change(void **state)
{
	dctx_snapshot *before, *after;

	(void)state;
	set_all(1, "one");
	for (int i = 0; i < 4; i++) {
		before = capture();
		if (i == 0)
			dctx_set(k_num, 2);
		else if (i == 1)
			dctx_unset(k_ratio);
		else if (i == 2)
			dctx_replace(k_text, "two");
		else
			(void)dctx_enter("named");
		after = capture();
		assert_ptr_not_equal(before, after);
		dctx_snapshot_unref(before);
		dctx_snapshot_unref(after);
	}
}

static void a_scalar_set_in_place_is_a_change(void **state)
{
	dctx_snapshot *first, *second;
	DCTX_SCOPE("sets twice");

	(void)state;
	dctx_set(k_num, 1);
	first = capture();
	dctx_set(k_num, 2);
	second = capture();
	assert_int_equal(dctx_snapshot_get(first, k_num, 0), 1);
	assert_int_equal(dctx_snapshot_get(second, k_num, 0), 2);
	dctx_snapshot_unref(first);
	dctx_snapshot_unref(second);
}

static void a_capture_in_nested_scopes_has_the_innermost_values(void **state)
{
	dctx_snapshot *snapshot;
	char text[32];

	(void)state;
	dctx_set(k_text, "root");
	{
		DCTX_SCOPE("a");
		dctx_set(k_num, 1);
		DCTX_SCOPE("b");
		dctx_set(k_num, 2);
		snapshot = capture();
	}
	assert_int_equal(dctx_snapshot_get(snapshot, k_num, 0), 2);
	assert_string_equal(dctx_snapshot_get(snapshot, k_text, ""), "root");
	assert_int_equal(dctx_snapshot_chain_text(snapshot, "/", text, 32), 3);
	assert_string_equal(text, "a/b");
	dctx_snapshot_unref(snapshot);
}

static void a_removed_value_is_not_in_it(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	dctx_set(k_num, 1);
	DCTX_SCOPE("removes");
	dctx_unset(k_num);
	snapshot = capture();
	assert_false(dctx_snapshot_has(snapshot, k_num));
	dctx_snapshot_unref(snapshot);
}

static void an_object_is_shared_not_copied(void **state)
{
	dctx_snapshot *snapshots[3];
	const struct dctxt_thing *mine;

	(void)state;
	set_all(1, "one");
	mine = dctx_get(k_thing, NULL);
	for (int i = 0; i < 3; i++) {
		dctx_set(k_num, (uint64_t)i);
		snapshots[i] = capture();
		assert_ptr_equal(dctx_snapshot_get(snapshots[i], k_thing, NULL),
				 mine);
	}
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(atomic_load(&dctxt_things.destroys), 0);
		dctx_snapshot_unref(snapshots[i]);
	}
	assert_int_equal(atomic_load(&dctxt_things.copies), 1);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 1);
}

static void a_replaced_object_lives_on_in_it(void **state)
{
	struct dctxt_thing made = {.id = 1};
	dctx_snapshot *snapshot;

	(void)state;
	dctx_replace(k_thing, &made);
	snapshot = capture();
	made.id = 2;
	dctx_replace(k_thing, &made);
	assert_int_equal(dctx_snapshot_get(snapshot, k_thing, NULL)->id, 1);
	assert_int_equal(dctx_get(k_thing, NULL)->id, 2);
	dctx_snapshot_unref(snapshot);
}

static void a_replaced_text_lives_on_in_it(void **state)
{
	static char large[5000];
	dctx_snapshot *snapshot;

	(void)state;
	memset(large, 'l', sizeof(large) - 1);
	dctx_replace(k_text, large);
	snapshot = capture();
	dctx_replace(k_text, "small");
	assert_string_equal(dctx_snapshot_get(snapshot, k_text, ""), large);
	dctx_snapshot_unref(snapshot);
}

static void *drop(void *snapshot)
{
	dctx_snapshot_unref(snapshot);
	return NULL;
}

static void the_last_reference_may_go_on_another_thread(void **state)
{
	dctx_snapshot *snapshot;

	(void)state;
	set_all(1, "one");
	snapshot = capture();
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 0);
	(void)dctxt_on_thread(drop, snapshot);
	assert_int_equal(atomic_load(&dctxt_things.destroys), 1);
}

enum { SHARERS = 4, ROUNDS = 2000 };

/* Reads one snapshot in every way, on one of several threads. */
static void *share(void *arg)
{
	dctx_snapshot *shared = *(dctx_snapshot **)arg;

	for (int i = 0; i < ROUNDS; i++) {
		dctx_snapshot *mine = dctx_snapshot_ref(shared);
		dctx_guard guard;

		if (i % 2 == 0)
			DCTXT_EXPECT(dctx_attach(mine, &guard) == DCTX_OK);
		else
			DCTXT_EXPECT(dctx_attach_borrowed(mine, &guard) ==
				     DCTX_OK);
		DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
		dctx_set(k_num, 8);
		DCTXT_EXPECT(dctx_get(k_thing, NULL)->id == 7);
		DCTXT_EXPECT(dctx_snapshot_get(mine, k_num, 0) == 7);
		dctx_leave(guard);
		dctx_snapshot_unref(mine);
	}
	return NULL;
}

static void threads_share_one_snapshot(void **state)
{
	dctx_snapshot *snapshots[SHARERS];

	(void)state;
	set_all(7, "shared");
	for (int i = 0; i < SHARERS; i++)
		snapshots[i] = capture();
	dctxt_together(SHARERS, share, snapshots, sizeof(snapshots[0]));
	check_all(snapshots[0], 7, "shared");
	for (int i = 0; i < SHARERS; i++)
		dctx_snapshot_unref(snapshots[i]);
	assert_int_equal(atomic_load(&dctxt_things.copies), 1);
}

static void the_macro_gives_its_reference_back(void **state)
{
	(void)state;
	{
		DCTX_SCOPE("holds");
		set_all(1, "one");
		DCTX_SNAPSHOT(snapshot);
		check_all(snapshot, 1, "one");
	}
	assert_int_equal(dctxt_alive(), 0);
}

static void texts_of_every_length_are_captured_whole(void **state)
{
	static char text[600];
	dctx_snapshot *snapshot;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len += 7) {
		DCTX_SCOPE("scope");
		memset(text, 'a' + (int)(len % 26), len);
		dctx_set(k_text, text);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
		assert_string_equal(
			dctx_snapshot_get_str(snapshot, &k_text.key, "-"),
			text);
		dctx_snapshot_unref(snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_snapshot_has_every_visible_value),
		DCTXT_TEST(later_changes_do_not_show_in_it),
		DCTXT_TEST(a_miss_in_it_gives_the_default),
		DCTXT_TEST(no_snapshot_reads_as_the_empty_one),
		DCTXT_TEST(the_empty_snapshot_takes_any_unref),
		DCTXT_TEST(a_null_argument_is_invalid),
		DCTXT_TEST(an_unchanged_store_gives_the_same_object),
		DCTXT_TEST(it_is_the_same_after_a_nested_scope_was_left),
		DCTXT_TEST(it_is_the_same_in_an_unnamed_scope_without_a_change),
		DCTXT_TEST(it_is_another_after_every_kind_of_change),
		DCTXT_TEST(a_scalar_set_in_place_is_a_change),
		DCTXT_TEST(a_capture_in_nested_scopes_has_the_innermost_values),
		DCTXT_TEST(a_removed_value_is_not_in_it),
		DCTXT_TEST(an_object_is_shared_not_copied),
		DCTXT_TEST(a_replaced_object_lives_on_in_it),
		DCTXT_TEST(a_replaced_text_lives_on_in_it),
		DCTXT_TEST(the_last_reference_may_go_on_another_thread),
		DCTXT_TEST(threads_share_one_snapshot),
		DCTXT_TEST(the_macro_gives_its_reference_back),
		DCTXT_TEST(texts_of_every_length_are_captured_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
