/* SPDX-License-Identifier: MIT */
#include "trace/layer_mode.h"

#include "data/box.h"

#include <dctx/store.h>

static void layered_end(void *memory)
{
	struct dctxi_layered *layered = memory;

	if (layered->scope != NULL)
		dctxi_object_unref(layered->scope);
}

static const dctx_span_slot slot = {
	.size = sizeof(struct dctxi_layered),
	.destroy = layered_end,
};

struct dctxi_layered *dctxi_layered(dctx_span *span)
{
	return dctx_span_slot_of(span, &slot);
}

static uint32_t decide(const dctx_span *span)
{
	bool sync = dctx_span_layer(span, dctx_layer_sync(), NULL);
	bool async = dctx_span_layer(span, dctx_layer_async(), NULL);

	if (async && dctx_task_try() != NULL)
		return DCTXI_MODE_ASYNC;
	return sync ? DCTXI_MODE_SYNC : DCTXI_MODE_NONE;
}

uint32_t dctxi_layered_mode(struct dctxi_layered *layered,
			    const dctx_span *span)
{
	uint32_t mode = __atomic_load_n(&layered->mode, __ATOMIC_RELAXED);
	uint32_t mine;

	if (mode != DCTXI_MODE_NONE)
		return mode;
	mine = decide(span);
	/* Relaxed: the word is all there is to it. */
	if (mine == DCTXI_MODE_NONE ||
	    __atomic_compare_exchange_n(&layered->mode, &mode, mine, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return mine;
	return mode;
}
