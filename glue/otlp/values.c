/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* strtod_l */
#include "values.h"

#include "utf8.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Numbers are read as JSON has them, whatever the program's locale. */
static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void locale_make(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static const char *spaces_skip(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* Four hex digits. Returns NULL where there are none. */
static const char *hex_read(const char *at, unsigned long *out)
{
	char digits[5] = "";
	char *end;

	for (int i = 0; i < 4; i++) {
		if (strchr("0123456789abcdefABCDEF", at[i]) == NULL ||
		    at[i] == '\0')
			return NULL;
		digits[i] = at[i];
	}
	*out = strtoul(digits, &end, 16);
	return at + 4;
}

/* What follows a \u: one half of a pair or a character. */
static const char *unicode_read(const char *at, unsigned char *out, size_t *n)
{
	unsigned long c, low;
	const char *next;

	at = hex_read(at, &c);
	if (at == NULL)
		return NULL;
	if (c >= 0xd800 && c < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
		next = hex_read(at + 2, &low);
		if (next != NULL && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			at = next;
		}
	}
	*n += dctxi_otlp_utf8_put(out + *n, c);
	return at;
}

/* What follows a backslash. */
static const char *escape_read(const char *at, unsigned char *out, size_t *n)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *name = *at != '\0' ? strchr(names, *at) : NULL;

	if (*at == 'u')
		return unicode_read(at + 1, out, n);
	if (name == NULL)
		return NULL;
	out[(*n)++] = (unsigned char)meant[name - names];
	return at + 1;
}

/* The closing quote of a text that begins here; NULL without one. */
static const char *text_end(const char *at)
{
	for (;;) {
		at += strcspn(at, "\"\\");
		if (*at == '"')
			return at;
		if (*at == '\0' || at[1] == '\0')
			return NULL;
		at += 2;
	}
}

/* A text behind its opening quote: what it says takes no more bytes than it is
 * written with. Returns what is behind it, or NULL. */
static const char *text_read(struct arena *arena, const char *at,
			     dctx_bytes *out)
{
	const char *end = text_end(at);
	unsigned char *text;
	size_t n = 0;

	if (end == NULL)
		return NULL;
	*out = (dctx_bytes){at, (size_t)(end - at)};
	if (memchr(at, '\\', out->len) == NULL)
		return end + 1;
	text = dctxi_otlp_take(arena, out->len);
	while (text != NULL && at != NULL && at < end) {
		if (*at == '\\')
			at = escape_read(at + 1, text, &n);
		else
			text[n++] = (unsigned char)*at++;
	}
	*out = (dctx_bytes){text, n};
	return text != NULL && at != NULL ? end + 1 : NULL;
}

/* A list or a map, to its end. */
static const char *nested_skip(const char *at)
{
	size_t depth = 0;

	do {
		if (*at == '\0')
			return NULL;
		if (*at == '[' || *at == '{')
			depth++;
		else if (*at == ']' || *at == '}')
			depth--;
		else if (*at == '"' && (at = text_end(at + 1)) == NULL)
			return NULL;
		at++;
	} while (depth != 0);
	return at;
}

static void text_put(struct attributes *a, Otlp__AnyValue *value,
		     dctx_bytes text)
{
	if (value == NULL)
		return;
	value->value_case = OTLP__ANY_VALUE__VALUE_STRING_VALUE;
	value->string_value = dctxi_otlp_utf8(a->arena, text.data, text.len);
}

static bool integer_read(const char *text, Otlp__AnyValue *value)
{
	const bool negative = *text == '-';
	int64_t number = 0;

	text += negative;
	if (*text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		const int digit = *text - '0';

		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, negative ? -digit : digit,
					   &number))
			return false;
	}
	if (*text != '\0')
		return false;
	value->value_case = OTLP__ANY_VALUE__VALUE_INT_VALUE;
	value->int_value = number;
	return true;
}

static bool double_read(const char *text, Otlp__AnyValue *value)
{
	double number;
	char *end;

	(void)pthread_once(&locale_once, locale_make);
	if (c_locale == (locale_t)0 || strpbrk(text, ".eE") == NULL)
		return false;
	number = strtod_l(text, &end, c_locale);
	if (*end != '\0')
		return false;
	value->value_case = OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE;
	value->double_value = number;
	return true;
}

/* An integer that is too large stays as it was written. */
static bool large_read(struct arena *arena, const char *text,
		       Otlp__AnyValue *value)
{
	const char *digits = text + (*text == '-');

	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	value->value_case = OTLP__ANY_VALUE__VALUE_STRING_VALUE;
	value->string_value = dctxi_otlp_utf8_of(arena, text);
	return true;
}

static const char *number_read(struct attributes *a, const char *at,
			       dctx_bytes name)
{
	const size_t len = strspn(at, "+-.0123456789eE");
	Otlp__AnyValue number, *value;
	char *text;

	text = dctxi_otlp_take_text(a->arena, at, len);
	if (text == NULL)
		return NULL;
	otlp__any_value__init(&number);
	if (!integer_read(text, &number) && !double_read(text, &number) &&
	    !large_read(a->arena, text, &number))
		return NULL;
	value = dctxi_otlp_add(a, name);
	if (value != NULL)
		*value = number;
	return at + len;
}

static bool word_is(const char *at, const char *word)
{
	return strncmp(at, word, strlen(word)) == 0;
}

static const char *bool_read(struct attributes *a, const char *at,
			     dctx_bytes name)
{
	Otlp__AnyValue *value;
	const bool is = *at == 't';

	if (word_is(at, "null"))
		return at + strlen("null");
	if (!word_is(at, is ? "true" : "false"))
		return NULL;
	value = dctxi_otlp_add(a, name);
	if (value != NULL) {
		value->value_case = OTLP__ANY_VALUE__VALUE_BOOL_VALUE;
		value->bool_value = is;
	}
	return at + strlen(is ? "true" : "false");
}

/* Returns what is behind the value, or NULL when it is none. */
static const char *value_read(struct attributes *a, const char *at,
			      dctx_bytes name)
{
	const char *end;
	dctx_bytes text;

	switch (*at) {
	case '"':
		end = text_read(a->arena, at + 1, &text);
		break;
	case '[':
	case '{':
		end = nested_skip(at);
		text = (dctx_bytes){at, end != NULL ? (size_t)(end - at) : 0};
		break;
	case 't':
	case 'f':
	case 'n':
		return bool_read(a, at, name);
	default:
		return number_read(a, at, name);
	}
	if (end != NULL)
		text_put(a, dctxi_otlp_add(a, name), text);
	return end;
}

static const char *member_read(struct attributes *a, const char *at)
{
	dctx_bytes name;

	if (*at != '"')
		return NULL;
	at = text_read(a->arena, at + 1, &name);
	if (at == NULL)
		return NULL;
	at = spaces_skip(at);
	if (*at != ':')
		return NULL;
	at = value_read(a, spaces_skip(at + 1), name);
	return at != NULL ? spaces_skip(at) : NULL;
}

void dctxi_otlp_add_values(struct attributes *a, const char *json)
{
	const char *at = spaces_skip(json);

	while (*at != '\0') {
		at = member_read(a, at);
		if (at == NULL || (*at != '\0' && *at != ',')) {
			dctxi_otlp_add_string(a, "dctx.values", json);
			return;
		}
		if (*at == ',')
			at = spaces_skip(at + 1);
	}
}
