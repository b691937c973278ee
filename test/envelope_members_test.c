/* SPDX-License-Identifier: MIT */
/*
 * envelope_members_test.c - proves that a tracestate and members that came in
 * an envelope are held to what their headers are held to: the grammar, the
 * limits, and the bits of keys that have a member's name.
 */
#include "headers.h"
#include "message.h"

DCTX_KEY_STR(k_session, "session", DCTX_BAGGAGE);
DCTX_KEY_STR(k_user, "user", DCTX_BAGGAGE);
DCTX_KEY_STR(k_plain, "plain", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_STR(k_shared, "shared", DCTX_BAGGAGE | DCTX_TO_PARTNER | DCTX_ENV);

static struct message m;
static int reported;
static dctx_bytes reported_key;

static void report(void *user, const dctx_bad_entry *bad)
{
	(void)user;
	reported++;
	reported_key = bad->entry.key;
	assert_null(bad->key);
	assert_int_equal(bad->status, DCTX_CORRUPT);
}

static void put_members(const char *members)
{
	begin(&m, 1);
	put_string(&m, "dctx.baggage", members, strlen(members));
	end(&m);
}

static void put_trace(const char *tracestate)
{
	unsigned char value[28 + 600] = {[0] = 1, [16] = 2, [24] = 1};
	size_t len = strlen(tracestate);

	memcpy(value + 28, tracestate, len);
	begin(&m, 1);
	put_string(&m, "dctx.trace", value, 28 + len);
	end(&m);
}

/* Decodes the message, or what refused it. */
static dctx_status decode(unsigned flags, dctx_guard *out)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .flags = flags,
					     .report = report};

	reported = 0;
	return dctx_store_decode_with(dctx_current(), m.bytes, m.len, &options,
				      out);
}

static dctx_hop w3c(void)
{
	static const dctx_propagator *formats[2];

	formats[0] = dctx_w3c_trace();
	formats[1] = dctx_w3c_baggage();
	return dctxt_hop(formats, 2);
}

static dctx_hop in_envelopes(dctx_trust trust)
{
	static const dctx_propagator *formats[1];
	dctx_hop hop;

	formats[0] = dctx_envelope_text();
	hop = dctxt_hop(formats, 1);
	hop.trust = trust;
	return hop;
}

/* The baggage that a hop writes; NULL: none. */
static const char *baggage_by(const dctx_hop *hop)
{
	dctx_carrier carrier = dctxt_headers();

	assert_int_equal(dctx_inject(&carrier, hop, NULL), DCTX_OK);
	return dctxt_header_value("baggage");
}

static const char *baggage(void)
{
	const dctx_hop hop = w3c();

	return baggage_by(&hop);
}

/* Extracts the message by "x-dctx". */
static dctx_guard extract(const dctx_hop *hop)
{
	static char text[DCTX_BASE64_SIZE(sizeof m.bytes)];
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;
	size_t len;

	assert_int_equal(dctx_base64_encode(DCTX_BASE64, m.bytes, m.len, text,
					    sizeof text, &len),
			 DCTX_OK);
	dctxt_header("x-dctx", text);
	assert_int_equal(dctx_extract(&carrier, hop, &guard), DCTX_OK);
	return guard;
}

static void members_that_came_are_cleaned(void **state)
{
	static const struct {
		const char *came;
		const char *goes;
	} cases[] = {
		{"a=1,b=2;p;q=1", "a=1,b=2;p;q=1"},
		{"not a member ;;; ===, \"x\", a=1,a=2, b = 3 ; ;", "a=2,b=3"},
		{"a=1,,b=2", "a=1,b=2"},
		{"a=1,a=1", "a=1"},
		{"nothing, that is any", NULL},
		{"a=1 ; p = 2", "a=1;p=2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		dctx_guard guard;
		const char *goes;

		put_members(cases[i].came);
		assert_int_equal(decode(0, &guard), DCTX_OK);
		goes = baggage();
		assert_int_equal(goes == NULL, cases[i].goes == NULL);
		if (goes != NULL)
			assert_string_equal(goes, cases[i].goes);
		assert_int_equal(reported, i > 0);
		assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), i);
		dctx_leave(guard);
	}
	assert_int_equal(reported_key.len, 12);
	assert_memory_equal(reported_key.data, "dctx.baggage", 12);
}

static void members_that_came_leave_room_for_others(void **state)
{
	static char many[8193];
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < 2730; i++)
		memcpy(many + 3 * i, "a=,", 4);
	put_members(many);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(dctx_baggage_each(NULL, NULL), 1);
	assert_int_equal(dctx_baggage_set("z", ((dctx_bytes){"1", 1}), NULL),
			 DCTX_OK);
	dctx_leave(guard);
}

static void no_more_members_come_than_there_may_be(void **state)
{
	static char many[8193];
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		const char member[] = {'k',
				       (char)('a' + i % 26),
				       (char)('a' + i / 26 % 26),
				       (char)('a' + i / 676),
				       '=',
				       '1',
				       ',',
				       '\0'};

		memcpy(many + 7 * i, member, 8);
	}
	put_members(many);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(dctx_baggage_each(NULL, NULL), DCTX_BAGGAGE_MEMBERS);
	dctx_leave(guard);
}

static void a_list_that_is_too_long_for_members_is_corrupt(void **state)
{
	static char many[8194];
	dctx_guard guard;

	(void)state;
	memset(many, 'a', sizeof many - 1);
	many[1] = '=';
	put_members(many);
	assert_int_equal(decode(0, &guard), DCTX_CORRUPT);
	assert_string_equal(dctx_last_error()->what, "dctx.baggage");
	many[8192] = '\0';
	put_members(many);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(strlen(baggage()), 8192);
	dctx_leave(guard);
}

static void of_entries_with_members_the_last_counts(void **state)
{
	dctx_guard guard;

	(void)state;
	begin(&m, 2);
	put_string(&m, "dctx.baggage", "a=1, b=2", 8);
	put_string(&m, "dctx.baggage", "none", 4);
	end(&m);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(dctx_baggage_each(NULL, NULL), 0);
	dctx_leave(guard);
	begin(&m, 2);
	put_string(&m, "dctx.baggage", "none", 4);
	put_string(&m, "dctx.baggage", "a=1, b=2", 8);
	end(&m);
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_string_equal(baggage(), "a=1,b=2");
	dctx_leave(guard);
}

static void a_bad_tracestate_is_dropped_and_the_trace_stays(void **state)
{
	static const char *const bad[] = {
		"this is, no === tracestate ;; =,=",
		"a=1,a=2",
		"A=1",
		"a",
		"a=b=c",
	};
	dctx_trace trace;
	dctx_guard guard;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put_trace(bad[i]);
		assert_int_equal(decode(0, &guard), DCTX_OK);
		assert_true(dctx_trace_get(&trace));
		assert_int_equal(trace.trace_id[0], 1);
		assert_int_equal(trace.state.len, 0);
		assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
		assert_null(baggage());
		assert_non_null(dctxt_header_value("traceparent"));
		assert_null(dctxt_header_value("tracestate"));
		assert_int_equal(reported, 1);
		assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), i + 1);
		dctx_leave(guard);
	}
	put_trace("a=1,b=2");
	assert_int_equal(decode(0, &guard), DCTX_OK);
	assert_int_equal(reported, 0);
	assert_true(dctx_trace_get(&trace));
	assert_int_equal(trace.state.len, 7);
	dctx_leave(guard);
}

static void a_strict_reader_refuses_both(void **state)
{
	dctx_trace trace;
	dctx_guard guard;

	(void)state;
	put_trace("a=1,a=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_CORRUPT);
	assert_string_equal(dctx_last_error()->what, "dctx.trace");
	assert_int_equal(
		decode(DCTX_DECODE_STRICT | DCTX_DECODE_SKIP_BAD, &guard),
		DCTX_OK);
	assert_false(dctx_trace_get(&trace));
	assert_int_equal(reported, 1);
	dctx_leave(guard);
	put_members("a=1, b=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_CORRUPT);
	assert_string_equal(dctx_last_error()->what, "dctx.baggage");
	put_trace("a=1,b=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_OK);
	dctx_leave(guard);
	put_members("a=1,b=2");
	assert_int_equal(decode(DCTX_DECODE_STRICT, &guard), DCTX_OK);
	dctx_leave(guard);
}

static void what_a_header_cleaned_is_found(void **state)
{
	const dctx_hop hop = in_envelopes(DCTX_INTERNAL);
	dctx_guard guard;

	(void)state;
	put_members("a=1, b=2, c");
	guard = extract(&hop);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_ENVELOPE_MESSAGE);
	assert_int_equal(dctxt_finding.effect, DCTX_SKIPPED);
	assert_string_equal(dctxt_finding.what, "dctx.baggage");
	assert_string_equal(baggage(), "a=1,b=2");
	dctx_leave(guard);
}

static void a_member_of_a_keys_name_comes_in_by_the_keys_bits(void **state)
{
	dctx_hop hop = in_envelopes(DCTX_PARTNER);
	dctx_guard guard;

	(void)state;
	hop.also = DCTX_CROSS_UNKNOWN;
	put_members("session=evil,a=1,shared=yes");
	guard = extract(&hop);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_KEY);
	assert_int_equal(dctxt_finding.effect, DCTX_WITHHELD);
	assert_string_equal(dctxt_finding.what, "session");
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 1);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 0);
	assert_string_equal(baggage(), "a=1,shared=yes");
	dctx_leave(guard);
	put_members("session=evil");
	guard = extract(&hop);
	assert_null(baggage());
	dctx_leave(guard);
	hop.trust = DCTX_INTERNAL;
	put_members("session=ours");
	guard = extract(&hop);
	assert_string_equal(baggage(), "session=ours");
	dctx_leave(guard);
}

static void a_member_of_a_keys_name_goes_by_the_keys_bits(void **state)
{
	dctx_hop hop = w3c();

	(void)state;
	DCTX_SCOPE_UNNAMED;
	assert_int_equal(
		dctx_baggage_set("session", ((dctx_bytes){"1", 1}), NULL),
		DCTX_OK);
	assert_string_equal(baggage(), "session=1");
	assert_int_equal(dctx_baggage_set("a", ((dctx_bytes){"2", 1}), NULL),
			 DCTX_OK);
	assert_int_equal(
		dctx_baggage_set("shared", ((dctx_bytes){"3", 1}), NULL),
		DCTX_OK);
	hop.also = DCTX_CROSS_UNKNOWN;
	hop.trust = DCTX_PARTNER;
	assert_string_equal(baggage_by(&hop), "a=2,shared=3");
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_KEY);
	assert_string_equal(dctxt_finding.what, "session");
	hop.trust = DCTX_PUBLIC;
	assert_string_equal(baggage_by(&hop), "a=2");
	hop.trust = DCTX_INTERNAL;
	hop.flags = DCTX_HOP_ENVIRON;
	assert_string_equal(baggage_by(&hop), "a=2,shared=3");
	dctx_set(k_shared, "value");
	assert_string_equal(baggage_by(&hop), "shared=value,a=2");
}

static void a_member_that_bits_hold_back_is_in_no_envelope(void **state)
{
	const dctx_hop internal = in_envelopes(DCTX_INTERNAL);
	dctx_hop hop = in_envelopes(DCTX_PARTNER);
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	hop.also = DCTX_CROSS_UNKNOWN;
	{
		DCTX_SCOPE_UNNAMED;
		assert_int_equal(dctx_baggage_set("session",
						  ((dctx_bytes){"1", 1}), NULL),
				 DCTX_OK);
		assert_int_equal(
			dctx_baggage_set("a", ((dctx_bytes){"2", 1}), NULL),
			DCTX_OK);
		dctx_set(k_plain, "goes");
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	}
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_KEY);
	assert_string_equal(dctxt_finding.what, "session");
	assert_int_equal(dctx_extract(&carrier, &internal, &guard), DCTX_OK);
	assert_string_equal(baggage(), "a=2");
	assert_string_equal(dctx_get(k_plain, ""), "goes");
	dctx_leave(guard);
}

static void where_bits_hold_all_members_back_none_go(void **state)
{
	const dctx_hop internal = in_envelopes(DCTX_INTERNAL);
	dctx_hop hop = in_envelopes(DCTX_PARTNER);
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	hop.also = DCTX_CROSS_UNKNOWN;
	put_members("session=1,user=2");
	guard = extract(&internal);
	dctx_set(k_plain, "goes");
	carrier = dctxt_headers();
	assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	dctx_leave(guard);
	assert_int_equal(dctxt_finding.times, 2);
	assert_int_equal(dctx_extract(&carrier, &internal, &guard), DCTX_OK);
	assert_null(baggage());
	assert_string_equal(dctx_get(k_plain, ""), "goes");
	dctx_leave(guard);
}

static void a_member_of_a_keys_name_that_is_no_member_has_no_bits(void **state)
{
	dctx_hop hop = in_envelopes(DCTX_PUBLIC);
	dctx_guard guard;

	(void)state;
	hop.also = DCTX_CROSS_UNKNOWN;
	put_members("plain=1,user=2");
	guard = extract(&hop);
	assert_string_equal(baggage(), "plain=1");
	dctx_leave(guard);
}

/* Either way of a member that is held back, of which a copy is made without. */
static dctx_status comes_in(void)
{
	const dctx_decode_options in = {.struct_size = sizeof in};
	dctx_status status;
	dctx_guard guard;

	put_members("session=1, a=2");
	status = dctx_store_decode_with(dctx_current(), m.bytes, m.len, &in,
					&guard);
	if (status == DCTX_OK)
		dctx_leave(guard);
	return status;
}

static dctx_status goes_out(void)
{
	const dctx_bytes value = {"1", 1};
	dctx_hop hop = in_envelopes(DCTX_PARTNER);
	dctx_carrier carrier = dctxt_headers();
	dctx_status status;

	DCTX_SCOPE("goes out");
	hop.also = DCTX_CROSS_UNKNOWN;
	status = dctx_baggage_set("session", value, NULL);
	if (status == DCTX_OK)
		status = dctx_baggage_set("a", value, NULL);
	if (status == DCTX_OK)
		status = dctx_inject(&carrier, &hop, NULL);
	return status;
}

static void without_memory_either_way_fails(void **state)
{
	static const struct dctxt_scenario scenarios[] = {
		{"comes in", comes_in}, {"goes out", goes_out}};

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	dctxt_inject(scenarios, 2);
	assert_int_equal(goes_out(), DCTX_OK);
	assert_string_equal(dctxt_finding.what, "session");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(members_that_came_are_cleaned),
		DCTXT_TEST(members_that_came_leave_room_for_others),
		DCTXT_TEST(no_more_members_come_than_there_may_be),
		DCTXT_TEST(a_list_that_is_too_long_for_members_is_corrupt),
		DCTXT_TEST(of_entries_with_members_the_last_counts),
		DCTXT_TEST(a_bad_tracestate_is_dropped_and_the_trace_stays),
		DCTXT_TEST(a_strict_reader_refuses_both),
		DCTXT_TEST(what_a_header_cleaned_is_found),
		DCTXT_TEST(a_member_of_a_keys_name_comes_in_by_the_keys_bits),
		DCTXT_TEST(a_member_of_a_keys_name_goes_by_the_keys_bits),
		DCTXT_TEST(a_member_that_bits_hold_back_is_in_no_envelope),
		DCTXT_TEST(where_bits_hold_all_members_back_none_go),
		DCTXT_TEST(
			a_member_of_a_keys_name_that_is_no_member_has_no_bits),
		DCTXT_TEST(without_memory_either_way_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
