/* SPDX-License-Identifier: MIT */
/*
 * environ_header_test.c - proves that an envelope is read of an environment,
 * too, that is there as a header's variable.
 */
#include "environs.h"

#include <stdio.h>
#include <stdlib.h>

DCTX_KEY_U64(k_num, "num", DCTX_WIRE | DCTX_ENV);
DCTX_KEY_STR(k_wire, "wire", DCTX_WIRE);

static dctx_hop with_header(void)
{
	static const dctx_propagator *formats[1];

	formats[0] = dctx_envelope_text();
	return (dctx_hop){.struct_size = sizeof(dctx_hop),
			  .propagators = formats,
			  .propagator_count = 1};
}

/* What a parent wrote to X_DCTX, where its hop says so. */
static char *written_as_header(uint64_t num_is)
{
	dctx_hop hop = with_header();
	char **env, *out;

	DCTX_SCOPE("parent");
	dctx_set(k_num, num_is);
	dctx_set(k_wire, "not for environments");
	env = dctxt_environ_made(dctxt_no_environ, &hop);
	assert_non_null(dctxt_environ_value(env, "X_DCTX"));
	out = malloc(2048);
	assert_non_null(out);
	snprintf(out, 2048, "X_DCTX=%s", dctxt_environ_value(env, "X_DCTX"));
	free(env);
	return out;
}

static void an_envelope_among_the_headers_is_read_without_DCTX(void **state)
{
	dctx_hop hop = with_header(), alone = dctxt_environ_alone();
	char *header = written_as_header(42);
	char *only[] = {header, NULL}, *bad[] = {"DCTX=?", header, NULL};
	char *both[] = {header, NULL, NULL}, **env;
	dctx_snapshot *child = dctxt_environ_taken(only, &hop);

	(void)state;
	assert_int_equal(dctx_snapshot_get(child, k_num, 0), 42);
	assert_string_equal(dctx_snapshot_get(child, k_wire, "-"), "-");
	dctx_snapshot_unref(child);
	child = dctxt_environ_taken(bad, &hop);
	assert_int_equal(dctx_snapshot_get(child, k_num, 0), 42);
	dctx_snapshot_unref(child);
	/* Only where it is one of the hop's, and not over DCTX. */
	child = dctxt_environ_taken(only, &alone);
	assert_int_equal(dctx_snapshot_get(child, k_num, 0), 0);
	dctx_snapshot_unref(child);
	{
		DCTX_SCOPE("parent");
		dctx_set(k_num, 7);
		env = dctxt_environ_made(dctxt_no_environ, &alone);
	}
	both[1] = env[0];
	child = dctxt_environ_taken(both, &hop);
	assert_int_equal(dctx_snapshot_get(child, k_num, 0), 7);
	dctx_snapshot_unref(child);
	free(env);
	free(header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_envelope_among_the_headers_is_read_without_DCTX),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
