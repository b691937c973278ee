/* SPDX-License-Identifier: MIT */
/*
 * cause_test.c - proves that of deadlines and cancels the first in time decides
 * and stays, that everybody below tells the same cause, and that a call which
 * makes no sense is refused.
 */
#include "kit.h"

#include <errno.h>
#include <stdio.h>

#define HOUR (3600 * DCTX_S)

static dctx_source *source_by(dctx_source *parent, int64_t deadline)
{
	dctx_source *made = NULL;

	assert_int_equal(dctx_source_new(parent, deadline, &made), DCTX_OK);
	return made;
}

static dctx_source *source(dctx_source *parent)
{
	return source_by(parent, DCTX_NO_DEADLINE);
}

static void sleep_past(int64_t deadline)
{
	while (dctx_now() < deadline)
		(void)dctx_store_wait(dctx_thread(), deadline);
}

static void a_cancel_before_the_deadline_stays_a_cancel(void **state)
{
	int64_t soon = dctx_deadline_in(100 * DCTX_MS), before = dctx_now();
	dctx_source *s = source_by(NULL, soon);
	dctx_cause_info cause;

	(void)state;
	assert_int_equal(dctx_cancel(s, "first"), DCTX_OK);
	if (dctx_now() >= soon)
		skip(); /* a machine this slow tells nothing */
	sleep_past(soon);
	assert_int_equal(dctx_source_done(s), DCTX_CANCELED);
	assert_int_equal(dctx_source_cause(s, &cause), DCTX_CANCELED);
	assert_string_equal(cause.message, "first");
	assert_true(cause.when >= before && cause.when < soon);
	dctx_source_unref(s);
}

static void a_deadline_before_the_cancel_stays_a_deadline(void **state)
{
	int64_t past = dctx_now();
	dctx_source *parent = source(NULL), *s = source_by(parent, past);
	dctx_cause_info cause;

	(void)state;
	assert_int_equal(dctx_cancel(parent, "late"), DCTX_OK);
	assert_int_equal(dctx_cancel(s, "later"), DCTX_OK);
	assert_int_equal(dctx_source_done(s), DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(dctx_source_cause(s, &cause), DCTX_DEADLINE_EXCEEDED);
	assert_string_equal(cause.message, "deadline exceeded");
	assert_int_equal(cause.when, past);
	assert_true(cause.noticed_after >= 0);
	assert_null(cause.file);
	assert_int_equal(dctx_source_done(parent), DCTX_CANCELED);
	dctx_source_unref(s);
	dctx_source_unref(parent);
}

static void all_below_tell_the_cause_and_how_far_up_it_was(void **state)
{
	dctx_source *s[4];
	dctx_cause_info cause;
	unsigned line;

	(void)state;
	for (int i = 0; i < 4; i++)
		s[i] = source(i > 0 ? s[i - 1] : NULL);
	line = __LINE__ + 1;
	dctx_cancel(s[1], "client is gone");
	assert_int_equal(dctx_source_cause(s[0], &cause), DCTX_OK);
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(dctx_source_cause(s[i], &cause),
				 DCTX_CANCELED);
		assert_int_equal(cause.status, DCTX_CANCELED);
		assert_string_equal(cause.message, "client is gone");
		assert_string_equal(cause.file, __FILE__);
		assert_int_equal(cause.line, line);
		assert_int_not_equal(cause.thread, 0);
		assert_int_equal(cause.distance, i - 1);
		assert_true(cause.noticed_after >= 0);
	}
	for (int i = 0; i < 4; i++)
		dctx_source_unref(s[i]);
}

static void what_is_not_over_has_no_cause(void **state)
{
	dctx_cause_info cause;

	(void)state;
	memset(&cause, 0x55, sizeof(cause));
	assert_int_equal(dctx_cause(&cause), DCTX_OK);
	assert_int_equal(cause.status, DCTX_OK);
	assert_string_equal(cause.message, "");
	assert_null(cause.file);
	assert_int_equal(cause.when, 0);
	assert_int_equal(cause.noticed_after, 0);
	memset(&cause, 0x55, sizeof(cause));
	assert_int_equal(dctx_snapshot_cause(NULL, &cause), DCTX_OK);
	assert_int_equal(cause.thread, 0);
	assert_int_equal(dctx_source_cause(NULL, &cause), DCTX_OK);
	assert_int_equal(dctx_store_cause(NULL, &cause), DCTX_OK);
}

static void a_reason_is_kept_as_it_was_given(void **state)
{
	char text[] = "changed afterwards";
	const dctx_reason reason = {
		.status = DCTX_DEADLINE_EXCEEDED,
		.code = -42,
		.message = text,
		.file = "far/away.c",
		.line = 12,
	};
	dctx_source *s = source(NULL);
	dctx_cause_info cause;

	(void)state;
	assert_int_equal(dctx_source_cancel(s, &reason), DCTX_OK);
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(dctx_source_cause(s, &cause), DCTX_DEADLINE_EXCEEDED);
	assert_string_equal(cause.message, "changed afterwards");
	assert_int_equal(cause.code, -42);
	assert_string_equal(cause.file, "far/away.c");
	assert_int_equal(cause.line, 12);
	assert_int_equal(dctx_source_cancel(s, NULL), DCTX_STALE);
	assert_int_equal(dctx_source_cause(s, &cause), DCTX_DEADLINE_EXCEEDED);
	assert_int_equal(cause.code, -42);
	dctx_source_unref(s);
}

static void a_message_is_kept_up_to_1024_bytes(void **state)
{
	static char text[5000];
	dctx_source *s = source(NULL);
	dctx_cause_info cause;
	size_t len;

	(void)state;
	memset(text, 'm', sizeof(text) - 1);
	assert_int_equal(dctx_cancel(s, text), DCTX_OK);
	assert_int_equal(dctx_source_cause(s, &cause), DCTX_CANCELED);
	len = strlen(cause.message);
	assert_true(len <= 1024 && len >= 1000);
	assert_memory_equal(cause.message, text, len);
	dctx_source_unref(s);
}

static void a_reason_without_a_message_says_canceled(void **state)
{
	dctx_source *s = source(NULL);
	dctx_cause_info cause;

	(void)state;
	assert_int_equal(dctx_source_cancel(s, NULL), DCTX_OK);
	assert_int_equal(dctx_source_cause(s, &cause), DCTX_CANCELED);
	assert_string_equal(cause.message, "canceled");
	assert_null(cause.file);
	assert_int_equal(cause.code, 0);
	dctx_source_unref(s);
}

static void from_a_signal_handler_it_keeps_the_text_itself(void **state)
{
	static const char text[] = "SIGINT";
	dctx_source *s = source(NULL);
	dctx_cause_info cause;

	(void)state;
	assert_int_equal(dctx_cancel_from_signal(s, text), DCTX_OK);
	assert_int_equal(dctx_cancel_from_signal(s, NULL), DCTX_STALE);
	assert_int_equal(dctx_source_cause(s, &cause), DCTX_CANCELED);
	assert_string_equal(cause.message, "SIGINT");
	dctx_source_unref(s);
	assert_int_equal(dctx_cancel_from_signal(NULL, NULL), DCTX_INVALID);
}

static void check_text(const dctx_cause_info *cause, const char *expected)
{
	size_t len = strlen(expected);
	char buf[128];

	assert_int_equal(dctx_cause_text(cause, NULL, 0), len);
	for (size_t size = 1; size <= len + 2; size++) {
		memset(buf, '#', sizeof(buf));
		assert_int_equal(dctx_cause_text(cause, buf, size), len);
		assert_true(strlen(buf) < size);
		assert_memory_equal(buf, expected, strlen(buf));
		/* At most the rest of one character is missing. */
		assert_true(strlen(buf) + 4 >= (size <= len ? size : len + 1));
		assert_int_equal((unsigned char)buf[size], '#');
	}
	assert_string_equal(buf, expected);
}

static void a_text_is_cut_at_any_size_between_characters(void **state)
{
	dctx_cause_info cause = {.status = DCTX_CANCELED,
				 .message = "gr\xc3\xbc"
					    "n \xe2\x82\xac \xf0\x9f\x90\x9f",
				 .file = "a/b/server.c",
				 .line = 12,
				 .thread = 4711};

	(void)state;
	check_text(&cause, "canceled: gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x90\x9f"
			   " (server.c:12, thread 4711)");
	cause.thread = 0;
	cause.message = "gone";
	check_text(&cause, "canceled: gone (server.c:12)");
	cause.file = NULL;
	check_text(&cause, "canceled: gone");
	cause.thread = 5;
	cause.message = "canceled";
	check_text(&cause, "canceled (thread 5)");
	cause = (dctx_cause_info){.status = DCTX_DEADLINE_EXCEEDED,
				  .message = "deadline exceeded"};
	check_text(&cause, "deadline exceeded");
	cause = (dctx_cause_info){.message = ""};
	check_text(&cause, "not done");
	check_text(NULL, "");
}

static void done_as_errno_is_ecanceled_or_etimedout(void **state)
{
	dctx_source *s = source(NULL);
	dctx_snapshot *snapshot = NULL;

	(void)state;
	assert_int_equal(dctx_done_errno(), 0);
	assert_int_equal(dctx_store_done_errno(NULL), 0);
	assert_int_equal(dctx_snapshot_done_errno(NULL), 0);
	DCTX_SCOPE("work");
	dctx_add_source(s);
	assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	errno = 4;
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_done_errno(), ECANCELED);
	assert_int_equal(dctx_snapshot_done_errno(snapshot), ECANCELED);
	DCTX_SCOPE("expired");
	DCTX_ATTACH(NULL);
	dctx_set_timeout(0);
	assert_int_equal(dctx_store_done_errno(dctx_current()), ETIMEDOUT);
	assert_int_equal(errno, 4);
	dctx_snapshot_unref(snapshot);
	dctx_source_unref(s);
}

static void remaining_is_0_exactly_when_it_is_over(void **state)
{
	dctx_source *s = source(NULL);

	(void)state;
	assert_int_equal(dctx_remaining(), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_store_remaining(NULL), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_snapshot_remaining(NULL), DCTX_NO_DEADLINE);
	DCTX_SCOPE("work");
	dctx_add_source(s);
	assert_int_equal(dctx_remaining(), DCTX_NO_DEADLINE);
	dctx_set_timeout(HOUR);
	assert_true(dctx_remaining() > 0 && dctx_remaining() <= HOUR);
	{
		DCTX_SCOPE("over");
		dctx_set_timeout(0);
		assert_int_equal(dctx_remaining(), 0);
		assert_int_equal(dctx_done(), DCTX_DEADLINE_EXCEEDED);
	}
	dctx_cancel(s, NULL);
	assert_int_equal(dctx_remaining(), 0);
	dctx_source_unref(s);
}

static void nulls_and_nonsense_are_refused_by_name(void **state)
{
	const dctx_reason nonsense = {.status = DCTX_NOMEM};
	dctx_source *s = source(NULL), *out = NULL;
	dctx_snapshot *snapshot = NULL;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, 0, NULL), DCTX_INVALID);
	assert_int_equal(dctx_source_below(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_source_below_store(NULL, &out), DCTX_INVALID);
	assert_int_equal(dctx_source_below_store(dctx_current(), NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_set_deadline(NULL, 0), DCTX_INVALID);
	assert_int_equal(dctx_store_set_timeout(NULL, 0), DCTX_INVALID);
	assert_int_equal(dctx_store_add_source(NULL, s), DCTX_INVALID);
	assert_int_equal(dctx_store_add_source(dctx_current(), NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_store_detach(NULL), DCTX_INVALID);
	assert_int_equal(dctx_snapshot_detach(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_source_cancel(NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_cancel(NULL, "x"), DCTX_INVALID);
	assert_int_equal(dctx_source_cancel(s, &nonsense), DCTX_INVALID);
	assert_int_equal(dctx_source_done(s), DCTX_OK);
	assert_int_equal(dctx_store_set_grace(NULL, 1), DCTX_INVALID);
	assert_int_equal(dctx_set_grace(-1), DCTX_INVALID);
	assert_int_equal(dctx_store_shield(NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_grace(NULL), 0);
	assert_int_equal(dctx_store_wait(NULL, 0), DCTX_INVALID);
	assert_int_equal(dctx_snapshot_wait(NULL, 0), DCTX_INVALID);
	assert_null(out);
	assert_int_equal(dctx_store_done(NULL), DCTX_OK);
	assert_int_equal(dctx_snapshot_done(NULL), DCTX_OK);
	assert_int_equal(dctx_source_done(NULL), DCTX_OK);
	assert_int_equal(dctx_store_deadline(NULL), DCTX_NO_DEADLINE);
	assert_int_equal(dctx_snapshot_deadline(NULL), DCTX_NO_DEADLINE);
	assert_null(dctx_source_ref(NULL));
	assert_null(dctx_source_unref(NULL));
	assert_int_equal(dctx_snapshot_detach(NULL, &snapshot), DCTX_OK);
	dctx_snapshot_unref(snapshot);
	dctx_source_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_cancel_before_the_deadline_stays_a_cancel),
		DCTXT_TEST(a_deadline_before_the_cancel_stays_a_deadline),
		DCTXT_TEST(all_below_tell_the_cause_and_how_far_up_it_was),
		DCTXT_TEST(what_is_not_over_has_no_cause),
		DCTXT_TEST(a_reason_is_kept_as_it_was_given),
		DCTXT_TEST(a_message_is_kept_up_to_1024_bytes),
		DCTXT_TEST(a_reason_without_a_message_says_canceled),
		DCTXT_TEST(from_a_signal_handler_it_keeps_the_text_itself),
		DCTXT_TEST(a_text_is_cut_at_any_size_between_characters),
		DCTXT_TEST(done_as_errno_is_ecanceled_or_etimedout),
		DCTXT_TEST(remaining_is_0_exactly_when_it_is_over),
		DCTXT_TEST(nulls_and_nonsense_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
