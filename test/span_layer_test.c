/* SPDX-License-Identifier: MIT */
/*
 * span_layer_test.c - proves that layers are told each step of a span in order,
 * with scopes of theirs around it, and that a span goes on with the layers that
 * it was opened under. And slots.
 */
#include "spans.h"

DCTX_KEY_U32(k_num, "span.layer.num", DCTX_LOCAL);

DCTXT_SITE(site_a, "a");
DCTXT_SITE(site_b, "b");

static dctx_span *open_span(const dctx_span_site *site)
{
	dctx_span *span = dctx_span_open(site, NULL, NULL, 0);

	assert_non_null(span);
	return span;
}

static void a_layer_is_told_each_step_in_order(void **state)
{
	(void)state;
	dctxt_layer_begin();
	{
		DCTX_SPAN(a, "a", {"n", DCTX_ANY(1)}, {"empty", DCTX_EMPTY});
		assert_string_equal(dctxt_layer_text(),
				    "open a|record n=1|record empty=<none>|"
				    "enter a|");
		dctx_span_record(a, "late", &DCTX_ANY("x"));
		dctx_span_fill(a, "empty", &DCTX_ANY("not told"));
		assert_string_equal(dctxt_layer_text(), "record late=x|");
	}
	assert_string_equal(dctxt_layer_text(), "leave a|close a|");
	dctxt_layer_end();
	assert_null(dctx_span_open(&site_a, NULL, NULL, 0));
	assert_int_equal(dctxt_count_all(), 0);
}

static dctx_span *seen;
static dctx_guard scope;

static void enter_scope(dctx_span *span)
{
	seen = dctx_span_current();
	scope = dctx_enter_copy(dctx_span_site_of(span)->name);
	dctx_set(k_num, 1);
}

static void leave_scope(dctx_span *span)
{
	(void)span;
	seen = dctx_span_current();
	dctx_leave(scope);
}

static void a_layers_scope_has_the_span_in_it(void **state)
{
	dctx_span *a, *b;

	(void)state;
	dctxt_layer_begin();
	dctxt_layer_on_enter = enter_scope;
	dctxt_layer_on_leave = leave_scope;
	a = open_span(&site_a);
	b = open_span(&site_b);
	dctx_span_enter(a);
	assert_null(seen);
	assert_ptr_equal(dctx_span_current(), a);
	assert_int_equal(dctx_get(k_num, 0), 1);
	/* The span keeps its place in that scope while something is set. */
	dctx_set(k_num, 2);
	dctx_span_leave(a);
	assert_null(seen);
	assert_null(dctx_span_current());
	assert_false(dctx_has(k_num));
	assert_int_equal(dctx_depth(), 1);
	/* It went with that scope, and nothing is left of it. */
	for (int i = 0; i < 100; i++) {
		dctx_span_enter(a);
		dctx_set(k_num, 3);
		dctx_span_leave(a);
	}
	dctx_span_enter(b);
	assert_ptr_equal(dctx_span_current(), b);
	dctx_span_leave(b);
	dctx_span_close(a);
	dctx_span_close(b);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

/* What an async layer does: the scope stays, and is retired at the end. */
static void keep_scope(dctx_span *span)
{
	(void)span;
	if (scope.id != 0)
		return;
	scope = dctx_enter("kept");
	dctx_set(k_num, 1);
}

static void a_scope_that_a_layer_keeps_has_the_span_in_it_again(void **state)
{
	dctx_span *a;
	dctx_guard inner;

	(void)state;
	dctxt_layer_begin();
	scope = (dctx_guard){NULL, 0};
	dctxt_layer_on_enter = keep_scope;
	a = open_span(&site_a);
	for (int i = 0; i < 3; i++) {
		dctx_span_enter(a);
		assert_ptr_equal(dctx_span_current(), a);
		dctx_set(k_num, dctx_get(k_num, 0) + 1);
		if (i == 0)
			inner = dctx_enter("inner");
		if (i == 1)
			dctx_leave(inner);
		assert_ptr_equal(dctx_span_current(), a);
		dctx_span_leave(a);
		assert_null(dctx_span_current());
	}
	assert_int_equal(dctx_get(k_num, 0), 3); /* one went with inner */
	assert_int_equal(dctx_scope_retire(scope), DCTX_OK);
	dctx_span_close(a);
	assert_int_equal(dctx_depth(), 1);
	assert_false(dctx_has(k_num));
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_goes_on_with_the_layers_it_was_opened_under(void **state)
{
	unsigned flags = 7;
	dctx_span *a, *b;

	(void)state;
	dctxt_spans_begin();
	dctxt_layer_begin();
	a = open_span(&site_a);
	dctxt_layer_end();
	b = open_span(&site_b);
	assert_true(dctx_span_layer(a, &dctxt_layer, &flags));
	assert_int_equal(flags, 0);
	assert_false(dctx_span_layer(b, &dctxt_layer, NULL));
	assert_false(dctx_span_layer(NULL, &dctxt_layer, NULL));
	dctx_span_enter(a);
	dctx_span_enter(b);
	dctx_span_leave(b);
	dctx_span_close(b);
	dctx_span_close(a);
	assert_string_equal(dctxt_layer_text(),
			    "open a|enter a|leave a|close a|");
	dctxt_spans_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void at_most_sixteen_are_mounted_each_once(void **state)
{
	dctx_layer many[DCTX_LAYERS + 1];

	(void)state;
	for (int i = 0; i <= DCTX_LAYERS; i++)
		many[i] = (dctx_layer){.struct_size = DCTX_LAYER_SIZE};
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < DCTX_LAYERS; i++)
			assert_int_equal(dctx_layer_mount(&many[i], 0),
					 DCTX_OK);
		assert_int_equal(dctx_layer_mount(&many[3], 0), DCTX_CONFLICT);
		assert_int_equal(dctx_layer_mount(&many[DCTX_LAYERS], 0),
				 DCTX_LIMIT);
		assert_int_equal(dctx_layer_unmount(&many[DCTX_LAYERS]),
				 DCTX_STALE);
		dctx_span_close(open_span(&site_a));
		for (int i = 0; i < DCTX_LAYERS; i++)
			assert_int_equal(dctx_layer_unmount(&many[i]), DCTX_OK);
	}
	assert_int_equal(dctx_layer_unmount(&many[0]), DCTX_STALE);
	assert_int_equal(dctx_layer_mount(NULL, 0), DCTX_INVALID);
	assert_int_equal(dctx_layer_mount(&many[0], 2), DCTX_INVALID);
	many[0].struct_size--;
	assert_int_equal(dctx_layer_mount(&many[0], 0), DCTX_INVALID);
	assert_int_equal(dctx_layer_unmount(NULL), DCTX_INVALID);
	assert_false(DCTX_SPAN_WANTED(DCTX_LEVEL_ERROR));
}

/* A layer that does all it should not. */
static void close_again(void *user, dctx_span *span)
{
	(void)user;
	assert_int_equal(dctx_span_record(span, "last", &DCTX_ANY(1)), DCTX_OK);
	dctx_span_close(span);
	dctx_span_leave(span);
}

static void leave_more(void *user, dctx_span *span)
{
	(void)user;
	dctx_span_leave(span);
}

static const dctx_layer hostile = {
	.struct_size = DCTX_LAYER_SIZE,
	.name = "hostile",
	.on_leave = leave_more,
	.on_close = close_again,
};

static void a_layer_that_calls_back_does_no_harm(void **state)
{
	dctx_span *a;

	(void)state;
	dctxt_spans_begin();
	assert_int_equal(dctx_layer_mount(&hostile, DCTX_LAYER_INFO), DCTX_OK);
	a = open_span(&site_a);
	dctx_span_enter(a);
	dctx_span_leave(a);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 1);
	dctx_span_close(a);
	assert_int_equal(dctxt_count(DCTX_EV_UNBALANCED_SPAN), 3);
	assert_int_equal(dctxt_spans(), 1);
	assert_string_equal(dctxt_span(0)->fields, "last=1");
	assert_int_equal(dctx_layer_unmount(&hostile), DCTX_OK);
	dctxt_spans_end();
}

static int gone, witnessed;

static void note_gone(void *memory)
{
	(void)memory;
	gone++;
}

static const dctx_span_slot noted = {1, note_gone};

static void is_still_there(void *user, dctx_span *span)
{
	(void)user;
	(void)span;
	assert_int_equal(gone, 0);
	witnessed++;
}

/* What is mounted first is told last of a leave. */
static const dctx_layer witness = {
	.struct_size = DCTX_LAYER_SIZE,
	.name = "witness",
	.on_leave = is_still_there,
};

static void close_once(dctx_span *span)
{
	dctxt_layer_on_enter = dctxt_layer_on_leave = NULL;
	dctx_span_close(span);
}

/* A scope that is open in it has it keep its place there. */
static void a_layer_may_close_the_span_that_is_left(void **state)
{
	(void)state;
	assert_int_equal(dctx_layer_mount(&witness, 0), DCTX_OK);
	dctxt_layer_begin();
	for (int with_scope = 0; with_scope < 2; with_scope++) {
		dctx_span *a = open_span(&site_a);
		dctx_guard inner = {NULL, 0};

		gone = witnessed = 0;
		assert_non_null(dctx_span_slot_of(a, &noted));
		dctx_span_enter(a);
		if (with_scope)
			inner = dctx_enter("inner");
		dctxt_layer_on_leave = close_once;
		dctx_span_leave(a);
		assert_int_equal(witnessed, 1);
		assert_int_equal(gone, 1);
		if (with_scope)
			dctx_leave(inner);
	}
	dctxt_layer_end();
	assert_int_equal(dctx_layer_unmount(&witness), DCTX_OK);
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_span_closed_while_it_is_being_entered_is_left(void **state)
{
	dctx_span *a;

	(void)state;
	dctxt_layer_begin();
	a = dctx_span_ref(open_span(&site_a));
	dctxt_layer_on_enter = close_once;
	dctx_span_enter(a);
	assert_null(dctx_span_current());
	assert_string_equal(dctxt_layer_text(),
			    "open a|enter a|close a|leave a|");
	dctx_span_leave(a);
	assert_string_equal(dctxt_layer_text(), "");
	dctx_span_unref(a);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static void a_failed_enter_has_its_leave_by_the_close(void **state)
{
	dctx_guard guard, dead;
	dctx_span *a;

	(void)state;
	dctxt_layer_begin();
	dctx_limit_set(DCTX_LIMIT_DEPTH, 1);
	a = open_span(&site_a);
	guard = dctx_enter("two");
	dead = dctx_enter("three");
	dctx_span_enter(a);
	dctx_span_enter(a);
	assert_int_equal(dctxt_count(DCTX_EV_FAILED_ENTER), 2);
	dctx_span_close(a);
	assert_string_equal(dctxt_layer_text(),
			    "open a|enter a|enter a|leave a|leave a|close a|");
	dctx_leave(dead);
	dctx_leave(guard);
	dctx_limit_set(DCTX_LIMIT_DEPTH, 1024);
	dctxt_layer_end();
}

static int destroyed;

static void destroy(void *memory)
{
	assert_int_equal(*(int *)memory, 42);
	destroyed++;
}

static const dctx_span_slot small = {sizeof(int), destroy};
static const dctx_span_slot large = {4096, NULL};

static void a_slot_is_the_spans_until_its_last_reference(void **state)
{
	static const dctx_span_slot none = {0, NULL}, huge = {4097, NULL};
	dctx_span *a, *b;
	char *memory;

	(void)state;
	destroyed = 0;
	dctxt_layer_begin();
	a = dctx_span_ref(open_span(&site_a));
	b = open_span(&site_b);
	*(int *)dctx_span_slot_of(a, &small) = 42;
	assert_int_equal(*(int *)dctx_span_slot_of(a, &small), 42);
	assert_int_equal(*(int *)dctx_span_slot_of(b, &small), 0);
	memory = dctx_span_slot_of(a, &large);
	for (int i = 0; i < 4096; i++)
		assert_int_equal(memory[i], 0);
	memset(memory, 1, 4096);
	*(int *)dctx_span_slot_of(b, &small) = 42;
	dctx_span_close(a);
	assert_int_equal(*(int *)dctx_span_slot_of(a, &small), 42);
	dctx_span_close(b);
	assert_int_equal(destroyed, 1);
	dctx_span_unref(a);
	assert_int_equal(destroyed, 2);
	a = open_span(&site_a);
	assert_int_equal(*(char *)dctx_span_slot_of(a, &large), 0);
	assert_null(dctx_span_slot_of(a, &none));
	assert_null(dctx_span_slot_of(a, &huge));
	assert_null(dctx_span_slot_of(a, NULL));
	assert_null(dctx_span_slot_of(NULL, &small));
	dctx_span_close(a);
	dctxt_layer_end();
	assert_int_equal(dctxt_count_all(), 0);
}

static jmp_buf out;

static void jump(void *memory)
{
	(void)memory;
	destroyed++;
	if (destroyed == 1)
		longjmp(out, 1);
}

static void a_destroy_that_jumps_away_loses_nothing(void **state)
{
	static const dctx_span_slot one = {8, jump}, two = {8, jump};
	dctx_span *a;
	const dctx_mark mark = dctx_mark_here();

	(void)state;
	destroyed = 0;
	dctxt_layer_begin();
	a = open_span(&site_a);
	(void)dctx_span_slot_of(a, &one);
	(void)dctx_span_slot_of(a, &two);
	if (setjmp(out) == 0)
		dctx_span_close(a);
	assert_int_equal(destroyed, 1);
	(void)dctx_rewind(mark);
	assert_int_equal(destroyed, 2);
	dctxt_layer_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_layer_is_told_each_step_in_order),
		DCTXT_TEST(a_layers_scope_has_the_span_in_it),
		DCTXT_TEST(a_scope_that_a_layer_keeps_has_the_span_in_it_again),
		DCTXT_TEST(a_span_goes_on_with_the_layers_it_was_opened_under),
		DCTXT_TEST(at_most_sixteen_are_mounted_each_once),
		DCTXT_TEST(a_layer_that_calls_back_does_no_harm),
		DCTXT_TEST(a_layer_may_close_the_span_that_is_left),
		DCTXT_TEST(a_span_closed_while_it_is_being_entered_is_left),
		DCTXT_TEST(a_failed_enter_has_its_leave_by_the_close),
		DCTXT_TEST(a_slot_is_the_spans_until_its_last_reference),
		DCTXT_TEST(a_destroy_that_jumps_away_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
