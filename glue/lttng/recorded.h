/* SPDX-License-Identifier: MIT */
/*
 * recorded.h - a session of LTTng's as a test reads it: the lines of
 * babeltrace2, one an event.
 */
#ifndef RECORDED_H
#define RECORDED_H

#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef DCTXT_ASAN
const char *__lsan_default_suppressions(void);

/* LTTng keeps what a session's filters were made of. */
const char *__lsan_default_suppressions(void)
{
	return "leak:liblttng-ust.so\n";
}
#endif

static char *heard; /* all lines */

/* What a command writes; gives its exit status. */
static int read_all(const char *command)
{
	FILE *from = popen(command, "r");
	size_t size = 0, n = 1;
	int status;

	assert_non_null(from);
	free(heard);
	heard = NULL;
	while (n > 0) {
		heard = realloc(heard, size + 65537);
		assert_non_null(heard);
		n = fread(heard + size, 1, 65536, from);
		size += n;
	}
	heard[size] = '\0';
	status = pclose(from);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void record(const char *options, const char *play)
{
	char command[2048], me[1024];
	ssize_t n = readlink("/proc/self/exe", me, sizeof(me) - 1);
	int status;

	assert_true(n > 0);
	me[n] = '\0';
	snprintf(command, sizeof(command), "glue/lttng/session %s '%s' %s",
		 options, me, play);
	status = read_all(command);
	if (status == 77) {
		free(heard);
		heard = NULL;
		skip();
	}
	assert_int_equal(status, 0);
}

/* How many of a text there are. */
static unsigned count(const char *what)
{
	unsigned n = 0;

	/* A strstr of ASan's looks at all the rest each time. */
	for (const char *at = heard, *end = heard + strlen(heard);
	     (at = memmem(at, (size_t)(end - at), what, strlen(what))) != NULL;
	     at++)
		n++;
	return n;
}

/* The first line that has it, as a text of its own. */
static const char *line_with(const char *what)
{
	static char line[8192];
	const char *at = strstr(heard, what), *end;

	if (at == NULL)
		fail_msg("no \"%s\" in:\n%.4000s", what, heard);
	while (at > heard && at[-1] != '\n')
		at--;
	end = strchr(at, '\n');
	assert_non_null(end);
	assert_true((size_t)(end - at) < sizeof(line));
	memcpy(line, at, (size_t)(end - at));
	line[end - at] = '\0';
	return line;
}

static void assert_said(const char *event, const char *what)
{
	const char *line = line_with(event);

	if (strstr(line, what) == NULL)
		fail_msg("no \"%s\" in: %s", what, line);
}

/* The text after `key = "` in an event. */
static void text_in(const char *event, const char *key, char out[64])
{
	char what[64];
	const char *at;

	snprintf(what, sizeof(what), "%s = \"", key);
	at = strstr(line_with(event), what);
	assert_non_null(at);
	at += strlen(what);
	snprintf(out, 64, "%.*s", (int)strcspn(at, "\""), at);
}

#endif
