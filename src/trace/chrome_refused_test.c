/* SPDX-License-Identifier: MIT */
/*
 * chrome_refused_test.c - proves what becomes of a trace file that cannot be
 * written to: full disks, no memory, readers that are gone.
 */
#include "trace/chromes.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_that_does_not_fit_the_disk_is_cut_off_again),
		TEST(so_is_a_batch_that_is_larger_than_one_write),
		TEST(what_the_system_refuses_is_counted),
		TEST(without_memory_or_a_file_there_is_no_sink),
		TEST(a_reader_that_is_gone_ends_no_process),
		TEST(a_reader_that_sleeps_makes_it_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
