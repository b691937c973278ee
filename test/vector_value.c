/* SPDX-License-Identifier: MIT */
#include "vector_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *vector_hex(const void *data, size_t len)
{
	char *hex = malloc(2 * len + 1);
	json_t *json;

	hex[0] = '\0';
	for (size_t i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", ((const unsigned char *)data)[i]);
	json = json_string(hex);
	free(hex);
	return json;
}

json_t *vector_float_hex(const void *number, size_t size)
{
	const uint16_t one = 1;
	const unsigned char *bytes = number;
	bool little = *(const unsigned char *)&one == 1;
	unsigned char wire[8];

	for (size_t i = 0; i < size; i++)
		wire[i] = bytes[little ? i : size - 1 - i];
	return vector_hex(wire, size);
}

unsigned char *vector_unhex(const char *hex, size_t *out_len)
{
	size_t len = strlen(hex) / 2;
	unsigned char *data = malloc(len > 0 ? len : 1);

	for (size_t i = 0; i < len; i++) {
		unsigned byte = 0;

		sscanf(hex + 2 * i, "%2x", &byte);
		data[i] = (unsigned char)byte;
	}
	*out_len = len;
	return data;
}

/* Each of these reads one word of the vectors' language; NULL when the reader
 * failed or the bytes are none. */
static json_t *read_number(dctx_reader *r, size_t width, bool is_signed)
{
	uint64_t v = 0;
	dctx_bytes raw;

	if (dctx_read_raw(r, width, &raw) != DCTX_OK)
		return NULL;
	for (size_t i = width; i-- > 0;)
		v = v << 8 | ((const unsigned char *)raw.data)[i];
	if (!is_signed)
		return json_sprintf("%llu", (unsigned long long)v);
	if (width < 8 && v >> (8 * width - 1) != 0)
		v |= UINT64_MAX << 8 * width;
	return json_sprintf("%lld", (long long)v);
}

static void write_number(const json_t *json, dctx_writer *w, size_t width,
			 bool is_signed)
{
	const char *text = json_string_value(json);
	uint64_t v = is_signed ? (uint64_t)strtoll(text, NULL, 10)
			       : strtoull(text, NULL, 10);
	unsigned char raw[8];

	for (size_t i = 0; i < width; i++)
		raw[i] = (unsigned char)(v >> 8 * i);
	dctx_write_raw(w, raw, width);
}

#define NUMBER(word, width, is_signed)                                        \
	static json_t *read_##word(dctx_reader *r)                            \
	{                                                                     \
		return read_number(r, width, is_signed);                      \
	}                                                                     \
	static void write_##word(const json_t *v, dctx_writer *w)             \
	{                                                                     \
		write_number(v, w, width, is_signed);                         \
	}
NUMBER(u8, 1, false)
NUMBER(u16, 2, false)
NUMBER(u32, 4, false)
NUMBER(u64, 8, false)
NUMBER(i8, 1, true)
NUMBER(i16, 2, true)
NUMBER(i32, 4, true)
NUMBER(i64, 8, true)

static json_t *read_f64(dctx_reader *r)
{
	char text[40];
	double v;

	if (dctx_read_f64(r, &v) != DCTX_OK)
		return NULL;
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	return json_string(text);
}

static json_t *read_bool(dctx_reader *r)
{
	bool v;

	return dctx_read_bool(r, &v) == DCTX_OK ? json_boolean(v) : NULL;
}

static json_t *read_string(dctx_reader *r)
{
	dctx_bytes v;

	if (dctx_read_str(r, &v) != DCTX_OK)
		return NULL;
	return json_stringn(v.data, v.len);
}

static json_t *read_bytes(dctx_reader *r)
{
	dctx_bytes v;

	if (dctx_read_bytes(r, &v) != DCTX_OK)
		return NULL;
	return vector_hex(v.data, v.len);
}

/* One UTF-8 character without a length; jansson refuses what is none. */
static json_t *read_char(dctx_reader *r)
{
	dctx_bytes v;
	size_t len;

	if (dctx_read_left(r) == 0 || r->at[0] >= 0xf8)
		return NULL;
	len = r->at[0] < 0x80 ? 1 : r->at[0] < 0xe0 ? 2 : r->at[0] < 0xf0 ? 3
									  : 4;
	if (dctx_read_raw(r, len, &v) != DCTX_OK)
		return NULL;
	return json_stringn(v.data, v.len);
}

static void write_f64(const json_t *v, dctx_writer *w)
{
	dctx_write_f64(w, strtod(json_string_value(v), NULL));
}

static void write_bool(const json_t *v, dctx_writer *w)
{
	dctx_write_bool(w, json_is_true(v));
}

static void write_string(const json_t *v, dctx_writer *w)
{
	dctx_write_bytes(w, json_string_value(v), json_string_length(v));
}

static void write_bytes(const json_t *v, dctx_writer *w)
{
	size_t len;
	unsigned char *data = vector_unhex(json_string_value(v), &len);

	dctx_write_bytes(w, data, len);
	free(data);
}

static void write_char(const json_t *v, dctx_writer *w)
{
	dctx_write_raw(w, json_string_value(v), json_string_length(v));
}

static const struct word {
	const char *name;
	json_t *(*read)(dctx_reader *r);
	void (*write)(const json_t *v, dctx_writer *w);
} words[] = {
	{"u8", read_u8, write_u8},
	{"u16", read_u16, write_u16},
	{"u32", read_u32, write_u32},
	{"u64", read_u64, write_u64},
	{"i8", read_i8, write_i8},
	{"i16", read_i16, write_i16},
	{"i32", read_i32, write_i32},
	{"i64", read_i64, write_i64},
	{"f64", read_f64, write_f64},
	{"bool", read_bool, write_bool},
	{"string", read_string, write_string},
	{"bytes", read_bytes, write_bytes},
	{"char", read_char, write_char},
};

static const struct word *word_of(const json_t *shape)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].name, json_string_value(shape)) == 0)
			return &words[i];
	fprintf(stderr, "no such type: %s\n", json_string_value(shape));
	abort();
}

static bool is(const json_t *shape, const char *form)
{
	return strcmp(json_string_value(json_array_get(shape, 0)), form) == 0;
}

static json_t *read_option(const json_t *shape, dctx_reader *r)
{
	json_t *some;
	bool given;

	if (dctx_read_bool(r, &given) != DCTX_OK)
		return NULL;
	if (!given)
		return json_null();
	some = vector_read(json_array_get(shape, 1), r);
	return some != NULL ? json_pack("{s:o}", "some", some) : NULL;
}

static json_t *read_tuple(const json_t *shapes, dctx_reader *r)
{
	json_t *tuple = json_array(), *part, *shape;
	size_t i;

	json_array_foreach(shapes, i, shape) {
		part = vector_read(shape, r);
		if (part == NULL) {
			json_decref(tuple);
			return NULL;
		}
		json_array_append_new(tuple, part);
	}
	return tuple;
}

static json_t *read_struct(const json_t *fields, dctx_reader *r)
{
	json_t *object = json_object(), *part, *field;
	size_t i;

	json_array_foreach(fields, i, field) {
		part = vector_read(json_array_get(field, 1), r);
		if (part == NULL) {
			json_decref(object);
			return NULL;
		}
		json_object_set_new(
			object, json_string_value(json_array_get(field, 0)),
			part);
	}
	return object;
}

static json_t *read_enum(const json_t *variants, dctx_reader *r)
{
	const json_t *variant;
	json_t *fields;
	uint32_t index;

	if (dctx_read_u32(r, &index) != DCTX_OK)
		return NULL;
	variant = json_array_get(variants, index);
	if (variant == NULL)
		return NULL;
	fields = read_tuple(json_array_get(variant, 1), r);
	if (fields == NULL)
		return NULL;
	return json_pack("{s:i, s:O, s:o}", "variant", (int)index, "name",
			 json_array_get(variant, 0), "fields", fields);
}

json_t *vector_read(const json_t *shape, dctx_reader *r)
{
	const json_t *parts = json_array_get(shape, 1);

	if (json_is_string(shape))
		return word_of(shape)->read(r);
	if (is(shape, "option"))
		return read_option(shape, r);
	if (is(shape, "tuple"))
		return read_tuple(parts, r);
	return is(shape, "struct") ? read_struct(parts, r)
				   : read_enum(parts, r);
}

static void write_tuple(const json_t *shapes, const json_t *v, dctx_writer *w)
{
	json_t *shape;
	size_t i;

	json_array_foreach(shapes, i, shape)
		vector_write(shape, json_array_get(v, i), w);
}

static void write_struct(const json_t *fields, const json_t *v, dctx_writer *w)
{
	json_t *field;
	size_t i;

	json_array_foreach(fields, i, field) {
		const char *name = json_string_value(json_array_get(field, 0));

		vector_write(json_array_get(field, 1), json_object_get(v, name),
			    w);
	}
}

void vector_write(const json_t *shape, const json_t *v, dctx_writer *w)
{
	const json_t *parts = json_array_get(shape, 1);

	if (json_is_string(shape)) {
		word_of(shape)->write(v, w);
	} else if (is(shape, "option")) {
		dctx_write_bool(w, !json_is_null(v));
		if (!json_is_null(v))
			vector_write(parts, json_object_get(v, "some"), w);
	} else if (is(shape, "tuple")) {
		write_tuple(parts, v, w);
	} else if (is(shape, "struct")) {
		write_struct(parts, v, w);
	} else {
		json_int_t index =
			json_integer_value(json_object_get(v, "variant"));
		json_t *variant = json_array_get(parts, (size_t)index);

		dctx_write_u32(w, (uint32_t)index);
		write_tuple(json_array_get(variant, 1),
			    json_object_get(v, "fields"), w);
	}
}
