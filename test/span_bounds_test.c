/* SPDX-License-Identifier: MIT */
/*
 * span_bounds_test.c - proves that whatever is recorded, however large, however
 * often, a span keeps within its bounds, and that what is open at once or for
 * long takes what it must and no more.
 */
#include "spans.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U32(k_num, "span.bounds.num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "span.bounds.text", DCTX_LOCAL);

DCTXT_SITE(site_a, "a");
DCTXT_SITE(site_b, "b");

static dctx_span *open_span(const dctx_span_site *site)
{
	dctx_span *span = dctx_span_open(site, NULL, NULL, 0);

	assert_non_null(span);
	return span;
}

static char names[400][8];

static const char *name(int i)
{
	snprintf(names[i], sizeof names[i], "n%d", i);
	return names[i];
}

static void fields_events_and_links_past_the_bounds_are_counted(void **state)
{
	dctx_trace links[200];
	dctx_span_options options = {.struct_size = DCTX_SPAN_SIZE,
				     .links = links,
				     .link_count = 200};
	dctx_span_field fields[200];
	const struct dctxt_span *told;
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	for (int i = 0; i < 200; i++) {
		links[i] = dctx_trace_new(0);
		fields[i] = (dctx_span_field){name(i), DCTX_ANY(i)};
	}
	a = dctx_span_open(&site_a, &options, fields, 200);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), 1);
	assert_int_equal(dctx_span_record(a, "new", &DCTX_ANY(1)), DCTX_LIMIT);
	assert_int_equal(dctx_span_record(a, "n7", &DCTX_ANY(1)), DCTX_OK);
	for (int i = 0; i < 200; i++)
		assert_int_equal(dctx_span_event(a, "e", NULL, 0),
				 i < DCTX_SPAN_EVENTS ? DCTX_OK : DCTX_LIMIT);
	dctx_span_close(a);
	told = dctxt_span(0);
	assert_int_equal(told->field_count, DCTX_SPAN_FIELDS);
	assert_int_equal(told->event_count, DCTX_SPAN_EVENTS);
	assert_int_equal(told->link_count, DCTX_SPAN_LINKS);
	assert_int_equal(told->dropped_fields, 72 + 1);
	assert_int_equal(told->dropped_events, 72);
	assert_int_equal(told->dropped_links, 72);
	assert_int_equal(dctxt_count_all(), 2 + 72);
	dctxt_spans_end();
}

#define MB (1024 * 1024)

/* Of characters of 2, 3 and 4 bytes, so that a cut falls in each. */
static char *long_text(const char *character)
{
	size_t len = strlen(character);
	char *text = malloc(MB + 1);

	for (size_t i = 0; i < MB; i++)
		text[i] = character[i % len];
	text[MB] = '\0';
	return text;
}

static void a_long_text_is_cut_between_characters(void **state)
{
	static const char *const characters[] = {
		"x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

	(void)state;
	dctxt_spans_begin();
	for (size_t i = 0; i < 4; i++) {
		char *text = long_text(characters[i]);
		size_t unit = strlen(characters[i]);
		dctx_span *a = open_span(&site_a);

		/* One byte is in the way, so no character ends at the end. */
		assert_int_equal(dctx_span_record(a, "o", &DCTX_ANY("o")),
				 DCTX_OK);
		assert_int_equal(dctx_span_record(a, "t", &DCTX_ANY(text)),
				 DCTX_LIMIT);
		assert_int_equal(dctx_span_record(a, "n", &DCTX_ANY(1)),
				 DCTX_OK);
		dctx_span_close(a);
		free(text);
		assert_true(dctxt_span(i)->utf8_ends || unit > 1);
		assert_int_equal(dctxt_span(i)->longest,
				 (DCTX_SPAN_BYTES - 1) / unit * unit);
		assert_int_equal(dctxt_span(i)->dropped_fields, 1);
		assert_int_equal(dctxt_span(i)->dropped_events, 0);
		assert_int_equal(dctxt_span(i)->field_count, 3);
	}
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), 4);
	dctxt_spans_end();
}

static void a_status_text_that_is_cut_is_counted(void **state)
{
	char *text = long_text("x");
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	assert_int_equal(dctx_span_status(a, DCTX_BUSY, text), DCTX_LIMIT);
	/* Nothing is left for this one, and it is not the first. */
	assert_int_equal(dctx_span_status(a, DCTX_NOMEM, text), DCTX_OK);
	dctx_span_close(a);
	free(text);
	assert_int_equal(dctxt_span(0)->status, DCTX_BUSY);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), 1);
	dctxt_spans_end();
}

static void events_with_many_fields_are_bounded_together(void **state)
{
	dctx_span_field fields[200];
	dctx_span *a;
	int taken = 0;

	(void)state;
	for (int i = 0; i < 200; i++)
		fields[i] = (dctx_span_field){name(i), DCTX_ANY(i)};
	dctxt_spans_begin();
	a = open_span(&site_a);
	assert_int_equal(dctx_span_event(a, "e", fields, 200), DCTX_LIMIT);
	for (int i = 0; i < 100; i++)
		taken += dctx_span_event(a, "e", fields, 128) == DCTX_OK;
	assert_in_range(taken, 2, DCTX_SPAN_BYTES / (128 * sizeof *fields));
	assert_int_equal(dctx_span_event(a, NULL, NULL, 0), DCTX_INVALID);
	assert_int_equal(dctx_span_event(a, "e", NULL, 1), DCTX_INVALID);
	fields[1].name = NULL;
	assert_int_equal(dctx_span_event(a, "e", fields, 3), DCTX_INVALID);
	assert_int_equal(dctx_span_record(a, NULL, &DCTX_ANY(1)), DCTX_INVALID);
	assert_int_equal(dctx_span_record(a, "x", NULL), DCTX_INVALID);
	assert_int_equal(
		dctx_span_record(a, "x", &(dctx_any){.kind = (dctx_kind)99}),
		DCTX_INVALID);
	dctx_span_close(a);
	dctxt_spans_end();
}

/* A field that is set over and over uses its room again. */
static void a_field_set_without_end_takes_no_more_memory(void **state)
{
	char text[1000];
	dctx_span *a;
	size_t before;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	dctxt_spans_begin();
	a = open_span(&site_a);
	dctx_span_record(a, "t", &DCTX_ANY(&text[0]));
	before = dctxt_heap_bytes();
	for (int i = 0; i < 10000; i++) {
		text[i % 999] = '\0';
		assert_int_equal(dctx_span_record(a, "t", &DCTX_ANY(&text[0])),
				 DCTX_OK);
		assert_int_equal(dctx_span_record(a, "t", &DCTX_ANY(i)),
				 DCTX_OK);
		text[i % 999] = 'x';
	}
	assert_int_equal(dctxt_heap_bytes(), before);
	dctx_span_close(a);
	dctxt_spans_end();
}

static void ten_thousand_are_open_at_once(void **state)
{
	static dctx_span *open[10000];
	dctx_guard guard = dctx_enter("scope");

	(void)state;
	dctxt_layer_begin();
	for (int i = 0; i < 10000; i++) {
		open[i] = open_span(&site_a);
		if (i % 10 == 0)
			dctx_span_enter(open[i]);
	}
	assert_ptr_equal(dctx_span_current(), open[9990]);
	for (int i = 9990; i >= 0; i -= 10) {
		assert_ptr_equal(dctx_span_current(), open[i]);
		dctx_span_leave(open[i]);
	}
	for (int i = 0; i < 10000; i++)
		dctx_span_close(open[i]);
	dctx_leave(guard);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* Sub-tasks that overlap in one scope: one is always left with a scope open in
 * it. */
static void spans_that_overlap_for_ever_take_no_more_memory(void **state)
{
	dctx_span *a = NULL, *b;
	dctx_guard in_a = {NULL, 0}, in_b;
	size_t before = 0;

	(void)state;
	dctxt_spans_begin();
	DCTX_SCOPE("task");
	for (int i = 0; i < 10000; i++) {
		b = open_span(i % 2 ? &site_a : &site_b);
		dctx_span_enter(b);
		in_b = dctx_enter("in it");
		dctx_set(k_num, (unsigned)i);
		dctx_span_leave(b);
		if (a != NULL) {
			dctx_span_enter(a);
			assert_int_equal(dctx_scope_retire(in_a), DCTX_OK);
			dctx_span_leave(a);
			dctx_span_close(a);
		}
		a = b;
		in_a = in_b;
		assert_null(dctx_span_current());
		assert_int_equal(dctx_depth(), 3);
		assert_int_equal(dctx_get(k_num, 0), i);
		if (i == 2000)
			before = dctxt_heap_bytes();
	}
	dctx_span_close(a);
	assert_int_equal(dctxt_heap_bytes(), before);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* A span in a scope that goes on setting texts. */
static void a_long_life_at_the_root_takes_no_memory(void **state)
{
	size_t before = 0;

	(void)state;
	dctxt_layer_begin();
	for (int i = 0; i < 10000; i++) {
		DCTX_SPAN(a, "a");
		dctx_span_record(a, "n", &DCTX_ANY(i));
		{
			DCTX_SPAN(b, "b");
			dctx_set(k_num, (unsigned)i);
			{
				DCTX_SCOPE("c");
				dctx_set(k_text, "some text");
				DCTX_SPAN(c, "c");
			}
		}
		if (i == 100)
			before = dctxt_heap_bytes();
	}
	assert_int_equal(dctxt_heap_bytes(), before);
	dctx_unset(k_num);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* Forgotten scopes stay until what is around them ends; the spans do not. */
static void forgotten_scopes_keep_no_span(void **state)
{
	size_t alive;

	(void)state;
	dctxt_layer_begin();
	{
		DCTX_SCOPE("task");
		for (int i = 0; i < 100; i++) {
			dctx_span *a = open_span(&site_a);

			dctx_span_enter(a);
			(void)dctx_enter("forgotten");
			dctx_span_leave(a);
			dctx_span_close(a);
			assert_null(dctx_span_current());
		}
		alive = dctxt_heap_blocks();
		assert_int_equal(dctx_depth(), 102);
	}
	assert_true(alive >= dctxt_heap_blocks());
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 0);
	dctxt_layer_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(fields_events_and_links_past_the_bounds_are_counted),
		DCTXT_TEST(a_long_text_is_cut_between_characters),
		DCTXT_TEST(a_status_text_that_is_cut_is_counted),
		DCTXT_TEST(events_with_many_fields_are_bounded_together),
		DCTXT_TEST(a_field_set_without_end_takes_no_more_memory),
		DCTXT_TEST(ten_thousand_are_open_at_once),
		DCTXT_TEST(spans_that_overlap_for_ever_take_no_more_memory),
		DCTXT_TEST(a_long_life_at_the_root_takes_no_memory),
		DCTXT_TEST(forgotten_scopes_keep_no_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
