/* SPDX-License-Identifier: MIT */
/*
 * glib_writers_test.c - proves what becomes of lines with fields in the writers
 * that GLib brings: on the standard streams, by G_MESSAGES_DEBUG, when one is
 * fatal, when one is logged within another; and in the journal, as journalctl
 * reads it back from a systemd-journald of the test's own.
 */
#define _GNU_SOURCE /* unshare */
#define G_LOG_DOMAIN "Shop"
#define G_LOG_USE_STRUCTURED 1
#include "../own_journald.h"
#include "dctx_glib_log.h"

#include "unseen.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

DCTX_KEY_STR(k_rid, "rid", DCTX_LOG);
DCTX_KEY_U32(k_num, "num", DCTX_LOG);
DCTX_KEY_U32(k_formatted, "formatted", DCTX_LOG);

static int asked;

static size_t count(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	asked++;
	return (size_t)snprintf(buf, size, "asked");
}

static const dctx_field counted = {.struct_size = DCTX_FIELD_SIZE,
				   .flags = DCTX_FIELD_LOG,
				   .format = count};

/* What a child that has ours as its writer says on its standard streams; how it
 * ends is what waitpid says. */
static char said[65536];

static int say(void (*fn)(void), dctx_glib_log *log)
{
	FILE *file = tmpfile();
	int status;
	pid_t pid;

	assert_non_null(file);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fileno(file), STDOUT_FILENO);
		dup2(fileno(file), STDERR_FILENO);
		g_log_set_writer_func(dctx_glib_log_writer, log, NULL);
		fn();
		fflush(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	return status;
}

/* In there. */
static void must(bool holds)
{
	if (!holds)
		_exit(2);
}

static size_t count_lines(void)
{
	size_t n = 0;

	for (const char *at = said; *at != '\0'; at++)
		n += *at == '\n';
	return n;
}

static void warn(void)
{
	dctx_set(k_rid, "a\n** Shop-ERROR **: forged\r\x1b[2J");
	dctx_set(k_num, 7);
	g_warning("cannot open x");
}

static const char *const warned =
	"num=7 rid=\"a\\n** Shop-ERROR **: forged\\r\\u001b[2J\" cannot open x"
	"\n";

static void a_line_on_a_terminal_shows_whose_it_is(void **state)
{
	dctx_glib_log log = {.struct_size = DCTX_GLIB_LOG_SIZE,
			     .next = g_log_writer_standard_streams};

	(void)state;
	assert_int_equal(say(warn, NULL), 0);
	assert_non_null(strstr(said, "Shop-WARNING **: "));
	assert_non_null(strstr(said, warned));
	assert_int_equal(count_lines(), 2);
	assert_int_equal(say(warn, &log), 0);
	assert_non_null(strstr(said, warned));
	log.shown = DCTX_GLIB_NEVER;
	assert_int_equal(say(warn, &log), 0);
	assert_non_null(strstr(said, "cannot open x\n"));
	assert_null(strstr(said, "rid="));
}

static void debug(void)
{
	must(dctx_field_set(&k_formatted.key, &counted) == DCTX_OK);
	dctx_set(k_formatted, 7);
	g_debug("hidden");
	printf("asked %d times\n", asked);
	fflush(stdout);
	g_setenv("G_MESSAGES_DEBUG", "Shop", TRUE);
	g_debug("visible");
}

static void g_messages_debug_decides_as_before(void **state)
{
	(void)state;
	g_unsetenv("G_MESSAGES_DEBUG");
	assert_int_equal(say(debug, NULL), 0);
	assert_null(strstr(said, "hidden"));
	assert_non_null(strstr(said, "formatted=asked visible\n"));
	if (glib_check_version(2, 68, 0) == NULL)
		assert_non_null(strstr(said, "asked 0 times\n"));
}

static void fail_fatally(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	/* Else a sanitizer's handler makes an exit of it. */
	signal(SIGTRAP, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	dctx_set(k_rid, "the last");
	g_error("it is over");
}

static void a_fatal_line_is_written_and_still_fatal(void **state)
{
	int status = say(fail_fatally, NULL);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_non_null(strstr(said, "rid=\"the last\" it is over\n"));
}

static size_t log_within(const dctx_any *value, char *buf, size_t size)
{
	(void)value;
	g_warning("from a format");
	return (size_t)snprintf(buf, size, "logged");
}

static void log_a_line_that_logs(void)
{
	const dctx_field ill = {.struct_size = DCTX_FIELD_SIZE,
				.flags = DCTX_FIELD_LOG,
				.format = log_within};

	must(dctx_field_set(&k_formatted.key, &ill) == DCTX_OK);
	dctx_set(k_formatted, 7);
	g_warning("cannot open x");
}

/* The outer line asks twice: for the fields, and for what is shown of them. */
static void a_line_within_a_line_comes_to_an_end(void **state)
{
	(void)state;
	assert_int_equal(say(log_a_line_that_logs, NULL), 0);
	assert_non_null(strstr(said, "from a format"));
	assert_non_null(strstr(said, "formatted=logged cannot open x\n"));
}

static void log_to_journal(void)
{
	dctx_set(k_rid, "glib\nMESSAGE=forged");
	dctx_set(k_num, 7);
	g_warning("cannot open x");
}

static void the_journal_keeps_each_field(void **state)
{
	dctx_glib_log log = {.struct_size = DCTX_GLIB_LOG_SIZE,
			     .next = g_log_writer_journald,
			     .prefix = "APP_"};
	json_t *entry;

	(void)state;
	assert_int_equal(say(log_to_journal, &log), 0);
	entry = kept_one("APP_NUM=7");
	check_kept(entry, "APP_RID", "glib\nMESSAGE=forged");
	check_kept(entry, "MESSAGE", "cannot open x");
	check_kept(entry, "PRIORITY", "4");
	check_kept(entry, "GLIB_DOMAIN", "Shop");
	check_kept(entry, "CODE_FUNC", "log_to_journal");
	json_decref(entry);
}

/* As systemd starts a service: its stderr is a stream to the journal. */
static void log_as_a_service(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(at.sun_path, "/run/systemd/journal/stdout");
	must(connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	dup2(fd, STDERR_FILENO);
	dctx_set(k_rid, "service");
	g_warning("cannot open x");
}

static void a_service_has_fields_and_a_message_without(void **state)
{
	json_t *entry;

	(void)state;
	if (!has_journald)
		skip();
	assert_int_equal(say(log_as_a_service, NULL), 0);
	entry = kept_one("RID=service");
	check_kept(entry, "MESSAGE", "cannot open x");
	json_decref(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DCTXT_TEST(a_line_on_a_terminal_shows_whose_it_is),
		DCTXT_TEST(g_messages_debug_decides_as_before),
		DCTXT_TEST(a_fatal_line_is_written_and_still_fatal),
		DCTXT_TEST(a_line_within_a_line_comes_to_an_end),
		DCTXT_TEST(the_journal_keeps_each_field),
		DCTXT_TEST(a_service_has_fields_and_a_message_without),
	};

	own_journald();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
