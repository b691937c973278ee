/* SPDX-License-Identifier: MIT */
/*
 * codec.c - bincode 1.x, one value at a time.
 *
 * A reader that fails stays where it could not go on, which is what the error's
 * offset is made of.
 */
#include "wire/codec.h"

#include "data/utf8.h"

/* NULL is no address to count from, and 0 bytes need one. */
static unsigned char nowhere[1];

void dctxi_writer_init(dctx_writer *w, void *buf, size_t size)
{
	w->at = buf != NULL ? buf : nowhere;
	w->end = w->at + (buf != NULL ? size : 0);
	w->len = 0;
	w->status = DCTX_OK;
}

void dctxi_writer_fail(dctx_writer *w, dctx_status status)
{
	if (w->status == DCTX_OK || w->status == DCTX_TOO_SMALL)
		w->status = status;
}

void dctx_write_u8(dctx_writer *w, uint8_t v)
{
	unsigned char *at = dctxi_writer_room(w, sizeof v);

	if (at != NULL)
		*at = v;
}

void dctx_write_u16(dctx_writer *w, uint16_t v)
{
	unsigned char *at = dctxi_writer_room(w, sizeof v);

	if (at != NULL)
		dctxi_store16(at, v);
}

void dctx_write_u32(dctx_writer *w, uint32_t v)
{
	unsigned char *at = dctxi_writer_room(w, sizeof v);

	if (at != NULL)
		dctxi_store32(at, v);
}

void dctx_write_u64(dctx_writer *w, uint64_t v)
{
	unsigned char *at = dctxi_writer_room(w, sizeof v);

	if (at != NULL)
		dctxi_store64(at, v);
}

void dctx_write_i64(dctx_writer *w, int64_t v)
{
	dctx_write_u64(w, (uint64_t)v);
}

void dctx_write_f32(dctx_writer *w, float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof bits);
	dctx_write_u32(w, bits);
}

void dctx_write_f64(dctx_writer *w, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	dctx_write_u64(w, bits);
}

void dctx_write_bool(dctx_writer *w, bool v)
{
	dctx_write_u8(w, v);
}

void dctx_write_raw(dctx_writer *w, const void *data, size_t len)
{
	unsigned char *at;

	if (len == 0)
		return;
	if (data == NULL) {
		dctxi_writer_fail(w, DCTX_INVALID);
		return;
	}
	at = dctxi_writer_room(w, len);
	if (at != NULL)
		memcpy(at, data, len);
}

void dctx_write_bytes(dctx_writer *w, const void *data, size_t len)
{
	dctx_write_u64(w, len);
	dctx_write_raw(w, data, len);
}

void dctx_write_str(dctx_writer *w, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (text == NULL)
		dctxi_writer_fail(w, DCTX_INVALID);
	else if (!dctxi_utf8_valid(text, len))
		dctxi_writer_fail(w, DCTX_CORRUPT);
	dctx_write_bytes(w, text, len);
}

void dctxi_reader_init(dctx_reader *r, const void *data, size_t len)
{
	r->start = data != NULL ? data : nowhere;
	r->at = r->start;
	r->end = r->start + (data != NULL ? len : 0);
	r->status = DCTX_OK;
	r->room = NULL;
}

size_t dctx_read_left(const dctx_reader *r)
{
	return (size_t)(r->end - r->at);
}

/* Gives back what was taken since `at` and fails there. */
static dctx_status refuse(dctx_reader *r, const unsigned char *at)
{
	r->at = at;
	r->status = DCTX_CORRUPT;
	return DCTX_CORRUPT;
}

dctx_status dctx_read_u8(dctx_reader *r, uint8_t *out)
{
	const unsigned char *at = dctxi_reader_take(r, sizeof *out);

	if (at == NULL)
		return DCTX_CORRUPT;
	*out = *at;
	return DCTX_OK;
}

dctx_status dctx_read_u16(dctx_reader *r, uint16_t *out)
{
	const unsigned char *at = dctxi_reader_take(r, sizeof *out);

	if (at == NULL)
		return DCTX_CORRUPT;
	*out = dctxi_load16(at);
	return DCTX_OK;
}

dctx_status dctx_read_u32(dctx_reader *r, uint32_t *out)
{
	const unsigned char *at = dctxi_reader_take(r, sizeof *out);

	if (at == NULL)
		return DCTX_CORRUPT;
	*out = dctxi_load32(at);
	return DCTX_OK;
}

dctx_status dctx_read_u64(dctx_reader *r, uint64_t *out)
{
	const unsigned char *at = dctxi_reader_take(r, sizeof *out);

	if (at == NULL)
		return DCTX_CORRUPT;
	*out = dctxi_load64(at);
	return DCTX_OK;
}

dctx_status dctx_read_i64(dctx_reader *r, int64_t *out)
{
	uint64_t bits;

	if (dctx_read_u64(r, &bits) != DCTX_OK)
		return DCTX_CORRUPT;
	*out = (int64_t)bits;
	return DCTX_OK;
}

dctx_status dctx_read_f32(dctx_reader *r, float *out)
{
	uint32_t bits;

	if (dctx_read_u32(r, &bits) != DCTX_OK)
		return DCTX_CORRUPT;
	memcpy(out, &bits, sizeof bits);
	return DCTX_OK;
}

dctx_status dctx_read_f64(dctx_reader *r, double *out)
{
	uint64_t bits;

	if (dctx_read_u64(r, &bits) != DCTX_OK)
		return DCTX_CORRUPT;
	memcpy(out, &bits, sizeof bits);
	return DCTX_OK;
}

dctx_status dctx_read_bool(dctx_reader *r, bool *out)
{
	const unsigned char *at = dctxi_reader_take(r, 1);

	if (at == NULL)
		return DCTX_CORRUPT;
	if (*at > 1)
		return refuse(r, at);
	*out = *at;
	return DCTX_OK;
}

dctx_status dctx_read_raw(dctx_reader *r, size_t len, dctx_bytes *out)
{
	const unsigned char *at = dctxi_reader_take(r, len);

	if (at == NULL)
		return DCTX_CORRUPT;
	*out = (dctx_bytes){at, len};
	return DCTX_OK;
}

dctx_status dctx_read_bytes(dctx_reader *r, dctx_bytes *out)
{
	return dctxi_reader_bytes(r, out);
}

dctx_status dctx_read_str(dctx_reader *r, dctx_bytes *out)
{
	const unsigned char *start = r->at;
	dctx_bytes text;

	if (dctxi_reader_bytes(r, &text) != DCTX_OK)
		return DCTX_CORRUPT;
	if (!dctxi_utf8_valid(text.data, text.len))
		return refuse(r, start);
	*out = text;
	return DCTX_OK;
}
