/* SPDX-License-Identifier: MIT */
/* A captured context over a border: as bytes, and a snapshot of bytes. */
#include "data/fail.h"
#include "data/snapshot.h"
#include "hop/border.h"
#include "hop/envelope.h"
#include "hop/limits.h"

/* Options that are not sound are refused soon. */
const dctx_encode_options *
dctxi_outward_begin(struct dctxi_outward *outward,
		    const dctx_encode_options *options)
{
	dctx_trust trust = DCTX_INTERNAL;

	if (options != NULL && options->struct_size >= sizeof *options &&
	    (unsigned)options->trust <= DCTX_PUBLIC)
		trust = options->trust;
	dctxi_passage_begin(&outward->passage, trust, false);
	if (outward->passage.gate == NULL)
		return options;
	outward->options = *options;
	if (!dctxi_border_open(&outward->passage.hop, DCTX_CROSS_CHAIN, false))
		outward->options.flags |= DCTX_ENCODE_NO_CHAIN;
	if (!dctxi_border_open(&outward->passage.hop, DCTX_CROSS_LIMITS, false))
		outward->options.flags |= DCTX_ENCODE_NO_LIMITS;
	return &outward->options;
}

dctx_status dctxi_outward_end(const struct dctxi_outward *outward,
			      dctx_status status)
{
	const struct dctxi_gate *gate = outward->passage.gate;

	if (status == DCTX_OK && gate != NULL && gate->withheld > 0)
		dctxi_events(DCTX_EV_WITHHELD, gate->withheld, DCTX_OK,
			     "message");
	return status;
}

dctx_status dctxi_snapshot_encode(const dctx_snapshot *snapshot,
				  const dctx_encode_options *options,
				  struct dctxi_gate *gate, void *buf,
				  size_t size, size_t *out_len)
{
	const char *few[DCTXI_FEW], **names = few;
	struct dctxi_limits limits;
	struct dctxi_outgoing o;
	dctx_status status;
	size_t n;

	if (snapshot == NULL || (buf == NULL && size > 0) || out_len == NULL)
		return dctxi_fail(DCTX_INVALID, "snapshot");
	status = dctxi_outgoing_begin(&o, snapshot->dir, options,
				      dctxi_limits_of(snapshot->cell,
						      snapshot->deadline,
						      options, &limits),
				      gate);
	if (status != DCTX_OK)
		return status;
	n = dctxi_names_total(snapshot->names);
	if (n > DCTXI_FEW)
		names = dctxi_scratch_room(&o.scratch, n * sizeof *names);
	if (names == NULL) {
		dctxi_outgoing_end(&o);
		return dctxi_fail(DCTX_NOMEM, "chain");
	}
	dctxi_names_list(snapshot->names, names, n);
	return dctxi_outgoing_write(&o, names, n, buf, size, out_len);
}

dctx_status dctx_snapshot_encode_with(const dctx_snapshot *snapshot,
				      const dctx_encode_options *options,
				      void *buf, size_t size, size_t *out_len)
{
	struct dctxi_outward outward;

	options = dctxi_outward_begin(&outward, options);
	return dctxi_outward_end(
		&outward, dctxi_snapshot_encode(snapshot, options,
						outward.passage.gate, buf, size,
						out_len));
}

dctx_status dctx_snapshot_encode(const dctx_snapshot *snapshot, void *buf,
				 size_t size, size_t *out_len)
{
	return dctx_snapshot_encode_with(snapshot, NULL, buf, size, out_len);
}

dctx_status dctxi_hop_make(struct dctxi_incoming *m, dctx_snapshot **out)
{
	dctx_snapshot *snapshot = NULL;
	int64_t received = 0;
	dctx_status status;

	/* Before the user's code gets to run. */
	if (m->limited)
		received = dctxi_received_at(m->options->received_at);
	status = dctxi_incoming_make(m, &snapshot);
	if (status == DCTX_OK && m->limited) {
		status = dctxi_limits_apply(&m->limits, received, &snapshot);
		if (status != DCTX_OK) {
			dctx_snapshot_unref(snapshot);
			dctxi_scratch_end(m->scratch);
		}
	}
	if (status == DCTX_OK)
		*out = snapshot;
	return status;
}

dctx_status dctxi_hop_decode(struct dctxi_incoming *m, const void *data,
			     size_t len, const dctx_decode_options *options,
			     dctx_snapshot **out)
{
	struct dctxi_passage passage;
	dctx_trust trust = DCTX_INTERNAL;
	dctx_status status;

	/* Options that are not sound are refused soon. */
	if (options != NULL && options->struct_size >= sizeof *options &&
	    (unsigned)options->trust <= DCTX_PUBLIC)
		trust = options->trust;
	dctxi_passage_begin(&passage, trust, true);
	status = dctxi_incoming_take(m, data, len, options, passage.gate);
	if (status != DCTX_OK)
		return status;
	m->gate = NULL;
	if (!dctxi_border_open(&passage.hop, DCTX_CROSS_CHAIN, true))
		m->names = 0;
	if (!dctxi_border_open(&passage.hop, DCTX_CROSS_LIMITS, true))
		m->limited = 0;
	return dctxi_hop_make(m, out);
}

dctx_status dctx_decode_with(const void *data, size_t len,
			     const dctx_decode_options *options,
			     dctx_snapshot **out)
{
	struct dctxi_incoming m;
	dctx_status status;

	if (out == NULL)
		return dctxi_fail(DCTX_INVALID, "message");
	status = dctxi_hop_decode(&m, data, len, options, out);
	if (status == DCTX_OK)
		dctxi_incoming_end(&m);
	return status;
}

dctx_status dctx_decode(const void *data, size_t len, dctx_snapshot **out)
{
	return dctx_decode_with(data, len, NULL, out);
}
