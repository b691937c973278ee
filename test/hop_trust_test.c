/* SPDX-License-Identifier: MIT */
/*
 * hop_trust_test.c - proves what of a context the envelope lets out to others
 * and takes from them, and that what stays behind is told, once.
 */
#include "headers.h"

DCTX_KEY_STR(k_name, "trust_name", DCTX_WIRE);
DCTX_KEY_U64(k_partner, "trust_partner", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_U64(k_public, "trust_public", DCTX_WIRE | DCTX_TO_PUBLIC);
DCTX_KEY_U64(k_local, "trust_local", DCTX_TO_PUBLIC);

static dctx_hop text(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_envelope_text();
	return dctxt_hop(formats, 1);
}

static void set_all(void)
{
	dctx_set(k_name, "request");
	dctx_set(k_partner, 1);
	dctx_set(k_public, 2);
	dctx_set(k_local, 3);
}

/* What a hop of one trust lets out and one of another takes. */
static void cross(dctx_trust out_trust, dctx_trust in_trust,
		  const uint64_t want[3])
{
	dctx_hop hop = text();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	hop.trust = out_trust;
	{
		DCTX_SCOPE_UNNAMED;
		set_all();
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	}
	hop.trust = in_trust;
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(strcmp(dctx_get(k_name, "-"), "-") != 0, want[0]);
	assert_int_equal(dctx_get(k_partner, 0), want[1]);
	assert_int_equal(dctx_get(k_public, 0), want[2]);
	assert_int_equal(dctx_get(k_local, 0), 0);
	dctx_leave(guard);
}

static void keys_cross_by_trust_both_ways(void **state)
{
	const uint64_t all[] = {1, 1, 2}, partner[] = {0, 1, 2},
		       public[] = {0, 0, 2};

	(void)state;
	cross(DCTX_INTERNAL, DCTX_INTERNAL, all);
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 0);
	cross(DCTX_PARTNER, DCTX_INTERNAL, partner);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_KEY);
	assert_int_equal(dctxt_finding.effect, DCTX_WITHHELD);
	assert_string_equal(dctxt_finding.what, "trust_name");
	cross(DCTX_INTERNAL, DCTX_PARTNER, partner);
	assert_int_equal(dctxt_finding.times, 1);
	assert_string_equal(dctxt_finding.what, "trust_name");
	cross(DCTX_PUBLIC, DCTX_INTERNAL, public);
	assert_int_equal(dctxt_finding.times, 2);
	cross(DCTX_INTERNAL, DCTX_PUBLIC, public);
	assert_int_equal(dctxt_finding.times, 2);
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 6);
	assert_int_equal(dctxt_count(DCTX_EV_LOCAL_ENTRY), 0);
}

/* Sends a scope's name, a deadline and a trace; tells what came: bit by bit. */
static int crossed(const dctx_hop *out, const dctx_hop *in)
{
	dctx_carrier carrier = dctxt_headers();
	dctx_trace trace = dctx_trace_new(0);
	dctx_guard guard;
	int what = 0;

	{
		DCTX_SCOPE("secret");
		dctx_set(k_public, 1);
		assert_int_equal(dctx_set_timeout(900 * DCTX_S), DCTX_OK);
		assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
		assert_int_equal(dctx_inject(&carrier, out, NULL), DCTX_OK);
	}
	assert_int_equal(dctx_extract(&carrier, in, &guard), DCTX_OK);
	what += dctx_trace_get(&trace) ? 1 : 0;
	what += dctx_deadline() != DCTX_NO_DEADLINE ? 2 : 0;
	what += dctx_store_chain(guard.store, NULL, 0) > 0 ? 4 : 0;
	assert_int_equal(dctx_get(k_public, 0), 1);
	dctx_leave(guard);
	return what;
}

static void trace_limits_and_chain_cross_by_trust_both_ways(void **state)
{
	const dctx_hop ours = text();
	dctx_hop other = ours;

	(void)state;
	assert_int_equal(crossed(&ours, &ours), 7);
	assert_int_equal(dctxt_finding.times, 0);
	other.trust = DCTX_PARTNER;
	assert_int_equal(crossed(&other, &ours), 3);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_CHAIN);
	assert_int_equal(crossed(&ours, &other), 3);
	assert_int_equal(dctxt_finding.times, 1);
	assert_int_equal(dctxt_finding.rule, DCTX_RULE_BORDER_CHAIN);
	other.trust = DCTX_PUBLIC;
	assert_int_equal(crossed(&other, &ours), 1);
	assert_int_equal(crossed(&ours, &other), 0);
	assert_int_equal(dctxt_finding.times, 3);
	other.also = DCTX_CROSS_CHAIN | DCTX_CROSS_LIMITS | DCTX_CROSS_TRACE;
	assert_int_equal(crossed(&ours, &other), 7);
	other = ours;
	other.never = DCTX_CROSS_TRACE;
	assert_int_equal(crossed(&other, &ours), 6);
	assert_int_equal(crossed(&ours, &other), 6);
}

static void members_of_no_key_cross_by_trust_both_ways(void **state)
{
	for (int i = 0; i < 3; i++) {
		dctx_hop hop = text();
		dctx_carrier carrier = dctxt_headers();
		dctx_guard guard;

		hop.trust = i == 1 ? DCTX_PARTNER : DCTX_INTERNAL;
		{
			DCTX_SCOPE_UNNAMED;
			assert_int_equal(dctx_store_baggage_set(
						 dctx_current(), "other",
						 (dctx_bytes){"v", 1}, NULL),
					 DCTX_OK);
			assert_int_equal(dctx_inject(&carrier, &hop, NULL),
					 DCTX_OK);
		}
		hop.trust = i == 2 ? DCTX_PARTNER : DCTX_INTERNAL;
		assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
		assert_int_equal(
			dctx_store_baggage_each(guard.store, NULL, NULL),
			i == 0);
		assert_int_equal(dctxt_finding.times, i != 0);
		if (i != 0)
			assert_int_equal(dctxt_finding.rule,
					 DCTX_RULE_BORDER_UNKNOWN);
		dctx_leave(guard);
	}
	(void)state;
}

/* A registry of its own has its own keys. */
static void the_hops_registry_says_whose_keys_are_meant(void **state)
{
	static dctx_key_u64 k_own = DCTX_KEY_INIT_U64("trust_own", DCTX_WIRE);
	dctx_registry *registry = NULL;
	dctx_hop hop = text();
	dctx_carrier carrier = dctxt_headers();
	dctx_guard guard;

	(void)state;
	assert_int_equal(dctx_registry_new("own", &registry), DCTX_OK);
	assert_int_equal(dctx_registry_add(registry, &k_own.key), DCTX_OK);
	hop.registry = registry;
	{
		DCTX_SCOPE_UNNAMED;
		dctx_set(k_own, 5);
		dctx_set(k_public, 6);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	}
	assert_int_equal(dctx_extract(&carrier, &hop, &guard), DCTX_OK);
	assert_int_equal(dctx_get(k_own, 0), 5);
	assert_int_equal(dctx_get(k_public, 0), 0);
	dctx_leave(guard);
	dctx_registry_free(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(keys_cross_by_trust_both_ways),
		DCTXT_TEST(trace_limits_and_chain_cross_by_trust_both_ways),
		DCTXT_TEST(the_hops_registry_says_whose_keys_are_meant),
		DCTXT_TEST(members_of_no_key_cross_by_trust_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
