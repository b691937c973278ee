/* SPDX-License-Identifier: MIT */
/* A share over a process border, in an answer's envelope. */
#include "data/fail.h"
#include "data/snapshot.h"
#include "work/gather.h"

dctx_status dctx_store_gather_encode(dctx_store *store,
				     const dctx_encode_options *options,
				     void *buf, size_t size, size_t *out_len)
{
	struct dctxi_scratch *scratch = NULL;
	dctx_snapshot *gathered;
	dctx_status status = dctx_store_gather_take(store, &gathered);

	if (status != DCTX_OK)
		return status;
	if (gathered != NULL && !dctxi_scratch_begin(&scratch)) {
		dctx_snapshot_unref(gathered);
		return dctxi_fail(DCTX_NOMEM, "gather");
	}
	if (gathered != NULL)
		scratch->snapshot = gathered;
	status = dctx_snapshot_encode_with(
		gathered != NULL ? gathered : &dctxi_snapshot_none, options,
		buf, size, out_len);
	dctxi_scratch_end(scratch);
	return status;
}

/* The message is read before anything is joined; it hangs on a scratch then,
 * since a merge may jump away. */
dctx_status dctx_store_gather_decode(dctx_store *store, const void *data,
				     size_t len,
				     const dctx_decode_options *options)
{
	struct dctxi_scratch *scratch = NULL;
	dctx_snapshot *gathered = NULL;
	dctx_status status;

	if (store == NULL)
		return dctxi_fail(DCTX_INVALID, "gather");
	status = dctx_decode_with(data, len, options, &gathered);
	if (status != DCTX_OK)
		return status;
	if (!dctxi_scratch_begin(&scratch)) {
		dctx_snapshot_unref(gathered);
		return dctxi_fail(DCTX_NOMEM, "gather");
	}
	scratch->snapshot = gathered;
	status = dctx_store_gather_join(store, &gathered, 1);
	dctxi_scratch_end(scratch);
	return status;
}
