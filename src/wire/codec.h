/* SPDX-License-Identifier: MIT */
/* codec.h - how the writers and readers of dctx/codec.h begin and fail. */
#ifndef DCTXI_CODEC_H
#define DCTXI_CODEC_H

#include "wire/le.h"

#include <dctx/codec.h>

/*
 * Begins a writer on `size` bytes. Without room it only counts; `buf` may then
 * be NULL.
 */
void dctxi_writer_init(dctx_writer *w, void *buf, size_t size);

/*
 * Notes a failure. The first one sticks, but any overrules DCTX_TOO_SMALL: the
 * query for a size must tell that no size will do.
 */
void dctxi_writer_fail(dctx_writer *w, dctx_status status);

/*
 * Counts `n` bytes and gives the place for them, or NULL when they do not fit.
 * The writer is then closed, so that nothing is written behind a hole.
 */
static inline unsigned char *dctxi_writer_room(dctx_writer *w, size_t n)
{
	unsigned char *at = w->at;

	if (__builtin_expect(n > SIZE_MAX - w->len, 0)) {
		dctxi_writer_fail(w, DCTX_LIMIT);
		return NULL;
	}
	w->len += n;
	if (__builtin_expect((size_t)(w->end - at) < n, 0)) {
		w->end = at;
		dctxi_writer_fail(w, DCTX_TOO_SMALL);
		return NULL;
	}
	w->at = at + n;
	return at;
}

/* Begins a reader on `len` bytes, without room to give; `data` may be NULL when
 * there are none. */
void dctxi_reader_init(dctx_reader *r, const void *data, size_t len);

/* Takes the next `n` bytes; NULL when there are fewer or it failed before. */
static inline const unsigned char *dctxi_reader_take(dctx_reader *r, uint64_t n)
{
	const unsigned char *at = r->at;

	if (__builtin_expect(r->status != DCTX_OK, 0))
		return NULL;
	if (__builtin_expect(n > (size_t)(r->end - at), 0)) {
		r->status = DCTX_CORRUPT;
		return NULL;
	}
	r->at = at + n;
	return at;
}

/* Takes a length and as many bytes; fails where the length stands. */
static inline dctx_status dctxi_reader_bytes(dctx_reader *r, dctx_bytes *out)
{
	const unsigned char *start = dctxi_reader_take(r, 8), *at;

	if (start == NULL)
		return DCTX_CORRUPT;
	at = dctxi_reader_take(r, dctxi_load64(start));
	if (at == NULL) {
		r->at = start;
		return DCTX_CORRUPT;
	}
	*out = (dctx_bytes){at, (size_t)(r->at - at)};
	return DCTX_OK;
}

#endif
