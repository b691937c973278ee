/* SPDX-License-Identifier: MIT */
/* A captured context over a border: as bytes, and a snapshot of bytes. */
#include "data/fail.h"
#include "data/snapshot.h"
#include "hop/limits.h"
#include "wire/envelope.h"

dctx_status dctx_snapshot_encode_with(const dctx_snapshot *snapshot,
				      const dctx_encode_options *options,
				      void *buf, size_t size, size_t *out_len)
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
						      options, &limits));
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

dctx_status dctx_snapshot_encode(const dctx_snapshot *snapshot, void *buf,
				 size_t size, size_t *out_len)
{
	return dctx_snapshot_encode_with(snapshot, NULL, buf, size, out_len);
}

dctx_status dctxi_hop_decode(struct dctxi_incoming *m, const void *data,
			     size_t len, const dctx_decode_options *options,
			     dctx_snapshot **out)
{
	dctx_status status = dctxi_incoming_take(m, data, len, options);
	dctx_snapshot *snapshot = NULL;
	int64_t received = 0;

	if (status != DCTX_OK)
		return status;
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
