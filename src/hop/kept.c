/* SPDX-License-Identifier: MIT */
#include "hop/kept.h"

#include "data/any.h"
#include "data/box.h"
#include "data/registry.h"
#include "flow/set.h"
#include "wire/part.h"

static dctx_key kept_key = {
	.kind = DCTX_KIND_BYTES,
	.policy = DCTX_LOCAL,
	.version = 1,
	.name = "dctx.kept",
};

dctx_status dctxi_kept_put(dctx_store *store, dctx_bytes entries)
{
	dctx_status status = dctxi_key_reserve(&kept_key);

	if (status != DCTX_OK)
		return dctxi_set_failed(store, &kept_key, status);
	return dctxi_set_bytes(store, &kept_key, DCTX_KIND_BYTES, entries);
}

dctx_bytes dctxi_kept_in(const dctx_store *store)
{
	const struct dctx_box *box =
		dctxi_box(dctx_abi_key_word(store->dir, &kept_key));

	return box != NULL ? dctx_abi_bytes(box) : (dctx_bytes){NULL, 0};
}

bool dctxi_kept_next(dctx_bytes *entries, dctx_entry *out)
{
	const unsigned char *at = entries->data, *end;

	if (entries->len == 0)
		return false;
	end = dctxi_part_again(at, at, out);
	entries->len -= (size_t)(end - at);
	entries->data = end;
	return true;
}
