/* SPDX-License-Identifier: MIT */
/*
 * headers.c - lines as a message of HTTP/1.1 has them, and as people copy them
 * from one: a line ends with or without a carriage return, and empty lines are
 * passed over, as is a start line at the beginning or behind an empty one.
 */
#include "headers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_token(dctx_bytes name)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	const char *at = name.data;

	for (size_t i = 0; i < name.len; i++) {
		char c = at[i];
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z');

		if (!alnum && (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return name.len > 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Splits a line into name and value. Returns NULL, or the rule it breaks. */
static const char *split(struct header_line *line, dctx_header *out)
{
	const char *at = line->whole.data, *end = at + line->whole.len;
	const char *colon = memchr(at, ':', line->whole.len), *value;

	if (is_blank(*at))
		return "LINE_FOLDED";
	if (colon == NULL)
		return "LINE_COLON";
	out->name = (dctx_bytes){at, (size_t)(colon - at)};
	if (!is_token(out->name))
		return "LINE_NAME";
	for (value = colon + 1; value < end && is_blank(*value);)
		value++;
	while (end > value && is_blank(end[-1]))
		end--;
	out->value = (dctx_bytes){value, (size_t)(end - value)};
	line->column = (size_t)(value - at);
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length of HTTP/1.1, or HTTP/2 as tools name it; 0 for none. */
static size_t version_len(const char *at, size_t len)
{
	if (len < 6 || memcmp(at, "HTTP/", 5) != 0 || !is_digit(at[5]))
		return 0;
	return len > 7 && at[6] == '.' && is_digit(at[7]) ? 8 : 6;
}

/* RFC 9112, 4: HTTP/1.1 200 OK; tools leave out an empty reason's space. */
static bool is_status_line(const char *at, size_t len)
{
	size_t n = version_len(at, len);

	return n > 0 && len >= n + 4 && at[n] == ' ' && is_digit(at[n + 1]) &&
	       is_digit(at[n + 2]) && is_digit(at[n + 3]) &&
	       (len == n + 4 || at[n + 4] == ' ');
}

/* RFC 9112, 3: GET /path HTTP/1.1. */
static bool is_request_line(const char *at, size_t len)
{
	const char *end = at + len, *method = memchr(at, ' ', len), *target;

	if (method == NULL ||
	    !is_token((dctx_bytes){at, (size_t)(method - at)}))
		return false;
	target = memchr(method + 1, ' ', (size_t)(end - method - 1));
	if (target == NULL || target == method + 1)
		return false;
	len = (size_t)(end - target - 1);
	return len > 0 && version_len(target + 1, len) == len;
}

static bool is_start_line(dctx_bytes line)
{
	return is_status_line(line.data, line.len) ||
	       is_request_line(line.data, line.len);
}

static void take(struct headers *headers, struct header_line *line)
{
	line->rule = split(line, &headers->list[headers->count]);
	if (line->rule != NULL)
		headers->bad[headers->bad_count++] = *line;
	else
		headers->lines[headers->count++] = *line;
}

static size_t count_lines(const struct text *text)
{
	size_t n = 1;

	for (size_t i = 0; i < text->len; i++)
		n += text->at[i] == '\n';
	return n;
}

void headers_read(const struct text *text, struct headers *out)
{
	size_t max = count_lines(text), number = 0;
	const char *at = text->at, *end = at + text->len;
	bool begins = true;

	out->list = grown(NULL, max * sizeof *out->list);
	out->lines = grown(NULL, max * sizeof *out->lines);
	out->bad = grown(NULL, max * sizeof *out->bad);
	out->count = 0;
	out->bad_count = 0;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline != NULL ? newline : end;
		struct header_line line = {.number = ++number};

		line.whole = (dctx_bytes){at, (size_t)(stop - at)};
		if (stop > at && stop[-1] == '\r')
			line.whole.len--;
		if (line.whole.len > 0 &&
		    !(begins && is_start_line(line.whole)))
			take(out, &line);
		begins = line.whole.len == 0;
		at = stop + 1;
	}
}

void headers_free(struct headers *headers)
{
	free(headers->list);
	free(headers->lines);
	free(headers->bad);
}

const struct header_line *headers_line(const struct headers *headers,
				       const char *name, dctx_bytes more,
				       size_t n)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < headers->count; i++) {
		const dctx_bytes *here = &headers->list[i].name;
		const char *at = here->data;

		if (here->len == len + more.len &&
		    strncasecmp(at, name, len) == 0 &&
		    (more.len == 0 ||
		     strncasecmp(at + len, more.data, more.len) == 0) &&
		    n-- == 0)
			return &headers->lines[i];
	}
	return NULL;
}

dctx_headers headers_view(const struct headers *headers)
{
	return (dctx_headers){.list = headers->list,
			      .count = headers->count,
			      .max = headers->count};
}
