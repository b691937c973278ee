/* SPDX-License-Identifier: MIT */
/*
 * dctx/envelope.h - a context as bytes and back.
 *
 * The format is version 2 of the Rust crate `dcontext`, byte for byte, with
 * the entries sorted by key, so that equal contexts give equal bytes; version 1
 * is read, too. Only keys with DCTX_WIRE leave the process or come into it.
 * Entries whose names begin with "dctx." are reserved for what dctx itself
 * sends, and never a key's. Five are in use, all of version 1, and only in
 * messages of contexts that have such a thing:
 *
 * - dctx.deadline, u64: how many nanoseconds were left when it was encoded, 0
 *   for none; of a context with a deadline;
 * - dctx.cancel, u8 (1 canceled, 2 deadline exceeded), i32 and a String: why
 *   the context is over, the canceller's code and message; of one that a cancel
 *   ended;
 * - dctx.trace, bytes: the trace (trace.h): its id, the span's, the flags as a
 *   u32, the tracestate; a hop's fresh span id is in headers only;
 * - dctx.baggage, bytes: members of a W3C baggage that no key has here;
 *   both are held to what headers of them are, see dctx_decode;
 * - dctx.auth, a u8 and so many bytes, twice: the name of a key and the code by
 *   which it shows who wrote the message, see auth.h.
 *
 * One more, dctx.until, is in environments only (environ.h).
 *
 * A budget crosses, not a point in time: the receiver counts it from when the
 * message came. So clocks need not agree, and a step of one changes nothing.
 */
#ifndef DCTX_ENVELOPE_H
#define DCTX_ENVELOPE_H

#include <dctx/auth.h>
#include <dctx/deadline.h>
#include <dctx/message.h>
#include <dctx/registry.h>
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
 * DCTX_CORRUPT for a string or name that is no UTF-8; DCTX_CODEC when an encode
 * of the user's refused; DCTX_NOMEM, also from an encode. The key is in
 * dctx_last_error.
 * Threads: any. Blocks: never. Allocates: past 256 entries or names.
 * Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_snapshot_encode(const dctx_snapshot *snapshot, void *buf, size_t size,
		     size_t *out_len);

/* The same of what a store sees now; it is captured only when a user type or a
 * key's codec has something to send, which may change the store.
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
 * How a context is written when not as a whole. NULL, where such options are
 * asked for, and zeros mean what dctx_snapshot_encode does.
 * Since: 0.1.
 */
typedef struct dctx_encode_options {
	/* sizeof(dctx_encode_options), so that the struct can grow. */
	size_t struct_size;
	/* Whose keys are sent. NULL: the global registry's. */
	const dctx_registry *registry;
	/* DCTX_ENCODE_ bits, or 0. */
	unsigned flags;
	/* Sent along, sorted in among the keys: entries that came with another
	 * message and that nobody here knows, or reserved ones. `reserved` and
	 * `offset` are not looked at. Those of the limits and the trace are
	 * left out unless DCTX_ENCODE_NO_LIMITS or _NO_TRACE is set: the
	 * context has them, and knows what is left by now. */
	const dctx_entry *entries;
	size_t entry_count;
	/* What the way there costs, at least 0: nanoseconds that the budget is
	 * cut by, down to 0. */
	int64_t hop_cost;
	/* To whom: what must not go there stays behind, as hop.h says, and is
	 * counted. */
	dctx_trust trust;
	/* Signs it, so its `sign` must be there; an older code among `entries`
	 * is left out. NULL: it is not signed. */
	const dctx_auth *auth;
} dctx_encode_options;

#define DCTX_ENCODE_NO_CHAIN 1u  /* the names of scopes stay behind */
#define DCTX_ENCODE_NO_LIMITS 2u /* deadline and cancel stay behind */
#define DCTX_ENCODE_NO_TRACE 4u  /* so do the trace and unknown members */

/*
 * The same with options.
 * Returns: as dctx_snapshot_encode; DCTX_INVALID also for options it does not
 * know; DCTX_CONFLICT when an entry to be sent along has a name that the
 * registry has, or that another has, with the name in dctx_last_error;
 * what signing returned.
 * Threads: any. Blocks: never. Allocates: with such entries, too. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_snapshot_encode_with(const dctx_snapshot *snapshot,
			  const dctx_encode_options *options, void *buf,
			  size_t size, size_t *out_len);
DCTX_API DCTX_MUST_USE dctx_status dctx_store_encode_with(
	const dctx_store *store, const dctx_encode_options *options, void *buf,
	size_t size, size_t *out_len);

/*
 * Reads a message and makes a snapshot of it, whole or not at all. Keys nobody
 * registered, keys without DCTX_WIRE and unknown reserved entries are skipped
 * and counted; of duplicates the last wins, but a bad one fails the message;
 * bytes after the message or inside a value are counted; names past
 * DCTX_LIMIT_CHAIN are dropped, oldest first. A value of another version than
 * its key's goes through the key's migrations. Limits are checked before memory
 * is taken. A trace loses a tracestate that dctx_trace_set would refuse; of
 * members those stay that a header would bring (baggage.h). Either is counted
 * as DCTX_EV_BAD_ENTRY.
 * The deadline is the budget that came, counted from when the message came; of
 * several the shortest; one past the clock's end is none. A cancel that came
 * has ended the snapshot already, with the sender's status, code and message.
 * Owns: the caller gets a reference. *out is written only on success.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_LIMIT; DCTX_UNSUPPORTED for
 * a message of a version other than 1 and 2, or a value of one from which no
 * migration leads to the key's: dctx_last_error has it as `version`;
 * DCTX_CORRUPT, also for a name with a NUL inside, since names are C strings
 * here; DCTX_CODEC when a codec or a migration refused; DCTX_NOMEM. Where and
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

/*
 * An entry that was skipped, or lost a part: its key is ours, or dctx's, and
 * its value is bad.
 * Since: 0.1.
 */
typedef struct dctx_bad_entry {
	dctx_entry entry;    /* views of the message */
	const dctx_key *key; /* whose value it was to be; NULL: reserved */
	dctx_status status;  /* what dctx_decode would have returned */
} dctx_bad_entry;

/*
 * How a message is read when not as dctx_decode does, which is what NULL,
 * where such options are asked for, and zeros mean.
 * Since: 0.1.
 */
typedef struct dctx_decode_options {
	/* sizeof(dctx_decode_options), so that the struct can grow. */
	size_t struct_size;
	/* Whose keys are read. NULL: the global registry's. */
	const dctx_registry *registry;
	/* DCTX_DECODE_STRICT and DCTX_DECODE_SKIP_BAD, or 0. */
	unsigned flags;
	/* Is told of each entry that was skipped as bad, in the message's
	 * order, when *out is written, and then of dctx.trace and dctx.baggage
	 * where they lost a part. NULL: they are only counted. */
	void (*report)(void *user, const dctx_bad_entry *bad);
	void *user;
	/* When the message came, by dctx_now, before it waited to be read: the
	 * budget has run since. 0, and a time to come: now. */
	int64_t received_at;
	/* From whom: what must not come from there is passed over, and counted.
	 */
	dctx_trust trust;
	/* One that is not signed so is refused with DCTX_UNTRUSTED; its
	 * `verify` must be there. NULL: it need not be signed. */
	const dctx_auth *auth;
} dctx_decode_options;

/* Bytes after a message or inside a value, a key that comes twice, known or
 * not, and a tracestate or members that would lose a part are DCTX_CORRUPT.
 * Since: 0.1. */
#define DCTX_DECODE_STRICT 1u

/*
 * A value that is bad, or of a version from which nothing leads to its key's,
 * fails no message: its key is absent, whatever an earlier entry says. Bad
 * lengths, keys and names still do, and so does a lack of memory.
 * Since: 0.1.
 */
#define DCTX_DECODE_SKIP_BAD 2u

/*
 * The same with options.
 * Returns: as dctx_decode; DCTX_INVALID also for options it does not know;
 * DCTX_UNTRUSTED.
 * Threads and all else: as dctx_decode, dctx_store_decode. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_decode_with(const void *data, size_t len,
		 const dctx_decode_options *options, dctx_snapshot **out);
DCTX_API DCTX_MUST_USE dctx_status
dctx_store_decode_with(dctx_store *store, const void *data, size_t len,
		       const dctx_decode_options *options, dctx_guard *out);

/* The same of the current store. Since: 0.1. */
#define dctx_encode(buf, size, out_len)                                       \
	dctx_store_encode(dctx_current(), (buf), (size), (out_len))
#define dctx_encode_alloc(out, out_len)                                       \
	dctx_store_encode_alloc(dctx_current(), (out), (out_len))
#define dctx_encode_with(options, buf, size, out_len)                         \
	dctx_store_encode_with(dctx_current(), (options), (buf), (size),      \
			       (out_len))
#define dctx_decode_here(data, len, out)                                      \
	dctx_store_decode(dctx_current(), (data), (len), (out))
#define dctx_decode_here_with(data, len, options, out)                        \
	dctx_store_decode_with(dctx_current(), (data), (len), (options), (out))

#ifdef __cplusplus
}
#endif
#endif
