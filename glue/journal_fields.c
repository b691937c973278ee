/* SPDX-License-Identifier: MIT */
#include "journal_fields.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a value; more is cut, as in all lines. */
#define VALUE_MAX 1024u

/* What is kept for DCTX_UNTOLD=4294967295. */
#define LAST_ROOM 24u

bool dctxi_journal_prefix_valid(const char *prefix)
{
	size_t len = strspn(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return prefix[len] == '\0' && len <= DCTXI_JOURNAL_PREFIX &&
	       (len == 0 || (*prefix >= 'A' && *prefix <= 'Z'));
}

size_t dctxi_journal_whole(const char *text, size_t len)
{
	size_t begin = len;
	unsigned char c;

	while (begin > 0 && len - begin < 3 &&
	       ((unsigned char)text[begin - 1] & 0xc0) == 0x80)
		begin--;
	if (begin == 0)
		return len;
	c = (unsigned char)text[begin - 1];
	if ((c >= 0xf0 && len - begin < 3) || (c >= 0xe0 && len - begin < 2) ||
	    (c >= 0xc0 && len == begin))
		return begin - 1;
	return len;
}

/* One character of a name. */
static char as_name(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
}

/* Returns the length, and a NUL is put. */
static size_t put_name(const char *prefix, const char *name,
		       char to[DCTXI_JOURNAL_NAME + 1])
{
	size_t len = 0;
	char first = *prefix != '\0' ? *prefix : as_name(*name);

	if (first < 'A' || first > 'Z')
		prefix = "DCTX_";
	while (*prefix != '\0')
		to[len++] = *prefix++;
	while (*name != '\0' && len < DCTXI_JOURNAL_NAME)
		to[len++] = as_name(*name++);
	to[len] = '\0';
	return len;
}

/* What a locale has for a decimal point is a point. */
static size_t put_point(char *text)
{
	static const char ours[] = "0123456789+-einfa.";
	char *at = text + strspn(text, ours);
	size_t other = strcspn(at, ours);

	if (other > 0) {
		*at = '.';
		memmove(at + 1, at + other, strlen(at + other) + 1);
	}
	return strlen(text);
}

/* The fewest digits that read back as the same. */
static size_t put_float(double f, bool is_f32, char *to, size_t size)
{
	double least = is_f32 ? (double)FLT_MIN : DBL_MIN, back;
	int digits = is_f32 ? 6 : 15, last = is_f32 ? 9 : 17;

	if (isnan(f))
		return (size_t)snprintf(to, size, "nan");
	if (f < least && f > -least)
		digits = 1;
	do {
		snprintf(to, size, "%.*g", digits, f);
		back = strtod(to, NULL);
		if (is_f32)
			back = (double)(float)back;
	} while (back != f && ++digits <= last);
	return put_point(to);
}

static size_t put_number(const dctx_any *value, char *to, size_t size)
{
	if (value->kind == DCTX_KIND_BOOL)
		return (size_t)snprintf(to, size, "%s",
					value->as.b ? "true" : "false");
	if (value->kind <= DCTX_KIND_I64)
		return (size_t)snprintf(to, size, "%" PRId64, value->as.i);
	if (value->kind <= DCTX_KIND_U64)
		return (size_t)snprintf(to, size, "%" PRIu64, value->as.u);
	return put_float(value->as.f, value->kind == DCTX_KIND_F32, to, size);
}

static size_t put_hex(dctx_bytes bytes, char *to)
{
	const unsigned char *from = bytes.data;
	size_t n = bytes.len < VALUE_MAX / 2 ? bytes.len : VALUE_MAX / 2;

	for (size_t i = 0; i < n; i++) {
		*to++ = "0123456789abcdef"[from[i] >> 4];
		*to++ = "0123456789abcdef"[from[i] & 15];
	}
	memcpy(to, "...", 3);
	return n * 2 + (n < bytes.len ? 3 : 0);
}

static size_t put_text(dctx_bytes text, char *to)
{
	size_t n = text.len;

	if (n > VALUE_MAX)
		n = dctxi_journal_whole(text.data, VALUE_MAX);
	if (n > 0)
		memcpy(to, text.data, n);
	memcpy(to + n, "...", 3);
	return n + (n < text.len ? 3 : 0);
}

/* By a format: it was cut already. */
static size_t put_made(dctx_bytes text, char *to)
{
	size_t n = text.len <= VALUE_MAX + 3 ? text.len : VALUE_MAX + 3;

	memcpy(to, text.data, n);
	return n;
}

static size_t put_value(const dctx_any *value, dctx_bytes text, char *to,
			size_t size)
{
	if (text.data != NULL)
		return put_made(text, to);
	switch (value->kind) {
	case DCTX_KIND_STR:
		return put_text(value->as.bytes, to);
	case DCTX_KIND_BYTES:
		return put_hex(value->as.bytes, to);
	case DCTX_KIND_TYPE:
		return 0;
	default:
		return put_number(value, to, size);
	}
}

static bool is_told(const struct dctxi_journal_fields *fields, const char *name,
		    size_t len)
{
	for (uint32_t i = 0; i < fields->n; i++)
		if (dctxi_journal_named(&fields->at[i], name, len))
			return true;
	return false;
}

static void put(struct dctxi_journal_fields *fields, const char *name,
		size_t name_len, const char *value, size_t len)
{
	char *to = fields->room + fields->used;

	fields->at[fields->n++] = (struct dctxi_journal_field){
		to, (uint32_t)name_len, (uint32_t)len};
	memcpy(to, name, name_len);
	to[name_len] = fields->between;
	memcpy(to + name_len + 1, value, len);
	to[name_len + 1 + len] = '\0';
	fields->used += (uint32_t)(name_len + len + 2);
}

static bool tell(void *user, const char *name, const dctx_any *value,
		 dctx_bytes text)
{
	struct dctxi_journal_fields *fields = user;
	char named[DCTXI_JOURNAL_NAME + 1], said[VALUE_MAX + 8];
	size_t name_len = put_name(fields->prefix, name, named);
	size_t len = put_value(value, text, said, sizeof said);

	if (is_told(fields, named, name_len))
		return true;
	if (fields->n == DCTXI_JOURNAL_FIELDS ||
	    fields->used + name_len + len + 2 + LAST_ROOM > sizeof fields->room)
		fields->untold++;
	else
		put(fields, named, name_len, said, len);
	return true;
}

void dctxi_journal_gather(struct dctxi_journal_fields *fields,
			  const char *prefix, char between)
{
	int saved = errno;
	char number[12];

	fields->prefix = prefix != NULL ? prefix : "";
	fields->between = between;
	fields->n = fields->used = fields->untold = 0;
	dctx_log_fields(tell, fields);
	if (fields->untold > 0)
		put(fields, "DCTX_UNTOLD", 11, number,
		    (size_t)snprintf(number, sizeof number, "%" PRIu32,
				     fields->untold));
	errno = saved;
}
