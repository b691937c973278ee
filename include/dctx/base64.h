/* SPDX-License-Identifier: MIT */
/* dctx/base64.h - bytes as text for headers, RFC 4648. */
#ifndef DCTX_BASE64_H
#define DCTX_BASE64_H

#include <dctx/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The two alphabets: standard with padding (RFC 4648 section 4), and URL-safe
 * without (section 5). Decoding is strict: no spaces, no line ends, no bits
 * left over; the standard form needs its padding and the URL-safe one takes it
 * or leaves it.
 * Since: 0.1.
 */
typedef enum dctx_base64 { DCTX_BASE64, DCTX_BASE64_URL } dctx_base64;

/* Characters of `n` bytes as base64, with a NUL after them. Since: 0.1. */
#define DCTX_BASE64_SIZE(n) (((n) / 3 + ((n) % 3 != 0)) * 4 + 1)

/*
 * Writes bytes as base64 with a NUL, and the length without it to *out_len
 * (may be NULL): on success, and with DCTX_TOO_SMALL, where it is the length
 * that would do. `text` may be NULL when `size` is 0.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL or a size that overflows;
 * DCTX_TOO_SMALL. Threads: any. Signal-safe. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_base64_encode(dctx_base64 alphabet, const void *data, size_t len,
		   char *text, size_t size, size_t *out_len);

/*
 * Reads base64 of `len` characters to `buf`, which may be `text` itself.
 * *out_len is written on success, and with DCTX_TOO_SMALL.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_TOO_SMALL; DCTX_CORRUPT,
 * with the place in dctx_last_error. Threads: any. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_base64_decode(dctx_base64 alphabet, const char *text, size_t len,
		   void *buf, size_t size, size_t *out_len);

#ifdef __cplusplus
}
#endif
#endif
