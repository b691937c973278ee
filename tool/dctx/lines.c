/* SPDX-License-Identifier: MIT */
/*
 * lines.c - a case a line, an answer a line. Who reads a corpus through a pipe
 * may wait for each answer before the next case, so nothing is held back while
 * we wait. Memory is bounded by the longest line.
 */
#include "case.h"
#include "lines.h"
#include "text.h"

#include <dctx/codec.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 20, FLUSH_AT = 1 << 16 };

/* One byte more than a line and its end: to see that one is too long. */
static char came[LINE_MAX_BYTES + 2];
static size_t came_len;
static bool skipping; /* the rest of a line that was too long */
static struct text answers;

static bool flush(void)
{
	size_t done = 0;

	while (done < answers.len) {
		ssize_t n = write(STDOUT_FILENO, answers.at + done,
				  answers.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			perror("dctx: convert");
			return false;
		}
		done += (size_t)n;
	}
	answers.len = 0;
	return true;
}

static void answer(char *line, size_t len)
{
	if (len > LINE_MAX_BYTES) {
		case_refuse(line, len, "the line is too long", &answers);
		return;
	}
	if (len > 0 && line[len - 1] == '\r')
		len--;
	case_answer(line, len, &answers);
}

/* Answers each whole line that is there, and keeps the beginning of one. */
static bool answer_all(void)
{
	char *at = came, *end = came + came_len, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (!skipping)
			answer(at, (size_t)(newline - at));
		skipping = false;
		at = newline + 1;
		if (answers.len >= FLUSH_AT && !flush())
			return false;
	}
	came_len = (size_t)(end - at);
	if (came_len > LINE_MAX_BYTES || skipping) {
		if (!skipping)
			answer(at, came_len);
		skipping = true;
		came_len = 0;
	}
	memmove(came, at, came_len);
	return true;
}

int lines_run(void)
{
	for (;;) {
		ssize_t n = read(STDIN_FILENO, came + came_len,
				 sizeof came - came_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			perror("dctx: convert");
			return 1;
		}
		if (n == 0)
			break;
		came_len += (size_t)n;
		if (!answer_all() || !flush())
			return 1;
	}
	/* The last line need not end. */
	if (came_len > 0)
		answer(came, came_len);
	return flush() ? 0 : 1;
}
