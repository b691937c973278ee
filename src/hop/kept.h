/* SPDX-License-Identifier: MIT */
/*
 * kept.h - entries of an environment's message that no key of this process has:
 * what children, who may know them, are to get. They lie in one slot of the
 * library's own, one behind the other as they came, so that they are scoped and
 * captured as any value is. No message but an environment's has them.
 */
#ifndef DCTXI_KEPT_H
#define DCTXI_KEPT_H

#include <dctx/message.h>
#include <dctx/store.h>

/* Keeps some, in place of those there are. Returns: as a set. */
dctx_status dctxi_kept_put(dctx_store *store, dctx_bytes entries);

/* What a store shows; empty for none. */
dctx_bytes dctxi_kept_in(const dctx_store *store);

/* Takes the first off; false when there is none. */
bool dctxi_kept_next(dctx_bytes *entries, dctx_entry *out);

#endif
