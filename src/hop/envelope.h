/* SPDX-License-Identifier: MIT */
/* Encode and decode, where not all of a context may cross. */
#ifndef DCTXI_HOP_ENVELOPE_H
#define DCTXI_HOP_ENVELOPE_H

#include "hop/gate.h"
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

/* What the trust of options does to an encode: the options that it shall have,
 * and at its end the counting of what was kept back. */
struct dctxi_outward {
	struct dctxi_passage passage;
	dctx_encode_options options;
};

const dctx_encode_options *
dctxi_outward_begin(struct dctxi_outward *outward,
		    const dctx_encode_options *options);
dctx_status dctxi_outward_end(const struct dctxi_outward *outward,
			      dctx_status status);

/* dctx_decode_with, but for the end of the message: takes it, and makes a
 * snapshot of what was taken. In between the caller may take away names and
 * limits. */
dctx_status dctxi_hop_decode(struct dctxi_incoming *m, const void *data,
			     size_t len, const dctx_decode_options *options,
			     dctx_snapshot **out);
dctx_status dctxi_hop_make(struct dctxi_incoming *m, dctx_snapshot **out);

#endif
