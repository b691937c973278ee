/* SPDX-License-Identifier: MIT */
/*
 * vector_value.h - values of any shape that the vectors describe, as JSON in
 * the vectors' own form.
 *
 * A description of a type is walked beside the bytes: a Rust struct, tuple,
 * option or enum is then no different from one that C code would declare.
 */
#ifndef VECTOR_VALUE_H
#define VECTOR_VALUE_H

#include <dctx/dctx.h>

#include <jansson.h>

/* Reads a value of a shape: NULL when the reader failed or the bytes are none.
 * And writes one. */
json_t *vector_read(const json_t *shape, dctx_reader *r);
void vector_write(const json_t *shape, const json_t *v, dctx_writer *w);

/* Bytes as a lower-case hexadecimal text, and back to an allocated block. */
json_t *vector_hex(const void *data, size_t len);
unsigned char *vector_unhex(const char *hex, size_t *out_len);
/* The same of a float or a double, its bytes as the wire has them. */
json_t *vector_float_hex(const void *number, size_t size);

#endif
