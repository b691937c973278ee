/* SPDX-License-Identifier: MIT */
#include "hop/valued.h"

#include "data/boxed.h"
#include "data/fail.h"

#include <string.h>

/* An object becomes the store's without a copy. */
static dctx_status give(dctx_store *store, dctx_key *key,
			struct dctxi_literal *read)
{
	dctx_status status;

	if (read->object == NULL)
		return dctx_store_set_any(store, key, &read->value);
	status = dctx_store_adopt(store, key, dctxi_object_boxed(read->object));
	if (status != DCTX_OK)
		dctxi_literal_drop(read);
	return status;
}

dctx_status dctxi_valued_set(dctx_store *store,
			     const struct dctxi_valued *valued)
{
	const char *name = valued->key->name;
	struct dctxi_literal read;
	dctx_status status = dctxi_literal_read(
		valued->key, valued->text, valued->room, valued->size, &read);

	if (status == DCTX_OK)
		return give(store, valued->key, &read);
	if (status == DCTX_NOMEM)
		return dctxi_fail(status, name);
	dctxi_found(valued->sink, DCTX_RULE_VALUE_TEXT, DCTX_SKIPPED,
		    valued->offset, (dctx_bytes){name, strlen(name)});
	return DCTX_OK;
}
