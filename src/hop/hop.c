/* SPDX-License-Identifier: MIT */
/* The current context over a border: encode what a store shows, decode into
 * it. */
#include "data/fail.h"
#include "flow/chain.h"
#include "hop/envelope.h"
#include "hop/limits.h"
#include "plat/heap.h"

#include <dctx/envelope.h>

/* More names than this, when the limit allows them, take memory. */
#define NAMES_ON_STACK 64

/* The user's code may use the very store that is being read. The capture hangs
 * on the message's scratch, so that a jump out of that code loses nothing. */
static dctx_status encode_captured(dctx_store *store,
				   const dctx_encode_options *options,
				   struct dctxi_gate *gate, void *buf,
				   size_t size, size_t *out_len)
{
	struct dctxi_scratch *scratch = NULL;
	dctx_status status;

	if (!dctxi_scratch_begin(&scratch))
		return dctxi_fail(DCTX_NOMEM, "encode");
	status = dctx_store_capture(store, &scratch->snapshot);
	if (status == DCTX_OK)
		status = dctxi_snapshot_encode(scratch->snapshot, options, gate,
					       buf, size, out_len);
	dctxi_scratch_end(scratch);
	return status;
}

/* The names of a store; NULL without memory for them. */
static const char **names_of(const dctx_store *store, const char **on_stack,
			     struct dctxi_outgoing *o, size_t *out_n)
{
	size_t n = dctx_store_chain(store, on_stack, NAMES_ON_STACK);
	const char **names = on_stack;

	*out_n = n;
	if (n <= NAMES_ON_STACK)
		return names;
	names = dctxi_scratch_room(&o->scratch, n * sizeof *names);
	if (names != NULL)
		dctx_store_chain(store, names, n);
	return names;
}

dctx_status dctxi_store_encode(const dctx_store *store,
			       const dctx_encode_options *options,
			       struct dctxi_gate *gate, void *buf, size_t size,
			       size_t *out_len)
{
	const char *on_stack[NAMES_ON_STACK], **names;
	struct dctxi_limits limits;
	struct dctxi_outgoing o;
	dctx_status status;
	size_t n;

	if (store == NULL || out_len == NULL || (buf == NULL && size > 0))
		return dctxi_fail(DCTX_INVALID, "encode");
	status = dctxi_outgoing_begin(&o, store->dir, options,
				      dctxi_limits_of(store->cell,
						      store->deadline, options,
						      &limits),
				      gate);
	if (status != DCTX_OK)
		return status;
	if (o.calls_user) {
		dctxi_outgoing_end(&o);
		return encode_captured((dctx_store *)(uintptr_t)store, options,
				       gate, buf, size, out_len);
	}
	names = names_of(store, on_stack, &o, &n);
	if (names == NULL) {
		dctxi_outgoing_end(&o);
		return dctxi_fail(DCTX_NOMEM, "encode");
	}
	return dctxi_outgoing_write(&o, names, n, buf, size, out_len);
}

dctx_status dctx_store_encode_with(const dctx_store *store,
				   const dctx_encode_options *options,
				   void *buf, size_t size, size_t *out_len)
{
	struct dctxi_outward outward;

	options = dctxi_outward_begin(&outward, options);
	return dctxi_outward_end(
		&outward, dctxi_store_encode(store, options,
					     outward.passage.gate, buf, size,
					     out_len));
}

dctx_status dctx_store_encode(const dctx_store *store, void *buf, size_t size,
			      size_t *out_len)
{
	return dctx_store_encode_with(store, NULL, buf, size, out_len);
}

/* Again when a codec wrote more than the last time. */
static dctx_status encode_alloc(const dctx_store *store, void **buf,
				size_t *out_len)
{
	dctx_status status = dctx_store_encode(store, NULL, 0, out_len);

	while (status == DCTX_TOO_SMALL) {
		dctxi_raw_free(*buf);
		*buf = dctxi_raw_alloc(*out_len);
		if (*buf == NULL)
			return dctxi_fail(DCTX_NOMEM, "encode");
		status = dctx_store_encode(store, *buf, *out_len, out_len);
	}
	return status;
}

dctx_status dctx_store_encode_alloc(const dctx_store *store, void **out,
				    size_t *out_len)
{
	struct dctxi_scratch *scratch = NULL;
	dctx_status status;
	size_t len = 0;

	if (out == NULL || out_len == NULL)
		return dctxi_fail(DCTX_INVALID, "encode");
	if (!dctxi_scratch_begin(&scratch))
		return dctxi_fail(DCTX_NOMEM, "encode");
	status = encode_alloc(store, &scratch->raw, &len);
	if (status == DCTX_OK) {
		*out = scratch->raw;
		*out_len = len;
		scratch->raw = NULL;
	}
	dctxi_scratch_end(scratch);
	return status;
}

dctx_status dctx_store_decode_with(dctx_store *store, const void *data,
				   size_t len,
				   const dctx_decode_options *options,
				   dctx_guard *out)
{
	dctx_snapshot *snapshot = NULL;
	struct dctxi_incoming m;
	dctx_status status;

	if (store == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "decode");
	status = dctxi_hop_decode(&m, data, len, options, &snapshot);
	if (status != DCTX_OK)
		return status;
	status = dctx_store_attach(store, snapshot, out);
	dctx_snapshot_unref(snapshot);
	if (status == DCTX_OK)
		dctxi_incoming_end(&m);
	else
		dctxi_scratch_end(m.scratch);
	return status;
}

dctx_status dctx_store_decode(dctx_store *store, const void *data, size_t len,
			      dctx_guard *out)
{
	return dctx_store_decode_with(store, data, len, NULL, out);
}
