/* SPDX-License-Identifier: MIT */
/*
 * A span that was told, as one block of memory that stands by itself: what its
 * strings, fields and site pointed at may be gone, also with the shared object
 * they were in.
 */
#ifndef DCTXI_RECORD_H
#define DCTXI_RECORD_H

#include <dctx/sink.h>

/* How much memory a copy takes. */
size_t dctxi_record_size(const dctx_told_span *told);

/* Copies a span to so much memory, aligned to 16. An object of the user's is
 * told by its type's name. NULL when it did not fit: it was changed meanwhile.
 */
dctx_told_span *dctxi_record_copy(const dctx_told_span *told, void *memory,
				  size_t size);

#endif
