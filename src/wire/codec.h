/* SPDX-License-Identifier: MIT */
/* codec.h - how the writers and readers of dctx/codec.h begin and fail. */
#ifndef DCTXI_CODEC_H
#define DCTXI_CODEC_H

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

/* Begins a reader on `len` bytes; `data` may be NULL when there are none. */
void dctxi_reader_init(dctx_reader *r, const void *data, size_t len);

#endif
