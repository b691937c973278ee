/* SPDX-License-Identifier: MIT */
/*
 * envelope_members_test.c - proves that a tracestate and members that came in
 * an envelope are held to what their headers are held to: the grammar and the
 * limits.
 */
#include "enveloped.h"

static struct message m;
static int reported;
static dctx_bytes reported_key;

static void report(void *user, const dctx_bad_entry *bad)
{
	(void)user;
	reported++;
	reported_key = bad->entry.key;
	assert_null(bad->key);
	assert_int_equal(bad->status, DCTX_CORRUPT);
}

static void put_trace(const char *tracestate)
{
	unsigned char value[28 + 600] = {[0] = 1, [16] = 2, [24] = 1};
	size_t len = strlen(tracestate);

	memcpy(value + 28, tracestate, len);
	begin(&m, 1);
	put_string(&m, "dctx.trace", value, 28 + len);
	end(&m);
}

/* Decodes the message, or what refused it. */
static dctx_status decode(unsigned flags, dctx_guard *out)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags,
					     .report = report};

	reported = 0;
	return dctx_store_decode_with(dctx_current(), m.bytes, m.len, &options,
				      out);
}

static void members_that_came_are_cleaned(void **state)
{
	static const struct {
		const char *came;
		const char *goes;
	} cases[] = {
		{"a=1,b=2;p;q=1", "a=1,b=2;p;q=1"},
		{"not a member ;;; ===, \"x\", a=1,a=2, b = 3 ; ;", "a=2,b=3"},
		{"a=1,,b=2", "a=1,b=2"},
		{"a=1,a=1", "a=1"},
		{"nothing, that is any", NULL},
		{"a=1 ; p = 2", "a=1;p=2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		dctx_guard guard;
		const char *goes;

		put_members(&m, cases[i].came);
		assert_int_equal(decode(0, &guard), DCTX_OK);
		goes = baggage();
		assert_int_equal(goes == NULL, cases[i].goes == NULL);
		if (goes != NULL)
			assert_string_equal(goes, cases[i].goes);
		assert_int_equal(reported, i > 0);
		assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), i);
		dctx_leave(guard);
	}
	assert_int_equal(reported_key.len, 12);
	assert_memory_equal(reported_key.data, "dctx.baggage", 12);
}

static void members_that_came_leave_room_for_others(void **state)
{
	static char many[8193];
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < 2730; i++)
		memcpy(many + 3 * i, "a=,", 4);
	put_members(&m, many);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(dctx_baggage_each(NULL, NULL), 1);
	assert_int_equal(dctx_baggage_set("z", ((dctx_bytes){"1", 1}), NULL),
			 DCTX_OK);
	dctx_leave(guard);
}

static void no_more_members_come_than_there_may_be(void **state)
{
	static char many[8193];
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		const char member[] = {'k',
				       (char)('a' + i % 26),
				       (char)('a' + i / 26 % 26),
				       (char)('a' + i / 676),
				       '=',
				       '1',
				       ',',
				       '\0'};

		memcpy(many + 7 * i, member, 8);
	}
	put_members(&m, many);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(dctx_baggage_each(NULL, NULL), DCTX_BAGGAGE_MEMBERS);
	dctx_leave(guard);
}

static void a_list_that_is_too_long_for_members_is_corrupt(void **state)
{
	static char many[8194];
	dctx_guard guard;

	(void)state;
	memset(many, 'a', sizeof many - 1);
	many[1] = '=';
	put_members(&m, many);
	assert_int_equal(decode(0, &guard), DCTX_CORRUPT);
	assert_string_equal(dctx_last_error()->what, "dctx.baggage");
	many[8192] = '\0';
	put_members(&m, many);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(strlen(baggage()), 8192);
	dctx_leave(guard);
}

static void of_entries_with_members_the_last_counts(void **state)
{
	dctx_guard guard;

	(void)state;
	begin(&m, 2);
	put_string(&m, "dctx.baggage", "a=1, b=2", 8);
	put_string(&m, "dctx.baggage", "none", 4);
	end(&m);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(dctx_baggage_each(NULL, NULL), 0);
	dctx_leave(guard);
	begin(&m, 2);
	put_string(&m, "dctx.baggage", "none", 4);
	put_string(&m, "dctx.baggage", "a=1, b=2", 8);
	end(&m);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_string_equal(baggage(), "a=1,b=2");
	dctx_leave(guard);
}

static void a_bad_tracestate_is_dropped_and_the_trace_stays(void **state)
{
	static const char *const bad[] = {
		"this is, no === tracestate ;; =,=",
		"a=1,a=2",
		"A=1",
		"a",
		"a=b=c",
	};
	dctx_trace trace;
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put_trace(bad[i]);
		assert_int_equal(decode(0, &guard), DCTX_OK);
		assert_true(dctx_trace_get(&trace));
		assert_int_equal(trace.trace_id[0], 1);
		assert_int_equal(trace.state.len, 0);
		assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
		assert_null(baggage());
		assert_non_null(dctxt_header_value("traceparent"));
		assert_null(dctxt_header_value("tracestate"));
		assert_int_equal(reported, 1);
		assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), i + 1);
		dctx_leave(guard);
	}
	put_trace("a=1,b=2");
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(reported, 0);
	assert_true(dctx_trace_get(&trace));
	assert_int_equal(trace.state.len, 7);
	dctx_leave(guard);
}

static void a_strict_reader_refuses_both(void **state)
{
	dctx_trace trace;
	dctx_guard guard;

	(void)state;
	put_trace("a=1,a=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_CORRUPT);
	assert_string_equal(dctx_last_error()->what, "dctx.trace");
	assert_int_equal(
		decode(DCTX_DECODE_STRICT | DCTX_DECODE_SKIP_BAD, &guard),
		DCTX_OK);
	assert_false(dctx_trace_get(&trace));
	assert_int_equal(reported, 1);
	dctx_leave(guard);
	put_members(&m, "a=1, b=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_CORRUPT);
	assert_string_equal(dctx_last_error()->what, "dctx.baggage");
	put_trace("a=1,b=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_OK);
	dctx_leave(guard);
	put_members(&m, "a=1,b=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_OK);
	dctx_leave(guard);
}

static void what_a_header_cleaned_is_found(void **state)
{
	const dctx_hop hop = in_envelopes(DCTX_INTERNAL);
	dctx_guard guard;

	(void)state;
	put_members(&m, "a=1, b=2, c");
	guard = extract(&m, &hop);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_ENVELOPE_MESSAGE);
	assert_int_equal(dctxt_finding.effect, DCTX_SKIPPED);
	assert_string_equal(dctxt_finding.what, "dctx.baggage");
	assert_string_equal(baggage(), "a=1,b=2");
	dctx_leave(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(members_that_came_are_cleaned),
		DCTXT_TEST(members_that_came_leave_room_for_others),
		DCTXT_TEST(no_more_members_come_than_there_may_be),
		DCTXT_TEST(a_list_that_is_too_long_for_members_is_corrupt),
		DCTXT_TEST(of_entries_with_members_the_last_counts),
		DCTXT_TEST(a_bad_tracestate_is_dropped_and_the_trace_stays),
		DCTXT_TEST(a_strict_reader_refuses_both),
		DCTXT_TEST(what_a_header_cleaned_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
