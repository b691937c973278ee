/* SPDX-License-Identifier: MIT */
/*
 * envelope_member_border_test.c - proves that of members that cross in an
 * envelope those with a key's name go where the key's bits let them.
 */
#include "enveloped.h"

DCTX_KEY_STR(k_session, "session", DCTX_BAGGAGE);
DCTX_KEY_STR(k_user, "user", DCTX_BAGGAGE);
DCTX_KEY_STR(k_plain, "plain", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_STR(k_shared, "shared", DCTX_BAGGAGE | DCTX_TO_PARTNER | DCTX_ENV);

static struct message m;

static dctx_status set(const char *name, const char *value)
{
	return dctx_baggage_set(name, ((dctx_bytes){value, strlen(value)}),
				NULL);
}

static void a_member_of_a_keys_name_comes_in_by_the_keys_bits(void **state)
{
	dctx_hop hop = in_envelopes(DCTX_PARTNER);
	dctx_guard guard;

	(void)state;
	hop.also = DCTX_CROSS_UNKNOWN;
	put_members(&m, "session=evil,a=1,shared=yes");
	guard = extract(&m, &hop);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_KEY);
	assert_int_equal(dctxt_finding.effect, DCTX_WITHHELD);
	assert_string_equal(dctxt_finding.what, "session");
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 1);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_ENTRY), 0);
	assert_string_equal(baggage(), "a=1,shared=yes");
	dctx_leave(guard);
	put_members(&m, "session=evil");
	guard = extract(&m, &hop);
	assert_null(baggage());
	dctx_leave(guard);
	hop.trust = DCTX_INTERNAL;
	put_members(&m, "session=ours");
	guard = extract(&m, &hop);
	assert_string_equal(baggage(), "session=ours");
	dctx_leave(guard);
}

static void a_member_of_a_keys_name_goes_by_the_keys_bits(void **state)
{
	dctx_hop hop = w3c();

	(void)state;
	DCTX_SCOPE_UNNAMED;
	assert_int_equal(set("session", "1"), DCTX_OK);
	assert_string_equal(baggage(), "session=1");
	assert_int_equal(set("a", "2"), DCTX_OK);
	assert_int_equal(set("shared", "3"), DCTX_OK);
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
		assert_int_equal(set("session", "1"), DCTX_OK);
		assert_int_equal(set("a", "2"), DCTX_OK);
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
	put_members(&m, "session=1,user=2");
	guard = extract(&m, &internal);
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
	put_members(&m, "plain=1,user=2");
	guard = extract(&m, &hop);
	assert_string_equal(baggage(), "plain=1");
	dctx_leave(guard);
}

/* Whoever decodes can let nothing through that a border's trust does not. */
static void a_decode_at_a_border_takes_no_member(void **state)
{
	static const dctx_trust strangers[] = {DCTX_PARTNER, DCTX_PUBLIC};
	dctx_guard guard;

	(void)state;
	put_members(&m, "session=1,a=2,user=3,shared=4");
	for (int i = 0; i < 2; i++) {
		const dctx_decode_options in = {.struct_size = sizeof in,
						.trust = strangers[i]};

		assert_int_equal(dctx_store_decode_with(dctx_current(), m.bytes,
							m.len, &in, &guard),
				 DCTX_OK);
		assert_null(baggage());
		assert_int_equal(dctxt_count(DCTX_EV_LOCAL_ENTRY), i + 1);
		dctx_leave(guard);
	}
}

/* Either way of a member that is held back, of which a copy is made without. */
static dctx_status comes_in(void)
{
	const dctx_decode_options in = {.struct_size = sizeof in};
	dctx_status status;
	dctx_guard guard;

	put_members(&m, "session=1, a=2");
	status = dctx_store_decode_with(dctx_current(), m.bytes, m.len, &in,
					&guard);
	if (status == DCTX_OK)
		dctx_leave(guard);
	return status;
}

static dctx_status goes_out(void)
{
	dctx_hop hop = in_envelopes(DCTX_PARTNER);
	dctx_carrier carrier = dctxt_headers();
	dctx_status status;

	DCTX_SCOPE("goes out");
	hop.also = DCTX_CROSS_UNKNOWN;
	status = set("session", "1");
	if (status == DCTX_OK)
		status = set("a", "1");
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
		DCTXT_TEST(a_member_of_a_keys_name_comes_in_by_the_keys_bits),
		DCTXT_TEST(a_member_of_a_keys_name_goes_by_the_keys_bits),
		DCTXT_TEST(a_member_that_bits_hold_back_is_in_no_envelope),
		DCTXT_TEST(where_bits_hold_all_members_back_none_go),
		DCTXT_TEST(
			a_member_of_a_keys_name_that_is_no_member_has_no_bits),
		DCTXT_TEST(a_decode_at_a_border_takes_no_member),
		DCTXT_TEST(without_memory_either_way_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
