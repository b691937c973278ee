/* SPDX-License-Identifier: MIT */
/*
 * dctx/message.h - the entries and names of a message, whoever knows the keys.
 *
 *     status = dctx_message_open(data, len, &message);
 *     while (status == DCTX_OK && dctx_message_entry(&message, &entry))
 *             show(entry.key, entry.version, entry.value);
 *
 * For proxies, tools and tests: to make a context of a message and back is what
 * dctx/envelope.h is for. The Rust crate `dcontext` writes version 2; its older
 * releases write version 1, which ends after the entries.
 */
#ifndef DCTX_MESSAGE_H
#define DCTX_MESSAGE_H

#include <dctx/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One entry: views of the message's bytes.
 * Since: 0.1.
 */
typedef struct dctx_entry {
	dctx_bytes key;   /* UTF-8 */
	dctx_bytes value; /* as its codec wrote it */
	uint32_t version; /* of the value's form */
	bool reserved;    /* the key begins with "dctx." */
	size_t offset;    /* where in the message the entry begins */
} dctx_entry;

/*
 * A message that is being walked, on the caller's stack. A copy of it walks on
 * by itself. The fields from `start` on are the library's.
 * Since: 0.1.
 */
typedef struct dctx_message {
	uint32_t version; /* 1 or 2 */
	bool has_chain;   /* false: version 1, ending after its entries */
	size_t entries;   /* how many entries */
	size_t names;     /* how many names of scopes, all that were sent */
	size_t len;       /* bytes of the message */
	size_t trailing;  /* bytes after it */
	const unsigned char *start;
	const unsigned char *entry;
	const unsigned char *name;
	size_t entries_read;
	size_t names_read;
} dctx_message;

/*
 * Checks all of a message but its values, and begins to walk it. Bytes after a
 * message of version 2 are no error; `trailing` counts them. After the entries
 * of version 1 there is nothing, or one chain and nothing more.
 * Keeps: `data`, which must stay as it is as long as *out is used.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL; DCTX_LIMIT past
 * DCTX_LIMIT_MESSAGE_BYTES, _ENTRIES, _KEY_BYTES or _NAME_BYTES;
 * DCTX_UNSUPPORTED for a version other than 1 and 2; DCTX_CORRUPT, also for a
 * name with a NUL inside. Where and what is in dctx_last_error. *out is written
 * only on success.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status dctx_message_open(const void *data,
						     size_t len,
						     dctx_message *out);

/*
 * Gives the next entry, in the message's order. A key may come twice.
 * Returns: whether there was one; *out is written only then.
 * Threads: the message's owner. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_message_entry(dctx_message *message, dctx_entry *out);

/*
 * Gives the next name of the chain, oldest first.
 * Returns: whether there was one; *out is written only then.
 * Threads: the message's owner. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API bool dctx_message_name(dctx_message *message, dctx_bytes *out);

/*
 * What dctx_message_write writes.
 * Since: 0.1.
 */
typedef struct dctx_message_parts {
	/* sizeof(dctx_message_parts), so that the struct can grow. */
	size_t struct_size;
	/* Of the message: 1 or 2. */
	uint32_t version;
	/* Written in this order; `reserved` and `offset` are not looked at. */
	const dctx_entry *entries;
	size_t entry_count;
	/* Oldest first. NULL: none, and version 1 ends after its entries. */
	const dctx_bytes *names;
	size_t name_count;
} dctx_message_parts;

/*
 * Writes a message as given to `buf`, of `size` bytes (NULL when 0: the size
 * query, which is no failure), and its length to *out_len: on success, and with
 * DCTX_TOO_SMALL, where it is the size that would do; `buf` is partly written.
 * What it writes, dctx_message_open takes.
 * Returns: DCTX_OK; DCTX_INVALID for a NULL, a struct_size too small, or a
 * version other than 1 and 2; DCTX_TOO_SMALL; DCTX_LIMIT and DCTX_CORRUPT as
 * dctx_message_open. What is in dctx_last_error.
 * Threads: any. Blocks, allocates: never. Since: 0.1.
 */
DCTX_API DCTX_MUST_USE dctx_status
dctx_message_write(const dctx_message_parts *parts, void *buf, size_t size,
		   size_t *out_len);

#ifdef __cplusplus
}
#endif
#endif
