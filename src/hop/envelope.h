/* SPDX-License-Identifier: MIT */
/* Encode and decode, where not all of a context may cross. */
#ifndef DCTXI_HOP_ENVELOPE_H
#define DCTXI_HOP_ENVELOPE_H

#include "wire/incoming.h"

/* dctx_snapshot_encode_with, dctx_store_encode_with, through a gate; NULL is
 * none. After a success gate->withheld is of that message. */
dctx_status dctxi_snapshot_encode(const dctx_snapshot *snapshot,
				  const dctx_encode_options *options,
				  struct dctxi_gate *gate, void *buf,
				  size_t size, size_t *out_len);
dctx_status dctxi_store_encode(const dctx_store *store,
			       const dctx_encode_options *options,
			       struct dctxi_gate *gate, void *buf, size_t size,
			       size_t *out_len);

/* dctx_decode_with, but for the end of the message: takes it, and makes a
 * snapshot of what was taken. In between the caller may take away names and
 * limits. */
dctx_status dctxi_hop_decode(struct dctxi_incoming *m, const void *data,
			     size_t len, const dctx_decode_options *options,
			     dctx_snapshot **out);
dctx_status dctxi_hop_make(struct dctxi_incoming *m, dctx_snapshot **out);

#endif
