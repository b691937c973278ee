/* SPDX-License-Identifier: MIT */
#include "pairs.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns a decoded copy, or NULL: without memory the arena tells. */
static char *decode(struct arena *arena, const char *from, const char *end)
{
	char *copy, *to;

	while (from < end && is_space(*from))
		from++;
	while (from < end && is_space(end[-1]))
		end--;
	copy = to = dctxi_otlp_take(arena, (size_t)(end - from) + 1);
	if (copy == NULL)
		return NULL;
	for (; from < end; to++) {
		int high, low;

		*to = *from++;
		if (*to != '%')
			continue;
		if (end - from < 2 || (high = digit_of(from[0])) < 0 ||
		    (low = digit_of(from[1])) < 0 || (high | low) == 0)
			return NULL;
		*to = (char)(high << 4 | low);
		from += 2;
	}
	*to = '\0';
	return copy;
}

static bool blank(const char *from, const char *end)
{
	while (from < end && is_space(*from))
		from++;
	return from == end;
}

static struct pair *pair_read(struct arena *arena, const char *from,
			      const char *end)
{
	const char *equals = memchr(from, '=', (size_t)(end - from));
	struct pair *pair;

	if (equals == NULL)
		return NULL;
	pair = dctxi_otlp_take(arena, sizeof *pair);
	if (pair == NULL)
		return NULL;
	pair->name = decode(arena, from, equals);
	pair->value = decode(arena, equals + 1, end);
	pair->next = NULL;
	if (pair->name == NULL || pair->value == NULL || pair->name[0] == '\0')
		return NULL;
	return pair;
}

dctx_status dctxi_otlp_pairs(struct arena *arena, const char *text,
			     struct pair **out)
{
	struct pair *first = NULL, **last = &first;

	for (const char *end; *text != '\0'; text = end + (*end != '\0')) {
		end = text + strcspn(text, ",");
		if (blank(text, end))
			continue;
		*last = pair_read(arena, text, end);
		if (*last == NULL)
			return arena->failed ? DCTX_NOMEM : DCTX_INVALID;
		last = &(*last)->next;
	}
	*out = first;
	return DCTX_OK;
}
