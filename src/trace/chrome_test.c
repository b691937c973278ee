/* SPDX-License-Identifier: MIT */
/*
 * chrome_test.c - proves that each line of a Chrome trace file is the JSON that
 * readers expect, whatever a span says.
 */
#include "trace/chromes.h"

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
	told.dropped_fields = told.dropped_events = 1;
	told.dropped_links = 1;
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
	static char text[1 << 17];
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
		TEST(a_path_has_the_process_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
