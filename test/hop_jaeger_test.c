/* SPDX-License-Identifier: MIT */
/*
 * hop_jaeger_test.c - proves that a trace and a baggage cross by the headers of
 * Jaeger's client libraries.
 */
#include "environs.h"
#include "headers.h"

#include <stdio.h>
#include <stdlib.h>

#define TRACE "d4cda95b652f4a1592b449d5929fda1b"
#define SPAN "6e0c63257de34c92"

DCTX_KEY_STR(k_user, "jaeger-user", DCTX_BAGGAGE);
DCTX_KEY_U64(k_tenant, "jaegerTenant", DCTX_BAGGAGE | DCTX_TO_PARTNER);
DCTX_KEY_STR(k_wire, "jaeger-wire", DCTX_WIRE);
DCTX_KEY_STR(k_spaced, "jaeger spaced", DCTX_BAGGAGE);
DCTX_KEY_STR(k_team, "jaeger-team", DCTX_BAGGAGE | DCTX_ENV);

static dctx_hop jaeger(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_jaeger();
	return dctxt_hop(formats, 1);
}

static void a_trace_is_read(void **state)
{
	const dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	dctxt_header("Uber-Trace-Id", TRACE ":" SPAN ":0:1");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
	carrier = dctxt_headers();
	dctxt_header("uber-trace-id", "1%3A2%3A0%3A0");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    "00000000000000000000000000000001-"
			    "0000000000000002-00");
	assert_int_equal(dctxt_finding.times, 0);
	carrier = dctxt_headers();
	dctxt_header("uber-trace-id", "");
	dctxt_header("uber-trace-id", TRACE ":" SPAN ":0:1");
	dctxt_header("uber-trace-id", "1:2:0:1");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_JAEGER_TWICE);
	assert_int_equal(dctxt_finding.line, 2);
	carrier = dctxt_headers();
	dctxt_header("uber-trace-id", "1:2:0");
	assert_string_equal(dctxt_extracted(&carrier, &hop), "none");
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_JAEGER_SHAPE);
	assert_string_equal(dctxt_finding.header, "uber-trace-id");
}

/* A person's wish for a new trace is a tracer's affair. */
static void a_debug_id_is_not_looked_at(void **state)
{
	const dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	dctxt_header("jaeger-debug-id", "find-me");
	dctxt_header("jaeger-baggage", "k1=v1, k2=v2");
	assert_string_equal(dctxt_extracted(&carrier, &hop), "none");
	assert_int_equal(dctxt_finding.times, 0);
}

static void a_trace_is_written(void **state)
{
	static const uint32_t flags[] = {0, DCTX_TRACE_SAMPLED,
					 DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG};
	static const char *const ends[] = {"00", "01", "03"};
	dctx_hop hop = jaeger();

	(void)state;
	hop.flags = DCTX_HOP_SAME_SPAN;
	for (size_t i = 0; i < 3; i++) {
		dctx_carrier carrier = dctxt_headers();
		dctx_trace trace = {
			{1, [15] = 2}, {3, [7] = 4}, flags[i], {NULL, 0}};
		char want[64] = "01000000000000000000000000000002:"
				"0300000000000004:0:";

		DCTX_SCOPE("request");
		assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		assert_int_equal(dctxt_header_count(), 1);
		assert_string_equal(dctxt_header_value("uber-trace-id"),
				    strcat(want, ends[i]));
	}
}

static void each_member_has_a_header(void **state)
{
	dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();
	char other[8];

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_user, "value 1 / b\xc3\xa9+");
	dctx_set(k_tenant, 7);
	dctx_set(k_wire, "not a baggage's");
	assert_int_equal(dctx_store_baggage_set(dctx_current(), "Other",
						(dctx_bytes){"a,b", 3}, "p=1"),
			 DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(dctxt_header_count(), 3);
	assert_string_equal(dctxt_header_value("uberctx-jaeger-user"),
			    "value%201%20%2F%20b%C3%A9%2B");
	assert_string_equal(dctxt_header_value("uberctx-jaegertenant"), "7");
	assert_string_equal(dctxt_header_value("uberctx-other"), "a%2Cb");
	{
		dctx_guard guard;

		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_string_equal(dctx_get(k_user, "-"),
				    "value 1 / b\xc3\xa9+");
		assert_int_equal(dctx_get(k_tenant, 0), 7);
		assert_int_equal(dctx_store_baggage_get(guard.store, "other",
							other, sizeof other,
							NULL),
				 DCTX_OK);
		assert_string_equal(other, "a,b");
		dctx_leave(guard);
	}
	assert_int_equal(dctxt_finding.times, 0);
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

static void headers_that_are_no_members_are_skipped(void **state)
{
	static char name[300] = "uberctx-", value[9000];
	const dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	memset(name + 8, 'n', 256);
	memset(value, 'v', sizeof value - 1);
	dctxt_header("uberctx-jaeger-user", "%ZZ");
	dctxt_header("uberctx-jaegerTenant", "seven");
	dctxt_header("uberctx-", "no name");
	dctxt_header(name, "long name");
	dctxt_header("uberctx-long", value);
	dctxt_header("uberctx-empty", "");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_user, "-"), "-");
	assert_int_equal(dctx_get(k_tenant, 0), 0);
	assert_int_equal(dctxt_finding.times, 5);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_HEADER), 5);
	assert_int_equal(dctx_store_baggage_each(guard.store, NULL, NULL), 1);
	/* The last that is told is of the line that all of them make. */
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_VALUE_TEXT);
	assert_string_equal(dctxt_finding.what, "jaegerTenant");
	assert_string_equal(dctxt_finding.header, "uberctx-");
	dctx_leave(guard);
}

/* A carrier that has a list of names is asked for those of our keys. */
static void of_a_carrier_without_a_list_our_keys_are_read(void **state)
{
	const dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	carrier.each = NULL;
	dctxt_header("uberctx-Jaeger-User", "me");
	dctxt_header("uberctx-jaegertenant", "12");
	dctxt_header("uberctx-jaeger-wire", "no");
	dctxt_header("uberctx-other", "unseen");
	dctxt_header("uberctx-jaeger spaced", "no name of a header");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_user, "-"), "me");
	assert_int_equal(dctx_get(k_tenant, 0), 12);
	assert_string_equal(dctx_get(k_wire, "-"), "-");
	assert_string_equal(dctx_get(k_spaced, "-"), "-");
	assert_int_equal(dctx_store_baggage_each(guard.store, NULL, NULL), 0);
	dctx_leave(guard);
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

static void members_cross_by_trust(void **state)
{
	dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	hop.trust = DCTX_PARTNER;
	dctxt_header("uberctx-jaeger-user", "me");
	dctxt_header("uberctx-jaegertenant", "12");
	dctxt_header("uberctx-other", "unknown");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_user, "-"), "-");
	assert_int_equal(dctx_get(k_tenant, 0), 12);
	assert_int_equal(dctx_store_baggage_each(guard.store, NULL, NULL), 0);
	assert_int_equal(dctxt_finding.times, 2);
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 2);
	dctx_leave(guard);
	DCTX_SCOPE("request");
	dctx_set(k_user, "me");
	dctx_set(k_tenant, 7);
	carrier = dctxt_headers();
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(dctxt_header_count(), 1);
	assert_string_equal(dctxt_header_value("uberctx-jaegertenant"), "7");
}

static void a_long_value_is_written_too(void **state)
{
	static char value[2000];
	dctx_hop hop = jaeger();

	(void)state;
	for (size_t n = 339; n < sizeof value; n = n < 342 ? n + 1 : n * 2) {
		dctx_carrier carrier = dctxt_headers();
		const char *coded;

		memset(value, '/', n);
		value[n] = '\0';
		DCTX_SCOPE("request");
		dctx_set(k_user, value);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		coded = dctxt_header_value("uberctx-jaeger-user");
		assert_non_null(coded);
		assert_int_equal(strlen(coded), 3 * n);
		assert_memory_equal(coded, "%2F%2F", 6);
	}
}

static void what_does_not_fit_is_left_out_and_told(void **state)
{
	static char name[301], value[5000];
	dctx_hop hop = jaeger();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	memset(name, 'n', sizeof name - 1);
	memset(value, 'v', sizeof value - 1);
	dctxt_header("uberctx-one", value);
	dctxt_header("uberctx-two", value);
	dctxt_header("uberctx-jaeger-wire", "of no key with DCTX_BAGGAGE");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_store_baggage_each(guard.store, NULL, NULL), 2);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_JAEGER_BAGGAGE);
	assert_int_equal(dctxt_finding.effect, DCTX_CUT);
	assert_string_equal(dctxt_finding.what, "two");
	dctx_leave(guard);
	/* A name that is too long for a header's. */
	carrier = dctxt_headers();
	DCTX_SCOPE("request");
	assert_int_equal(dctx_store_baggage_set(dctx_current(), name,
						(dctx_bytes){"v", 1}, NULL),
			 DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(dctxt_header_count(), 0);
	assert_int_equal(dctxt_finding.effect, DCTX_CUT);
}

static dctx_status refuse(void *user, const char *name, dctx_bytes value)
{
	int *times = user;

	(void)name, (void)value;
	++*times;
	return DCTX_LIMIT;
}

static void each_header_is_tried_though_one_fails(void **state)
{
	dctx_hop hop = jaeger();
	int times = 0;
	const dctx_carrier carrier = {
		.struct_size = sizeof carrier, .set = refuse, .user = &times};
	dctx_trace trace = dctx_trace_new(0);

	(void)state;
	DCTX_SCOPE("request");
	dctx_set(k_user, "me");
	dctx_set(k_tenant, 7);
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_LIMIT);
	assert_int_equal(times, 3);
}

/* Header names of a carrier are anything, also with a NUL at the end of what
 * one of our keys is called. */
static void a_name_may_have_any_bytes(void **state)
{
	const dctx_hop hop = jaeger();
	dctx_header list[] = {{{"uberctx-jaeger-user\0x", 21}, {"no", 2}},
			      {{"uberctx-jaeger-use", 18}, {"no", 2}},
			      {{"uberctx-jaeger-\xffser", 19}, {"no", 2}}};
	dctx_headers headers = {list, 3, 3, NULL, 0, 0};
	const dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_guard guard;

	(void)state;
	(void)dctxt_headers();
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_user, "-"), "-");
	assert_int_equal(dctxt_finding.times, 2);
	assert_int_equal(dctx_store_baggage_each(guard.store, NULL, NULL), 1);
	dctx_leave(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_trace_is_read),
		DCTXT_TEST(a_debug_id_is_not_looked_at),
		DCTXT_TEST(a_trace_is_written),
		DCTXT_TEST(each_member_has_a_header),
		DCTXT_TEST(no_member_passes_for_a_key_by_its_letters_case),
		DCTXT_TEST(of_members_with_one_name_the_first_is_written),
		DCTXT_TEST(nor_by_what_an_environment_makes_of_its_name),
		DCTXT_TEST(many_members_are_written),
		DCTXT_TEST(headers_that_are_no_members_are_skipped),
		DCTXT_TEST(of_a_carrier_without_a_list_our_keys_are_read),
		DCTXT_TEST(of_a_member_that_comes_twice_the_first_counts),
		DCTXT_TEST(of_many_members_not_all_are_read),
		DCTXT_TEST(members_cross_by_trust),
		DCTXT_TEST(a_long_value_is_written_too),
		DCTXT_TEST(what_does_not_fit_is_left_out_and_told),
		DCTXT_TEST(a_name_may_have_any_bytes),
		DCTXT_TEST(each_header_is_tried_though_one_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
