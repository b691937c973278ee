/* SPDX-License-Identifier: MIT */
/* Values whose kind is known at run time, and keys by name, in a store. */
#include "data/any.h"

#include "data/fail.h"
#include "data/registry.h"
#include "flow/here.h"
#include "flow/set.h"

bool dctx_store_get_any(const dctx_store *store, const dctx_key *key,
			dctx_any *out)
{
	const struct dctx_box *box;

	if (store == NULL || key == NULL || out == NULL)
		return false;
	box = dctxi_box(dctx_abi_key_word(dctx_abi_dir(store), key));
	*out = dctxi_any_of_box(key, box);
	return box != NULL;
}

static dctx_status wrong(dctx_store *store, dctx_key *key,
			 const dctx_any *value)
{
	dctxi_fail_kinds(key->name, key->kind, value->kind);
	return dctxi_set_failed(store, key, DCTX_WRONG_TYPE);
}

static dctx_status set_number(dctx_store *store, dctx_key *key,
			      const dctx_any *value)
{
	uint64_t bits;
	dctx_status status = dctxi_any_bits(value, key->kind, &bits);

	if (status == DCTX_WRONG_TYPE)
		return wrong(store, key, value);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	return dctx_store_set_bits(store, key, key->kind, bits);
}

/* The key is registered first, so that its type can be relied on. */
static dctx_status set_object(dctx_store *store, dctx_key *key,
			      const dctx_any *value)
{
	dctx_status status = dctxi_key_ready(key);

	if (status == DCTX_OK && !dctxi_type_valid(value->type))
		status = DCTX_INVALID;
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	if (!dctxi_type_equal(key->type, value->type))
		return wrong(store, key, value);
	return dctx_store_set_type(store, key, value->as.object);
}

dctx_status dctx_store_set_any(dctx_store *store, dctx_key *key,
			       const dctx_any *value)
{
	if (key == NULL || value == NULL || value->kind < DCTX_KIND_BOOL ||
	    value->kind > DCTX_KIND_TYPE)
		return dctxi_set_failed(store, key, DCTX_INVALID);
	if (key->kind < DCTX_KIND_STR || key->kind > DCTX_KIND_TYPE)
		return set_number(store, key, value);
	if (value->kind != key->kind)
		return wrong(store, key, value);
	if (key->kind == DCTX_KIND_TYPE)
		return set_object(store, key, value);
	return dctxi_set_bytes(store, key, key->kind, value->as.bytes);
}

dctx_status dctxi_name_failed(struct dctx_store *store, const char *name,
			      dctx_status status)
{
	if (store == &dctxi_cold && dctxi_here(&store) != DCTX_OK)
		store = NULL;
	return dctxi_here_failed(store, DCTX_EV_DROPPED_WRITE, status, name);
}

dctx_status dctx_store_set_named(dctx_store *store, const char *name,
				 const dctx_any *value)
{
	dctx_key *key;
	dctx_status status = dctxi_key_named(name, &key);

	if (status != DCTX_OK)
		return dctxi_name_failed(store, name, status);
	return dctx_store_set_any(store, key, value);
}

dctx_status dctx_store_unset_named(dctx_store *store, const char *name)
{
	dctx_key *key;
	dctx_status status = dctxi_key_named(name, &key);

	if (status != DCTX_OK)
		return dctxi_name_failed(store, name, status);
	return dctx_store_unset_key(store, key);
}

dctx_status dctx_store_get_named(const dctx_store *store, const char *name,
				 dctx_any *out)
{
	dctx_key *key;
	dctx_status status = DCTX_INVALID;

	if (store != NULL && out != NULL)
		status = dctxi_key_named(name, &key);
	if (status != DCTX_OK)
		return dctxi_fail(status, name);
	(void)dctx_store_get_any(store, key, out);
	return DCTX_OK;
}
