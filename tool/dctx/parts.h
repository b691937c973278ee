/* SPDX-License-Identifier: MIT */
/* parts.h - a message in the making. */
#ifndef PARTS_H
#define PARTS_H

#include "text.h"

#include <dctx/message.h>

/* A piece of `bytes`, which may move. */
struct piece {
	size_t at, len;
};

struct part {
	struct piece key, value;
	uint32_t version;
};

struct parts {
	uint32_t version; /* of the message */
	bool has_chain;
	struct part *entries;
	struct piece *names;
	size_t entry_count, entry_room;
	size_t name_count, name_room;
	struct text bytes;
};

/* Begins one of version 2 with no chain. */
struct parts parts_new(void);
void parts_free(struct parts *parts);

void parts_entry(struct parts *parts, dctx_bytes key, uint32_t version,
		 dctx_bytes value);
void parts_name(struct parts *parts, dctx_bytes name);

/* Adds an entry whose value is text of a kind, "u64" "42"; "hex" is the value
 * as it is sent. Returns NULL, or what is wrong. */
const char *parts_value(struct parts *parts, dctx_bytes key, uint32_t version,
			const char *kind, dctx_bytes text);

/* Add the reserved entries of what headers say, or of a span of time. */
const char *parts_trace(struct parts *parts, dctx_bytes traceparent,
			dctx_bytes tracestate);
const char *parts_baggage(struct parts *parts, dctx_bytes baggage);
const char *parts_deadline(struct parts *parts, const char *span);

/* Writes it, in place of what was there. */
dctx_status parts_write(const struct parts *parts, struct text *out);

#endif
