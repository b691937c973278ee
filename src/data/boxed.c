/* SPDX-License-Identifier: MIT */
#include "data/boxed.h"

#include "data/any.h"
#include "data/fail.h"
#include "data/registry.h"
#include "data/snapshot.h"

#include <string.h>

dctx_status dctx_boxed_new(const dctx_any *value, dctx_boxed **out)
{
	struct dctxi_object *object;
	dctx_status status = DCTX_INVALID;

	if (value != NULL && out != NULL)
		status = dctxi_any_copy(value, &object);
	if (status != DCTX_OK)
		return dctxi_fail(status, "boxed");
	*out = dctxi_object_boxed(object);
	return DCTX_OK;
}

dctx_status dctx_boxed_move(const dctx_type *type, const void *object,
			    dctx_boxed **out)
{
	struct dctxi_object *made;

	if (object == NULL || out == NULL || !dctxi_type_valid(type))
		return dctxi_fail(DCTX_INVALID, "boxed");
	made = dctxi_object_room(type);
	if (made == NULL)
		return dctxi_fail(DCTX_NOMEM, "boxed");
	memcpy(made->data, object, type->size);
	*out = dctxi_object_boxed(made);
	return DCTX_OK;
}

dctx_any dctx_boxed_get(const dctx_boxed *boxed)
{
	if (boxed == NULL)
		return (dctx_any){.kind = (dctx_kind)0};
	return dctxi_any_of_object(dctxi_boxed_object(boxed));
}

dctx_boxed *dctx_boxed_ref(dctx_boxed *boxed)
{
	if (boxed != NULL)
		dctxi_object_ref(dctxi_boxed_object(boxed)->data);
	return boxed;
}

dctx_boxed *dctx_boxed_unref(dctx_boxed *boxed)
{
	if (boxed != NULL)
		dctxi_object_unref(dctxi_boxed_object(boxed)->data);
	return NULL;
}

dctx_status dctxi_box_share(const dctx_key *key, const struct dctx_box *box,
			    dctx_boxed **out)
{
	struct dctxi_object *object = NULL;
	dctx_status status = DCTX_OK;
	dctx_any value;

	if (box != NULL && box->kind & DCTXI_BOX_COUNTED) {
		object = dctxi_object_of(box->value.p);
		dctxi_object_ref(box->value.p);
	} else if (box != NULL) {
		value = dctxi_any_of_box(key, box);
		status = dctxi_any_copy(&value, &object);
	}
	if (status != DCTX_OK)
		return dctxi_fail(status, key->name);
	*out = object != NULL ? dctxi_object_boxed(object) : NULL;
	return DCTX_OK;
}

dctx_status dctx_snapshot_share(const dctx_snapshot *snapshot,
				const dctx_key *key, dctx_boxed **out)
{
	const struct dctx_dir *dir = dctx_abi_snapshot_dir(snapshot);

	if (key == NULL || out == NULL)
		return dctxi_fail(DCTX_INVALID, "share");
	return dctxi_box_share(key, dctxi_box(dctx_abi_key_word(dir, key)),
			       out);
}
