/* SPDX-License-Identifier: MIT */
/*
 * layer_hostile_test.c - proves that our layers hold where the user's code, the
 * limits or the system do what nobody wished: an extract or a format that jumps
 * away, uses dctx or asks for itself, a fork in a span, ten thousand spans open
 * in one flow, a task that leaves a thousand spans to be closed by others.
 */
#include "layered.h"

#include <setjmp.h>
#include <stdlib.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOCAL);
DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static const dctx_span_site site = {"handle", NULL, DCTX_LEVEL_INFO, __FILE__,
				    __LINE__};

static jmp_buf out;
static dctx_span *entered;

static int end_mapped(void **state)
{
	assert_int_equal(dctx_field_set(&k_rid.key, NULL), DCTX_OK);
	assert_int_equal(dctx_field_set(&k_num.key, NULL), DCTX_OK);
	return dctxt_layers_end(state);
}

static void map(dctx_key *key, dctx_field field)
{
	field.struct_size = DCTX_FIELD_SIZE;
	assert_int_equal(dctx_field_set(key, &field), DCTX_OK);
}

static dctx_status jump_away(const dctx_any *from, dctx_any *made)
{
	(void)from;
	(void)made;
	longjmp(out, 1);
}

static void try_to_enter(dctx_span *span)
{
	if (setjmp(out) == 0) {
		dctx_span_enter(span);
		fail();
	}
}

/* The text is long, so that it is not on the stack. */
static void an_extract_that_jumps_away_loses_no_memory(void **state)
{
	static char text[5000];
	size_t bytes = 0;

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	map(&k_rid.key,
	    (dctx_field){.flags = DCTX_FIELD_EXTRACT, .extract = jump_away});
	for (int i = 0; i < 200; i++) {
		dctx_span_field field = {"rid", DCTX_ANY((const char *)text)};
		dctx_span *span = dctx_span_open(&site, NULL, &field, 1);
		dctx_mark mark = dctx_mark_here();

		try_to_enter(span);
		dctx_rewind(mark);
		dctx_span_close(span);
		assert_int_equal(dctx_depth(), 1);
		if (i == 100)
			bytes = dctxt_heap_bytes();
	}
	assert_in_range(dctxt_heap_bytes(), 0, bytes);
}

/* It records into the very field that it is asked for. */
static dctx_status ask_again(const dctx_any *from, dctx_any *made)
{
	(void)made;
	(void)dctx_span_record(entered, "rid", from);
	return DCTX_OK;
}

static void an_extract_that_records_its_own_field_comes_to_an_end(void **state)
{
	dctx_store *task;

	(void)state;
	map(&k_rid.key,
	    (dctx_field){.flags = DCTX_FIELD_EXTRACT, .extract = ask_again});
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
		if (i == 1)
			dctx_task_enter(task);
		entered = dctx_span_open(&site, NULL, NULL, 0);
		dctx_span_enter(entered);
		dctx_span_record(entered, "rid", &DCTX_ANY("x"));
		dctx_span_leave(entered);
		dctx_span_enter(entered);
		dctxt_span_end(entered);
		if (i == 1)
			dctx_task_leave(task);
		dctx_task_free(task);
	}
	assert_int_equal(dctxt_count_all(), 0);
}

/* It leaves the scope that it is to set in, and opens another. */
static dctx_status leave_and_enter(const dctx_any *from, dctx_any *made)
{
	dctx_guard guard = dctx_enter("of the extract");

	dctx_set(k_num, 5);
	dctx_leave(guard);
	dctxt_span_end(dctxt_span_begin(&site, "other", from));
	*made = *from;
	return DCTX_OK;
}

static void an_extract_may_open_scopes_and_spans(void **state)
{
	dctx_span *span;

	(void)state;
	map(&k_rid.key, (dctx_field){.flags = DCTX_FIELD_EXTRACT,
				     .extract = leave_and_enter});
	span = dctxt_span_begin(&site, "rid", &DCTX_ANY("4711"));
	assert_string_equal(dctx_get(k_rid, ""), "4711");
	assert_false(dctx_has(k_num));
	assert_int_equal(dctx_depth(), 2);
	dctxt_span_end(span);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctxt_count_all(), 0);
}

/* Below the scopes that there may be, a span more is a step more to look. */
#ifdef DCTXT_SLOW
#define MANY 2500
#else
#define MANY 10000
#endif

static void ten_thousand_spans_open_in_a_flow_come_back(void **state)
{
	static dctx_span *spans[MANY];
	size_t n = sizeof(spans) / sizeof(*spans);

	(void)state;
	dctx_set(k_num, 1);
	for (size_t i = 0; i < n; i++)
		spans[i] = dctx_span_open(&site, NULL, NULL, 0);
	for (size_t i = 0; i < n; i++)
		dctx_span_enter(spans[i]);
	assert_int_equal(dctx_get(k_num, 0), 1);
	for (size_t i = n; i-- > 0;)
		dctxt_span_end(spans[i]);
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(dctx_get(k_num, 0), 1);
	assert_int_equal(dctx_scope_status(), DCTX_OK);
}

static void *close_all(void *arg)
{
	dctx_span **spans = arg;

	for (int i = 0; i < 1000; i++)
		dctx_span_close(spans[i]);
	return NULL;
}

static void a_thousand_spans_closed_elsewhere_leave_one_task_flat(void **state)
{
	static dctx_span *spans[1000];
	dctx_store *task;

	(void)state;
	assert_int_equal(dctx_task_new(NULL, &task), DCTX_OK);
	for (int turn = 0; turn < 3; turn++) {
		dctx_task_enter(task);
		for (int i = 0; i < 1000; i++) {
			spans[i] = dctxt_span_begin(&site, NULL, NULL);
			dctx_span_leave(spans[i]);
		}
		assert_int_equal(dctx_depth(), 1001);
		dctx_task_leave(task);
		dctxt_on_thread(close_all, spans);
		dctx_task_enter(task);
		dctxt_span_end(dctxt_span_begin(&site, NULL, NULL));
		assert_int_equal(dctx_depth(), 1);
		dctx_task_leave(task);
	}
	dctx_task_free(task);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 3000);
	assert_int_equal(dctxt_count_all(), 3000);
}

static void go_on_in_the_child(void *arg)
{
	DCTXT_EXPECT(dctx_depth() == 2);
	DCTXT_EXPECT(dctx_get(k_num, 0) == 7);
	DCTXT_EXPECT(dctx_span_current() == arg);
	dctxt_span_end(dctxt_span_begin(&site, NULL, NULL));
	dctxt_span_end(arg);
	DCTXT_EXPECT(dctx_depth() == 1);
	DCTXT_EXPECT(!dctx_has(k_num));
}

static void a_forked_child_goes_on_in_its_span(void **state)
{
	dctx_span *span = dctxt_span_begin(&site, NULL, NULL);

	(void)state;
	dctx_set(k_num, 7);
	assert_true(dctxt_in_child(go_on_in_the_child, span));
	assert_int_equal(dctx_depth(), 2);
	dctxt_span_end(span);
	assert_int_equal(dctxt_count_all(), 0);
}

/* The thread's store goes with the thread, the span with whoever closes it. */
static void *end_in_it(void *span)
{
	dctx_span_enter(span);
	dctx_set(k_num, 7);
	return NULL;
}

static void a_thread_that_ends_in_a_span_leaves_nothing(void **state)
{
	dctx_span *span = dctx_span_open(&site, NULL, NULL, 0);

	(void)state;
	for (int i = 0; i < 100; i++)
		dctxt_on_thread(end_in_it, span);
	dctx_span_enter(span);
	assert_int_equal(dctx_depth(), 2);
	assert_false(dctx_has(k_num));
	dctx_span_leave(span);
	assert_int_equal(dctx_depth(), 1);
	dctx_span_close(span);
}

#define TEST(f, which)                                                         \
	cmocka_unit_test_setup_teardown(f, dctxt_begin_##which, end_mapped)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_extract_that_jumps_away_loses_no_memory, sync),
		TEST(an_extract_that_records_its_own_field_comes_to_an_end,
		     both),
		TEST(an_extract_may_open_scopes_and_spans, sync),
		TEST(ten_thousand_spans_open_in_a_flow_come_back, sync),
		TEST(a_thousand_spans_closed_elsewhere_leave_one_task_flat,
		     both),
		TEST(a_forked_child_goes_on_in_its_span, both),
		TEST(a_thread_that_ends_in_a_span_leaves_nothing, both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
