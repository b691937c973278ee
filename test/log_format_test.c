/* SPDX-License-Identifier: MIT */
/*
 * log_format_test.c - proves that no format of the user's can do harm: one that
 * fails, lies, logs, sets values, jumps away or ends its thread.
 */
#include "logged.h"

#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOCAL);

static int asked;

/* How a field is told in these tests, with a name and a format. */
static dctx_field field(const char *name,
			size_t (*format)(const dctx_any *, char *, size_t))
{
	return (dctx_field){.struct_size = DCTX_FIELD_SIZE,
			    .flags = DCTX_FIELD_LOG,
			    .name = name,
			    .format = format};
}

static void map(dctx_key *key, const char *name,
		size_t (*format)(const dctx_any *, char *, size_t))
{
	const dctx_field as = field(name, format);

	assert_int_equal(dctx_field_set(key, &as), DCTX_OK);
}

static int unmap(void **state)
{
	int status = dctxt_end(state);

	asked = 0;
	dctx_field_set(&k_rid.key, NULL);
	dctx_field_set(&k_num.key, NULL);
	return status;
}

static size_t debug(const dctx_any *value, char *buf, size_t size)
{
	asked++;
	if (value->kind == DCTX_KIND_U32)
		return (size_t)snprintf(buf, size, "#%u",
					(unsigned)value->as.u);
	return (size_t)snprintf(buf, size, "'%s'",
				(const char *)value->as.bytes.data);
}

/* Formats that are wrong, each in its own way. */
static size_t fails(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	memset(buf, 'f', size);
	return SIZE_MAX;
}

static size_t says_more(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)size;
	strcpy(buf, "abc");
	return 7;
}

static size_t writes_nothing(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)buf;
	return size / 2;
}

static size_t says_huge(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	memset(buf, 'h', size);
	return SIZE_MAX - 1;
}

static size_t cuts_a_character(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	memset(buf, 'c', size - 1);
	memcpy(buf + size - 3, "\xe2\x82", 3);
	return 5000;
}

static void a_format_that_lies_is_bounded_and_counted(void **state)
{
	static const struct {
		size_t (*format)(const dctx_any *, char *, size_t);
		const char *begins, *ends;
		size_t len;
		uint64_t bad;
	} rows[] = {
		{fails, "rid=7", "7", 5, 1},
		{says_more, "num=abc", " rid=7", 13, 1},
		{writes_nothing, "num=\"\"", " rid=7", 12, 1},
		{says_huge, "num=hhhh", "hhhh... rid=7", 4 + 1024 + 9, 0},
		{cuts_a_character, "num=cccc", "cccc... rid=7", 4 + 1022 + 9,
		 0},
	};
	uint64_t before = 0;

	(void)state;
	dctx_set(k_rid, "7");
	dctx_set(k_num, 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *text;

		map(&k_num.key, NULL, rows[i].format);
		text = dctxt_logged(DCTX_LOG_LOGFMT);
		assert_int_equal(strlen(text), rows[i].len);
		assert_memory_equal(text, rows[i].begins,
				    strlen(rows[i].begins));
		assert_string_equal(text + rows[i].len - strlen(rows[i].ends),
				    rows[i].ends);
		assert_int_equal(dctxt_count(DCTX_EV_BAD_FORMAT) - before,
				 rows[i].bad);
		before = dctxt_count(DCTX_EV_BAD_FORMAT);
	}
}

static void a_format_without_room_is_not_asked(void **state)
{
	static char text[1100], names[9][8];
	static dctx_key_str keys[9];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (int i = 0; i < 9; i++) {
		snprintf(names[i], sizeof(names[i]), "big%d", i);
		keys[i] = (dctx_key_str)DCTX_KEY_INIT_STR(NULL, DCTX_LOG);
		keys[i].key.name = names[i];
		dctx_set(keys[i], text);
	}
	dctx_set(k_num, 3);
	map(&k_num.key, "z", debug);
	assert_null(strstr(dctxt_logged(DCTX_LOG_LOGFMT), "z="));
	assert_int_equal(asked, 0);
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 3);
	for (int i = 0; i < 9; i++)
		dctx_unset(keys[i]);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "z=#3");
}

static char nested[100];

static size_t logs(const dctx_any *value, char *buf, size_t size)
{
	assert_string_equal(dctx_log_here(DCTX_LOG_LOGFMT), "");
	dctx_log_text(DCTX_LOG_LOGFMT, nested, sizeof(nested));
	return debug(value, buf, size);
}

static void a_format_that_logs_comes_to_an_end(void **state)
{
	(void)state;
	dctx_set(k_rid, "7");
	dctx_set(k_num, 3);
	map(&k_num.key, NULL, logs);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=#3 rid=7");
	assert_string_equal(nested, "rid=7");
	/* Its line, and a field of its other line. */
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 2);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=#3 rid=7");
	assert_int_equal(asked, 1);
}

static size_t sets(const dctx_any *value, char *buf, size_t size)
{
	dctx_set(k_rid, asked % 2 ? "odd" : "even");
	dctx_set(k_num, 100 + (unsigned)asked);
	return debug(value, buf, size);
}

/* What it set is told where it comes later in the line; such a line is made
 * anew each time. */
static void a_format_that_sets_values_is_asked_each_time(void **state)
{
	(void)state;
	dctx_set(k_rid, "7");
	dctx_set(k_num, 3);
	map(&k_num.key, NULL, sets);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=#3 rid=even");
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=#100 rid=odd");
	assert_int_equal(asked, 2);
}

static jmp_buf away;

static size_t jumps(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)buf;
	(void)size;
	longjmp(away, 1);
}

static void a_format_that_jumps_away_loses_nothing(void **state)
{
	dctx_mark mark;

	(void)state;
	dctx_set(k_rid, "7");
	dctx_set(k_num, 3);
	mark = dctx_mark_here();
	map(&k_num.key, NULL, jumps);
	if (setjmp(away) == 0) {
		dctxt_logged(DCTX_LOG_LOGFMT);
		fail();
	}
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	map(&k_num.key, NULL, debug);
	assert_string_equal(dctxt_logged(DCTX_LOG_LOGFMT), "num=#3 rid=7");
}

static size_t ends_thread(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)buf;
	(void)size;
	pthread_exit(NULL);
}

static void *log_on_thread(void *unused)
{
	char buf[64];

	(void)unused;
	dctx_set(k_num, 3);
	dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf));
	return &asked;
}

static void a_format_that_ends_its_thread_loses_nothing(void **state)
{
	(void)state;
	map(&k_num.key, NULL, ends_thread);
	assert_null(dctxt_on_thread(log_on_thread, NULL));
}

static void hear_and_log(void *user, dctx_event event, dctx_status status,
			 const char *what)
{
	char buf[64];

	(void)event;
	(void)status;
	(void)what;
	dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf));
	dctx_log_text(DCTX_LOG_JSON, buf, sizeof(buf));
	++*(int *)user;
}

static void a_hook_may_log_the_line_that_went_wrong(void **state)
{
	static int heard;
	static const dctx_hook hook = {hear_and_log, &heard};

	(void)state;
	heard = 0;
	dctx_set(k_rid, "7");
	dctx_set(k_num, 3);
	map(&k_num.key, NULL, fails);
	dctx_hook_set(&hook);
	assert_string_equal(dctx_log_here(DCTX_LOG_LOGFMT), "rid=7");
	assert_int_equal(heard, 1);
	assert_string_equal(dctx_log_here(DCTX_LOG_LOGFMT), "rid=7");
	assert_int_equal(heard, 1);
}

#define FORMAT_TEST(f) cmocka_unit_test_setup_teardown(f, dctxt_begin, unmap)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FORMAT_TEST(a_format_that_lies_is_bounded_and_counted),
		FORMAT_TEST(a_format_without_room_is_not_asked),
		FORMAT_TEST(a_format_that_logs_comes_to_an_end),
		FORMAT_TEST(a_format_that_sets_values_is_asked_each_time),
		FORMAT_TEST(a_format_that_jumps_away_loses_nothing),
		FORMAT_TEST(a_format_that_ends_its_thread_loses_nothing),
		FORMAT_TEST(a_hook_may_log_the_line_that_went_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
