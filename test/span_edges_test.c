/* SPDX-License-Identifier: MIT */
/*
 * span_edges_test.c - proves what becomes of spans where there is none, where
 * nothing is to be had, and where what they are in was cancelled.
 */
#include "spans.h"

#include <stdlib.h>

DCTXT_SITE(site_a, "a");

static dctx_span *open_span(void)
{
	dctx_span *span = dctx_span_open(&site_a, NULL, NULL, 0);

	assert_non_null(span);
	return span;
}

static void no_span_takes_all_and_gives_nothing(void **state)
{
	const dctx_any one = DCTX_ANY(1);
	dctx_trace trace;
	dctx_any value;

	(void)state;
	assert_int_equal(dctx_span_record(NULL, "x", &one), DCTX_OK);
	assert_int_equal(dctx_span_fill(NULL, "x", &one), DCTX_OK);
	assert_int_equal(dctx_span_event(NULL, "x", NULL, 0), DCTX_OK);
	assert_int_equal(dctx_span_status(NULL, DCTX_NOMEM, NULL), DCTX_OK);
	assert_false(dctx_span_field_get(NULL, "x", NULL, 0, &value));
	assert_false(dctx_span_trace(NULL, &trace));
	assert_null(dctx_span_site_of(NULL));
	assert_null(dctx_span_ref(NULL));
	assert_null(dctx_span_unref(NULL));
	dctx_span_enter(NULL);
	dctx_span_leave(NULL);
	dctx_span_end(NULL);
	dctx_span_close(NULL);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_says_nothing_where_there_is_no_room_for_it(void **state)
{
	dctx_span *a;
	dctx_any value;

	(void)state;
	dctxt_spans_begin();
	a = open_span();
	assert_false(dctx_span_parent(a, NULL));
	assert_false(dctx_span_trace(a, NULL));
	assert_false(dctx_span_trace(NULL, NULL));
	assert_false(dctx_span_field_get(a, NULL, NULL, 0, &value));
	assert_false(dctx_span_field_get(a, "x", NULL, 0, NULL));
	assert_false(dctx_span_field_get(a, "x", NULL, 1, &value));
	dctx_span_close(a);
	dctxt_spans_end();
}

static void what_is_no_field_is_refused(void **state)
{
	const dctx_any one = DCTX_ANY(1), odd = {.kind = (dctx_kind)99};
	dctx_any value;
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = open_span();
	assert_int_equal(dctx_span_fill(a, NULL, &one), DCTX_INVALID);
	assert_int_equal(dctx_span_fill(a, "x", NULL), DCTX_INVALID);
	assert_int_equal(dctx_span_fill(a, "x", &odd), DCTX_INVALID);
	assert_false(dctx_span_field_get(a, "x", NULL, 1, &value));
	assert_false(dctx_span_field_get(a, NULL, NULL, 0, &value));
	assert_false(dctx_span_trace(a, NULL));
	dctx_span_close(a);
	assert_int_equal(dctxt_span(0)->field_count, 0);
	assert_int_equal(dctxt_count_all(), 0);
	dctxt_spans_end();
}

/* Whole or not at all, and what it replaced is gone. */
static void an_object_that_does_not_fit_is_left_out(void **state)
{
	const dctx_type type = {.struct_size = sizeof type,
				.name = "large",
				.size = DCTX_SPAN_BYTES / 2 + 1};
	char *object = calloc(1, type.size);
	dctx_any value = DCTX_ANY_OBJECT(&type, object);
	dctx_span *a;

	(void)state;
	assert_non_null(object);
	dctxt_spans_begin();
	a = open_span();
	assert_int_equal(dctx_span_record(a, "one", &value), DCTX_OK);
	assert_int_equal(dctx_span_record(a, "two", &value), DCTX_LIMIT);
	assert_true(dctx_span_field_get(a, "two", NULL, 0, &value));
	assert_int_equal(value.kind, 0);
	assert_true(dctx_span_field_get(a, "one", NULL, 0, &value));
	assert_int_equal(value.kind, DCTX_KIND_TYPE);
	assert_null(value.as.object);
	dctx_span_close(a);
	assert_int_equal(dctxt_span(0)->dropped_fields, 1);
	assert_int_equal(dctxt_count(DCTX_EV_DROPPED_SPAN), 1);
	dctxt_spans_end();
	free(object);
}

static void a_cancelled_request_is_told_with_its_cause(void **state)
{
	dctx_source *source;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source),
			 DCTX_OK);
	dctxt_spans_begin();
	{
		DCTX_SCOPE("request");
		dctx_span *a, *b;

		assert_int_equal(dctx_add_source(source), DCTX_OK);
		a = open_span();
		b = open_span();
		dctx_span_close(b);
		assert_int_equal(dctx_cancel(source, "client is gone"),
				 DCTX_OK);
		dctx_span_close(a);
	}
	assert_string_equal(dctxt_span(0)->cause, "");
	assert_non_null(strstr(dctxt_span(1)->cause, "client is gone"));
	dctxt_spans_end();
	dctx_source_unref(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_span_takes_all_and_gives_nothing),
		DCTXT_TEST(a_span_says_nothing_where_there_is_no_room_for_it),
		DCTXT_TEST(what_is_no_field_is_refused),
		DCTXT_TEST(an_object_that_does_not_fit_is_left_out),
		DCTXT_TEST(a_cancelled_request_is_told_with_its_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
