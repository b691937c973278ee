/* SPDX-License-Identifier: MIT */
/* chromes.h - for white-box tests: a trace file, written and read. */
#ifndef DCTXI_CHROMES_H
#define DCTXI_CHROMES_H

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

static inline void open_sink(void)
{
	dctx_sink_options options = {.struct_size = DCTX_SINK_SIZE,
				     .linger = 3600 * DCTX_S,
				     .process = "tested"};

	assert_int_equal(dctx_sink_chrome(path, &options, &sink), DCTX_OK);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
	(void)state;
	sink = dctx_sink_end(sink);
	(void)unlink(path);
	return 0;
}

static inline void flush(void)
{
	assert_int_equal(dctx_sink_flush(sink, dctx_deadline_in(100 * DCTX_S)),
			 DCTX_OK);
}

static inline void tell(const dctx_told_span *told)
{
	dctxi_sinks_tell(told);
}

static inline dctx_sink_stats stats_of(void)
{
	dctx_sink_stats stats = {.struct_size = DCTX_SINK_STATS_SIZE};

	assert_int_equal(dctx_sink_stats_read(sink, &stats), DCTX_OK);
	return stats;
}

/* All lines of a file, each an object, in an array; the first line is "[". */
static inline json_t *read_file(const char *of)
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

static inline const char *text_of(json_t *value)
{
	const char *text = json_string_value(value);

	return text != NULL ? text : "<no text>";
}

/* The n-th line with that "ph"; NULL: none. */
static inline json_t *nth(json_t *lines, const char *ph, size_t n)
{
	json_t *line;
	size_t i;

	json_array_foreach(
		lines, i, line) if (strcmp(text_of(json_object_get(line, "ph")),
					   ph) == 0 &&
				    n-- == 0) return line;
	return NULL;
}

static inline json_t *arg(json_t *line, const char *name)
{
	return json_object_get(json_object_get(line, "args"), name);
}

/* What a line says, cut out of the file as it stands there. */
static inline void assert_says(const char *what)
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
