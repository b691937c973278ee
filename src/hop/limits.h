/* SPDX-License-Identifier: MIT */
/* What ends a context, before it crosses a border and after. */
#ifndef DCTXI_HOP_LIMITS_H
#define DCTXI_HOP_LIMITS_H

#include "wire/incoming.h"

#include <dctx/envelope.h>

/* What is to be told of a context with this cell and deadline: in *out, or
 * nothing, NULL. The texts are the context's. */
const struct dctxi_limits *dctxi_limits_now(const struct dctx_cell *cell,
					    int64_t deadline,
					    const dctx_encode_options *options,
					    struct dctxi_limits *out);

/* The same, without a call for a context that nothing ends. */
static inline const struct dctxi_limits *
dctxi_limits_of(const struct dctx_cell *cell, int64_t deadline,
		const dctx_encode_options *options, struct dctxi_limits *out)
{
	if (cell == NULL && deadline == INT64_MAX)
		return NULL;
	return dctxi_limits_now(cell, deadline, options, out);
}

/* When a message came, by the clock of deadlines; `said` is the caller's word:
 * 0 for now, and no time to come. */
int64_t dctxi_received_at(int64_t said);

/* Puts a snapshot that nobody else has under the limits. It may become another
 * one. On failure it is as it was: DCTX_NOMEM. */
dctx_status dctxi_limits_apply(const struct dctxi_limits *limits,
			       int64_t received, dctx_snapshot **snapshot);

#endif
