/* SPDX-License-Identifier: MIT */
/* A cancel goes along in a context's message, with its cause. */
#include "crossing.h"

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

static void a_cancel_without_words_crosses_too(void **state)
{
	const dctx_reason reason = {.status = DCTX_DEADLINE_EXCEEDED,
				    .message = ""};
	dctx_cause_info cause;
	dctx_source *stop;
	dctx_snapshot *s;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop),
			 DCTX_OK);
	{
		DCTX_SCOPE("request");
		dctx_add_source(stop);
		dctx_source_cancel(stop, &reason);
		encode_here(NULL);
	}
	s = decoded(DCTX_DECODE_STRICT, 0);
	assert_int_equal(dctx_snapshot_cause(s, &cause),
			 DCTX_DEADLINE_EXCEEDED);
	assert_string_equal(cause.message, "");
	dctx_snapshot_unref(s);
	dctx_source_unref(stop);
}

static void of_two_cancels_the_first_counts(void **state)
{
	static const unsigned char one[14] = {1, 7, 0, 0, 0, 1, [13] = 'a'};
	static const unsigned char two[14] = {2, 8, 0, 0, 0, 1, [13] = 'b'};
	dctx_cause_info cause;
	dctx_snapshot *s;

	(void)state;
	begin(&m, 2);
	put_versioned(&m, "dctx.cancel", 1, one, sizeof one);
	put_versioned(&m, "dctx.cancel", 1, two, sizeof two);
	put_number(&m, 0, 8);
	s = decoded(0, 0);
	assert_int_equal(dctx_snapshot_cause(s, &cause), DCTX_CANCELED);
	assert_string_equal(cause.message, "a");
	assert_int_equal(cause.code, 7);
	dctx_snapshot_unref(s);
	refused(DCTX_DECODE_STRICT, DCTX_CORRUPT);
}

/* What strangers send makes nobody's questions slower. */
static void a_cancel_that_arrives_moves_no_epoch(void **state)
{
	uintptr_t before = dctx_abi1_epoch;
	dctx_snapshot *s;

	(void)state;
	put_cancel(1, "gone", 4, 4);
	s = decoded(0, 0);
	assert_int_equal(dctx_snapshot_done(s), DCTX_CANCELED);
	assert_int_equal(dctx_abi1_epoch, before);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_cancel_arrives_with_its_cause),
		DCTXT_TEST(a_cancel_for_a_deadline_says_so),
		DCTXT_TEST(a_cancel_without_words_crosses_too),
		DCTXT_TEST(of_two_cancels_the_first_counts),
		DCTXT_TEST(a_cancel_that_arrives_moves_no_epoch),
		DCTXT_TEST(a_long_message_is_cut),
		DCTXT_TEST(a_message_in_another_encoding_is_sent_as_utf8),
		DCTXT_TEST(a_cancel_that_is_none_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
