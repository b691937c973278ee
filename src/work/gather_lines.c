/* SPDX-License-Identifier: MIT */
/*
 * The lines of two texts, each once. What comes may be long and from outside,
 * so the lines are sorted to find those that are there twice.
 */
#include "wire/sort.h"
#include "work/gather.h"

#include <string.h>

/* Lines in their order; of one that is there already `data` becomes NULL. */
struct lines {
	dctx_bytes *line;
	size_t n;
};

static size_t count(const dctx_any *text)
{
	const char *at = text->as.bytes.data;
	size_t n = 1;

	if (text->kind == 0)
		return 0;
	for (size_t i = 0; i < text->as.bytes.len; i++)
		n += at[i] == '\n';
	return n;
}

static void split(struct lines *lines, const dctx_any *text)
{
	const char *at = text->as.bytes.data, *line = at;
	size_t len = text->kind != 0 ? text->as.bytes.len : 0;

	for (size_t i = 0; len > 0 && i <= len; i++) {
		if (i < len && at[i] != '\n')
			continue;
		if (at + i > line)
			lines->line[lines->n++] =
				(dctx_bytes){line, (size_t)(at + i - line)};
		line = at + i + 1;
	}
}

/* Equal lines stand in the order in which they came. */
static bool before(const void *a, const void *b)
{
	int order = dctxi_key_compare(*(const dctx_bytes *)a,
				      *(const dctx_bytes *)b);

	return order != 0 ? order < 0 : a < b;
}

static void drop_twice(struct lines *lines, struct dctxi_sorted *sorted)
{
	const dctx_bytes *last = NULL;

	for (size_t i = 0; i < lines->n; i++)
		sorted[i] = dctxi_sorted_key(&lines->line[i]);
	dctxi_sort(sorted, lines->n, before);
	for (size_t i = 0; i < lines->n; i++) {
		dctx_bytes *line = (dctx_bytes *)(uintptr_t)sorted[i].what;

		if (last != NULL && dctxi_key_compare(*last, *line) == 0)
			line->data = NULL;
		else
			last = line;
	}
}

static size_t write(const struct lines *lines, char *to)
{
	char *at = to;

	for (size_t i = 0; i < lines->n; i++) {
		const dctx_bytes *line = &lines->line[i];

		if (line->data == NULL)
			continue;
		if (at > to)
			*at++ = '\n';
		memcpy(at, line->data, line->len);
		at += line->len;
	}
	return (size_t)(at - to);
}

dctx_status dctxi_gather_lines(void *user, const dctx_any *have,
			       const dctx_any *comes, dctx_any *out)
{
	size_t most = count(have) + count(comes);
	struct dctxi_sorted *sorted;
	struct lines lines = {NULL, 0};
	char *text;

	(void)user;
	if (comes->kind != DCTX_KIND_STR ||
	    (have->kind != 0 && have->kind != DCTX_KIND_STR))
		return DCTX_WRONG_TYPE;
	lines.line = dctx_gather_room(most * sizeof *lines.line);
	sorted = dctx_gather_room(most * sizeof *sorted);
	text = dctx_gather_room(comes->as.bytes.len + 2 +
				(have->kind != 0 ? have->as.bytes.len : 0));
	if (lines.line == NULL || sorted == NULL || text == NULL)
		return DCTX_NOMEM;
	split(&lines, have);
	split(&lines, comes);
	drop_twice(&lines, sorted);
	*out = *comes;
	out->as.bytes = (dctx_bytes){text, write(&lines, text)};
	return DCTX_OK;
}
