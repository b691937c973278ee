/* SPDX-License-Identifier: MIT */
/* The current context over a border: encode what a store shows, decode into
 * it. */
#include "data/fail.h"
#include "flow/chain.h"
#include "plat/heap.h"
#include "wire/envelope.h"

#include <dctx/envelope.h>

/* More names than this, when the limit allows them, take memory. */
#define NAMES_ON_STACK 64

/* A type's encode may use the very store that is being read. */
static dctx_status encode_captured(dctx_store *store, void *buf, size_t size,
				   size_t *out_len)
{
	dctx_snapshot *snapshot = NULL;
	dctx_status status = dctx_store_capture(store, &snapshot);
	struct dctxi_keep *keep;

	if (status != DCTX_OK)
		return status;
	if (dctxi_snapshot_keep(snapshot, &keep) != DCTX_OK) {
		dctx_snapshot_unref(snapshot);
		return dctxi_fail(DCTX_NOMEM, "encode");
	}
	status = dctx_snapshot_encode(snapshot, buf, size, out_len);
	dctxi_snapshot_let_go(keep);
	return status;
}

dctx_status dctx_store_encode(const dctx_store *store, void *buf, size_t size,
			      size_t *out_len)
{
	const char *on_stack[NAMES_ON_STACK], **names = on_stack;
	dctx_status status;
	size_t n, bytes;

	if (store == NULL || out_len == NULL || (buf == NULL && size > 0))
		return dctxi_fail(DCTX_INVALID, "encode");
	if (dctxi_envelope_calls_user(store->dir))
		return encode_captured((dctx_store *)(uintptr_t)store, buf,
				       size, out_len);
	n = dctx_store_chain(store, names, NAMES_ON_STACK);
	bytes = n * sizeof *names;
	if (n > NAMES_ON_STACK) {
		names = dctxi_alloc(bytes);
		if (names == NULL)
			return dctxi_fail(DCTX_NOMEM, "encode");
		dctx_store_chain(store, names, n);
	}
	status = dctxi_envelope_encode(store->dir, names, n, buf, size,
				       out_len);
	if (names != on_stack)
		dctxi_free(names, bytes);
	return status;
}

dctx_status dctx_store_encode_alloc(const dctx_store *store, void **out,
				    size_t *out_len)
{
	dctx_status status;
	size_t len = 0;
	void *buf = NULL;

	if (out == NULL || out_len == NULL)
		return dctxi_fail(DCTX_INVALID, "encode");
	status = dctx_store_encode(store, NULL, 0, &len);
	/* Again when a codec wrote more than the last time. */
	while (status == DCTX_TOO_SMALL) {
		dctxi_raw_free(buf);
		buf = dctxi_raw_alloc(len);
		if (buf == NULL)
			return dctxi_fail(DCTX_NOMEM, "encode");
		status = dctx_store_encode(store, buf, len, &len);
	}
	if (status != DCTX_OK) {
		dctxi_raw_free(buf);
		return status;
	}
	*out = buf;
	*out_len = len;
	return DCTX_OK;
}

dctx_status dctx_store_decode(dctx_store *store, const void *data, size_t len,
			      dctx_guard *out)
{
	dctx_snapshot *snapshot = NULL;
	dctx_status status;

	if (store == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "decode");
	status = dctx_decode(data, len, &snapshot);
	if (status == DCTX_OK)
		status = dctx_store_attach(store, snapshot, out);
	dctx_snapshot_unref(snapshot);
	return status;
}
