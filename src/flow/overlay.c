/* SPDX-License-Identifier: MIT */
/*
 * Overlay: a captured context laid over what is visible. What the host shows
 * is captured, merged with it, and the result attached: so an overlay is a
 * level like any other, reads in it cost the same, and all that can fail is
 * done before anything changes.
 */
#include "data/fail.h"
#include "flow/here.h"

dctx_status dctx_store_overlay(dctx_store *store, dctx_snapshot *snapshot,
			       dctx_guard *out)
{
	dctx_snapshot *host = NULL, *both = NULL;
	dctx_status status;

	if (store == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "overlay");
	status = dctx_store_capture(store, &host);
	if (status == DCTX_OK)
		status = dctx_snapshot_merge(host, snapshot, &both);
	if (status == DCTX_OK)
		status = dctx_store_attach(store, both, out);
	dctx_snapshot_unref(both);
	dctx_snapshot_unref(host);
	return status;
}

dctx_guard dctx_overlay_here(dctx_snapshot *snapshot)
{
	dctx_store *store = dctx_current();
	dctx_guard guard = {store, 0};
	dctx_status status = dctx_store_overlay(store, snapshot, &guard);

	if (status != DCTX_OK)
		dctxi_here_failed(store, DCTX_EV_FAILED_ENTER, status,
				  "overlay");
	return guard;
}
