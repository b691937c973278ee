/* SPDX-License-Identifier: MIT */
#include "attributes.h"

#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MOST 4096 /* of an object */

struct attribute {
	Otlp__KeyValue pair;
	Otlp__AnyValue value;
};

static bool same(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool has(const struct attributes *a, ProtobufCBinaryData name)
{
	for (size_t i = 0; i < a->n; i++)
		if (same(a->list[i]->key, name))
			return true;
	return false;
}

static bool room_make(struct attributes *a)
{
	const size_t room = a->room != 0 ? 2 * a->room : 16;
	Otlp__KeyValue **list;

	if (a->n < a->room)
		return true;
	list = dctxi_otlp_take(a->arena, room * sizeof(*list));
	if (list == NULL)
		return false;
	if (a->n != 0)
		memcpy(list, a->list, a->n * sizeof(*list));
	a->list = list;
	a->room = room;
	return true;
}

Otlp__AnyValue *dctxi_otlp_add(struct attributes *a, dctx_bytes given)
{
	const ProtobufCBinaryData name =
		dctxi_otlp_utf8(a->arena, given.data, given.len);
	struct attribute *made;

	if (name.len == 0 || has(a, name) || !room_make(a))
		return NULL;
	made = dctxi_otlp_take(a->arena, sizeof *made);
	if (made == NULL)
		return NULL;
	otlp__key_value__init(&made->pair);
	otlp__any_value__init(&made->value);
	made->pair.key = name;
	made->pair.value = &made->value;
	a->list[a->n++] = &made->pair;
	return &made->value;
}

static dctx_bytes bytes_of(const char *text)
{
	return (dctx_bytes){text, strlen(text)};
}

static void text_put(struct arena *arena, Otlp__AnyValue *value,
		     dctx_bytes text)
{
	value->value_case = OTLP__ANY_VALUE__VALUE_STRING_VALUE;
	value->string_value = dctxi_otlp_utf8(arena, text.data, text.len);
}

static void int_put(Otlp__AnyValue *value, int64_t i)
{
	value->value_case = OTLP__ANY_VALUE__VALUE_INT_VALUE;
	value->int_value = i;
}

void dctxi_otlp_add_text(struct attributes *a, const char *name,
			 dctx_bytes text)
{
	Otlp__AnyValue *value = dctxi_otlp_add(a, bytes_of(name));

	if (value != NULL)
		text_put(a->arena, value, text);
}

void dctxi_otlp_add_string(struct attributes *a, const char *name,
			   const char *text)
{
	dctxi_otlp_add_text(a, name, bytes_of(text));
}

void dctxi_otlp_add_int(struct attributes *a, const char *name, int64_t i)
{
	Otlp__AnyValue *value = dctxi_otlp_add(a, bytes_of(name));

	if (value != NULL)
		int_put(value, i);
}

static void number_put(struct arena *arena, Otlp__AnyValue *value, uint64_t u)
{
	char text[24];
	char *copy;
	int len;

	if (u <= INT64_MAX) {
		int_put(value, (int64_t)u);
		return;
	}
	len = snprintf(text, sizeof text, "%" PRIu64, u);
	copy = dctxi_otlp_take_text(arena, text, (size_t)len);
	if (copy != NULL)
		text_put(arena, value, (dctx_bytes){copy, (size_t)len});
}

/* As dumps do: what its type makes of it, or the type's name. */
static void object_put(struct arena *arena, Otlp__AnyValue *value,
		       const dctx_any *any)
{
	char shown[SHOWN_MOST];
	char *copy;
	size_t len;

	if (any->type->format != NULL && any->as.object != NULL)
		len = any->type->format(any->as.object, shown, sizeof shown);
	else
		len = (size_t)snprintf(shown, sizeof shown, "<%s>",
				       any->type->name);
	if (len >= sizeof shown)
		len = sizeof shown - 1;
	copy = dctxi_otlp_take_text(arena, shown, len);
	if (copy != NULL)
		text_put(arena, value, (dctx_bytes){copy, len});
}

static void any_put(struct arena *arena, Otlp__AnyValue *value,
		    const dctx_any *any)
{
	switch (any->kind) {
	case DCTX_KIND_BOOL:
		value->value_case = OTLP__ANY_VALUE__VALUE_BOOL_VALUE;
		value->bool_value = any->as.b;
		break;
	case DCTX_KIND_I8:
	case DCTX_KIND_I16:
	case DCTX_KIND_I32:
	case DCTX_KIND_I64:
		int_put(value, any->as.i);
		break;
	case DCTX_KIND_U8:
	case DCTX_KIND_U16:
	case DCTX_KIND_U32:
	case DCTX_KIND_U64:
		number_put(arena, value, any->as.u);
		break;
	case DCTX_KIND_F32:
	case DCTX_KIND_F64:
		value->value_case = OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE;
		value->double_value = any->as.f;
		break;
	case DCTX_KIND_STR:
		text_put(arena, value, any->as.bytes);
		break;
	case DCTX_KIND_BYTES:
		value->value_case = OTLP__ANY_VALUE__VALUE_BYTES_VALUE;
		value->bytes_value.data =
			(uint8_t *)(uintptr_t)any->as.bytes.data;
		value->bytes_value.len = any->as.bytes.len;
		break;
	case DCTX_KIND_TYPE:
		object_put(arena, value, any);
		break;
	}
}

void dctxi_otlp_add_fields(struct attributes *a, const dctx_span_field *fields,
			   size_t n)
{
	for (size_t i = 0; i < n; i++) {
		Otlp__AnyValue *value;

		if (fields[i].value.kind == 0 || fields[i].name == NULL)
			continue;
		value = dctxi_otlp_add(a, bytes_of(fields[i].name));
		if (value != NULL)
			any_put(a->arena, value, &fields[i].value);
	}
}
