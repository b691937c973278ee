/* SPDX-License-Identifier: MIT */
/*
 * dctx_hmac.h - envelopes signed with HMAC-SHA-256 (RFC 2104, FIPS 180-4), by
 * OpenSSL's libcrypto.
 *
 *     static const dctx_hmac_key keys[] = {{"2026-11", secret, 32},
 *                                          {"2026-10", older, 32}};
 *     dctx_hmac *hmac;
 *
 *     status = dctx_hmac_new(keys, 2, &hmac);
 *     options.auth = dctx_hmac_auth(hmac);
 *
 * The first key signs, all verify: so keys can be changed one process after the
 * other.
 */
#ifndef DCTX_HMAC_H
#define DCTX_HMAC_H

#include <dctx/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes of a key, at least and at most. Since: 0.1. */
#define DCTX_HMAC_KEY_MIN 16
#define DCTX_HMAC_KEY_MAX 1024

/*
 * A key: its name, 1 to 32 bytes, and its bytes, which should be random.
 * Since: 0.1.
 */
typedef struct dctx_hmac_key {
	const char *id;
	const void *secret;
	size_t size;
} dctx_hmac_key;

/* Keys that are ready for use. Since: 0.1. */
typedef struct dctx_hmac dctx_hmac;

/*
 * Makes 1 to 16 keys ready. What `keys` points at is copied, and wiped when it
 * is freed.
 * Owns: the caller frees *out with dctx_hmac_free. It is written only on
 * success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, a number or a size out of its
 * range, a name that is empty, too long or twice; DCTX_NOMEM;
 * DCTX_UNSUPPORTED when libcrypto has no HMAC or no SHA-256.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_hmac_new(const dctx_hmac_key *keys,
						 size_t n, dctx_hmac **out);

/*
 * Gives the table for dctx_encode_options, dctx_decode_options and dctx_hop.
 * Its functions may be called by any threads at once; they allocate, by
 * libcrypto.
 * Returns: it, as long as `hmac`; NULL for NULL. Threads: any. Since: 0.1.
 */
DCTX_API const dctx_auth *dctx_hmac_auth(const dctx_hmac *hmac);

/*
 * Wipes and frees the keys; nobody may use the table any more. NULL is fine.
 * Returns: NULL. Threads: any. Since: 0.1.
 */
DCTX_API dctx_hmac *dctx_hmac_free(dctx_hmac *hmac);

#ifdef __cplusplus
}
#endif
#endif
