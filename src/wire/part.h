/* SPDX-License-Identifier: MIT */
/*
 * part.h - the parts of a message, one after the other, values unlooked at.
 *
 *     u32 version; u64 number of entries; u64 number of names (after them)
 *     an entry:  u64 length, key; u32 version of its value; u64 length, value
 *     a name:    u64 length, text
 *
 * Numbers are little-endian, texts UTF-8, names without a NUL. Version 1 may
 * end after its entries.
 *
 * All that comes in is hostile until it was looked at: the version before all
 * else, then every count and length against the bytes that are left and
 * against the limits. A failure is noted, with its place.
 */
#ifndef DCTXI_PART_H
#define DCTXI_PART_H

#include "data/limit.h"
#include "wire/codec.h"

#include <dctx/message.h>

#define DCTXI_MESSAGE_V1 1u
#define DCTXI_MESSAGE_V2 2u

/* What stands before the first entry, and the least that an entry and a name
 * take. */
#define DCTXI_HEAD_BYTES 12u
#define DCTXI_ENTRY_BYTES 20u
#define DCTXI_NAME_BYTES 8u

/* A NUL-terminated name as bytes. */
static inline dctx_bytes dctxi_text(const char *name)
{
	return (dctx_bytes){name, __builtin_strlen(name)};
}

/* Copies a text that has no NUL after it, cut to fit between characters. */
void dctxi_part_what(char to[64], dctx_bytes what);

/* Notes a refusal of which a status and more are known, and returns it. */
dctx_status dctxi_part_refuse(const dctx_reader *in, const void *place,
			       dctx_bytes what, const dctx_error *error);

/* Notes why no entry can be read where the reader is, and leaves the status in
 * the reader. */
void dctxi_part_no_entry(dctx_reader *in);

/* Reads up to the first entry: the version and how many entries follow. */
dctx_status dctxi_part_head(dctx_reader *in, uint32_t *out_version,
			     size_t *out_entries);

/* Reads an entry. Whether its key is UTF-8 is still to be seen; `reserved` is
 * left. Returns: false when it failed, with in->status. */
static inline bool dctxi_part_entry(dctx_reader *in, dctx_entry *out)
{
	const unsigned char *at = in->at;
	size_t left = (size_t)(in->end - at);
	uint64_t len;

	if (left < DCTXI_ENTRY_BYTES)
		goto no_entry;
	len = dctxi_load64(at);
	if (len > left - DCTXI_ENTRY_BYTES ||
	    dctxi_past(DCTX_LIMIT_KEY_BYTES, (size_t)len))
		goto no_entry;
	out->offset = (size_t)(at - in->start);
	out->key = (dctx_bytes){at + 8, (size_t)len};
	at += 8 + len;
	left -= DCTXI_ENTRY_BYTES + (size_t)len;
	out->version = dctxi_load32(at);
	len = dctxi_load64(at + 4);
	if (len > left)
		goto no_entry;
	out->value = (dctx_bytes){at + 12, (size_t)len};
	in->at = at + 12 + len;
	return true;

no_entry:
	dctxi_part_no_entry(in);
	return false;
}

/* Reads once more an entry that was good, whatever the limits are by now.
 * Returns: the place behind it. */
const unsigned char *dctxi_part_again(const unsigned char *start,
				       const unsigned char *at,
				       dctx_entry *out);

/* The same of a length and as many bytes. */
const unsigned char *dctxi_part_bytes_again(const unsigned char *at,
					     dctx_bytes *out);

/* Notes a key that is no UTF-8; and tells whether one is reserved. */
dctx_status dctxi_part_check_key(const dctx_reader *in, dctx_bytes key);
bool dctxi_is_reserved(dctx_bytes key);

/* Reads how many names follow the entries: SIZE_MAX where version 1 ends. */
#define DCTXI_NO_CHAIN SIZE_MAX
dctx_status dctxi_part_chain(dctx_reader *in, uint32_t version,
			      size_t *out_names);

/* Reads a name. */
dctx_status dctxi_part_name(dctx_reader *in, dctx_bytes *out);

/* Refuses what follows a message where nothing may. */
dctx_status dctxi_part_end(const dctx_reader *in);

/* What is wrong with an entry that is to be sent; and write one, and a name,
 * when they are such as could be read. */
dctx_status dctxi_part_check_sent(const dctx_entry *entry);
dctx_status dctxi_part_put_entry(dctx_writer *w, const dctx_entry *entry);
dctx_status dctxi_part_put_name(dctx_writer *w, dctx_bytes name);

/* Ends a message of any length that fits the limits and tells its length, also
 * with DCTX_TOO_SMALL, which for a query (`size` 0) is not noted. */
dctx_status dctxi_part_finish(const dctx_writer *w, size_t size,
			       size_t *out_len);

#endif
