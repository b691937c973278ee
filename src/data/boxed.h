/* SPDX-License-Identifier: MIT */
/* A dctx_boxed is a counted object under its public name. */
#ifndef DCTXI_BOXED_H
#define DCTXI_BOXED_H

#include "data/box.h"

#include <dctx/boxed.h>

static inline struct dctxi_object *dctxi_boxed_object(const dctx_boxed *boxed)
{
	return (struct dctxi_object *)(uintptr_t)boxed;
}

static inline dctx_boxed *dctxi_object_boxed(struct dctxi_object *object)
{
	return (dctx_boxed *)(void *)object;
}

/* A reference to what a box holds for a key: the object itself, or a copy.
 * *out is NULL for NULL. Returns: DCTX_OK; DCTX_NOMEM. */
dctx_status dctxi_box_share(const dctx_key *key, const struct dctx_box *box,
			    dctx_boxed **out);

#endif
