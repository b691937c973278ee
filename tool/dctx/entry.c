/* SPDX-License-Identifier: MIT */
/*
 * entry.c - entries of messages.
 *
 * A message does not say of what kinds its values are (bincode). A length that
 * is just that of what follows makes a text or bytes; other values of a
 * number's width are shown as numbers, and as the bytes they are.
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

	if (value.len < 8 ||
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
		return "u32?";
	case 8:
		return "u64?";
	default:
		return "raw";
	}
}

static bool is_number(dctx_bytes value)
{
	const char *kind = tool_kind_of(value);

	return kind[strlen(kind) - 1] == '?';
}

void tool_put_entry(FILE *to, const dctx_entry *entry)
{
	const char *kind = tool_kind_of(entry->value);
	dctx_bytes inner = entry->value;

	fputs("  ", to);
	tool_put_text(to, entry->key);
	fprintf(to, "  v%" PRIu32 "  %s  ", entry->version, kind);
	if (counted(entry->value, &inner) && is_text(inner)) {
		fputc('"', to);
		tool_put_text(to, inner);
		fputc('"', to);
	} else if (is_number(entry->value)) {
		fprintf(to, "%" PRIu64 " (0x", load(inner));
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
		"{so si ss so}", "key", tool_json_text(entry->key), "version",
		(int)entry->version, "kind", tool_kind_of(entry->value), "hex",
		tool_json_hex(entry->value));
	dctx_bytes inner;

	if (counted(entry->value, &inner) && is_text(inner))
		json_object_set_new(object, "text", tool_json_text(inner));
	else if (is_number(entry->value))
		json_object_set_new(
			object, "number",
			json_integer((json_int_t)load(entry->value)));
	return object;
}
