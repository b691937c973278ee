/* SPDX-License-Identifier: MIT */
/*
 * locals_span_test.c - proves that an accessor can serve a variable that cannot
 * be assigned, only entered and left: a tracer's active span, where leaving
 * another than the innermost is an error of its own. What was entered is left
 * once, innermost first, on the thread that entered it, however the work ends.
 */
#include "kit.h"

#include <pthread.h>
#include <stdlib.h>

/* The tracer, which knows nothing of dctx. An empty span hides those around. */
struct span {
	struct span *around;
	const char *name;
};

static __thread struct span *active;
static atomic_int entered, left, reads, misuses;

static const char *active_name(void)
{
	return active != NULL && active->name != NULL ? active->name : "-";
}

static struct span *span_enter(const char *name)
{
	struct span *span = malloc(sizeof(*span));

	if (span == NULL)
		abort();
	*span = (struct span){active, name};
	active = span;
	entered++;
	return span;
}

static void span_leave(struct span *back_to)
{
	struct span *span = active;

	if (span == NULL || span->around != back_to) {
		misuses++;
		return;
	}
	active = back_to;
	left++;
	free(span);
}

/* The accessor. */
static dctx_status capture(void *user, void **out)
{
	(void)user;
	reads++;
	if (active != NULL && active->name != NULL)
		*out = (void *)(uintptr_t)active->name;
	return DCTX_OK;
}

static dctx_status set(void *user, void *value, void **out_before)
{
	(void)user;
	*out_before = active;
	(void)span_enter(value);
	return DCTX_OK;
}

static dctx_status set_none(void *user, void **out_before)
{
	return set(user, NULL, out_before);
}

static void restore(void *user, void *before)
{
	(void)user;
	span_leave(before);
}

static dctx_accessors *list;

static dctx_accessor named(const char *name)
{
	return (dctx_accessor){.name = name,
			       .capture = capture,
			       .set = set,
			       .clear = set_none,
			       .restore = restore};
}

static dctx_locals *capture_here(void)
{
	dctx_locals *locals = NULL;

	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	return locals;
}

/* Also on threads. */
static dctx_locals_guard open_here(dctx_locals *locals)
{
	dctx_locals_guard guard = {0};

	DCTXT_EXPECT(dctx_locals_open(locals, DCTX_EXACT_LOCALS, NULL,
				      &guard) == DCTX_OK);
	return guard;
}

static dctx_work *wrap(void *(*fn)(void *), void *arg)
{
	const dctx_submit_options how = {.struct_size = sizeof(how),
					 .accessors = list,
					 .carry = DCTX_EXACT_LOCALS};
	dctx_work *work = NULL;

	assert_int_equal(dctx_wrap_with(fn, arg, &how, &work), DCTX_OK);
	return work;
}

static void *expect_active(void *name)
{
	DCTXT_EXPECT(strcmp(active_name(), name) == 0);
	return name;
}

/* Runs work under a span of the thread's own, or none. */
struct worker {
	dctx_work *work;
	const char *own;
};

static void *run_under_own(void *arg)
{
	const struct worker *worker = arg;
	struct span *own = worker->own != NULL ? span_enter(worker->own) : NULL;

	DCTXT_EXPECT(dctx_work_run(worker->work, NULL) == DCTX_OK);
	DCTXT_EXPECT(active == own);
	if (own != NULL)
		span_leave(NULL);
	return NULL;
}

static void run_there(dctx_work *work, const char *own)
{
	struct worker worker = {work, own};

	dctxt_on_thread(run_under_own, &worker);
}

static void the_active_span_is_read_once_and_active_there(void **state)
{
	static char name[] = "request";

	(void)state;
	(void)span_enter(name);
	run_there(wrap(expect_active, name), NULL);
	run_there(wrap(expect_active, name), "worker's");
	assert_int_equal(reads, 2);
	assert_string_equal(active_name(), "request");
	span_leave(NULL);
}

static void work_of_no_span_hides_the_workers(void **state)
{
	static char none[] = "-";

	(void)state;
	run_there(wrap(expect_active, none), "worker's");
	run_there(wrap(expect_active, none), NULL);
}

static void *nest_there(void *arg)
{
	struct span *own = span_enter("there");
	dctx_locals *outer = arg;
	dctx_locals_guard guard[2];

	guard[0] = open_here(outer);
	expect_active("here");
	(void)span_enter("there, inside");
	guard[1] = open_here(outer);
	expect_active("here");
	dctx_locals_close(guard[1]);
	expect_active("there, inside");
	span_leave(active->around);
	dctx_locals_close(guard[0]);
	DCTXT_EXPECT(active == own);
	span_leave(NULL);
	return NULL;
}

static void nested_spans_of_two_threads_unwind_apart(void **state)
{
	struct span *first = span_enter("here"), *second;
	dctx_locals *locals = capture_here();
	dctx_locals_guard guard;

	(void)state;
	second = span_enter("here, inside");
	guard = open_here(locals);
	assert_string_equal(active_name(), "here");
	dctxt_on_thread(nest_there, locals);
	assert_string_equal(active_name(), "here");
	dctx_locals_close(guard);
	assert_ptr_equal(active, second);
	span_leave(first);
	span_leave(NULL);
	dctx_locals_unref(locals);
}

static void none_inside_of_one_is_none_and_then_that_one(void **state)
{
	dctx_locals *none = capture_here(), *one;
	dctx_locals_guard outer, inner;
	struct span *there;

	(void)state;
	(void)span_enter("one");
	one = capture_here();
	span_leave(NULL);
	outer = open_here(one);
	there = active;
	inner = open_here(none);
	assert_string_equal(active_name(), "-");
	assert_ptr_not_equal(active, there);
	dctx_locals_close(inner);
	assert_ptr_equal(active, there);
	dctx_locals_close(outer);
	assert_null(active);
	dctx_locals_unref(one);
	dctx_locals_unref(none);
}

static void two_accessors_of_one_span_leave_the_inner_one_first(void **state)
{
	const dctx_accessor second = named("another");
	static char name[] = "request";

	(void)state;
	assert_int_equal(dctx_accessor_add(list, &second), DCTX_OK);
	(void)span_enter(name);
	run_there(wrap(expect_active, name), "worker's");
	/* The two of work, the worker's and the one here. */
	assert_int_equal(entered, 4);
	span_leave(NULL);
}

enum { LEVELS = 6 };

static void six_levels_come_back_to_the_very_same_spans(void **state)
{
	static const char *const name[] = {"1", "2", NULL, "4", NULL, "6"};
	dctx_locals_guard guard[LEVELS];
	dctx_locals *locals[LEVELS];
	struct span *was[LEVELS];

	(void)state;
	for (int i = 0; i < LEVELS; i++) {
		(void)span_enter(name[i]);
		locals[i] = capture_here();
		span_leave(NULL);
	}
	for (int i = 0; i < LEVELS; i++) {
		was[i] = active;
		guard[i] = open_here(locals[i]);
		assert_string_equal(active_name(),
				    name[i] != NULL ? name[i] : "-");
	}
	for (int i = LEVELS; i-- > 0;) {
		dctx_locals_close(guard[i]);
		assert_ptr_equal(active, was[i]);
		dctx_locals_unref(locals[i]);
	}
}

static void a_guard_closed_early_leaves_spans_innermost_first(void **state)
{
	dctx_locals_guard outer, inner;
	dctx_locals *locals;

	(void)state;
	(void)span_enter("request");
	locals = capture_here();
	outer = open_here(locals);
	inner = open_here(locals);
	dctx_locals_close(outer);
	assert_string_equal(active_name(), "request");
	assert_null(active->around);
	dctx_locals_close(inner);
	assert_null(active->around);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	assert_int_equal(dctxt_count(DCTX_EV_STALE_GUARD), 1);
	span_leave(NULL);
	dctx_locals_unref(locals);
}

static jmp_buf away;

static void *jump_away(void *arg)
{
	longjmp(away, 1);
	return arg;
}

static void *exit_inside(void *arg)
{
	pthread_exit(arg);
}

static void *run_and_end(void *work)
{
	(void)!dctx_work_run(work, NULL);
	return NULL;
}

static void a_span_is_left_however_the_work_ends(void **state)
{
	dctx_mark mark = dctx_mark_here();
	struct span *own;

	(void)state;
	own = span_enter("request");
	if (setjmp(away) == 0)
		(void)!dctx_work_run(wrap(jump_away, NULL), NULL);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_ptr_equal(active, own);
	dctxt_on_thread(run_and_end, wrap(exit_inside, NULL));
	assert_int_equal(entered, 3);
	assert_int_equal(left, 2);
	span_leave(NULL);
}

static int begin(void **state)
{
	const dctx_accessor accessor = named("span");

	entered = left = reads = misuses = 0;
	assert_int_equal(dctx_accessors_new(&list), DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, &accessor), DCTX_OK);
	return dctxt_begin(state);
}

static int end(void **state)
{
	DCTXT_EXPECT(misuses == 0);
	DCTXT_EXPECT(entered == left);
	DCTXT_EXPECT(active == NULL);
	list = dctx_accessors_unref(list);
	return dctxt_end(state);
}

#define SPAN_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SPAN_TEST(the_active_span_is_read_once_and_active_there),
		SPAN_TEST(work_of_no_span_hides_the_workers),
		SPAN_TEST(nested_spans_of_two_threads_unwind_apart),
		SPAN_TEST(none_inside_of_one_is_none_and_then_that_one),
		SPAN_TEST(two_accessors_of_one_span_leave_the_inner_one_first),
		SPAN_TEST(six_levels_come_back_to_the_very_same_spans),
		SPAN_TEST(a_guard_closed_early_leaves_spans_innermost_first),
		SPAN_TEST(a_span_is_left_however_the_work_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
