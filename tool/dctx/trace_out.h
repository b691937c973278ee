/* SPDX-License-Identifier: MIT */
/* trace_out.h - a picture, written down. */
#ifndef TRACE_OUT_H
#define TRACE_OUT_H

#include "picture.h"

#include <stdio.h>

/* As a page that needs nothing else; as JSON; as trees for a terminal. */
void trace_page(const struct picture *picture, FILE *to);
void trace_json(const struct picture *picture, FILE *to);
void trace_text(const struct picture *picture, bool verbose, FILE *to);

/* A JSON string of UTF-8, also within HTML: no markup can be in it. */
void put_json_string(FILE *to, dctx_bytes text);
void put_hex(FILE *to, const void *bytes, size_t n);

/* Nanoseconds as microseconds with three decimals, as the files have them. */
void put_microseconds(FILE *to, int64_t ns);

/* "1.20 ms", into at least 32 bytes. */
const char *time_text(int64_t ns, char *out);

/* Seconds since 1970 as ISO 8601 has them, in UTC, into at least 40 bytes. */
const char *date_text(int64_t ns, char *out);

#endif
