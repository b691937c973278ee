/* SPDX-License-Identifier: MIT */
/* utf8.h - UTF-8 as RFC 3629 has it: nothing overlong, no surrogates. */
#ifndef DCTXI_UTF8_H
#define DCTXI_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Tells whether `len` bytes are UTF-8 from end to end; no bytes are, and a NUL
 * is a character like others. `text` may be NULL when `len` is 0.
 * Threads: any. Signal-safe.
 */
bool dctxi_utf8_valid(const void *text, size_t len);

/*
 * Measures the longest prefix of a NUL-terminated text that has at most `max`
 * bytes and ends between two characters. Of text that is no UTF-8 it may cut
 * up to three bytes earlier than it need.
 * Returns: the prefix's length in bytes. Threads: any. Signal-safe.
 */
size_t dctxi_utf8_cut(const char *text, size_t max);

#endif
