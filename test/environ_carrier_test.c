/* SPDX-License-Identifier: MIT */
/* environ_carrier_test.c - proves how variables are named. */
#include "environs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *got(char *const *env, const char *name)
{
	dctx_carrier carrier = dctx_environ_carrier(env);
	dctx_bytes value = {NULL, 0};

	if (carrier.get(carrier.user, name, &value, 1) == 0)
		return NULL;
	assert_int_equal(value.len, strlen(value.data));
	return value.data;
}

static void names_are_normalized_as_opentelemetry_says(void **state)
{
	static char *const env[] = {"TRACEPARENT=a",
				    "traceparent=b",
				    "X_B3_TRACEID=c",
				    "_7UP=d",
				    "7UP=e",
				    "_=f",
				    "A_B_=g",
				    "TRACEPARENT=h",
				    "EMPTY=",
				    "=i",
				    NULL};

	(void)state;
	assert_string_equal(got(env, "traceparent"), "a");
	assert_string_equal(got(env, "TraceParent"), "a");
	assert_string_equal(got(env, "x-b3-traceid"), "c");
	assert_string_equal(got(env, "7up"), "d");
	assert_string_equal(got(env, ""), "f");
	assert_string_equal(got(env, "a.b\xe4"), "g");
	assert_string_equal(got(env, "empty"), "");
	assert_null(got(env, "absent"));
	assert_null(got(env, "tracepar"));
	assert_null(got(env, "x-b3-traceid2"));
}

static char listed[64];

static void list(void *arg, dctx_bytes name, dctx_bytes value)
{
	(void)arg;
	strncat(listed, name.data, name.len);
	strcat(listed, "=");
	strncat(listed, value.data, value.len);
	strcat(listed, " ");
}

static void names_with_a_prefix_are_listed(void **state)
{
	static char *const env[] = {
		"UBERCTX_A=1", "UBERCTX_a=2", "UBERCTX=3", "A_UBERCTX_=4",
		"UBERCTX_=5",  "UBERCTX_B",   NULL};
	dctx_carrier carrier = dctx_environ_carrier(env);

	(void)state;
	listed[0] = '\0';
	carrier.each(carrier.user, "uberctx-", list, NULL);
	assert_string_equal(listed, "UBERCTX_A=1 UBERCTX_=5 ");
	listed[0] = '\0';
	carrier.each(carrier.user, "", list, NULL);
	assert_string_equal(listed,
			    "UBERCTX_A=1 UBERCTX=3 A_UBERCTX_=4 UBERCTX_=5 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(names_are_normalized_as_opentelemetry_says),
		DCTXT_TEST(names_with_a_prefix_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
