/* SPDX-License-Identifier: MIT */
/*
 * The budget of a context goes along in its message, and is never more at the
 * receiver's than it was at the sender's.
 */
#include "crossing.h"

static void a_context_without_limits_has_no_such_entries(void **state)
{
	DCTX_SCOPE("plain");
	dctx_entry e;

	(void)state;
	dctx_set(k_str, "x");
	encode_here(NULL);
	assert_false(entry_of("dctx.deadline", &e));
	assert_false(entry_of("dctx.cancel", &e));
	assert_true(entry_of("str", &e));
}

static void a_budget_is_what_was_left(void **state)
{
	DCTX_SCOPE("request");
	int64_t before, after;
	dctx_entry e;

	(void)state;
	dctx_set_timeout(FAR);
	before = dctx_remaining();
	encode_here(NULL);
	after = dctx_remaining();
	assert_true(budget() <= before && budget() >= after);
	assert_false(entry_of("dctx.cancel", &e));
}

static void a_round_trip_never_lengthens(void **state)
{
	DCTX_SCOPE("request");
	int64_t left, received;

	(void)state;
	dctx_set_timeout(FAR);
	for (int i = 0; i < 100; i++) {
		dctx_snapshot *s;

		left = dctx_remaining();
		received = dctx_now();
		encode_here(NULL);
		s = decoded(0, received);
		assert_true(dctx_snapshot_deadline(s) <= dctx_deadline());
		assert_true(dctx_snapshot_remaining(s) <= left);
		dctx_snapshot_unref(s);
		s = decoded(DCTX_DECODE_STRICT, 0);
		assert_true(dctx_snapshot_remaining(s) <= left);
		dctx_snapshot_unref(s);
	}
}

static void a_hops_cost_is_taken_off(void **state)
{
	dctx_encode_options options = {.struct_size = sizeof options,
				       .hop_cost = FAR / 2};
	DCTX_SCOPE("request");
	int64_t before;
	size_t len;

	(void)state;
	dctx_set_timeout(FAR);
	before = dctx_remaining();
	encode_here(&options);
	assert_true(budget() <= before - FAR / 2);
	options.hop_cost = INT64_MAX;
	encode_here(&options);
	assert_int_equal(budget(), 0);
	options.hop_cost = -1;
	assert_int_equal(
		dctx_encode_with(&options, m.bytes, sizeof m.bytes, &len),
		DCTX_INVALID);
}

static void a_budget_that_is_over_stays_over(void **state)
{
	DCTX_SCOPE("request");
	dctx_snapshot *s;

	(void)state;
	dctx_set_timeout(0);
	encode_here(NULL);
	assert_int_equal(budget(), 0);
	s = decoded(0, 0);
	assert_int_equal(dctx_snapshot_done(s), DCTX_DEADLINE_EXCEEDED);
	dctx_snapshot_unref(s);
}

static void limits_stay_behind_when_asked(void **state)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .flags = DCTX_ENCODE_NO_LIMITS};
	DCTX_SCOPE("request");
	dctx_source *stop;
	dctx_entry e;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop),
			 DCTX_OK);
	dctx_set_timeout(FAR);
	dctx_add_source(stop);
	dctx_cancel(stop, "no more");
	encode_here(&options);
	assert_false(entry_of("dctx.deadline", &e));
	assert_false(entry_of("dctx.cancel", &e));
	dctx_source_unref(stop);
}

static void a_message_that_waited_has_less_left(void **state)
{
	const uint64_t left = 10 * DCTX_S;
	int64_t now = dctx_now();
	dctx_snapshot *s;

	(void)state;
	put_budgets(1, &left);
	/* The clock begins with the machine, perhaps not long ago. */
	s = decoded(0, now - now / 2);
	assert_int_equal(dctx_snapshot_deadline(s),
			 now - now / 2 + 10 * DCTX_S);
	dctx_snapshot_unref(s);
	s = decoded(0, 1);
	assert_int_equal(dctx_snapshot_deadline(s), 1 + 10 * DCTX_S);
	dctx_snapshot_unref(s);
	/* From the time to come nothing comes. */
	s = decoded(0, INT64_MAX);
	assert_true(dctx_snapshot_deadline(s) <= dctx_now() + 10 * DCTX_S);
	dctx_snapshot_unref(s);
}

static void a_time_before_the_clock_is_refused(void **state)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .received_at = -1};
	const uint64_t left = 1;
	dctx_snapshot *s = NULL;

	(void)state;
	put_budgets(1, &left);
	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 DCTX_INVALID);
}

static void a_budget_past_the_clocks_end_is_none(void **state)
{
	static const uint64_t left[] = {UINT64_MAX, INT64_MAX, INT64_MAX - 1,
					UINT64_C(1) << 63};

	(void)state;
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		dctx_snapshot *s;

		put_budgets(1, &left[i]);
		s = decoded(DCTX_DECODE_STRICT, 0);
		assert_int_equal(dctx_snapshot_deadline(s), DCTX_NO_DEADLINE);
		assert_int_equal(dctx_snapshot_done(s), DCTX_OK);
		dctx_snapshot_unref(s);
	}
}

static void of_two_budgets_the_shorter_holds(void **state)
{
	static const uint64_t left[][2] = {{5, 9}, {9, 5}, {UINT64_MAX, 5}};
	dctx_snapshot *s;

	(void)state;
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		put_budgets(2, left[i]);
		s = decoded(0, 1);
		assert_int_equal(dctx_snapshot_deadline(s), 1 + 5);
		dctx_snapshot_unref(s);
		refused(DCTX_DECODE_STRICT, DCTX_CORRUPT);
	}
	assert_int_equal(dctxt_count(DCTX_EV_DUPLICATE_ENTRY), 3);
}

static void a_budget_of_a_wrong_length_is_bad(void **state)
{
	const uint64_t long_value[2] = {5, 0};
	dctx_snapshot *s;

	(void)state;
	for (size_t len = 0; len < 8; len++) {
		begin(&m, 1);
		put_versioned(&m, "dctx.deadline", 1, long_value, len);
		put_number(&m, 0, 8);
		refused(0, DCTX_CORRUPT);
		s = decoded(DCTX_DECODE_SKIP_BAD, 0);
		assert_int_equal(dctx_snapshot_deadline(s), DCTX_NO_DEADLINE);
		dctx_snapshot_unref(s);
	}
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 8);
	begin(&m, 1);
	put_versioned(&m, "dctx.deadline", 1, long_value, 9);
	put_number(&m, 0, 8);
	refused(DCTX_DECODE_STRICT, DCTX_CORRUPT);
	s = decoded(0, 1);
	dctx_snapshot_unref(s);
	assert_int_equal(dctxt_count(DCTX_EV_TRAILING_BYTES), 1);
}

static void count_bad(void *user, const dctx_bad_entry *bad)
{
	assert_null(bad->key);
	assert_true(bad->entry.reserved);
	assert_int_equal(bad->status, DCTX_UNSUPPORTED);
	assert_int_equal(bad->entry.version, 2);
	++*(int *)user;
}

static void another_version_is_not_passed_over(void **state)
{
	int bad = 0;
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = DCTX_DECODE_SKIP_BAD,
					     .report = count_bad,
					     .user = &bad};
	dctx_snapshot *s = NULL;

	(void)state;
	begin(&m, 1);
	put_versioned(&m, "dctx.deadline", 2, "12345678", 8);
	put_number(&m, 0, 8);
	refused(0, DCTX_UNSUPPORTED);
	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 DCTX_OK);
	assert_int_equal(bad, 1);
	dctx_snapshot_unref(s);
}

static void what_is_sent_along_brings_no_old_budget(void **state)
{
	const dctx_entry old = {.key = {"dctx.deadline", 13},
				.value = {"\377\377\377\377\0\0\0\0", 8},
				.version = 1};
	dctx_encode_options options = {.struct_size = sizeof options,
				       .entries = &old,
				       .entry_count = 1};
	DCTX_SCOPE("proxy");
	dctx_entry e;

	(void)state;
	encode_here(&options);
	assert_false(entry_of("dctx.deadline", &e));
	dctx_set_timeout(0);
	encode_here(&options);
	assert_int_equal(budget(), 0);
	options.flags = DCTX_ENCODE_NO_LIMITS;
	encode_here(&options);
	assert_int_equal(budget(), UINT32_MAX);
}

static void a_snapshot_is_encoded_with_what_is_left_now(void **state)
{
	dctx_snapshot *s;
	int64_t first;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set_timeout(FAR);
		assert_int_equal(dctx_capture(&s), DCTX_OK);
	}
	assert_int_equal(
		dctx_snapshot_encode(s, m.bytes, sizeof m.bytes, &m.len),
		DCTX_OK);
	first = budget();
	do
		assert_int_equal(dctx_snapshot_encode(s, m.bytes,
						      sizeof m.bytes, &m.len),
				 DCTX_OK);
	while (budget() == first);
	assert_true(budget() < first);
	dctx_snapshot_unref(s);
}

static void without_memory_nothing_is_decoded(void **state)
{
	const uint64_t left = 5;
	dctx_snapshot *s = NULL;

	(void)state;
	for (int which = 0; which < 2; which++) {
		dctx_status status = DCTX_NOMEM;

		if (which == 0)
			put_budgets(1, &left);
		else
			put_cancel(1, "x", 1, 1);
		for (int n = 1; status == DCTX_NOMEM && n < 20; n++) {
			dctxt_heap_fail(n, false);
			status = dctx_decode(m.bytes, m.len, &s);
			dctxt_heap_relent();
			assert_true(status == DCTX_NOMEM || status == DCTX_OK);
		}
		assert_int_equal(status, DCTX_OK);
		dctx_snapshot_unref(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_context_without_limits_has_no_such_entries),
		DCTXT_TEST(a_budget_is_what_was_left),
		DCTXT_TEST(a_round_trip_never_lengthens),
		DCTXT_TEST(a_hops_cost_is_taken_off),
		DCTXT_TEST(a_budget_that_is_over_stays_over),
		DCTXT_TEST(limits_stay_behind_when_asked),
		DCTXT_TEST(a_message_that_waited_has_less_left),
		DCTXT_TEST(a_time_before_the_clock_is_refused),
		DCTXT_TEST(a_budget_past_the_clocks_end_is_none),
		DCTXT_TEST(of_two_budgets_the_shorter_holds),
		DCTXT_TEST(a_budget_of_a_wrong_length_is_bad),
		DCTXT_TEST(another_version_is_not_passed_over),
		DCTXT_TEST(what_is_sent_along_brings_no_old_budget),
		DCTXT_TEST(a_snapshot_is_encoded_with_what_is_left_now),
		DCTXT_TEST(without_memory_nothing_is_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
