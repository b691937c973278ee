/* SPDX-License-Identifier: MIT */
/*
 * layer_sync_test.c - proves that under the sync layer a span is a scope while
 * it is entered: its name is in the chain, what is set in it is undone when it
 * is left, and whatever is left open or out of order costs nobody else a scope.
 */
#include "layered.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

#define SITE(name)                                                             \
	{                                                                      \
		name, NULL, DCTX_LEVEL_INFO, __FILE__, __LINE__                \
	}
static const dctx_span_site outer = SITE("outer"), inner = SITE("inner");

static void check_chain(const char *expected)
{
	char text[64];

	dctx_chain_text("/", text, sizeof(text));
	assert_string_equal(text, expected);
}

static dctx_span *begin(const dctx_span_site *site)
{
	return dctxt_span_begin(site, NULL, NULL);
}

static void leaving_a_span_undoes_what_was_set_in_it_and_no_more(void **state)
{
	dctx_span *span;

	(void)state;
	dctx_set(k_num, 1);
	dctx_set(k_text, "outside");
	span = begin(&outer);
	dctx_set(k_num, 2);
	assert_int_equal(dctx_get(k_num, 0), 2);
	assert_string_equal(dctx_get(k_text, ""), "outside");
	dctxt_span_end(span);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_string_equal(dctx_get(k_text, ""), "outside");
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

static void nested_spans_have_a_value_each(void **state)
{
	dctx_span *a, *b;

	(void)state;
	a = begin(&outer);
	dctx_set(k_num, 1);
	b = begin(&inner);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_set(k_num, 2);
	assert_int_equal(dctx_get(k_num, 0), 2);
	dctxt_span_end(b);
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctxt_span_end(a);
	assert_false(dctx_has(k_num));
	assert_int_equal(dctxt_count_all(), 0);
}

static void the_chain_is_the_names_of_the_spans(void **state)
{
	dctx_span *a, *b;

	(void)state;
	check_chain("");
	a = begin(&outer);
	check_chain("outer");
	b = begin(&inner);
	check_chain("outer/inner");
	dctxt_span_end(b);
	check_chain("outer");
	dctxt_span_end(a);
	check_chain("");
}

static void a_span_that_is_entered_again_begins_clean(void **state)
{
	dctx_span *span = begin(&outer);

	(void)state;
	dctx_set(k_num, 1);
	dctx_span_leave(span);
	check_chain("");
	dctx_span_enter(span);
	check_chain("outer");
	assert_false(dctx_has(k_num));
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_entered_within_itself_is_a_scope_each_time(void **state)
{
	dctx_span *span = begin(&outer);

	(void)state;
	dctx_set(k_num, 1);
	dctx_span_enter(span);
	dctx_set(k_num, 2);
	check_chain("outer/outer");
	dctx_span_leave(span);
	check_chain("outer");
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctxt_span_end(span);
	check_chain("");
	assert_int_equal(dctxt_count_all(), 0);
}

static void leaving_an_outer_span_leaves_the_inner_one_as_it_is(void **state)
{
	dctx_span *a = begin(&outer), *b;

	(void)state;
	dctx_set(k_num, 1);
	b = begin(&inner);
	dctx_set(k_text, "of the inner");
	dctx_span_leave(a);
	check_chain("inner");
	assert_false(dctx_has(k_num));
	assert_string_equal(dctx_get(k_text, ""), "of the inner");
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	dctxt_span_end(b);
	check_chain("");
	dctx_span_close(a);
	assert_int_equal(dctxt_count_all(), 1);
}

static void leaving_a_span_that_is_not_entered_does_nothing(void **state)
{
	dctx_span *a = begin(&outer), *b;

	(void)state;
	b = dctx_span_open(&inner, NULL, NULL, 0);
	dctx_span_leave(b);
	check_chain("outer");
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	dctx_span_close(b);
	dctxt_span_end(a);
	assert_int_equal(dctxt_count_all(), 1);
}

static void an_attach_that_was_left_open_goes_with_the_span(void **state)
{
	dctx_span *span = begin(&outer);
	dctx_guard attach;

	(void)state;
	assert_int_equal(dctx_attach(NULL, &attach), DCTX_OK);
	dctxt_span_end(span);
	check_chain("");
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	assert_int_equal(dctxt_count_all(), 1);
}

/* Whoever clears the store under a span takes its scope, not the span. */
static void a_span_outlives_a_restore(void **state)
{
	dctx_span *a = begin(&outer), *b;

	(void)state;
	assert_int_equal(dctx_restore(NULL), DCTX_OK);
	check_chain("");
	b = begin(&inner);
	check_chain("inner");
	dctxt_span_end(b);
	dctxt_span_end(a);
	assert_int_equal(dctx_depth(), 1);
}

static void a_span_closed_while_entered_is_left_at_once(void **state)
{
	dctx_span *a = begin(&outer);

	(void)state;
	dctx_set(k_num, 1);
	dctx_span_close(a);
	check_chain("");
	assert_false(dctx_has(k_num));
	assert_int_equal(dctx_depth(), 1);
}

static void *close_it(void *span)
{
	dctx_span_close(span);
	return NULL;
}

static void a_span_closed_by_another_thread_goes_with_the_next(void **state)
{
	dctx_span *a = begin(&outer), *b;

	(void)state;
	dctxt_on_thread(close_it, a);
	b = begin(&inner);
	check_chain("inner");
	dctxt_span_end(b);
	check_chain("");
	assert_int_equal(dctx_depth(), 1);
}

/* Past the depth limit, and back: a span is there, its scope is dead. */
static void spans_past_the_depth_limit_come_back(void **state)
{
	dctx_span *spans[6];

	(void)state;
	dctx_limit_set(DCTX_LIMIT_DEPTH, 3);
	dctx_set(k_num, 1);
	for (int i = 0; i < 6; i++)
		spans[i] = begin(&outer);
	assert_int_equal(dctx_get(k_num, 0), 1);
	for (int i = 5; i >= 0; i--)
		dctxt_span_end(spans[i]);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctxt_count(DCTX_EV_DEAD_SCOPE), 3);
	assert_int_equal(dctxt_count_all(), 3);
}

/* One span, entered by several threads at once: a scope of each. */
static void *be_in_it(void *arg)
{
	dctx_span *span = *(dctx_span **)arg;

	for (uint64_t i = 0; i < 1000; i++) {
		dctx_span_enter(span);
		DCTXT_EXPECT(dctx_depth() == 2 && !dctx_has(k_num));
		dctx_set(k_num, i);
		DCTXT_EXPECT(dctx_get(k_num, 0) == i);
		dctx_span_leave(span);
		DCTXT_EXPECT(dctx_depth() == 1);
	}
	return NULL;
}

static void threads_share_a_span_and_no_scope(void **state)
{
	dctx_span *span = dctx_span_open(&outer, NULL, NULL, 0);
	dctx_span *items[] = {span, span, span, span};

	(void)state;
	dctxt_together(4, be_in_it, items, sizeof(*items));
	dctx_span_close(span);
	assert_int_equal(dctxt_count_all(), 0);
}

/* A task is a flow as any other to the sync layer when it is mounted alone. */
static void alone_it_works_inside_of_a_task_too(void **state)
{
	dctx_store *task;
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	span = begin(&outer);
	dctx_set(k_num, 1);
	check_chain("outer");
	assert_int_equal(dctx_store_chain(dctx_thread(), NULL, 0), 0);
	dctx_span_leave(span);
	check_chain("");
	dctx_span_enter(span);
	assert_false(dctx_has(k_num));
	dctxt_span_end(span);
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(dctxt_count_all(), 0);
}

/* W27. The async layer keeps the span's own values, too. */
static void a_scope_held_over_a_yield_stays_and_that_is_told(void **state)
{
	dctx_store *task;
	dctx_span *span;
	dctx_guard held;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	dctx_task_enter(task);
	span = begin(&outer);
	dctx_set(k_text, "of the span");
	held = dctx_enter("held");
	dctx_set(k_num, 1);
	dctx_span_leave(span);
	dctx_task_leave(task);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	assert_int_equal(dctxt_count_all(), 1);
	dctx_task_enter(task);
	check_chain("held");
	dctx_span_enter(span);
	check_chain("held/outer");
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_false(dctx_has(k_text));
	dctx_span_leave(span);
	dctx_leave(held);
	check_chain("");
	dctx_span_close(span);
	dctx_task_leave(task);
	dctx_task_free(task);
	assert_int_equal(dctxt_count_all(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_LAYERED(
			leaving_a_span_undoes_what_was_set_in_it_and_no_more,
			sync),
		DCTXT_LAYERED(nested_spans_have_a_value_each, sync),
		DCTXT_LAYERED(the_chain_is_the_names_of_the_spans, sync),
		DCTXT_LAYERED(a_span_that_is_entered_again_begins_clean, sync),
		DCTXT_LAYERED(a_span_entered_within_itself_is_a_scope_each_time,
			      sync),
		DCTXT_LAYERED(
			leaving_an_outer_span_leaves_the_inner_one_as_it_is,
			sync),
		DCTXT_LAYERED(leaving_a_span_that_is_not_entered_does_nothing,
			      sync),
		DCTXT_LAYERED(an_attach_that_was_left_open_goes_with_the_span,
			      sync),
		DCTXT_LAYERED(a_span_outlives_a_restore, sync),
		DCTXT_LAYERED(a_span_closed_while_entered_is_left_at_once,
			      sync),
		DCTXT_LAYERED(
			a_span_closed_by_another_thread_goes_with_the_next,
			sync),
		DCTXT_LAYERED(spans_past_the_depth_limit_come_back, sync),
		DCTXT_LAYERED(threads_share_a_span_and_no_scope, sync),
		DCTXT_LAYERED(alone_it_works_inside_of_a_task_too, sync),
		DCTXT_LAYERED(a_scope_held_over_a_yield_stays_and_that_is_told,
			      sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
