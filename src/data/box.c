/* SPDX-License-Identifier: MIT */
#include "data/box.h"

#include "plat/heap.h"
#include "plat/local.h"

#include <string.h>

static struct dctxi_object *object_new(const dctx_type *type, uint32_t len,
				       size_t room)
{
	size_t size = sizeof(struct dctxi_object) + room;
	struct dctxi_object *object = dctxi_alloc(size);

	if (object == NULL)
		return NULL;
	object->refs = 1;
	object->len = len;
	object->type = type;
	object->size = size;
	object->held = NULL;
	return object;
}

struct dctxi_object *dctxi_object_bytes(const void *bytes, uint32_t len)
{
	struct dctxi_object *object = object_new(NULL, len, (size_t)len + 1);

	if (object == NULL)
		return NULL;
	if (len > 0)
		memcpy(object->data, bytes, len);
	object->data[len] = 0;
	return object;
}

struct dctxi_object *dctxi_object_room(const dctx_type *type)
{
	struct dctxi_object *object = object_new(type, 0, type->size);

	if (object != NULL)
		memset(object->data, 0, type->size);
	return object;
}

/* A longjmp out of the user's copy leaves the block to the thread's end. */
static dctx_status copy_held(const dctx_type *type,
			     struct dctxi_object *object, const void *value)
{
	dctx_status status;

	if (!dctxi_hold(&object->held))
		return DCTX_NOMEM;
	status = type->copy(object->data, value);
	dctxi_let_go(&object->held);
	return status;
}

dctx_status dctxi_object_copy(const dctx_type *type, const void *value,
			      struct dctxi_object **out)
{
	struct dctxi_object *object = object_new(type, 0, type->size);
	dctx_status status = DCTX_OK;

	if (object == NULL)
		return DCTX_NOMEM;
	if (type->copy == NULL)
		memcpy(object->data, value, type->size);
	else
		status = copy_held(type, object, value);
	if (status != DCTX_OK) {
		dctxi_object_discard(object);
		return status;
	}
	*out = object;
	return DCTX_OK;
}

void dctxi_object_discard(struct dctxi_object *object)
{
	dctxi_free(object, object->size);
}

/* So does one out of destroy. Without a list the block could only be lost. */
static void destroy_held(struct dctxi_object *object)
{
	bool held = dctxi_hold(&object->held);

	object->type->destroy(object->data);
	if (held)
		dctxi_let_go(&object->held);
}

void dctxi_object_ref(const void *data)
{
	/* Relaxed: the caller already has a reference. */
	__atomic_fetch_add(&dctxi_object_of(data)->refs, 1, __ATOMIC_RELAXED);
}

void dctxi_object_unref(const void *data)
{
	struct dctxi_object *object = dctxi_object_of(data);

	/* Release what this thread did with it; acquire what others did, before
	 * the value is destroyed. */
	if (__atomic_fetch_sub(&object->refs, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	if (object->type != NULL && object->type->destroy != NULL)
		destroy_held(object);
	dctxi_object_discard(object);
}
