/* SPDX-License-Identifier: MIT */
/*
 * With dctx in the process a library that has only the copyable header sees the
 * limits of its caller; with a second copy of dctx, the program's.
 */
#include "client.h"
#include "kit.h"

#include <dlfcn.h>
#include <errno.h>

static void a_client_sees_no_limit_where_there_is_none(void **state)
{
	struct seen seen = client_look();

	(void)state;
	assert_int_equal(seen.remaining, INT64_MAX);
	assert_int_equal(seen.milliseconds, -1);
	assert_int_equal(seen.done, 0);
	assert_int_equal(seen.fd, -1);
}

static void a_client_sees_the_deadline(void **state)
{
	struct seen seen;

	(void)state;
	DCTX_SCOPE("call");
	dctx_set_timeout(100 * DCTX_S);
	seen = client_look();
	assert_in_range(seen.remaining, 1, 100 * DCTX_S);
	assert_in_range(seen.milliseconds, 1, 100000);
	assert_int_equal(seen.done, 0);
	dctx_set_timeout(0);
	seen = client_look();
	assert_int_equal(seen.remaining, 0);
	assert_int_equal(seen.milliseconds, 0);
	assert_int_equal(seen.done, ETIMEDOUT);
}

static void a_client_sees_a_cancel(void **state)
{
	dctx_source *source;
	struct seen seen;

	(void)state;
	assert_int_equal(dctx_source_new(NULL, DCTX_NO_DEADLINE, &source),
			 DCTX_OK);
	DCTX_SCOPE("call");
	dctx_add_source(source);
	seen = client_look();
	assert_true(seen.fd >= 0);
	assert_int_equal(seen.readable, 0);
	assert_int_equal(seen.done, 0);
	dctx_cancel(source, "enough");
	seen = client_look();
	assert_int_equal(seen.remaining, 0);
	assert_int_equal(seen.done, ECANCELED);
	assert_int_equal(seen.readable, 1);
	dctx_source_unref(source);
}

#ifdef WEAK_SECOND_COPY
/* The plug-in has the archive of the library in it, and uses it. */
static void with_two_copies_a_client_sees_the_programs(void **state)
{
	void *plugin = dlopen(WEAK_SECOND_COPY, RTLD_NOW | RTLD_LOCAL);

	assert_non_null(plugin);
	a_client_sees_the_deadline(state);
	a_client_sees_a_cancel(state);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_client_sees_no_limit_where_there_is_none),
		DCTXT_TEST(a_client_sees_the_deadline),
		DCTXT_TEST(a_client_sees_a_cancel),
#ifdef WEAK_SECOND_COPY
		DCTXT_TEST(with_two_copies_a_client_sees_the_programs),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
