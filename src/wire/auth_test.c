/* SPDX-License-Identifier: MIT */
/* The seal of an envelope, in every shape that it must not have. */
#include "wire/auth.h"

#include <dctx/dctx.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static dctx_status says;

static dctx_status sign(void *user, const dctx_bytes *parts, size_t n,
			void *code)
{
	(void)user;
	(void)parts;
	(void)n;
	memset(code, 0x5a, 16);
	return says;
}

static dctx_status verify(void *user, dctx_bytes key_id,
			  const dctx_bytes *parts, size_t n, dctx_bytes code)
{
	(void)user;
	(void)key_id;
	(void)parts;
	(void)n;
	(void)code;
	return says;
}

static const dctx_auth auth = {.struct_size = sizeof(dctx_auth),
			       .key_id = {"k", 1},
			       .code_size = 16,
			       .sign = sign,
			       .verify = verify};

static unsigned char bytes[512];

/* A message of `n` seals of a value. */
static size_t sealed(const void *value, size_t size, uint32_t version, size_t n)
{
	dctx_entry entry[2] = {{.key = {"dctx.auth", 9},
				.value = {value, size},
				.version = version}};
	dctx_message_parts parts = {.struct_size = sizeof parts,
				    .version = 2,
				    .entries = entry,
				    .entry_count = n};
	size_t len;

	entry[1] = entry[0];
	assert_int_equal(dctx_message_write(&parts, bytes, sizeof bytes, &len),
			 DCTX_OK);
	return len;
}

/* What a verification says of the message, and why. */
static dctx_status verified(size_t len, dctx_rule *why)
{
	dctx_message message;

	assert_int_equal(dctx_message_open(bytes, len, &message), DCTX_OK);
	return dctxi_auth_verify(&auth, &message, why);
}

static void a_seal_out_of_shape_is_none(void **state)
{
	unsigned char value[128] = {1, 'k', 16};
	dctx_rule why;

	(void)state;
	says = DCTX_OK;
	assert_int_equal(verified(sealed(value, 19, 1, 1), &why), DCTX_OK);
	for (size_t size = 0; size < 19; size++) {
		assert_int_equal(verified(sealed(value, size, 1, 1), &why),
				 DCTX_UNTRUSTED);
		assert_int_equal(why, DCTX_RULE_AUTH_MISSING);
	}
	assert_int_equal(verified(sealed(value, 20, 1, 1), &why),
			 DCTX_UNTRUSTED);
	assert_int_equal(verified(sealed(value, 19, 2, 1), &why),
			 DCTX_UNTRUSTED);
	assert_int_equal(verified(sealed(value, 19, 1, 2), &why),
			 DCTX_UNTRUSTED);
	assert_int_equal(verified(sealed(value, 19, 1, 0), &why),
			 DCTX_UNTRUSTED);
}

/* A seal of a name and a code of these sizes. */
static dctx_status verified_sizes(unsigned name, unsigned code)
{
	unsigned char value[256] = {0};
	dctx_rule why;

	value[0] = (unsigned char)name;
	value[1 + name] = (unsigned char)code;
	return verified(sealed(value, 2 + name + code, 1, 1), &why);
}

static void names_and_codes_have_their_sizes(void **state)
{
	(void)state;
	says = DCTX_OK;
	assert_int_equal(verified_sizes(0, 16), DCTX_UNTRUSTED);
	assert_int_equal(verified_sizes(1, DCTX_AUTH_CODE_MIN), DCTX_OK);
	assert_int_equal(verified_sizes(1, DCTX_AUTH_CODE_MIN - 1),
			 DCTX_UNTRUSTED);
	assert_int_equal(verified_sizes(1, DCTX_AUTH_CODE_MAX), DCTX_OK);
	assert_int_equal(verified_sizes(1, DCTX_AUTH_CODE_MAX + 1),
			 DCTX_UNTRUSTED);
	assert_int_equal(verified_sizes(DCTX_AUTH_ID_MAX, 16), DCTX_OK);
	assert_int_equal(verified_sizes(DCTX_AUTH_ID_MAX + 1, 16),
			 DCTX_UNTRUSTED);
}

static void what_a_verification_says_is_kept(void **state)
{
	unsigned char value[19] = {1, 'k', 16};
	size_t len = sealed(value, sizeof value, 1, 1);
	dctx_rule why;

	(void)state;
	says = DCTX_NOMEM;
	assert_int_equal(verified(len, &why), DCTX_NOMEM);
	says = DCTX_UNKNOWN_KEY;
	assert_int_equal(verified(len, &why), DCTX_UNTRUSTED);
	assert_int_equal(why, DCTX_RULE_AUTH_KEY);
	says = DCTX_UNTRUSTED;
	assert_int_equal(verified(len, &why), DCTX_UNTRUSTED);
	assert_int_equal(why, DCTX_RULE_AUTH_WRONG);
}

static void only_a_message_with_one_seal_is_signed(void **state)
{
	unsigned char value[19] = {1, 'k', 16};
	size_t len = sealed(value, sizeof value, 1, 1);

	(void)state;
	says = DCTX_OK;
	assert_int_equal(dctxi_auth_sign(&auth, bytes, len), DCTX_OK);
	says = DCTX_NOMEM;
	assert_int_equal(dctxi_auth_sign(&auth, bytes, len), DCTX_NOMEM);
	assert_int_not_equal(dctxi_auth_sign(&auth, bytes, 3), DCTX_OK);
	len = sealed(value, sizeof value, 1, 0);
	assert_int_equal(dctxi_auth_sign(&auth, bytes, len), DCTX_CONFLICT);
}

static void who_signs_has_a_name_and_a_size(void **state)
{
	dctx_auth a = auth;

	(void)state;
	assert_true(dctxi_auth_valid(&a));
	a.struct_size--;
	assert_false(dctxi_auth_valid(&a));
	a = auth;
	a.key_id.len = 0;
	assert_false(dctxi_auth_valid(&a));
	a.key_id = (dctx_bytes){NULL, 1};
	assert_false(dctxi_auth_valid(&a));
	a.key_id = (dctx_bytes){"k", DCTX_AUTH_ID_MAX + 1};
	assert_false(dctxi_auth_valid(&a));
	a = auth;
	a.code_size = DCTX_AUTH_CODE_MIN - 1;
	assert_false(dctxi_auth_valid(&a));
	a.sign = NULL;
	assert_true(dctxi_auth_valid(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seal_out_of_shape_is_none),
		cmocka_unit_test(names_and_codes_have_their_sizes),
		cmocka_unit_test(what_a_verification_says_is_kept),
		cmocka_unit_test(only_a_message_with_one_seal_is_signed),
		cmocka_unit_test(who_signs_has_a_name_and_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
