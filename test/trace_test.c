/* SPDX-License-Identifier: MIT */
/*
 * trace_test.c - proves that a trace is scoped, captured and forked as values
 * are, that it stands in no list of values, and that ids are fresh.
 */
#include "kit.h"

#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);

static dctx_trace trace_of(unsigned char first, const char *state)
{
	dctx_trace trace = {
		.trace_id = {first, 2},
		.span_id = {first, 4},
		.flags = DCTX_TRACE_SAMPLED,
		.state = {state, state != NULL ? strlen(state) : 0}};

	return trace;
}

static void must_be(const dctx_trace *got, unsigned char first,
		    const char *state)
{
	dctx_trace trace = trace_of(first, state);

	assert_memory_equal(got->trace_id, trace.trace_id, DCTX_TRACE_ID);
	assert_memory_equal(got->span_id, trace.span_id, DCTX_SPAN_ID);
	assert_int_equal(got->flags, trace.flags);
	assert_int_equal(got->state.len, trace.state.len);
	if (trace.state.len > 0)
		assert_memory_equal(got->state.data, state, trace.state.len);
}

static void without_one_nothing_is_written(void **state)
{
	dctx_trace got = trace_of(7, "a=b");

	(void)state;
	assert_false(dctx_trace_get(&got));
	assert_false(dctx_snapshot_trace(dctx_snapshot_empty(), &got));
	assert_false(dctx_store_trace(NULL, &got));
	assert_false(dctx_snapshot_trace(NULL, &got));
	must_be(&got, 7, "a=b");
}

static void leaving_the_scope_undoes_it(void **state)
{
	dctx_trace outer = trace_of(1, NULL), inner = trace_of(2, "a=b"), got;

	(void)state;
	{
		DCTX_SCOPE("outer");
		assert_int_equal(dctx_trace_set(&outer), DCTX_OK);
		{
			DCTX_SCOPE("inner");
			assert_int_equal(dctx_trace_set(&inner), DCTX_OK);
			assert_true(dctx_trace_get(&got));
			must_be(&got, 2, "a=b");
			assert_int_equal(dctx_trace_set(NULL), DCTX_OK);
			assert_false(dctx_trace_get(&got));
		}
		assert_true(dctx_trace_get(&got));
		must_be(&got, 1, NULL);
	}
	assert_false(dctx_trace_get(&got));
}

static void a_snapshot_keeps_it(void **state)
{
	dctx_trace trace = trace_of(3, "a=b,c=d"), got;
	dctx_snapshot *snapshot;
	dctx_guard guard;

	(void)state;
	{
		DCTX_SCOPE("request");
		assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	}
	assert_true(dctx_snapshot_trace(snapshot, &got));
	must_be(&got, 3, "a=b,c=d");
	assert_int_equal(dctx_attach(snapshot, &guard), DCTX_OK);
	assert_true(dctx_trace_get(&got));
	must_be(&got, 3, "a=b,c=d");
	dctx_leave(guard);
	assert_false(dctx_trace_get(&got));
	dctx_snapshot_unref(snapshot);
}

static void a_state_of_any_length_is_kept(void **state)
{
	static const size_t lengths[] = {0, 1, 483, 484, 485, 8191, 8192};
	char text[8192];
	dctx_trace trace = trace_of(4, NULL), got;

	(void)state;
	memset(text, ',', sizeof text);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		DCTX_SCOPE("request");
		trace.state = (dctx_bytes){text, lengths[i]};
		assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
		assert_true(dctx_trace_get(&got));
		assert_int_equal(got.state.len, lengths[i]);
		if (lengths[i] > 0)
			assert_memory_equal(got.state.data, text, lengths[i]);
	}
}

static void what_is_no_trace_is_refused(void **state)
{
	static char text[8193];
	dctx_trace bad[6], got;

	(void)state;
	memset(text, ',', sizeof text);
	for (int i = 0; i < 6; i++)
		bad[i] = trace_of(5, NULL);
	memset(bad[0].trace_id, 0, DCTX_TRACE_ID);
	memset(bad[1].span_id, 0, DCTX_SPAN_ID);
	bad[2].flags = 4;
	bad[3].state = (dctx_bytes){text, sizeof text};
	bad[4].state = (dctx_bytes){"a=b\r\nc:d", 8};
	bad[5].state = (dctx_bytes){NULL, 3};
	for (int i = 0; i < 6; i++) {
		DCTX_SCOPE("request");
		assert_int_equal(dctx_trace_set(&bad[i]), DCTX_INVALID);
		assert_false(dctx_trace_get(&got));
		assert_int_equal(dctx_scope_status(), DCTX_INVALID);
	}
	assert_int_equal(dctx_store_trace_set(NULL, &bad[0]), DCTX_INVALID);
}

static void it_stands_in_no_list_of_values(void **state)
{
	dctx_trace trace = trace_of(6, NULL);
	dctx_item items[4];

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_num, 1);
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_list(DCTX_LIST_VISIBLE, items, 4), 1);
	assert_ptr_equal(items[0].key, &k_num.key);
	assert_int_equal(dctx_list(DCTX_LIST_SCOPE, items, 4), 1);
}

static void without_memory_it_is_as_it_was(void **state)
{
	static char text[8192];
	dctx_trace trace = trace_of(7, NULL), longer = trace_of(8, NULL), got;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	memset(text, ',', sizeof text);
	longer.state = (dctx_bytes){text, sizeof text};
	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	dctxt_heap_fail(1, true);
	assert_int_equal(dctx_trace_set(&longer), DCTX_NOMEM);
	(void)dctxt_heap_relent();
	assert_true(dctx_trace_get(&got));
	must_be(&got, 7, NULL);
}

static void a_new_trace_is_like_no_other(void **state)
{
	dctx_trace a = dctx_trace_new(DCTX_TRACE_SAMPLED);
	dctx_trace b = dctx_trace_new(0);

	(void)state;
	assert_memory_not_equal(a.trace_id, b.trace_id, DCTX_TRACE_ID);
	assert_memory_not_equal(a.span_id, b.span_id, DCTX_SPAN_ID);
	assert_int_equal(a.flags, DCTX_TRACE_SAMPLED | DCTX_TRACE_RANDOM);
	assert_int_equal(b.flags, DCTX_TRACE_RANDOM);
	assert_int_equal(a.state.len, 0);
}

static void a_random_id_is_as_long_as_is_asked(void **state)
{
	unsigned char id[40];

	(void)state;
	for (size_t size = 1; size <= 32; size++) {
		unsigned char any = 0;

		memset(id, 0, sizeof id);
		dctx_random_id(id, size);
		for (size_t i = 0; i < size; i++)
			any |= id[i];
		assert_int_not_equal(any, 0);
		for (size_t i = size; i < sizeof id; i++)
			assert_int_equal(id[i], 0);
	}
	dctx_random_id(NULL, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(without_one_nothing_is_written),
		DCTXT_TEST(leaving_the_scope_undoes_it),
		DCTXT_TEST(a_snapshot_keeps_it),
		DCTXT_TEST(a_state_of_any_length_is_kept),
		DCTXT_TEST(what_is_no_trace_is_refused),
		DCTXT_TEST(it_stands_in_no_list_of_values),
		DCTXT_TEST(without_memory_it_is_as_it_was),
		DCTXT_TEST(a_new_trace_is_like_no_other),
		DCTXT_TEST(a_random_id_is_as_long_as_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
