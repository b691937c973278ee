/* SPDX-License-Identifier: MIT */
/*
 * oom_layer_test.c - proves that an allocation that fails while a span is
 * opened, entered, recorded into or closed under our layers loses no more than
 * that span, or its scope: the flow has what it had.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "layered.h"

#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOCAL);
DCTX_KEY_STR(k_user, "user", DCTX_LOCAL);
DCTX_KEY_DECLARE_TYPE(k_thing, struct dctxt_thing);
DCTX_KEY_TYPE(k_thing, "thing", struct dctxt_thing, &dctxt_thing_type,
	      DCTX_LOCAL);

static const dctx_span_site outer = {"outer", NULL, DCTX_LEVEL_INFO, __FILE__,
				     1};
static const dctx_span_site inner = {"inner", NULL, DCTX_LEVEL_INFO, __FILE__,
				     2};

static char large[3000];

/* Spans in spans, with fields that go in and out; a scope that is left open. */
static void use_spans(void)
{
	const struct dctxt_thing thing = {.id = 7};
	const dctx_any object = DCTX_ANY_OBJECT(&dctxt_thing_type, &thing);
	const dctx_span_field fields[] = {
		{"rid", DCTX_ANY((const char *)large)},
		{"user", DCTX_EMPTY},
		{"thing", object}};
	dctx_span *a = dctx_span_open(&outer, NULL, fields, 3), *b;

	dctx_set(k_user, "ann");
	dctx_span_enter(a);
	b = dctx_span_open(&inner, NULL, fields, 2);
	dctx_span_enter(b);
	(void)dctx_span_record(b, "rid", &DCTX_ANY("late"));
	(void)dctx_span_record(b, "thing", &object);
	dctx_span_leave(b);
	dctx_span_leave(a);
	dctx_span_enter(a);
	dctx_span_leave(a);
	dctx_span_close(a);
	dctx_span_close(b);
}

/* Spans have no status: that all is as it was is what is asked for. */
static dctx_status in_a_thread(void)
{
	size_t depth = dctx_depth();

	use_spans();
	DCTXT_EXPECT(dctx_depth() == depth);
	return DCTX_OK;
}

static dctx_status in_a_task(void)
{
	dctx_store *task;
	dctx_status status = dctx_task_new(NULL, &task);

	if (status != DCTX_OK)
		return status;
	dctx_task_enter(task);
	use_spans();
	DCTXT_EXPECT(dctx_depth() == 1);
	dctx_task_leave(task);
	dctx_task_free(task);
	return DCTX_OK;
}

static void *close_it(void *span)
{
	dctx_span_close(span);
	return NULL;
}

static dctx_status closed_elsewhere(void)
{
	dctx_store *task;
	dctx_status status = dctx_task_new(NULL, &task);
	dctx_span *span;

	if (status != DCTX_OK)
		return status;
	span = dctx_span_open(&outer, NULL, NULL, 0);
	dctx_task_enter(task);
	dctx_span_enter(span);
	dctx_span_leave(span);
	dctx_task_leave(task);
	dctxt_on_thread(close_it, span);
	dctx_task_enter(task);
	use_spans();
	dctx_task_leave(task);
	dctx_task_free(task);
	return DCTX_OK;
}

static void a_failure_costs_a_span_at_most(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"spans of a thread", in_a_thread},
		{"spans of a task", in_a_task},
		{"a span closed elsewhere", closed_elsewhere},
	};
	static const dctx_field in = {.struct_size = DCTX_FIELD_SIZE,
				      .flags = DCTX_FIELD_EXTRACT};
	static const dctx_field back = {.struct_size = DCTX_FIELD_SIZE,
					.flags = DCTX_FIELD_RECORD};

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(dctx_field_set(&k_rid.key, &in), DCTX_OK);
	assert_int_equal(dctx_field_set(&k_thing.key, &in), DCTX_OK);
	assert_int_equal(dctx_field_set(&k_user.key, &back), DCTX_OK);
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(*scenarios));
	assert_int_equal(dctx_field_set(&k_rid.key, NULL), DCTX_OK);
	assert_int_equal(dctx_field_set(&k_thing.key, NULL), DCTX_OK);
	assert_int_equal(dctx_field_set(&k_user.key, NULL), DCTX_OK);
	assert_int_equal(dctxt_alive(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_LAYERED(a_failure_costs_a_span_at_most, both),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not the kit's");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
