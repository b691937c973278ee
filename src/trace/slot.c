/* SPDX-License-Identifier: MIT */
#include "data/fail.h"
#include "trace/span_recorded.h"

#include <string.h>

#define SIZE_MAX_OF_ONE 4096u

static struct dctxi_span_slot *find(dctx_span *span, const dctx_span_slot *slot)
{
	/* Acquire: what stands in it. */
	struct dctxi_span_slot *at =
		__atomic_load_n(&span->slots, __ATOMIC_ACQUIRE);

	while (at != NULL && at->slot != slot)
		at = at->next;
	return at;
}

/* Under the lock. */
static struct dctxi_span_slot *make(dctx_span *span, const dctx_span_slot *slot)
{
	struct dctxi_span_slot *made = find(span, slot);

	if (made != NULL)
		return made;
	made = dctxi_arena_alloc(&span->arena, sizeof *made + slot->size);
	if (made == NULL)
		return NULL;
	memset(made, 0, sizeof *made + slot->size);
	made->slot = slot;
	made->next = span->slots;
	__atomic_store_n(&span->slots, made, __ATOMIC_RELEASE);
	return made;
}

void *dctx_span_slot_of(dctx_span *span, const dctx_span_slot *slot)
{
	struct dctxi_span_slot *at;

	if (span == NULL)
		return NULL;
	if (slot == NULL || slot->size == 0 || slot->size > SIZE_MAX_OF_ONE) {
		dctxi_fail(DCTX_INVALID, "span slot");
		return NULL;
	}
	at = find(span, slot);
	if (at == NULL) {
		dctxi_span_lock(span);
		at = make(span, slot);
		dctxi_mutex_unlock(&span->lock);
	}
	if (at == NULL) {
		dctxi_fail(DCTX_NOMEM, "span slot");
		return NULL;
	}
	return at->data;
}
