/* SPDX-License-Identifier: MIT */
#include "wire/sort.h"

#include <string.h>

static inline bool is_before(const struct dctxi_sorted *a,
			     const struct dctxi_sorted *b, dctxi_before *before)
{
	if (a->first != b->first)
		return a->first < b->first;
	return before(a->what, b->what);
}

static inline void sift(struct dctxi_sorted *item, size_t i, size_t gap,
			dctxi_before *before)
{
	struct dctxi_sorted moved;

	if (i < gap || !is_before(&item[i], &item[i - gap], before))
		return;
	moved = item[i];
	do {
		item[i] = item[i - gap];
		i -= gap;
	} while (i >= gap && is_before(&moved, &item[i - gap], before));
	item[i] = moved;
}

/* Shell's sort with Ciura's gaps: fast enough for as many keys as there can
 * be, and of a few it is a plain insertion sort. */
void dctxi_sort(struct dctxi_sorted *item, size_t n, dctxi_before *before)
{
	static const unsigned short gaps[] = {7983, 3548, 1577, 701, 301,
					      132,  57,	  23,	10,  4};

	for (size_t g = n > 16 ? 0 : sizeof gaps / sizeof *gaps;
	     g < sizeof gaps / sizeof *gaps; g++)
		for (size_t i = gaps[g]; i < n; i++)
			sift(item, i, gaps[g], before);
	for (size_t i = 1; i < n; i++)
		sift(item, i, 1, before);
}

int dctxi_key_compare(dctx_bytes a, dctx_bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

bool dctxi_key_before(const void *a, const void *b)
{
	return dctxi_key_compare(*(const dctx_bytes *)a,
				 *(const dctx_bytes *)b) < 0;
}

struct dctxi_sorted dctxi_sorted_key(const dctx_bytes *key)
{
	const unsigned char *at = key->data;
	struct dctxi_sorted sorted = {0, key};

	for (size_t i = 0; i < 8; i++)
		sorted.first = sorted.first << 8 | (i < key->len ? at[i] : 0);
	return sorted;
}

/* Names differ, so those with 16 equal bytes, NULs behind the shorter
 * included, are both that long. */
bool dctxi_entry_before(const void *x, const void *y)
{
	const struct dctxi_entry *a = x, *b = y;
	size_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = 0;

	if (a->prefix[1] != b->prefix[1])
		return a->prefix[1] < b->prefix[1];
	if (len > 16)
		order = memcmp(a->key->name + 16, b->key->name + 16, len - 16);
	return order != 0 ? order < 0 : a->name_len < b->name_len;
}
