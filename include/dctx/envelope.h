/* SPDX-License-Identifier: MIT */
/*
 * dctx/envelope.h - a context as bytes and back.
 *
 * The format is version 2 of the Rust crate `dcontext`, byte for byte, with
 * the entries sorted by key, so that equal contexts give equal bytes. Only keys
 * with DCTX_WIRE leave the process or come into it.
 */
#ifndef DCTX_ENVELOPE_H
#define DCTX_ENVELOPE_H

#include <dctx/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Writes a captured context to `buf`, of `size` bytes (NULL when 0: the size
 * query, which is no failure), and its length to *out_len: on success, and with
 * DCTX_TOO_SMALL, where it is the size that would do; `buf` is partly written.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_TOO_SMALL; DCTX_LIMIT past
 * DCTX_LIMIT_MESSAGE_BYTES, _ENTRIES, _KEY_BYTES or _NAME_BYTES;
 * DCTX_CORRUPT for a string or name that is no UTF-8; DCTX_CODEC when a type's
 * encode refused; DCTX_NOMEM, also from an encode. The key is in
 * dctx_last_error.
 * Threads: any. Blocks: never. Allocates: past 256 entries or names.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_snapshot_encode(const dctx_snapshot *snapshot, void *buf, size_t size,
		     size_t *out_len);

/* The same of what a store sees now; it is captured only when a user type is
 * to be sent, whose encode may change the store. An encode that leaves by
 * longjmp loses that capture's reference.
 * Threads: the store's flow. Since: 0.1. */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_encode(const dctx_store *store,
						     void *buf, size_t size,
						     size_t *out_len);

/*
 * Writes what a store sees now to memory that it allocates with malloc.
 * Owns: the caller frees *out with free. Both are written only on success.
 * Returns: as dctx_store_encode, but never DCTX_TOO_SMALL; DCTX_NOMEM.
 * Threads: the store's flow. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_encode_alloc(
	const dctx_store *store, void **out, size_t *out_len);

/*
 * Reads a message and makes a snapshot of it, whole or not at all. Keys nobody
 * registered, and keys without DCTX_WIRE, are skipped and counted; of
 * duplicates the last wins, but a bad one fails the message; bytes after the
 * message or inside a value are counted; names past DCTX_LIMIT_CHAIN are
 * dropped, oldest first. Limits are checked before memory is taken.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_LIMIT; DCTX_UNSUPPORTED for
 * a wire version other than 2, or a key's version that is not ours;
 * DCTX_CORRUPT, also for a name with a NUL inside, since names are C strings
 * here; DCTX_CODEC when a type's decode refused; DCTX_NOMEM. Where and
 * what is in dctx_last_error.
 * Threads: any. Blocks: never. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_decode(const void *data, size_t len,
					       dctx_snapshot **out);

/*
 * Reads a message and attaches it: nothing of the store shows through until
 * the guard is left. On error the store is as it was.
 * Returns: as dctx_decode. Threads: the store's flow. Allocates. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_store_decode(dctx_store *store,
						     const void *data,
						     size_t len,
						     dctx_guard *out);

/* The same of the current store. Since: 0.1. */
#define dctx_encode(buf, size, out_len)                                       \
	dctx_store_encode(dctx_current(), (buf), (size), (out_len))
#define dctx_encode_alloc(out, out_len)                                       \
	dctx_store_encode_alloc(dctx_current(), (out), (out_len))
#define dctx_decode_here(data, len, out)                                      \
	dctx_store_decode(dctx_current(), (data), (len), (out))

#ifdef __cplusplus
}
#endif
#endif
