/* SPDX-License-Identifier: MIT */
/*
 * hop_grpc_test.c - proves that the time that is left crosses as grpc-timeout,
 * and never grows on the way.
 */
#include "headers.h"

#include <stdlib.h>

static dctx_hop timeout(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_grpc_timeout();
	return dctxt_hop(formats, 1);
}

/* What a header's value means, when it is in a unit below a second. */
static int64_t ns_of(const char *value)
{
	char *unit;
	int64_t n = strtoll(value, &unit, 10);

	assert_true(unit - value >= 1 && unit - value <= 8);
	assert_true(strlen(unit) == 1 && strchr("num", *unit) != NULL);
	return *unit == 'n' ? n : *unit == 'u' ? n * 1000 : n * 1000000;
}

static void what_is_left_is_written_and_no_more(void **state)
{
	dctx_hop hop = timeout();
	dctx_carrier carrier = dctxt_headers();
	int64_t before, after, ns;

	(void)state;
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(dctxt_header_count(), 0);
	DCTX_SCOPE("request");
	assert_int_equal(dctx_set_timeout(1000 * DCTX_S), DCTX_OK);
	before = dctx_remaining();
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	after = dctx_remaining();
	ns = ns_of(dctxt_header_value("grpc-timeout"));
	assert_true(ns <= before && ns > after - DCTX_MS);
	hop.hop_cost = 900 * DCTX_S;
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	ns = ns_of(dctxt_header_value("grpc-timeout"));
	assert_true(ns <= 100 * DCTX_S && ns > 0);
}

static void of_what_is_over_nothing_is_left(void **state)
{
	dctx_hop hop = timeout();
	dctx_carrier carrier = dctxt_headers();
	dctx_source *stop = NULL;

	(void)state;
	{
		DCTX_SCOPE("late");
		assert_int_equal(dctx_set_timeout(0), DCTX_OK);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		assert_string_equal(dctxt_header_value("grpc-timeout"), "0n");
	}
	{
		DCTX_SCOPE("dear");
		assert_int_equal(dctx_set_timeout(DCTX_S), DCTX_OK);
		hop.hop_cost = 2 * DCTX_S;
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		assert_string_equal(dctxt_header_value("grpc-timeout"), "0n");
	}
	DCTX_SCOPE("cancelled");
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &stop),
			 DCTX_OK);
	assert_int_equal(dctx_add_source(stop), DCTX_OK);
	carrier = dctxt_headers();
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(dctxt_header_count(), 0);
	dctx_cancel(stop, "gone");
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_string_equal(dctxt_header_value("grpc-timeout"), "0n");
	dctx_source_unref(stop);
}

static void a_timeout_is_counted_from_when_it_came(void **state)
{
	dctx_hop hop = timeout();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	dctxt_header("Grpc-Timeout", "100S");
	hop.received_at = dctx_now() - 40 * DCTX_S;
	if (hop.received_at <= 0)
		skip(); /* a machine that has just started */
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_deadline(), hop.received_at + 100 * DCTX_S);
	dctx_leave(guard);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
}

static void without_a_time_it_came_now(void **state)
{
	const dctx_hop hop = timeout();
	dctx_carrier carrier = dctxt_headers();
	int64_t before = dctx_now();
	dctx_guard guard;

	(void)state;
	dctxt_header("grpc-timeout", "100S");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_true(dctx_deadline() >= before + 100 * DCTX_S);
	assert_true(dctx_deadline() <= dctx_now() + 100 * DCTX_S);
	dctx_leave(guard);
}

static void of_several_the_shortest_counts(void **state)
{
	dctx_hop hop = timeout();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	dctxt_header("grpc-timeout", "90S");
	dctxt_header("grpc-timeout", "");
	dctxt_header("grpc-timeout", "80S");
	dctxt_header("grpc-timeout", "99S");
	hop.received_at = dctx_now();
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_deadline(), hop.received_at + 80 * DCTX_S);
	assert_int_equal(dctxt_finding.times, 2);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_GRPC_TIMEOUT_TWICE);
	assert_int_equal(dctxt_finding.effect, DCTX_KEPT);
	assert_int_equal(dctxt_finding.line, 3);
	dctx_leave(guard);
}

static void what_cannot_be_read_sets_no_limit(void **state)
{
	static const char *const bad[] = {
		"", "S", "1", "1s", "123456789n", "-1S", "1e3S", "99999999H"};
	const dctx_hop hop = timeout();

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		dctx_carrier carrier = dctxt_headers();
		dctx_guard guard;

		dctxt_header("grpc-timeout", bad[i]);
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
		dctx_leave(guard);
	}
}

static void zero_is_over_at_once(void **state)
{
	const dctx_hop hop = timeout();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	dctxt_header("grpc-timeout", "0S");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_done(), DCTX_DEADLINE_EXCEEDED);
	dctx_leave(guard);
}

static void limits_cross_as_the_border_says(void **state)
{
	dctx_hop hop = timeout();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	dctxt_header("grpc-timeout", "9S");
	hop.trust = DCTX_PUBLIC;
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_deadline(), DCTX_NO_DEADLINE);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_LIMITS);
	assert_int_equal(dctxt_finding.effect, DCTX_WITHHELD);
	carrier = dctxt_headers();
	assert_int_equal(dctx_set_timeout(DCTX_S), DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(dctxt_header_count(), 0);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_LIMITS);
	dctx_leave(guard);
}

/* Also past those that are read without memory. */
static void the_shortest_counts_wherever_it_stands(void **state)
{
	dctx_hop hop = timeout();

	(void)state;
	for (int before = 7; before < 128; before += 8) {
		dctx_carrier carrier = dctxt_headers();
		dctx_guard guard;

		for (int i = 0; i < before; i++)
			dctxt_header("grpc-timeout", "80S");
		dctxt_header("grpc-timeout", "60S");
		hop.received_at = dctx_now();
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_int_equal(dctx_deadline(),
				 hop.received_at + 60 * DCTX_S);
		dctx_leave(guard);
	}
}

/* More than the 1,024 that are read. */
static size_t endless(void *user, const char *name, dctx_bytes *values,
		      size_t room)
{
	(void)user, (void)name;
	for (size_t i = 0; i < room && i < 2000; i++)
		values[i] = (dctx_bytes){i < 1024 ? "80S" : "60S", 3};
	return 2000;
}

static void only_so_many_lines_are_looked_at(void **state)
{
	const dctx_carrier carrier = {.struct_size = sizeof carrier,
				      .get = endless};
	dctx_hop hop = timeout();
	dctx_guard guard;

	(void)state;
	hop.received_at = dctx_now();
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_deadline(), hop.received_at + 80 * DCTX_S);
	dctx_leave(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_is_left_is_written_and_no_more),
		DCTXT_TEST(of_what_is_over_nothing_is_left),
		DCTXT_TEST(a_timeout_is_counted_from_when_it_came),
		DCTXT_TEST(without_a_time_it_came_now),
		DCTXT_TEST(of_several_the_shortest_counts),
		DCTXT_TEST(what_cannot_be_read_sets_no_limit),
		DCTXT_TEST(zero_is_over_at_once),
		DCTXT_TEST(limits_cross_as_the_border_says),
		DCTXT_TEST(the_shortest_counts_wherever_it_stands),
		DCTXT_TEST(only_so_many_lines_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
