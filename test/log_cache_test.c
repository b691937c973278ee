/* SPDX-License-Identifier: MIT */
/*
 * log_cache_test.c - proves that a line's fields are made once as long as they
 * would be the same, and anew after every kind of change: a format counts how
 * often it is asked.
 */
#include "logged.h"

#include <stdio.h>

DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_STR(k_text, "text", DCTX_LOG);
DCTX_KEY_U64(k_closed, "closed", DCTX_LOG | DCTX_CLOSED);

static atomic_int asked;

static size_t count(const dctx_any *value, char *buf, size_t size)
{
	atomic_fetch_add(&asked, 1);
	return (size_t)snprintf(buf, size, "%u", (unsigned)value->as.u);
}

static int begin(void **state)
{
	static const dctx_field counted = {.struct_size = DCTX_FIELD_SIZE,
					   .flags = DCTX_FIELD_LOG,
					   .format = count};

	if (dctx_field_set(&k_num.key, &counted) != DCTX_OK)
		return -1;
	atomic_store(&asked, 0);
	return dctxt_begin(state);
}

/* A line that must be this, and for which the format was asked so often. */
static void line(const char *want, int times)
{
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), want);
	assert_int_equal(atomic_exchange(&asked, 0), times);
	assert_string_equal(dctx_log_here(DCTX_LOG_LOGFMT), want);
	assert_int_equal(atomic_load(&asked), 0);
}

static void a_second_line_asks_nobody(void **state)
{
	char buf[64];

	(void)state;
	dctx_set(k_num, 1);
	line("num=1", 1);
	for (int i = 0; i < 100; i++)
		line("num=1", 0);
	dctx_log_text(DCTX_LOG_JSON, buf, sizeof(buf));
	dctx_log_text(DCTX_LOG_JSON, buf, sizeof(buf));
	assert_string_equal(buf, "\"num\":\"1\"");
	assert_int_equal(atomic_load(&asked), 1);
}

static void a_set_shows_at_once(void **state)
{
	(void)state;
	dctx_set(k_num, 1);
	line("num=1", 1);
	dctx_set(k_num, 2); /* at a root, in place */
	line("num=2", 1);
	dctx_set(k_text, "a");
	line("num=2 text=a", 1);
	dctx_set(k_text, "b");
	line("num=2 text=b", 1);
	dctx_unset(k_num);
	line("text=b", 0);
	dctx_unset(k_text);
	line("", 0);
}

static void a_number_set_again_in_a_scope_shows_at_once(void **state)
{
	(void)state;
	DCTX_SCOPE("s");
	for (unsigned i = 0; i < 5; i++) {
		char want[16];

		snprintf(want, sizeof(want), "num=%u", i);
		dctx_set(k_num, i);
		line(want, 1);
	}
	dctx_unset(k_num);
	line("", 0);
	dctx_set(k_num, 9);
	line("num=9", 1);
}

static void a_replace_shows_at_once(void **state)
{
	(void)state;
	DCTX_SCOPE("s");
	dctx_replace(k_text, "a");
	line("text=a", 0);
	dctx_replace(k_text, "b");
	line("text=b", 0);
	dctx_replace(k_text, "c");
	line("text=c", 0);
}

static void scopes_that_set_nothing_change_nothing(void **state)
{
	(void)state;
	dctx_set(k_num, 1);
	line("num=1", 1);
	DCTX_SCOPE("a");
	line("num=1", 0);
	{
		DCTX_SCOPE("b");
		DCTX_SCOPE_UNNAMED;
		line("num=1", 0);
	}
	line("num=1", 0);
}

static void a_line_holds_again_when_a_scope_is_left(void **state)
{
	(void)state;
	DCTX_SCOPE("outer");
	dctx_set(k_num, 1);
	line("num=1", 1);
	{
		DCTX_SCOPE("inner");
		dctx_set(k_num, 2);
		line("num=2", 1);
	}
	line("num=1", 0);
	{
		/* It lies where the other one lay. */
		DCTX_SCOPE("inner");
		dctx_set(k_num, 3);
		line("num=3", 1);
	}
	line("num=1", 0);
}

static void attach_and_detach_show_at_once(void **state)
{
	dctx_snapshot *one, *two;
	dctx_guard guard;

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_capture(&one), DCTX_OK);
	dctx_set(k_num, 2);
	assert_int_equal(dctx_capture(&two), DCTX_OK);
	line("num=2", 1);
	for (int i = 0; i < 3; i++) {
		guard = dctx_attach_here(one);
		line("num=1", i == 0);
		dctx_leave(guard);
		line("num=2", 0);
		guard = dctx_attach_here(two);
		line("num=2", i == 0);
		dctx_set(k_num, 3);
		line("num=3", 1);
		dctx_leave(guard);
		line("num=2", 0);
	}
	guard = dctx_attach_here(NULL);
	line("", 0);
	dctx_leave(guard);
	dctx_snapshot_unref(one);
	dctx_snapshot_unref(two);
}

static void restore_shows_at_once(void **state)
{
	dctx_snapshot *one;

	(void)state;
	dctx_set(k_num, 1);
	assert_int_equal(dctx_capture(&one), DCTX_OK);
	line("num=1", 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dctx_restore(NULL), DCTX_OK);
		line("", 0);
		dctx_set(k_num, 5);
		line("num=5", 1);
		assert_int_equal(dctx_restore(one), DCTX_OK);
		line("num=1", i == 0);
	}
	dctx_snapshot_unref(one);
}

/* A scope below the innermost one goes. */
static void retire_shows_at_once(void **state)
{
	dctx_guard low, high;

	(void)state;
	dctx_set(k_num, 1);
	low = dctx_enter("low");
	dctx_set(k_num, 2);
	high = dctx_enter("high");
	line("num=2", 1);
	assert_int_equal(dctx_scope_retire(low), DCTX_OK);
	line("num=1", 1);
	dctx_leave(high);
	line("num=1", 0);
}

static void the_trace_shows_at_once(void **state)
{
	dctx_trace trace = dctx_trace_new(0);
	const char *first;
	char was[200];

	(void)state;
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	first = dctxt_logged(DCTX_LOG_LOGFMT);
	snprintf(was, sizeof(was), "%s", first);
	trace.span_id[0] ^= 1;
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_string_not_equal(dctxt_logged(DCTX_LOG_LOGFMT), was);
	trace.span_id[0] ^= 1;
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), was);
}

/* The span's id in the current line; "" for none. */
static const char *span_of_line(void)
{
	const char *text = dctx_log_here(DCTX_LOG_LOGFMT);
	const char *id = strstr(text, "span_id=");
	static char copy[17];

	snprintf(copy, sizeof(copy), "%s", id != NULL ? id + 8 : "");
	return copy;
}

/* A span is entered and left without a scope of its own; where something was
 * set or opened in it, its place is kept. */
static void a_span_shows_while_it_is_entered(void **state)
{
	static const dctx_layer none = {.struct_size = DCTX_LAYER_SIZE,
					.name = "none"};
	char inner[17], outer[17];
	dctx_guard scope;
	dctx_span *span;

	(void)state;
	assert_int_equal(dctx_layer_mount(&none, 0), DCTX_OK);
	{
		DCTX_SPAN(around, "around");
		snprintf(outer, sizeof(outer), "%s", span_of_line());
		assert_int_equal(strlen(outer), 16);
		DCTX_SPAN_BEGIN(begun, "begun");
		span = begun;
		snprintf(inner, sizeof(inner), "%s", span_of_line());
		assert_string_not_equal(inner, outer);
		scope = dctx_enter("in it");
		for (int i = 0; i < 3; i++) {
			dctx_span_leave(span);
			assert_string_equal(span_of_line(), outer);
			dctx_span_enter(span);
			assert_string_equal(span_of_line(), inner);
			dctx_set(k_num, 1 + (unsigned)i);
		}
		dctx_leave(scope);
		assert_string_equal(span_of_line(), inner);
		DCTX_SPAN_END(begun);
		assert_string_equal(span_of_line(), outer);
	}
	assert_string_equal(span_of_line(), "");
	assert_int_equal(dctx_layer_unmount(&none), DCTX_OK);
}

static void what_a_closed_key_hides_shows_at_once(void **state)
{
	size_t limit = dctx_limit_get(DCTX_LIMIT_DEPTH);
	dctx_guard dead;

	(void)state;
	dctx_set(k_closed, 1);
	line("closed=1", 0);
	dctx_limit_set(DCTX_LIMIT_DEPTH, 1);
	DCTX_SCOPE("real");
	line("closed=1", 0);
	dead = dctx_enter("dead");
	line("closed=1", 0);
	assert_int_equal(dctx_set(k_closed, 2), DCTX_DEAD_SCOPE);
	line("", 0);
	dctx_leave(dead);
	line("closed=1", 0);
	dctx_limit_set(DCTX_LIMIT_DEPTH, limit);
}

/* A deep recursion: far from the scope that set something, too. */
static void depth_makes_no_difference(void **state)
{
	dctx_guard guard = {0};

	(void)state;
	dctx_set(k_num, 1);
	for (int i = 0; i < 500; i++) {
		dctx_guard g = dctx_enter("deep");

		if (i == 0)
			guard = g;
	}
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=1");
	dctx_leave(guard);
	assert_int_equal(dctxt_count(DCTX_EV_MISMATCHED_LEAVE), 1);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=1");
}

/* More than the header promises, since nobody knows in which order printf's
 * arguments are evaluated, and what they log. */
static int log_a_lot(void)
{
	char buf[200];

	for (unsigned i = 0; i < 50; i++) {
		DCTX_SCOPE("other");
		dctx_set(k_num, 100 + i);
		dctx_log_text(DCTX_LOG_JSON, buf, sizeof(buf));
		dctx_log_text(DCTX_LOG_SYSLOG, buf, sizeof(buf));
	}
	return 3;
}

static void arguments_of_printf_may_log_otherwise(void **state)
{
	char buf[200];

	(void)state;
	dctx_set(k_text, "some text that is long enough to need memory");
	for (int i = 0; i < 20; i++) {
		dctx_set(k_num, (uint32_t)i % 3);
		snprintf(buf, sizeof(buf), DCTX_LOGGED("%d %d"), i,
			 log_a_lot());
		assert_non_null(strstr(buf, "need memory\" "));
		assert_int_equal(buf[4], '0' + i % 3);
	}
}

static void a_changed_mapping_makes_it_anew(void **state)
{
	static const dctx_field renamed = {.struct_size = DCTX_FIELD_SIZE,
					   .flags = DCTX_FIELD_LOG,
					   .name = "n",
					   .format = count};

	(void)state;
	dctx_set(k_num, 1);
	line("num=1", 1);
	assert_int_equal(dctx_field_set(&k_num.key, &renamed), DCTX_OK);
	line("n=1", 1);
	assert_int_equal(dctx_field_set(&k_text.key, &renamed), DCTX_OK);
	line("n=1", 1);
	assert_int_equal(dctx_field_set(&k_text.key, NULL), DCTX_OK);
}

#define CACHE_TEST(f) cmocka_unit_test_setup_teardown(f, begin, dctxt_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(a_second_line_asks_nobody),
		CACHE_TEST(a_set_shows_at_once),
		CACHE_TEST(a_number_set_again_in_a_scope_shows_at_once),
		CACHE_TEST(a_replace_shows_at_once),
		CACHE_TEST(scopes_that_set_nothing_change_nothing),
		CACHE_TEST(a_line_holds_again_when_a_scope_is_left),
		CACHE_TEST(attach_and_detach_show_at_once),
		CACHE_TEST(restore_shows_at_once),
		CACHE_TEST(retire_shows_at_once),
		CACHE_TEST(the_trace_shows_at_once),
		CACHE_TEST(a_span_shows_while_it_is_entered),
		CACHE_TEST(what_a_closed_key_hides_shows_at_once),
		CACHE_TEST(depth_makes_no_difference),
		CACHE_TEST(arguments_of_printf_may_log_otherwise),
		CACHE_TEST(a_changed_mapping_makes_it_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
