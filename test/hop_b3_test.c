/* SPDX-License-Identifier: MIT */
/*
 * hop_b3_test.c - proves that a trace goes out and comes in by Zipkin's
 * headers, in one line or five, whichever of the two formats is asked for.
 */
#include "headers.h"

#define TRACE "463ac35c9f6413ad48485a3953bb6124"
#define SPAN "a2fb4a1d1a96d312"
#define OTHER "00000000000000000000000000000bad"

static dctx_hop single(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_b3();
	return dctxt_hop(formats, 1);
}

static dctx_hop multi(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_b3_multi();
	return dctxt_hop(formats, 1);
}

static void five(const char *trace_id, const char *sampled)
{
	dctxt_header("X-B3-TraceId", trace_id);
	dctxt_header("X-B3-SpanId", SPAN);
	dctxt_header("X-B3-Sampled", sampled);
}

static void both_formats_read_one_line_and_five(void **state)
{
	const dctx_hop hops[] = {single(), multi()};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		dctx_carrier carrier = dctxt_headers();

		dctxt_header("B3", TRACE "-" SPAN "-1");
		assert_string_equal(dctxt_extracted(&carrier, &hops[i]),
				    TRACE "-" SPAN "-01");
		carrier = dctxt_headers();
		five(TRACE, "0");
		assert_string_equal(dctxt_extracted(&carrier, &hops[i]),
				    TRACE "-" SPAN "-00");
		assert_int_equal(dctxt_finding.times, 0);
	}
}

static void the_single_line_takes_precedence(void **state)
{
	const dctx_hop hop = multi();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	five(OTHER, "0");
	dctxt_header("b3", TRACE "-" SPAN "-1");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
	/* Also when it has a sampling state only. */
	carrier = dctxt_headers();
	five(OTHER, "1");
	dctxt_header("b3", "0");
	assert_string_equal(dctxt_extracted(&carrier, &hop), "none");
	/* One that cannot be read is none. */
	carrier = dctxt_headers();
	five(TRACE, "1");
	dctxt_header("b3", "00-" TRACE "-" SPAN "-01");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_B3_TRACE_ID);
	assert_string_equal(dctxt_finding.header, "b3");
	assert_int_equal(dctxt_count(DCTX_EV_BAD_HEADER), 1);
}

static void of_several_lines_the_first_wins(void **state)
{
	const dctx_hop hop = single();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	dctxt_header("b3", " ");
	dctxt_header("b3", TRACE "-" SPAN "-1");
	dctxt_header("b3", OTHER "-" SPAN "-1");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_B3_TWICE);
	assert_int_equal(dctxt_finding.line, 2);
	carrier = dctxt_headers();
	five(TRACE, "1");
	dctxt_header("x-b3-sampled", "0");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
	assert_string_equal(dctxt_finding.header, "x-b3-sampled");
}

static void what_is_wrong_is_told_once(void **state)
{
	const dctx_propagator *const formats[] = {dctx_b3(), dctx_b3_multi()};
	const dctx_hop hop = dctxt_hop(formats, 2);
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	dctxt_header("b3", TRACE "-" SPAN "-x");
	assert_string_equal(dctxt_extracted(&carrier, &hop), "none");
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_B3_SAMPLED);
	assert_int_equal(dctxt_finding.offset, 50);
}

/* Writes a trace with these flags by a hop, with the ids as they are. */
static void write_with(uint32_t flags, dctx_hop hop)
{
	dctx_carrier carrier = dctxt_headers();
	dctx_trace trace = {{0x46, 0x3a, [15] = 0x24},
			    {0xa2, [7] = 0x12},
			    flags,
			    {NULL, 0}};

	DCTX_SCOPE("request");
	hop.flags = DCTX_HOP_SAME_SPAN;
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
}

#define IDS "463a0000000000000000000000000024-a200000000000012"

static void one_line_is_written(void **state)
{
	(void)state;
	write_with(DCTX_TRACE_SAMPLED | DCTX_TRACE_RANDOM, single());
	assert_int_equal(dctxt_header_count(), 1);
	assert_string_equal(dctxt_header_value("b3"), IDS "-1");
	write_with(0, single());
	assert_string_equal(dctxt_header_value("b3"), IDS "-0");
	write_with(DCTX_TRACE_SAMPLED | DCTX_TRACE_DEBUG, single());
	assert_string_equal(dctxt_header_value("b3"), IDS "-d");
	write_with(DCTX_TRACE_UNDECIDED, single());
	assert_string_equal(dctxt_header_value("b3"), IDS);
}

static void up_to_five_are_written(void **state)
{
	(void)state;
	write_with(DCTX_TRACE_SAMPLED, multi());
	assert_int_equal(dctxt_header_count(), 3);
	assert_string_equal(dctxt_header_value("x-b3-traceid"),
			    "463a0000000000000000000000000024");
	assert_string_equal(dctxt_header_value("x-b3-spanid"),
			    "a200000000000012");
	assert_string_equal(dctxt_header_value("x-b3-sampled"), "1");
	write_with(0, multi());
	assert_string_equal(dctxt_header_value("x-b3-sampled"), "0");
	write_with(DCTX_TRACE_DEBUG | DCTX_TRACE_SAMPLED, multi());
	assert_int_equal(dctxt_header_count(), 3);
	assert_string_equal(dctxt_header_value("x-b3-flags"), "1");
	assert_null(dctxt_header_value("x-b3-sampled"));
	write_with(DCTX_TRACE_UNDECIDED, multi());
	assert_int_equal(dctxt_header_count(), 2);
}

static void without_a_trace_nothing_is_written(void **state)
{
	dctx_hop hops[] = {single(), multi()};
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(dctx_inject(&carrier, &hops[i], NULL),
				 DCTX_OK);
	assert_int_equal(dctxt_header_count(), 0);
}

static dctx_status refuses(void *user, const char *name, dctx_bytes value)
{
	int *times = user;

	(void)name, (void)value;
	return --*times < 0 ? DCTX_LIMIT : DCTX_OK;
}

static void a_carriers_failure_is_handed_on(void **state)
{
	dctx_hop hop = multi();
	int times;
	const dctx_carrier carrier = {
		.struct_size = sizeof carrier, .set = refuses, .user = &times};
	dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED);

	(void)state;
	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	for (int room = 0; room < 3; room++) {
		times = room;
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_LIMIT);
		assert_int_equal(times, -1);
	}
	times = 3;
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
}

/* A carrier that has no room for one of the names. */
static dctx_status refuses_one(void *user, const char *name, dctx_bytes value)
{
	(void)value;
	if (strcmp(name, user) == 0)
		return DCTX_LIMIT;
	dctxt_header(name, name[5] == 's' && name[6] == 'a' ? "1" : SPAN SPAN);
	return DCTX_OK;
}

/* A reader without it begins a trace of its own, by our sampling state. */
static void of_half_of_the_five_no_trace_id_goes_out(void **state)
{
	static char *const names[] = {"x-b3-sampled", "x-b3-spanid",
				      "x-b3-traceid"};
	dctx_hop hop = multi();
	dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED);

	(void)state;
	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	for (size_t i = 0; i < 3; i++) {
		const dctx_carrier carrier = {.struct_size = sizeof carrier,
					      .set = refuses_one,
					      .user = names[i]};

		(void)dctxt_headers();
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_LIMIT);
		assert_int_equal(dctxt_header_count(), i);
		assert_null(dctxt_header_value("x-b3-traceid"));
	}
}

static void debug_and_an_open_decision_travel_on(void **state)
{
	static const char *const lines[] = {TRACE "-" SPAN "-d",
					    TRACE "-" SPAN};
	dctx_hop hop = single();

	(void)state;
	hop.flags = DCTX_HOP_SAME_SPAN;
	for (size_t i = 0; i < 2; i++) {
		dctx_carrier carrier = dctxt_headers();
		dctx_guard guard;

		dctxt_header("b3", lines[i]);
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		carrier = dctxt_headers();
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
		assert_string_equal(dctxt_header_value("b3"), lines[i]);
		dctx_leave(guard);
	}
}

static void from_the_public_no_trace_is_taken(void **state)
{
	dctx_hop hop = single();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	hop.trust = DCTX_PUBLIC;
	dctxt_header("b3", TRACE "-" SPAN "-d");
	assert_string_equal(dctxt_extracted(&carrier, &hop), "none");
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_TRACE);
	assert_int_equal(dctxt_finding.effect, DCTX_WITHHELD);
	hop.also = DCTX_CROSS_TRACE;
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
}

static void of_two_formats_the_later_counts(void **state)
{
	const dctx_propagator *const formats[] = {dctx_w3c_trace(), dctx_b3()};
	const dctx_hop hop = dctxt_hop(formats, 2);
	dctx_carrier carrier = dctxt_headers();
	dctx_trace trace;
	dctx_guard guard;

	(void)state;
	dctxt_header("traceparent", "00-" OTHER "-" SPAN "-03");
	dctxt_header("tracestate", "a=1");
	dctxt_header("b3", TRACE "-" SPAN "-1");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
	/* Of the same trace and span what B3 cannot say stays. */
	carrier = dctxt_headers();
	dctxt_header("traceparent", "00-" TRACE "-" SPAN "-03");
	dctxt_header("tracestate", "a=1");
	dctxt_header("b3", TRACE "-" SPAN "-d");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_true(dctx_trace_get(&trace));
	assert_int_equal(trace.flags, DCTX_TRACE_SAMPLED | DCTX_TRACE_RANDOM |
					      DCTX_TRACE_DEBUG);
	assert_int_equal(trace.state.len, 3);
	assert_memory_equal(trace.state.data, "a=1", 3);
	dctx_leave(guard);
}

/* A user's format that is one of the library's under another name. */
static dctx_status wrapped(const dctx_propagator *self,
			   const dctx_extraction *extraction)
{
	(void)self;
	return dctx_b3()->extract(dctx_b3(), extraction);
}

static void a_users_format_may_ask_it(void **state)
{
	static const dctx_propagator own = {sizeof own, "own", NULL, wrapped,
					    NULL};
	const dctx_propagator *const formats[] = {&own};
	const dctx_hop hop = dctxt_hop(formats, 1);
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	dctxt_header("b3", TRACE "-" SPAN "-1");
	assert_string_equal(dctxt_extracted(&carrier, &hop),
			    TRACE "-" SPAN "-01");
}

static void only_so_many_lines_are_looked_at(void **state)
{
	const dctx_hop hop = single();
	dctx_carrier carrier = dctxt_headers();

	(void)state;
	for (int i = 0; i < 8; i++)
		dctxt_header("b3", "");
	dctxt_header("b3", TRACE "-" SPAN "-1");
	assert_string_equal(dctxt_extracted(&carrier, &hop), "none");
	assert_int_equal(dctxt_finding.times, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(both_formats_read_one_line_and_five),
		DCTXT_TEST(the_single_line_takes_precedence),
		DCTXT_TEST(of_several_lines_the_first_wins),
		DCTXT_TEST(what_is_wrong_is_told_once),
		DCTXT_TEST(one_line_is_written),
		DCTXT_TEST(up_to_five_are_written),
		DCTXT_TEST(without_a_trace_nothing_is_written),
		DCTXT_TEST(a_carriers_failure_is_handed_on),
		DCTXT_TEST(of_half_of_the_five_no_trace_id_goes_out),
		DCTXT_TEST(debug_and_an_open_decision_travel_on),
		DCTXT_TEST(from_the_public_no_trace_is_taken),
		DCTXT_TEST(of_two_formats_the_later_counts),
		DCTXT_TEST(a_users_format_may_ask_it),
		DCTXT_TEST(only_so_many_lines_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
