/* SPDX-License-Identifier: MIT */
/*
 * incoming.h - a message that is being decoded, between the two passes.
 *
 * The first pass (incoming.c) looks at all of it and takes no memory; the
 * second (envelope_decode.c) makes what the first one found.
 */
#ifndef DCTXI_INCOMING_H
#define DCTXI_INCOMING_H

#include "data/registry.h"
#include "wire/envelope.h"
#include "wire/part.h"
#include "wire/scratch.h"

/* What is odd but accepted: events that stand one after the other. */
#define DCTXI_ODD_FIRST DCTX_EV_UNKNOWN_ENTRY
#define DCTXI_ODD_KINDS (DCTX_EV_BAD_ENTRY - DCTXI_ODD_FIRST + 1)

struct dctxi_odd {
	uint64_t n;
	dctx_bytes what; /* of the first */
};

/* An item is as snapshot.h has it, but for these states:
 * - raw: its value is still the wire's, to be made by a codec or migrations;
 * - superseded (`skip`): a later entry has its key, but it must be good;
 * - bad: it was skipped; its entry stands at value.p, its status is `len`; of
 *   a limit the index is 0. */
struct dctxi_incoming {
	dctx_reader in;
	const dctx_decode_options *options;
	struct dctxi_gate *gate; /* NULL: all that have the policy come in */
	struct dctxi_scratch *scratch;
	struct dctxi_item *item; /* room for all entries; those of known keys */
	size_t n;
	size_t unmade; /* of these, how many the second pass must look at */
	const unsigned char *chain; /* the first name to be kept */
	size_t names;               /* from there on */
	uint8_t limited; /* by which of them: 0: the next is not in use */
	struct dctxi_limits limits;
	/* The entries of a trace and of members that lost a part, or NULL. */
	const unsigned char *lost[2];
	bool is_odd; /* and only then the next are in use */
	struct dctxi_odd odd[DCTXI_ODD_KINDS];
	uint32_t seen_words; /* of the next, that are in use */
	uint64_t seen[DCTXI_INDEX_END / 64];
	struct dctxi_item few[DCTXI_FEW];
};

static inline bool dctxi_item_is_raw(const struct dctxi_item *item)
{
	return item->counted;
}

static inline bool dctxi_item_is_bad(const struct dctxi_item *item)
{
	return item->skip && !item->pointer && item->len != DCTX_OK;
}

/* Decodes a message, as dctx_decode_with, in two steps: all is looked at, and
 * the limits are known; then the snapshot is made, without them. On success the
 * caller takes *out to where it is not lost and then ends the message: whoever
 * listens is told, and may jump out of that. */
dctx_status dctxi_incoming_take(struct dctxi_incoming *m, const void *data,
				size_t len, const dctx_decode_options *options,
				struct dctxi_gate *gate);
dctx_status dctxi_incoming_make(struct dctxi_incoming *m, dctx_snapshot **out);
void dctxi_incoming_end(struct dctxi_incoming *m);

/* Begins on a message. */
void dctxi_incoming_begin(struct dctxi_incoming *m, const void *data,
			  size_t len, const dctx_decode_options *options);

/* The first pass, behind the head: reads all the rest, for whose entries there
 * is room in `item`. A failure is noted; the statuses are those of dctx_decode.
 * Values with a length point into the message. */
dctx_status dctxi_incoming_body(struct dctxi_incoming *m, uint32_t version,
				size_t entries);

/* The second pass, for one raw item: makes its value by the user's code, when
 * m->scratch is there. */
dctx_status dctxi_value_make(struct dctxi_incoming *m, struct dctxi_item *item);

/* What is wrong with an item's value; the entry begins at `entry`. It is then
 * skipped as bad, or the message refused with the error, which is noted. */
dctx_status dctxi_incoming_bad(struct dctxi_incoming *m,
			       struct dctxi_item *item, const void *entry,
			       const void *place, const dctx_error *error);

/* Bytes behind a good value: DCTX_OK, or where they are not accepted
 * DCTX_CORRUPT. */
dctx_status dctxi_incoming_tail(struct dctxi_incoming *m, dctx_bytes what);

/* Remembers an event to be told when the message is taken; tells how often;
 * then tells all. */
void dctxi_incoming_odd(struct dctxi_incoming *m, dctx_event event,
			dctx_bytes what);
uint64_t dctxi_incoming_odds(const struct dctxi_incoming *m, dctx_event event);
void dctxi_incoming_tell(const struct dctxi_incoming *m);

#endif
