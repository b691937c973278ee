/* SPDX-License-Identifier: MIT */
/*
 * console_test.c - proves that the console writes each span once, in a tree of
 * its trace, and that no value commands the terminal.
 */
#define _GNU_SOURCE /* memfd_create, posix_openpt */
#include "plat/heap.h"
#include "trace/consoles.h"
#include "trace/made.h"
#include "trace/sinks.h"

#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>

static dctx_sink *sink;
static int fd;
static char text[4 << 20];

static void open_sink(int to)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .bytes = 8 << 20,
				     .linger = 3600 * DCTX_S,
				     .process = "tested"};

	assert_int_equal(dctx_sink_console(to, &options, &sink), DCTX_OK);
}

static int set_up(void **state)
{
	(void)state;
	fd = memfd_create("console", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	open_sink(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sink = dctx_sink_end(sink);
	return close(fd);
}

static void flush(void)
{
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(100 * DCTX_S)),
			 DCTX_OK);
}

static dctx_sink_stats stats_of(void)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	assert_int_equal(dctx_sink_stats_read(sink, &stats), DCTX_OK);
	return stats;
}

/* All that was written. */
static const char *written(void)
{
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static size_t count(const char *in, const char *what)
{
	size_t n = 0;

	for (; (in = strstr(in, what)) != NULL; in += strlen(what))
		n++;
	return n;
}

static void tell(const char *name, unsigned char span, unsigned char parent,
		 int64_t began, int64_t took)
{
	dctx_span_site site = made_site;
	dctx_told_span told = made(0xab, span, parent);

	site.name = name;
	told.site = &site;
	told.began = began;
	told.ended = began + took;
	dctxi_sinks_tell(&told);
}

static void assert_tree(const char *expected)
{
	const char *is = written();
	const char *line = strchr(is, '\n');
	char head[96];

	(void)snprintf(head, sizeof head,
		       "trace abababababababababababababababab  tested[%d]\n",
		       getpid());
	assert_memory_equal(is, head, strlen(head));
	assert_string_equal(line + 1, expected);
}

static void a_tree_stands_in_the_order_of_beginnings(void **state)
{
	(void)state;
	tell("late", 4, 1, 300, 1000);
	tell("inner", 3, 2, 150, 20);
	tell("early", 2, 1, 100, 100);
	tell("root", 1, 0, 0, 1234567);
	flush();
	assert_tree("  1.23 ms  root\n"
		    "   100 ns    early\n"
		    "    20 ns      inner\n"
		    "  1.00 us    late\n");
}

static void a_parent_from_afar_makes_a_root(void **state)
{
	dctx_told_span told = made(0xab, 1, 9);

	(void)state;
	told.parent_is_remote = true;
	told.kind = DCTX_SPAN_SERVER;
	tell("child", 2, 1, 0, 1);
	dctxi_sinks_tell(&told);
	flush();
	assert_tree("  2.50 ms  made [server]\n"
		    "     1 ns    child\n");
}

static void what_is_held_comes_with_a_flush(void **state)
{
	(void)state;
	tell("a", 2, 1, 10, 1);
	tell("b", 3, 2, 20, 1);
	tell("c", 4, 8, 5, 1);
	flush();
	assert_tree("     1 ns  c\n"
		    "     1 ns  a\n"
		    "     1 ns    b\n");
	tell("root", 1, 0, 0, 1);
	flush();
	assert_int_equal(count(written(), "trace "), 2);
	assert_int_equal(count(written(), "root\n"), 1);
}

static void a_line_says_how_it_went_and_what_about(void **state)
{
	dctx_span_field fields[] = {
		{"n", DCTX_ANY(-5)},	       {"plain", DCTX_ANY("a/b")},
		{"text", DCTX_ANY("a b")},     {"f", DCTX_ANY(0.5)},
		{"yes", DCTX_ANY((bool)true)}, {"none", dctx_any_empty()}};
	dctx_told_event event = {1500000, "retry", fields, 1};
	dctx_told_span told = made(0xab, 1, 0);

	(void)state;
	told.status = DCTX_DEADLINE_EXCEEDED;
	told.status_text = "late";
	told.cause = "deadline exceeded";
	told.fields = fields;
	told.field_count = 6;
	told.events = &event;
	told.event_count = 1;
	told.dropped_fields = told.dropped_links = 1;
	dctxi_sinks_tell(&told);
	flush();
	assert_tree("  2.50 ms  made  ! DCTX_DEADLINE_EXCEEDED: late"
		    "  (deadline exceeded) n=-5 plain=a/b text=\"a b\" f=0.5"
		    " yes=true none= (2 dropped)\n"
		    "   500 us    - retry n=-5\n");
}

static void times_have_three_digits_and_a_unit(void **state)
{
	static const struct {
		int64_t ns;
		const char *says;
	} times[] = {
		{0, "     0 ns  "},
		{-5, "     0 ns  "},
		{999, "   999 ns  "},
		{1000, "  1.00 us  "},
		{12345, "  12.3 us  "},
		{123456, "   123 us  "},
		{999999, "   999 us  "},
		{1000000, "  1.00 ms  "},
		{59999000000, "  59.9 s   "},
		{3599000000000, "  3599 s   "},
		{3600000000000, "  1.00 h   "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		tell("x", 1, 0, 0, times[i].ns);
		flush();
		assert_memory_equal(strchr(written(), '\n') + 1, times[i].says,
				    11);
	}
}

static void no_byte_of_a_value_commands_the_terminal(void **state)
{
	static const char evil[] = "\033[2J\a\r\n\b\x7f\x9b\xc2\x9b\xff"
				   "\xe2\x80\xae\xe2\x80\xa8";
	dctx_span_site site = {evil, evil, DCTX_LEVEL_INFO, evil, 1};
	dctx_span_field field = {evil, DCTX_ANY(evil)};
	dctx_told_event event = {0, evil, &field, 1};
	dctx_told_span told = made(0xab, 1, 0);

	(void)state;
	told.site = &site;
	told.status = DCTX_NOMEM;
	told.status_text = told.cause = told.chain = told.values = evil;
	told.fields = &field;
	told.events = &event;
	told.field_count = told.event_count = 1;
	dctxi_sinks_tell(&told);
	flush();
	for (const char *at = written(); *at != '\0'; at++)
		assert_true((*at >= ' ' && *at < 0x7f) || *at == '\n');
	assert_int_equal(count(text, "\n"), 3);
}

static void spans_that_name_each_other_are_written_once(void **state)
{
	(void)state;
	tell("a", 1, 2, 0, 1);
	tell("b", 2, 1, 1, 1);
	tell("self", 3, 3, 2, 1);
	tell("twice", 4, 1, 3, 1);
	tell("twice", 4, 1, 3, 1);
	flush();
	assert_int_equal(count(written(), " a\n"), 1);
	assert_int_equal(count(text, " b\n"), 1);
	assert_int_equal(count(text, " self\n"), 1);
	assert_int_equal(count(text, " twice\n"), 2);
}

static void of_a_trace_without_end_only_so_much_is_held(void **state)
{
	(void)state;
	for (int i = 0; i < 10000; i++)
		tell("x", 2, 1, i, 1);
	while (stats_of().exported < 10000 - 512)
		(void)poll(NULL, 0, 1);
	assert_true(count(written(), " x\n") >= 10000 - 512 - 4096);
	flush();
	assert_int_equal(count(written(), " x\n"), 10000);
}

static void traces_are_not_mixed(void **state)
{
	dctx_span_site site = made_site;

	(void)state;
	for (unsigned char trace = 1; trace <= 20; trace++) {
		dctx_told_span child = made(trace, 2, 1);

		dctxi_sinks_tell(&child);
	}
	for (unsigned char trace = 1; trace <= 20; trace++) {
		dctx_told_span root = made(trace, 1, 0);

		site.name = "root";
		root.site = &site;
		root.began--;
		dctxi_sinks_tell(&root);
	}
	flush();
	assert_int_equal(count(written(), "trace "), 20);
	assert_int_equal(count(text, " root\n  2.50 ms    made\n"), 20);
}

static void without_memory_a_span_is_written_by_itself(void **state)
{
	(void)state;
	for (long n = 0; n < 6; n++)
		for (int once = 0; once < 2; once++) {
			tell("child", 2, 1, 1, 1);
			tell("root", 1, 0, 0, 5);
			dctxi_refusal.once = once != 0;
			__atomic_store_n(&dctxi_refusal.countdown, n,
					 __ATOMIC_RELAXED);
			(void)dctx_sink_flush(sink, dctx_deadline_in(DCTX_S));
			__atomic_store_n(&dctxi_refusal.countdown, -1,
					 __ATOMIC_RELAXED);
		}
	flush();
	/* The writes that were refused are counted; no span is written twice,
	 * and what was neither is none. */
	assert_true(count(written(), "child\n") <= 12);
	assert_int_equal(stats_of().exported + stats_of().refused, 24);
	assert_true(stats_of().exported >= 12);
}

static void a_full_disk_is_counted(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	sink = dctx_sink_end(sink);
	open_sink(full);
	tell("root", 1, 0, 0, 1);
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(100 * DCTX_S)),
			 DCTX_OK);
	assert_int_equal(stats_of().refused, 1);
	sink = dctx_sink_end(sink);
	assert_int_equal(close(full), 0);
}

/* What a terminal of so many columns is sent, with TERM and NO_COLOR. */
static const char *sent(unsigned short columns, const char *term,
			const char *no_color)
{
	dctx_span_field field = {"field", DCTX_ANY("a rather long value")};
	dctx_told_span told = made(0xab, 1, 0);
	int master, slave = terminal(columns, &master);
	ssize_t n;

	(void)setenv("TERM", term, 1);
	(void)setenv("NO_COLOR", no_color, 1);
	told.status = DCTX_NOMEM;
	told.fields = &field;
	told.field_count = 1;
	(void)dctx_sink_end(sink);
	open_sink(slave);
	dctxi_sinks_tell(&told);
	flush();
	sink = dctx_sink_end(sink);
	n = read(master, text, sizeof text - 1);
	assert_true(n > 0);
	text[n] = '\0';
	(void)close(master);
	(void)close(slave);
	return text;
}

static void colours_are_for_terminals_that_want_them(void **state)
{
	(void)state;
	assert_non_null(strstr(sent(200, "xterm", ""), "\033[0;31m"));
	assert_null(strchr(sent(200, "xterm", "1"), '\033'));
	assert_null(strchr(sent(200, "dumb", ""), '\033'));
	assert_non_null(strstr(text, "field="));
	sink = NULL;
	(void)setenv("TERM", "xterm", 1);
	(void)setenv("NO_COLOR", "", 1);
	open_sink(fd);
	tell("root", 1, 0, 0, 1);
	flush();
	assert_null(strchr(written(), '\033'));
}

static void lines_are_as_wide_as_the_terminal(void **state)
{
	(void)state;
	for (unsigned short columns = 1; columns < 90; columns++) {
		const char *at = sent(columns, "dumb", "");

		for (size_t len; *at != '\0'; at += len + 1) {
			len = strcspn(at, "\n");
			assert_true(len <= columns);
			assert_true(len == columns || columns > 50 ||
				    columns < 4);
		}
		assert_true(count(text, "\n") == 2);
	}
}

static void what_is_no_descriptor_is_refused(void **state)
{
	dctx_sink *none = NULL;

	(void)state;
	assert_int_equal(dctx_sink_console(-1, NULL, &none), DCTX_INVALID);
	assert_int_equal(dctx_sink_console(1, NULL, NULL), DCTX_INVALID);
	assert_int_equal(dctx_sink_console(1 << 20, NULL, &none), DCTX_INVALID);
	dctxi_refusal.once = true;
	for (long n = 0; n < 2; n++) {
		__atomic_store_n(&dctxi_refusal.countdown, n, __ATOMIC_RELAXED);
		assert_int_equal(dctx_sink_console(fd, NULL, &none),
				 DCTX_NOMEM);
		__atomic_store_n(&dctxi_refusal.countdown, -1,
				 __ATOMIC_RELAXED);
	}
	assert_null(none);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tree_stands_in_the_order_of_beginnings),
		TEST(a_parent_from_afar_makes_a_root),
		TEST(what_is_held_comes_with_a_flush),
		TEST(a_line_says_how_it_went_and_what_about),
		TEST(times_have_three_digits_and_a_unit),
		TEST(no_byte_of_a_value_commands_the_terminal),
		TEST(spans_that_name_each_other_are_written_once),
		TEST(of_a_trace_without_end_only_so_much_is_held),
		TEST(traces_are_not_mixed),
		TEST(without_memory_a_span_is_written_by_itself),
		TEST(a_full_disk_is_counted),
		TEST(colours_are_for_terminals_that_want_them),
		TEST(lines_are_as_wide_as_the_terminal),
		TEST(what_is_no_descriptor_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
