/* SPDX-License-Identifier: MIT */
/*
 * syslog_test.c - proves that what dctx_syslog hands to syslog(3) begins with
 * the fields as RFC 5424 writes structured data. syslog(3) is this program's
 * own; a second part has the system's speak to a socket at /dev/log, which a
 * mount namespace of its own gives it where the system lets it.
 */
#define _GNU_SOURCE /* unshare */
#include "logged.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_STR(k_token, "token", DCTX_LOG | DCTX_SECRET);

static char got[20000];
static int got_priority, got_times;

/* The system's own, for the second part. */
static bool pass_on;

static void take(int priority, const char *format, va_list args)
{
	void (*real)(int, const char *, va_list);

	got_priority = priority;
	got_times++;
	if (!pass_on) {
		vsnprintf(got, sizeof(got), format, args);
		return;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "vsyslog");
	real(priority, format, args);
}

DCTX_API void syslog(int priority, const char *format, ...);
DCTX_API void __syslog_chk(int priority, int flag, const char *format, ...);

void syslog(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	take(priority, format, args);
	va_end(args);
}

/* What _FORTIFY_SOURCE makes of a call. */
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	take(priority, format, args);
	va_end(args);
}

static void the_fields_are_structured_data(void **state)
{
	struct dctxt_fields fields;
	char *message;

	(void)state;
	dctx_syslog(LOG_INFO, "no %s", "context");
	assert_string_equal(got, "no context");
	dctx_set(k_rid, "a\"]\\ b\n%s%n");
	dctx_set(k_num, 7);
	dctx_set(k_token, "hunter2");
	dctx_syslog(LOG_LOCAL3 | LOG_WARNING, "cannot open %s: %d", "x", 3);
	assert_int_equal(got_priority, LOG_LOCAL3 | LOG_WARNING);
	message = strstr(got, "] cannot");
	assert_non_null(message);
	assert_string_equal(message + 2, "cannot open x: 3");
	message[1] = '\0';
	dctxt_read_syslog(got, &fields);
	assert_int_equal(fields.n, 3);
	assert_string_equal(fields.field[0].value, "7");
	assert_string_equal(fields.field[1].value, "a\"]\\ b\\n%s%n");
	assert_string_equal(fields.field[2].value, "<secret>");
}

static void errno_is_told_and_kept(void **state)
{
	static char of_errno[] = "%s%m"; /* gcc knows only ISO's */

	(void)state;
	dctx_set(k_rid, "7");
	errno = ENOENT;
	dctx_syslog(LOG_ERR, of_errno, "");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(got,
			    "[dctx@32473 rid=\"7\"] No such file or directory");
}

static jmp_buf away;

static size_t jumps(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	(void)buf;
	(void)size;
	longjmp(away, 1);
}

static void a_format_that_jumps_away_leaves_the_thread_cancellable(void **state)
{
	static char text[2000];
	const dctx_field as = {.struct_size = DCTX_FIELD_SIZE,
			       .flags = DCTX_FIELD_LOG,
			       .format = jumps};
	int cancel = -1, times = got_times;
	dctx_mark mark;

	(void)state;
	memset(text, 'm', sizeof(text) - 1);
	dctx_set(k_num, 7);
	assert_int_equal(dctx_field_set(&k_num.key, &as), DCTX_OK);
	mark = dctx_mark_here();
	if (setjmp(away) == 0)
		dctx_syslog(LOG_INFO, "%s", text);
	assert_int_equal(dctx_rewind(mark), DCTX_OK);
	assert_int_equal(dctx_field_set(&k_num.key, NULL), DCTX_OK);
	assert_int_equal(got_times, times);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &cancel);
	assert_int_equal(cancel, PTHREAD_CANCEL_ENABLE);
}

static void what_is_masked_costs_nothing(void **state)
{
	int mask = setlogmask(LOG_UPTO(LOG_WARNING)), times = got_times;

	(void)state;
	dctx_syslog(LOG_DEBUG, "x");
	dctx_syslog(LOG_LOCAL0 | LOG_INFO, "x");
	assert_int_equal(got_times, times);
	dctx_syslog(LOG_LOCAL0 | LOG_WARNING, "x");
	assert_int_equal(got_times, times + 1);
	setlogmask(mask);
}

static void a_long_message_is_whole(void **state)
{
	static char text[9000];

	(void)state;
	memset(text, 'm', sizeof(text) - 1);
	dctx_set(k_rid, "7");
	dctx_syslog(LOG_INFO, "%s", text);
	assert_int_equal(strlen(got), strlen("[dctx@32473 rid=\"7\"] ") + 8999);
}

static void a_long_message_is_cut_without_memory(void **state)
{
	static char text[9000];

	(void)state;
	if (!dctxt_heap_watched())
		skip();
	/* 1,023 is in the middle of a character. */
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	dctx_set(k_rid, "7");
	dctx_syslog(LOG_INFO, "warm");
	dctxt_heap_fail(1, true);
	dctx_syslog(LOG_INFO, "%s", text);
	dctxt_heap_relent();
	assert_int_equal(strlen(got), strlen("[dctx@32473 rid=\"7\"] ") + 1022);
	assert_int_equal(dctxt_count(DCTX_EV_UNTOLD), 1);
}

/* A socket at /dev/log that nobody else sees; -1 where the system refuses. */
static int private_dev_log(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(at.sun_path, "/dev/log");
	if (unshare(CLONE_NEWNS) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return -1;
	if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("dctx", "/dev", "tmpfs", 0, NULL) != 0 || fd < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		return -1;
	return fd;
}

static int speak_to_the_systems(void)
{
	char line[1000] = "";
	int fd = private_dev_log();

	if (fd < 0)
		return 77;
	pass_on = true;
	openlog("gateway", LOG_NDELAY, LOG_USER);
	dctx_set(k_rid, "47\n11");
	dctx_syslog(LOG_NOTICE, "%d is up", 5);
	if (recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT) <= 0)
		return 1;
	/* <facility * 8 + severity>, a date, the name. */
	if (strncmp(line, "<13>", 4) != 0 ||
	    strstr(line, " gateway: [dctx@32473 rid=\"47\\\\n11\"] 5 is up") ==
		    NULL) {
		fprintf(stderr, "%s\n", line);
		return 2;
	}
	return 0;
}

static void the_systems_own_takes_it(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(speak_to_the_systems());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		puts("no namespace for a /dev/log of its own: not tried");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(the_fields_are_structured_data),
		DCTXT_TEST(errno_is_told_and_kept),
		DCTXT_TEST(
			a_format_that_jumps_away_leaves_the_thread_cancellable),
		DCTXT_TEST(what_is_masked_costs_nothing),
		DCTXT_TEST(a_long_message_is_whole),
		DCTXT_TEST(a_long_message_is_cut_without_memory),
		DCTXT_TEST(the_systems_own_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
