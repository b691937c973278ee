/* SPDX-License-Identifier: MIT */
/*
 * limits.h - what ends a context, as two entries of a message.
 *
 *     dctx.deadline   u64: how many nanoseconds were left; 0: it is over
 *     dctx.cancel     u8: 1 canceled, 2 for a deadline; i32: the canceller's
 *                     code; u64 length, text: the message, without a NUL
 *
 * Both of version 1, numbers little-endian. A budget crosses, not a point in
 * time: two machines' clocks have nothing in common, and a step of one moves no
 * budget. No clock is looked at here: who sends says what remains, who receives
 * says since when.
 */
#ifndef DCTXI_LIMITS_H
#define DCTXI_LIMITS_H

#include "data/cause.h"
#include "wire/codec.h"

#include <dctx/message.h>

#define DCTXI_LIMITS_VERSION 1u

struct dctxi_limits {
	int64_t remaining;  /* INT64_MAX: no deadline */
	dctx_status status; /* of the cancel that ended it; DCTX_OK: none */
	int32_t code;
	dctx_bytes message; /* perhaps longer than here is kept */
};

#define DCTXI_NO_LIMITS                                                        \
	((struct dctxi_limits){.remaining = INT64_MAX, .status = DCTX_OK})

/* The entries of limits, and their values. */
struct dctxi_limits_out {
	unsigned n; /* the first so many are in use */
	dctx_entry entry[2];
	unsigned char budget[8];
	unsigned char cancel[13 + DCTXI_MESSAGE_MAX];
};

/* Fills it in. */
void dctxi_limits_write(const struct dctxi_limits *limits,
			struct dctxi_limits_out *out);

/* Whether a name is one of the two. */
bool dctxi_limits_have(dctx_bytes key);

/* Reads the value of an entry with such a name into *limits, to what they had
 * before: of two budgets the shorter counts, of two cancels the first. How much
 * of the value it took goes to *out_used. The message is a view.
 * Returns: DCTX_OK; DCTX_UNSUPPORTED; DCTX_CORRUPT. */
dctx_status dctxi_limits_read(const dctx_entry *entry,
			      struct dctxi_limits *limits, size_t *out_used);

#endif
