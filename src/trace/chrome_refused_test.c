/* SPDX-License-Identifier: MIT */
/*
 * chrome_refused_test.c - proves what becomes of a trace file that cannot be
 * written to: full disks, no memory, readers that are gone.
 */
#include "trace/chromes.h"

#include <sys/wait.h>

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

/* It goes out by several writes, of which the first are done. */
static void so_is_a_batch_that_is_larger_than_one_write(void **state)
{
	static char text[200000];
	dctx_told_span told = made(1, 2, 3);
	dctx_span_field field = {"large", dctx_any_empty()};
	struct stat before, after;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	memset(text, 1, sizeof text - 1);
	field.value = dctx_any_text(text);
	told.fields = &field;
	told.field_count = 1;
	open_sink();
	assert_int_equal(stat(path, &before), 0);
	limit_files((rlim_t)before.st_size + (3 << 20));
	for (int i = 0; i < 3; i++)
		tell(&told);
	flush();
	limit_files(0);
	assert_int_equal(stats_of().refused, 3);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	tell(&told);
	flush();
	assert_int_equal(stats_of().exported, 1);
	json_decref(read_file(path));
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
	for (int i = 0; i < 3; i++)
		tell(&told);
	while (stats_of().busy + stats_of().refused == 0)
		(void)dctx_sink_flush(sink, dctx_deadline_in(50 * DCTX_MS));
	assert_int_equal(stats_of().taken, 3);
	assert_int_equal(close(reader), 0);
}

/* A reader of a fifo at the path. */
static int make_fifo(void)
{
	int reader;

	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	return reader;
}

static void fill_fifo(void)
{
	char some[4096] = "";
	int writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	while (write(writer, some, sizeof some) > 0)
		continue;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(close(writer), 0);
}

/* All that is in it now, but for what filled it. */
static const char *drain(int reader)
{
	static char all[1 << 17];
	const char *at = all;
	size_t len = 0;
	ssize_t n;

	while ((n = read(reader, all + len, sizeof all - 1 - len)) > 0)
		len += (size_t)n;
	all[len] = '\0';
	while (at < all + len && *at == '\0')
		at++;
	return at;
}

static void a_span_that_had_to_wait_is_written_once(void **state)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .linger = 3600 * DCTX_S,
				     .patience = 20 * DCTX_MS};
	dctx_told_span told = made(1, 2, 3);
	int reader = make_fifo();
	const char *line;

	(void)state;
	assert_int_equal(dctx_sink_chrome(path, &options, &sink), DCTX_OK);
	(void)drain(reader);
	fill_fifo();
	tell(&told);
	while (stats_of().busy == 0)
		(void)dctx_sink_flush(sink, dctx_deadline_in(50 * DCTX_MS));
	assert_int_equal(stats_of().waiting, 1);
	assert_int_equal(stats_of().refused, 0);
	(void)drain(reader);
	flush();
	assert_int_equal(stats_of().exported, 1);
	line = drain(reader);
	assert_memory_equal(line, "{\"ph\":\"X\"", 9);
	assert_string_equal(strchr(line, '\n'), "\n");
	assert_int_equal(close(reader), 0);
}

static void a_fifo_that_takes_no_head_is_busy(void **state)
{
	int reader = make_fifo();

	(void)state;
	fill_fifo();
	assert_int_equal(dctx_sink_chrome(path, NULL, &sink), DCTX_BUSY);
	assert_int_equal(dctx_last_error()->status, DCTX_BUSY);
	assert_null(sink);
	assert_int_equal(close(reader), 0);
}

/* On its only thread, as where it can have no other. */
static void tell_in_a_child(void)
{
	dctx_told_span told = made(1, 2, 3);
	pid_t child = fork();
	int status;

	if (child == 0) {
		dctxi_refusal.once = true;
		__atomic_store_n(&dctxi_refusal.countdown, 0, __ATOMIC_RELAXED);
		tell(&told);
		_exit(dctx_sink_flush(sink, dctx_deadline_in(60 * DCTX_S)));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* It has no length that says so. */
static void a_child_goes_on_in_the_array_of_a_fifo(void **state)
{
	int reader = make_fifo();
	const char *all;

	(void)state;
	open_sink();
	tell_in_a_child();
	all = drain(reader);
	assert_memory_equal(all, "[\n{", 3);
	assert_non_null(strstr(all, "\n{\"ph\":\"X\""));
	assert_null(strstr(all, "\n[\n"));
	assert_int_equal(close(reader), 0);
}

static void a_path_that_is_too_long_says_so(void **state)
{
	static const char *const tails[] = {"", "%p", "%p/%p/x"};
	static char too_long[6000];

	(void)state;
	for (size_t len = 4080; len < 4110; len++)
		for (int i = 0; i < 3; i++) {
			(void)snprintf(too_long, sizeof too_long, "/%0*d%s",
				       (int)len, 0, tails[i]);
			assert_int_equal(
				dctx_sink_chrome(too_long, NULL, &sink),
				DCTX_SYSTEM);
			assert_int_equal(dctx_last_error()->system,
					 ENAMETOOLONG);
		}
	assert_null(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_that_does_not_fit_the_disk_is_cut_off_again),
		TEST(so_is_a_batch_that_is_larger_than_one_write),
		TEST(what_the_system_refuses_is_counted),
		TEST(without_memory_or_a_file_there_is_no_sink),
		TEST(a_reader_that_is_gone_ends_no_process),
		TEST(a_reader_that_sleeps_makes_it_busy),
		TEST(a_span_that_had_to_wait_is_written_once),
		TEST(a_fifo_that_takes_no_head_is_busy),
		TEST(a_child_goes_on_in_the_array_of_a_fifo),
		TEST(a_path_that_is_too_long_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
