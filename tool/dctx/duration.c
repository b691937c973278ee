/* SPDX-License-Identifier: MIT */
/* Spans of time as people write them. */
#include "tool.h"

#include <string.h>

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{"ns", 1},
	{"us", DCTX_US},
	{"ms", DCTX_MS},
	{"s", DCTX_S},
	{"", DCTX_S},
	{"m", 60 * DCTX_S},
	{"h", 3600 * DCTX_S},
	{"d", 86400 * DCTX_S},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits and perhaps a point with more behind it, in whole and billionths,
 * which is where further ones end. */
static const char *read_number(const char *at, int64_t *whole,
			       int64_t *billionths)
{
	int64_t unit = DCTX_S;
	const char *begin = at;

	*whole = *billionths = 0;
	for (; is_digit(*at); at++)
		if (__builtin_mul_overflow(*whole, 10, whole) ||
		    __builtin_add_overflow(*whole, *at - '0', whole))
			return NULL;
	if (at == begin)
		return NULL;
	if (*at != '.')
		return at;
	if (!is_digit(*++at))
		return NULL;
	for (; is_digit(*at); at++) {
		unit /= 10;
		*billionths += (*at - '0') * unit;
	}
	return at;
}

bool tool_duration(const char *text, int64_t *out)
{
	int64_t whole, billionths, part, sum;
	const char *unit = read_number(text, &whole, &billionths);

	for (size_t i = 0; unit && i < sizeof units / sizeof *units; i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		/* Parts of a day in billionths fit into 63 bits, too. */
		part = units[i].ns >= DCTX_S
			       ? units[i].ns / DCTX_S * billionths
			       : units[i].ns * billionths / DCTX_S;
		if (__builtin_mul_overflow(whole, units[i].ns, &sum) ||
		    __builtin_add_overflow(sum, part, &sum) || sum <= 0)
			return false;
		*out = sum;
		return true;
	}
	return false;
}
