/* SPDX-License-Identifier: MIT */
/*
 * hmac_test.c - proves that HMAC-SHA-256 is that of the standard, that keys can
 * be changed one process after the other, and that nothing that was altered,
 * cut or signed by others is taken.
 */
#include "dctx_hmac.h"

#include "kit.h"

#include <pthread.h>
#include <stdlib.h>

DCTX_KEY_STR(k_rid, "request_id", DCTX_WIRE);

static const unsigned char old_secret[32] = "an older secret, of 32 bytes ok";
static const unsigned char new_secret[32] = "a newer secret, of 32 bytes, ok";
static const dctx_hmac_key older[] = {{"old", old_secret, 32}};
static const dctx_hmac_key both[] = {{"new", new_secret, 32},
				     {"old", old_secret, 32}};
static const dctx_hmac_key newer[] = {{"new", new_secret, 32}};

static unsigned char message[256];
static size_t len;

static dctx_hmac *hmac_of(const dctx_hmac_key *keys, size_t n)
{
	dctx_hmac *hmac = NULL;

	assert_int_equal(dctx_hmac_new(keys, n, &hmac), DCTX_OK);
	return hmac;
}

static void encode(const dctx_hmac *hmac)
{
	const dctx_encode_options options = {.struct_size = sizeof options,
					     .auth = dctx_hmac_auth(hmac)};

	DCTX_SCOPE_UNNAMED;
	dctx_set(k_rid, "r-1");
	assert_int_equal(
		dctx_encode_with(&options, message, sizeof message, &len),
		DCTX_OK);
}

static dctx_status decode(const dctx_hmac *hmac, size_t n)
{
	const dctx_decode_options options = {.struct_size = sizeof options,
					     .auth = dctx_hmac_auth(hmac)};
	dctx_snapshot *came = NULL;
	dctx_status status = dctx_decode_with(message, n, &options, &came);

	if (status == DCTX_OK)
		assert_string_equal(dctx_snapshot_get(came, k_rid, "-"), "r-1");
	dctx_snapshot_unref(came);
	return status;
}

/* RFC 4231, test cases 6 and 2 (its key filled up with zeros to 16 bytes, which
 * is the same key by RFC 2104), in one part and in many. */
static void a_code_is_that_of_the_standard(void **state)
{
	static unsigned char large[131];
	static const char text6[] =
		"Test Using Larger Than Block-Size Key - Hash Key First";
	static const unsigned char code6[] = {
		0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f,
		0x0d, 0x8a, 0x26, 0xaa, 0xcb, 0xf5, 0xb7, 0x7f,
		0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28, 0xc5, 0x14,
		0x05, 0x46, 0x04, 0x0f, 0x0e, 0xe3, 0x7f, 0x54};
	static const char text2[] = "what do ya want for nothing?";
	static const unsigned char code2[] = {
		0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e,
		0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
		0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
		0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
	const dctx_hmac_key keys[] = {{"6", large, 131},
				      {"2", "Jefe\0\0\0\0\0\0\0\0\0\0\0", 16}};
	const dctx_bytes parts6[] = {{text6, 10}, {NULL, 0}, {text6 + 10, 44}};
	const dctx_bytes part2 = {text2, 28};
	unsigned char code[32];
	const dctx_auth *auth;
	dctx_hmac *hmac;

	(void)state;
	memset(large, 0xaa, sizeof large);
	hmac = hmac_of(keys, 2);
	auth = dctx_hmac_auth(hmac);
	assert_int_equal(auth->sign(auth->user, parts6, 3, code), DCTX_OK);
	assert_memory_equal(code, code6, 32);
	assert_int_equal(auth->verify(auth->user, (dctx_bytes){"2", 1}, &part2,
				      1, (dctx_bytes){code2, 32}),
			 DCTX_OK);
	assert_int_equal(auth->verify(auth->user, (dctx_bytes){"2", 1}, &part2,
				      1, (dctx_bytes){code2, 31}),
			 DCTX_UNTRUSTED);
	dctx_hmac_free(hmac);
}

static void keys_can_be_changed(void **state)
{
	dctx_hmac *was = hmac_of(older, 1), *is = hmac_of(both, 2);
	dctx_hmac *will = hmac_of(newer, 1);

	(void)state;
	encode(was);
	assert_int_equal(decode(is, len), DCTX_OK);
	assert_int_equal(decode(will, len), DCTX_UNTRUSTED);
	encode(is);
	assert_int_equal(decode(will, len), DCTX_OK);
	assert_int_equal(decode(was, len), DCTX_UNTRUSTED);
	dctx_hmac_free(was);
	dctx_hmac_free(is);
	dctx_hmac_free(will);
}

/* The right name with another's key, and the other way round. */
static void one_that_others_signed_is_refused(void **state)
{
	const dctx_hmac_key forged[] = {{"new", old_secret, 32}};
	const dctx_hmac_key renamed[] = {{"mew", new_secret, 32}};
	dctx_hmac *ours = hmac_of(newer, 1), *theirs = hmac_of(forged, 1);
	dctx_hmac *other = hmac_of(renamed, 1);

	(void)state;
	encode(theirs);
	assert_int_equal(decode(ours, len), DCTX_UNTRUSTED);
	encode(other);
	assert_int_equal(decode(ours, len), DCTX_UNTRUSTED);
	dctx_hmac_free(ours);
	dctx_hmac_free(theirs);
	dctx_hmac_free(other);
}

static void any_altered_bit_and_any_cut_is_refused(void **state)
{
	dctx_hmac *hmac = hmac_of(newer, 1);

	(void)state;
	encode(hmac);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			message[i] ^= (unsigned char)(1 << bit);
			assert_int_not_equal(decode(hmac, len), DCTX_OK);
			message[i] ^= (unsigned char)(1 << bit);
		}
		assert_int_not_equal(decode(hmac, i), DCTX_OK);
	}
	assert_int_equal(decode(hmac, len), DCTX_OK);
	dctx_hmac_free(hmac);
}

static void keys_that_are_none_are_refused(void **state)
{
	static const char long_name[] = "a name of 33 bytes is one too many";
	const dctx_hmac_key bad[][2] = {
		{{NULL, old_secret, 32}, {"x", old_secret, 32}},
		{{"", old_secret, 32}, {"x", old_secret, 32}},
		{{long_name, old_secret, 32}, {"x", old_secret, 32}},
		{{"a", NULL, 32}, {"x", old_secret, 32}},
		{{"a", old_secret, 15}, {"x", old_secret, 32}},
		{{"a", old_secret, 1025}, {"x", old_secret, 32}},
		{{"a", old_secret, 32}, {"a", new_secret, 32}}};
	dctx_hmac_key many[17];
	dctx_hmac *hmac = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(dctx_hmac_new(bad[i], 2, &hmac), DCTX_INVALID);
	for (int i = 0; i < 17; i++) {
		static char names[17][2];

		names[i][0] = (char)('a' + i);
		many[i] = (dctx_hmac_key){names[i], old_secret, 16};
	}
	assert_int_equal(dctx_hmac_new(many, 17, &hmac), DCTX_INVALID);
	assert_int_equal(dctx_hmac_new(many, 0, &hmac), DCTX_INVALID);
	assert_int_equal(dctx_hmac_new(NULL, 1, &hmac), DCTX_INVALID);
	assert_int_equal(dctx_hmac_new(many, 1, NULL), DCTX_INVALID);
	assert_null(hmac);
	assert_null(dctx_hmac_auth(NULL));
	assert_null(dctx_hmac_free(NULL));
	hmac = hmac_of(many, 16);
	dctx_hmac_free(hmac);
}

static void *sign_and_verify(void *arg)
{
	const dctx_auth *auth = dctx_hmac_auth(arg);
	const dctx_bytes part = {"text", 4};
	unsigned char code[32];

	for (int i = 0; i < 1000; i++) {
		DCTXT_EXPECT(auth->sign(auth->user, &part, 1, code) == DCTX_OK);
		DCTXT_EXPECT(auth->verify(auth->user, auth->key_id, &part, 1,
					  (dctx_bytes){code, 32}) == DCTX_OK);
	}
	return NULL;
}

static void threads_use_it_at_once(void **state)
{
	dctx_hmac *hmac = hmac_of(both, 2);
	pthread_t threads[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						sign_and_verify, hmac),
				 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	dctx_hmac_free(hmac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_code_is_that_of_the_standard),
		DCTXT_TEST(keys_can_be_changed),
		DCTXT_TEST(one_that_others_signed_is_refused),
		DCTXT_TEST(any_altered_bit_and_any_cut_is_refused),
		DCTXT_TEST(keys_that_are_none_are_refused),
		DCTXT_TEST(threads_use_it_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
