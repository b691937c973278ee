/* SPDX-License-Identifier: MIT */
/*
 * span_enter_test.c - proves that a span is current from enter to leave, in
 * whatever order, and that entering and leaving touches nothing else: no scope
 * and no value.
 */
#include "spans.h"

DCTX_KEY_STR(k_rid, "span.rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "span.num", DCTX_LOCAL);

DCTXT_SITE(site_a, "a");
DCTXT_SITE(site_b, "b");
DCTXT_SITE(site_c, "c");

static dctx_span *open_span(const dctx_span_site *site)
{
	dctx_span *span = dctx_span_open(site, NULL, NULL, 0);

	assert_non_null(span);
	return span;
}

static bool is_current_trace(const dctx_span *span)
{
	dctx_trace here, its;

	return dctx_trace_get(&here) && dctx_span_trace(span, &its) &&
	       memcmp(here.span_id, its.span_id, 8) == 0 &&
	       memcmp(here.trace_id, its.trace_id, 16) == 0;
}

/* In a scope and at the root: spans are no scopes. */
static void sets_and_leaves(void)
{
	size_t depth = dctx_depth();
	dctx_span *a = open_span(&site_a), *b;

	dctx_set(k_num, 1);
	dctx_span_enter(a);
	assert_int_equal(dctx_depth(), depth);
	dctx_set(k_num, 2);
	dctx_set(k_rid, "inside");
	b = open_span(&site_b);
	dctx_span_enter(b);
	dctx_set(k_rid, "further in");
	dctx_span_leave(b);
	assert_ptr_equal(dctx_span_current(), a);
	assert_true(is_current_trace(a));
	dctx_span_leave(a);
	assert_null(dctx_span_current());
	assert_int_equal(dctx_get(k_num, 0), 2);
	assert_string_equal(dctx_get(k_rid, ""), "further in");
	dctx_span_close(b);
	dctx_span_close(a);
}

static void what_is_set_in_a_span_stays_when_it_is_left(void **state)
{
	dctx_trace trace;

	(void)state;
	dctxt_spans_begin();
	{
		DCTX_SCOPE("scope");
		sets_and_leaves();
	}
	assert_false(dctx_has(k_num));
	assert_false(dctx_has(k_rid));
	sets_and_leaves();
	assert_false(dctx_trace_get(&trace));
	dctx_unset(k_num);
	dctx_unset(k_rid);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* The trace is a value of the context's, which the span shadows. */
static void set_a_trace_inside(void)
{
	dctx_trace before = dctx_trace_new(0), inside = dctx_trace_new(0), now;
	dctx_span *a;

	dctx_trace_set(&before);
	a = dctx_span_open(&site_a,
			   &(dctx_span_options){.struct_size = DCTX_SPAN_SIZE,
						.root = true},
			   NULL, 0);
	dctx_span_enter(a);
	dctx_trace_set(&inside);
	dctx_span_enter(a);
	assert_true(is_current_trace(a));
	dctx_span_leave(a);
	assert_true(dctx_trace_get(&now));
	assert_memory_equal(now.span_id, inside.span_id, 8);
	dctx_span_leave(a);
	assert_true(dctx_trace_get(&now));
	assert_memory_equal(now.span_id, inside.span_id, 8);
	assert_null(dctx_span_current());
	dctx_span_close(a);
}

static void a_trace_that_is_set_in_a_span_stays_in_its_scope(void **state)
{
	dctx_trace outer = dctx_trace_new(0), now;

	(void)state;
	dctxt_spans_begin();
	dctx_trace_set(&outer);
	{
		DCTX_SCOPE("scope");
		set_a_trace_inside();
	}
	assert_true(dctx_trace_get(&now));
	assert_memory_equal(now.span_id, outer.span_id, 8);
	set_a_trace_inside();
	dctx_trace_set(NULL);
	assert_false(dctx_trace_get(&now));
	assert_int_equal(dctx_clear(), DCTX_OK);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_scopes_end_takes_its_spans_along(void **state)
{
	dctx_span *a, *b;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	b = open_span(&site_b);
	dctx_span_enter(a);
	{
		DCTX_SCOPE("scope");
		dctx_span_enter(b);
	}
	assert_ptr_equal(dctx_span_current(), a);
	dctx_span_leave(b);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	dctx_span_leave(a);
	assert_null(dctx_span_current());
	dctx_span_close(a);
	dctx_span_close(b);
	assert_int_equal(dctxt_count_all(), 1);
	dctxt_spans_end();
}

static void a_span_that_is_not_the_innermost_is_taken_out_alone(void **state)
{
	dctx_span *a, *b, *c;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	b = open_span(&site_b);
	c = open_span(&site_c);
	dctx_span_enter(a);
	dctx_span_enter(b);
	dctx_span_enter(c);
	dctx_span_leave(b);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	assert_ptr_equal(dctx_span_current(), c);
	dctx_span_leave(c);
	assert_ptr_equal(dctx_span_current(), a);
	dctx_span_leave(c);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 2);
	assert_ptr_equal(dctx_span_current(), a);
	dctx_span_leave(a);
	assert_null(dctx_span_current());
	dctx_span_close(a);
	dctx_span_close(b);
	dctx_span_close(c);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 2);
}

static void leaving_never_touches_a_scope(void **state)
{
	dctx_guard scope;
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	dctx_span_enter(a);
	scope = dctx_enter("opened inside");
	dctx_set(k_num, 7);
	dctx_span_leave(a);
	assert_null(dctx_span_current());
	assert_int_equal(dctx_get(k_num, 0), 7);
	assert_int_equal(dctx_depth(), 2);
	/* A task that yielded: the scope stands in the span again. */
	dctx_span_enter(a);
	assert_ptr_equal(dctx_span_current(), a);
	assert_true(is_current_trace(a));
	dctx_leave(scope);
	assert_ptr_equal(dctx_span_current(), a);
	assert_true(is_current_trace(a));
	dctx_span_leave(a);
	assert_null(dctx_span_current());
	assert_false(dctx_has(k_num));
	dctx_span_close(a);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_is_entered_inside_of_itself(void **state)
{
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	for (int i = 0; i < 5; i++)
		dctx_span_enter(a);
	for (int i = 0; i < 5; i++) {
		assert_ptr_equal(dctx_span_current(), a);
		dctx_span_leave(a);
	}
	assert_null(dctx_span_current());
	assert_int_equal(dctxt_count_all(), 0);
	dctx_span_leave(a);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	dctx_span_close(a);
	dctxt_spans_end();
}

static void a_span_that_is_closed_is_left_here_at_once(void **state)
{
	dctx_span *a, *b;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	b = open_span(&site_b);
	dctx_span_enter(a);
	dctx_span_enter(b);
	dctx_span_enter(a);
	dctx_span_close(a);
	assert_ptr_equal(dctx_span_current(), b);
	dctx_span_leave(b);
	assert_null(dctx_span_current());
	dctx_span_close(b);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void past_the_depth_limit_a_span_is_left_all_the_same(void **state)
{
	dctx_guard guard;
	dctx_span *a, *b;

	(void)state;
	dctxt_spans_begin();
	dctx_limit_set(DCTX_LIMIT_DEPTH, 1);
	a = open_span(&site_a);
	b = open_span(&site_b);
	guard = dctx_enter("two");
	dctx_span_enter(a);
	dctx_guard dead = dctx_enter("three");
	dctx_span_enter(b);
	assert_ptr_equal(dctx_span_current(), a);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 1);
	dctx_span_leave(b);
	dctx_leave(dead);
	dctx_span_leave(a);
	assert_null(dctx_span_current());
	dctx_leave(guard);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 0);
	dctx_span_close(a);
	dctx_span_close(b);
	dctx_limit_set(DCTX_LIMIT_DEPTH, 1024);
	dctxt_spans_end();
}

static jmp_buf out;

static void enter_and_jump(dctx_span *a, dctx_span *b)
{
	dctx_span_enter(b);
	dctx_set(k_num, 3);
	(void)dctx_enter("scope");
	dctx_span_enter(a);
	longjmp(out, 1);
}

static void a_rewind_takes_out_what_was_entered_since(void **state)
{
	dctx_span *a, *b;
	dctx_mark mark;

	(void)state;
	dctxt_spans_begin();
	a = open_span(&site_a);
	b = open_span(&site_b);
	dctx_span_enter(a);
	mark = dctx_mark_here();
	if (setjmp(out) == 0)
		enter_and_jump(a, b);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_depth(), 1);
	assert_ptr_equal(dctx_span_current(), a);
	assert_true(is_current_trace(a));
	assert_int_equal(dctx_get(k_num, 0), 3);
	/* Again: nothing was entered since. */
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_ptr_equal(dctx_span_current(), a);
	dctx_span_leave(a);
	assert_null(dctx_span_current());
	dctx_unset(k_num);
	dctx_span_close(a);
	dctx_span_close(b);
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static dctx_span *kept;

static void jump_out_of_a_block(void)
{
	DCTX_SPAN(span, "block");

	kept = span;
	longjmp(out, 1);
}

static void a_span_jumped_out_of_is_open_until_it_is_closed(void **state)
{
	const dctx_mark mark = dctx_mark_here();

	(void)state;
	dctxt_spans_begin();
	if (setjmp(out) == 0)
		jump_out_of_a_block();
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_null(dctx_span_current());
	assert_int_equal(dctxt_spans(), 0);
	assert_int_equal(dctx_span_record(kept, "jumped", &DCTX_ANY(1)),
			 DCTX_OK);
	dctx_span_close(kept);
	assert_int_equal(dctxt_spans(), 1);
	assert_string_equal(dctxt_span(0)->name, "block");
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_is_set_in_a_span_stays_when_it_is_left),
		DCTXT_TEST(a_trace_that_is_set_in_a_span_stays_in_its_scope),
		DCTXT_TEST(a_scopes_end_takes_its_spans_along),
		DCTXT_TEST(a_span_that_is_not_the_innermost_is_taken_out_alone),
		DCTXT_TEST(leaving_never_touches_a_scope),
		DCTXT_TEST(a_span_is_entered_inside_of_itself),
		DCTXT_TEST(a_span_that_is_closed_is_left_here_at_once),
		DCTXT_TEST(past_the_depth_limit_a_span_is_left_all_the_same),
		DCTXT_TEST(a_rewind_takes_out_what_was_entered_since),
		DCTXT_TEST(a_span_jumped_out_of_is_open_until_it_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
