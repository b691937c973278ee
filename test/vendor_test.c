/* SPDX-License-Identifier: MIT */
/* vendor_test.c - proves what a vendor may do with its own member of a
 * tracestate, and what becomes of the others' then. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

/* What a state becomes by a set. */
static const char *with(const char *state, const char *key, const char *value)
{
	static char buf[9000];
	size_t len = strlen(state), need = 0;
	char *exact;

	assert_int_equal(dctx_tracestate_set((dctx_bytes){state, len}, key,
					     value, buf, sizeof buf, &len),
			 DCTX_OK);
	buf[len] = '\0';
	exact = malloc(len + 1);
	assert_int_equal(dctx_tracestate_set((dctx_bytes){state, strlen(state)},
					     key, value, exact, len, &need),
			 DCTX_OK);
	assert_int_equal(need, len);
	assert_memory_equal(exact, buf, len);
	if (len > 0)
		assert_int_equal(
			dctx_tracestate_set((dctx_bytes){state, strlen(state)},
					    key, value, exact, len - 1, &need),
			DCTX_TOO_SMALL);
	assert_int_equal(need, len);
	free(exact);
	return buf;
}

static void a_vendors_member_is_in_front_after_a_set(void **state)
{
	(void)state;
	assert_string_equal(with("", "me", "1"), "me=1");
	assert_string_equal(with("a=1,b=2", "me", "3"), "me=3,a=1,b=2");
	assert_string_equal(with("a=1,me=2,b=3", "me", "4"), "me=4,a=1,b=3");
	assert_string_equal(with("me=1,a=2", "me", "3"), "me=3,a=2");
	assert_string_equal(with("a=1 , ,me=2", "me", "x y"), "me=x y,a=1");
	assert_string_equal(with("a=1,me=2,b=3", "me", NULL), "a=1,b=3");
	assert_string_equal(with("a=1,b=3", "me", NULL), "a=1,b=3");
	assert_string_equal(with("me=1", "me", NULL), "");
	assert_string_equal(with("mee=1,m=2", "me", "3"), "me=3,mee=1,m=2");
}

static void the_last_of_33_members_goes(void **state)
{
	char many[400] = "", want[400];

	(void)state;
	for (int i = 0; i < 32; i++)
		sprintf(many + strlen(many), "%sk%02d=%d", i > 0 ? "," : "", i,
			i % 10);
	snprintf(want, sizeof want, "me=1,%.*s", (int)strlen(many) - 6, many);
	assert_string_equal(with(many, "me", "1"), want);
	/* One that is there makes no more of them. */
	snprintf(want, sizeof want, "k31=x,%.*s", (int)strlen(many) - 6, many);
	assert_string_equal(with(many, "k31", "x"), want);
}

static void long_members_go_when_there_is_no_room(void **state)
{
	static char many[9000];
	char value[257], *end;

	(void)state;
	memset(value, 'v', 256);
	value[256] = '\0';
	for (int i = 0; i < 30; i++)
		sprintf(many + strlen(many), "k%02d=%s,", i, value);
	end = many + strlen(many);
	strcpy(end, "end=");
	memset(end + 4, 'x', 98);
	/* With a member of 259 and a comma: 8,192, and then one more. */
	assert_int_equal(strlen(with(many, "me", value)), 8192);
	strcat(end, "x");
	assert_int_equal(strlen(with(many, "me", value)), 8193 - 261);
	assert_memory_equal(with(many, "me", value), "me=", 3);
	assert_non_null(strstr(with(many, "me", value), "k28="));
	assert_null(strstr(with(many, "me", value), "k29="));
	assert_non_null(strstr(with(many, "me", value), end));
}

static void what_the_standard_does_not_allow_is_invalid(void **state)
{
	static const char *const keys[] = {"",	  "A",	"@a", "a.b",
					   "a b", "a=", NULL};
	static const char *const values[] = {"",    " ",  "a ",	 "a,b",
					     "a=b", "\t", "\x7f"};
	const dctx_bytes none = {NULL, 0};
	char buf[16] = "as it was", big[258];
	size_t len = 7;

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		assert_int_equal(dctx_tracestate_set(none, keys[i], "1", buf,
						     sizeof buf, &len),
				 DCTX_INVALID);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		assert_int_equal(dctx_tracestate_set(none, "a", values[i], buf,
						     sizeof buf, &len),
				 DCTX_INVALID);
	memset(big, 'a', 257);
	big[257] = '\0';
	assert_int_equal(dctx_tracestate_set(none, big, "1", NULL, 0, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_tracestate_set(none, "a", big, NULL, 0, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_tracestate_set((dctx_bytes){"b", 1}, "a", "1",
					     buf, sizeof buf, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_tracestate_set((dctx_bytes){NULL, 1}, "a", "1",
					     buf, sizeof buf, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_tracestate_set(none, "a", "1", NULL, 1, &len),
			 DCTX_INVALID);
	assert_int_equal(dctx_tracestate_set(none, "a", "1", buf, 1, NULL),
			 DCTX_INVALID);
	assert_string_equal(buf, "as it was");
	assert_int_equal(len, 7);
}

static void a_vendors_member_is_found(void **state)
{
	const dctx_bytes all = {"aa=1,a= x y,b@c=3", 17};
	dctx_bytes value = {NULL, 9};

	(void)state;
	assert_true(dctx_tracestate_get(all, "a", &value));
	assert_int_equal(value.len, 4);
	assert_memory_equal(value.data, " x y", 4);
	assert_true(dctx_tracestate_get(all, "b@c", &value));
	assert_memory_equal(value.data, "3", 1);
	value.len = 9;
	assert_false(dctx_tracestate_get(all, "c", &value));
	assert_false(dctx_tracestate_get(all, "", &value));
	assert_false(dctx_tracestate_get(all, NULL, &value));
	assert_false(
		dctx_tracestate_get((dctx_bytes){"a=1,b", 5}, "a", &value));
	assert_int_equal(value.len, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_vendors_member_is_in_front_after_a_set),
		DCTXT_TEST(the_last_of_33_members_goes),
		DCTXT_TEST(long_members_go_when_there_is_no_room),
		DCTXT_TEST(what_the_standard_does_not_allow_is_invalid),
		DCTXT_TEST(a_vendors_member_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
