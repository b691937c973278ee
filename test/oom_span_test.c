/* SPDX-License-Identifier: MIT */
/*
 * oom_span_test.c - proves that an allocation that fails while a span is
 * opened, entered, recorded into or closed costs no more than what it was for:
 * each enter has its leave and each scope stays. And that what is warm
 * allocates nothing.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "spans.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U32(k_num, "span.oom.num", DCTX_LOCAL);

DCTXT_SITE(site_a, "a");
DCTXT_SITE(site_b, "b");

static dctx_status first(dctx_status so_far, dctx_status next)
{
	return so_far != DCTX_OK ? so_far : next;
}

static const dctx_layer quiet = {.struct_size = sizeof quiet};

/* Spans in a scope, left with a scope open in them, and entered again. */
static dctx_status enter_and_leave(void)
{
	dctx_span *a = dctx_span_open(&site_a, NULL, NULL, 0);
	dctx_span *b = dctx_span_open(&site_b, NULL, NULL, 0);
	dctx_status status = a != NULL && b != NULL ? DCTX_OK : DCTX_NOMEM;
	dctx_guard inner;

	DCTX_SCOPE("scope");
	dctx_span_enter(a);
	status = first(status, dctx_scope_status());
	dctx_span_enter(b);
	status = first(status, dctx_scope_status());
	inner = dctx_enter("inner");
	dctx_span_leave(b);
	dctx_span_leave(a);
	DCTXT_EXPECT(dctx_span_current() == NULL);
	dctx_span_enter(a);
	status = first(status, dctx_scope_status());
	dctx_leave(inner);
	dctx_span_leave(a);
	DCTXT_EXPECT(dctx_span_current() == NULL);
	dctx_span_close(a);
	dctx_span_close(b);
	return status;
}

static dctx_status record(void)
{
	const struct dctxt_thing thing = {.id = 3};
	static const dctx_span_slot slot = {3000, NULL};
	const dctx_any object = DCTX_ANY_OBJECT(&dctxt_thing_type, &thing);
	dctx_span *a = dctx_span_open(
		&site_a, NULL,
		(const dctx_span_field[]){{"o", object}, {"n", DCTX_ANY(1)}},
		2);
	dctx_status status = a != NULL ? DCTX_OK : DCTX_NOMEM;
	char text[3000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	status = first(status, dctx_span_record(a, "t", &DCTX_ANY(&text[0])));
	status = first(status, dctx_span_record(a, "o", &object));
	for (int i = 0; i < 20; i++)
		status = first(status, dctx_span_event(a, "e", NULL, 0));
	status = first(status,
		       dctx_span_event(a, "e",
				       (const dctx_span_field[]){
					       {"o", object},
					       {"t", DCTX_ANY(&text[0])}},
				       2));
	status = first(status, dctx_span_status(a, DCTX_BUSY, text));
	if (dctx_span_slot_of(a, &slot) == NULL)
		status = DCTX_NOMEM;
	dctx_span_close(a);
	return status;
}

static dctx_status on_a_fresh_thread(void)
{
	dctx_span *a = dctx_span_open(&site_a, NULL, NULL, 0);
	dctx_status status = a != NULL ? DCTX_OK : DCTX_NOMEM;

	dctx_span_enter(a);
	if (a != NULL && dctx_span_current() != a)
		status = DCTX_NOMEM;
	dctx_span_leave(a);
	dctx_span_close(a);
	DCTXT_EXPECT(dctx_span_current() == NULL);
	return status;
}

static dctx_status with_a_long_state(void)
{
	char text[1200];
	dctx_trace afar = dctx_trace_new(DCTX_TRACE_SAMPLED);
	dctx_status status;
	dctx_span *a;

	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < sizeof text; i += 100) {
		text[i] = (char)('a' + i / 100);
		text[i + 1] = '=';
		text[i + 99] = i + 100 < sizeof text ? ',' : 'x';
	}
	afar.state = (dctx_bytes){text, sizeof text};
	DCTX_SCOPE("scope");
	status = dctx_trace_set(&afar);
	a = dctx_span_open(&site_a,
			   &(dctx_span_options){.struct_size = DCTX_SPAN_SIZE,
						.links = &afar,
						.link_count = 1},
			   NULL, 0);
	if (a == NULL)
		status = DCTX_NOMEM;
	dctx_span_enter(a);
	dctx_span_leave(a);
	dctx_span_close(a);
	return status;
}

static void no_failed_allocation_costs_more_than_it_was_for(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"enter and leave", enter_and_leave},
		{"record", record},
		{"a thread's first", on_a_fresh_thread},
		{"a long state", with_a_long_state},
	};

	(void)state;
	assert_int_equal(dctx_layer_mount(&quiet, 0), DCTX_OK);
	dctxt_inject(scenarios, sizeof scenarios / sizeof *scenarios);
	assert_int_equal(dctx_layer_unmount(&quiet), DCTX_OK);
}

static void what_is_told_without_memory_is_told_in_part(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"enter and leave, told", enter_and_leave},
		{"record, told", record},
		{"a long state, told", with_a_long_state},
	};

	(void)state;
	dctxt_spans_begin();
	dctxt_inject(scenarios, sizeof scenarios / sizeof *scenarios);
	dctxt_spans_end();
}

static void a_layer_without_memory_is_not_mounted(void **state)
{
	(void)state;
	dctxt_heap_fail(1, true);
	assert_int_equal(dctx_layer_mount(&quiet, DCTX_LAYER_INFO), DCTX_NOMEM);
	(void)dctxt_heap_relent();
	assert_false(DCTX_SPAN_WANTED(DCTX_LEVEL_ERROR));
	assert_int_equal(dctx_layer_unmount(&quiet), DCTX_STALE);
}

static void a_turn(void)
{
	DCTX_SCOPE("request");
	dctx_set(k_num, 3);
	DCTX_SPAN(a, "a", {"n", DCTX_ANY(1)}, {"t", DCTX_ANY("text")},
		  {"u", DCTX_EMPTY});
	DCTX_SPAN(b, "b");
	dctx_span_record(b, "long",
			 &DCTX_ANY("a text that is longer than short ones"));
	dctx_span_event(b, "event", NULL, 0);
	dctx_span_event(b, "event",
			(const dctx_span_field[]){{"t", DCTX_ANY("text")}}, 1);
	for (int i = 0; i < 12; i++) {
		static const char *const names[] = {"a", "b", "c", "d",
						    "e", "f", "g", "h",
						    "i", "j", "k", "l"};

		dctx_span_record(a, names[i], &DCTX_ANY(i));
	}
}

static void warm_spans_allocate_nothing(void **state)
{
	(void)state;
	assert_int_equal(dctx_layer_mount(&quiet, 0), DCTX_OK);
	for (int i = 0; i < 100; i++)
		a_turn();
	dctxt_heap_fail(0, false);
	for (int i = 0; i < 100; i++)
		a_turn();
	assert_int_equal(dctxt_heap_relent(), 0);
	assert_int_equal(dctx_layer_unmount(&quiet), DCTX_OK);
	assert_int_equal(dctxt_count_all(), 0);
}

static void warm_spans_that_are_told_allocate_nothing(void **state)
{
	(void)state;
	dctxt_spans_begin();
	for (int i = 0; i < 200; i++)
		a_turn();
	(void)dctxt_spans();
	for (int i = 0; i < 200; i++)
		a_turn();
	(void)dctxt_spans();
	dctxt_heap_fail(0, false);
	for (int i = 0; i < 100; i++)
		a_turn();
	assert_int_equal(dctxt_heap_relent(), 0);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_costs_more_than_it_was_for),
		DCTXT_TEST(what_is_told_without_memory_is_told_in_part),
		DCTXT_TEST(a_layer_without_memory_is_not_mounted),
		DCTXT_TEST(warm_spans_allocate_nothing),
		DCTXT_TEST(warm_spans_that_are_told_allocate_nothing),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
