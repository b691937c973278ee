/* SPDX-License-Identifier: MIT */
/*
 * hop_jaeger_name_test.c - proves which member has a header whose name, without
 * case, is that of several.
 */
#include "environs.h"
#include "headers.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_STR(k_user, "jaeger-user", DCTX_BAGGAGE);
DCTX_KEY_U64(k_tenant, "jaegerTenant", DCTX_BAGGAGE);
DCTX_KEY_STR(k_wire, "jaeger-wire", DCTX_WIRE);
DCTX_KEY_STR(k_team, "jaeger-team", DCTX_BAGGAGE | DCTX_ENV);

static dctx_hop jaeger(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_jaeger();
	return dctxt_hop(formats, 1);
}

static void add_member(const char *key, const char *value)
{
	const dctx_bytes text = {value, strlen(value)};

	assert_int_equal(
		dctx_store_baggage_set(dctx_current(), key, text, NULL),
		DCTX_OK);
}

/* Headers have no case, and members have: what a peer calls JAEGER-USER would
 * be taken for our key's value by the next hop. */
static void no_member_passes_for_a_key_by_its_letters_case(void **state)
{
	dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_user, "ours");
	add_member("JAEGER-USER", "theirs");
	add_member("JAEGERTENANT", "666"); /* the key has no value */
	add_member("Jaeger-Wire", "of no key of a baggage's");
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_string_equal(dctxt_header_value("uberctx-jaeger-user"), "ours");
	assert_null(dctxt_header_value("uberctx-jaegertenant"));
	assert_int_equal(dctxt_header_count(), 2);
	assert_int_equal(dctxt_finding.times, 2);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_JAEGER_BAGGAGE);
	assert_int_equal(dctxt_finding.effect, DCTX_SKIPPED);
	assert_string_equal(dctxt_finding.what, "JAEGERTENANT");
}

static void of_members_with_one_name_the_first_is_written(void **state)
{
	dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	DCTX_SCOPE("request");
	add_member("Other", "first");
	add_member("other-one", "another");
	add_member("other_one", "one-more");
	add_member("oTHER", "second");
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_string_equal(dctxt_header_value("uberctx-other"), "first");
	assert_string_equal(dctxt_header_value("uberctx-other_one"),
			    "one-more");
	assert_int_equal(dctxt_header_count(), 3);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.effect, DCTX_SKIPPED);
	assert_string_equal(dctxt_finding.what, "oTHER");
}

/* The names of variables have nothing but letters, digits and underscores. */
static void nor_by_what_an_environment_makes_of_its_name(void **state)
{
	dctx_hop hop = jaeger();
	dctx_snapshot *child;
	char **env;

	(void)state;
	(void)dctxt_headers();
	{
		DCTX_SCOPE("request");
		dctx_set(k_team, "ours");
		add_member("jaeger_team", "theirs");
		add_member("jaeger.team", "theirs");
		add_member("other.one", "first");
		add_member("other-one", "second");
		env = dctxt_environ_made(dctxt_no_environ, &hop);
	}
	assert_int_equal(dctxt_finding.times, 3);
	assert_string_equal(dctxt_finding.what, "other-one");
	assert_string_equal(dctxt_environ_value(env, "UBERCTX_OTHER_ONE"),
			    "first");
	assert_string_equal(dctxt_environ_value(env, "UBERCTX_JAEGER_TEAM"),
			    "ours");
	/* And it is read as the key's. */
	child = dctxt_environ_taken(env, &hop);
	assert_string_equal(dctx_snapshot_get(child, k_team, "-"), "ours");
	dctx_snapshot_unref(child);
	free(env);
}

static void many_members_are_written(void **state)
{
	static dctx_header list[DCTX_BAGGAGE_MEMBERS];
	static char text[32 * DCTX_BAGGAGE_MEMBERS];
	dctx_headers headers = {list, 0,	   DCTX_BAGGAGE_MEMBERS,
				text, sizeof text, 0};
	const dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_hop hop = jaeger();
	dctx_guard guard;
	char key[16];

	(void)state;
	(void)dctxt_headers();
	DCTX_SCOPE("request");
	for (int i = 0; i < (int)DCTX_BAGGAGE_MEMBERS; i++) {
		snprintf(key, sizeof key, "m%d", i);
		add_member(key, "v");
	}
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(headers.count, DCTX_BAGGAGE_MEMBERS);
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_store_baggage_each(guard.store, NULL, NULL),
			 DCTX_BAGGAGE_MEMBERS);
	dctx_leave(guard);
	assert_int_equal(dctxt_finding.times, 0);
}

/* The first counts, whether the carrier has a list of its names or not, and
 * also when it cannot be read. */
static void of_a_member_that_comes_twice_the_first_counts(void **state)
{
	const dctx_hop hop = jaeger();

	(void)state;
	for (int listed = 0; listed < 2; listed++) {
		dctx_carrier carrier = dctxt_headers();
		dctx_guard guard;

		if (!listed)
			carrier.each = NULL;
		dctxt_header("uberctx-jaeger-user", "first");
		dctxt_header("uberctx-jaegerTenant", "%ZZ");
		dctxt_header("UberCtx-Jaeger-User", "second");
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_string_equal(dctx_get(k_user, "-"), "first");
		assert_int_equal(dctxt_finding.times, 2);
		dctx_leave(guard);
		dctxt_header("uberctx-jaegertenant", "7");
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_string_equal(dctx_get(k_user, "-"), "first");
		assert_int_equal(dctx_get(k_tenant, 0), 0);
		assert_int_equal(dctxt_finding.times, 5);
		assert_int_equal(dctxt_finding.rule, DCTX_RULE_JAEGER_TWICE);
		assert_int_equal(dctxt_finding.effect, DCTX_IGNORED);
		assert_string_equal(dctxt_finding.header,
				    "uberctx-jaegertenant");
		assert_string_equal(dctxt_finding.what, "jaegerTenant");
		dctx_leave(guard);
	}
}

/* Names that are remembered take the room of members. */
static void of_many_members_not_all_are_read(void **state)
{
	enum { MANY = DCTX_BAGGAGE_MEMBERS + 2 };
	static char names[MANY][24];
	static dctx_header list[MANY];
	dctx_headers headers = {list, MANY, MANY, NULL, 0, 0};
	const dctx_carrier carrier = dctx_headers_carrier(&headers);
	const dctx_hop hop = jaeger();

	(void)state;
	for (int good = 0; good < 2; good++) {
		dctx_guard guard;

		(void)dctxt_headers();
		for (int i = 0; i < MANY; i++) {
			int len = snprintf(names[i], sizeof names[i],
					   "uberctx-m%d", i);

			list[i] = (dctx_header){{names[i], (size_t)len},
						{good ? "v" : "%", 1}};
		}
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_int_equal(
			dctx_store_baggage_each(guard.store, NULL, NULL),
			good ? DCTX_BAGGAGE_MEMBERS : 0);
		assert_int_equal(dctxt_finding.times, good ? 2 : MANY);
		assert_int_equal(dctxt_finding.rule, DCTX_RULE_BAGGAGE_MEMBERS);
		assert_int_equal(dctxt_finding.effect, DCTX_CUT);
		dctx_leave(guard);
	}
}

/* What cannot be read leaves room for what can, as far as there is any. */
static void long_names_take_no_more_room_than_there_is(void **state)
{
	enum { LONG = 247, FIT = DCTX_BAGGAGE_BYTES / LONG };
	static char names[FIT + 1][8 + LONG + 1];
	const dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	for (int i = 0; i <= FIT; i++) {
		memcpy(names[i], "uberctx-", 8);
		memset(names[i] + 8, 'a' + i % 26, LONG);
		names[i][9] = (char)('a' + i / 26);
		dctxt_header(names[i], "%");
	}
	dctxt_header("uberctx-jaeger-user", "me");
	dctxt_header("uberctx-jaegertenant", "1234567890123456");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_user, "-"), "me");
	assert_int_equal(dctx_get(k_tenant, 0), 0);
	assert_int_equal(dctxt_finding.times, FIT + 2);
	assert_int_equal(dctxt_finding.effect, DCTX_CUT);
	assert_string_equal(dctxt_finding.what, "jaegerTenant");
	dctx_leave(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(no_member_passes_for_a_key_by_its_letters_case),
		DCTXT_TEST(of_members_with_one_name_the_first_is_written),
		DCTXT_TEST(nor_by_what_an_environment_makes_of_its_name),
		DCTXT_TEST(many_members_are_written),
		DCTXT_TEST(of_a_member_that_comes_twice_the_first_counts),
		DCTXT_TEST(of_many_members_not_all_are_read),
		DCTXT_TEST(long_names_take_no_more_room_than_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
