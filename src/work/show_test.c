/* SPDX-License-Identifier: MIT */
/*
 * What only a reader in the middle of a list brings about: older versions that
 * stay, and are not to be taken for captures.
 */
#include "work/accessors.h"

#include <dctx/dump.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct dctx_accessors *const list = &dctxi_accessors_default;

/* How often each is held, in the order of the list. */
static void check_captures(const char *want)
{
	char text[1 << 14];
	const char *at;

	assert_true(dctx_dump(DCTX_DUMP_JSON, 0, text, sizeof text) <
		    sizeof text);
	at = strstr(text, "\"accessors\":");
	assert_non_null(at);
	assert_non_null(strstr(at, want));
}

static void older_versions_of_a_list_are_no_captures(void **state)
{
	dctx_locals *locals;

	(void)state;
	__atomic_fetch_add(&list->readers, 1, __ATOMIC_SEQ_CST);
	assert_int_equal(dctx_accessor_add(list, dctx_accessor_errno()),
			 DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, dctx_accessor_locale()),
			 DCTX_OK);
	assert_int_equal(dctx_accessor_add(list, dctx_accessor_sigmask()),
			 DCTX_OK);
	assert_non_null(list->old->older);
	check_captures("[{\"name\":\"errno\",\"captures\":0},"
		       "{\"name\":\"locale\",\"captures\":0},");
	assert_int_equal(dctx_locals_capture(list, NULL, &locals), DCTX_OK);
	check_captures("[{\"name\":\"errno\",\"captures\":1},"
		       "{\"name\":\"locale\",\"captures\":1},");
	dctx_locals_unref(locals);
	__atomic_fetch_sub(&list->readers, 1, __ATOMIC_SEQ_CST);
	assert_int_equal(dctx_accessor_remove(list, "signal mask"), DCTX_OK);
	assert_null(list->old);
	check_captures("[{\"name\":\"errno\",\"captures\":0},"
		       "{\"name\":\"locale\",\"captures\":0}]");
	assert_int_equal(dctx_accessor_remove(list, "locale"), DCTX_OK);
	assert_int_equal(dctx_accessor_remove(list, "errno"), DCTX_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(older_versions_of_a_list_are_no_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
