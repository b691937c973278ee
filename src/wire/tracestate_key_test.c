/* SPDX-License-Identifier: MIT */
/* Keys of a tracestate that a tenant and its vendor share. */
#include "wire/tracestate.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The last finding. */
static struct {
	int times;
	dctx_rule rule;
	size_t offset;
	char what[300];
} told;

static void found(void *user, const dctx_finding *finding)
{
	(void)user;
	told.times++;
	told.rule = finding->rule;
	told.offset = finding->offset;
	snprintf(told.what, sizeof told.what, "%.*s", (int)finding->what.len,
		 (const char *)finding->what.data);
}

/* How many members a line has; it is a block of exactly its size. */
static size_t members_of(const char *line)
{
	static const dctx_findings findings = {found, NULL};
	static const struct dctxi_sink sink = {&findings, "tracestate", 0};
	struct dctxi_tracestate state = {0};
	size_t len = strlen(line);
	char *copy = malloc(len);
	dctx_bytes lines[] = {{copy, len}};
	bool good;

	assert_non_null(copy);
	memcpy(copy, line, len);
	told.times = 0;
	good = dctxi_tracestate_read(lines, 1, &sink, &state);
	free(copy);
	assert_int_equal(told.times, good ? 0 : 1);
	return good ? state.count : 0;
}

static void is_ignored(const char *line, size_t offset, const char *what)
{
	assert_int_equal(members_of(line), 0);
	assert_int_equal(told.rule, DCTX_RULE_TRACESTATE_KEY);
	assert_int_equal(told.offset, offset);
	assert_string_equal(told.what, what);
}

static bool in_rest(int c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return true;
	return c != 0 && strchr("_-*/", c) != NULL;
}

static void a_key_with_an_at_sign_is_a_tenants_and_its_vendors(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char vendor[] = "0@?", rest[] = "a@a?";

		vendor[2] = (char)c;
		assert_int_equal(dctxi_state_key_valid(vendor, 3),
				 c >= 'a' && c <= 'z');
		rest[3] = (char)c;
		assert_int_equal(dctxi_state_key_valid(rest, 4), in_rest(c));
	}
	assert_int_equal(members_of("0@a=1,foo@bar=2,fw529a3039@dt=3"), 3);
	is_ignored("foo@=1,bar=2", 4, "foo@");
	is_ignored("bar=2,foo@@bar=1", 6 + 4, "foo@@bar");
	is_ignored("foo@bar@baz=1", 7, "foo@bar@baz");
	is_ignored("foo@0=1", 4, "foo@0");
	is_ignored("@foo=1,bar=2", 0, "");
}

/* A key of a tenant's and a vendor's name of these lengths, and a value. */
static const char *shared(size_t tenant, size_t vendor)
{
	static char line[300];

	memset(line, '0', tenant);
	line[tenant] = '@';
	memset(line + tenant + 1, 'v', vendor);
	strcpy(line + tenant + 1 + vendor, "=1");
	return line;
}

static void a_tenant_has_241_characters_and_a_vendor_14(void **state)
{
	char key[300];

	(void)state;
	for (size_t less = 0; less <= 1; less++) {
		assert_int_equal(members_of(shared(241 - less, 14)), 1);
		assert_int_equal(members_of(shared(1, 14 - less)), 1);
	}
	snprintf(key, sizeof key, "%.*s", 244, shared(242, 1));
	is_ignored(shared(242, 1), 241, key);
	snprintf(key, sizeof key, "%.*s", 17, shared(1, 15));
	is_ignored(shared(1, 15), 2 + 14, key);
	assert_true(dctxi_state_key_valid(shared(241, 14), 256));
	assert_false(dctxi_state_key_valid(shared(242, 13), 256));
	assert_false(dctxi_state_key_valid(shared(240, 15), 256));
}

static void what_is_no_state_or_no_key_gives_nothing(void **state)
{
	const dctx_bytes line = {"a=1", 3};
	dctx_bytes value;
	char buf[16];
	size_t len;

	(void)state;
	assert_true(dctx_tracestate_get(line, "a", &value));
	assert_false(dctx_tracestate_get(line, "a", NULL));
	assert_false(dctx_tracestate_get(line, "", &value));
	assert_false(dctx_tracestate_get((dctx_bytes){NULL, 3}, "a", &value));
	assert_int_equal(dctx_tracestate_set((dctx_bytes){NULL, 3}, "a", "1",
					     buf, sizeof buf, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_tracestate_set((dctx_bytes){NULL, 0}, "a", "1",
					     buf, sizeof buf, &len),
			 DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_key_with_an_at_sign_is_a_tenants_and_its_vendors),
		cmocka_unit_test(a_tenant_has_241_characters_and_a_vendor_14),
		cmocka_unit_test(what_is_no_state_or_no_key_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
