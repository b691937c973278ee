/* SPDX-License-Identifier: MIT */
/*
 * journal_mutable_test.c - proves that an entry whose arguments change while it
 * is printed has of them what was there, and nothing else of this process's.
 */
#define _GNU_SOURCE /* unshare */
#include "../own_journald.h"
#include "dctx_journal.h"
#include "mutable.h"

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);

/* An entry of such a text: three zeros, whatever else it is by then. */
static void check_message(const char *rid, int first, int second)
{
	char match[32];
	json_t *entry;

	/* What would be told of this one's stack. */
	assert_int_equal(dctx_journal_print(LOG_INFO, "%0900d", 7), 0);
	snprintf(match, sizeof(match), "RID=%s", rid);
	dctx_set(k_rid, rid);
	assert_int_equal(dctx_journal_print(LOG_INFO,
					    dctxt_mutable(first, second), ""),
			 0);
	entry = kept_one(match);
	check_kept(entry, "MESSAGE", "000");
	json_decref(entry);
}

static void a_text_that_shrinks_meanwhile_ends_there(void **state)
{
	(void)state;
	check_message("shrinks", 40, 3);
}

static void a_text_that_grows_meanwhile_is_cut(void **state)
{
	(void)state;
	check_message("grows", 3, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_text_that_shrinks_meanwhile_ends_there),
		DCTXT_TEST(a_text_that_grows_meanwhile_is_cut),
	};

	own_journald();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
