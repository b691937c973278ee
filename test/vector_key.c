/* SPDX-License-Identifier: MIT */
#include "vector_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object {
	const json_t *shape;
	json_t *json;
};

/* A codec is not told its type, so each shape has functions of its own. */
enum { SHAPES = 16 };
static const json_t *shapes[SHAPES];
static char *names[SHAPES];

static dctx_status decode(size_t slot, void *value, dctx_reader *r)
{
	struct object *o = value;

	o->shape = shapes[slot];
	o->json = vector_read(o->shape, r);
	return o->json != NULL ? DCTX_OK : DCTX_CORRUPT;
}

static dctx_status encode(const void *value, dctx_writer *w)
{
	const struct object *o = value;

	vector_write(o->shape, o->json, w);
	return w->status;
}

static void destroy(void *value)
{
	json_decref(((struct object *)value)->json);
}

#define DECODE(n)                                                             \
	static dctx_status decode_##n(void *value, dctx_reader *r)            \
	{                                                                     \
		return decode(n, value, r);                                   \
	}
#define TYPE(n)                                                               \
	{                                                                     \
		.struct_size = sizeof(dctx_type),                             \
		.size = sizeof(struct object), .destroy = destroy,            \
		.encode = encode, .decode = decode_##n                        \
	}
#define EACH(X, between)                                                      \
	X(0) between X(1) between X(2) between X(3) between X(4) between      \
	X(5) between X(6) between X(7) between X(8) between X(9) between      \
	X(10) between X(11) between X(12) between X(13) between X(14) between \
	X(15)
#define NOTHING
#define COMMA ,
EACH(DECODE, NOTHING)
static dctx_type types[SHAPES] = {EACH(TYPE, COMMA)};

/* A type's name is its description, so that equal shapes are one type. */
static const dctx_type *type_of(const json_t *shape)
{
	char *name = json_dumps(shape, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t i = 0;

	while (i < SHAPES && names[i] != NULL && strcmp(names[i], name) != 0)
		i++;
	if (i < SHAPES && names[i] == NULL) {
		names[i] = name;
		shapes[i] = shape;
		types[i].name = name;
		return &types[i];
	}
	free(name);
	return i < SHAPES ? &types[i] : NULL;
}

static const char *const kinds[] = {
	[DCTX_KIND_BOOL] = "bool", [DCTX_KIND_I8] = "i8",
	[DCTX_KIND_I16] = "i16",   [DCTX_KIND_I32] = "i32",
	[DCTX_KIND_I64] = "i64",   [DCTX_KIND_U8] = "u8",
	[DCTX_KIND_U16] = "u16",   [DCTX_KIND_U32] = "u32",
	[DCTX_KIND_U64] = "u64",   [DCTX_KIND_F32] = "f32",
	[DCTX_KIND_F64] = "f64",   [DCTX_KIND_STR] = "string",
	[DCTX_KIND_BYTES] = "bytes",
};

/* `raw` is a text with a codec of the program's own. */
static dctx_kind kind_of(const json_t *shape)
{
	const char *name = json_string_value(shape);

	if (shape == NULL || (name != NULL && strcmp(name, "raw") == 0))
		return DCTX_KIND_STR;
	for (int i = DCTX_KIND_BOOL; name != NULL && i <= DCTX_KIND_BYTES; i++)
		if (strcmp(kinds[i], name) == 0)
			return (dctx_kind)i;
	return DCTX_KIND_TYPE;
}

/* Memory that lives as long as keys do, and is never lost sight of. */
static void *kept(size_t size)
{
	static void **all;
	void **block = calloc(1, sizeof *block + size);

	*block = all;
	all = block;
	return block + 1;
}

/* The one prefix that the file has, as bytes. */
static unsigned char *prefix;
static size_t prefix_len;

static dctx_status prefix_encode(const void *value, dctx_writer *w)
{
	const dctx_bytes *text = value;

	dctx_write_raw(w, prefix, prefix_len);
	dctx_write_raw(w, text->data, text->len);
	return DCTX_OK;
}

static dctx_status prefix_decode(void *value, dctx_reader *r)
{
	dctx_bytes found;

	if (dctx_read_left(r) < prefix_len)
		return DCTX_INVALID;
	dctx_read_raw(r, prefix_len, &found);
	if (memcmp(found.data, prefix, prefix_len) != 0)
		return DCTX_INVALID;
	return dctx_read_raw(r, dctx_read_left(r), value);
}

static const dctx_codec prefix_codec = {
	.struct_size = sizeof prefix_codec,
	.name = "prefix",
	.encode = prefix_encode,
	.decode = prefix_decode,
};

static dctx_status mark_as_old(const void *older, void *newer,
			       dctx_reader *room)
{
	const dctx_bytes *text = older;
	dctx_bytes *marked = newer;
	char *memory = dctx_read_room(room, text->len + 4);

	if (memory == NULL)
		return DCTX_NOMEM;
	memcpy(memory, "old:", 4);
	if (text->len > 0)
		memcpy(memory + 4, text->data, text->len);
	*marked = (dctx_bytes){memory, text->len + 4};
	return DCTX_OK;
}

/* What a user of version 2 has of a field that an older one has otherwise, or
 * not at all. */
static json_t *field_of_user(const char *field, const json_t *older)
{
	json_t *value = json_object_get(older, field);

	if (strcmp(field, "age") == 0 && value != NULL)
		return json_sprintf("%lu", (unsigned long)(uint32_t)strtoull(
						   json_string_value(value),
						   NULL, 10));
	if (value != NULL)
		return json_incref(value);
	return strcmp(field, "age") == 0 ? json_string("18") : json_null();
}

static const json_t *user_shape;

static dctx_status user_from_other(const void *older, void *newer,
				   dctx_reader *room)
{
	const json_t *fields = json_array_get(user_shape, 1), *field;
	struct object *user = newer;
	size_t i;

	(void)room;
	user->shape = user_shape;
	user->json = json_object();
	json_array_foreach(fields, i, field) {
		const char *name = json_string_value(json_array_get(field, 0));

		json_object_set_new(user->json, name,
				    field_of_user(name, vector_object(older)));
	}
	return DCTX_OK;
}

/* Values of older versions were sent as their type does by itself. */
static void add_migrations(dctx_key_options *options, json_t *old, bool is_user)
{
	dctx_migration *m = kept(json_object_size(old) * sizeof *m);
	const char *version;
	json_t *shape;

	options->migrations = m;
	options->migration_count = json_object_size(old);
	json_object_foreach(old, version, shape) {
		m->from = (uint32_t)strtoul(version, NULL, 10);
		m->kind = kind_of(shape);
		m->type = m->kind == DCTX_KIND_TYPE ? type_of(shape) : NULL;
		m->codec = &dctx_codec_builtin;
		m->convert = is_user ? user_from_other : mark_as_old;
		m++;
	}
}

static const dctx_key_options *options_of(const char *name, json_t *spec)
{
	json_t *old = json_object_get(spec, "old");
	json_t *hex = json_object_get(spec, "prefix_hex");
	dctx_key_options *options;

	if (old == NULL && hex == NULL)
		return NULL;
	options = kept(sizeof *options);
	options->struct_size = sizeof *options;
	if (hex != NULL) {
		free(prefix);
		prefix = vector_unhex(json_string_value(hex), &prefix_len);
		options->codec = &prefix_codec;
	}
	if (strcmp(name, "user") == 0)
		user_shape = json_object_get(spec, "type");
	if (old != NULL)
		add_migrations(options, old, strcmp(name, "user") == 0);
	return options;
}

static dctx_status add(dctx_registry *registry, const char *name, json_t *spec)
{
	json_t *shape = json_object_get(spec, "type");
	json_t *version = json_object_get(spec, "version");
	bool local = json_is_true(json_object_get(spec, "local"));
	dctx_key *key = kept(sizeof *key);

	key->name = name;
	key->kind = kind_of(shape);
	key->policy = local ? DCTX_LOCAL : DCTX_WIRE;
	key->version = (uint32_t)json_integer_value(version);
	key->options = options_of(name, spec);
	if (key->kind == DCTX_KIND_TYPE)
		key->type = type_of(shape);
	return dctx_registry_add(registry, key);
}

dctx_registry *vector_registry(const json_t *description)
{
	dctx_registry *registry = NULL;
	const char *name;
	json_t *spec;

	if (dctx_registry_new("vector", &registry) != DCTX_OK)
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)description, name, spec) {
		if (add(registry, name, spec) == DCTX_OK)
			continue;
		fprintf(stderr, "%s: %s\n", name,
			dctx_strerror(dctx_last_error()->status));
		return dctx_registry_free(registry);
	}
	return registry;
}

json_t *vector_object(const void *object)
{
	return ((const struct object *)object)->json;
}

/* A scalar as `value` has it, but floats as `value_hex`. */
static json_t *scalar_json(const dctx_snapshot *s, const dctx_key *key)
{
	double f64 = dctx_snapshot_get_f64(s, key, 0);
	float f32 = dctx_snapshot_get_f32(s, key, 0);

	switch (key->kind) {
	case DCTX_KIND_BOOL:
		return json_boolean(dctx_snapshot_get_bool(s, key, false));
	case DCTX_KIND_U32:
		return json_sprintf("%lu", (unsigned long)dctx_snapshot_get_u32(
						   s, key, 0));
	case DCTX_KIND_U64:
		return json_sprintf(
			"%llu",
			(unsigned long long)dctx_snapshot_get_u64(s, key, 0));
	case DCTX_KIND_I64:
		return json_sprintf(
			"%lld", (long long)dctx_snapshot_get_i64(s, key, 0));
	case DCTX_KIND_F32:
		return vector_float_hex(&f32, sizeof f32);
	default:
		return vector_float_hex(&f64, sizeof f64);
	}
}

json_t *vector_got(const dctx_snapshot *s, const dctx_key *key)
{
	dctx_bytes bytes = {"", 0};

	if (key->kind == DCTX_KIND_TYPE)
		return json_incref(
			vector_object(dctx_snapshot_get_type(s, key, NULL)));
	if (key->kind != DCTX_KIND_STR && key->kind != DCTX_KIND_BYTES)
		return scalar_json(s, key);
	bytes = dctx_snapshot_get_bytes(s, key, bytes);
	if (key->kind == DCTX_KIND_STR)
		return json_stringn(bytes.data, bytes.len);
	return vector_hex(bytes.data, bytes.len);
}
