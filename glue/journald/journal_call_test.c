/* SPDX-License-Identifier: MIT */
/*
 * journal_call_test.c - proves that the calls are what those of sd-journal are,
 * to their callers: arguments, results, errno; that they take no memory; and
 * that formats which fail, jump away or log, and threads, do no harm.
 */
#define _GNU_SOURCE /* unshare */
#include "../own_journald.h"
#include "dctx_journal.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <systemd/sd-journal.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_U32(k_formatted, "formatted", DCTX_LOG);

static void print_takes_what_printf_does(void **state)
{
	static char of_errno[] = "%d: %m"; /* gcc knows only ISO's */
	json_t *entry;

	(void)state;
	dctx_set(k_rid, "print");
	errno = ENOENT;
	assert_int_equal(dctx_journal_print(LOG_DEBUG, of_errno, 7), 0);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(dctx_journal_print(LOG_EMERG, "%s %d \n\t ", "a", 1),
			 0);
	assert_int_equal(dctx_journal_print(LOG_INFO, " \n"), 0);
	assert_int_equal(dctx_journal_print(LOG_INFO, "%s", ""), 0);
	entry = kept("RID=print");
	assert_int_equal(json_array_size(entry), 2);
	check_kept(json_array_get(entry, 0), "MESSAGE",
		   "7: No such file or directory");
	check_kept(json_array_get(entry, 1), "MESSAGE", "a 1");
	check_kept(json_array_get(entry, 1), "PRIORITY", "0");
	json_decref(entry);
}

static void each_format_of_a_send_finds_its_arguments(void **state)
{
	static char of_errno[] = "OF_ERRNO=%m";
	json_t *entry;
	int n;

	(void)state;
	dctx_set(k_rid, "send");
	errno = ENOENT;
	assert_int_equal(
		dctx_journal_send("MESSAGE=%s", "sent", "A=%d %hhd %c %*d", 1,
				  -2, 'c', 4, 5, "B=%ld %lld %zu %jd %td",
				  LONG_MIN, LLONG_MAX, SIZE_MAX, INTMAX_MIN,
				  (ptrdiff_t)-1, "C=%g %Lg %.*f", 1.5, 2.5L, 1,
				  3.25, "D=%2$s %1$s", "one", "two",
				  "E=%p %ls%n", NULL, L"wide", &n, "F", "G=%%",
				  of_errno, "MULTI=a\nMESSAGE=b", NULL),
		-EINVAL);
	assert_int_equal(
		dctx_journal_send("MESSAGE=%s", "sent", "A=%d %hhd %c %*d", 1,
				  -2, 'c', 4, 5, "B=%ld %lld %zu %jd %td",
				  LONG_MIN, LLONG_MAX, SIZE_MAX, INTMAX_MIN,
				  (ptrdiff_t)-1, "C=%g %Lg %.*f", 1.5, 2.5L, 1,
				  3.25, "D=%2$s %1$s", "one", "two",
				  "E=%p %ls%n", NULL, L"wide", &n, "G=%%",
				  of_errno, "MULTI=a\nMESSAGE=b", NULL),
		0);
	assert_int_equal(errno, ENOENT);
	entry = kept_one("RID=send");
	check_kept(entry, "MESSAGE", "sent");
	check_kept(entry, "A", "1 -2 c    5");
	check_kept(entry, "B",
		   "-9223372036854775808 9223372036854775807 "
		   "18446744073709551615 -9223372036854775808 -1");
	check_kept(entry, "C", "1.5 2.5 3.2");
	check_kept(entry, "D", "two one");
	check_kept(entry, "E", "(nil) wide");
	check_kept(entry, "G", "%");
	check_kept(entry, "OF_ERRNO", "No such file or directory");
	check_kept(entry, "MULTI", "a\nMESSAGE=b");
	check_kept(entry, "CODE_FUNC", __func__);
	json_decref(entry);
}

#define EIGHT(x) x, x, x, x, x, x, x, x
#define SIXTY_FOUR(x) EIGHT(EIGHT(x))

static void more_than_a_send_takes_is_refused(void **state)
{
	(void)state;
	assert_int_equal(dctx_journal_send("A=", SIXTY_FOUR("X=1"), NULL),
			 -E2BIG);
	assert_int_equal(dctx_journal_send(SIXTY_FOUR("X=1"), NULL), 0);
}

static void a_vector_is_sent_as_it_is(void **state)
{
	static const char binary[] = "BINARY=a\0b\nc";
	struct iovec iov[70];
	json_t *entry;

	(void)state;
	dctx_set(k_rid, "sendv");
	for (int i = 0; i < 70; i++)
		iov[i] = (struct iovec){(void *)(uintptr_t) "X=1", 3};
	iov[0] = (struct iovec){(void *)(uintptr_t) "MESSAGE=vector", 14};
	iov[1] = (struct iovec){(void *)(uintptr_t)binary, sizeof(binary) - 1};
	iov[2] = (struct iovec){(void *)(uintptr_t) "NUM=7", 5};
	dctx_set(k_num, 8);
	assert_int_equal(dctx_journal_sendv(iov, 3), 0);
	dctx_set(k_num, 9);
	assert_int_equal(dctx_journal_sendv(iov, 70), 0);
	entry = kept_one("RID=sendv");
	check_kept(entry, "MESSAGE", "vector");
	check_kept(entry, "NUM", "7");
	check_kept(entry, "CODE_FUNC", __func__);
	assert_int_equal(json_array_size(json_object_get(entry, "BINARY")), 5);
	json_decref(entry);
	entry = kept("MESSAGE=vector");
	assert_int_equal(json_array_size(entry), 2);
	check_kept(json_array_get(entry, 1), "RID", NULL);
	json_decref(entry);
}

static void an_error_is_told_with_its_number(void **state)
{
	json_t *entry;

	(void)state;
	dctx_set(k_rid, "perror");
	errno = ENOENT;
	assert_int_equal(dctx_journal_perror("open"), 0);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(dctx_journal_perror(NULL), 0);
	entry = kept("RID=perror");
	assert_int_equal(json_array_size(entry), 2);
	check_kept(json_array_get(entry, 0), "MESSAGE",
		   "open: No such file or directory");
	check_kept(json_array_get(entry, 0), "PRIORITY", "3");
	check_kept(json_array_get(entry, 0), "ERRNO", "2");
	check_kept(json_array_get(entry, 1), "MESSAGE",
		   "No such file or directory");
	json_decref(entry);
}

static void results_are_those_of_sd_journal(void **state)
{
	static char large[(1 << 20) + 2];
	static char none[] = "";
	struct iovec nameless = {(void *)(uintptr_t) "nameless", 8};
	const char *format = NULL;

	(void)state;
	memset(large, 'l', sizeof(large) - 1);
	assert_int_equal(dctx_journal_print(-1, "x"),
			 sd_journal_print(-1, "x"));
	assert_int_equal(dctx_journal_print(8, "x"), sd_journal_print(8, "x"));
	assert_int_equal(dctx_journal_print(LOG_INFO, format, 0),
			 sd_journal_print(LOG_INFO, format, 0));
	assert_int_equal(dctx_journal_print(LOG_INFO, none, 0),
			 sd_journal_print(LOG_INFO, none, 0));
	assert_int_equal(dctx_journal_print(LOG_INFO, "%s", large), -ENOBUFS);
	assert_int_equal(sd_journal_print(LOG_INFO, "%s", large), -ENOBUFS);
	assert_int_equal(dctx_journal_send("A=%s", large, NULL), -ENOBUFS);
	assert_int_equal(dctx_journal_sendv(NULL, 1),
			 sd_journal_sendv(NULL, 1));
	assert_int_equal(dctx_journal_sendv(&nameless, 0),
			 sd_journal_sendv(&nameless, 0));
	assert_int_equal(dctx_journal_sendv(&nameless, 1),
			 sd_journal_sendv(&nameless, 1));
	assert_int_equal(dctx_journal_send("nameless", NULL),
			 sd_journal_send("nameless", NULL));
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"),
			 sd_journal_print(LOG_INFO, "x"));
}

static void without_a_journal_an_entry_is_gone_quietly(void **state)
{
	json_t *entries;

	(void)state;
	if (!has_journald)
		skip();
	assert_int_equal(rename(JOURNALD_SOCKET, "/run/aside"), 0);
	dctx_set(k_rid, "nobody");
	errno = E2BIG;
	assert_int_equal(dctx_journal_print(LOG_INFO, "x"), 0);
	assert_int_equal(dctx_journal_send("MESSAGE=x", NULL), 0);
	assert_int_equal(dctx_journal_perror("x"), 0);
	assert_int_equal(errno, E2BIG);
	assert_int_equal(rename("/run/aside", JOURNALD_SOCKET), 0);
	entries = kept("RID=nobody");
	assert_int_equal(json_array_size(entries), 0);
	json_decref(entries);
}

static void an_entry_takes_no_memory(void **state)
{
	if (!dctxt_heap_watched())
		skip();
	(void)state;
	dctx_set(k_rid, "no memory");
	dctx_set(k_num, 7);
	(void)dctx_journal_print(LOG_INFO, "warm");
	dctxt_heap_fail(0, false);
	(void)dctx_journal_print(LOG_INFO, "%s %d", "x", 1);
	(void)dctx_journal_send("MESSAGE=%s", "x", "PRIORITY=%d", 6, NULL);
	assert_int_equal(dctxt_heap_relent(), 0);
}

static void a_long_text_is_cut_without_memory(void **state)
{
	static char text[3001];
	json_t *entry;
	int results[2];

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	/* 1,024 is in the middle of a character. */
	text[0] = 't';
	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	dctx_set(k_rid, "cut");
	(void)dctx_journal_send("MESSAGE=warm", NULL);
	dctxt_heap_fail(1, true);
	results[0] = dctx_journal_print(LOG_INFO, "%s", text);
	results[1] = dctx_journal_send("A=%s", text, "B=1", NULL);
	assert_int_equal(dctxt_heap_relent(), 2);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], 0);
	entry = kept("RID=cut");
	assert_int_equal(json_array_size(entry), 3);
	text[1023] = '\0';
	check_kept(json_array_get(entry, 1), "MESSAGE", text);
	check_kept(json_array_get(entry, 2), "B", NULL);
	json_decref(entry);
}

static jmp_buf out;

static size_t do_ill(const dctx_any *value, char *buf, size_t size)
{
	switch (value->as.u) {
	case 0: /* fails */
		return SIZE_MAX;
	case 1: /* logs, with itself among the fields */
		errno = E2BIG;
		(void)dctx_journal_print(LOG_INFO, "from a format");
		return (size_t)snprintf(buf, size, "logged");
	case 2:
		longjmp(out, 1);
	case 3: /* says more than it writes */
		return 1 << 20;
	default:
		memset(buf, 'f', size - 1);
		return 5000;
	}
}

static void formats_do_no_harm(void **state)
{
	const dctx_field ill = {.struct_size = DCTX_FIELD_SIZE,
				.flags = DCTX_FIELD_LOG,
				.format = do_ill};
	char cut[1028];
	dctx_mark mark;
	json_t *entry;

	(void)state;
	memset(cut, 'f', 1024);
	strcpy(cut + 1024, "...");
	assert_int_equal(dctx_field_set(&k_formatted.key, &ill), DCTX_OK);
	dctx_set(k_rid, "formats");
	for (unsigned i = 0; i < 5; i++) {
		dctx_set(k_formatted, i);
		mark = dctx_mark_here();
		if (setjmp(out) == 0)
			assert_int_equal(dctx_journal_print(LOG_INFO, "%u", i),
					 0);
		else
			assert_int_equal(dctx_rewind(mark), DCTX_OK);
	}
	assert_int_equal(dctx_field_set(&k_formatted.key, NULL), DCTX_OK);
	entry = kept("RID=formats");
	assert_int_equal(json_array_size(entry), 5);
	check_kept(json_array_get(entry, 0), "MESSAGE", "0");
	check_kept(json_array_get(entry, 0), "FORMATTED", NULL);
	check_kept(json_array_get(entry, 1), "MESSAGE", "from a format");
	check_kept(json_array_get(entry, 1), "FORMATTED", NULL);
	check_kept(json_array_get(entry, 2), "MESSAGE", "1");
	check_kept(json_array_get(entry, 2), "FORMATTED", "logged");
	check_kept(json_array_get(entry, 3), "MESSAGE", "3");
	check_kept(json_array_get(entry, 3), "FORMATTED", "...");
	check_kept(json_array_get(entry, 4), "FORMATTED", cut);
	json_decref(entry);
}

/* A thread's first line, of a context it has by then. */
static void *print_without_memory(void *arg)
{
	dctx_set(k_rid, "poor");
	dctx_set(k_num, 7);
	dctx_set(k_formatted, 4);
	dctxt_heap_fail(1, true);
	DCTXT_EXPECT(dctx_journal_print(LOG_INFO, "x") == 0);
	(void)dctxt_heap_relent();
	return arg;
}

static void without_memory_what_needs_a_format_is_left_out(void **state)
{
	const dctx_field ill = {.struct_size = DCTX_FIELD_SIZE,
				.flags = DCTX_FIELD_LOG,
				.format = do_ill};
	json_t *entry;

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	assert_int_equal(dctx_field_set(&k_formatted.key, &ill), DCTX_OK);
	dctxt_on_thread(print_without_memory, NULL);
	assert_int_equal(dctx_field_set(&k_formatted.key, NULL), DCTX_OK);
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 1);
	entry = kept_one("RID=poor");
	check_kept(entry, "NUM", "7");
	check_kept(entry, "FORMATTED", NULL);
	json_decref(entry);
}

/* Cancelled before it begins, a thread that has memory for a long text. */
static void *print_cancelled(void *arg)
{
	static char text[5000];
	bool *went_on = arg;

	memset(text, 't', sizeof(text) - 1);
	dctx_set(k_rid, "cancelled");
	(void)pthread_cancel(pthread_self());
	(void)dctx_journal_print(LOG_INFO, "%s", text);
	(void)dctx_journal_send("MESSAGE=%s", text, NULL);
	*went_on = true;
	pthread_testcancel();
	DCTXT_EXPECT(false);
	return NULL;
}

static void no_thread_is_cancelled_in_an_entry(void **state)
{
	bool went_on = false;
	json_t *entries;

	(void)state;
	assert_ptr_equal(dctxt_on_thread(print_cancelled, &went_on),
			 PTHREAD_CANCELED);
	assert_true(went_on);
	entries = kept("RID=cancelled");
	assert_int_equal(json_array_size(entries), 2);
	json_decref(entries);
}

enum { THREADS = 4, EACH = 50 };

static void *print_each(void *arg)
{
	const unsigned *first = arg;

	for (unsigned i = *first; i < *first + EACH; i++) {
		DCTX_SCOPE("request");
		dctx_set(k_rid, "threads");
		dctx_set(k_num, i);
		DCTXT_EXPECT(dctx_journal_prefix(i % 2 ? "A_" : "B_") ==
			     DCTX_OK);
		DCTXT_EXPECT(dctx_journal_send("MESSAGE=%u", i, "T=threads",
					       NULL) == 0);
	}
	return NULL;
}

static void threads_keep_to_their_own_context(void **state)
{
	unsigned firsts[THREADS];
	json_t *entries, *entry;
	size_t i;

	(void)state;
	for (unsigned k = 0; k < THREADS; k++)
		firsts[k] = k * EACH;
	dctxt_together(THREADS, print_each, firsts, sizeof(*firsts));
	assert_int_equal(dctx_journal_prefix(NULL), DCTX_OK);
	entries = kept("T=threads");
	assert_int_equal(json_array_size(entries), THREADS * EACH);
	json_array_foreach(entries, i, entry)
	{
		const char *message =
			json_string_value(json_object_get(entry, "MESSAGE"));
		bool is_a = json_object_get(entry, "A_NUM") != NULL;

		check_kept(entry, is_a ? "A_NUM" : "B_NUM", message);
		check_kept(entry, is_a ? "A_RID" : "B_RID", "threads");
	}
	json_decref(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(print_takes_what_printf_does),
		DCTXT_TEST(each_format_of_a_send_finds_its_arguments),
		DCTXT_TEST(more_than_a_send_takes_is_refused),
		DCTXT_TEST(a_vector_is_sent_as_it_is),
		DCTXT_TEST(an_error_is_told_with_its_number),
		DCTXT_TEST(results_are_those_of_sd_journal),
		DCTXT_TEST(without_a_journal_an_entry_is_gone_quietly),
		DCTXT_TEST(an_entry_takes_no_memory),
		DCTXT_TEST(a_long_text_is_cut_without_memory),
		DCTXT_TEST(formats_do_no_harm),
		DCTXT_TEST(without_memory_what_needs_a_format_is_left_out),
		DCTXT_TEST(no_thread_is_cancelled_in_an_entry),
		DCTXT_TEST(threads_keep_to_their_own_context),
	};

	own_journald();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
