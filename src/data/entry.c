/* SPDX-License-Identifier: MIT */
#include "data/entry.h"

#include "data/token.h"
#include "plat/heap.h"

#include <string.h>

#define BUCKETS 2048u

struct dctxi_entry *dctxi_entry_blocks[DCTXI_INDEX_END / DCTXI_ENTRY_BLOCK];
static uint32_t end = DCTXI_INDEX_FIRST;

/* The first entry of each bucket, the newest; 0: none. Writers only. */
static uint32_t buckets[BUCKETS];

static void prefix_of(const char *name, size_t len, uint64_t out[2])
{
	unsigned char first[16] = {0};

	memcpy(first, name, len < 16 ? len : 16);
	for (int i = 0; i < 2; i++) {
		out[i] = 0;
		for (int j = 0; j < 8; j++)
			out[i] = out[i] << 8 | first[i * 8 + j];
	}
}

struct dctxi_meta **dctxi_entry_metas(uint32_t index)
{
	struct dctxi_entry *block = dctxi_entry_block(index);

	return &block[index % DCTXI_ENTRY_BLOCK].metas;
}

uint32_t dctxi_entry_end(void)
{
	return __atomic_load_n(&end, __ATOMIC_RELAXED);
}

static struct dctxi_entry *entry_reserve(uint32_t index)
{
	struct dctxi_entry **block =
		&dctxi_entry_blocks[index / DCTXI_ENTRY_BLOCK];
	struct dctxi_entry *fresh;

	if (*block == NULL) {
		fresh = dctxi_raw_alloc(DCTXI_ENTRY_BLOCK * sizeof *fresh);
		if (fresh == NULL)
			return NULL;
		memset(fresh, 0, DCTXI_ENTRY_BLOCK * sizeof *fresh);
		__atomic_store_n(block, fresh, __ATOMIC_RELEASE);
	}
	return &(*block)[index % DCTXI_ENTRY_BLOCK];
}

static dctx_status add(const dctx_key *key, size_t len, uint64_t hash,
		       const struct dctxi_entry **out)
{
	struct dctxi_entry *entry;

	if (end == DCTXI_INDEX_END)
		return DCTX_LIMIT;
	entry = entry_reserve(end);
	if (entry == NULL)
		return DCTX_NOMEM;
	entry->key = key;
	entry->hash = hash;
	entry->index = end;
	entry->name_len = (uint32_t)len;
	entry->is_token = dctxi_is_token(key->name, len);
	prefix_of(key->name, len, entry->prefix);
	entry->next = buckets[hash % BUCKETS];
	buckets[hash % BUCKETS] = end;
	__atomic_store_n(&end, end + 1, __ATOMIC_RELAXED);
	*out = entry;
	return DCTX_OK;
}

dctx_status dctxi_entry_join(const dctx_key *key,
			     const struct dctxi_entry **out)
{
	size_t len = strlen(key->name);
	uint64_t hash = dctxi_hash(key->name, len);

	for (uint32_t i = buckets[hash % BUCKETS]; i != 0;) {
		const struct dctxi_entry *entry = dctxi_entry_at(i);

		if (entry->hash == hash &&
		    strcmp(entry->key->name, key->name) == 0 &&
		    dctxi_key_equal(entry->key, key)) {
			*out = entry;
			return DCTX_OK;
		}
		i = entry->next;
	}
	return add(key, len, hash, out);
}

void dctxi_entry_drop(uint32_t from)
{
	while (end > from) {
		const struct dctxi_entry *last = dctxi_entry_at(end - 1);

		buckets[last->hash % BUCKETS] = last->next;
		__atomic_store_n(&end, end - 1, __ATOMIC_RELAXED);
	}
}

/* Readers take the page first: as long as it is 0 they find page 0's slots,
 * which are all empty, whatever the slot. */
void dctxi_key_place(dctx_key *key, uint32_t index)
{
	uint32_t scalar = key->kind <= DCTX_KIND_F64 ? key->kind : UINT32_MAX;

	if (key->page != 0)
		return;
	__atomic_store_n(&key->slot, index % DCTXI_PAGE_SLOTS,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&key->scalar, scalar, __ATOMIC_RELAXED);
	__atomic_store_n(&key->page, index / DCTXI_PAGE_SLOTS,
			 __ATOMIC_RELEASE);
}
