/* SPDX-License-Identifier: MIT */
/*
 * value.h - one value as a codec or a migration sees it: by the address of a
 * bool, an int8_t ... a double, a dctx_bytes, or an object.
 */
#ifndef DCTXI_VALUE_H
#define DCTXI_VALUE_H

#include "wire/codec.h"

#include <dctx/type.h>

/* The most bytes of one text or bytes: a length of 32 bits, and a NUL. */
#define DCTXI_VALUE_MAX (UINT32_MAX - 1)

/* A value of any kind but DCTX_KIND_TYPE. */
union dctxi_plain {
	bool b;
	int8_t i8;
	int16_t i16;
	int32_t i32;
	int64_t i64;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	float f32;
	double f64;
	dctx_bytes bytes;
};

/* The bytes of a scalar's wire form; 0 for kinds that have a length. */
static inline size_t dctxi_scalar_width(uint32_t kind)
{
	static const unsigned char width[] = {
		[DCTX_KIND_BOOL] = 1, [DCTX_KIND_I8] = 1, [DCTX_KIND_I16] = 2,
		[DCTX_KIND_I32] = 4,  [DCTX_KIND_I64] = 8, [DCTX_KIND_U8] = 1,
		[DCTX_KIND_U16] = 2,  [DCTX_KIND_U32] = 4, [DCTX_KIND_U64] = 8,
		[DCTX_KIND_F32] = 4,  [DCTX_KIND_F64] = 8,
	};

	return kind < sizeof width ? width[kind] : 0;
}

/* A scalar of a box's bits, and the bits of a scalar, as a set keeps them. */
void dctxi_plain_set(uint32_t kind, uint64_t bits, union dctxi_plain *out);
uint64_t dctxi_plain_bits(uint32_t kind, const union dctxi_plain *plain);

/* Reads a value of a kind in its own wire form. */
dctx_status dctxi_plain_read(uint32_t kind, dctx_reader *r,
			     union dctxi_plain *out);

/* What is wrong with a value that the user's code made; DCTX_OK: nothing. */
dctx_status dctxi_plain_check(uint32_t kind, const union dctxi_plain *plain);

#endif
