/* SPDX-License-Identifier: MIT */
#include "data/boxed.h"

#include "data/any.h"
#include "data/fail.h"
#include "data/registry.h"
#include "flow/set.h"

static dctx_status adopt_number(dctx_store *store, dctx_key *key,
				dctx_boxed *boxed)
{
	dctx_any value = dctx_boxed_get(boxed);
	dctx_status status = dctx_store_set_any(store, key, &value);

	if (status == DCTX_OK)
		dctx_boxed_unref(boxed);
	return status;
}

/* Whether a box that holds no number is the key's in kind and type; the key is
 * registered. */
static bool fits(const dctx_key *key, const struct dctxi_object *object)
{
	return object->kind == key->kind &&
	       (object->type == NULL ||
		dctxi_type_equal(object->type, key->type));
}

dctx_status dctx_store_adopt(dctx_store *store, dctx_key *key,
			     dctx_boxed *boxed)
{
	struct dctxi_object *object = dctxi_boxed_object(boxed);
	dctx_status status = DCTX_INVALID;

	if (key != NULL && object != NULL)
		status = dctxi_key_ready(key);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	if (object->kind <= DCTX_KIND_F64)
		return adopt_number(store, key, boxed);
	if (!fits(key, object)) {
		dctxi_fail_kinds(key->name, key->kind, object->kind);
		return dctxi_set_failed(store, key, DCTX_WRONG_TYPE);
	}
	status = dctxi_set_object(store, key, object);
	return status == DCTX_OK ? DCTX_OK
				 : dctxi_set_failed(store, key, status);
}

dctx_status dctx_store_adopt_named(dctx_store *store, const char *name,
				   dctx_boxed *boxed)
{
	dctx_key *key;
	dctx_status status = dctxi_key_named(name, &key);

	if (status != DCTX_OK)
		return dctxi_name_failed(store, name, status);
	return dctx_store_adopt(store, key, boxed);
}

dctx_status dctx_store_share(const dctx_store *store, const dctx_key *key,
			     dctx_boxed **out)
{
	const struct dctx_box *box;

	if (store == NULL || key == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "share");
	box = dctxi_box(dctx_abi_key_word(dctx_abi_dir(store), key));
	return dctxi_box_share(key, box, out);
}
