/* SPDX-License-Identifier: MIT */
#include "data/registry.h"

#include "data/dir.h"
#include "data/fail.h"
#include "data/utf8.h"
#include "plat/heap.h"
#include "plat/lock.h"

#include <string.h>

#define BLOCK 64u
#define TYPE_SIZE_MAX (1u << 20)
#define KEY_NAME_MAX 255u
#define KEYS_MAX (DCTXI_INDEX_END - DCTXI_INDEX_FIRST)

struct table {
	uint32_t mask;
	struct table *older;
	uint32_t index[]; /* 0: free */
};

static struct dctxi_entry *blocks[DCTXI_INDEX_END / BLOCK];
static struct table *table;
static uint32_t count;

/* The first key that a constructor could not register. */
static struct {
	dctx_status status;
	const dctx_key *refused, *holder;
} refusal;

/* Multiply and mix, eight bytes at a time; names are the program's own, so
 * nobody outside chooses collisions. */
static uint64_t hash_of(const char *name, size_t len)
{
	uint64_t hash = len * UINT64_C(0x9e3779b97f4a7c15), word = 0;

	for (; len >= 8; name += 8, len -= 8) {
		memcpy(&word, name, 8);
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, name, len);
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

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

const struct dctxi_entry *dctxi_entry_at(uint32_t index)
{
	struct dctxi_entry *block =
		__atomic_load_n(&blocks[index / BLOCK], __ATOMIC_ACQUIRE);

	return &block[index % BLOCK];
}

const struct dctxi_entry *dctxi_entry_find(const char *name, size_t len)
{
	const struct table *t = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
	uint64_t hash = hash_of(name, len);

	if (t == NULL)
		return NULL;
	for (uint32_t i = (uint32_t)hash;; i++) {
		uint32_t index = __atomic_load_n(&t->index[i & t->mask],
						 __ATOMIC_ACQUIRE);
		const struct dctxi_entry *entry;

		if (index == 0)
			return NULL;
		entry = dctxi_entry_at(index);
		if (entry->hash == hash && entry->name_len == len &&
		    memcmp(entry->key->name, name, len) == 0)
			return entry;
	}
}

bool dctxi_type_equal(const dctx_type *a, const dctx_type *b)
{
	if (a == b)
		return true;
	return a != NULL && b != NULL && a->size == b->size &&
	       strcmp(a->name, b->name) == 0;
}

static bool type_valid(const dctx_type *type)
{
	return type != NULL && type->struct_size >= sizeof *type &&
	       type->name != NULL && type->size > 0 &&
	       type->size <= TYPE_SIZE_MAX;
}

static bool key_valid(const dctx_key *key, size_t *out_len)
{
	size_t len;

	if (key->name == NULL || key->kind < DCTX_KIND_BOOL ||
	    key->kind > DCTX_KIND_TYPE)
		return false;
	if ((key->kind == DCTX_KIND_TYPE) != (key->type != NULL))
		return false;
	if (key->type != NULL && !type_valid(key->type))
		return false;
	len = strnlen(key->name, KEY_NAME_MAX + 1);
	*out_len = len;
	return len <= KEY_NAME_MAX && dctxi_utf8_valid(key->name, len) &&
	       strncmp(key->name, "dctx.", 5) != 0;
}

static bool same_key(const dctx_key *a, const dctx_key *b)
{
	return a->kind == b->kind && a->policy == b->policy &&
	       a->version == b->version && dctxi_type_equal(a->type, b->type);
}

static void table_put(struct table *t, const struct dctxi_entry *entry)
{
	uint32_t i = (uint32_t)entry->hash;

	while (t->index[i & t->mask] != 0)
		i++;
	__atomic_store_n(&t->index[i & t->mask], entry->index,
			 __ATOMIC_RELEASE);
}

/* Room for one more name at a load of at most one half. */
static bool table_reserve(void)
{
	uint32_t slots = table == NULL ? 64 : (table->mask + 1) * 2;
	struct table *t;

	if (table != NULL && (count + 1) * 2 <= table->mask + 1)
		return true;
	t = dctxi_raw_alloc(sizeof *t + slots * sizeof t->index[0]);
	if (t == NULL)
		return false;
	memset(t, 0, sizeof *t + slots * sizeof t->index[0]);
	t->mask = slots - 1;
	t->older = table;
	for (uint32_t n = 0; n < count; n++)
		table_put(t, dctxi_entry_at(DCTXI_INDEX_FIRST + n));
	__atomic_store_n(&table, t, __ATOMIC_RELEASE);
	return true;
}

static struct dctxi_entry *entry_reserve(uint32_t index)
{
	struct dctxi_entry **block = &blocks[index / BLOCK];
	struct dctxi_entry *fresh;

	if (*block == NULL) {
		fresh = dctxi_raw_alloc(BLOCK * sizeof *fresh);
		if (fresh == NULL)
			return NULL;
		memset(fresh, 0, BLOCK * sizeof *fresh);
		__atomic_store_n(block, fresh, __ATOMIC_RELEASE);
	}
	return &(*block)[index % BLOCK];
}

static dctx_status add(const dctx_key *key, size_t len, uint32_t *out_index)
{
	struct dctxi_entry *entry;

	if (count == KEYS_MAX)
		return DCTX_LIMIT;
	entry = entry_reserve(DCTXI_INDEX_FIRST + count);
	if (entry == NULL || !table_reserve())
		return DCTX_NOMEM;
	entry->key = key;
	entry->hash = hash_of(key->name, len);
	entry->index = DCTXI_INDEX_FIRST + count;
	entry->name_len = (uint32_t)len;
	prefix_of(key->name, len, entry->prefix);
	table_put(table, entry);
	*out_index = entry->index;
	__atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
	return DCTX_OK;
}

/* Under the lock: the index of an equal key, or a new one. */
static dctx_status join(const dctx_key *key, size_t len, uint32_t *out_index,
			const dctx_key **out_holder)
{
	const struct dctxi_entry *entry = dctxi_entry_find(key->name, len);

	if (entry == NULL)
		return add(key, len, out_index);
	if (!same_key(entry->key, key)) {
		*out_holder = entry->key;
		return DCTX_CONFLICT;
	}
	*out_index = entry->index;
	return DCTX_OK;
}

/* Readers take the page first: as long as it is 0 they find page 0's slots,
 * which are all empty, whatever the slot. */
static void place(dctx_key *key, uint32_t index)
{
	uint32_t scalar = key->kind <= DCTX_KIND_F64 ? key->kind : UINT32_MAX;

	__atomic_store_n(&key->slot, index % DCTXI_PAGE_SLOTS,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&key->scalar, scalar, __ATOMIC_RELAXED);
	__atomic_store_n(&key->page, index / DCTXI_PAGE_SLOTS,
			 __ATOMIC_RELEASE);
}

static dctx_status enroll(dctx_key *key, const dctx_key **out_holder)
{
	dctx_status status;
	uint32_t index = 0;
	size_t len;

	if (key == NULL)
		return DCTX_INVALID;
	if (__atomic_load_n(&key->page, __ATOMIC_ACQUIRE) != 0)
		return DCTX_OK;
	if (!key_valid(key, &len))
		return DCTX_INVALID;
	dctxi_lock();
	status = join(key, len, &index, out_holder);
	if (status == DCTX_OK)
		place(key, index);
	dctxi_unlock();
	return status;
}

dctx_status dctx_key_register(dctx_key *key)
{
	const dctx_key *holder = NULL;
	dctx_status status = enroll(key, &holder);

	if (status == DCTX_OK)
		return DCTX_OK;
	dctxi_fail(status, key != NULL ? key->name : NULL);
	if (status == DCTX_LIMIT)
		dctxi_fail_limit(key->name, KEYS_MAX + 1, KEYS_MAX);
	if (status == DCTX_CONFLICT)
		dctxi_event(DCTX_EV_KEY_CONFLICT, status, key->name);
	return status;
}

void dctx_key_register_at_load(dctx_key *key)
{
	const dctx_key *holder = NULL;
	dctx_status status = enroll(key, &holder);

	if (status == DCTX_OK)
		return;
	dctxi_lock();
	if (refusal.status == DCTX_OK) {
		refusal.refused = key;
		refusal.holder = holder;
		__atomic_store_n(&refusal.status, status, __ATOMIC_RELEASE);
	}
	dctxi_unlock();
	dctxi_event(DCTX_EV_KEY_CONFLICT, status, key->name);
}

dctx_status dctx_registry_check(const dctx_key **out_refused,
				const dctx_key **out_holder)
{
	dctx_status status =
		__atomic_load_n(&refusal.status, __ATOMIC_ACQUIRE);

	if (status == DCTX_OK)
		return DCTX_OK;
	if (out_refused != NULL)
		*out_refused = refusal.refused;
	if (out_holder != NULL)
		*out_holder = refusal.holder;
	return status;
}

const dctx_key *dctx_key_find(const char *name)
{
	const struct dctxi_entry *entry;

	if (name == NULL)
		return NULL;
	entry = dctxi_entry_find(name, strlen(name));
	return entry != NULL ? entry->key : NULL;
}

uint32_t dctx_registry_count(void)
{
	return __atomic_load_n(&count, __ATOMIC_ACQUIRE);
}

const dctx_key *dctx_registry_at(uint32_t n)
{
	if (n == 0 || n > dctx_registry_count())
		return NULL;
	return dctxi_entry_at(DCTXI_INDEX_FIRST + n - 1)->key;
}
