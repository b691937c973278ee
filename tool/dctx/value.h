/* SPDX-License-Identifier: MIT */
/* value.h - a value as text, and as it is sent. */
#ifndef VALUE_H
#define VALUE_H

#include "text.h"

/* Adds the bytes of a value whose kind has this name, or "hex" for bytes as
 * they are sent. Returns NULL, or what is wrong. */
const char *value_read(const char *kind, dctx_bytes text, struct text *out);

#endif
