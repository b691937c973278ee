/* SPDX-License-Identifier: MIT */
#include "trace/layer.h"

#include "data/fail.h"
#include "plat/heap.h"
#include "plat/lock.h"
#include "trace/level.h"

#include <string.h>

static const struct dctxi_layers none;
static const struct dctxi_layers *all;	       /* that were there once */
static const struct dctxi_layers *now = &none; /* never NULL */

const struct dctxi_layers *dctxi_layers_now(void)
{
	/* Acquire: what stands in it. */
	const struct dctxi_layers *list =
		__atomic_load_n(&now, __ATOMIC_ACQUIRE);

	return list->n > 0 ? list : NULL;
}

static unsigned find(const struct dctxi_layers *list, const dctx_layer *layer)
{
	unsigned i = 0;

	while (i < list->n && list->layer[i] != layer)
		i++;
	return i;
}

static bool is_same(const struct dctxi_layers *a, const struct dctxi_layers *b)
{
	size_t layers = a->n * sizeof a->layer[0];
	size_t flags = a->n * sizeof a->flags[0];

	return a->n == b->n && memcmp(a->layer, b->layer, layers) == 0 &&
	       memcmp(a->flags, b->flags, flags) == 0;
}

/* Under the lock: publishes a list like this one. */
static dctx_status publish(const struct dctxi_layers *like)
{
	const struct dctxi_layers *list = all;
	struct dctxi_layers *fresh;

	while (list != NULL && !is_same(list, like))
		list = list->next;
	if (list == NULL && like->n > 0) {
		fresh = dctxi_raw_alloc(sizeof *fresh);
		if (fresh == NULL)
			return DCTX_NOMEM;
		*fresh = *like;
		fresh->next = all;
		all = list = fresh;
	}
	if (list == NULL)
		list = &none;
	__atomic_store_n(&now, list, __ATOMIC_RELEASE);
	return DCTX_OK;
}

static dctx_status mount(const dctx_layer *layer, unsigned flags)
{
	struct dctxi_layers list = *now;

	if (find(&list, layer) < list.n)
		return DCTX_CONFLICT;
	if (list.n == DCTX_LAYERS)
		return DCTX_LIMIT;
	list.layer[list.n] = layer;
	list.flags[list.n++] = flags;
	return publish(&list);
}

static dctx_status unmount(const dctx_layer *layer)
{
	struct dctxi_layers list = *now;
	unsigned i = find(&list, layer);

	if (i == list.n)
		return DCTX_STALE;
	list.n--;
	for (; i < list.n; i++) {
		list.layer[i] = list.layer[i + 1];
		list.flags[i] = list.flags[i + 1];
	}
	return publish(&list);
}

dctx_status dctx_layer_mount(const dctx_layer *layer, unsigned flags)
{
	dctx_status status;

	if (layer == NULL || layer->struct_size < sizeof *layer ||
	    (flags & ~DCTX_LAYER_INFO) != 0)
		return dctxi_fail(DCTX_INVALID, "layer");
	dctxi_lock();
	status = mount(layer, flags);
	dctxi_unlock();
	if (status != DCTX_OK)
		return dctxi_fail(status, layer->name);
	dctxi_level_add(DCTX_LEVEL_TRACE);
	return DCTX_OK;
}

dctx_status dctx_layer_unmount(const dctx_layer *layer)
{
	dctx_status status;

	if (layer == NULL)
		return dctxi_fail(DCTX_INVALID, "layer");
	dctxi_lock();
	status = unmount(layer);
	dctxi_unlock();
	if (status != DCTX_OK)
		return dctxi_fail(status, layer->name);
	dctxi_level_drop(DCTX_LEVEL_TRACE);
	return DCTX_OK;
}

void dctxi_layers_open(const struct dctxi_layers *layers, dctx_span *span)
{
	for (unsigned i = 0; layers != NULL && i < layers->n; i++) {
		const dctx_layer *layer = layers->layer[i];

		if (layer->on_open != NULL)
			layer->on_open(layer->user, span);
	}
}

void dctxi_layers_record(const struct dctxi_layers *layers, dctx_span *span,
			 const char *name, const dctx_any *value)
{
	for (unsigned i = 0; layers != NULL && i < layers->n; i++) {
		const dctx_layer *layer = layers->layer[i];

		if (layer->on_record != NULL)
			layer->on_record(layer->user, span, name, value);
	}
}

void dctxi_layers_event(const struct dctxi_layers *layers, dctx_span *span,
			const char *name, const dctx_span_field *fields,
			size_t n)
{
	for (unsigned i = 0; layers != NULL && i < layers->n; i++) {
		const dctx_layer *layer = layers->layer[i];

		if (layer->on_event != NULL)
			layer->on_event(layer->user, span, name, fields, n);
	}
}

void dctxi_layers_enter(const struct dctxi_layers *layers, dctx_span *span)
{
	for (unsigned i = 0; layers != NULL && i < layers->n; i++) {
		const dctx_layer *layer = layers->layer[i];

		if (layer->on_enter != NULL)
			layer->on_enter(layer->user, span);
	}
}

void dctxi_layers_leave(const struct dctxi_layers *layers, dctx_span *span)
{
	for (unsigned i = layers != NULL ? layers->n : 0; i-- > 0;) {
		const dctx_layer *layer = layers->layer[i];

		if (layer->on_leave != NULL)
			layer->on_leave(layer->user, span);
	}
}

void dctxi_layers_close(const struct dctxi_layers *layers, dctx_span *span)
{
	for (unsigned i = layers != NULL ? layers->n : 0; i-- > 0;) {
		const dctx_layer *layer = layers->layer[i];

		if (layer->on_close != NULL)
			layer->on_close(layer->user, span);
	}
}
