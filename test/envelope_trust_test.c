/* SPDX-License-Identifier: MIT */
/*
 * envelope_trust_test.c - proves what of a context goes to and comes from whom
 * in a message, and that one which must be signed is refused otherwise.
 */
#include "kit.h"

#include <stdlib.h>

DCTX_KEY_U64(k_own, "own", DCTX_WIRE);
DCTX_KEY_U64(k_partner, "partner", DCTX_WIRE | DCTX_TO_PARTNER);
DCTX_KEY_U64(k_public, "public", DCTX_WIRE | DCTX_TO_PUBLIC);

static unsigned char message[512];
static size_t len;

/* A code that sees every byte and its place, and a key. Not a good one. */
static void code_of(const char *key, const dctx_bytes *parts, size_t n,
		    unsigned char code[16])
{
	uint64_t sum = 7;

	for (const char *at = key; *at != '\0'; at++)
		sum = (sum ^ (unsigned char)*at) * 0x100000001b3;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < parts[i].len; j++)
			sum = (sum ^
			       ((const unsigned char *)parts[i].data)[j]) *
			      0x100000001b3;
	memset(code, 0, 16);
	memcpy(code, &sum, sizeof sum);
}

static dctx_status sign(void *user, const dctx_bytes *parts, size_t n,
			void *code)
{
	code_of(user, parts, n, code);
	return DCTX_OK;
}

static dctx_status verify(void *user, dctx_bytes key_id,
			  const dctx_bytes *parts, size_t n, dctx_bytes code)
{
	unsigned char expected[16];

	if (key_id.len != 2 || memcmp(key_id.data, "k1", 2) != 0)
		return DCTX_UNKNOWN_KEY;
	code_of(user, parts, n, expected);
	if (code.len != 16 || memcmp(code.data, expected, 16) != 0)
		return DCTX_UNTRUSTED;
	return DCTX_OK;
}

static dctx_auth auth_of(const char *id, char *key)
{
	return (dctx_auth){
		sizeof(dctx_auth), {id, strlen(id)}, 16, sign, verify, key};
}

static void encode(dctx_trust trust, const dctx_auth *auth)
{
	const dctx_encode_options options = {
		.struct_size = sizeof options, .trust = trust, .auth = auth};
	dctx_trace trace = dctx_trace_new(0);

	DCTX_SCOPE("request");
	dctx_set(k_own, 1);
	dctx_set(k_partner, 2);
	dctx_set(k_public, 3);
	assert_int_equal(dctx_set_timeout(DCTX_S), DCTX_OK);
	assert_int_equal(dctx_trace_set(&trace), DCTX_OK);
	assert_int_equal(dctx_store_encode_with(dctx_current(), &options,
						message, sizeof message, &len),
			 DCTX_OK);
}

static dctx_snapshot *decode(dctx_trust trust, const dctx_auth *auth,
			     dctx_status expected)
{
	const dctx_decode_options options = {
		.struct_size = sizeof options, .trust = trust, .auth = auth};
	dctx_snapshot *came = NULL;

	assert_int_equal(dctx_decode_with(message, len, &options, &came),
			 expected);
	return came;
}

/* What of a context is there, a bit each. */
enum { OWN = 1, PARTNER = 2, PUBLIC = 4, TRACE = 8, LIMITS = 16, CHAIN = 32 };

static int what_came(dctx_snapshot *came)
{
	dctx_trace trace;
	int what = 0;

	what |= dctx_snapshot_has(came, k_own) ? OWN : 0;
	what |= dctx_snapshot_has(came, k_partner) ? PARTNER : 0;
	what |= dctx_snapshot_has(came, k_public) ? PUBLIC : 0;
	what |= dctx_snapshot_trace(came, &trace) ? TRACE : 0;
	what |= dctx_snapshot_remaining(came) != DCTX_NO_DEADLINE ? LIMITS : 0;
	what |= dctx_snapshot_chain(came, NULL, 0) > 0 ? CHAIN : 0;
	dctx_snapshot_unref(came);
	return what;
}

static const int all = OWN | PARTNER | PUBLIC | TRACE | LIMITS | CHAIN;
static const int partners = PARTNER | PUBLIC | TRACE | LIMITS;

static void what_goes_out_is_what_the_trust_allows(void **state)
{
	(void)state;
	encode(DCTX_INTERNAL, NULL);
	assert_int_equal(what_came(decode(DCTX_INTERNAL, NULL, DCTX_OK)), all);
	assert_int_equal(dctxt_count_all(), 0);
	encode(DCTX_PARTNER, NULL);
	assert_int_equal(what_came(decode(DCTX_INTERNAL, NULL, DCTX_OK)),
			 partners);
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 1);
	encode(DCTX_PUBLIC, NULL);
	assert_int_equal(what_came(decode(DCTX_INTERNAL, NULL, DCTX_OK)),
			 PUBLIC | TRACE);
	assert_int_equal(dctxt_count(DCTX_EV_WITHHELD), 3);
}

static void what_comes_in_is_what_the_trust_allows(void **state)
{
	(void)state;
	encode(DCTX_INTERNAL, NULL);
	assert_int_equal(what_came(decode(DCTX_PARTNER, NULL, DCTX_OK)),
			 partners);
	assert_int_equal(dctxt_count(DCTX_EV_LOCAL_ENTRY), 1);
	assert_int_equal(what_came(decode(DCTX_PUBLIC, NULL, DCTX_OK)), PUBLIC);
	assert_int_equal(dctxt_count(DCTX_EV_LOCAL_ENTRY), 4);
}

static void a_signed_message_is_taken(void **state)
{
	char key[] = "secret";
	dctx_auth auth = auth_of("k1", key);

	(void)state;
	encode(DCTX_INTERNAL, &auth);
	assert_int_equal(what_came(decode(DCTX_INTERNAL, &auth, DCTX_OK)), all);
	/* Who knows of no codes takes it, too. */
	assert_int_equal(what_came(decode(DCTX_INTERNAL, NULL, DCTX_OK)), all);
	assert_int_equal(dctxt_count_all(), 0);
}

static void one_without_a_code_is_refused(void **state)
{
	char key[] = "secret";
	dctx_auth auth = auth_of("k1", key);

	(void)state;
	encode(DCTX_INTERNAL, NULL);
	assert_null(decode(DCTX_INTERNAL, &auth, DCTX_UNTRUSTED));
	assert_string_equal(dctx_last_error()->what, "dctx.auth");
}

static void one_of_another_key_is_refused(void **state)
{
	char key[] = "secret", other[] = "Secret";
	dctx_auth ours = auth_of("k1", key), theirs = auth_of("k1", other);
	dctx_auth unknown = auth_of("k2", key);

	(void)state;
	encode(DCTX_INTERNAL, &theirs);
	assert_null(decode(DCTX_INTERNAL, &ours, DCTX_UNTRUSTED));
	encode(DCTX_INTERNAL, &unknown);
	assert_null(decode(DCTX_INTERNAL, &ours, DCTX_UNTRUSTED));
}

/* Whatever byte is changed, and wherever it is cut. */
static void one_that_was_altered_is_refused(void **state)
{
	char key[] = "secret";
	dctx_auth auth = auth_of("k1", key);
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .auth = &auth};
	dctx_snapshot *came = NULL;
	size_t whole;

	(void)state;
	encode(DCTX_INTERNAL, &auth);
	whole = len;
	for (size_t i = 0; i < whole; i++) {
		message[i] ^= 1;
		assert_int_not_equal(
			dctx_decode_with(message, whole, &options, &came),
			DCTX_OK);
		message[i] ^= 1;
		assert_int_not_equal(
			dctx_decode_with(message, i, &options, &came), DCTX_OK);
	}
	assert_null(came);
	assert_int_equal(what_came(decode(DCTX_INTERNAL, &auth, DCTX_OK)), all);
}

static void an_older_code_is_not_sent_along(void **state)
{
	char key[] = "secret";
	dctx_auth auth = auth_of("k1", key);
	dctx_encode_options options = {.struct_size = sizeof options,
				       .auth = &auth};
	dctx_message m;
	dctx_entry entries[8];
	unsigned char again[512];
	size_t n = 0, again_len = 0;
	dctx_snapshot *came;

	(void)state;
	encode(DCTX_INTERNAL, &auth);
	assert_int_equal(dctx_message_open(message, len, &m), DCTX_OK);
	while (dctx_message_entry(&m, &entries[n]))
		n += entries[n].reserved;
	options.entries = entries;
	options.entry_count = n;
	assert_int_equal(dctx_snapshot_encode_with(dctx_snapshot_empty(),
						   &options, again,
						   sizeof again, &again_len),
			 DCTX_OK);
	memcpy(message, again, again_len);
	len = again_len;
	came = decode(DCTX_INTERNAL, &auth, DCTX_OK);
	dctx_snapshot_unref(came);
}

static dctx_status refuse(void *user, const dctx_bytes *parts, size_t n,
			  void *code)
{
	(void)user, (void)parts, (void)n, (void)code;
	return DCTX_NOMEM;
}

static void signing_that_fails_fails_the_encode(void **state)
{
	dctx_auth auth = auth_of("k1", NULL);
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .auth = &auth};
	unsigned char buf[256];
	size_t n = 77;

	(void)state;
	auth.sign = refuse;
	assert_int_equal(dctx_snapshot_encode_with(dctx_snapshot_empty(),
						   &options, buf, sizeof buf,
						   &n),
			 DCTX_NOMEM);
	assert_int_equal(n, 77);
	/* What is too small is not signed. */
	assert_int_equal(dctx_snapshot_encode_with(dctx_snapshot_empty(),
						   &options, NULL, 0, &n),
			 DCTX_TOO_SMALL);
	assert_in_range(n, 21 + 20 + 20, 256);
}

static void a_table_that_is_not_sound_is_refused(void **state)
{
	char key[] = "secret", id[33];
	dctx_auth bad[6];
	unsigned char buf[256];
	size_t n;

	(void)state;
	memset(id, 'i', sizeof id);
	for (int i = 0; i < 6; i++)
		bad[i] = auth_of("k1", key);
	bad[0].struct_size--;
	bad[1].key_id.len = 0;
	bad[2].key_id = (dctx_bytes){id, 33};
	bad[3].code_size = 15;
	bad[4].code_size = 65;
	bad[5].sign = NULL;
	for (int i = 0; i < 6; i++) {
		const dctx_encode_options options = {
			.struct_size = sizeof options, .auth = &bad[i]};

		assert_int_equal(dctx_snapshot_encode_with(
					 dctx_snapshot_empty(), &options, buf,
					 sizeof buf, &n),
				 DCTX_INVALID);
	}
	bad[5].verify = NULL;
	encode(DCTX_INTERNAL, NULL);
	assert_null(decode(DCTX_INTERNAL, &bad[5], DCTX_INVALID));
	assert_null(decode(DCTX_INTERNAL, &bad[0], DCTX_INVALID));
	assert_null(decode((dctx_trust)3, NULL, DCTX_INVALID));
}

/* Nor its code's size. */
static void who_only_verifies_need_have_no_name(void **state)
{
	static char id[DCTX_AUTH_ID_MAX + 1];
	char key[] = "secret";
	dctx_auth ours = auth_of("k1", key), auth = auth_of("k1", key);

	(void)state;
	auth.sign = NULL;
	auth.key_id = (dctx_bytes){id, sizeof id};
	auth.code_size = 0;
	encode(DCTX_INTERNAL, &ours);
	assert_int_equal(what_came(decode(DCTX_INTERNAL, &auth, DCTX_OK)), all);
}

/* As a header: absent, or from the public. */
static void a_hop_refuses_or_downgrades(void **state)
{
	const dctx_propagator *const formats[] = {dctx_envelope_text()};
	char key[] = "secret";
	dctx_auth auth = auth_of("k1", key);
	dctx_hop hop = {.struct_size = sizeof hop,
			.propagators = formats,
			.propagator_count = 1};
	dctx_header list[2];
	char text[1024];
	dctx_headers headers = {list, 0, 2, text, sizeof text, 0};
	dctx_carrier carrier = dctx_headers_carrier(&headers);
	dctx_snapshot *came = NULL;

	(void)state;
	{
		DCTX_SCOPE("request");
		dctx_set(k_own, 1);
		dctx_set(k_public, 2);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	}
	hop.auth = &auth;
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &came), DCTX_OK);
	assert_int_equal(what_came(came), 0);
	assert_int_equal(dctxt_count(DCTX_EV_BAD_HEADER), 1);
	hop.flags = DCTX_HOP_DOWNGRADE;
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &came), DCTX_OK);
	assert_int_equal(what_came(came), PUBLIC);
	{
		DCTX_SCOPE("request");
		dctx_set(k_own, 1);
		dctx_set(k_public, 2);
		assert_int_equal(dctx_inject(&carrier, &hop, NULL), DCTX_OK);
	}
	hop.flags = 0;
	assert_int_equal(dctx_snapshot_extract(&carrier, &hop, &came), DCTX_OK);
	assert_int_equal(what_came(came), OWN | PUBLIC | CHAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(what_goes_out_is_what_the_trust_allows),
		DCTXT_TEST(what_comes_in_is_what_the_trust_allows),
		DCTXT_TEST(a_signed_message_is_taken),
		DCTXT_TEST(one_without_a_code_is_refused),
		DCTXT_TEST(one_of_another_key_is_refused),
		DCTXT_TEST(one_that_was_altered_is_refused),
		DCTXT_TEST(an_older_code_is_not_sent_along),
		DCTXT_TEST(signing_that_fails_fails_the_encode),
		DCTXT_TEST(a_table_that_is_not_sound_is_refused),
		DCTXT_TEST(who_only_verifies_need_have_no_name),
		DCTXT_TEST(a_hop_refuses_or_downgrades),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
