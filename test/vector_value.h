/* SPDX-License-Identifier: MIT */
/*
 * vector_value.h - a user's type for any shape that the vectors describe.
 *
 * The objects hold JSON in the vectors' own form, and their codec walks the
 * description of the type: a Rust struct, tuple, option or enum is then no
 * different from one that C code would declare.
 */
#ifndef VECTOR_VALUE_H
#define VECTOR_VALUE_H

#include <dctx/dctx.h>

#include <jansson.h>

/* Makes a type of a description, of which a process may have a few: a codec is
 * not told its type, so each has functions of its own. NULL when all are
 * taken. `prefix_hex` is what a `raw` value must begin with, or NULL. */
const dctx_type *vector_type(const json_t *shape, const char *prefix_hex);

/* The JSON of an object of such a type, borrowed. */
json_t *vector_json(const void *object);

/* Bytes as a lower-case hexadecimal text, and back to an allocated block. */
json_t *vector_hex(const void *data, size_t len);
unsigned char *vector_unhex(const char *hex, size_t *out_len);
/* The same of a float or a double, its bytes as the wire has them. */
json_t *vector_float_hex(const void *number, size_t size);

#endif
