/* SPDX-License-Identifier: MIT */
/*
 * message.h - a message that is being read, between the two passes.
 *
 * The first pass (message.c) looks at all of it and takes no memory; the second
 * (envelope_decode.c) makes what the first one found.
 */
#ifndef DCTXI_MESSAGE_H
#define DCTXI_MESSAGE_H

#include "data/snapshot.h"

#include <dctx/codec.h>
#include <dctx/diag.h>

/* The events of an accepted message stand one after the other in the enum. */
#define DCTXI_ODD_FIRST DCTX_EV_UNKNOWN_ENTRY
#define DCTXI_ODD_KINDS (DCTX_EV_CHAIN_TRIMMED - DCTXI_ODD_FIRST + 1)

struct dctxi_odd {
	uint64_t n;
	dctx_bytes what; /* of the first */
};

struct dctxi_message {
	dctx_reader in;
	struct dctxi_item *item; /* room for all entries; those of known keys */
	size_t n;
	size_t objects; /* of these, how many become objects */
	const unsigned char *chain; /* the first name to be kept */
	size_t names;               /* from there on */
	struct dctxi_odd odd[DCTXI_ODD_KINDS];
	uint32_t seen_words; /* of the next, that are in use */
	uint64_t seen[DCTXI_INDEX_END / 64];
};

/* Reads up to the number of entries, for which the caller then gives room in
 * `item`; and the rest, whole. A failure is noted; the statuses are those of
 * dctx_decode. Values with a length point into the message, and those of a
 * user's type are still its wire bytes. An item that a later one supersedes is
 * marked as removed. */
dctx_status dctxi_message_head(struct dctxi_message *m, size_t *out_count);
dctx_status dctxi_message_body(struct dctxi_message *m, size_t count);

/* Notes a refusal, with the place in the message, and returns its status. */
dctx_status dctxi_message_refuse(const struct dctxi_message *m,
				 const void *place, dctx_status status,
				 dctx_bytes what);

/* Remembers an event to be told when the message is taken; then tells all. */
void dctxi_message_odd(struct dctxi_message *m, dctx_event event,
		       dctx_bytes what);
void dctxi_message_tell(const struct dctxi_message *m);

/* A NUL-terminated name as bytes. */
static inline dctx_bytes dctxi_text(const char *name)
{
	return (dctx_bytes){name, __builtin_strlen(name)};
}

#endif
