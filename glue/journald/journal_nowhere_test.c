/* SPDX-License-Identifier: MIT */
/*
 * journal_nowhere_test.c - proves that who does not want an entry to say where
 * it was made can leave that out, as with sd-journal.
 */
#define _GNU_SOURCE /* unshare */
#define SD_JOURNAL_SUPPRESS_LOCATION
#define DCTX_JOURNAL_DROP_IN
#include "../own_journald.h"
#include "dctx_journal.h"

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);

static void an_entry_need_not_say_where_it_was_made(void **state)
{
	json_t *entries, *entry;
	size_t i;

	(void)state;
	dctx_set(k_rid, "nowhere");
	assert_int_equal(sd_journal_print(LOG_INFO, "x"), 0);
	assert_int_equal(dctx_journal_send("MESSAGE=x", NULL), 0);
	entries = kept("RID=nowhere");
	assert_int_equal(json_array_size(entries), 2);
	json_array_foreach(entries, i, entry)
	{
		check_kept(entry, "CODE_FILE", NULL);
		check_kept(entry, "CODE_LINE", NULL);
		check_kept(entry, "CODE_FUNC", NULL);
	}
	json_decref(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_entry_need_not_say_where_it_was_made),
	};

	own_journald();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
