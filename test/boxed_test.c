/* SPDX-License-Identifier: MIT */
/*
 * boxed_test.c - proves that a boxed value is made once and then shared: keys,
 * stores and threads that adopt it see one object, and the last reference
 * ends it.
 */
#include "kit.h"

DCTX_KEY_U8(k_u8, "u8", DCTX_CLOSED);
DCTX_KEY_F32(k_f32, "f32", DCTX_LOCAL);
DCTX_KEY_STR(k_str, "str", DCTX_LOCAL);
DCTX_KEY_STR(k_str2, "str2", DCTX_LOCAL);
DCTX_KEY_BYTES(k_bytes, "bytes", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static char large[600];

static int fill(void **state)
{
	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	return 0;
}

static dctx_boxed *boxed(dctx_any value)
{
	dctx_boxed *made = NULL;

	assert_int_equal(dctx_boxed_new(&value, &made), DCTX_OK);
	assert_non_null(made);
	return made;
}

static dctx_boxed *boxed_thing(int id)
{
	const struct dctxt_thing thing = {.id = id};

	return boxed(DCTX_ANY_OBJECT(&dctxt_thing_type, &thing));
}

static void a_box_holds_a_value_of_any_kind(void **state)
{
	dctx_boxed *number = boxed(DCTX_ANY(-7)), *text = boxed(DCTX_ANY("t"));
	dctx_boxed *real = boxed(DCTX_ANY(0.5f)), *thing = boxed_thing(3);
	dctx_boxed *truth = boxed(DCTX_ANY((bool)true));
	const struct dctxt_thing *object = dctx_boxed_get(thing).as.object;

	(void)state;
	assert_int_equal(dctx_boxed_get(number).kind, DCTX_KIND_I32);
	assert_int_equal(dctx_boxed_get(number).as.i, -7);
	assert_int_equal(dctx_boxed_get(text).kind, DCTX_KIND_STR);
	assert_string_equal(dctx_boxed_get(text).as.bytes.data, "t");
	assert_true(dctx_boxed_get(real).as.f == 0.5);
	assert_true(dctx_boxed_get(truth).as.b);
	assert_int_equal(object->id, 3);
	assert_ptr_equal(dctx_boxed_get(thing).type, &dctxt_thing_type);
	assert_int_equal(dctxt_things.copies, 1);
	assert_null(dctx_boxed_unref(number));
	dctx_boxed_unref(text);
	dctx_boxed_unref(real);
	dctx_boxed_unref(truth);
	dctx_boxed_unref(thing);
	assert_int_equal(dctx_boxed_get(NULL).kind, 0);
	assert_null(dctx_boxed_ref(NULL));
	assert_null(dctx_boxed_unref(NULL));
}

static void an_object_is_adopted_without_a_copy(void **state)
{
	dctx_boxed *thing = boxed_thing(4);
	const void *object = dctx_boxed_get(thing).as.object;

	(void)state;
	{
		DCTX_SCOPE("one");
		dctx_boxed_ref(thing);
		assert_int_equal(dctx_adopt(&k_thing.key, thing), DCTX_OK);
		assert_ptr_equal(dctx_get(k_thing, NULL), object);
		assert_int_equal(dctxt_alive(), 1);
	}
	assert_false(dctx_has(k_thing));
	assert_int_equal(dctx_adopt_named("thing", thing), DCTX_OK);
	assert_ptr_equal(dctx_get(k_thing, NULL), object);
	assert_int_equal(dctxt_things.copies, 1);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctxt_alive(), 0);
}

static void keys_share_one_text_of_any_length(void **state)
{
	static const char *const texts[] = {"", "short", large};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		dctx_boxed *text = boxed(DCTX_ANY(texts[i]));
		const void *data = dctx_boxed_get(text).as.bytes.data;
		DCTX_SCOPE("scope");

		assert_int_equal(dctx_adopt(&k_str.key, dctx_boxed_ref(text)),
				 DCTX_OK);
		assert_int_equal(dctx_adopt(&k_str2.key, text), DCTX_OK);
		assert_ptr_equal(dctx_get(k_str, ""), data);
		assert_ptr_equal(dctx_get(k_str2, ""), data);
		assert_string_equal(dctx_get(k_str2, "-"), texts[i]);
	}
}

static void a_number_is_taken_out_where_it_fits(void **state)
{
	dctx_boxed *seven = boxed(DCTX_ANY(7)), *much = boxed(DCTX_ANY(700));

	(void)state;
	assert_int_equal(dctx_adopt(&k_f32.key, dctx_boxed_ref(seven)),
			 DCTX_OK);
	assert_int_equal(dctx_adopt(&k_u8.key, seven), DCTX_OK);
	assert_int_equal(dctx_get(k_u8, 0), 7);
	assert_true(dctx_get(k_f32, 0) == 7);
	assert_int_equal(dctx_adopt(&k_u8.key, much), DCTX_INVALID);
	assert_false(dctx_has(k_u8));
	dctx_boxed_unref(much);
}

static void a_refused_box_stays_the_callers(void **state)
{
	dctx_type other_type = dctxt_thing_type;
	const struct dctxt_thing made = {.id = 1};
	dctx_boxed *thing = boxed_thing(1), *text = boxed(DCTX_ANY("t"));
	dctx_boxed *other;

	(void)state;
	other_type.name = "other";
	other = boxed(DCTX_ANY_OBJECT(&other_type, &made));
	assert_int_equal(dctx_adopt(&k_str.key, thing), DCTX_WRONG_TYPE);
	assert_int_equal(dctx_last_error()->expected, DCTX_KIND_STR);
	assert_int_equal(dctx_last_error()->given, DCTX_KIND_TYPE);
	assert_int_equal(dctx_adopt(&k_thing.key, text), DCTX_WRONG_TYPE);
	assert_int_equal(dctx_adopt(&k_bytes.key, text), DCTX_WRONG_TYPE);
	assert_int_equal(dctx_adopt(&k_u8.key, text), DCTX_WRONG_TYPE);
	assert_int_equal(dctx_adopt(&k_thing.key, other), DCTX_WRONG_TYPE);
	assert_int_equal(dctx_adopt_named("nobody", text), DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_adopt(&k_str.key, NULL), DCTX_INVALID);
	assert_int_equal(dctx_adopt(NULL, text), DCTX_INVALID);
	assert_int_equal(dctx_store_adopt(NULL, &k_str.key, text),
			 DCTX_INVALID);
	assert_int_equal(dctx_limit_set(DCTX_LIMIT_STORE_BYTES, 1), DCTX_OK);
	assert_int_equal(dctx_adopt(&k_str.key, text), DCTX_LIMIT);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_WRITE), 10);
	dctx_boxed_unref(thing);
	dctx_boxed_unref(text);
	dctx_boxed_unref(other);
}

static void an_object_can_be_moved_into_a_box(void **state)
{
	struct dctxt_thing made = {.id = 8};
	dctx_type odd = dctxt_thing_type;
	dctx_boxed *moved = NULL;

	(void)state;
	odd.name = NULL;
	assert_int_equal(dctx_boxed_move(&odd, &made, &moved), DCTX_INVALID);
	assert_int_equal(dctx_boxed_move(NULL, &made, &moved), DCTX_INVALID);
	assert_int_equal(dctx_boxed_move(&dctxt_thing_type, NULL, &moved),
			 DCTX_INVALID);
	assert_int_equal(dctx_boxed_move(&dctxt_thing_type, &made, NULL),
			 DCTX_INVALID);
	assert_null(moved);
	assert_int_equal(dctx_boxed_move(&dctxt_thing_type, &made, &moved),
			 DCTX_OK);
	assert_int_equal(dctxt_things.copies, 0);
	dctxt_things.copies = 1; /* what it owns is the box's now */
	assert_int_equal(dctx_adopt(&k_thing.key, moved), DCTX_OK);
	assert_int_equal(dctx_get(k_thing, NULL)->id, 8);
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	assert_int_equal(dctxt_things.last_destroyed, 8);
}

static void odd_values_are_not_boxed(void **state)
{
	const dctx_any none = {.as.u = 1}, beyond = {.kind = (dctx_kind)15};
	const dctx_any no_text = {.kind = DCTX_KIND_STR, .as.bytes = {NULL, 1}};
	const dctx_any no_bytes = {.kind = DCTX_KIND_BYTES,
				   .as.bytes = {large, SIZE_MAX}};
	const dctx_any no_object = {.kind = DCTX_KIND_TYPE,
				    .type = &dctxt_thing_type};
	const dctx_any much = {.kind = DCTX_KIND_U8, .as.u = 256};
	const struct dctxt_thing made = {.id = 1};
	dctx_boxed *out = NULL;

	(void)state;
	assert_int_equal(dctx_boxed_new(NULL, &out), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&none, &out), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&beyond, &out), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&no_text, &out), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&no_bytes, &out), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&no_object, &out), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&much, &out), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&DCTX_ANY(1), NULL), DCTX_INVALID);
	assert_int_equal(dctx_boxed_new(&DCTX_ANY_OBJECT(NULL, &made), &out),
			 DCTX_INVALID);
	dctxt_things.refuse = DCTX_CODEC;
	assert_int_equal(
		dctx_boxed_new(&DCTX_ANY_OBJECT(&dctxt_thing_type, &made),
			       &out),
		DCTX_CODEC);
	assert_null(out);
	assert_int_equal(dctx_last_error()->status, DCTX_CODEC);
	assert_int_equal(dctxt_count_all(), 0);
}

static void bytes_that_are_none_are_boxed_as_empty(void **state)
{
	const dctx_any none = {.kind = DCTX_KIND_BYTES};
	dctx_boxed *boxed = NULL;

	(void)state;
	assert_int_equal(dctx_boxed_new(&none, &boxed), DCTX_OK);
	assert_int_equal(dctx_boxed_get(boxed).as.bytes.len, 0);
	assert_non_null(dctx_boxed_get(boxed).as.bytes.data);
	dctx_boxed_unref(boxed);
}

static void a_value_is_shared_past_its_scope(void **state)
{
	const struct dctxt_thing thing = {.id = 6};
	dctx_boxed *object, *text, *small, *number, *nothing;
	const void *at;

	(void)state;
	nothing = (dctx_boxed *)large;
	{
		DCTX_SCOPE("scope");
		dctx_set(k_thing, &thing);
		dctx_set(k_str, large);
		dctx_set(k_str2, "small");
		dctx_set(k_u8, 5);
		at = dctx_get(k_thing, NULL);
		assert_int_equal(dctx_share(&k_thing.key, &object), DCTX_OK);
		assert_int_equal(dctx_share(&k_str.key, &text), DCTX_OK);
		assert_int_equal(dctx_share(&k_str2.key, &small), DCTX_OK);
		assert_int_equal(dctx_share(&k_u8.key, &number), DCTX_OK);
		assert_int_equal(dctx_share(&k_f32.key, &nothing), DCTX_OK);
		assert_ptr_equal(dctx_boxed_get(text).as.bytes.data,
				 dctx_get(k_str, ""));
	}
	assert_null(nothing);
	assert_ptr_equal(dctx_boxed_get(object).as.object, at);
	assert_int_equal(dctx_boxed_get(text).kind, DCTX_KIND_STR);
	assert_string_equal(dctx_boxed_get(text).as.bytes.data, large);
	assert_int_equal(dctx_boxed_get(small).kind, DCTX_KIND_STR);
	assert_string_equal(dctx_boxed_get(small).as.bytes.data, "small");
	assert_int_equal(dctx_boxed_get(number).kind, DCTX_KIND_U8);
	assert_int_equal(dctx_boxed_get(number).as.u, 5);
	dctx_boxed_unref(text);
	dctx_boxed_unref(small);
	dctx_boxed_unref(number);
	assert_int_equal(dctxt_alive(), 1);
	dctx_boxed_unref(object);
}

static void a_snapshots_value_is_shared(void **state)
{
	const struct dctxt_thing thing = {.id = 6};
	dctx_boxed *object, *none = (dctx_boxed *)large;

	(void)state;
	dctx_set(k_thing, &thing);
	{
		DCTX_SNAPSHOT(taken);

		assert_int_equal(
			dctx_snapshot_share(taken, &k_thing.key, &object),
			DCTX_OK);
	}
	assert_ptr_equal(dctx_boxed_get(object).as.object,
			 dctx_get(k_thing, NULL));
	assert_int_equal(dctx_snapshot_share(NULL, &k_thing.key, &none),
			 DCTX_OK);
	assert_null(none);
	none = object;
	assert_int_equal(dctx_snapshot_share(NULL, NULL, &none), DCTX_INVALID);
	assert_int_equal(dctx_snapshot_share(NULL, &k_u8.key, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_share(dctx_current(), &k_u8.key, NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_share(NULL, &k_u8.key, &none),
			 DCTX_INVALID);
	assert_int_equal(dctx_share(NULL, &none), DCTX_INVALID);
	assert_ptr_equal(none, object);
	dctx_boxed_unref(object);
}

static void *adopt_often(void *arg)
{
	dctx_boxed **thing = arg;

	for (int i = 0; i < 200; i++) {
		DCTX_SCOPE("often");
		DCTX_SNAPSHOT(taken);
		dctx_boxed *again = NULL;

		DCTXT_EXPECT(!dctx_snapshot_has(taken, k_thing));
		DCTXT_EXPECT(dctx_adopt(&k_thing.key,
					dctx_boxed_ref(*thing)) == DCTX_OK);
		DCTXT_EXPECT(dctx_get(k_thing, NULL)->id == 4);
		DCTXT_EXPECT(dctx_share(&k_thing.key, &again) == DCTX_OK);
		DCTXT_EXPECT(again == *thing);
		dctx_boxed_unref(again);
	}
	dctx_boxed_unref(*thing);
	return NULL;
}

static void threads_share_one_box(void **state)
{
	dctx_boxed *things[4] = {boxed_thing(4)};

	(void)state;
	for (int i = 1; i < 4; i++)
		things[i] = dctx_boxed_ref(things[0]);
	dctxt_together(4, adopt_often, things, sizeof(things[0]));
	assert_int_equal(dctxt_things.copies, 1);
	assert_int_equal(dctxt_things.destroys, 1);
}

static jmp_buf out_of_copy;

static dctx_status jump(void *dst, const void *src)
{
	(void)dst;
	(void)src;
	longjmp(out_of_copy, 1);
}

static void *box_and_jump(void *arg)
{
	static const dctx_type jumper = {sizeof(dctx_type), "jumper", 64, jump,
					 NULL, NULL, NULL, NULL, NULL};
	dctx_boxed *volatile untouched = NULL;
	dctx_boxed *out = NULL;

	for (volatile int i = 0; i < 3; i++)
		if (setjmp(out_of_copy) == 0)
			untouched = dctx_boxed_new(&DCTX_ANY_OBJECT(&jumper,
								    large),
						   &out) == DCTX_OK
					    ? out
					    : NULL;
	DCTXT_EXPECT(untouched == NULL && out == NULL);
	return arg;
}

/* The memory comes back at the thread's end. */
static void a_copy_may_jump_out_of_its_box(void **state)
{
	(void)state;
	dctxt_on_thread(box_and_jump, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_box_holds_a_value_of_any_kind),
		DCTXT_TEST(an_object_is_adopted_without_a_copy),
		DCTXT_TEST(keys_share_one_text_of_any_length),
		DCTXT_TEST(a_number_is_taken_out_where_it_fits),
		DCTXT_TEST(a_refused_box_stays_the_callers),
		DCTXT_TEST(an_object_can_be_moved_into_a_box),
		DCTXT_TEST(odd_values_are_not_boxed),
		DCTXT_TEST(bytes_that_are_none_are_boxed_as_empty),
		DCTXT_TEST(a_value_is_shared_past_its_scope),
		DCTXT_TEST(a_snapshots_value_is_shared),
		DCTXT_TEST(threads_share_one_box),
		DCTXT_TEST(a_copy_may_jump_out_of_its_box),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
