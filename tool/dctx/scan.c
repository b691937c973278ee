/* SPDX-License-Identifier: MIT */
/*
 * scan.c - the objects of a list, with what can befall a file: a process was
 * killed in the middle of a line, the list has no end, lines of two processes
 * are in one file.
 *
 * No string of JSON has a line's end in it; so one that does is torn, and the
 * next line is looked at afresh. An object that is torn between its strings
 * swallows what follows, up to the limits, and then what it swallowed is looked
 * at again from its second line on. Depth bounds how often a byte is seen.
 */
#include "scan.h"

#include <string.h>

#define CHUNK ((size_t)1 << 16)

/* The byte so far behind what comes next, or EOF. */
static int far(struct scan *s, size_t i)
{
	while (s->at + i >= s->buffer.len) {
		size_t n;

		if (s->ended)
			return EOF;
		if (s->at > CHUNK && s->at > s->buffer.len / 2) {
			s->buffer.len -= s->at;
			memmove(s->buffer.at, s->buffer.at + s->at,
				s->buffer.len);
			s->at = 0;
		}
		n = fread(text_room(&s->buffer, CHUNK), 1, CHUNK, s->file);
		s->buffer.len += n;
		s->ended = n == 0;
	}
	return (unsigned char)s->buffer.at[s->at + i];
}

static inline int peek(struct scan *s, size_t i)
{
	if (s->at + i < s->buffer.len)
		return (unsigned char)s->buffer.at[s->at + i];
	return far(s, i);
}

static void skip(struct scan *s, size_t n)
{
	const char *from = s->buffer.at + s->at;

	for (size_t i = 0; i < n; i++)
		s->next_line += from[i] == '\n';
	s->at += n;
	s->consumed += n;
}

/* To the next line's beginning; what is before an end of the file, too. */
static void skip_line(struct scan *s)
{
	int c;

	do {
		c = peek(s, 0);
		if (c != EOF)
			skip(s, 1);
	} while (c != EOF && c != '\n');
}

/* Behind a string that begins at `i`; 0 when it does not end in its line. */
static size_t string_end(struct scan *s, size_t i)
{
	for (i++; i < SCAN_OBJECT_MAX; i++) {
		int c = peek(s, i);

		if (c == EOF || c == '\n')
			return 0;
		if (c == '"')
			return i + 1;
		if (c == '\\' && peek(s, i + 1) != '\n')
			i++;
	}
	return 0;
}

/* How long the value is that begins at `i`, of which braces, brackets and
 * strings are looked at alone. */
static enum scan_found value_end(struct scan *s, size_t i, size_t *end)
{
	unsigned depth = 0;

	while (i < SCAN_OBJECT_MAX) {
		int c = peek(s, i);
		size_t behind = i + 1;

		if (c == EOF)
			return SCAN_CUT;
		if (c == '"') {
			behind = string_end(s, i);
			if (behind == 0)
				break;
		} else if (c == '{' || c == '[') {
			if (++depth > SCAN_DEPTH_MAX)
				return SCAN_LONG;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			*end = i + 1;
			return SCAN_OBJECT;
		}
		i = behind;
	}
	if (i >= SCAN_OBJECT_MAX)
		return SCAN_LONG;
	/* It is in a string, which goes on to one of three. */
	for (; i < SCAN_OBJECT_MAX; i++) {
		int c = peek(s, i);

		if (c == EOF)
			return SCAN_CUT;
		if (c == '\n')
			return SCAN_BAD;
	}
	return SCAN_LONG;
}

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t spaces(struct scan *s, size_t i)
{
	while (i < SCAN_OBJECT_MAX && is_space(peek(s, i)))
		i++;
	return i;
}

static bool is_key(struct scan *s, size_t i, const char *key)
{
	for (; *key != '\0'; key++, i++)
		if (peek(s, i) != (unsigned char)*key)
			return false;
	return true;
}

/* Behind a value in an object: where its comma or brace is, or 0. */
static size_t member_end(struct scan *s, size_t i)
{
	size_t end;
	int c = peek(s, i);

	if (c == '{' || c == '[')
		return value_end(s, i, &end) == SCAN_OBJECT ? spaces(s, end)
							    : 0;
	if (c == '"') {
		end = string_end(s, i);
		return end > 0 ? spaces(s, end) : 0;
	}
	for (; i < SCAN_OBJECT_MAX; i++) {
		c = peek(s, i);
		if (c == EOF || c == ',' || c == '}')
			return i;
	}
	return 0;
}

/* Where the list is in `{..., "traceEvents": [`: behind its bracket; 0 when
 * this object is none of the kind. */
static size_t list_in_object(struct scan *s)
{
	size_t i = 0;

	do {
		size_t key = spaces(s, i + 1), value;

		if (peek(s, key) != '"')
			return 0;
		value = string_end(s, key);
		if (value == 0)
			return 0;
		value = spaces(s, value);
		if (peek(s, value) != ':')
			return 0;
		value = spaces(s, value + 1);
		if (is_key(s, key, "\"traceEvents\"") && peek(s, value) == '[')
			return value + 1;
		i = member_end(s, value);
	} while (i > 0 && peek(s, i) == ',');
	return 0;
}

static void begin(struct scan *s)
{
	size_t list;

	s->begun = true;
	s->next_line = 1;
	text_add(&s->buffer, "", 0);
	if (is_key(s, 0, "\xef\xbb\xbf"))
		skip(s, 3);
	skip(s, spaces(s, 0));
	if (peek(s, 0) != '{')
		return;
	list = list_in_object(s);
	skip(s, list);
	s->lists = list > 0;
}

/* Behind the list's end only another list counts: of files put together. */
static bool is_over(struct scan *s)
{
	skip(s, 1);
	if (s->lists > 1) {
		s->lists--;
		return false;
	}
	s->lists = 0;
	skip(s, spaces(s, 0));
	return peek(s, 0) != '[';
}

static enum scan_found object_here(struct scan *s, dctx_bytes *object)
{
	size_t len = 0;
	enum scan_found found = value_end(s, 0, &len);

	s->line = s->next_line;
	s->lost = found != SCAN_OBJECT;
	if (s->lost) {
		skip_line(s);
		return found;
	}
	*object = (dctx_bytes){s->buffer.at + s->at, len};
	skip(s, len);
	return SCAN_OBJECT;
}

enum scan_found scan_next(struct scan *s, dctx_bytes *object)
{
	if (!s->begun)
		begin(s);
	for (;;) {
		int c = peek(s, 0);

		if (c == EOF)
			return SCAN_END;
		if (c == '{')
			return object_here(s, object);
		if (c == ']' && !s->lost) {
			if (is_over(s))
				return SCAN_END;
			continue;
		}
		if (is_space(c) || c == ',' || c == '[' || c == ']') {
			s->lists += c == '[';
			skip(s, 1);
			continue;
		}
		s->line = s->next_line;
		skip_line(s);
		if (!s->lost) {
			s->lost = true;
			return SCAN_BAD;
		}
	}
}

void scan_free(struct scan *s)
{
	text_free(&s->buffer);
}
