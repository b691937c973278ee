/* SPDX-License-Identifier: MIT */
/*
 * span_jump_test.c - proves that the user's code that jumps out of a call on a
 * span (longjmp) loses no span: once rewound, what the call held is given back.
 */
#include "spans.h"

#include <setjmp.h>

DCTXT_SITE(site_a, "a");

static jmp_buf out;
static int gone;
static bool jumps;

static void note_gone(void *memory)
{
	(void)memory;
	gone++;
}

static const dctx_span_slot noted = {1, note_gone};

static void jump(void)
{
	if (jumps)
		longjmp(out, 1);
}

static void noted_open(void *user, dctx_span *span)
{
	(void)user;
	(void)dctx_span_slot_of(span, &noted);
}

static void jump_at_open(void *user, dctx_span *span)
{
	noted_open(user, span);
	jump();
}

static void jump_at_record(void *user, dctx_span *span, const char *name,
			   const dctx_any *value)
{
	(void)user;
	(void)span;
	(void)name;
	(void)value;
	jump();
}

static void jump_at_step(void *user, dctx_span *span)
{
	(void)user;
	(void)span;
	jump();
}

static const dctx_layer at_open = {.struct_size = DCTX_LAYER_SIZE,
				   .on_open = jump_at_open};
static const dctx_layer at_record = {.struct_size = DCTX_LAYER_SIZE,
				     .on_open = noted_open,
				     .on_record = jump_at_record};
static const dctx_layer at_enter = {.struct_size = DCTX_LAYER_SIZE,
				    .on_open = noted_open,
				    .on_enter = jump_at_step};
static const dctx_layer at_leave = {.struct_size = DCTX_LAYER_SIZE,
				    .on_open = noted_open,
				    .on_leave = jump_at_step};
static const dctx_layer at_close = {.struct_size = DCTX_LAYER_SIZE,
				    .on_open = noted_open,
				    .on_close = jump_at_step};

static void begin(const dctx_layer *layer)
{
	gone = 0;
	jumps = true;
	assert_int_equal(dctx_layer_mount(layer, 0), DCTX_OK);
}

static void end(const dctx_layer *layer)
{
	assert_int_equal(dctx_layer_unmount(layer), DCTX_OK);
	assert_null(dctx_span_current());
	assert_int_equal(dctx_depth(), 1);
	assert_int_equal(gone, 1);
}

static dctx_span *open_span(void)
{
	const dctx_span_field field = {"n", DCTX_ANY(1)};

	return dctx_span_open(&site_a, NULL, &field, 1);
}

static void an_opening_that_was_jumped_out_of_leaves_no_span(void **state)
{
	static const dctx_layer *const layers[] = {&at_open, &at_record};
	const dctx_mark mark = dctx_mark_here();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(layers[i]);
		if (setjmp(out) == 0) {
			(void)open_span();
			fail();
		}
		(void)dctx_rewind(mark);
		end(layers[i]);
	}
}

/* The first of two objects was copied when the second's copy jumps. */
static dctx_status copy(void *to, const void *from)
{
	*(int *)to = *(const int *)from;
	if (*(int *)to == 2)
		longjmp(out, 1);
	return DCTX_OK;
}

static const dctx_type type = {.struct_size = sizeof type,
			       .name = "jumps",
			       .size = sizeof(int),
			       .copy = copy,
			       .destroy = note_gone};

static void a_copy_that_was_jumped_out_of_leaves_no_other(void **state)
{
	const dctx_mark mark = dctx_mark_here();
	const int one = 1, two = 2;
	const dctx_span_field fields[] = {
		{"one", DCTX_ANY_OBJECT(&type, &one)},
		{"two", DCTX_ANY_OBJECT(&type, &two)}};

	(void)state;
	dctxt_spans_begin();
	gone = 0;
	if (setjmp(out) == 0) {
		(void)dctx_span_open(&site_a, NULL, fields, 2);
		fail();
	}
	(void)dctx_rewind(mark);
	assert_int_equal(gone, 1);
	dctxt_spans_end();
}

static void an_enter_that_was_jumped_out_of_holds_nothing(void **state)
{
	const dctx_mark mark = dctx_mark_here();
	dctx_span *a;

	(void)state;
	begin(&at_enter);
	a = open_span();
	if (setjmp(out) == 0) {
		dctx_span_enter(a);
		fail();
	}
	(void)dctx_rewind(mark);
	dctx_span_close(a);
	end(&at_enter);
}

/* With a scope open in it, its insert keeps its place; and without. */
static void a_leave_that_was_jumped_out_of_holds_nothing(void **state)
{
	const dctx_mark mark = dctx_mark_here();

	(void)state;
	for (int with_scope = 0; with_scope < 2; with_scope++) {
		dctx_span *a;

		begin(&at_leave);
		a = open_span();
		dctx_span_enter(a);
		if (with_scope)
			(void)dctx_enter("inner");
		if (setjmp(out) == 0) {
			dctx_span_leave(a);
			fail();
		}
		(void)dctx_rewind(mark);
		assert_int_equal(gone, 0);
		dctx_span_close(a);
		end(&at_leave);
	}
}

/* It is closed, since its owner cannot do so again; whoever has a reference
 * sees that. */
static void a_close_that_was_jumped_out_of_is_one(void **state)
{
	static const dctx_layer *const layers[] = {&at_close, &at_leave};
	const dctx_mark mark = dctx_mark_here();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		dctx_span *a;

		begin(layers[i]);
		a = dctx_span_ref(open_span());
		dctx_span_enter(a);
		if (setjmp(out) == 0) {
			dctx_span_close(a);
			fail();
		}
		(void)dctx_rewind(mark);
		assert_int_equal(dctx_span_record(a, "x", &DCTX_ANY(1)),
				 DCTX_STALE);
		assert_int_equal(gone, 0);
		dctx_span_unref(a);
		end(layers[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_opening_that_was_jumped_out_of_leaves_no_span),
		DCTXT_TEST(a_copy_that_was_jumped_out_of_leaves_no_other),
		DCTXT_TEST(an_enter_that_was_jumped_out_of_holds_nothing),
		DCTXT_TEST(a_leave_that_was_jumped_out_of_holds_nothing),
		DCTXT_TEST(a_close_that_was_jumped_out_of_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
