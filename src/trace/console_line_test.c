/* SPDX-License-Identifier: MIT */
/*
 * console_line_test.c - proves that the console's lines are whole, wherever
 * they are cut: by the terminal's width, by their own bound, by its buffer, by
 * a reader that takes no more.
 */
#define _GNU_SOURCE /* memfd_create, posix_openpt, pipe2 */
#include "data/utf8.h"
#include "trace/consoles.h"
#include "trace/made.h"
#include "trace/sinks.h"

#include <stdio.h>
#include <sys/mman.h>

static char text[1 << 20];

static dctx_sink *open_sink(int to)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .linger = 3600 * DCTX_S,
				     .patience = 20 * DCTX_MS,
				     .process = "tested"};
	dctx_sink *sink = NULL;

	assert_int_equal(dctx_sink_console(to, &options, &sink), DCTX_OK);
	return sink;
}

static void flush(dctx_sink *sink)
{
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(100 * DCTX_S)),
			 DCTX_OK);
}

static dctx_sink_stats stats_of(const dctx_sink *sink)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	assert_int_equal(dctx_sink_stats_read(sink, &stats), DCTX_OK);
	return stats;
}

/* All that can be read there at once; a NUL after it. */
static size_t read_all(int from)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(from, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return len;
}

static void tell(const char *name, unsigned char span, unsigned char parent,
		 const char *value)
{
	dctx_span_site site = made_site;
	dctx_span_field field = {"field", dctx_any_text(value)};
	dctx_told_span told = made(0xab, span, parent);

	site.name = name;
	told.site = &site;
	told.fields = &field;
	told.field_count = value[0] != '\0';
	dctxi_sinks_tell(&told);
}

/* Characters beyond ASCII are all wide here. */
static unsigned columns_of(const char *line, size_t len)
{
	unsigned columns = 0;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x80)
			columns++;
		else if ((unsigned char)line[i] >= 0xc0)
			columns += 2;
	return columns;
}

static void wide_characters_take_two_columns(void **state)
{
	static const char wide[] = "\u6f22\u5b57\u3042\ud55c\uff21"
				   "\U0001f600\u2705\u231a\u26a1\u2b50"
				   "\U00020000\u6f22\u2728\u6f22\u274c";

	(void)state;
	(void)setenv("TERM", "dumb", 1);
	for (unsigned short columns = 4; columns < 70; columns++) {
		int master, slave = terminal(columns, &master);
		dctx_sink *sink = open_sink(slave);
		const char *line;
		unsigned is;
		size_t len;

		tell("made", 1, 0, wide);
		flush(sink);
		assert_null(dctx_sink_end(sink));
		assert_true(read_all(master) > 0);
		line = strchr(text, '\n') + 1;
		len = strcspn(line, "\n");
		assert_true(dctxi_utf8_valid(line, len));
		is = columns_of(line, len);
		assert_true(is <= columns);
		/* It is not cut before it must be. */
		assert_true(is + 1 >= columns || strstr(line, wide) != NULL);
		(void)close(master);
		(void)close(slave);
	}
	assert_non_null(strstr(text, wide));
}

static void a_line_past_its_bound_is_cut_between_characters(void **state)
{
	static char value[5000];

	(void)state;
	for (size_t ascii = 0; ascii < 4; ascii++) {
		int fd = memfd_create("console", MFD_CLOEXEC);
		dctx_sink *sink = open_sink(fd);
		size_t len;

		memset(value, 'x', ascii);
		for (size_t i = ascii; i + 3 < sizeof value; i += 3)
			memcpy(value + i, "\u6f22", 4);
		tell("made", 1, 0, value);
		flush(sink);
		assert_null(dctx_sink_end(sink));
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		len = read_all(fd);
		assert_true(len > 4000 && len < 4300);
		assert_true(dctxi_utf8_valid(text, len));
		assert_string_equal(text + len - 4, "...\n");
		assert_int_equal(close(fd), 0);
	}
}

#define CHILDREN 1500

/* Several times what is gathered before it is written. */
static void a_tree_may_be_larger_than_the_buffer(void **state)
{
	static char expected[sizeof text], name[201];
	int fd = memfd_create("console", MFD_CLOEXEC);
	dctx_sink *sink = open_sink(fd);
	size_t len;

	(void)state;
	len = (size_t)snprintf(expected, sizeof expected, "  2.50 ms  root\n");
	for (int i = 0; i < CHILDREN; i++) {
		(void)snprintf(name, sizeof name, "%0*d", 1 + i % 200, i);
		tell(name, 2, 1, "");
		len += (size_t)snprintf(expected + len, sizeof expected - len,
					"  2.50 ms    %s\n", name);
	}
	assert_true(len > 2 * 65536 && len < sizeof expected);
	tell("root", 1, 0, "");
	flush(sink);
	assert_int_equal(stats_of(sink).exported, CHILDREN + 1);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	(void)read_all(fd);
	assert_string_equal(strchr(text, '\n') + 1, expected);
	assert_int_equal(close(fd), 0);
}

/* A pipe that takes so many bytes more. */
static void leave_room(int ends[2], size_t bytes)
{
	char some[4096] = "";

	while (write(ends[1], some, sizeof some) > 0)
		continue;
	while (bytes > 0) {
		ssize_t n = read(ends[0], some, sizeof some);

		assert_int_equal(n, sizeof some);
		bytes -= sizeof some;
	}
}

static void after_a_line_that_was_cut_off_comes_a_whole_one(void **state)
{
	static char value[3000];
	dctx_sink *sink;
	int ends[2];
	size_t len;

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	memset(value, 'x', sizeof value - 1);
	sink = open_sink(ends[1]);
	leave_room(ends, 4096);
	tell("first", 2, 1, value);
	tell("second", 3, 1, value);
	tell("root", 1, 0, value);
	flush(sink);
	assert_int_equal(stats_of(sink).refused, 3);
	(void)read_all(ends[0]);
	tell("root", 1, 0, "");
	flush(sink);
	assert_int_equal(stats_of(sink).exported, 1);
	len = read_all(ends[0]);
	assert_memory_equal(text, "\ntrace ", 7);
	tell("root", 1, 0, "");
	flush(sink);
	assert_int_equal(read_all(ends[0]), len - 1);
	assert_memory_equal(text, "trace ", 6);
	assert_null(dctx_sink_end(sink));
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(
			a_line_past_its_bound_is_cut_between_characters),
		cmocka_unit_test(a_tree_may_be_larger_than_the_buffer),
		cmocka_unit_test(
			after_a_line_that_was_cut_off_comes_a_whole_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
