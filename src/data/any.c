/* SPDX-License-Identifier: MIT */
#include "data/any.h"

#include "data/fail.h"
#include "data/registry.h"
#include "data/snapshot.h"

#include <float.h>
#include <string.h>

/* What each kind of bool and integer can be. */
static const struct range {
	int64_t least;
	uint64_t most;
} ranges[] = {
	[DCTX_KIND_BOOL] = {0, 1},
	[DCTX_KIND_I8] = {INT8_MIN, INT8_MAX},
	[DCTX_KIND_I16] = {INT16_MIN, INT16_MAX},
	[DCTX_KIND_I32] = {INT32_MIN, INT32_MAX},
	[DCTX_KIND_I64] = {INT64_MIN, INT64_MAX},
	[DCTX_KIND_U8] = {0, UINT8_MAX},
	[DCTX_KIND_U16] = {0, UINT16_MAX},
	[DCTX_KIND_U32] = {0, UINT32_MAX},
	[DCTX_KIND_U64] = {0, UINT64_MAX},
};

const char *dctx_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		"none", "bool", "i8",  "i16", "i32", "i64",   "u8",   "u16",
		"u32",  "u64",  "f32", "f64", "str", "bytes", "type",
	};

	return kind <= DCTX_KIND_TYPE ? names[kind] : "unknown";
}

static bool is_signed(uint32_t kind)
{
	return kind >= DCTX_KIND_I8 && kind <= DCTX_KIND_I64;
}

static bool is_float(uint32_t kind)
{
	return kind == DCTX_KIND_F32 || kind == DCTX_KIND_F64;
}

/* A scalar's bits may be more than its kind has, when they were set as such. */
static dctx_any any_of_bits(uint32_t kind, uint64_t bits)
{
	dctx_any any = {.kind = (dctx_kind)kind, .as.u = bits};

	switch (kind) {
	case DCTX_KIND_BOOL: any.as.b = bits != 0; break;
	case DCTX_KIND_I8: any.as.i = (int8_t)bits; break;
	case DCTX_KIND_I16: any.as.i = (int16_t)bits; break;
	case DCTX_KIND_I32: any.as.i = (int32_t)bits; break;
	case DCTX_KIND_I64: any.as.i = (int64_t)bits; break;
	case DCTX_KIND_U8: any.as.u = (uint8_t)bits; break;
	case DCTX_KIND_U16: any.as.u = (uint16_t)bits; break;
	case DCTX_KIND_U32: any.as.u = (uint32_t)bits; break;
	case DCTX_KIND_F32: any.as.f = (double)dctx_abi_f32(bits); break;
	case DCTX_KIND_F64: any.as.f = dctx_abi_f64(bits); break;
	default: break;
	}
	return any;
}

dctx_any dctxi_any_of_box(const dctx_key *key, const struct dctx_box *box)
{
	dctx_any any = {.kind = (dctx_kind)0};

	if (box == NULL)
		return any;
	if (key->kind <= DCTX_KIND_F64)
		return any_of_bits(key->kind, box->value.u);
	any.kind = (dctx_kind)key->kind;
	any.type = key->type;
	if (key->kind == DCTX_KIND_TYPE)
		any.as.object = box->value.p;
	else
		any.as.bytes = dctx_abi_bytes(box);
	return any;
}

dctx_any dctxi_any_of_object(const struct dctxi_object *object)
{
	dctx_any any = {.kind = (dctx_kind)object->kind, .type = object->type};
	uint64_t bits;

	if (object->kind == DCTX_KIND_TYPE) {
		any.as.object = object->data;
	} else if (dctxi_is_text(object->kind)) {
		any.as.bytes = (dctx_bytes){object->data, object->len};
	} else {
		memcpy(&bits, object->data, sizeof bits);
		any = any_of_bits(object->kind, bits);
	}
	return any;
}

/* A bool or integer, as 64 bits and whether they are below zero. */
static uint64_t integer_of(const dctx_any *value, bool *out_negative)
{
	*out_negative = false;
	if (value->kind == DCTX_KIND_BOOL)
		return value->as.b;
	if (!is_signed(value->kind))
		return value->as.u;
	*out_negative = value->as.i < 0;
	return (uint64_t)value->as.i;
}

static dctx_status integer_bits(const dctx_any *value, uint32_t kind,
				uint64_t *out)
{
	const struct range *range = &ranges[kind];
	bool negative;
	uint64_t bits;

	if (is_float(value->kind))
		return DCTX_WRONG_TYPE;
	bits = integer_of(value, &negative);
	if (negative ? (int64_t)bits < range->least : bits > range->most)
		return DCTX_INVALID;
	*out = bits;
	return DCTX_OK;
}

static dctx_status float_bits(const dctx_any *value, uint32_t kind,
			      uint64_t *out)
{
	bool negative;
	uint64_t bits;
	double f;

	if (is_float(value->kind)) {
		f = value->as.f;
	} else {
		bits = integer_of(value, &negative);
		f = negative ? (double)(int64_t)bits : (double)bits;
	}
	if (kind == DCTX_KIND_F64) {
		*out = dctx_abi_f64_bits(f);
		return DCTX_OK;
	}
	if (!__builtin_isinf(f) && (f > FLT_MAX || f < -FLT_MAX))
		return DCTX_INVALID;
	*out = dctx_abi_f32_bits((float)f);
	return DCTX_OK;
}

dctx_status dctxi_any_bits(const dctx_any *value, uint32_t kind, uint64_t *out)
{
	if (kind < DCTX_KIND_BOOL || kind > DCTX_KIND_F64 ||
	    value->kind < DCTX_KIND_BOOL || value->kind > DCTX_KIND_TYPE)
		return DCTX_INVALID;
	if (value->kind > DCTX_KIND_F64)
		return DCTX_WRONG_TYPE;
	return is_float(kind) ? float_bits(value, kind, out)
			      : integer_bits(value, kind, out);
}

dctx_status dctxi_any_check(const dctx_any *value)
{
	const dctx_bytes *bytes = &value->as.bytes;
	uint64_t bits;
	bool fit;

	if (value->kind < DCTX_KIND_STR)
		return dctxi_any_bits(value, value->kind, &bits);
	if (dctxi_is_text(value->kind))
		fit = bytes->len < UINT32_MAX &&
		      (bytes->data != NULL || bytes->len == 0);
	else
		fit = value->kind == DCTX_KIND_TYPE &&
		      dctxi_type_valid(value->type) && value->as.object != NULL;
	return fit ? DCTX_OK : DCTX_INVALID;
}

dctx_status dctxi_any_copy(const dctx_any *value, struct dctxi_object **out)
{
	struct dctxi_object *object;
	dctx_status status = dctxi_any_check(value);
	uint64_t bits = 0;

	if (status != DCTX_OK)
		return status;
	if (value->kind == DCTX_KIND_TYPE)
		return dctxi_object_copy(value->type, value->as.object, out);
	if (dctxi_is_text(value->kind)) {
		object = dctxi_object_bytes(value->kind, value->as.bytes.data,
					    (uint32_t)value->as.bytes.len);
	} else {
		(void)dctxi_any_bits(value, value->kind, &bits);
		object = dctxi_object_bits(value->kind, bits);
	}
	if (object == NULL)
		return DCTX_NOMEM;
	*out = object;
	return DCTX_OK;
}

/* Registered keys are only kept as const. */
dctx_status dctxi_key_named(const char *name, dctx_key **out)
{
	const struct dctxi_entry *entry;

	if (name == NULL)
		return DCTX_INVALID;
	entry = dctxi_registry_find(NULL, name, strlen(name));
	if (entry == NULL)
		return DCTX_UNKNOWN_KEY;
	*out = (dctx_key *)(uintptr_t)entry->key;
	return DCTX_OK;
}

bool dctx_snapshot_get_any(const dctx_snapshot *snapshot, const dctx_key *key,
			   dctx_any *out)
{
	const struct dctx_box *box;

	if (key == NULL || out == NULL)
		return false;
	box = dctxi_box(dctx_abi_key_word(dctx_abi_snapshot_dir(snapshot),
					  key));
	*out = dctxi_any_of_box(key, box);
	return box != NULL;
}

dctx_status dctx_snapshot_get_named(const dctx_snapshot *snapshot,
				    const char *name, dctx_any *out)
{
	dctx_key *key;
	dctx_status status = DCTX_INVALID;

	if (out != NULL)
		status = dctxi_key_named(name, &key);
	if (status != DCTX_OK)
		return dctxi_fail(status, name);
	(void)dctx_snapshot_get_any(snapshot, key, out);
	return DCTX_OK;
}
