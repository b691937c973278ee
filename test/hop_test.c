/* SPDX-License-Identifier: MIT */
/*
 * hop_test.c - proves what inject and extract do whatever the formats are: each
 * propagator in its turn, a context of its own for what comes, all or nothing,
 * and a trace that goes on with a fresh span id.
 */
#include "kit.h"

#include <stdio.h>

DCTX_KEY_U64(k_num, "num", DCTX_LOCAL);
DCTX_KEY_STR(k_text, "text", DCTX_LOCAL);

/* A format of a user's: the header "x-num" is k_num, in decimal. */
static dctx_status num_inject(const dctx_propagator *self,
			      const dctx_injection *injection)
{
	char text[24];
	int len = snprintf(
		text, sizeof text, "%llu",
		(unsigned long long)dctx_store_get(injection->from, k_num, 0));

	assert_string_equal(self->name, "num");
	return injection->to->set(injection->to->user, "x-num",
				  (dctx_bytes){text, (size_t)len});
}

static dctx_status num_extract(const dctx_propagator *self,
			       const dctx_extraction *extraction)
{
	dctx_bytes value;

	assert_string_equal(self->name, "num");
	if (extraction->from->get(extraction->from->user, "x-num", &value, 1))
		dctx_store_set(extraction->into, k_num, value.len);
	return DCTX_OK;
}

static const dctx_propagator num = {sizeof num, "num", num_inject, num_extract,
				    NULL};

/* One that fails. */
static dctx_status no_inject(const dctx_propagator *self,
			     const dctx_injection *injection)
{
	(void)self, (void)injection;
	return DCTX_CODEC;
}

static dctx_status no_extract(const dctx_propagator *self,
			      const dctx_extraction *extraction)
{
	(void)self;
	dctx_store_set(extraction->into, k_text, "half");
	return DCTX_NOMEM;
}

static const dctx_propagator no = {sizeof no, "no", no_inject, no_extract,
				   NULL};

/* One that shows what trace it was given. */
static dctx_trace seen;

static dctx_status trace_inject(const dctx_propagator *self,
				const dctx_injection *injection)
{
	(void)self;
	seen = injection->trace != NULL ? *injection->trace : (dctx_trace){0};
	return DCTX_OK;
}

static const dctx_propagator looks = {sizeof looks, "looks", trace_inject, NULL,
				      NULL};

static dctx_header list[8];
static char text[256];
static dctx_headers headers;

static dctx_carrier empty(void)
{
	headers = (dctx_headers){list, 0, 8, text, sizeof text, 0};
	return dctx_headers_carrier(&headers);
}

static void put(const char *name, const char *value)
{
	list[headers.count++] =
		(dctx_header){{name, strlen(name)}, {value, strlen(value)}};
}

static dctx_hop hop_of(const dctx_propagator *const *propagators, size_t n)
{
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = propagators,
			  .propagator_count = n};
}

static void a_users_format_takes_part(void **state)
{
	const dctx_propagator *const formats[] = {&num};
	dctx_hop hop = hop_of(formats, 1);
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set(k_num, 42);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	}
	assert_int_equal(headers.count, 1);
	assert_memory_equal(list[0].value.data, "42", 2);
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_get(k_num, 0), 2);
	dctx_leave(guard);
	assert_int_equal(dctx_get(k_num, 0), 0);
}

static void nothing_of_the_host_shows_through(void **state)
{
	const dctx_propagator *const formats[] = {&num};
	dctx_hop hop = hop_of(formats, 1);
	dctx_carrier carrier = empty();
	dctx_guard guard;

	(void)state;
	put("X-Num", "seven");
	DCTX_SCOPE("host");
	dctx_set(k_text, "host's");
	assert_int_equal(dctx_set_timeout(DCTX_S), DCTX_OK);
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_string_equal(dctx_get(k_text, "-"), "-");
	assert_int_equal(dctx_get(k_num, 0), 5);
	assert_int_equal(dctx_remaining(), DCTX_NO_DEADLINE);
	dctx_leave(guard);
	assert_string_equal(dctx_get(k_text, "-"), "host's");
}

static void a_failure_leaves_nothing_behind(void **state)
{
	const dctx_propagator *const formats[] = {&num, &no, &num};
	dctx_hop hop = hop_of(formats, 3);
	dctx_carrier carrier = empty();
	dctx_guard guard = {NULL, 7};
	dctx_snapshot *snapshot = NULL;

	(void)state;
	put("x-num", "seven");
	DCTX_SCOPE("host");
	dctx_set(k_text, "host's");
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_NOMEM);
	assert_int_equal(guard.id, 7);
	assert_string_equal(dctx_get(k_text, "-"), "host's");
	assert_int_equal(dctx_get(k_num, 0), 0);
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &snapshot),
			 DCTX_NOMEM);
	assert_null(snapshot);
}

static void of_many_all_write_though_one_fails(void **state)
{
	const dctx_propagator *const formats[] = {&no, &num};
	dctx_hop hop = hop_of(formats, 2);
	dctx_carrier carrier = empty();

	(void)state;
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_CODEC);
	assert_int_equal(headers.count, 1);
}

static void of_a_failure_no_trace_is_said_to_be_out(void **state)
{
	const dctx_propagator *const formats[] = {&looks, &no};
	dctx_hop hop = hop_of(formats, 2);
	dctx_carrier carrier = empty();
	dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED), out, before;

	(void)state;
	memset(&out, 0xee, sizeof out);
	memcpy(&before, &out, sizeof out);
	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, &out), DCTX_CODEC);
	assert_memory_equal(&out, &before, sizeof out);
}

static void what_a_snapshot_has_is_written(void **state)
{
	const dctx_propagator *const formats[] = {&num};
	dctx_hop hop = hop_of(formats, 1);
	dctx_carrier carrier = empty();
	dctx_snapshot *snapshot = NULL, *came = NULL;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set(k_num, 123);
		assert_int_equal(dctx_capture(&snapshot), DCTX_OK);
	}
	assert_int_equal(dctx_snapshot_inject(snapshot, &carrier, &hop, NULL),
			 DCTX_OK);
	assert_memory_equal(list[0].value.data, "123", 3);
	assert_int_equal(dctx_get(k_num, 0), 0);
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &came), DCTX_OK);
	assert_int_equal(dctx_snapshot_get(came, k_num, 0), 3);
	dctx_snapshot_unref(snapshot);
	dctx_snapshot_unref(came);
}

static void a_trace_goes_on_with_a_fresh_span_id(void **state)
{
	const dctx_propagator *const formats[] = {&looks};
	dctx_hop hop = hop_of(formats, 1);
	dctx_carrier carrier = empty();
	dctx_trace trace = dctx_trace_new(DCTX_TRACE_SAMPLED), out, before;

	(void)state;
	DCTX_SCOPE("request");
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, &out), DCTX_OK);
	assert_memory_equal(&seen, &out, sizeof out);
	assert_memory_equal(out.trace_id, trace.trace_id, DCTX_TRACE_ID);
	assert_memory_not_equal(out.span_id, trace.span_id, DCTX_SPAN_ID);
	assert_int_equal(out.flags, trace.flags);
	before = out;
	assert_int_equal(dctx_inject(&carrier, &hop, &out), DCTX_OK);
	assert_memory_not_equal(out.span_id, before.span_id, DCTX_SPAN_ID);
	hop.flags = DCTX_HOP_SAME_SPAN;
	assert_int_equal(dctx_inject(&carrier, &hop, &out), DCTX_OK);
	assert_memory_equal(out.span_id, trace.span_id, DCTX_SPAN_ID);
}

static int findings_told;

static void told(void *user, const dctx_finding *finding)
{
	dctx_rule *rule = user;

	*rule = finding->rule;
	assert_int_equal(finding->effect, DCTX_WITHHELD);
	findings_told++;
}

static void what_policy_keeps_back_is_told_and_counted(void **state)
{
	const dctx_propagator *const formats[] = {&looks};
	dctx_rule rule = DCTX_RULE_NONE;
	const dctx_findings findings = {told, &rule}, nobody = {NULL, NULL};
	dctx_hop hop = hop_of(formats, 1);
	dctx_carrier carrier = empty();
	dctx_trace trace = dctx_trace_new(0), out = trace;

	(void)state;
	findings_told = 0;
	hop.findings = &findings;
	hop.never = DCTX_CROSS_TRACE;
	DCTX_SCOPE("request");
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	assert_int_equal(findings_told, 0);
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_inject(&carrier, &hop, &out), DCTX_OK);
	assert_int_equal(findings_told, 1);
	assert_int_equal(rule, DCTX_RULE_BORDER_TRACE);
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 1);
	assert_int_equal(out.trace_id[0] | out.trace_id[15], 0);
	assert_int_equal(seen.trace_id[0] | seen.trace_id[15], 0);
	hop.findings = &nobody;
	assert_int_equal(dctx_inject(&carrier, &hop, &out), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 2);
}

static void what_is_not_sound_is_refused(void **state)
{
	const dctx_propagator small = {.struct_size = 1};
	const dctx_propagator anonymous = {.struct_size = sizeof anonymous};
	const dctx_propagator *const none[] = {NULL}, *const old[] = {&small};
	const dctx_propagator *const nameless[] = {&anonymous};
	dctx_hop bad[] = {
		{.struct_size = sizeof(dctx_hop) - 1},
		{.struct_size = sizeof(dctx_hop), .trust = (dctx_trust)3},
		{.struct_size = sizeof(dctx_hop), .also = 16},
		{.struct_size = sizeof(dctx_hop), .never = 16},
		{.struct_size = sizeof(dctx_hop), .flags = 8},
		{.struct_size = sizeof(dctx_hop), .hop_cost = -1},
		{.struct_size = sizeof(dctx_hop), .received_at = -1},
		{.struct_size = sizeof(dctx_hop), .propagator_count = 1},
		hop_of(none, 1),
		hop_of(old, 1),
		hop_of(nameless, 1)};
	dctx_carrier carrier = empty(), mute = empty();
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(dctx_inject(&carrier, &bad[i], NULL),
				 DCTX_INVALID);
		assert_int_equal(dctx_extract(&carrier, &bad[i], &guard),
				 DCTX_INVALID);
	}
	mute.get = NULL;
	mute.set = NULL;
	assert_int_equal(dctx_inject(&mute, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_extract(&mute, NULL, &guard), DCTX_INVALID);
	assert_int_equal(dctx_inject(NULL, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_extract(NULL, NULL, &guard), DCTX_INVALID);
	assert_int_equal(dctx_extract(&carrier, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_snapshot_extract(&carrier, NULL, NULL),
			 DCTX_INVALID);
}

static void every_format_is_found_by_its_name(void **state)
{
	static const char *const names[] = {
		"tracecontext", "baggage",	"b3",	  "b3multi",
		"jaeger",	"grpc-timeout", "x-dctx", "x-dctx-bin"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_string_equal(dctx_propagator_named(names[i])->name,
				    names[i]);
	assert_null(dctx_propagator_named("b4"));
	assert_null(dctx_propagator_named(NULL));
}

static void every_rule_has_a_text_and_a_section(void **state)
{
	(void)state;
	for (int i = 1; i < DCTX_RULES; i++) {
		assert_true(strlen(dctx_rule_name((dctx_rule)i)) > 0);
		assert_true(strlen(dctx_rule_text((dctx_rule)i)) > 0);
		assert_true(strlen(dctx_rule_section((dctx_rule)i)) > 0);
	}
	assert_string_equal(dctx_rule_name(DCTX_RULE_NONE), "");
	assert_string_equal(dctx_rule_name(DCTX_RULES), "");
	assert_string_equal(dctx_rule_text((dctx_rule)-1), "");
	assert_string_equal(dctx_effect_name(DCTX_CUT), "cut");
	assert_string_equal(dctx_effect_name((dctx_effect)0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_users_format_takes_part),
		DCTXT_TEST(nothing_of_the_host_shows_through),
		DCTXT_TEST(a_failure_leaves_nothing_behind),
		DCTXT_TEST(of_many_all_write_though_one_fails),
		DCTXT_TEST(of_a_failure_no_trace_is_said_to_be_out),
		DCTXT_TEST(what_a_snapshot_has_is_written),
		DCTXT_TEST(a_trace_goes_on_with_a_fresh_span_id),
		DCTXT_TEST(what_policy_keeps_back_is_told_and_counted),
		DCTXT_TEST(what_is_not_sound_is_refused),
		DCTXT_TEST(every_format_is_found_by_its_name),
		DCTXT_TEST(every_rule_has_a_text_and_a_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
