/* SPDX-License-Identifier: MIT */
/* utf8.h - UTF-8 as RFC 3629 has it: nothing overlong, no surrogates. */
#ifndef DCTXI_UTF8_H
#define DCTXI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The bits that no ASCII character has, of eight at once. */
#define DCTXI_NOT_ASCII UINT64_C(0x8080808080808080)

/* Measures the character at `text`, of which `left` > 0 bytes are there: 1 to 4
 * bytes, or 0 when it is none. Threads: any. Signal-safe. */
size_t dctxi_utf8_sequence(const void *text, size_t left);

/* Measures what stands at `text` in place of a character, where there is none:
 * the longest beginning of one, or a single byte. It is what one U+FFFD
 * replaces (Unicode 15, 3.9, table 3-8; the Encoding standard does the same).
 * Threads: any. Signal-safe. */
size_t dctxi_utf8_subpart(const void *text, size_t left);

/* What dctxi_utf8_valid does with all but short ASCII. */
bool dctxi_utf8_scan(const void *text, size_t len);

/*
 * Tells whether `len` bytes are UTF-8 from end to end; no bytes are, and a NUL
 * is a character like others. `text` may be NULL when `len` is 0. Most ids and
 * keys are ASCII of 8 to 16 bytes: two words that may overlap.
 * Threads: any. Signal-safe.
 */
static inline bool dctxi_utf8_valid(const void *text, size_t len)
{
	uint64_t head, tail;

	if (len >= 8 && len <= 16) {
		memcpy(&head, text, 8);
		memcpy(&tail, (const char *)text + len - 8, 8);
		if (!((head | tail) & DCTXI_NOT_ASCII))
			return true;
	}
	return dctxi_utf8_scan(text, len);
}

/*
 * Measures the longest prefix of a NUL-terminated text that has at most `max`
 * bytes and ends between two characters. Of text that is no UTF-8 it may cut
 * up to three bytes earlier than it need.
 * Returns: the prefix's length in bytes. Threads: any. Signal-safe.
 */
size_t dctxi_utf8_cut(const char *text, size_t max);

/* Measures a text without the character at its end of which a cut left only
 * the beginning. Threads: any. Signal-safe. */
size_t dctxi_utf8_whole(const void *text, size_t len);

#endif
