/* SPDX-License-Identifier: MIT */
#include "data/table.h"

#include "plat/heap.h"

#include <string.h>

#define SLOTS_MIN 64u

/* memcmp; but most names have 8 to 16 bytes, which are two words. */
static inline bool same_name(const char *a, const char *b, size_t len)
{
	uint64_t word[4];

	if (len < 8 || len > 16)
		return memcmp(a, b, len) == 0;
	memcpy(&word[0], a, 8);
	memcpy(&word[1], b, 8);
	memcpy(&word[2], a + len - 8, 8);
	memcpy(&word[3], b + len - 8, 8);
	return word[0] == word[1] && word[2] == word[3];
}

uint32_t dctxi_table_find(const struct dctxi_table *t, uint32_t count,
			  const char *name, size_t len)
{
	uint64_t hash = dctxi_hash(name, len);

	for (uint32_t i = (uint32_t)hash; t != NULL; i++) {
		uint32_t word = __atomic_load_n(&t->slot[i & t->mask],
						__ATOMIC_RELAXED);
		const struct dctxi_entry *entry;

		if (word == 0)
			break;
		if (dctxi_table_position(word) > count)
			continue;
		entry = dctxi_entry_at(dctxi_table_index(word));
		if (entry->hash == hash && entry->name_len == len &&
		    same_name(entry->key->name, name, len))
			return word;
	}
	return 0;
}

void dctxi_table_put(struct dctxi_table *t, uint32_t index, uint32_t position)
{
	uint32_t i = (uint32_t)dctxi_entry_at(index)->hash;

	while (t->slot[i & t->mask] != 0)
		i++;
	t->list[position - 1] = (uint16_t)index;
	__atomic_store_n(&t->slot[i & t->mask], position << 16 | index,
			 __ATOMIC_RELAXED);
}

void dctxi_table_take(struct dctxi_table *t, uint32_t position)
{
	uint32_t index = t->list[position - 1];
	uint32_t i = (uint32_t)dctxi_entry_at(index)->hash;

	while (t->slot[i & t->mask] != (position << 16 | index))
		i++;
	__atomic_store_n(&t->slot[i & t->mask], 0, __ATOMIC_RELAXED);
}

static struct dctxi_table *table_new(uint32_t slots)
{
	struct dctxi_table *t;
	size_t size = sizeof *t + slots * sizeof t->slot[0] +
		      slots / 2 * sizeof t->list[0];

	t = dctxi_raw_alloc(size);
	if (t == NULL)
		return NULL;
	memset(t, 0, size);
	t->mask = slots - 1;
	t->list = (uint16_t *)(void *)&t->slot[slots];
	return t;
}

/* At a load of at most one half. */
bool dctxi_table_reserve(struct dctxi_table **table, uint32_t count,
			 uint32_t names)
{
	struct dctxi_table *old = *table, *t;
	uint32_t slots = old == NULL ? SLOTS_MIN : old->mask + 1;

	if (names == 0 || (old != NULL && names <= slots / 2))
		return true;
	while (slots / 2 < names)
		slots *= 2;
	t = table_new(slots);
	if (t == NULL)
		return false;
	t->older = old;
	for (uint32_t i = 0; i < count; i++)
		dctxi_table_put(t, old->list[i], i + 1);
	__atomic_store_n(table, t, __ATOMIC_RELEASE);
	return true;
}

void dctxi_table_free(struct dctxi_table *t)
{
	while (t != NULL) {
		struct dctxi_table *older = t->older;

		dctxi_raw_free(t);
		t = older;
	}
}
