/* SPDX-License-Identifier: MIT */
/*
 * io_context_line_test.c - what the Rust crate io-context 0.2 tests besides:
 * long lines of contexts and many children, use by threads at once, the text
 * of a reason, and futures, streams and sinks, which are guarded steps here.
 * And what it has not: lines that no recursion walks, work that is detached.
 */
#include "kit.h"

#include <errno.h>

#define HOUR (3600 * DCTX_S)

DCTX_KEY_U64(k_number, "number", DCTX_LOCAL);

static dctx_source *source(dctx_source *parent)
{
	dctx_source *made = NULL;

	assert_int_equal(dctx_source_new(parent, DCTX_NO_DEADLINE, &made),
			 DCTX_OK);
	return made;
}

/* A frozen context below `parent` and, if there is one, under a source. */
static dctx_snapshot *below(dctx_snapshot *parent, dctx_source *s)
{
	dctx_builder *b = NULL;
	dctx_snapshot *frozen = NULL;

	assert_int_equal(dctx_builder_child(parent, &b), DCTX_OK);
	if (s != NULL)
		assert_int_equal(
			dctx_store_add_source(dctx_builder_store(b), s),
			DCTX_OK);
	assert_int_equal(dctx_builder_freeze(b, &frozen), DCTX_OK);
	return frozen;
}

static void long_family_line(void **state)
{
	dctx_source *s = source(NULL);
	dctx_snapshot *c = below(NULL, s);

	(void)state;
	for (uint64_t i = 0; i < 101; i++) {
		dctx_builder *b = NULL;

		assert_int_equal(dctx_builder_child(c, &b), DCTX_OK);
		assert_int_equal(dctx_builder_set(b, k_number, i), DCTX_OK);
		dctx_snapshot_unref(c);
		assert_int_equal(dctx_builder_freeze(b, &c), DCTX_OK);
	}
	assert_int_equal(dctx_snapshot_get(c, k_number, 0), 100);
	assert_int_equal(dctx_snapshot_done(c), DCTX_OK);
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_snapshot_done(c), DCTX_CANCELED);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

static void a_child_has_many_siblings(void **state)
{
	dctx_source *up = source(NULL), *own[100];
	dctx_snapshot *parent = below(NULL, up), *c[100];

	(void)state;
	for (int i = 0; i < 100; i++) {
		own[i] = source(NULL);
		c[i] = below(parent, own[i]);
	}
	for (int i = 0; i < 100; i += 2)
		dctx_cancel(own[i], NULL);
	for (int i = 0; i < 100; i++)
		assert_int_equal(dctx_snapshot_done(c[i]),
				 i % 2 == 0 ? DCTX_CANCELED : DCTX_OK);
	dctx_cancel(up, NULL);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(dctx_snapshot_done(c[i]), DCTX_CANCELED);
		dctx_snapshot_unref(c[i]);
		dctx_source_unref(own[i]);
	}
	dctx_snapshot_unref(parent);
	dctx_source_unref(up);
}

static void three_hundred_thousand_generations_of_sources(void **state)
{
	dctx_source *top = source(NULL), *last = dctx_source_ref(top);
	dctx_cause_info cause;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		dctx_source *next = source(last);

		dctx_source_unref(last);
		last = next;
	}
	assert_int_equal(dctx_source_done(last), DCTX_OK);
	dctx_cancel(top, "at the top");
	assert_int_equal(dctx_source_done(last), DCTX_CANCELED);
	assert_int_equal(dctx_source_cause(last, &cause), DCTX_CANCELED);
	assert_string_equal(cause.message, "at the top");
	assert_int_equal(cause.distance, 300000);
	dctx_source_unref(top);
	dctx_source_unref(last);
}

/* Every context has a source of its own besides those that it is under. */
static void three_hundred_thousand_generations_of_contexts(void **state)
{
	dctx_source *top = source(NULL);
	dctx_snapshot *last = below(NULL, top);

	(void)state;
	for (int i = 0; i < 300000; i++) {
		dctx_source *own = NULL;
		dctx_snapshot *next;

		assert_int_equal(dctx_source_below(last, &own), DCTX_OK);
		next = below(last, own);
		dctx_source_unref(own);
		dctx_snapshot_unref(last);
		last = next;
	}
	assert_int_equal(dctx_snapshot_done(last), DCTX_OK);
	dctx_cancel(top, NULL);
	assert_int_equal(dctx_snapshot_done(last), DCTX_CANCELED);
	dctx_snapshot_unref(last);
	dctx_source_unref(top);
}

static void a_line_of_joins_ends_without_recursion(void **state)
{
	dctx_source *top = source(NULL);
	dctx_snapshot *last = below(NULL, top);

	(void)state;
	for (int i = 0; i < 300000; i++) {
		dctx_source *own = source(NULL);
		dctx_snapshot *next = below(last, own);

		dctx_source_unref(own);
		dctx_snapshot_unref(last);
		last = next;
	}
	assert_int_equal(dctx_snapshot_done(last), DCTX_OK);
	dctx_cancel(top, NULL);
	assert_int_equal(dctx_snapshot_done(last), DCTX_CANCELED);
	dctx_snapshot_unref(last);
	dctx_source_unref(top);
}

/* One of the threads that use a context at once. */
struct user {
	dctx_snapshot *parent;
	bool by_deadline;
};

static void *use(void *arg)
{
	struct user *user = arg;
	dctx_builder *b = NULL;
	dctx_source *s = NULL;
	dctx_store *store;

	if (!DCTXT_EXPECT(dctx_builder_child(user->parent, &b) == DCTX_OK))
		return NULL;
	store = dctx_builder_store(b);
	DCTXT_EXPECT(dctx_builder_get(b, k_number, 0) == 123);
	DCTXT_EXPECT(dctx_store_done(store) == DCTX_OK);
	if (user->by_deadline) {
		dctx_store_set_timeout(store, 0);
		DCTXT_EXPECT(dctx_store_done(store) == DCTX_DEADLINE_EXCEEDED);
	} else {
		DCTXT_EXPECT(dctx_source_new(NULL, DCTX_NO_DEADLINE, &s) ==
			     DCTX_OK);
		dctx_store_add_source(store, s);
		dctx_cancel(s, NULL);
		DCTXT_EXPECT(dctx_store_done(store) == DCTX_CANCELED);
		dctx_source_unref(s);
	}
	dctx_builder_free(b);
	return NULL;
}

static void concurrent_usage(void **state)
{
	struct user users[8];
	dctx_builder *b = NULL;
	dctx_snapshot *parent = NULL;

	(void)state;
	assert_int_equal(dctx_builder_background(&b), DCTX_OK);
	assert_int_equal(dctx_builder_set(b, k_number, 123), DCTX_OK);
	assert_int_equal(dctx_builder_freeze(b, &parent), DCTX_OK);
	for (int i = 0; i < 8; i++)
		users[i] = (struct user){parent, i % 2 == 0};
	dctxt_together(8, use, users, sizeof(users[0]));
	assert_int_equal(dctx_snapshot_done(parent), DCTX_OK);
	dctx_snapshot_unref(parent);
}

static void done_reason(void **state)
{
	(void)state;
	assert_non_null(strstr(dctx_strerror(DCTX_CANCELED), "cancel"));
	assert_non_null(
		strstr(dctx_strerror(DCTX_DEADLINE_EXCEEDED), "deadline"));
}

/* A stream of numbers, and a sink that adds them up. */
static intptr_t next_number(void *arg, void *item)
{
	int *count = arg;

	(void)item;
	return ++*count;
}

static intptr_t add_up(void *arg, void *item)
{
	*(int *)arg += *(int *)item;
	return 0;
}

static intptr_t explain(void *arg, void *item, dctx_status status)
{
	(void)arg;
	(void)item;
	return -1000 - (intptr_t)status;
}

static void a_step_is_not_run_once_its_context_is_over(void **state)
{
	dctx_source *s = source(NULL);
	dctx_snapshot *c = below(NULL, s);
	int count = 0;
	const dctx_step stream = {next_number, &count, c, NULL};
	const dctx_step told = {next_number, &count, c, explain};

	(void)state;
	assert_int_equal(dctx_step_run(&stream, NULL), 1);
	assert_int_equal(dctx_step_run(&told, NULL), 2);
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_step_run(&stream, NULL), -ECANCELED);
	assert_int_equal(dctx_step_run(&told, NULL), -1000 - DCTX_CANCELED);
	assert_int_equal(count, 2);
	dctx_snapshot_unref(c);
	dctx_source_unref(s);
}

static void an_item_that_a_sink_does_not_take_stays_the_callers(void **state)
{
	int sum = 0, item = 20;
	const dctx_step sink = {add_up, &sum, NULL, NULL};

	(void)state;
	assert_int_equal(dctx_step_run(&sink, &item), 0);
	DCTX_SCOPE("in time");
	dctx_set_timeout(HOUR);
	assert_int_equal(dctx_step_run(&sink, &item), 0);
	dctx_set_timeout(0);
	assert_int_equal(dctx_step_run(&sink, &item), -ETIMEDOUT);
	assert_int_equal(sum, 40);
	assert_int_equal(item, 20);
}

static void what_a_step_returns_goes_through_untouched(void **state)
{
	int count = INT32_MAX - 3;
	const dctx_step stream = {next_number, &count, NULL, explain};

	(void)state;
	assert_int_equal(dctx_step_run(&stream, NULL), INT32_MAX - 2);
	assert_int_equal(dctx_step_run(&stream, NULL), INT32_MAX - 1);
}

static void a_detached_context_has_its_values_and_no_end(void **state)
{
	dctx_source *s = source(NULL);
	dctx_builder *b = NULL;
	dctx_snapshot *c = NULL, *detached = NULL, *again = NULL;

	(void)state;
	assert_int_equal(dctx_builder_background(&b), DCTX_OK);
	assert_int_equal(dctx_builder_set(b, k_number, 5), DCTX_OK);
	assert_int_equal(dctx_builder_name(b, "request"), DCTX_OK);
	dctx_store_set_timeout(dctx_builder_store(b), 0);
	dctx_store_add_source(dctx_builder_store(b), s);
	assert_int_equal(dctx_builder_freeze(b, &c), DCTX_OK);
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_snapshot_detach(c, &detached), DCTX_OK);
	assert_int_not_equal(dctx_snapshot_done(c), DCTX_OK);
	assert_int_equal(dctx_snapshot_done(detached), DCTX_OK);
	assert_int_equal(dctx_snapshot_deadline(detached), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_snapshot_get(detached, k_number, 0), 5);
	assert_int_equal(dctx_snapshot_chain(detached, NULL, 0), 1);
	assert_int_equal(dctx_snapshot_detach(detached, &again), DCTX_OK);
	assert_ptr_equal(again, detached);
	dctx_snapshot_unref(c);
	assert_int_equal(dctx_snapshot_get(detached, k_number, 0), 5);
	dctx_snapshot_unref(again);
	dctx_snapshot_unref(detached);
	dctx_source_unref(s);
}

static void what_is_set_in_a_detached_scope_holds(void **state)
{
	dctx_source *s = source(NULL), *later = source(NULL);

	(void)state;
	DCTX_SCOPE("request");
	dctx_set_timeout(0);
	dctx_add_source(s);
	dctx_cancel(s, NULL);
	{
		DCTX_SCOPE("log it");
		assert_int_equal(dctx_detach(), DCTX_OK);
		assert_int_equal(dctx_done(), DCTX_OK);
		dctx_set_timeout(HOUR);
		assert_true(dctx_deadline() != DCTX_NO_DEADLINE);
		dctx_add_source(later);
		dctx_cancel(later, NULL);
		assert_int_equal(dctx_done(), DCTX_CANCELED);
	}
	assert_int_not_equal(dctx_done(), DCTX_OK);
	assert_true(dctx_deadline() <= dctx_now());
	dctx_source_unref(s);
	dctx_source_unref(later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(long_family_line),
		DCTXT_TEST(a_child_has_many_siblings),
		DCTXT_TEST(three_hundred_thousand_generations_of_sources),
		DCTXT_TEST(three_hundred_thousand_generations_of_contexts),
		DCTXT_TEST(a_line_of_joins_ends_without_recursion),
		DCTXT_TEST(concurrent_usage),
		DCTXT_TEST(done_reason),
		DCTXT_TEST(a_step_is_not_run_once_its_context_is_over),
		DCTXT_TEST(an_item_that_a_sink_does_not_take_stays_the_callers),
		DCTXT_TEST(what_a_step_returns_goes_through_untouched),
		DCTXT_TEST(a_detached_context_has_its_values_and_no_end),
		DCTXT_TEST(what_is_set_in_a_detached_scope_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
