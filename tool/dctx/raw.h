/* SPDX-License-Identifier: MIT */
/* raw.h - an object of JSON as the bytes that it is: for numbers with more
 * digits than a double, and for values that are handed on as they came. */
#ifndef RAW_H
#define RAW_H

#include <dctx/codec.h>

#include <stdbool.h>
#include <stdint.h>

/* The text of a member of an object that was found to be JSON: of two of that
 * name the last, as parsers have it. False when there is none, or the name is
 * written with escapes. */
bool raw_member(dctx_bytes object, const char *name, dctx_bytes *out);

/* Reads a number of microseconds, also one in quotes, in nanoseconds; what is
 * beyond 146 years is 146 years. False for what is none. */
bool raw_time(dctx_bytes text, int64_t *out);

/* That bound, so that two of them can be added. */
#define RAW_TIME_MAX ((INT64_C(1) << 62) - 1)

#endif
