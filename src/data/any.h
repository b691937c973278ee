/* SPDX-License-Identifier: MIT */
/* Values with their kind: from boxes and objects, and into them. */
#ifndef DCTXI_ANY_H
#define DCTXI_ANY_H

#include "data/box.h"

#include <dctx/any.h>

/* What a box holds for a key; NULL: no value. Borrowed from the box. */
dctx_any dctxi_any_of_box(const dctx_key *key, const struct dctx_box *box);

/* What an object holds. Borrowed from it. */
dctx_any dctxi_any_of_object(const struct dctxi_object *object);

/* Whether a value is fit to be kept.
 * Returns: DCTX_OK; DCTX_INVALID. */
dctx_status dctxi_any_check(const dctx_any *value);

/* Makes an object that holds a copy of a value of any kind.
 * Returns: DCTX_OK; DCTX_INVALID; DCTX_NOMEM; what the type's copy said. */
dctx_status dctxi_any_copy(const dctx_any *value, struct dctxi_object **out);

/* The bits that a scalar key of a kind has for a number.
 * Returns: DCTX_OK; DCTX_WRONG_TYPE when it is none; DCTX_INVALID when it is
 * out of the kind's range, or the kind no scalar's. */
dctx_status dctxi_any_bits(const dctx_any *value, uint32_t kind, uint64_t *out);

/* The key of a name in the global registry.
 * Returns: DCTX_OK; DCTX_INVALID for NULL; DCTX_UNKNOWN_KEY. */
dctx_status dctxi_key_named(const char *name, dctx_key **out);

static inline bool dctxi_is_text(uint32_t kind)
{
	return kind == DCTX_KIND_STR || kind == DCTX_KIND_BYTES;
}

#endif
