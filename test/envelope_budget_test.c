/* SPDX-License-Identifier: MIT */
/*
 * What ends a context goes along in its message: a budget, which is never more
 * at the receiver's than it was at the sender's, and a cancel with its cause.
 */
#include "kit.h"
#include "message.h"

#define FAR (3600 * DCTX_S)

static struct message m;

DCTX_KEY_STR(k_str, "str", DCTX_WIRE);

static size_t encode(const dctx_encode_options *options, unsigned char *buf,
		     size_t size)
{
	size_t len = 0;

	assert_int_equal(dctx_encode_with(options, buf, size, &len), DCTX_OK);
	return len;
}

static void encode_here(const dctx_encode_options *options)
{
	m.len = encode(options, m.bytes, sizeof m.bytes);
}

static dctx_snapshot *decoded(unsigned flags, int64_t received_at)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags,
					     .received_at = received_at};
	dctx_snapshot *s = NULL;

	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 DCTX_OK);
	return s;
}

static void refused(unsigned flags, dctx_status status)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags};
	dctx_snapshot *s = NULL;

	assert_int_equal(dctx_decode_with(m.bytes, m.len, &options, &s),
			 status);
	assert_null(s);
}

/* The entry of a name, as any reader of messages sees it. */
static bool entry_of(const char *name, dctx_entry *out)
{
	dctx_message message;

	assert_int_equal(dctx_message_open(m.bytes, m.len, &message), DCTX_OK);
	while (dctx_message_entry(&message, out))
		if (out->key.len == strlen(name) &&
		    memcmp(out->key.data, name, out->key.len) == 0)
			return true;
	return false;
}

static uint64_t number_at(const void *at, size_t width)
{
	const unsigned char *byte = at;
	uint64_t v = 0;

	for (size_t i = 0; i < width; i++)
		v |= (uint64_t)byte[i] << 8 * i;
	return v;
}

static int64_t budget(void)
{
	dctx_entry e;

	assert_true(entry_of("dctx.deadline", &e));
	assert_true(e.reserved);
	assert_int_equal(e.version, 1);
	assert_int_equal(e.value.len, 8);
	return (int64_t)number_at(e.value.data, 8);
}

/* A message with one entry of a u64. */
static void put_budgets(size_t n, const uint64_t *left)
{
	begin(&m, n);
	for (size_t i = 0; i < n; i++)
		put_scalar(&m, "dctx.deadline", left[i], 8);
	put_number(&m, 0, 8);
}

static void put_cancel(unsigned status, const void *text, size_t len,
		       uint64_t said)
{
	unsigned char value[2048] = {0};

	value[0] = (unsigned char)status;
	value[1] = 7;
	for (size_t i = 0; i < 8; i++)
		value[5 + i] = (unsigned char)(said >> 8 * i);
	memcpy(value + 13, text, len);
	begin(&m, 1);
	put_versioned(&m, "dctx.cancel", 1, value, 13 + len);
	put_number(&m, 0, 8);
}

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

static void a_cancel_arrives_with_its_cause(void **state)
{
	const dctx_reason reason = {.status = DCTX_CANCELED,
				    .code = -42,
				    .message = "client is gone \xc3\xa9"};
	dctx_cause_info cause;
	dctx_source *stop;
	dctx_snapshot *s;
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop),
			 DCTX_OK);
	{
		DCTX_SCOPE("request");
		dctx_set(k_str, "x");
		dctx_set_timeout(FAR);
		dctx_add_source(stop);
		dctx_source_cancel(stop, &reason);
		encode_here(NULL);
	}
	assert_int_equal(budget(), 0);
	s = decoded(DCTX_DECODE_STRICT, 1);
	assert_int_equal(dctx_snapshot_cause(s, &cause), DCTX_CANCELED);
	assert_int_equal(cause.code, -42);
	assert_string_equal(cause.message, reason.message);
	assert_null(cause.file);
	assert_int_equal(cause.thread, 0);
	dctx_snapshot_unref(s);
	/* And on: from here to a third process, the same. */
	assert_int_equal(dctx_decode_here(m.bytes, m.len, &guard), DCTX_OK);
	assert_int_equal(dctx_done(), DCTX_CANCELED);
	encode_here(NULL);
	dctx_leave(guard);
	assert_int_equal(dctx_done(), DCTX_OK);
	s = decoded(0, 0);
	assert_int_equal(dctx_snapshot_cause(s, &cause), DCTX_CANCELED);
	assert_string_equal(cause.message, reason.message);
	dctx_snapshot_unref(s);
	dctx_source_unref(stop);
}

static void a_cancel_for_a_deadline_says_so(void **state)
{
	dctx_cause_info cause;
	dctx_snapshot *s;

	(void)state;
	put_cancel(2, "too slow", 8, 8);
	s = decoded(DCTX_DECODE_STRICT, 0);
	assert_int_equal(dctx_snapshot_cause(s, &cause),
			 DCTX_DEADLINE_EXCEEDED);
	assert_string_equal(cause.message, "too slow");
	assert_int_equal(cause.code, 7);
	dctx_snapshot_unref(s);
}

static void a_long_message_is_cut(void **state)
{
	char text[1500];
	dctx_cause_info cause;
	dctx_snapshot *s;

	(void)state;
	memset(text, 'a', sizeof text);
	put_cancel(1, text, sizeof text, sizeof text);
	s = decoded(0, 0);
	assert_int_equal(dctx_snapshot_cause(s, &cause), DCTX_CANCELED);
	assert_int_equal(strlen(cause.message), 1024);
	dctx_snapshot_unref(s);
}

static void a_message_in_another_encoding_is_sent_as_utf8(void **state)
{
	dctx_source *stop;
	dctx_entry e;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop),
			 DCTX_OK);
	{
		DCTX_SCOPE("request");
		dctx_add_source(stop);
		dctx_cancel(stop, "caf\xe9");
		encode_here(NULL);
	}
	assert_true(entry_of("dctx.cancel", &e));
	assert_int_equal(e.value.len, 13 + 4);
	assert_memory_equal((const char *)e.value.data + 13, "caf?", 4);
	assert_false(entry_of("dctx.deadline", &e));
	dctx_snapshot_unref(decoded(DCTX_DECODE_STRICT, 0));
	dctx_source_unref(stop);
}

static void a_cancel_that_is_none_is_bad(void **state)
{
	static const struct {
		unsigned status;
		const char *text;
		size_t len;
		uint64_t said;
	} bad[] = {
		{0, "x", 1, 1},
		{3, "x", 1, 1},
		{1, "x", 1, 2},
		{1, "x", 1, UINT64_MAX},
		{1, "\xff", 1, 1},
		{1, "a\0b", 3, 3},
		{1, "", 0, UINT64_C(1) << 63},
	};
	dctx_snapshot *s;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put_cancel(bad[i].status, bad[i].text, bad[i].len, bad[i].said);
		refused(0, DCTX_CORRUPT);
		s = decoded(DCTX_DECODE_SKIP_BAD, 0);
		assert_int_equal(dctx_snapshot_done(s), DCTX_OK);
		dctx_snapshot_unref(s);
	}
	for (size_t len = 0; len < 13; len++) {
		begin(&m, 1);
		put_versioned(&m, "dctx.cancel", 1, "\1\0\0\0\0\0\0\0\0\0\0\0",
			      len);
		put_number(&m, 0, 8);
		refused(0, DCTX_CORRUPT);
	}
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
		DCTXT_TEST(a_cancel_arrives_with_its_cause),
		DCTXT_TEST(a_cancel_for_a_deadline_says_so),
		DCTXT_TEST(a_long_message_is_cut),
		DCTXT_TEST(a_message_in_another_encoding_is_sent_as_utf8),
		DCTXT_TEST(a_cancel_that_is_none_is_bad),
		DCTXT_TEST(what_is_sent_along_brings_no_old_budget),
		DCTXT_TEST(a_snapshot_is_encoded_with_what_is_left_now),
		DCTXT_TEST(without_memory_nothing_is_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
