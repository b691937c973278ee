/* SPDX-License-Identifier: MIT */
#include "wire/value.h"

#include "data/utf8.h"

void dctxi_plain_set(uint32_t kind, uint64_t bits, union dctxi_plain *out)
{
	uint32_t low = (uint32_t)bits;

	switch (kind) {
	case DCTX_KIND_BOOL: out->b = bits != 0; break;
	case DCTX_KIND_I8: out->i8 = (int8_t)bits; break;
	case DCTX_KIND_I16: out->i16 = (int16_t)bits; break;
	case DCTX_KIND_I32: out->i32 = (int32_t)bits; break;
	case DCTX_KIND_U8: out->u8 = (uint8_t)bits; break;
	case DCTX_KIND_U16: out->u16 = (uint16_t)bits; break;
	case DCTX_KIND_U32: out->u32 = low; break;
	case DCTX_KIND_F32: memcpy(&out->f32, &low, sizeof low); break;
	default: memcpy(out, &bits, sizeof bits);
	}
}

uint64_t dctxi_plain_bits(uint32_t kind, const union dctxi_plain *plain)
{
	uint64_t bits;
	uint32_t low;

	switch (kind) {
	case DCTX_KIND_BOOL:
	case DCTX_KIND_U8: return plain->u8;
	case DCTX_KIND_I8: return (uint64_t)plain->i8;
	case DCTX_KIND_I16: return (uint64_t)plain->i16;
	case DCTX_KIND_I32: return (uint64_t)plain->i32;
	case DCTX_KIND_U16: return plain->u16;
	case DCTX_KIND_U32: return plain->u32;
	case DCTX_KIND_F32: memcpy(&low, &plain->f32, sizeof low); return low;
	default: memcpy(&bits, plain, sizeof bits); return bits;
	}
}

dctx_status dctxi_plain_read(uint32_t kind, dctx_reader *r,
			     union dctxi_plain *out)
{
	switch (kind) {
	case DCTX_KIND_BOOL: return dctx_read_bool(r, &out->b);
	case DCTX_KIND_I8:
	case DCTX_KIND_U8: return dctx_read_u8(r, &out->u8);
	case DCTX_KIND_I16:
	case DCTX_KIND_U16: return dctx_read_u16(r, &out->u16);
	case DCTX_KIND_I32:
	case DCTX_KIND_U32:
	case DCTX_KIND_F32: return dctx_read_u32(r, &out->u32);
	case DCTX_KIND_STR: return dctx_read_str(r, &out->bytes);
	case DCTX_KIND_BYTES: return dctx_read_bytes(r, &out->bytes);
	default: return dctx_read_u64(r, &out->u64);
	}
}

/* A bool is looked at as a byte: the user's code may have put anything there.
 */
dctx_status dctxi_plain_check(uint32_t kind, const union dctxi_plain *plain)
{
	if (kind == DCTX_KIND_BOOL)
		return plain->u8 <= 1 ? DCTX_OK : DCTX_CODEC;
	if (kind != DCTX_KIND_STR && kind != DCTX_KIND_BYTES)
		return DCTX_OK;
	if (plain->bytes.len > DCTXI_VALUE_MAX)
		return DCTX_LIMIT;
	if (plain->bytes.data == NULL)
		return plain->bytes.len == 0 ? DCTX_OK : DCTX_CODEC;
	if (kind == DCTX_KIND_STR &&
	    !dctxi_utf8_valid(plain->bytes.data, plain->bytes.len))
		return DCTX_CORRUPT;
	return DCTX_OK;
}
