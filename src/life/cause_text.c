/* SPDX-License-Identifier: MIT */
/* A cause as one line of text. */
#include "data/utf8.h"

#include <dctx/done.h>

#include <string.h>

/* A text that grows in a buffer; what does not fit is counted. */
struct line {
	char *buf;
	size_t size, len;
};

static void put(struct line *line, const char *text)
{
	size_t len = strlen(text);

	if (line->len < line->size)
		memcpy(line->buf + line->len, text,
		       len < line->size - line->len ? len
						    : line->size - line->len);
	line->len += len;
}

static void put_number(struct line *line, unsigned long n)
{
	char digits[3 * sizeof n + 1];
	char *at = digits + sizeof digits - 1;

	*at = '\0';
	do
		*--at = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	put(line, at);
}

/* Without the folders, which tell more of where it was built. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static void put_place(struct line *line, const dctx_cause_info *cause)
{
	bool known = cause->file != NULL;

	if (!known && cause->thread == 0)
		return;
	put(line, " (");
	if (known) {
		put(line, base_name(cause->file));
		put(line, ":");
		put_number(line, cause->line);
	}
	if (cause->thread != 0) {
		put(line, known ? ", thread " : "thread ");
		put_number(line, cause->thread);
	}
	put(line, ")");
}

size_t dctx_cause_text(const dctx_cause_info *cause, char *buf, size_t size)
{
	struct line line = {buf, size, 0};
	const char *what = "canceled";

	if (cause == NULL)
		what = "";
	else if (cause->status == DCTX_OK)
		what = "not done";
	else if (cause->status == DCTX_DEADLINE_EXCEEDED)
		what = "deadline exceeded";
	put(&line, what);
	if (cause != NULL && cause->status != DCTX_OK) {
		if (strcmp(cause->message, what) != 0) {
			put(&line, ": ");
			put(&line, cause->message);
		}
		put_place(&line, cause);
	}
	if (size > 0 && line.len < size)
		buf[line.len] = '\0';
	else if (size > 0) {
		buf[size - 1] = '\0';
		buf[dctxi_utf8_cut(buf, size - 1)] = '\0';
	}
	return line.len;
}
