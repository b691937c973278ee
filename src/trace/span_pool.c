/* SPDX-License-Identifier: MIT */
#include "trace/span_pool.h"

#include "plat/heap.h"
#include "plat/poison.h"

/* What a thread keeps at most; a batch; and batches in the depot. */
#define KEPT 32u
#define BATCH 16u
#define BATCHES 64u

static dctx_span *depot; /* batches, by `batch` */
static uint32_t batches; /* nearly: how many */

static size_t block_size(void)
{
	return sizeof(struct dctxi_object) + sizeof(dctx_span);
}

/* Nobody uses what is kept, but for its arena's spare block. */
#define UNUSED (sizeof(struct dctxi_object) + offsetof(dctx_span, arena))

static void block_free(dctx_span *span)
{
	dctxi_unpoison(dctxi_span_object(span), UNUSED);
	dctxi_arena_end(&span->arena);
	dctxi_raw_free(dctxi_span_object(span));
}

static void list_free(dctx_span *span)
{
	while (span != NULL) {
		dctx_span *next = span->next;

		block_free(span);
		span = next;
	}
}

static void batch_put(dctx_span *first)
{
	first->batch = __atomic_load_n(&depot, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&depot, &first->batch, first, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	__atomic_add_fetch(&batches, 1, __ATOMIC_RELAXED);
}

/* One batch, or NULL. */
static dctx_span *batch_take(void)
{
	dctx_span *first = NULL, *rest;

	if (__atomic_load_n(&depot, __ATOMIC_RELAXED) != NULL)
		first = __atomic_exchange_n(&depot, NULL, __ATOMIC_ACQUIRE);
	if (first == NULL)
		return NULL;
	__atomic_sub_fetch(&batches, 1, __ATOMIC_RELAXED);
	rest = first->batch;
	while (rest != NULL) {
		dctx_span *next = rest->batch;

		__atomic_sub_fetch(&batches, 1, __ATOMIC_RELAXED);
		batch_put(rest);
		rest = next;
	}
	return first;
}

/* The thread ends. */
static void thread_end(struct dctxi_local *local)
{
	struct dctxi_spans *mine = &local->spans;

	local->unspan = NULL;
	list_free(mine->first);
	mine->first = NULL;
	mine->n = 0;
}

static void batch_get(struct dctxi_local *local)
{
	dctx_span *span = batch_take();

	local->unspan = thread_end;
	local->spans.first = span;
	for (; span != NULL; span = span->next)
		local->spans.n++;
}

static dctx_span *block_new(void)
{
	struct dctxi_object *object = dctxi_raw_alloc(block_size());
	dctx_span *span;

	if (object == NULL)
		return NULL;
	span = (void *)object->data;
	span->arena.spare = NULL;
	dctxi_arena_begin(&span->arena);
	return span;
}

dctx_span *dctxi_span_take(void)
{
	struct dctxi_local *local = dctxi_local();
	dctx_span *span;

	if (local == NULL)
		return block_new();
	if (local->spans.n == 0)
		batch_get(local);
	span = local->spans.first;
	if (span == NULL)
		return block_new();
	local->spans.first = span->next;
	local->spans.n--;
	dctxi_unpoison(dctxi_span_object(span), UNUSED);
	return span;
}

/* The last that were given back stay: they are in the cache. */
static void batch_give(struct dctxi_spans *mine)
{
	dctx_span *last = mine->first, *first;

	for (uint32_t i = 1; i < mine->n - BATCH; i++)
		last = last->next;
	first = last->next;
	last->next = NULL;
	mine->n -= BATCH;
	if (__atomic_load_n(&batches, __ATOMIC_RELAXED) < BATCHES)
		batch_put(first);
	else
		list_free(first);
}

void dctxi_span_give(dctx_span *span)
{
	struct dctxi_local *local = dctxi_local();

	if (local == NULL) {
		block_free(span);
		return;
	}
	local->unspan = thread_end;
	dctxi_poison(dctxi_span_object(span), UNUSED);
	span->next = local->spans.first;
	local->spans.first = span;
	if (++local->spans.n == KEPT)
		batch_give(&local->spans);
}
