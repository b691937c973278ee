/* SPDX-License-Identifier: MIT */
/*
 * dctx/baggage.h - members of a W3C baggage that no key of this process has:
 * what came and travels on, and for programs without keys all of it.
 *
 *     dctx_baggage_set("userId", (dctx_bytes){"Amélie", 7}, NULL);
 *     dctx_baggage_each(show_member, NULL);
 *
 * A value that a program knows deserves a key with DCTX_BAGGAGE: it is typed,
 * and has a policy. Members here are scoped, captured and forked together, as
 * one value is. Across a border they go as DCTX_CROSS_UNKNOWN says; one that is
 * named like a key with DCTX_BAGGAGE only where that key's values go, too.
 *
 * Each key is there once: what is set or comes later replaces it in its place,
 * and otherwise stands last. dctx_w3c_baggage writes first the keys' values, in
 * the order of the bytes of their names, then these members in their order; of
 * these it leaves out those whose key has a value, and from the end what does
 * not fit into the limits. Properties travel with the members here; those of a
 * member that became a key's value are gone.
 */
#ifndef DCTX_BAGGAGE_H
#define DCTX_BAGGAGE_H

#include <dctx/snapshot.h>
#include <dctx/store.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How many members there are at most, and how many bytes they take as a header,
 * percent-coded and with commas between. The same holds for what is written and
 * what is read.
 * Source: W3C Baggage, 3.3.2, asks for 64 and 8,192 at least. Since: 0.1.
 */
#define DCTX_BAGGAGE_MEMBERS 512
#define DCTX_BAGGAGE_BYTES 8192

/*
 * A member. Views, valid during the call that shows it.
 * Since: 0.1.
 */
typedef struct dctx_member {
	dctx_bytes key;        /* a token: it is not percent-coded */
	dctx_bytes value;      /* decoded, UTF-8 */
	dctx_bytes coded;      /* the value as it travels */
	dctx_bytes properties; /* as they travel, "k1=v1;k2"; perhaps empty */
} dctx_member;

/*
 * Set a member in the innermost scope. The value is UTF-8 of any characters and
 * is percent-coded here; properties are written as they travel, without white
 * space or a semicolon in front, and may be NULL for none. The values' bytes
 * are copied.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, a key that is no token, a value
 * that is no UTF-8, or properties that are none; DCTX_LIMIT for what does not
 * fit beside the others, with the size and the limit in dctx_last_error; else
 * as dctx_store_replace_bytes. Then nothing changed. Threads: the store's flow.
 * Blocks: never. Allocates: as dctx_store_replace_bytes of all members. Takes
 * time with the number of them. Since: 0.1.
 * Source: W3C Baggage, 3.3.1.2 to 3.3.1.4.
 */
DCTX_API dctx_status dctx_store_baggage_set(dctx_store *store, const char *key,
					    dctx_bytes value,
					    const char *properties);

/*
 * Remove one member, or all, until the innermost scope is left. Removing what
 * is absent is fine. Keys' values stay: those are unset by their key.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; else and all else as
 * dctx_store_baggage_set. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_baggage_unset(dctx_store *store,
					      const char *key);
DCTX_API dctx_status dctx_store_baggage_clear(dctx_store *store);

/*
 * Read a member's value into `buf`, decoded, with a NUL after it; octets that
 * are no UTF-8 are read as U+FFFD. *out_len (may be NULL) is its length without
 * the NUL: on success, and with DCTX_TOO_SMALL, where it is what would do. A
 * NULL snapshot counts as empty.
 * Returns: DCTX_OK; DCTX_UNKNOWN_KEY when there is no such member; DCTX_INVALID
 * for a NULL; DCTX_TOO_SMALL. Threads: the store's flow; a snapshot's, any.
 * Blocks, allocates: never. Since: 0.1.
 */
DCTX_API dctx_status dctx_store_baggage_get(const dctx_store *store,
					    const char *key, char *buf,
					    size_t size, size_t *out_len);
DCTX_API dctx_status dctx_snapshot_baggage_get(const dctx_snapshot *snapshot,
					       const char *key, char *buf,
					       size_t size, size_t *out_len);

/*
 * Show every member to a function, in their order. It must not change the
 * baggage; `fn` may be NULL, to count.
 * Returns: how many there are; 0 for a NULL store or snapshot. Threads, blocks,
 * allocates: as the get.
 * Since: 0.1.
 */
DCTX_API size_t dctx_store_baggage_each(const dctx_store *store,
					void (*fn)(void *user,
						   const dctx_member *member),
					void *user);
DCTX_API size_t
dctx_snapshot_baggage_each(const dctx_snapshot *snapshot,
			   void (*fn)(void *user, const dctx_member *member),
			   void *user);

/* The same of the current store; a value may be a compound literal.
 * Since: 0.1. */
#define dctx_baggage_set(...)                                                 \
	dctx_store_baggage_set(dctx_current(), __VA_ARGS__)
#define dctx_baggage_unset(key) dctx_store_baggage_unset(dctx_current(), (key))
#define dctx_baggage_clear() dctx_store_baggage_clear(dctx_current())
#define dctx_baggage_get(key, buf, size, out_len)                             \
	dctx_store_baggage_get(DCTX_CURRENT_, (key), (buf), (size), (out_len))
#define dctx_baggage_each(fn, user)                                           \
	dctx_store_baggage_each(DCTX_CURRENT_, (fn), (user))

#ifdef __cplusplus
}
#endif
#endif
