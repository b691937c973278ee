/* SPDX-License-Identifier: MIT */
/*
 * hop_w3c_test.c - proves what a context knows of a trace after W3C's headers
 * came in, what goes out, and what a vendor may do with its own member. How
 * each header is read is shown by the corpus: hop_corpus_test.c.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>

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
		TEST(a_trace_comes_in_and_goes_on_with_another_span),
		TEST(without_a_trace_nothing_goes_out),
		TEST(an_empty_state_is_not_sent),
		TEST(a_bad_parent_leaves_the_host_hidden_and_is_told),
		TEST(two_parents_are_none),
		TEST(a_bad_state_leaves_the_trace),
		TEST(so_many_lines_are_read_and_no_more),
		TEST(a_trace_of_the_publics_is_not_continued),
		TEST(what_the_carrier_says_is_handed_on),
		TEST(a_state_is_looked_at_before_it_is_set),
		TEST(a_vendors_member_is_in_front_after_a_set),
		TEST(the_last_of_33_members_goes),
		TEST(long_members_go_when_there_is_no_room),
		TEST(what_the_standard_does_not_allow_is_invalid),
		TEST(a_vendors_member_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
