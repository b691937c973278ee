/* SPDX-License-Identifier: MIT */
/*
 * journal_drop_in_test.c - proves that a program which was written for
 * sd-journal has the fields of the context by two words at its compiler's
 * command line. What follows the first include is such a program.
 */
#define _GNU_SOURCE /* unshare */
#define DCTX_JOURNAL_DROP_IN
#include "dctx_journal.h"

#include <systemd/sd-journal.h>

static void old_printv(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void old_printv(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)sd_journal_printv(LOG_WARNING, format, args);
	va_end(args);
}

static void old_program(void)
{
	struct iovec iov = {(void *)(uintptr_t) "MESSAGE=old 4", 13};

	(void)sd_journal_print(LOG_INFO, "old %d", 1);
	old_printv("old %d", 2);
	(void)sd_journal_send("MESSAGE=old %d", 3, "PRIORITY=%i", LOG_INFO,
			      NULL);
	(void)sd_journal_sendv(&iov, 1);
	(void)sd_journal_perror("old 5");
}

#include "../own_journald.h"

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);

static void an_old_program_needs_no_change(void **state)
{
	json_t *entries, *entry;
	char want[] = "old 1";
	size_t i;

	(void)state;
	dctx_set(k_rid, "old");
	old_program();
	entries = kept("RID=old");
	assert_int_equal(json_array_size(entries), 5);
	json_array_foreach(entries, i, entry)
	{
		const char *message =
			json_string_value(json_object_get(entry, "MESSAGE"));

		want[4] = (char)('1' + i);
		assert_int_equal(strncmp(message, want, 5), 0);
		check_kept(entry, "CODE_FILE", __FILE__);
		check_kept(entry, "CODE_FUNC",
			   i == 1 ? "old_printv" : "old_program");
	}
	json_decref(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(an_old_program_needs_no_change),
	};

	own_journald();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
