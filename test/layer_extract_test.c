/* SPDX-License-Identifier: MIT */
/*
 * layer_extract_test.c - proves that a span's fields come into the context as
 * the keys' mappings say, each by its type, whenever they were recorded, and
 * go again with the span.
 */
#include "layered.h"

#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOCAL);
DCTX_KEY_U64(k_tenant, "tenant", DCTX_LOCAL);
DCTX_KEY_U8(k_small, "small", DCTX_LOCAL);
DCTX_KEY_BOOL(k_flag, "flag", DCTX_LOCAL);
DCTX_KEY_F64(k_ratio, "ratio", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static dctx_key *const mapped[] = {&k_rid.key,	&k_tenant.key, &k_small.key,
				   &k_flag.key, &k_ratio.key,  &k_thing.key};

static const dctx_field extracted = {.struct_size = DCTX_FIELD_SIZE,
				     .flags = DCTX_FIELD_EXTRACT};

static const dctx_span_site site = {"handle", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};

static int begin(void **state)
{
	for (size_t i = 0; i < sizeof(mapped) / sizeof(*mapped); i++)
		assert_int_equal(dctx_field_set(mapped[i], &extracted),
				 DCTX_OK);
	return dctxt_begin_both(state);
}

static int end(void **state)
{
	for (size_t i = 0; i < sizeof(mapped) / sizeof(*mapped); i++)
		assert_int_equal(dctx_field_set(mapped[i], NULL), DCTX_OK);
	return dctxt_layers_end(state);
}

static dctx_span *span_with(const char *field, const dctx_any *value)
{
	return dctxt_span_begin(&site, field, value);
}

static void a_text_comes_in_and_goes_with_the_span(void **state)
{
	dctx_span *span;

	(void)state;
	dctx_set(k_rid, "before");
	span = span_with("rid", &DCTX_ANY("4711"));
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	dctxt_span_end(span);
	assert_string_equal(dctx_get(k_rid, ""), "before");
	assert_int_equal(dctxt_count_all(), 0);
}

static void numbers_come_in_by_their_types(void **state)
{
	dctx_span *span;

	(void)state;
	span = span_with("tenant", &DCTX_ANY(UINT64_MAX));
	assert_true(dctx_get(k_tenant, 0) == UINT64_MAX);
	dctxt_span_end(span);
	span = span_with("flag", &DCTX_ANY(true));
	assert_true(dctx_get(k_flag, false));
	dctxt_span_end(span);
	span = span_with("ratio", &DCTX_ANY(1.5));
	assert_true(dctx_get(k_ratio, 0) > 1.4);
	dctxt_span_end(span);
	assert_false(dctx_has(k_tenant) || dctx_has(k_flag) ||
		     dctx_has(k_ratio));
}

/* The crate has one extractor a type: a literal 42 is no u64 there. */
static void a_number_of_another_width_fits_or_is_passed_over(void **state)
{
	dctx_span *span = span_with("tenant", &DCTX_ANY(42));

	(void)state;
	assert_int_equal(dctx_get(k_tenant, 0), 42);
	dctxt_span_end(span);
	span = span_with("small", &DCTX_ANY(256));
	assert_false(dctx_has(k_small));
	dctxt_span_end(span);
	span = span_with("tenant", &DCTX_ANY(-1));
	assert_false(dctx_has(k_tenant));
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_value_of_another_type_is_passed_over(void **state)
{
	dctx_span *span;

	(void)state;
	dctx_set(k_rid, "before");
	span = span_with("rid", &DCTX_ANY(1));
	assert_string_equal(dctx_get(k_rid, ""), "before");
	dctxt_span_end(span);
	span = span_with("tenant", &DCTX_ANY("many"));
	assert_false(dctx_has(k_tenant));
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

static void an_object_comes_in_shared(void **state)
{
	struct dctxt_thing thing = {.id = 7};
	dctx_span *span =
		span_with("thing", &DCTX_ANY_OBJECT(&dctxt_thing_type, &thing));

	(void)state;
	assert_int_equal(dctx_get(k_thing, NULL)->id, 7);
	assert_int_equal(atomic_load(&dctxt_things.copies), 1);
	dctxt_span_end(span);
	assert_false(dctx_has(k_thing));
	assert_int_equal(dctxt_alive(), 0);
}

/* Past what a stack has, and with a NUL in it. */
static void a_long_text_comes_in_whole(void **state)
{
	static char text[60001];
	dctx_span *span;

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	span = span_with("rid", &DCTX_ANY((const char *)text));
	assert_string_equal(dctx_get(k_rid, ""), text);
	dctxt_span_end(span);
}

static void a_span_without_the_field_sets_nothing(void **state)
{
	dctx_span *span = span_with("other", &DCTX_ANY("x"));

	(void)state;
	assert_false(dctx_has(k_rid));
	dctxt_span_end(span);
	span = span_with("rid", NULL);
	assert_false(dctx_has(k_rid));
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

static void several_fields_come_in_at_once(void **state)
{
	const dctx_span_field fields[] = {{"rid", DCTX_ANY("4711")},
					  {"tenant", DCTX_ANY(7u)},
					  {"flag", DCTX_ANY(true)}};
	dctx_span *span = dctx_span_open(&site, NULL, fields, 3);

	(void)state;
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	assert_int_equal(dctx_get(k_tenant, 0), 7);
	assert_true(dctx_get(k_flag, false));
	dctxt_span_end(span);
}

static void a_record_before_the_enter_comes_in_with_it(void **state)
{
	dctx_span *span = dctx_span_open(&site, NULL, NULL, 0);

	(void)state;
	dctx_span_record(span, "rid", &DCTX_ANY("late"));
	assert_false(dctx_has(k_rid));
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "late");
	dctxt_span_end(span);
}

static void a_record_in_the_span_comes_in_at_once(void **state)
{
	dctx_span *span = span_with("rid", &DCTX_ANY("early"));

	(void)state;
	dctx_span_record(span, "rid", &DCTX_ANY("late"));
	assert_string_equal(dctx_get(k_rid, ""), "late");
	dctx_span_record(span, "tenant", &DCTX_ANY(7));
	assert_int_equal(dctx_get(k_tenant, 0), 7);
	dctx_span_leave(span);
	assert_false(dctx_has(k_rid));
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "late");
	assert_int_equal(dctx_get(k_tenant, 0), 7);
	dctxt_span_end(span);
}

/* Of an outer span while an inner one is entered: it is not its scope. */
static void a_record_into_an_outer_span_waits_for_its_enter(void **state)
{
	dctx_span *a = dctx_span_open(&site, NULL, NULL, 0), *b;

	(void)state;
	dctx_span_enter(a);
	b = span_with("other", &DCTX_ANY("x"));
	dctx_span_record(a, "rid", &DCTX_ANY("late"));
	assert_false(dctx_has(k_rid));
	dctxt_span_end(b);
	dctx_span_leave(a);
	dctx_span_enter(a);
	assert_string_equal(dctx_get(k_rid, ""), "late");
	dctxt_span_end(a);
}

static void *record_it(void *span)
{
	dctx_span_record(span, "rid", &DCTX_ANY("from afar"));
	DCTXT_EXPECT(!dctx_has(k_rid));
	return NULL;
}

/* The scope stays, so only what came meanwhile is taken in. */
static void
a_record_between_steps_of_a_task_comes_in_with_the_next(void **state)
{
	dctx_store *task;
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	span = span_with("tenant", &DCTX_ANY(7));
	dctx_set(k_tenant, 8);
	dctx_span_leave(span);
	dctx_task_leave(task);
	dctxt_on_thread(record_it, span);
	dctx_task_enter(task);
	assert_false(dctx_has(k_rid));
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "from afar");
	assert_int_equal(dctx_get(k_tenant, 0), 8);
	dctx_span_leave(span);
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "from afar");
	dctxt_span_end(span);
	assert_false(dctx_has(k_rid));
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void *record_many(void *span)
{
	static const char *const other[] = {"a", "b", "c", "d", "e"};

	for (size_t i = 0; i < 5; i++)
		dctx_span_record(span, other[i], &DCTX_ANY(1));
	dctx_span_record(span, "rid", &DCTX_ANY("from afar"));
	return NULL;
}

/* More than are known by name: all are looked at. */
static void many_records_between_two_steps_come_in_too(void **state)
{
	dctx_store *task;
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	span = span_with("tenant", &DCTX_ANY(7));
	dctx_span_leave(span);
	dctx_task_leave(task);
	dctxt_on_thread(record_many, span);
	dctx_task_enter(task);
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "from afar");
	dctxt_span_end(span);
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void another_fields_name_may_be_given(void **state)
{
	dctx_field other = extracted;
	dctx_span *span;

	(void)state;
	other.name = "shown";
	other.extract_as = "http.request_id";
	assert_int_equal(dctx_field_set(&k_rid.key, &other), DCTX_OK);
	span = span_with("rid", &DCTX_ANY("no"));
	assert_false(dctx_has(k_rid));
	dctxt_span_end(span);
	span = span_with("http.request_id", &DCTX_ANY("4711"));
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	dctxt_span_end(span);
}

/* A new mapping is seen by the next enter (W17). */
static void a_mapping_set_after_the_first_span_is_seen(void **state)
{
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_field_set(&k_rid.key, NULL), DCTX_OK);
	span = span_with("rid", &DCTX_ANY("4711"));
	assert_false(dctx_has(k_rid));
	dctx_span_leave(span);
	assert_int_equal(dctx_field_set(&k_rid.key, &extracted), DCTX_OK);
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	dctxt_span_end(span);
}

static dctx_span *asked; /* whose field is being extracted */

/* Text to number; uses dctx, and the very span (W28). */
static dctx_status to_number(const dctx_any *from, dctx_any *out)
{
	dctx_span_record(asked, "asked", &DCTX_ANY(true));
	if (from->kind != DCTX_KIND_STR)
		return DCTX_WRONG_TYPE;
	*out = DCTX_ANY((uint64_t)from->as.bytes.len);
	return DCTX_OK;
}

static void an_extractor_of_the_users_makes_the_value(void **state)
{
	dctx_field other = extracted;

	(void)state;
	other.extract = to_number;
	assert_int_equal(dctx_field_set(&k_tenant.key, &other), DCTX_OK);
	asked = dctx_span_open(&site, NULL, NULL, 0);
	dctx_span_record(asked, "tenant", &DCTX_ANY("seven.."));
	dctx_span_enter(asked);
	assert_int_equal(dctx_get(k_tenant, 0), 7);
	dctxt_span_end(asked);
	asked = dctx_span_open(&site, NULL, NULL, 0);
	dctx_span_record(asked, "tenant", &DCTX_ANY(1.5));
	dctx_span_enter(asked);
	assert_false(dctx_has(k_tenant));
	dctxt_span_end(asked);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_of_a_task_has_them_over_its_yields(void **state)
{
	dctx_store *task;
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	span = span_with("rid", &DCTX_ANY("4711"));
	dctx_span_leave(span);
	dctx_task_leave(task);
	assert_false(dctx_has(k_rid));
	dctx_task_enter(task);
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	dctx_span_enter(span);
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	dctxt_span_end(span);
	assert_false(dctx_has(k_rid));
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void outside_of_a_task_the_async_layer_takes_nothing_in(void **state)
{
	dctx_span *span;

	(void)state;
	dctxt_layers_unmount();
	dctxt_layers_mount("async", DCTX_LAYER_INFO);
	span = span_with("rid", &DCTX_ANY("4711"));
	dctx_span_record(span, "tenant", &DCTX_ANY(7));
	assert_false(dctx_has(k_rid) || dctx_has(k_tenant));
	assert_false(dctx_has(dctx_span_name_key));
	dctxt_span_end(span);
	assert_int_equal(dctxt_count(DCTX_EV_NO_TASK), 1);
	assert_int_equal(dctxt_count_all(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_text_comes_in_and_goes_with_the_span),
		TEST(numbers_come_in_by_their_types),
		TEST(a_number_of_another_width_fits_or_is_passed_over),
		TEST(a_value_of_another_type_is_passed_over),
		TEST(an_object_comes_in_shared),
		TEST(a_long_text_comes_in_whole),
		TEST(a_span_without_the_field_sets_nothing),
		TEST(several_fields_come_in_at_once),
		TEST(a_record_before_the_enter_comes_in_with_it),
		TEST(a_record_in_the_span_comes_in_at_once),
		TEST(a_record_into_an_outer_span_waits_for_its_enter),
		TEST(a_record_between_steps_of_a_task_comes_in_with_the_next),
		TEST(many_records_between_two_steps_come_in_too),
		TEST(another_fields_name_may_be_given),
		TEST(a_mapping_set_after_the_first_span_is_seen),
		TEST(an_extractor_of_the_users_makes_the_value),
		TEST(a_span_of_a_task_has_them_over_its_yields),
		TEST(outside_of_a_task_the_async_layer_takes_nothing_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
