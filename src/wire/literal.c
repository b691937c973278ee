/* SPDX-License-Identifier: MIT */
#include "wire/literal.h"

#include "data/any.h"
#include "data/dumper.h"
#include "data/registry.h"
#include "data/utf8.h"
#include "plat/local.h"

#include <dctx/base64.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest text of a number that is looked at: some way past the 24
 * characters that any needs. */
#define NUMBER_MAX 128

/* Copies what fits of a text, as snprintf does. */
static size_t put(const void *text, size_t len, char *buf, size_t size)
{
	size_t n = len < size ? len : size - 1;

	if (size == 0)
		return len;
	if (n > 0)
		memcpy(buf, text, n);
	buf[n] = '\0';
	return len;
}

static void put_number(struct dctx_dumper *d, const dctx_any *value)
{
	int64_t i = value->as.i;

	if (value->kind <= DCTX_KIND_I64)
		dctxi_dump_number(d, i < 0 ? -(uint64_t)i : (uint64_t)i, i < 0);
	else
		dctxi_dump_number(d, value->as.u, false);
}

/* Bools and numbers look as in a dump. */
static size_t write_scalar(const dctx_any *value, char *buf, size_t size)
{
	struct dctx_dumper d;

	dctxi_dump_open(&d, DCTX_DUMP_TEXT, 0, buf, size);
	if (value->kind == DCTX_KIND_BOOL)
		dctxi_dump_raw(&d, value->as.b ? "true" : "false");
	else if (value->kind >= DCTX_KIND_F32)
		dctxi_dump_float(&d, value->as.f, value->kind == DCTX_KIND_F32);
	else
		put_number(&d, value);
	return dctxi_dump_close(&d);
}

static size_t write_bytes(dctx_bytes bytes, char *buf, size_t size)
{
	size_t len = 0;

	if (dctx_base64_encode(DCTX_BASE64, bytes.data, bytes.len, buf, size,
			       &len) != DCTX_OK)
		(void)put("", 0, buf, size);
	return len;
}

/* What a format says it wrote need not be so. */
static size_t write_object(const dctx_any *value, char *buf, size_t size)
{
	size_t says;

	if (value->type == NULL || value->type->format == NULL)
		return DCTXI_NO_TEXT;
	(void)put("", 0, buf, size);
	says = value->type->format(value->as.object, buf, size);
	if (says < size)
		return strnlen(buf, says);
	return says < DCTXI_NO_TEXT ? says : DCTXI_NO_TEXT - 1;
}

size_t dctxi_literal_write(const dctx_any *value, char *buf, size_t size)
{
	const dctx_bytes *bytes = &value->as.bytes;

	switch (value->kind) {
	case DCTX_KIND_STR:
		return put(bytes->data, bytes->len, buf, size);
	case DCTX_KIND_BYTES:
		return write_bytes(*bytes, buf, size);
	case DCTX_KIND_TYPE:
		return write_object(value, buf, size);
	default:
		break;
	}
	if (value->kind < DCTX_KIND_BOOL || value->kind > DCTX_KIND_F64)
		return DCTXI_NO_TEXT;
	return write_scalar(value, buf, size);
}

static bool is(dctx_bytes text, const char *word)
{
	return text.len == strlen(word) &&
	       memcmp(text.data, word, text.len) == 0;
}

static dctx_status read_bool(dctx_bytes text, dctx_any *out)
{
	out->as.b = is(text, "true") || is(text, "1");
	return out->as.b || is(text, "false") || is(text, "0") ? DCTX_OK
							       : DCTX_CORRUPT;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits to the end. */
static dctx_status read_digits(const char *at, const char *end, uint64_t *out)
{
	uint64_t v = 0;

	if (at == end)
		return DCTX_CORRUPT;
	for (; at < end; at++) {
		if (!is_digit(*at))
			return DCTX_CORRUPT;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*at - '0'), &v))
			return DCTX_LIMIT;
	}
	*out = v;
	return DCTX_OK;
}

/* As an i64 or a u64, which are then held against the kind's range. */
static dctx_status read_integer(dctx_bytes text, dctx_any *out)
{
	bool has_sign = out->kind <= DCTX_KIND_I64;
	const char *at = text.data, *end = at + text.len;
	bool minus = has_sign && text.len > 0 && *at == '-';
	uint64_t most = has_sign ? (uint64_t)INT64_MAX + minus : UINT64_MAX;
	uint64_t v = 0, bits;
	dctx_status status;

	status = text.len <= NUMBER_MAX ? read_digits(at + minus, end, &v)
					: DCTX_CORRUPT;
	if (status != DCTX_OK)
		return status;
	if (v > most)
		return DCTX_LIMIT;
	if (has_sign)
		out->as.i = minus ? (int64_t)-v : (int64_t)v;
	else
		out->as.u = v;
	return dctxi_any_bits(out, out->kind, &bits) == DCTX_OK ? DCTX_OK
								: DCTX_LIMIT;
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

/* Whether a text is a decimal fraction, perhaps with an exponent. */
static bool is_float(const char *at, const char *end)
{
	const char *digits, *point = NULL;
	size_t n;

	at += at < end && *at == '-';
	digits = at;
	at = skip_digits(at, end);
	n = (size_t)(at - digits);
	if (at < end && *at == '.') {
		point = ++at;
		at = skip_digits(at, end);
		n += (size_t)(at - point);
	}
	if (n == 0)
		return false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at += at < end && (*at == '-' || *at == '+');
		digits = at;
		at = skip_digits(at, end);
		if (at == digits)
			return false;
	}
	return at == end;
}

/* Copies a number with the point that the locale has, since that is what
 * strtod reads. */
static void localize(dctx_bytes text, char *out)
{
	const char *from = text.data, *stop = memchr(from, '.', text.len);
	size_t head = stop != NULL ? (size_t)(stop - from) : text.len;
	char point[16] = "";
	size_t len;

	memcpy(out, from, head);
	if (stop != NULL) {
		/* Between two digits. */
		snprintf(point, sizeof point, "%.1f", 0.0);
		len = strlen(point) - 2;
		memcpy(out + head, point + 1, len);
		memcpy(out + head + len, stop + 1, text.len - head - 1);
		text.len += len - 1;
	}
	out[text.len] = '\0';
}

static dctx_status read_float(dctx_bytes text, dctx_any *out)
{
	char number[NUMBER_MAX + 16];
	int saved = errno;
	double v;

	if (is(text, "nan") || is(text, "inf") || is(text, "-inf")) {
		out->as.f = is(text, "nan") ? (double)NAN : (double)INFINITY;
		if (is(text, "-inf"))
			out->as.f = -out->as.f;
		return DCTX_OK;
	}
	if (text.len > NUMBER_MAX ||
	    !is_float(text.data, (const char *)text.data + text.len))
		return DCTX_CORRUPT;
	localize(text, number);
	if (out->kind == DCTX_KIND_F32)
		v = (double)strtof(number, NULL);
	else
		v = strtod(number, NULL);
	errno = saved;
	out->as.f = v;
	return isinf(v) ? DCTX_LIMIT : DCTX_OK;
}

/* A NUL would end it early for whoever reads it as a C string: "admin" of what
 * was checked as more than that. */
bool dctxi_literal_is_text(dctx_bytes text)
{
	return text.len == 0 || (memchr(text.data, '\0', text.len) == NULL &&
				 dctxi_utf8_valid(text.data, text.len));
}

/* Either alphabet: header writers differ. */
static dctx_status read_bytes(dctx_bytes text, void *room, size_t size,
			      dctx_any *out)
{
	dctx_status status;
	size_t len = 0;

	status = dctx_base64_decode(DCTX_BASE64, text.data, text.len, room,
				    size, &len);
	if (status == DCTX_CORRUPT)
		status = dctx_base64_decode(DCTX_BASE64_URL, text.data,
					    text.len, room, size, &len);
	out->as.bytes = (dctx_bytes){room, len};
	return status;
}

static dctx_status parse(const dctx_type *type, dctx_bytes text,
			 struct dctxi_object *object)
{
	dctx_status status;

	if (!dctxi_hold(&object->held))
		return DCTX_NOMEM;
	status = type->parse(object->data, text.data, text.len);
	dctxi_let_go(&object->held);
	if (status == DCTX_OK || status == DCTX_NOMEM)
		return status;
	return DCTX_CODEC;
}

static dctx_status read_object(const dctx_key *key, dctx_bytes text,
			       struct dctxi_literal *out)
{
	struct dctxi_object *object;
	dctx_status status;

	if (key->type->parse == NULL)
		return DCTX_UNSUPPORTED;
	object = dctxi_object_room(key->type);
	if (object == NULL)
		return DCTX_NOMEM;
	dctxi_object_of_key(object, key);
	status = parse(key->type, text, object);
	if (status != DCTX_OK) {
		dctxi_object_discard(object);
		return status;
	}
	out->object = object;
	out->value.type = key->type;
	out->value.as.object = object->data;
	return DCTX_OK;
}

static dctx_status read_kind(const dctx_key *key, dctx_bytes text, void *room,
			     size_t size, struct dctxi_literal *out)
{
	switch (key->kind) {
	case DCTX_KIND_BOOL:
		return read_bool(text, &out->value);
	case DCTX_KIND_F32:
	case DCTX_KIND_F64:
		return read_float(text, &out->value);
	case DCTX_KIND_STR:
		out->value.as.bytes = text;
		return dctxi_literal_is_text(text) ? DCTX_OK : DCTX_CORRUPT;
	case DCTX_KIND_BYTES:
		return read_bytes(text, room, size, &out->value);
	case DCTX_KIND_TYPE:
		return read_object(key, text, out);
	default:
		return read_integer(text, &out->value);
	}
}

dctx_status dctxi_literal_read(const dctx_key *key, dctx_bytes text, void *room,
			       size_t size, struct dctxi_literal *out)
{
	struct dctxi_literal made = {.value = {.kind = (dctx_kind)key->kind}};
	dctx_status status;

	if (text.data == NULL)
		text.data = "";
	status = read_kind(key, text, room, size, &made);
	if (status == DCTX_OK)
		*out = made;
	return status;
}

void dctxi_literal_drop(struct dctxi_literal *read)
{
	if (read->object != NULL)
		dctxi_object_unref(read->object->data);
	read->object = NULL;
}
