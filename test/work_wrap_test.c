/* SPDX-License-Identifier: MIT */
/*
 * work_wrap_test.c - proves that an accessor may wrap what runs, as code that
 * knows no capture and set does: on the thread that submits, in its place among
 * the others, once a submission; and that one that fails, or does not run what
 * it was given, ends in an error and loses nothing.
 */
#include "slot.h"

#include <stdlib.h>

/* A span of a tracer: opened around what runs, whatever becomes of it. */
struct span {
	const char *name;
	dctx_call inner;
};

static int spans_alive, span_times, span_runs;
static dctx_status span_fails;
static __thread const char *active;

static void *span_run(void *arg)
{
	struct span *span = arg;
	const char *before = active;
	void *result = NULL;

	slot_note("enter ", span->name);
	active = span->name;
	for (int i = 0; i < span_runs; i++)
		result = span->inner.run(span->inner.arg);
	active = before;
	slot_note("exit ", span->name);
	return result;
}

static void span_drop(void *arg)
{
	struct span *span = arg;

	span->inner.drop(span->inner.arg);
	spans_alive--;
	free(span);
}

static dctx_status span_wrap(void *user, const dctx_call *inner, dctx_call *out)
{
	struct span *span;

	span_times++;
	slot_note("wrap ", user);
	if (span_fails != DCTX_OK)
		return span_fails;
	span = malloc(sizeof(*span));
	if (span == NULL)
		return DCTX_NOMEM;
	spans_alive++;
	*span = (struct span){user, *inner};
	*out = (dctx_call){span_run, span_drop, span};
	return DCTX_OK;
}

static char outer_name[] = "s", inner_name[] = "t";
static const dctx_accessor outer = {
	.name = "s", .user = outer_name, .wrap = span_wrap};
static const dctx_accessor inner = {
	.name = "t", .user = inner_name, .wrap = span_wrap};

static int ran;
static const char *active_seen;

static void *see(void *arg)
{
	ran++;
	active_seen = active;
	slot_note("run ", "it");
	return arg;
}

static dctx_accessors *mixed(void)
{
	dctx_accessors *list;

	span_fails = DCTX_OK;
	span_runs = 1;
	ran = span_times = 0;
	active_seen = NULL;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_a), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &outer), DCTX_OK);
	assert_int_equal(slot_add(list, &slot_b), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &inner), DCTX_OK);
	return list;
}

static dctx_status try_wrap(dctx_accessors *list, void *(*fn)(void *),
			    dctx_work **out)
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list};

	return dctx_wrap_with(fn, &ran, &how, out);
}

static void *run_there(void *work)
{
	void *result = NULL;

	DCTXT_EXPECT(dctx_work_run(work, &result) == DCTX_OK);
	DCTXT_EXPECT(result == &ran);
	DCTXT_EXPECT(active == NULL);
	return NULL;
}

static void wraps_stand_in_their_place_among_the_others(void **state)
{
	dctx_accessors *list = mixed();
	dctx_work *work;

	(void)state;
	slots_are("A", "B", NULL);
	assert_int_equal(try_wrap(list, see, &work), DCTX_OK);
	assert_string_equal(slot_log, "capture a wrap s capture b wrap t ");
	slot_log[0] = '\0';
	dctxt_on_thread(run_there, work);
	assert_string_equal(slot_log,
			    "set a enter s set b enter t run it "
			    "exit t restore b exit s restore a free b free a ");
	assert_string_equal(active_seen, "t");
	assert_int_equal(span_times, 2);
	assert_int_equal(spans_alive, 0);
	dctx_accessors_unref(list);
}

static void wrapped_work_is_called_again(void **state)
{
	dctx_accessors *list = mixed();
	dctx_work *work;
	void *result = NULL;

	(void)state;
	assert_int_equal(try_wrap(list, see, &work), DCTX_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(dctx_work_call(work, &result), DCTX_OK);
	assert_ptr_equal(result, &ran);
	assert_int_equal(ran, 3);
	assert_int_equal(span_times, 2);
	dctx_work_discard(work);
	assert_int_equal(spans_alive, 0);
	dctx_accessors_unref(list);
}

static void a_wrap_that_fails_fails_the_submission(void **state)
{
	dctx_accessors *list = mixed();
	dctx_work *work = NULL;

	(void)state;
	slots_are("A", "B", NULL);
	span_fails = DCTX_BUSY;
	assert_int_equal(try_wrap(list, see, &work), DCTX_BUSY);
	assert_string_equal(dctx_last_error()->what, "s");
	assert_null(work);
	assert_int_equal(spans_alive, 0);
	dctx_accessors_unref(list);
}

static dctx_status wrap_nothing(void *user, const dctx_call *inside,
				dctx_call *out)
{
	(void)user;
	(void)inside;
	*out = (dctx_call){NULL, NULL, NULL};
	return DCTX_OK;
}

/* As the first, the second, the third of three. */
static void a_wrap_that_gives_nothing_is_named(void **state)
{
	const dctx_accessor nothing = {.name = "nothing", .wrap = wrap_nothing};

	(void)state;
	span_fails = DCTX_OK;
	for (int at = 0; at < 3; at++) {
		const dctx_accessor *three[3] = {&outer, &outer, &outer};
		dctx_accessors *list;
		dctx_work *work = NULL;

		three[at] = &nothing;
		three[(at + 1) % 3] = &inner;
		assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
		for (int i = 0; i < 3; i++)
			assert_int_equal(dctx_accessor_add(list, three[i]),
					 DCTX_OK);
		assert_int_equal(try_wrap(list, see, &work), DCTX_INVALID);
		assert_string_equal(dctx_last_error()->what, "nothing");
		assert_null(work);
		assert_int_equal(spans_alive, 0);
		dctx_accessors_unref(list);
	}
}

/* The fault of a propagator that swallows its task: an empty result. */
static void a_wrap_that_does_not_run_the_work_is_an_error(void **state)
{
	dctx_accessors *list = mixed();
	dctx_work *work;
	void *result = &list;

	(void)state;
	slots_are("A", NULL, NULL);
	assert_int_equal(try_wrap(list, see, &work), DCTX_OK);
	slots_are("x", NULL, NULL);
	span_runs = 0;
	assert_int_equal(dctx_work_run(work, &result), DCTX_CANCELED);
	assert_string_equal(dctx_last_error()->what, "s");
	assert_ptr_equal(result, &list);
	assert_int_equal(ran, 0);
	assert_string_equal(slots_text(), "x - -");
	dctx_accessors_unref(list);
}

static void a_set_that_fails_inside_of_a_wrap_is_an_error(void **state)
{
	dctx_accessors *list = mixed();
	dctx_work *work;

	(void)state;
	slots_are("A", "B", NULL);
	assert_int_equal(try_wrap(list, see, &work), DCTX_OK);
	slots_are("x", "y", NULL);
	slot_b.set_fails = DCTX_CODEC;
	assert_int_equal(dctx_work_run(work, NULL), DCTX_CODEC);
	assert_string_equal(dctx_last_error()->what, "b");
	assert_int_equal(ran, 0);
	assert_string_equal(slots_text(), "x y -");
	assert_int_equal(spans_alive, 0);
	dctx_accessors_unref(list);
}

static void an_accessor_is_either_a_wrap_or_a_capture(void **state)
{
	dctx_accessor both = slot_accessor(&slot_c);
	dctx_accessors *list = mixed();
	dctx_locals *locals = NULL;

	(void)state;
	both.wrap = span_wrap;
	assert_int_equal(dctx_accessor_add(list, &both), DCTX_INVALID);
	assert_int_equal(dctx_locals_capture(list, NULL, &locals),
			 DCTX_UNSUPPORTED);
	assert_string_equal(dctx_last_error()->what, "s");
	assert_null(locals);
	dctx_accessors_unref(list);
}

static jmp_buf away;

static void *jump_away(void *arg)
{
	longjmp(away, 1);
	return arg;
}

static void work_that_jumps_out_of_wraps_loses_nothing(void **state)
{
	dctx_accessors *list = mixed();
	dctx_work *work;
	dctx_mark mark = dctx_mark_here();

	(void)state;
	slots_are("A", "B", NULL);
	assert_int_equal(try_wrap(list, jump_away, &work), DCTX_OK);
	slots_are("x", "y", NULL);
	if (setjmp(away) == 0)
		(void)!dctx_work_run(work, NULL);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_string_equal(slots_text(), "x y -");
	assert_int_equal(spans_alive, 0);
	active = NULL;
	dctx_accessors_unref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SLOT_TEST(wraps_stand_in_their_place_among_the_others),
		SLOT_TEST(wrapped_work_is_called_again),
		SLOT_TEST(a_wrap_that_fails_fails_the_submission),
		SLOT_TEST(a_wrap_that_gives_nothing_is_named),
		SLOT_TEST(a_wrap_that_does_not_run_the_work_is_an_error),
		SLOT_TEST(a_set_that_fails_inside_of_a_wrap_is_an_error),
		SLOT_TEST(an_accessor_is_either_a_wrap_or_a_capture),
		SLOT_TEST(work_that_jumps_out_of_wraps_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
