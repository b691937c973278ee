/* SPDX-License-Identifier: MIT */
/*
 * io_context_test.c - the tests of the Rust crate io-context 0.2 of deadlines
 * and cancellation, on contexts that are passed as arguments (builder_test.c
 * has those of values): a builder is its context under construction, a snapshot
 * its frozen one, a source its cancel signal.
 */
#include "kit.h"

#include <errno.h>
#include <stdio.h>

#define HOUR (3600 * DCTX_S)

static dctx_builder *child(dctx_snapshot *parent)
{
	dctx_builder *builder = NULL;

	assert_int_equal(dctx_builder_child(parent, &builder), DCTX_OK);
	return builder;
}

static dctx_builder *background(void)
{
	dctx_builder *builder = NULL;

	assert_int_equal(dctx_builder_background(&builder), DCTX_OK);
	return builder;
}

static dctx_snapshot *freeze(dctx_builder *builder)
{
	dctx_snapshot *snapshot = NULL;

	assert_int_equal(dctx_builder_freeze(builder, &snapshot), DCTX_OK);
	return snapshot;
}

/* A cancel signal of a context under construction. */
static dctx_source *signal_of(dctx_builder *builder)
{
	dctx_source *source = NULL;

	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source),
			 DCTX_OK);
	assert_int_equal(
		dctx_store_add_source(dctx_builder_store(builder), source),
		DCTX_OK);
	return source;
}

static void add_timeout(dctx_builder *builder, int64_t timeout)
{
	assert_int_equal(
		dctx_store_set_timeout(dctx_builder_store(builder), timeout),
		DCTX_OK);
}

static int64_t deadline(dctx_builder *builder)
{
	return dctx_store_deadline(dctx_builder_store(builder));
}

/* done and is_done, of a context under construction. */
static void check(dctx_builder *builder, dctx_status expected)
{
	dctx_store *store = dctx_builder_store(builder);
	int error = 0;

	if (expected != DCTX_OK)
		error = expected == DCTX_CANCELED ? ECANCELED : ETIMEDOUT;
	assert_int_equal(dctx_store_done(store), expected);
	assert_int_equal(dctx_store_done_errno(store), error);
}

static void sleep_past(int64_t at)
{
	while (dctx_now() < at)
		(void)dctx_wait(at);
}

static void canceling_context(void **state)
{
	dctx_builder *context = background();
	dctx_source *s = signal_of(context);

	(void)state;
	check(context, DCTX_OK);
	assert_int_equal(dctx_cancel(s, NULL), DCTX_OK);
	check(context, DCTX_CANCELED);
	dctx_source_unref(s);
	dctx_builder_free(context);
}

static void canceling_context_twice_does_nothing(void **state)
{
	dctx_builder *context = background();
	dctx_source *one = signal_of(context), *other = signal_of(context);

	(void)state;
	check(context, DCTX_OK);
	assert_int_equal(dctx_cancel(one, NULL), DCTX_OK);
	check(context, DCTX_CANCELED);
	assert_int_equal(dctx_cancel(one, NULL), DCTX_STALE);
	assert_int_equal(dctx_cancel(other, NULL), DCTX_OK);
	check(context, DCTX_CANCELED);
	dctx_source_unref(one);
	dctx_source_unref(other);
	dctx_builder_free(context);
}

/* A parent, with a signal of its own perhaps, and a child with one perhaps. */
static void family(bool parents, bool childs, bool cancel_parent)
{
	dctx_builder *building = background(), *below;
	dctx_source *above = parents ? signal_of(building) : NULL, *own;
	dctx_snapshot *parent = freeze(building);

	below = child(parent);
	own = childs ? signal_of(below) : NULL;
	assert_int_equal(dctx_snapshot_done(parent), DCTX_OK);
	check(below, DCTX_OK);
	assert_int_equal(dctx_cancel(cancel_parent ? above : own, NULL),
			 DCTX_OK);
	check(below, DCTX_CANCELED);
	assert_int_equal(dctx_snapshot_done(parent),
			 cancel_parent ? DCTX_CANCELED : DCTX_OK);
	dctx_source_unref(above);
	dctx_source_unref(own);
	dctx_builder_free(below);
	dctx_snapshot_unref(parent);
}

static void canceling_child_should_not_affect_parent(void **state)
{
	(void)state;
	family(false, true, false);
	family(true, true, false);
}

static void canceling_parent_should_affect_child(void **state)
{
	(void)state;
	family(true, false, true);
	family(true, true, true);
}

static void canceling_child_should_affect_not_sibling(void **state)
{
	dctx_snapshot *parent = freeze(background());
	dctx_builder *one = child(parent), *other = child(parent);
	dctx_source *s1 = signal_of(one), *s2 = signal_of(other);

	(void)state;
	dctx_cancel(s1, NULL);
	check(one, DCTX_CANCELED);
	check(other, DCTX_OK);
	dctx_cancel(s2, NULL);
	check(other, DCTX_CANCELED);
	assert_int_equal(dctx_snapshot_done(parent), DCTX_OK);
	dctx_source_unref(s1);
	dctx_source_unref(s2);
	dctx_builder_free(one);
	dctx_builder_free(other);
	dctx_snapshot_unref(parent);
}

static void a_dropped_signal_cancels_nothing(void **state)
{
	dctx_builder *context = background();

	(void)state;
	dctx_source_unref(signal_of(context));
	dctx_source_unref(signal_of(context));
	check(context, DCTX_OK);
	dctx_builder_free(context);
}

static void a_signal_may_outlive_its_context(void **state)
{
	dctx_builder *context = background();
	dctx_source *s = signal_of(context);

	(void)state;
	dctx_builder_free(context);
	assert_int_equal(dctx_cancel(s, NULL), DCTX_OK);
	dctx_source_unref(s);
}

static void adding_a_deadline(void **state)
{
	dctx_builder *context = background();
	int64_t before = dctx_now();

	(void)state;
	assert_int_equal(deadline(context), DCTX_NO_DEADLINE);
	add_timeout(context, 20 * DCTX_MS);
	assert_true(deadline(context) >= before + 20 * DCTX_MS);
	assert_true(deadline(context) <= dctx_now() + 20 * DCTX_MS);
	if (dctx_now() < before + 10 * DCTX_MS)
		assert_int_not_equal(
			dctx_store_done(dctx_builder_store(context)),
			DCTX_CANCELED);
	sleep_past(deadline(context));
	check(context, DCTX_DEADLINE_EXCEEDED);
	dctx_builder_free(context);
}

static void of_two_deadlines_the_earlier_holds(void **state)
{
	dctx_builder *context = background();
	int64_t first, second;

	(void)state;
	add_timeout(context, HOUR);
	first = deadline(context);
	add_timeout(context, 10 * HOUR);
	assert_int_equal(deadline(context), first);
	add_timeout(context, 20 * DCTX_MS);
	second = deadline(context);
	assert_true(second < first);
	sleep_past(second);
	check(context, DCTX_DEADLINE_EXCEEDED);
	add_timeout(context, HOUR);
	check(context, DCTX_DEADLINE_EXCEEDED);
	dctx_builder_free(context);
}

static void a_timeout_of_0_is_due_and_one_past_the_clock_is_none(void **state)
{
	dctx_builder *context = background();

	(void)state;
	add_timeout(context, INT64_MAX);
	assert_int_equal(deadline(context), DCTX_NO_DEADLINE);
	add_timeout(context, INT64_MAX - 1);
	check(context, DCTX_OK);
	add_timeout(context, 0);
	check(context, DCTX_DEADLINE_EXCEEDED);
	dctx_builder_free(context);
}

static void a_deadline_and_a_cancel_the_first_stays(void **state)
{
	dctx_builder *context = background();
	dctx_source *s = signal_of(context);

	(void)state;
	add_timeout(context, 50 * DCTX_MS);
	dctx_cancel(s, NULL);
	if (dctx_now() >= deadline(context))
		skip(); /* a machine this slow tells nothing */
	check(context, DCTX_CANCELED);
	sleep_past(deadline(context));
	check(context, DCTX_CANCELED);
	dctx_source_unref(s);
	dctx_builder_free(context);
}

static void a_context_without_deadline_inherits_its_parents(void **state)
{
	dctx_builder *building = background(), *below;
	dctx_snapshot *parent;

	(void)state;
	add_timeout(building, HOUR);
	parent = freeze(building);
	below = child(parent);
	assert_int_equal(deadline(below), dctx_snapshot_deadline(parent));
	add_timeout(below, 2 * HOUR);
	assert_int_equal(deadline(below), dctx_snapshot_deadline(parent));
	add_timeout(below, 0);
	check(below, DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_snapshot_done(parent), DCTX_OK);
	dctx_builder_free(below);
	dctx_snapshot_unref(parent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(canceling_context),
		DCTXT_TEST(canceling_context_twice_does_nothing),
		DCTXT_TEST(canceling_child_should_not_affect_parent),
		DCTXT_TEST(canceling_parent_should_affect_child),
		DCTXT_TEST(canceling_child_should_affect_not_sibling),
		DCTXT_TEST(a_dropped_signal_cancels_nothing),
		DCTXT_TEST(a_signal_may_outlive_its_context),
		DCTXT_TEST(adding_a_deadline),
		DCTXT_TEST(of_two_deadlines_the_earlier_holds),
		DCTXT_TEST(
			a_timeout_of_0_is_due_and_one_past_the_clock_is_none),
		DCTXT_TEST(a_deadline_and_a_cancel_the_first_stays),
		DCTXT_TEST(a_context_without_deadline_inherits_its_parents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
