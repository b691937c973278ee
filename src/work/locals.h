/* SPDX-License-Identifier: MIT */
/* What accessors captured, for those who set it around work. */
#ifndef DCTXI_LOCALS_H
#define DCTXI_LOCALS_H

#include "work/accessors.h"

#include <dctx/store.h>

/* What one accessor captured. */
struct dctxi_captured {
	struct dctxi_accessor *accessor; /* a use of it */
	void *value;			 /* NULL: none */
	dctx_call call;			 /* of one by wrap that passed */
	dctx_locals *of;
};

struct dctx_locals {
	uint32_t refs;
	uint32_t n;
	uint32_t room; /* items that the memory is for */
	/* Of work's: the call that all of it is for, what `call.arg` may point
	 * at, and how it is made. */
	dctx_call call;
	int (*thrd)(void *);
	void *arg;
	dctx_carry carry;
	bool fork;
	struct dctxi_captured item[];
};

/* What a capture is made by. `only` are those that pass the filter: others are
 * not part of it; else they are, without a value. */
struct dctxi_capture {
	dctx_accessors *list;
	const dctx_accessor_filter *filter;
	bool only;
	dctx_call call; /* run NULL: for nothing, so no wraps */
};

/* Captures.
 * Returns: as dctx_locals_capture; *out is never NULL on success. */
dctx_status dctxi_locals_capture(const struct dctxi_capture *by,
				 dctx_locals **out);

static inline bool dctxi_passes(const dctx_accessor_filter *filter,
				const struct dctxi_accessor *accessor)
{
	return filter == NULL || filter->passes == NULL ||
	       filter->passes(filter->user, accessor->is.name);
}

/* Notes the failure of an accessor, with the system's error that it noted. */
dctx_status dctxi_accessor_failed(dctx_status status,
				  const struct dctxi_accessor *accessor);

/* What is inside of a wrap: the rest of the items, and the call. */
void *dctxi_locals_inside(void *captured);

#endif
