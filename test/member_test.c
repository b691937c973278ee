/* SPDX-License-Identifier: MIT */
/*
 * member_test.c - proves what a program may do with members that no key has:
 * set, read, list and remove them, scoped as any value, within the limits.
 */
#include "members.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U64(k_tenant, "tenant", DCTX_BAGGAGE);

static dctx_bytes bytes_of(const char *value)
{
	return (dctx_bytes){value, strlen(value)};
}

static dctx_status set(const char *key, const char *value)
{
	return dctx_baggage_set(key, bytes_of(value), NULL);
}

/* A member's value; NULL when there is none. */
static const char *get(const char *key)
{
	static char value[256];
	size_t len;
	dctx_status status = dctx_baggage_get(key, value, sizeof value, &len);

	if (status == DCTX_UNKNOWN_KEY)
		return NULL;
	assert_int_equal(status, DCTX_OK);
	assert_int_equal(len, strlen(value));
	return value;
}

static void show(void *user, const dctx_member *member)
{
	char *out = user;

	snprintf(out + strlen(out), 256 - strlen(out), "%.*s=%.*s|%.*s|%.*s ",
		 (int)member->key.len, (const char *)member->key.data,
		 (int)member->value.len, (const char *)member->value.data,
		 (int)member->coded.len, (const char *)member->coded.data,
		 (int)member->properties.len,
		 (const char *)member->properties.data);
}

static void members_are_set_and_read(void **state)
{
	char shown[256] = "";

	(void)state;
	DCTX_SCOPE("request");
	assert_null(get("a"));
	assert_int_equal(set("a", "1 2"), DCTX_OK);
	assert_int_equal(set("b", "Am\xc3\xa9lie,\n\"50%\""), DCTX_OK);
	assert_int_equal(dctx_baggage_set("c", bytes_of(""), "p;q=1"), DCTX_OK);
	assert_string_equal(get("a"), "1 2");
	assert_string_equal(get("b"), "Am\xc3\xa9lie,\n\"50%\"");
	assert_string_equal(get("c"), "");
	assert_null(get("A"));
	assert_string_equal(dctxt_injected(),
			    "a=1%202,b=Am%C3%A9lie%2C%0A%2250%25%22,c=;p;q=1");
	assert_int_equal(set("b", "x"), DCTX_OK);
	assert_int_equal(dctx_baggage_each(show, shown), 3);
	assert_string_equal(shown, "a=1 2|1%202| b=x|x| c=||p;q=1 ");
}

static void they_are_scoped_together(void **state)
{
	(void)state;
	DCTX_SCOPE("outer");
	set("a", "1");
	set("b", "2");
	{
		DCTX_SCOPE("inner");
		set("a", "3");
		assert_int_equal(dctx_baggage_unset("b"), DCTX_OK);
		assert_int_equal(dctx_baggage_unset("none"), DCTX_OK);
		assert_string_equal(dctxt_injected(), "a=3");
		assert_int_equal(dctx_baggage_unset("a"), DCTX_OK);
		assert_string_equal(dctxt_injected(), "");
		set("c", "4");
		assert_string_equal(dctxt_injected(), "c=4");
		assert_int_equal(dctx_baggage_clear(), DCTX_OK);
		assert_int_equal(dctx_baggage_clear(), DCTX_OK);
		assert_int_equal(dctx_baggage_each(NULL, NULL), 0);
	}
	assert_string_equal(dctxt_injected(), "a=1,b=2");
}

static void a_snapshot_keeps_them(void **state)
{
	dctx_snapshot *snapshot;
	char value[4], shown[256] = "";
	size_t len = 0;

	(void)state;
	{
		DCTX_SCOPE("request");
		set("a", "123");
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	}
	assert_int_equal(dctx_snapshot_baggage_each(snapshot, show, shown), 1);
	assert_string_equal(shown, "a=123|123| ");
	assert_int_equal(
		dctx_snapshot_baggage_get(snapshot, "a", value, 4, NULL),
		DCTX_OK);
	assert_string_equal(value, "123");
	assert_int_equal(
		dctx_snapshot_baggage_get(snapshot, "a", value, 3, &len),
		DCTX_TOO_SMALL);
	assert_int_equal(len, 3);
	assert_int_equal(
		dctx_snapshot_baggage_get(snapshot, "a", NULL, 0, &len),
		DCTX_TOO_SMALL);
	assert_int_equal(dctx_snapshot_baggage_get(NULL, "a", value, 4, NULL),
			 DCTX_UNKNOWN_KEY);
	assert_int_equal(dctx_snapshot_baggage_each(NULL, show, shown), 0);
	dctx_snapshot_unref(snapshot);
}

static void what_is_no_member_is_refused_and_changes_nothing(void **state)
{
	static const char *const keys[] = {"",		"a b", "a=", "a,",
					   "k\xc3\xa9", "\"",  " a"};
	static const char *const properties[] = {";p",	"p;",	"p q",
						 "p,q", "p=\"", " p"};

	(void)state;
	DCTX_SCOPE("request");
	set("a", "1");
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		assert_int_equal(set(keys[i], "x"), DCTX_INVALID);
	for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
		assert_int_equal(
			dctx_baggage_set("a", bytes_of("x"), properties[i]),
			DCTX_INVALID);
	assert_int_equal(set("a", "\xc3"), DCTX_INVALID);
	assert_int_equal(dctx_baggage_set("a", ((dctx_bytes){NULL, 1}), NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_baggage_set(NULL, bytes_of("x"), NULL),
			 DCTX_INVALID);
	assert_int_equal(dctx_baggage_unset(NULL), DCTX_INVALID);
	assert_int_equal(dctx_baggage_get(NULL, NULL, 0, NULL), DCTX_INVALID);
	assert_int_equal(dctx_baggage_get("a", NULL, 1, NULL), DCTX_INVALID);
	assert_int_equal(dctx_store_baggage_each(NULL, NULL, NULL), 0);
	assert_int_equal(dctx_scope_status(), DCTX_INVALID);
	assert_string_equal(dctxt_injected(), "a=1");
}

static void of_8192_bytes_each_is_kept_and_no_more(void **state)
{
	static char value[8300];

	(void)state;
	memset(value, 'v', sizeof value);
	for (size_t len = 8188; len <= 8192; len++) {
		bool fits = len + 4 <= 8192;

		DCTX_SCOPE("request");
		value[len] = '\0';
		/* A space takes three. */
		value[0] = ' ';
		assert_int_equal(set("a", value + 2),
				 len - 2 + 2 <= 8192 ? DCTX_OK : DCTX_LIMIT);
		assert_int_equal(set("a", value), fits ? DCTX_OK : DCTX_LIMIT);
		assert_int_equal(strlen(dctxt_injected()),
				 fits ? len + 4 : len);
		if (!fits)
			assert_int_equal(dctx_last_error()->limit, 8192);
		value[len] = 'v';
	}
	{
		DCTX_SCOPE("request");
		assert_int_equal(dctx_baggage_set("a",
						  ((dctx_bytes){value, 8300}),
						  NULL),
				 DCTX_LIMIT);
	}
}

/* Sets members "kNNN" of `size` bytes each. */
static void fill(size_t n, size_t size)
{
	char key[32], value[64];

	memset(value, 'v', sizeof value);
	for (size_t i = 0; i < n; i++) {
		snprintf(key, sizeof key, "k%03zu", i);
		assert_int_equal(
			dctx_baggage_set(key, ((dctx_bytes){value, size - 5}),
					 NULL),
			DCTX_OK);
	}
}

static void of_512_short_members_each_survives_both_ways(void **state)
{
	const char *out;
	char *copy;
	dctx_guard guard;

	(void)state;
	DCTX_SCOPE("request");
	fill(512, 15);
	out = dctxt_injected();
	assert_int_equal(strlen(out), 8191);
	copy = strdup(out);
	assert_int_equal(dctx_baggage_set("one", ((dctx_bytes){"", 0}), NULL),
			 DCTX_LIMIT);
	guard = dctxt_extracted_line(copy);
	assert_string_equal(dctxt_told, "");
	assert_int_equal(dctx_baggage_each(NULL, NULL), 512);
	assert_string_equal(dctxt_injected(), copy);
	dctx_leave(guard);
	free(copy);
}

static void keys_count_among_the_512(void **state)
{
	(void)state;
	DCTX_SCOPE("request");
	fill(512, 5);
	dctx_set(k_tenant, 1);
	assert_memory_equal(dctxt_injected(), "tenant=1,k000=,k001=,", 21);
	assert_string_equal(dctxt_told, "BAGGAGE_MEMBERS cut@0:0(k511) ");
}

/* More than the store may hold, if each set kept the older ones. */
static void a_loop_of_sets_takes_no_more_than_one(void **state)
{
	size_t before = 0;
	char value[2000];

	(void)state;
	memset(value, 'v', sizeof value);
	DCTX_SCOPE("request");
	for (int i = 0; i < 2000; i++) {
		value[0] = (char)('a' + i % 26);
		assert_int_equal(
			dctx_baggage_set(
				"a", ((dctx_bytes){value, sizeof value}), NULL),
			DCTX_OK);
		if (i == 10)
			before = dctxt_heap_bytes();
	}
	assert_true(dctxt_heap_bytes() <= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(members_are_set_and_read),
		DCTXT_TEST(they_are_scoped_together),
		DCTXT_TEST(a_snapshot_keeps_them),
		DCTXT_TEST(what_is_no_member_is_refused_and_changes_nothing),
		DCTXT_TEST(of_8192_bytes_each_is_kept_and_no_more),
		DCTXT_TEST(of_512_short_members_each_survives_both_ways),
		DCTXT_TEST(keys_count_among_the_512),
		DCTXT_TEST(a_loop_of_sets_takes_no_more_than_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
