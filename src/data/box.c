/* SPDX-License-Identifier: MIT */
#include "data/box.h"

#include "plat/heap.h"
#include "plat/local.h"

#include <string.h>

size_t dctxi_object_size(const struct dctxi_object *object)
{
	size_t size = sizeof(uint64_t);

	if (object->kind == DCTX_KIND_TYPE)
		size = object->type->size;
	else if (object->kind >= DCTX_KIND_STR)
		size = (size_t)object->len + 1;
	return sizeof *object + size;
}

static struct dctxi_object *object_new(const struct dctxi_object *head)
{
	struct dctxi_object *object = dctxi_alloc(dctxi_object_size(head));

	if (object == NULL)
		return NULL;
	*object = *head;
	object->refs = 1;
	object->held = NULL;
	return object;
}

struct dctxi_object *dctxi_object_bytes(uint32_t kind, const void *bytes,
					uint32_t len)
{
	struct dctxi_object *object = object_new(
		&(struct dctxi_object){.kind = kind, .len = len});

	if (object == NULL)
		return NULL;
	if (len > 0)
		memcpy(object->data, bytes, len);
	object->data[len] = 0;
	return object;
}

struct dctxi_object *dctxi_object_bits(uint32_t kind, uint64_t bits)
{
	struct dctxi_object *object =
		object_new(&(struct dctxi_object){.kind = kind});

	if (object != NULL)
		memcpy(object->data, &bits, sizeof bits);
	return object;
}

static struct dctxi_object *object_of(const dctx_type *type)
{
	return object_new(&(struct dctxi_object){.kind = DCTX_KIND_TYPE,
						 .type = type});
}

struct dctxi_object *dctxi_object_room(const dctx_type *type)
{
	struct dctxi_object *object = object_of(type);

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
	struct dctxi_object *object = object_of(type);
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

void dctxi_object_of_key(struct dctxi_object *object, const dctx_key *key)
{
	/* Relaxed: whoever drops the last reference has acquired it. */
	if (object != NULL && key->policy & DCTX_SECRET)
		__atomic_store_n(&object->secret, 1, __ATOMIC_RELAXED);
}

void dctxi_object_discard(struct dctxi_object *object)
{
	size_t size = dctxi_object_size(object);

	if (__atomic_load_n(&object->secret, __ATOMIC_RELAXED))
		dctxi_wipe(object, size);
	dctxi_free(object, size);
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
	if (object->part) {
		object->type->destroy(object->data);
		return;
	}
	if (object->type != NULL && object->type->destroy != NULL)
		destroy_held(object);
	dctxi_object_discard(object);
}
