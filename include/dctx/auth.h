/* SPDX-License-Identifier: MIT */
/*
 * dctx/auth.h - an envelope that shows who wrote it.
 *
 * A signed message has one more reserved entry, dctx.auth: the name of a key
 * and a code over all bytes of the message, its own place taken as zeros. Who
 * does not know of it passes over it. How codes are made is a table of two
 * functions; glue/hmac-openssl has HMAC-SHA-256.
 *
 * A code says that the message was written by somebody who has the key, and is
 * whole. It says neither when nor for whom: a message can be sent twice.
 */
#ifndef DCTX_AUTH_H
#define DCTX_AUTH_H

#include <dctx/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a key's name, 1 to so many, and of a code. Since: 0.1. */
#define DCTX_AUTH_ID_MAX 32
#define DCTX_AUTH_CODE_MIN 16
#define DCTX_AUTH_CODE_MAX 64

/*
 * How messages are signed and held against their code. Both functions get the
 * message in parts, one after the other; both may be called by several threads
 * at once.
 * Since: 0.1.
 */
typedef struct dctx_auth {
	/* sizeof(dctx_auth), so that the struct can grow. */
	size_t struct_size;
	/* The name of the key that signs; and the bytes of its codes. */
	dctx_bytes key_id;
	size_t code_size;
	/* Writes the code. NULL: cannot sign. A failure fails the encode. */
	dctx_status (*sign)(void *user, const dctx_bytes *parts, size_t n,
			    void *code);
	/* Compares, in a time that does not depend on where they differ.
	 * Returns: DCTX_OK; DCTX_UNKNOWN_KEY for a name it does not have;
	 * DCTX_UNTRUSTED for another code; DCTX_NOMEM. */
	dctx_status (*verify)(void *user, dctx_bytes key_id,
			      const dctx_bytes *parts, size_t n,
			      dctx_bytes code);
	void *user;
} dctx_auth;

#ifdef __cplusplus
}
#endif
#endif
