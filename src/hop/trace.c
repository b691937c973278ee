/* SPDX-License-Identifier: MIT */
#include "hop/trace.h"

#include "data/fail.h"
#include "data/registry.h"
#include "data/snapshot.h"
#include "flow/here.h"
#include "flow/set.h"
#include "plat/heap.h"
#include "plat/random.h"
#include "wire/tracestate.h"

#include <dctx/value.h>

#include <string.h>

/* So much is packed on the stack. */
#define SHORT 512u

bool dctx_store_trace(const dctx_store *store, dctx_trace *out)
{
	return store != NULL && out != NULL && dctxi_trace_in(store->dir, out);
}

bool dctx_trace_get(dctx_trace *out)
{
	return dctx_store_trace(dctx_current(), out);
}

bool dctx_snapshot_trace(const dctx_snapshot *snapshot, dctx_trace *out)
{
	return snapshot != NULL && out != NULL &&
	       dctxi_trace_in(snapshot->dir, out);
}

/* Sets bytes in a slot of the library's own, or with none removes them. */
static dctx_status put(dctx_store *store, dctx_key *key, dctx_bytes bytes)
{
	dctx_status status = dctxi_key_reserve(key);

	if (store == NULL)
		return dctxi_fail(DCTX_INVALID, key->name);
	if (status != DCTX_OK)
		return dctxi_set_failed(store, key, status);
	if (bytes.len > 0)
		return dctxi_set_bytes(store, key, DCTX_KIND_BYTES, bytes);
	if (dctx_abi_key_word(store->dir, key) == 0)
		return DCTX_OK;
	return dctx_store_unset_key(store, key);
}

dctx_status dctxi_members_put(dctx_store *store, dctx_bytes members)
{
	return put(store, &dctxi_members_key, members);
}

dctx_status dctxi_trace_put(dctx_store *store, const dctx_trace *trace)
{
	size_t size = DCTXI_TRACE_HEAD + trace->state.len;
	unsigned char small[SHORT], *packed = small;
	dctx_status status;

	if (size > sizeof small)
		packed = dctxi_alloc(size);
	if (packed == NULL)
		return dctxi_set_failed(store, &dctxi_trace_key, DCTX_NOMEM);
	dctxi_trace_pack(trace, packed);
	status = put(store, &dctxi_trace_key, (dctx_bytes){packed, size});
	if (packed != small)
		dctxi_free(packed, size);
	return status;
}

dctx_status dctx_store_trace_set(dctx_store *store, const dctx_trace *trace)
{
	if (store == NULL)
		return dctxi_fail(DCTX_INVALID, "trace");
	if (trace == NULL)
		return put(store, &dctxi_trace_key, (dctx_bytes){NULL, 0});
	if (!dctxi_trace_valid(trace) || !dctxi_tracestate_valid(trace->state))
		return dctxi_set_failed(store, &dctxi_trace_key, DCTX_INVALID);
	return dctxi_trace_put(store, trace);
}

dctx_status dctx_trace_set(const dctx_trace *trace)
{
	return dctx_store_trace_set(dctx_current(), trace);
}

void dctx_random_id(void *out, size_t size)
{
	unsigned char *at = out;
	bool zero = true;
	uint64_t word;

	if (out == NULL)
		return;
	for (; size >= sizeof word; size -= sizeof word, at += sizeof word) {
		dctxi_random(&word, 1);
		memcpy(at, &word, sizeof word);
		zero = false;
	}
	if (size == 0)
		return;
	/* Bytes of zeros only are no id. */
	do
		dctxi_random(&word, 1);
	while (zero && word << (64 - 8 * size) == 0);
	for (size_t i = 0; i < size; i++)
		at[i] = (unsigned char)(word >> 8 * i);
}

dctx_trace dctx_trace_new(uint32_t flags)
{
	dctx_trace trace = {.flags = (flags & DCTXI_TRACE_FLAGS) |
				     DCTX_TRACE_RANDOM};
	uint64_t word[(DCTX_TRACE_ID + DCTX_SPAN_ID) / sizeof(uint64_t)];

	dctxi_random(word, sizeof word / sizeof word[0]);
	memcpy(trace.trace_id, word, sizeof trace.trace_id);
	memcpy(trace.span_id, (char *)word + sizeof trace.trace_id,
	       sizeof trace.span_id);
	return trace;
}
