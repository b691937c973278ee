/* SPDX-License-Identifier: MIT */
/*
 * oom_log_test.c - proves that without memory a line still has its fields, but
 * for those that a format of the user's would make, and says so; and that a
 * mapping is set whole or not at all.
 *
 * Where malloc is not the kit's the program says that it does not run.
 */
#include "logged.h"

#include <stdio.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_STR(k_new, "new", DCTX_LOCAL);

static size_t hash(const dctx_any *value, char *buf, size_t size)
{
	return (size_t)snprintf(buf, size, "#%u", (unsigned)value->as.u);
}

/* Whatever is missing, a line is one of these. */
static bool is_line(const char *text)
{
	return strcmp(text, "num=#7 rid=4711") == 0 ||
	       strcmp(text, "rid=4711") == 0;
}

static dctx_status set_both(void)
{
	dctx_status status = dctx_set(k_rid, "4711");

	return status == DCTX_OK ? dctx_set(k_num, 7) : status;
}

static dctx_status text_of_a_context(void)
{
	dctx_status status = set_both();
	char buf[64];

	if (status != DCTX_OK)
		return status;
	DCTXT_EXPECT(dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf)) ==
		     strlen(buf));
	DCTXT_EXPECT(is_line(buf));
	(void)dctx_log_text(DCTX_LOG_LOGFMT, buf, sizeof(buf));
	DCTXT_EXPECT(is_line(buf));
	return DCTX_OK;
}

static dctx_status text_without_a_copy(void)
{
	dctx_status status = set_both();
	uint64_t untold = dctx_counter(DCTX_EV_UNTOLD);
	const char *text;

	if (status != DCTX_OK)
		return status;
	text = dctx_log_here(DCTX_LOG_LOGFMT);
	DCTXT_EXPECT(is_line(text) || *text == '\0');
	if (*text == '\0')
		DCTXT_EXPECT(dctx_counter(DCTX_EV_UNTOLD) > untold);
	return DCTX_OK;
}

static bool seen(void *user, const char *name, const dctx_any *value,
		 dctx_bytes text)
{
	(void)name;
	(void)value;
	(void)text;
	++*(int *)user;
	return true;
}

static dctx_status each_field(void)
{
	dctx_status status = set_both();
	int n = 0;

	if (status != DCTX_OK)
		return status;
	dctx_log_fields(seen, &n);
	DCTXT_EXPECT(n == 2 || n == 1);
	return DCTX_OK;
}

static void hear(void *user, int level, const char *line)
{
	(void)level;
	snprintf(user, 2000, "%s", line);
}

static dctx_status a_wrapped_line(void)
{
	static char line[1500], heard[2000];
	dctx_log_wrap wrap = {hear, heard, DCTX_LOG_LOGFMT};
	dctx_status status = set_both();
	size_t len;

	if (status != DCTX_OK)
		return status;
	memset(line, 'l', sizeof(line) - 1);
	heard[0] = '\0';
	dctx_log_wrapped(&wrap, 1, line);
	len = strlen(heard);
	DCTXT_EXPECT(len >= strlen(line));
	DCTXT_EXPECT(strcmp(heard + len - strlen(line), line) == 0);
	return DCTX_OK;
}

static dctx_status a_mapping(void)
{
	const dctx_field as = {.struct_size = DCTX_FIELD_SIZE,
			       .flags = DCTX_FIELD_LOG,
			       .name = "n"};
	static int times;
	dctx_field now, later = as;
	dctx_status status;

	/* One that was never said before, so that memory is needed. */
	later.extract_as = &"0123456789012345678901234567890123456789"
			    "0123456789"[times++ % 40];
	status = dctx_field_set(&k_new.key, &later);
	if (status == DCTX_OK) {
		DCTXT_EXPECT(dctx_field_get(&k_new.key, &now));
		DCTXT_EXPECT(now.extract_as == later.extract_as);
	} else if (dctx_field_get(&k_new.key, &now)) {
		DCTXT_EXPECT(now.extract_as != later.extract_as);
	}
	return status;
}

static void no_failed_allocation_does_more_than_fail_its_call(void **state)
{
	static const dctx_field hashed = {.struct_size = DCTX_FIELD_SIZE,
					  .flags = DCTX_FIELD_LOG,
					  .format = hash};
	static const struct dctxt_scenario scenarios[] = {
		{"text", text_of_a_context},
		{"here", text_without_a_copy},
		{"fields", each_field},
		{"wrap", a_wrapped_line},
	};

	(void)state;
	assert_int_equal(dctx_field_set(&k_num.key, &hashed), DCTX_OK);
	dctxt_inject(scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}

/* What was said stays, so this is not one for the kit, which looks for leaks.
 */
static void a_mapping_is_set_whole_or_not_at_all(void **state)
{
	long n = 1, asked;

	(void)state;
	do {
		dctx_status status;

		dctxt_heap_fail(n, true);
		status = a_mapping();
		asked = dctxt_heap_relent();
		assert_true(status == DCTX_OK || status == DCTX_NOMEM);
		assert_int_equal(status == DCTX_OK, asked < n);
	} while (n++ <= asked);
	assert_true(n > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_failed_allocation_does_more_than_fail_its_call),
		DCTXT_TEST(a_mapping_is_set_whole_or_not_at_all),
	};

	if (!dctxt_heap_watched()) {
		puts("not run where malloc is not ours to fail");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
