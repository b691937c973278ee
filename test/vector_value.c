/* SPDX-License-Identifier: MIT */
#include "vector_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *read_shape(const json_t *shape, dctx_reader *r);
static void write_shape(const json_t *shape, const json_t *v, dctx_writer *w);

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
static json_t *read_u8(dctx_reader *r)
{
	uint8_t v;

	return dctx_read_u8(r, &v) == DCTX_OK ? json_sprintf("%u", v) : NULL;
}

static json_t *read_u16(dctx_reader *r)
{
	uint16_t v;

	return dctx_read_u16(r, &v) == DCTX_OK ? json_sprintf("%u", v) : NULL;
}

static json_t *read_u32(dctx_reader *r)
{
	uint32_t v;

	return dctx_read_u32(r, &v) == DCTX_OK ? json_sprintf("%u", v) : NULL;
}

static json_t *read_i64(dctx_reader *r)
{
	int64_t v;

	if (dctx_read_i64(r, &v) != DCTX_OK)
		return NULL;
	return json_sprintf("%lld", (long long)v);
}

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

static uint64_t number(const json_t *v)
{
	return strtoull(json_string_value(v), NULL, 10);
}

static void write_u8(const json_t *v, dctx_writer *w)
{
	dctx_write_u8(w, (uint8_t)number(v));
}

static void write_u16(const json_t *v, dctx_writer *w)
{
	dctx_write_u16(w, (uint16_t)number(v));
}

static void write_u32(const json_t *v, dctx_writer *w)
{
	dctx_write_u32(w, (uint32_t)number(v));
}

static void write_i64(const json_t *v, dctx_writer *w)
{
	dctx_write_i64(w, strtoll(json_string_value(v), NULL, 10));
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
	some = read_shape(json_array_get(shape, 1), r);
	return some != NULL ? json_pack("{s:o}", "some", some) : NULL;
}

static json_t *read_tuple(const json_t *shapes, dctx_reader *r)
{
	json_t *tuple = json_array(), *part, *shape;
	size_t i;

	json_array_foreach(shapes, i, shape) {
		part = read_shape(shape, r);
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
		part = read_shape(json_array_get(field, 1), r);
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

static json_t *read_shape(const json_t *shape, dctx_reader *r)
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
		write_shape(shape, json_array_get(v, i), w);
}

static void write_struct(const json_t *fields, const json_t *v, dctx_writer *w)
{
	json_t *field;
	size_t i;

	json_array_foreach(fields, i, field) {
		const char *name = json_string_value(json_array_get(field, 0));

		write_shape(json_array_get(field, 1), json_object_get(v, name),
			    w);
	}
}

static void write_shape(const json_t *shape, const json_t *v, dctx_writer *w)
{
	const json_t *parts = json_array_get(shape, 1);

	if (json_is_string(shape)) {
		word_of(shape)->write(v, w);
	} else if (is(shape, "option")) {
		dctx_write_bool(w, !json_is_null(v));
		if (!json_is_null(v))
			write_shape(parts, json_object_get(v, "some"), w);
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

/* The whole value as it is, which must begin with a prefix. */
static json_t *read_raw(const char *prefix, dctx_reader *r)
{
	dctx_bytes all;
	json_t *json;

	dctx_read_raw(r, dctx_read_left(r), &all);
	json = vector_hex(all.data, all.len);
	if (strncmp(json_string_value(json), prefix, strlen(prefix)) == 0)
		return json;
	json_decref(json);
	return NULL;
}

struct object {
	const json_t *shape;
	json_t *json;
};

#define SLOTS 4
static struct {
	const json_t *shape;
	const char *prefix;
} slots[SLOTS];
static size_t slots_taken;

static dctx_status decode(size_t slot, struct object *o, dctx_reader *r)
{
	o->shape = slots[slot].shape;
	o->json = slots[slot].prefix != NULL ? read_raw(slots[slot].prefix, r)
					     : read_shape(o->shape, r);
	return o->json != NULL ? DCTX_OK : DCTX_CORRUPT;
}

static dctx_status encode(const void *object, dctx_writer *w)
{
	const struct object *o = object;

	write_shape(o->shape, o->json, w);
	return w->status;
}

static void destroy(void *object)
{
	json_decref(((struct object *)object)->json);
}

#define SLOT(n)                                                               \
	static dctx_status decode_##n(void *object, dctx_reader *r)           \
	{                                                                     \
		return decode(n, object, r);                                  \
	}
SLOT(0)
SLOT(1)
SLOT(2)
SLOT(3)

#define TYPE(n)                                                               \
	{                                                                     \
		.struct_size = sizeof(dctx_type), .name = "vector" #n,        \
		.size = sizeof(struct object), .destroy = destroy,            \
		.encode = encode, .decode = decode_##n                        \
	}
static const dctx_type types[SLOTS] = {TYPE(0), TYPE(1), TYPE(2), TYPE(3)};

const dctx_type *vector_type(const json_t *shape, const char *prefix_hex)
{
	if (slots_taken == SLOTS)
		return NULL;
	slots[slots_taken].shape = shape;
	slots[slots_taken].prefix = prefix_hex;
	return &types[slots_taken++];
}

json_t *vector_json(const void *object)
{
	return ((const struct object *)object)->json;
}
