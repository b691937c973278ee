/* SPDX-License-Identifier: MIT */
/*
 * layer_async_test.c - proves that under the async layer a span is a scope of
 * its task from its first enter until it is closed, however often the task
 * yields, whoever closes it, and that it is nothing outside of tasks.
 */
#include "layered.h"

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

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

static dctx_store *new_task(void)
{
	dctx_store *task = NULL;

	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	return task;
}

static void end_task(dctx_store *task)
{
	dctx_task_leave(task);
	dctx_task_free(task);
}

static dctx_span *begin(const dctx_span_site *site)
{
	return dctxt_span_begin(site, NULL, NULL);
}

static void a_span_is_a_scope_of_its_task_until_it_is_closed(void **state)
{
	dctx_store *task = new_task();
	dctx_span *span;

	(void)state;
	dctx_set(k_num, 77);
	dctx_task_enter(task);
	dctx_set(k_num, 1);
	span = begin(&outer);
	dctx_set(k_num, 2);
	dctx_span_leave(span);
	dctx_task_leave(task);
	assert_int_equal(dctx_get(k_num, 0), 77);
	check_chain("");
	dctx_task_enter(task);
	dctx_span_enter(span);
	check_chain("outer");
	assert_int_equal(dctx_get(k_num, 0), 2);
	dctx_span_leave(span);
	check_chain("outer");
	dctx_span_close(span);
	check_chain("");
	assert_int_equal(dctx_get(k_num, 0), 1);
	end_task(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_scope_held_over_a_yield_keeps_its_values(void **state)
{
	dctx_store *task = new_task();
	dctx_span *span;
	dctx_guard held;

	(void)state;
	dctx_task_enter(task);
	span = begin(&outer);
	held = dctx_enter("held");
	dctx_set(k_num, 1);
	dctx_span_leave(span);
	dctx_task_leave(task);
	dctx_task_enter(task);
	dctx_span_enter(span);
	check_chain("outer/held");
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_leave(held);
	assert_false(dctx_has(k_num));
	dctxt_span_end(span);
	end_task(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void spans_of_a_task_nest(void **state)
{
	dctx_store *task = new_task();
	dctx_span *a, *b;

	(void)state;
	dctx_task_enter(task);
	a = begin(&outer);
	dctx_set(k_num, 1);
	b = begin(&inner);
	check_chain("outer/inner");
	dctx_set(k_num, 2);
	dctxt_span_end(b);
	check_chain("outer");
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctxt_span_end(a);
	assert_int_equal(dctx_depth(), 1);
	end_task(task);
	assert_int_equal(dctxt_count_all(), 0);
}

/* Also one within itself: a task's span is one scope. */
static void entering_it_again_is_no_new_scope(void **state)
{
	dctx_store *task = new_task();
	dctx_span *span;

	(void)state;
	dctx_task_enter(task);
	span = begin(&outer);
	dctx_span_enter(span);
	check_chain("outer");
	dctx_span_leave(span);
	for (int i = 0; i < 100; i++) {
		dctx_span_leave(span);
		dctx_span_enter(span);
		assert_int_equal(dctx_depth(), 2);
	}
	dctxt_span_end(span);
	check_chain("");
	end_task(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void outside_of_a_task_it_does_nothing_and_says_so(void **state)
{
	const struct dctxt_told *told = dctxt_listen();
	dctx_span *span = begin(&outer);

	(void)state;
	check_chain("");
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(told->event, DCTX_EV_NO_TASK);
	assert_string_equal(told->what, "outer");
	dctxt_span_end(span);
	assert_int_equal(dctxt_count(DCTX_EV_NO_TASK), 1);
	assert_int_equal(dctxt_count_all(), 1);
}

/* The crate wants the span inside of the task, too: there it is not told. */
static void a_span_entered_before_its_task_gets_its_scope_in_it(void **state)
{
	dctx_store *task = new_task();
	dctx_span *span = begin(&outer);

	(void)state;
	dctx_task_enter(task);
	dctx_span_enter(span);
	check_chain("outer");
	dctx_span_leave(span);
	dctx_task_leave(task);
	dctx_span_leave(span);
	dctx_task_enter(task);
	dctx_span_close(span);
	check_chain("");
	end_task(task);
	assert_int_equal(dctxt_count(DCTX_EV_NO_TASK), 1);
	assert_int_equal(dctxt_count_all(), 1);
}

static void a_fork_in_a_span_has_its_values_and_names(void **state)
{
	dctx_store *task = new_task(), *child;
	dctx_span *span;

	(void)state;
	dctx_task_enter(task);
	span = begin(&outer);
	dctx_set(k_num, 1);
	assert_int_equal(dctx_fork(&child), DCTX_OK);
	dctxt_span_end(span);
	dctx_task_leave(task);
	dctx_task_enter(child);
	check_chain("outer");
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctxt_span_end(begin(&inner));
	check_chain("outer");
	end_task(child);
	dctx_task_free(task);
	assert_int_equal(dctxt_count_all(), 0);
}

/* The fork has the scope already, by inheritance. */
static void a_fork_that_enters_its_parents_span_has_it_once(void **state)
{
	dctx_store *task = new_task(), *child;
	dctx_span *span;

	(void)state;
	dctx_task_enter(task);
	span = begin(&outer);
	assert_int_equal(dctx_fork(&child), DCTX_OK);
	dctx_span_leave(span);
	dctx_task_leave(task);
	dctx_task_enter(child);
	dctx_span_enter(span);
	check_chain("outer");
	dctx_span_leave(span);
	dctx_task_leave(child);
	dctx_task_enter(task);
	dctx_span_close(span);
	check_chain("");
	end_task(task);
	dctx_task_free(child);
	assert_int_equal(dctxt_count_all(), 0);
}

/* A request whose task was dropped, and which is tried again. */
static void a_span_whose_task_is_gone_gets_a_scope_in_the_next(void **state)
{
	dctx_store *task = new_task();
	dctx_span *span;

	(void)state;
	dctx_task_enter(task);
	span = begin(&outer);
	dctx_span_leave(span);
	end_task(task);
	task = new_task();
	dctx_task_enter(task);
	dctx_span_enter(span);
	check_chain("outer");
	dctxt_span_end(span);
	check_chain("");
	end_task(task);
	assert_int_equal(dctxt_count_all(), 0);
}

static void *read_it(void *snapshot)
{
	DCTX_ATTACH(snapshot);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 1);
	check_chain("outer");
	return NULL;
}

static void a_blocking_call_has_the_spans_values_and_names(void **state)
{
	dctx_store *task = new_task();
	dctx_span *span;

	(void)state;
	dctx_task_enter(task);
	span = begin(&outer);
	dctx_set(k_num, 1);
	{
		DCTX_SNAPSHOT(snapshot);
		dctxt_on_thread(read_it, snapshot);
	}
	dctxt_span_end(span);
	end_task(task);
	assert_int_equal(dctxt_count_all(), 0);
}

/* What the closing thread cannot touch is gone with the task's next step. */
static void *close_it(void *span)
{
	dctx_span_close(span);
	return NULL;
}

static void a_scope_closed_elsewhere_goes_with_the_next_span(void **state)
{
	dctx_store *task = new_task();
	dctx_span *a, *b, *c;
	dctx_guard held;

	(void)state;
	dctx_task_enter(task);
	a = begin(&outer);
	dctx_set(k_num, 1);
	held = dctx_enter("held");
	dctx_span_leave(a);
	b = begin(&inner);
	dctxt_on_thread(close_it, a);
	check_chain("outer/held/inner");
	c = begin(&outer);
	check_chain("held/inner/outer");
	assert_false(dctx_has(k_num));
	dctxt_span_end(c);
	dctxt_span_end(b);
	check_chain("held");
	dctx_leave(held);
	end_task(task);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	assert_int_equal(dctxt_count_all(), 1);
}

/* A sub-task without a span of its own, in the same task: its scope came onto
 * the span's between two steps, or after the last. */
static void a_scope_that_others_entered_on_a_span_stays(void **state)
{
	dctx_store *task = new_task();

	(void)state;
	dctx_task_enter(task);
	for (int steps = 0; steps < 2; steps++) {
		dctx_span *span = begin(&outer);
		dctx_guard others;

		dctx_span_leave(span);
		others = dctx_enter("of others");
		dctx_set(k_num, 1);
		for (int i = 0; i < steps; i++) {
			dctx_span_enter(span);
			dctx_span_leave(span);
		}
		dctx_span_close(span);
		check_chain("of others");
		assert_int_equal(dctx_get(k_num, 0), 1);
		dctx_leave(others);
	}
	check_chain("");
	end_task(task);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 2);
	assert_int_equal(dctxt_count_all(), 2);
}

static void a_span_that_outlives_its_parent_keeps_its_scope(void **state)
{
	dctx_store *task = new_task();
	dctx_span *parent, *child;

	(void)state;
	dctx_task_enter(task);
	parent = begin(&outer);
	child = begin(&inner);
	dctx_set(k_num, 1);
	dctx_span_leave(child);
	dctxt_span_end(parent);
	check_chain("inner");
	assert_int_equal(dctx_get(k_num, 0), 1);
	dctx_span_close(child);
	check_chain("");
	end_task(task);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	assert_int_equal(dctxt_count_all(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_LAYERED(a_span_is_a_scope_of_its_task_until_it_is_closed,
			      async),
		DCTXT_LAYERED(a_scope_held_over_a_yield_keeps_its_values, both),
		DCTXT_LAYERED(spans_of_a_task_nest, async),
		DCTXT_LAYERED(entering_it_again_is_no_new_scope, async),
		DCTXT_LAYERED(outside_of_a_task_it_does_nothing_and_says_so,
			      async),
		DCTXT_LAYERED(
			a_span_entered_before_its_task_gets_its_scope_in_it,
			async),
		DCTXT_LAYERED(a_fork_in_a_span_has_its_values_and_names, async),
		DCTXT_LAYERED(a_fork_that_enters_its_parents_span_has_it_once,
			      both),
		DCTXT_LAYERED(
			a_span_whose_task_is_gone_gets_a_scope_in_the_next,
			async),
		DCTXT_LAYERED(a_blocking_call_has_the_spans_values_and_names,
			      both),
		DCTXT_LAYERED(a_scope_closed_elsewhere_goes_with_the_next_span,
			      async),
		DCTXT_LAYERED(a_scope_that_others_entered_on_a_span_stays,
			      async),
		DCTXT_LAYERED(a_span_that_outlives_its_parent_keeps_its_scope,
			      both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
