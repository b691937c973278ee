/* SPDX-License-Identifier: MIT */
#include "raw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *behind_spaces(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

static const char *behind_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

/* Braces, brackets and strings are all that has to be looked at. */
static const char *behind_value(const char *at, const char *end)
{
	size_t depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = behind_string(at, end);
			if (depth == 0)
				return at;
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']') {
			if (depth == 0)
				return at;
			if (--depth == 0)
				return at + 1;
		} else if (depth == 0 && (*at == ',' || is_space(*at)))
			return at;
		at++;
	}
	return end;
}

bool raw_member(dctx_bytes object, const char *name, dctx_bytes *out)
{
	const char *at = object.data, *end = at + object.len;
	size_t len = strlen(name);
	bool found = false;

	at = behind_spaces(at, end);
	while (at < end && *at != '}') {
		const char *key = behind_spaces(at + 1, end), *value;
		const char *key_end;

		if (key >= end || *key != '"')
			break;
		key_end = behind_string(key, end);
		value = behind_spaces(key_end, end);
		value = behind_spaces(value < end ? value + 1 : end, end);
		at = behind_value(value, end);
		if ((size_t)(key_end - key) == len + 2 &&
		    memcmp(key + 1, name, len) == 0) {
			*out = (dctx_bytes){value, (size_t)(at - value)};
			found = true;
		}
		at = behind_spaces(at, end);
	}
	return found;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int64_t bounded(double ns)
{
	if (ns >= (double)RAW_TIME_MAX)
		return RAW_TIME_MAX;
	return ns <= -(double)RAW_TIME_MAX ? -RAW_TIME_MAX : (int64_t)ns;
}

/* With an exponent it is somebody else's, and a double will do. */
static bool by_double(dctx_bytes text, int64_t *out)
{
	char copy[64], *end;
	double value;

	if (text.len == 0 || text.len >= sizeof copy)
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	value = strtod(copy, &end);
	if (*end != '\0' || !isfinite(value))
		return false;
	*out = bounded(value * 1000);
	return true;
}

/* Takes a digit on; what is past the bound stays there. */
static int64_t taken(int64_t so_far, int digit)
{
	if (so_far >= RAW_TIME_MAX / 10)
		return RAW_TIME_MAX;
	return so_far * 10 + digit;
}

bool raw_time(dctx_bytes text, int64_t *out)
{
	const char *at = text.data, *end = at + text.len;
	int64_t ns = 0;
	bool minus;

	if (text.len >= 2 && *at == '"' && end[-1] == '"') {
		at++;
		end--;
	}
	text = (dctx_bytes){at, (size_t)(end - at)};
	minus = at < end && *at == '-';
	at += minus;
	if (at == end || !is_digit(*at))
		return false;
	for (; at < end && is_digit(*at); at++)
		ns = taken(ns, *at - '0');
	at += at < end && *at == '.';
	for (int i = 0; i < 3; i++)
		ns = taken(ns, at < end && is_digit(*at) ? *at++ - '0' : 0);
	while (at < end && is_digit(*at))
		at++;
	if (at < end)
		return by_double(text, out);
	*out = minus ? -ns : ns;
	return true;
}
