/* SPDX-License-Identifier: MIT */
/*
 * hop_w3c_test.c - proves what a context knows of a trace after W3C's headers
 * came in, and what goes out. How each header is read is shown by the corpus:
 * hop_corpus_test.c.
 */
#include "kit.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"
#define PARENT "00-" TRACE "-" SPAN "-01"

static dctx_header list[100];
static char text[20000];
static dctx_headers headers;
static dctx_carrier carrier;

/* What was found. */
static int found;
static dctx_finding last;

static void hear(void *user, const dctx_finding *finding)
{
	(void)user;
	found++;
	last = *finding;
}

static const dctx_findings listener = {hear, NULL};

static const dctx_propagator *only[1];

static dctx_hop hop(void)
{
	only[0] = dctx_w3c_trace();
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = only,
			  .propagator_count = 1,
			  .findings = &listener};
}

static int begin(void **state)
{
	headers = (dctx_headers){list, 0, 100, text, sizeof text, 0};
	carrier = dctx_headers_carrier(&headers);
	found = 0;
	return dctxt_begin(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, dctxt_end)

static void came(const char *name, const char *value)
{
	assert_true(headers.count < headers.max);
	list[headers.count++] =
		(dctx_header){{name, strlen(name)}, {value, strlen(value)}};
}

/* The value of a header that is there once; NULL for none. */
static const char *header(const char *name)
{
	static char value[20000];
	dctx_bytes got[2];
	size_t n = carrier.get(carrier.user, name, got, 2);

	assert_true(n < 2);
	if (n == 0)
		return NULL;
	memcpy(value, got[0].data, got[0].len);
	value[got[0].len] = '\0';
	return value;
}

static dctx_guard extracted(void)
{
	dctx_hop h = hop();
	dctx_guard guard;

	assert_int_equal(dctx_extract(&carrier, &h, &guard), DCTX_OK);
	headers.count = 0;
	return guard;
}

static void state_is(const char *state)
{
	dctx_trace trace;

	assert_true(dctx_trace_get(&trace));
	assert_int_equal(trace.state.len, strlen(state));
	if (trace.state.len > 0)
		assert_memory_equal(trace.state.data, state, trace.state.len);
}

static void a_trace_comes_in_and_goes_on_with_another_span(void **state)
{
	dctx_hop h = hop();
	dctx_trace trace, sent;
	dctx_guard guard;

	(void)state;
	came("traceparent", PARENT);
	came("tracestate", "rojo=1,congo=2");
	guard = extracted();
	assert_true(dctx_trace_get(&trace));
	assert_int_equal(trace.flags, DCTX_TRACE_SAMPLED);
	state_is("rojo=1,congo=2");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(dctx_inject(&carrier, &h, &sent), DCTX_OK);
		assert_int_equal(headers.count, 2);
		assert_string_equal(header("tracestate"), "rojo=1,congo=2");
		assert_memory_equal(header("traceparent"), "00-" TRACE "-", 36);
		assert_string_equal(header("traceparent") + 52, "-01");
		assert_memory_not_equal(sent.span_id, trace.span_id, 8);
	}
	h.flags = DCTX_HOP_SAME_SPAN;
	assert_int_equal(dctx_inject(&carrier, &h, NULL), DCTX_OK);
	assert_string_equal(header("traceparent"), PARENT);
	dctx_leave(guard);
	assert_false(dctx_trace_get(&trace));
	assert_int_equal(found, 0);
}

static void without_a_trace_nothing_goes_out(void **state)
{
	dctx_hop h = hop();

	(void)state;
	assert_int_equal(dctx_inject(&carrier, &h, NULL), DCTX_OK);
	assert_int_equal(headers.count, 0);
}

static void an_empty_state_is_not_sent(void **state)
{
	dctx_hop h = hop();
	dctx_guard guard;

	(void)state;
	came("traceparent", PARENT);
	came("tracestate", " ,");
	guard = extracted();
	state_is("");
	assert_int_equal(dctx_inject(&carrier, &h, NULL), DCTX_OK);
	assert_int_equal(headers.count, 1);
	dctx_leave(guard);
}

static void a_bad_parent_leaves_the_host_hidden_and_is_told(void **state)
{
	dctx_trace trace = dctx_trace_new(0);
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	came("traceparent", "00-" TRACE "-" SPAN "-0x");
	came("tracestate", "a=1");
	guard = extracted();
	assert_false(dctx_trace_get(&trace));
	assert_int_equal(found, 2);
	assert_int_equal(last.rule, DCTX_RULE_TRACESTATE_ALONE);
	assert_string_equal(last.header, "tracestate");
	assert_int_equal(dctxt_count(DCTX_EV_BAD_HEADER), 2);
	dctx_leave(guard);
	assert_true(dctx_trace_get(&trace));
}

static void two_parents_are_none(void **state)
{
	dctx_trace trace;
	dctx_guard guard;

	(void)state;
	came("traceparent", PARENT);
	came("TraceParent", PARENT);
	guard = extracted();
	assert_false(dctx_trace_get(&trace));
	assert_int_equal(found, 1);
	assert_int_equal(last.rule, DCTX_RULE_TRACEPARENT_TWICE);
	dctx_leave(guard);
}

static void a_bad_state_leaves_the_trace(void **state)
{
	dctx_guard guard;

	(void)state;
	came("traceparent", PARENT);
	came("tracestate", "a=1");
	came("tracestate", "b");
	guard = extracted();
	state_is("");
	assert_int_equal(found, 1);
	assert_int_equal(last.rule, DCTX_RULE_TRACESTATE_KEY);
	assert_int_equal(last.line, 1);
	dctx_leave(guard);
}

static void so_many_lines_are_read_and_no_more(void **state)
{
	dctx_guard guard;

	(void)state;
	for (int n = 63; n <= 65; n++) {
		found = 0;
		headers.count = 0;
		came("traceparent", PARENT);
		for (int i = 1; i < n; i++)
			came("tracestate", "");
		came("tracestate", "a=1");
		guard = extracted();
		state_is(n <= 64 ? "a=1" : "");
		assert_int_equal(found, n > 64);
		dctx_leave(guard);
	}
	assert_int_equal(last.rule, DCTX_RULE_TRACESTATE_MEMBERS);
	assert_int_equal(last.effect, DCTX_IGNORED);
}

static void a_trace_of_the_publics_is_not_continued(void **state)
{
	dctx_hop h = hop();
	dctx_trace trace;
	dctx_guard guard;

	(void)state;
	came("traceparent", PARENT);
	came("tracestate", "=bad");
	h.trust = DCTX_PUBLIC;
	assert_int_equal(dctx_extract(&carrier, &h, &guard), DCTX_OK);
	assert_false(dctx_trace_get(&trace));
	assert_int_equal(found, 1);
	assert_int_equal(last.effect, DCTX_WITHHELD);
	dctx_leave(guard);
	h.also = DCTX_CROSS_TRACE;
	assert_int_equal(dctx_extract(&carrier, &h, &guard), DCTX_OK);
	assert_true(dctx_trace_get(&trace));
	dctx_leave(guard);
}

static void cross(void)
{
	dctx_hop h = hop();
	dctx_guard guard;

	headers.count = 0;
	headers.text_used = 0;
	came("traceparent", PARENT);
	came("tracestate", "rojo=1");
	came("tracestate", "congo=2");
	guard = extracted();
	assert_int_equal(dctx_inject(&carrier, &h, NULL), DCTX_OK);
	assert_string_equal(header("tracestate"), "rojo=1,congo=2");
	dctx_leave(guard);
}

static void a_warm_thread_crosses_without_memory(void **state)
{
	(void)state;
	if (!dctxt_heap_watched())
		skip();
	for (int i = 0; i < 4; i++)
		cross();
	dctxt_heap_fail(0, false);
	cross();
	assert_int_equal(dctxt_heap_relent(), 0);
}

static dctx_status full(void *user, const char *name, dctx_bytes value)
{
	(void)user, (void)value;
	return strcmp(name, "tracestate") == 0 ? DCTX_LIMIT : DCTX_OK;
}

static void what_the_carrier_says_is_handed_on(void **state)
{
	dctx_hop h = hop();
	dctx_guard guard;

	(void)state;
	came("traceparent", PARENT);
	came("tracestate", "a=1");
	guard = extracted();
	carrier.set = full;
	assert_int_equal(dctx_inject(&carrier, &h, NULL), DCTX_LIMIT);
	dctx_leave(guard);
}

static void a_state_is_looked_at_before_it_is_set(void **state)
{
	static const char *const bad[] = {"a", "a=1,a=2", "A=1", "a=1\r\nb=2"};
	dctx_trace trace = dctx_trace_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		trace.state = (dctx_bytes){bad[i], strlen(bad[i])};
		assert_int_equal(dctx_trace_set(&trace), DCTX_INVALID);
	}
	trace.state = (dctx_bytes){"a=1, b=2", 8};
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_trace_comes_in_and_goes_on_with_another_span),
		TEST(without_a_trace_nothing_goes_out),
		TEST(an_empty_state_is_not_sent),
		TEST(a_bad_parent_leaves_the_host_hidden_and_is_told),
		TEST(two_parents_are_none),
		TEST(a_bad_state_leaves_the_trace),
		TEST(so_many_lines_are_read_and_no_more),
		TEST(a_trace_of_the_publics_is_not_continued),
		TEST(a_warm_thread_crosses_without_memory),
		TEST(what_the_carrier_says_is_handed_on),
		TEST(a_state_is_looked_at_before_it_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
