/* SPDX-License-Identifier: MIT */
/* A key's value that came as text, into a store. */
#ifndef DCTXI_HOP_VALUED_H
#define DCTXI_HOP_VALUED_H

#include "wire/found.h"
#include "wire/literal.h"

#include <dctx/store.h>

/* A text for a key, and where it stood. */
struct dctxi_valued {
	dctx_key *key;
	dctx_bytes text;
	void *room; /* as dctxi_literal_read has it */
	size_t size;
	const struct dctxi_sink *sink;
	size_t offset;
};

/*
 * Sets the key in the innermost scope to what the text says. A text that is
 * none of the key's is told (VALUE_TEXT) and sets nothing.
 * Returns: DCTX_OK also for that; DCTX_NOMEM; as dctx_store_set_any.
 */
dctx_status dctxi_valued_set(dctx_store *store,
			     const struct dctxi_valued *valued);

#endif
