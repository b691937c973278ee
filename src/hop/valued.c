/* SPDX-License-Identifier: MIT */
#include "hop/valued.h"

#include "data/boxed.h"
#include "data/fail.h"
#include "flow/set.h"

#include <string.h>

/* A text that is none of the key's. */
static dctx_status refuse(const struct dctxi_valued *valued)
{
	const char *name = valued->key->name;

	dctxi_found(valued->sink, DCTX_RULE_VALUE_TEXT, DCTX_SKIPPED,
		    valued->offset, (dctx_bytes){name, strlen(name)});
	return DCTX_OK;
}

/* Most values are texts themselves, and nothing is to be read. */
static dctx_status set_text(dctx_store *store,
			    const struct dctxi_valued *valued)
{
	dctx_bytes text = valued->text;

	if (!dctxi_literal_is_text(text))
		return refuse(valued);
	return dctxi_set_bytes(store, valued->key, DCTX_KIND_STR, text);
}

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

static dctx_status set_read(dctx_store *store,
			    const struct dctxi_valued *valued)
{
	struct dctxi_literal read;
	dctx_status status = dctxi_literal_read(
		valued->key, valued->text, valued->room, valued->size, &read);

	if (status == DCTX_OK)
		return give(store, valued->key, &read);
	if (status == DCTX_NOMEM)
		return dctxi_fail(status, valued->key->name);
	return refuse(valued);
}

dctx_status dctxi_valued_set(dctx_store *store,
			     const struct dctxi_valued *valued)
{
	return valued->key->kind == DCTX_KIND_STR ? set_text(store, valued)
						  : set_read(store, valued);
}
