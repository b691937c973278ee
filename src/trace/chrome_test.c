/* SPDX-License-Identifier: MIT */
/*
 * chrome_test.c - proves that each line of a Chrome trace file is the JSON that
 * readers expect, whatever a span says, and what becomes of a file that cannot
 * be written to.
 */
#include "plat/file.h"
#include "plat/heap.h"
#include "plat/process.h"
#include "plat/thread.h"
#include "trace/made.h"
#include "trace/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static char path[64];
static dctx_sink *sink;

static void open_sink(void)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .linger = 3600 * DCTX_S,
				     .process = "tested"};

	assert_int_equal(dctx_sink_chrome(path, &options, &sink), DCTX_OK);
}

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/dctx-chrome-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	(void)close(fd);
	(void)unlink(path);
	sink = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sink = dctx_sink_end(sink);
	(void)unlink(path);
	return 0;
}

static void flush(void)
{
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(30 * DCTX_S)),
			 DCTX_OK);
}

static void tell(const dctx_told_span *told)
{
	dctxi_sinks_tell(told);
}

static dctx_sink_stats stats_of(void)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	assert_int_equal(dctx_sink_stats_read(sink, &stats), DCTX_OK);
	return stats;
}

/* All lines of a file, each an object, in an array; the first line is "[". */
static json_t *read_file(const char *of)
{
	json_t *lines = json_array();
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *in = fopen(of, "r");

	assert_non_null(in);
	assert_int_equal(getline(&line, &size, in), 2);
	assert_string_equal(line, "[\n");
	while ((len = getline(&line, &size, in)) > 0) {
		json_t *object;

		if (len == 1)
			continue;
		assert_true(len > 3);
		assert_string_equal(line + len - 2, ",\n");
		object = json_loadb(line, (size_t)len - 2,
				    JSON_REJECT_DUPLICATES, NULL);
		assert_true(json_is_object(object));
		json_array_append_new(lines, object);
	}
	free(line);
	fclose(in);
	return lines;
}

static const char *text_of(json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL ? text : "<no text>";
}

/* The n-th line with that "ph"; NULL: none. */
static json_t *nth(json_t *lines, const char *ph, size_t n)
{
	json_t *line;
	size_t i;

	json_array_foreach(
		lines, i, line) if (strcmp(text_of(json_object_get(line, "ph")),
					   ph) == 0 &&
				    n-- == 0) return line;
	return NULL;
}

static json_t *arg(json_t *line, const char *name)
{
	return json_object_get(json_object_get(line, "args"), name);
}

/* What a line says, cut out of the file as it stands there. */
static void assert_says(const char *what)
{
	static char all[1 << 16];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, all, sizeof all - 1);

	(void)close(fd);
	assert_true(n > 0);
	all[n] = '\0';
	if (strstr(all, what) == NULL)
		fprintf(stderr, "%s is not in %s", what, all);
	assert_non_null(strstr(all, what));
}

static void a_file_says_first_what_it_is_of(void **state)
{
	json_t *lines, *line;
	struct stat at;

	(void)state;
	open_sink();
	assert_int_equal(stat(path, &at), 0);
	assert_int_equal(at.st_mode & 0777, 0600);
	lines = read_file(path);
	assert_int_equal(json_array_size(lines), 2);
	line = nth(lines, "M", 0);
	assert_string_equal(text_of(json_object_get(line, "name")),
			    "process_name");
	assert_string_equal(text_of(arg(line, "name")), "tested");
	assert_int_equal(json_integer_value(json_object_get(line, "pid")),
			 getpid());
	line = nth(lines, "M", 1);
	assert_string_equal(text_of(json_object_get(line, "name")), "dctx");
	assert_string_equal(text_of(arg(line, "version")), DCTX_VERSION_TEXT);
	assert_int_equal(json_integer_value(arg(line, "format")), 1);
	json_decref(lines);
}

static void a_plain_span_says_no_more_than_it_knows(void **state)
{
	dctx_told_span told = made(0xab, 0xcd, 0);

	(void)state;
	open_sink();
	tell(&told);
	flush();
	assert_says("\n{\"ph\":\"X\",\"name\":\"made\",\"cat\":\"test\","
		    "\"ts\":1700000000000001.000,\"dur\":2500.000,\"pid\":");
	assert_says(",\"tid\":77,\"args\":{"
		    "\"trace\":\"abababababababababababababababab\","
		    "\"span\":\"cdcdcdcdcdcdcdcd\",\"level\":\"INFO\","
		    "\"file\":\"made.c:12\"}},\n");
}

static void a_span_says_all_that_it_knows(void **state)
{
	dctx_told_span told = made(1, 2, 3);
	dctx_trace link = {.flags = 0};
	dctx_span_field fields[] = {
		{"n", DCTX_ANY(-5)},	       {"f", DCTX_ANY(0.5)},
		{"yes", DCTX_ANY((bool)true)}, {"text", DCTX_ANY("a\"b\n")},
		{"none", dctx_any_empty()},    {"big", DCTX_ANY(UINT64_MAX)},
		{"nan", DCTX_ANY(0.0 / 0.0)}};
	dctx_told_event event = {1500000, "retry", fields, 1};

	(void)state;
	memset(&link, 7, DCTX_TRACE_ID + DCTX_SPAN_ID);
	told.parent_is_remote = true;
	told.kind = DCTX_SPAN_SERVER;
	told.task = 9;
	told.chain = "a > b";
	told.deadline = 2000000;
	told.cause = "deadline exceeded";
	told.status = DCTX_DEADLINE_EXCEEDED;
	told.status_text = "late";
	told.fields = fields;
	told.field_count = sizeof fields / sizeof *fields;
	told.values = "\"rid\":4711";
	told.dropped = 3;
	told.links = &link;
	told.link_count = 1;
	told.events = &event;
	told.event_count = 1;
	open_sink();
	tell(&told);
	flush();
	assert_says(
		"\"parent\":\"0303030303030303\",\"remote\":true,"
		"\"level\":\"INFO\",\"kind\":\"server\",\"task\":9,"
		"\"chain\":[\"a\",\"b\"],"
		"\"deadline\":1700000000001001.000,"
		"\"cause\":\"deadline exceeded\","
		"\"status\":\"DCTX_DEADLINE_EXCEEDED\","
		"\"status_text\":\"late\",\"fields\":{\"n\":-5,\"f\":0.5,"
		"\"yes\":true,\"text\":\"a\\\"b\\n\",\"none\":null,"
		"\"big\":\"18446744073709551615\",\"nan\":\"nan\"},"
		"\"values\":{\"rid\":4711},\"dropped\":3,"
		"\"links\":[{\"trace\":\"07070707070707070707070707070707\","
		"\"span\":\"0707070707070707\"}],");
	assert_says("\n{\"ph\":\"i\",\"s\":\"t\",\"name\":\"retry\","
		    "\"ts\":1700000000000501.000,");
	assert_says("\"args\":{\"span\":\"0202020202020202\","
		    "\"fields\":{\"n\":-5}}},\n");
	json_decref(read_file(path));
}

/* Each byte, and each pair with some that mean something in UTF-8 and JSON. */
static void whatever_the_bytes_are_each_line_is_json(void **state)
{
	static const char with[] = "a\"\\\n\x80\xc3\xe2\xf0\xff";
	dctx_told_span told = made(1, 2, 3);
	char text[3] = "";
	dctx_span_site site = {text, text, DCTX_LEVEL_INFO, text, 1};
	dctx_span_field field = {text, dctx_any_empty()};
	dctx_told_event event = {0, text, &field, 1};
	json_t *lines;
	size_t n = 0;

	(void)state;
	told.site = &site;
	told.status_text = told.cause = told.chain = text;
	told.status = (dctx_status)12345;
	told.kind = (dctx_span_kind)99;
	told.fields = &field;
	told.events = &event;
	told.field_count = told.event_count = 1;
	open_sink();
	for (int byte = 1; byte < 256; byte++)
		for (const char *at = with; *at != '\0'; at++, n++) {
			text[0] = (char)byte;
			text[1] = *at;
			field.value = dctx_any_text(text);
			tell(&told);
			if (n % 100 == 0)
				flush();
		}
	flush();
	lines = read_file(path);
	for (size_t i = 0; i < n; i++)
		assert_non_null(nth(lines, "X", i));
	assert_null(nth(lines, "X", n));
	json_decref(lines);
}

static void values_that_are_no_line_are_left_out(void **state)
{
	static const char *const bad[] = {"\"a\":\"\n\"", "\"a\":\"\xff\""};
	json_t *lines;

	(void)state;
	open_sink();
	for (int i = 0; i < 2; i++) {
		dctx_told_span told = made(1, 2, 3);

		told.values = bad[i];
		tell(&told);
	}
	flush();
	lines = read_file(path);
	assert_null(arg(nth(lines, "X", 0), "values"));
	assert_null(arg(nth(lines, "X", 1), "values"));
	json_decref(lines);
}

static void a_thread_is_named_once(void **state)
{
	dctx_told_span told = made(1, 2, 3);
	char name[DCTXI_THREAD_NAME];
	json_t *lines;

	(void)state;
	told.thread = dctxi_thread_id();
	assert_true(dctxi_thread_named(dctxi_thread_id(), name));
	open_sink();
	for (int i = 0; i < 3; i++)
		tell(&told);
	flush();
	tell(&told);
	flush();
	lines = read_file(path);
	assert_string_equal(
		text_of(json_object_get(nth(lines, "M", 2), "name")),
		"thread_name");
	assert_string_equal(text_of(arg(nth(lines, "M", 2), "name")), name);
	assert_null(nth(lines, "M", 3));
	json_decref(lines);
}

static void a_line_may_be_of_any_length(void **state)
{
	static char text[1 << 20];
	dctx_told_span told = made(1, 2, 3);
	dctx_span_field field = {"large", dctx_any_empty()};
	json_t *lines;

	(void)state;
	memset(text, 1, sizeof text - 1);
	field.value = dctx_any_text(text);
	told.fields = &field;
	told.field_count = 1;
	open_sink();
	for (int i = 0; i < 3; i++)
		tell(&told);
	flush();
	assert_int_equal(stats_of().exported, 3);
	lines = read_file(path);
	assert_int_equal(json_string_length(json_object_get(
				 arg(nth(lines, "X", 2), "fields"), "large")),
			 sizeof text - 1);
	json_decref(lines);
}

static void a_file_that_is_there_is_appended_to(void **state)
{
	dctx_told_span told = made(1, 2, 3);
	json_t *lines;
	FILE *torn;

	(void)state;
	open_sink();
	tell(&told);
	sink = dctx_sink_end(sink);
	/* As of a process that was killed while it wrote. */
	torn = fopen(path, "a");
	assert_true(fputs("{},", torn) >= 0);
	assert_int_equal(fclose(torn), 0);
	open_sink();
	tell(&told);
	flush();
	assert_says("{},\n{\"ph\":\"M\"");
	lines = read_file(path);
	assert_non_null(nth(lines, "X", 1));
	assert_null(nth(lines, "X", 2));
	json_decref(lines);
}

/* The file may grow to so many bytes; 0: as it likes. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes != 0 ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_batch_that_does_not_fit_the_disk_is_cut_off_again(void **state)
{
	dctx_told_span told = made(1, 2, 3);
	struct stat before, after;
	json_t *lines;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	open_sink();
	tell(&told);
	flush();
	assert_int_equal(stat(path, &before), 0);
	limit_files((rlim_t)before.st_size + 300);
	for (int i = 0; i < 4; i++)
		tell(&told);
	flush();
	limit_files(0);
	assert_int_equal(stats_of().refused, 4);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	tell(&told);
	flush();
	assert_int_equal(stats_of().exported, 2);
	lines = read_file(path);
	assert_null(nth(lines, "X", 2));
	json_decref(lines);
}

/* Whatever is refused from some moment on: memory, names, writes, cuts. */
static void what_the_system_refuses_is_counted(void **state)
{
	static char text[200000];
	dctx_told_span told = made(1, 2, 3);
	dctx_span_field field = {"large", dctx_any_empty()};
	uint64_t all = 0, refused = 0;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	field.value = dctx_any_text(text);
	told.fields = &field;
	told.field_count = 1;
	told.thread = dctxi_thread_id();
	open_sink();
	tell(&told);
	flush();
	for (long n = 0; n < 8; n++)
		for (int once = 0; once < 2; once++) {
			tell(&told);
			dctxi_refusal.once = once != 0;
			__atomic_store_n(&dctxi_refusal.countdown, n,
					 __ATOMIC_RELAXED);
			flush();
			__atomic_store_n(&dctxi_refusal.countdown, -1,
					 __ATOMIC_RELAXED);
			all++;
		}
	refused = stats_of().refused;
	assert_true(refused > 0 && refused < all);
	assert_int_equal(stats_of().exported, 1 + all - refused);
	json_decref(read_file(path));
	told.field_count = 0;
	tell(&told);
	flush();
	assert_int_equal(stats_of().refused, refused);
	json_decref(read_file(path));
}

static void without_memory_or_a_file_there_is_no_sink(void **state)
{
	dctx_status status = DCTX_NOMEM;
	int failed = 0;

	(void)state;
	for (long n = 0; n < 30 && status != DCTX_OK; n++) {
		dctxi_refusal.once = false;
		__atomic_store_n(&dctxi_refusal.countdown, n, __ATOMIC_RELAXED);
		status = dctx_sink_chrome(path, NULL, &sink);
		__atomic_store_n(&dctxi_refusal.countdown, -1,
				 __ATOMIC_RELAXED);
		failed += status != DCTX_OK;
		assert_true(status == DCTX_OK || status == DCTX_NOMEM ||
			    status == DCTX_SYSTEM);
	}
	assert_true(failed >= 4);
	assert_int_equal(status, DCTX_OK);
	sink = dctx_sink_end(sink);
	assert_int_equal(dctx_sink_chrome("/nowhere/at/all", NULL, &sink),
			 DCTX_SYSTEM);
	assert_int_equal(dctx_last_error()->system, ENOENT);
	assert_int_equal(dctx_sink_chrome("/dev/full", NULL, &sink),
			 DCTX_SYSTEM);
	assert_int_equal(dctx_last_error()->system, ENOSPC);
	assert_int_equal(dctx_sink_chrome(NULL, NULL, &sink), DCTX_INVALID);
	assert_int_equal(dctx_sink_chrome("", NULL, &sink), DCTX_INVALID);
	assert_int_equal(dctx_sink_chrome(path, NULL, NULL), DCTX_INVALID);
	assert_null(sink);
}

static void a_path_has_the_process_in_it(void **state)
{
	char other[96];

	(void)state;
	(void)snprintf(other, sizeof other, "%s-%%p-%%p%%", path);
	assert_int_equal(dctx_sink_chrome(other, NULL, &sink), DCTX_OK);
	(void)snprintf(other, sizeof other, "%s-%d-%d%%", path, getpid(),
		       getpid());
	json_decref(read_file(other));
	assert_int_equal(unlink(other), 0);
}

static void a_reader_that_is_gone_ends_no_process(void **state)
{
	dctx_told_span told = made(1, 2, 3);
	int reader;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(dctx_sink_chrome(path, NULL, &sink), DCTX_SYSTEM);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	open_sink();
	assert_int_equal(close(reader), 0);
	tell(&told);
	flush();
	assert_int_equal(stats_of().refused, 1);
}

static void a_reader_that_sleeps_makes_it_busy(void **state)
{
	static char text[100000];
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .patience = DCTX_MS};
	dctx_told_span told = made(1, 2, 3);
	int reader;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(dctx_sink_chrome(path, &options, &sink), DCTX_OK);
	told.cause = text;
	for (int i = 0; i < 3; i++) {
		tell(&told);
		(void)dctx_sink_flush(sink, dctx_deadline_in(50 * DCTX_MS));
	}
	assert_true(stats_of().busy + stats_of().refused > 0);
	assert_int_equal(stats_of().taken, 3);
	assert_int_equal(close(reader), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_says_first_what_it_is_of),
		TEST(a_plain_span_says_no_more_than_it_knows),
		TEST(a_span_says_all_that_it_knows),
		TEST(whatever_the_bytes_are_each_line_is_json),
		TEST(values_that_are_no_line_are_left_out),
		TEST(a_thread_is_named_once),
		TEST(a_line_may_be_of_any_length),
		TEST(a_file_that_is_there_is_appended_to),
		TEST(a_batch_that_does_not_fit_the_disk_is_cut_off_again),
		TEST(what_the_system_refuses_is_counted),
		TEST(without_memory_or_a_file_there_is_no_sink),
		TEST(a_path_has_the_process_in_it),
		TEST(a_reader_that_is_gone_ends_no_process),
		TEST(a_reader_that_sleeps_makes_it_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
