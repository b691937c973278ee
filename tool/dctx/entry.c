/* SPDX-License-Identifier: MIT */
/*
 * entry.c - entries of messages.
 *
 * A message does not say of what kinds its values are (bincode). A length that
 * is just that of what follows makes a text or bytes, where something follows:
 * a length of none may as well be the number 0. Other values of a number's
 * width are shown as numbers, and as the bytes they are.
 */
#include "entry.h"

#include <inttypes.h>
#include <string.h>

static uint64_t load(dctx_bytes value)
{
	const unsigned char *at = value.data;
	uint64_t number = 0;

	for (size_t i = value.len; i-- > 0;)
		number = number << 8 | at[i];
	return number;
}

/* What stands behind a length that is its own; false where there is none. */
static bool counted(dctx_bytes value, dctx_bytes *out)
{
	const unsigned char *at = value.data;

	if (value.len <= 8 ||
	    load((dctx_bytes){at, 8}) != (uint64_t)value.len - 8)
		return false;
	*out = (dctx_bytes){at + 8, value.len - 8};
	return true;
}

static bool is_text(dctx_bytes text)
{
	json_t *value = json_stringn(text.len > 0 ? text.data : "", text.len);

	json_decref(value);
	return value != NULL;
}

/* Whether bits are rather a float: not tiny, not huge, and no small integer
 * with or without a sign. */
static bool is_float(uint64_t bits, size_t width)
{
	uint32_t bits32 = (uint32_t)bits;
	double number;
	float number32;

	memcpy(&number, &bits, sizeof number);
	memcpy(&number32, &bits32, sizeof number32);
	if (width == 4)
		number = (double)number32;
	if (number < 0)
		number = -number;
	return number >= 1e-9 && number <= 1e18;
}

/* A number's kind: small ones are unsigned, those just below the end of the
 * range are negative. */
static const char *number_of(dctx_bytes value)
{
	uint64_t bits = load(value), half = (uint64_t)1 << 4 * value.len;
	bool is_negative =
		-bits << (64 - 8 * value.len) >> (64 - 8 * value.len) < half;

	if (bits >= half && !is_negative && is_float(bits, value.len))
		return value.len == 8 ? "f64?" : "f32?";
	if (bits >= half && is_negative)
		return value.len == 8 ? "i64?" : "i32?";
	return value.len == 8 ? "u64?" : "u32?";
}

const char *tool_kind_of(dctx_bytes value)
{
	dctx_bytes inner;

	if (counted(value, &inner))
		return is_text(inner) ? "str" : "bytes";
	switch (value.len) {
	case 1:
		return load(value) > 1 ? "u8?" : "bool?";
	case 2:
		return "u16?";
	case 4:
	case 8:
		return number_of(value);
	default:
		return "raw";
	}
}

static bool is_number(dctx_bytes value)
{
	const char *kind = tool_kind_of(value);

	return kind[strlen(kind) - 1] == '?';
}

/* A number as text, by its kind; sizes are those of its kind. */
static void number_text(dctx_bytes value, char out[40])
{
	const char *kind = tool_kind_of(value);
	uint64_t bits = load(value);
	uint32_t bits32 = (uint32_t)bits;
	double number;
	float number32;

	memcpy(&number, &bits, sizeof number);
	memcpy(&number32, &bits32, sizeof number32);
	if (kind[0] == 'f' && value.len == 8)
		snprintf(out, 40, "%.17g", number);
	else if (kind[0] == 'f')
		snprintf(out, 40, "%.9g", (double)number32);
	else if (kind[0] == 'i' && value.len == 8)
		snprintf(out, 40, "%" PRId64, (int64_t)bits);
	else if (kind[0] == 'i')
		snprintf(out, 40, "%" PRId32, (int32_t)bits32);
	else
		snprintf(out, 40, "%" PRIu64, bits);
}

/* Past 2^53 readers of JSON round numbers: there they are texts. */
static json_t *number_json(dctx_bytes value)
{
	char text[40];

	number_text(value, text);
	if (strchr("if", tool_kind_of(value)[0]) == NULL &&
	    load(value) < (uint64_t)1 << 53)
		return json_integer((json_int_t)load(value));
	return json_string(text);
}

void tool_put_entry(FILE *to, const dctx_entry *entry)
{
	const char *kind = tool_kind_of(entry->value);
	dctx_bytes inner = entry->value;
	char number[40];

	fputs("  ", to);
	tool_put_text(to, entry->key);
	fprintf(to, "  v%" PRIu32 "  %s  ", entry->version, kind);
	if (counted(entry->value, &inner) && is_text(inner)) {
		fputc('"', to);
		tool_put_text(to, inner);
		fputc('"', to);
	} else if (is_number(entry->value)) {
		number_text(inner, number);
		fprintf(to, "%s (0x", number);
		tool_put_hex(to, inner);
		fputc(')', to);
	} else {
		fputs("0x", to);
		tool_put_hex(to, inner);
	}
	fputc('\n', to);
}

json_t *tool_json_entry(const dctx_entry *entry)
{
	json_t *object = json_pack(
		"{so sI ss so}", "key", tool_json_text(entry->key), "version",
		(json_int_t)entry->version, "kind", tool_kind_of(entry->value),
		"hex", tool_json_hex(entry->value));
	dctx_bytes inner;

	if (counted(entry->value, &inner) && is_text(inner))
		json_object_set_new(object, "text", tool_json_text(inner));
	else if (is_number(entry->value))
		json_object_set_new(object, "number",
				    number_json(entry->value));
	return object;
}
