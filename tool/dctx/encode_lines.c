/* SPDX-License-Identifier: MIT */
/*
 * encode_lines.c - a description of a message, a fact a line:
 *
 *     # a comment
 *     version 2
 *     entry tenant u64 42
 *     entry name@3 str some text, to the end of the line
 *     entry blob hex 00ff
 *     scope checkout
 *     trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=b
 *     baggage k=v,k2=v2
 *     deadline 250ms
 */
#include "encode.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

/* Takes a word off a line, and the blanks before and behind it. */
static char *word(char **line)
{
	char *start = *line + strspn(*line, " \t");
	size_t len = strcspn(start, " \t");

	*line = start + len;
	if (**line != '\0')
		*(*line)++ = '\0';
	*line += strspn(*line, " \t");
	return start;
}

static dctx_bytes bytes_of(const char *text)
{
	return (dctx_bytes){text, strlen(text)};
}

/* Reads "name@3"; an at sign without digits behind it is the name's. */
static dctx_bytes key_of(char *key, uint32_t *version)
{
	char *at = strrchr(key, '@'), *end;
	unsigned long number;

	*version = 1;
	if (at == NULL || strspn(at + 1, "0123456789") == 0)
		return bytes_of(key);
	number = strtoul(at + 1, &end, 10);
	if (*end != '\0' || number > UINT32_MAX)
		return bytes_of(key);
	*version = (uint32_t)number;
	return (dctx_bytes){key, (size_t)(at - key)};
}

static const char *take_entry(struct parts *parts, char *line)
{
	uint32_t version;
	dctx_bytes key = key_of(word(&line), &version);
	const char *kind = word(&line);

	return parts_value(parts, key, version, kind, bytes_of(line));
}

static const char *take_trace(struct parts *parts, char *line)
{
	const char *parent = word(&line);

	return parts_trace(parts, bytes_of(parent), bytes_of(line));
}

static const char *take_baggage(struct parts *parts, char *line)
{
	return parts_baggage(parts, bytes_of(line));
}

static const char *take_deadline(struct parts *parts, char *line)
{
	return parts_deadline(parts, line);
}

static const char *take_scope(struct parts *parts, char *line)
{
	parts_name(parts, bytes_of(line));
	return NULL;
}

static const char *take_version(struct parts *parts, char *line)
{
	if (strcmp(line, "1") != 0 && strcmp(line, "2") != 0)
		return "a message is of version 1 or 2";
	parts->version = (uint32_t)(*line - '0');
	return NULL;
}

static const struct {
	const char *name;
	const char *(*take)(struct parts *parts, char *line);
} facts[] = {
	{"entry", take_entry},	     {"scope", take_scope},
	{"trace", take_trace},	     {"baggage", take_baggage},
	{"deadline", take_deadline}, {"version", take_version},
};

static const char *take(struct parts *parts, char *line)
{
	const char *name = word(&line);

	if (*name == '\0' || *name == '#')
		return NULL;
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (strcmp(facts[i].name, name) == 0)
			return facts[i].take(parts, line);
	return "a line begins with entry, scope, trace, baggage, deadline or "
	       "version";
}

/* The text is overwritten. */
bool encode_lines(const struct input *input, const struct text *text,
		  struct parts *parts)
{
	char *at = text->at, *end = at + text->len;
	size_t number = 0;

	if (memchr(at, '\0', text->len) != NULL)
		return input_refuse(input, "it is no text");
	while (at < end) {
		size_t len = strcspn(at, "\n");
		char *line = at;
		const char *wrong;

		number++;
		at += len + 1;
		line[len] = '\0';
		if (len > 0 && line[len - 1] == '\r')
			line[len - 1] = '\0';
		wrong = take(parts, line);
		if (wrong != NULL)
			return input_refuse(input, "line %zu: %s", number,
					    wrong);
	}
	return true;
}
